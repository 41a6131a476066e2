"""One training at a time in a checkpoint folder, however the one before it has ended."""
import os
import signal
import subprocess
import sys

import pytest

from tests.helpers.places import ROOT
from util.errors import UserError
from util.training.lock import NAME, sole_training

HOLD = '''
import sys
from util.training.lock import sole_training
with sole_training(sys.argv[1]):
    print('held', flush=True)
    sys.stdin.read()
'''


@pytest.fixture
def holder(tmp_path):
    """Return a process that holds a folder until its standard input ends."""
    process = subprocess.Popen([sys.executable, '-c', HOLD, str(tmp_path)], cwd=ROOT, text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == 'held\n'
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


@pytest.fixture(autouse=True)
def _first_attempt(monkeypatch):
    monkeypatch.delenv('DEEPSPEECH_ATTEMPT', raising=False)


def test_the_second_is_refused_in_one_line(tmp_path, holder):
    with pytest.raises(UserError) as refusal, sole_training(str(tmp_path)):
        pass
    assert f"another training saves in '{tmp_path}' (process {holder.pid} on " in str(refusal.value)
    with sole_training(str(tmp_path / 'another')), sole_training(''):
        pass


@pytest.mark.parametrize('how', ['ends', signal.SIGTERM, signal.SIGKILL])
def test_no_lock_outlives_its_training(tmp_path, holder, how):
    if how == 'ends':
        holder.stdin.close()
    else:
        holder.send_signal(how)
    holder.wait(60)
    assert (tmp_path / NAME).exists()
    for _ in range(2):
        with sole_training(str(tmp_path)):
            assert f'process {os.getpid()} on ' in (tmp_path / NAME).read_text()


def test_a_file_from_another_machine_is_no_lock(tmp_path):
    (tmp_path / NAME).write_text('process 1 on elsewhere')
    with sole_training(str(tmp_path)):
        assert 'elsewhere' not in (tmp_path / NAME).read_text()


def test_what_a_cluster_starts_again_waits_for_the_one_before_it(tmp_path, holder, monkeypatch):
    monkeypatch.setenv('DEEPSPEECH_ATTEMPT', '2')
    ends = subprocess.Popen(['sh', '-c', f'sleep 1; kill -9 {holder.pid}'])
    with sole_training(str(tmp_path)):
        assert holder.wait(60) == -signal.SIGKILL
    ends.wait(60)
