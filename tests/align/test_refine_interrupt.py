"""An interrupt amid the training of a round: it reaches the trainer once, which saves first."""

import signal
import subprocess
import sys
import time

import pytest

from tests.helpers.places import ROOT

TRAINER = '''
import pathlib, signal, sys, time
from util import interrupt
count = []
signal.signal(signal.SIGINT, lambda *args: count.append(1))
signal.signal(signal.SIGTERM, lambda *args: count.append(1))
interrupt.let_through()
folder = pathlib.Path(sys.argv[1])
(folder / 'began').touch()
while not count:
    time.sleep(0.02)
time.sleep(0.5)
(folder / 'saved').write_text(str(len(count)))
sys.exit(130)
'''
ROUND = '''
import pathlib, sys
from util import errors, log
from util.align.refine import _run
log.to_stderr()
errors.run(lambda: _run(pathlib.Path(sys.argv[1], 'trainer.py'), sys.argv[1:], sys.stderr))
'''


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize('to_all', [False, True])
def test_the_trainer_saves(tmp_path, number, to_all):
    (tmp_path / 'trainer.py').write_text(f'import sys\nsys.path[:0] = [{str(ROOT)!r}]\n' + TRAINER)
    with subprocess.Popen([sys.executable, '-c', ROUND, tmp_path], cwd=ROOT, text=True,
                          stderr=subprocess.PIPE, start_new_session=True) as process:
        until = time.monotonic() + 60
        while not (tmp_path / 'began').exists() and time.monotonic() < until:
            time.sleep(0.02)
        if to_all:  # as the terminal does
            subprocess.run(['kill', f'-{int(number)}', '--', f'-{process.pid}'], check=True)
        else:
            process.send_signal(number)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + number and 'Traceback' not in said
    assert (tmp_path / 'saved').read_text() == '1'
    assert 'W Stopped; the same command goes on with the training' in said
