"""The line that says what a training runs on."""
import re
import subprocess
import sys

import pytest

from util.cluster.devices import DeviceSettings, configure

PLACEMENT = """
import tensorflow as tf
from util.cluster.devices import DeviceSettings, configure
configure(DeviceSettings(log_placement=True), 1)
tf.function(lambda x: tf.square(x, name='where_am_i'))(tf.constant(3.0))
"""


@pytest.mark.parametrize('cuda, hidden, reason', [
    (False, None, 'this TensorFlow was built without CUDA (pip install -r requirements-gpu.txt)'),
    (True, '', 'CUDA_VISIBLE_DEVICES hides it'),
    (True, '0', 'TensorFlow cannot load the CUDA libraries (pip install -r requirements-gpu.txt)')])
def test_gpu_that_is_not_used(monkeypatch, capsys, cuda, hidden, reason):
    monkeypatch.setattr('util.cluster.devices.glob.glob', lambda pattern: ['/dev/nvidia0'])
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
    monkeypatch.setattr('util.cluster.devices.glob.glob', lambda pattern: [])
    configure(DeviceSettings(), 1)
    assert capsys.readouterr().out.endswith(' threads\n')


def test_placement_is_logged():
    """In a process of its own: TensorFlow settles it when it starts."""
    result = subprocess.run([sys.executable, '-c', PLACEMENT], capture_output=True, text=True,
                            check=True)
    assert re.search(r'where_am_i: \(Square\): /job:localhost/.*/device:CPU:0', result.stdout)
