"""What our trainer exports from a forward network runs in the wheels of 0.9.3 and STT 1.4."""

import shutil
import subprocess
import sys

import pytest

from tests.helpers.places import ROOT


@pytest.fixture(scope='module')
def exported(compat, tmp_path_factory):
    """Return a trained network as our trainer exports it, and a folder of recordings."""
    folder = tmp_path_factory.mktemp('back')
    done = subprocess.run([sys.executable, ROOT / 'bin' / 'import_checkpoint.py',
                           compat / 'model256.pb', folder / 'run'], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    done = subprocess.run([sys.executable, ROOT / 'DeepSpeech.py', *done.stdout.split()[1:],
                           '--notrain', '--notest', '--export_dir', folder, '--export_tflite'],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (folder / 'audio').mkdir()
    for name in ('espeak_000', 'espeak_010', 'LDC93S1', 'unseen_1', 'unseen_3'):
        shutil.copy(compat / 'audio' / f'{name}.wav', folder / 'audio')
    return folder


def test_frozen_graph(ask, exported):
    args = ('deepspeech', exported / 'output_graph.pb', exported / 'audio', 100)
    assert ask('ds', 'listen.py', *args) == ask('ours', 'listen.py', *args, 'fp32')


@pytest.mark.parametrize('peer, module', [('ds-tflite', 'deepspeech'), ('stt', 'stt')])
def test_tflite(ask, exported, peer, module):
    args = (module, exported / 'output_graph.tflite', exported / 'audio', 100)
    theirs, ours = ask(peer, 'listen.py', *args), ask('ours', 'listen.py', *args)
    assert theirs.keys() == ours.keys()
    same = [name for name in theirs if theirs[name][0] == ours[name][0]]
    # Two int8 arithmetics: the voices it was trained on come out the same, others may by a letter.
    assert {'espeak_000.wav', 'espeak_010.wav', 'LDC93S1.wav'} <= set(same) and len(same) >= 4
