"""The line that says what a training runs on."""
import pytest

from util.devices import DeviceSettings, configure


@pytest.mark.parametrize('cuda, hidden, reason', [
    (False, None, 'this TensorFlow is built without CUDA, pip install -r requirements-gpu.txt'),
    (True, '', 'CUDA_VISIBLE_DEVICES hides it'),
    (True, '0', 'TensorFlow cannot load the CUDA libraries, pip install -r requirements-gpu.txt')])
def test_gpu_that_is_not_used(monkeypatch, capsys, cuda, hidden, reason):
    monkeypatch.setattr('util.devices.glob.glob', lambda pattern: ['/dev/nvidia0'])
    monkeypatch.setattr('tensorflow.test.is_built_with_cuda', lambda: cuda)
    if hidden is None:
        monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)
    else:
        monkeypatch.setenv('CUDA_VISIBLE_DEVICES', hidden)
    assert configure(DeviceSettings(), 1) == []
    line = capsys.readouterr().out
    assert line.startswith('I Devices: CPU, ')
    assert line.endswith(f' threads; the NVIDIA GPU is not used: {reason}\n')


def test_machine_without_a_gpu(monkeypatch, capsys):
    monkeypatch.setattr('util.devices.glob.glob', lambda pattern: [])
    configure(DeviceSettings(), 1)
    assert capsys.readouterr().out.endswith(' threads\n')
