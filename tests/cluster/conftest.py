"""A cluster of real processes on this machine, and the means to hurt it."""
import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.cluster import network
from tests.tones import make_corpus
from util.training import checkpoints

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LAUNCHER = os.path.join(ROOT, 'bin', 'run-cluster.sh')
CHILD = os.path.join(ROOT, 'tests', 'cluster', 'steps_child.py')


@pytest.fixture(scope='session')
def machine():
    """What to put before a command so that all ports are free for it; nothing without root."""
    if not network.available():
        yield []
        return
    with network.Network(1) as machines:
        yield machines.on(0)


@pytest.fixture(scope='session')
def corpus(tmp_path_factory):
    """The flags of a small corpus and a tiny network."""
    folder = tmp_path_factory.mktemp('tones')
    flags = ['--alphabet_config_path', str(folder / 'alphabet.txt')]
    for seed, (name, count) in enumerate((('train', 24), ('dev', 5), ('test', 5)), 1):
        flags += [f'--{name}_files', make_corpus(folder, name, count, seed)]
    return [*flags, '--n_hidden', '16', '--train_batch_size', '2', '--dev_batch_size', '2',
            '--test_batch_size', '2', '--noearly_stop', '--learning_rate', '0.005',
            '--beam_width', '8', '--report_count', '1', '--intra_op_parallelism_threads', '1',
            '--inter_op_parallelism_threads', '1', '--noshow_progressbar']


def alive(process):
    """Whether a process of that number runs; who is dead and not yet fetched does not."""
    try:
        with open(f'/proc/{process}/stat', encoding='utf-8') as file:
            return file.read().rsplit(') ', 1)[1][0] not in 'ZX'
    except OSError:
        return False


class Run:
    """A command under way: its lines so far, and its processes.

    Args:
        command: what to start.
        folder: for checkpoints.
    """

    def __init__(self, command, folder, environment=None):
        self.folder, self.lines = str(folder), []
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, env={**os.environ, 'DEEPSPEECH_TEST_RUN': self.folder,
                            **(environment or {})}, cwd=ROOT, start_new_session=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip('\n'))

    @property
    def text(self):
        return '\n'.join(self.lines)

    def wait_for(self, pattern, secs=300, after=0):
        """Wait for a line; return how many lines there were then."""
        end = time.monotonic() + secs
        while time.monotonic() < end:
            all_there = not self._reader.is_alive()
            for i, line in enumerate(self.lines[after:], after + 1):
                if re.search(pattern, line):
                    return i
            assert not all_there, f'ended without {pattern!r}:\n' + self.text
            time.sleep(0.05)
        raise AssertionError(f'no {pattern!r} within {secs} s:\n' + self.text)

    def end(self, secs=600):
        """Wait for the end; return the exit status."""
        try:
            status = self.process.wait(secs)
        except subprocess.TimeoutExpired:
            raise AssertionError(f'no end within {secs} s:\n' + self.text) from None
        self._reader.join(10)
        return status

    def processes(self, role=None):
        """Ids of the processes of this run; with a role, of that TensorFlow process alone."""
        found = []
        for name in os.listdir('/proc'):
            if not name.isdigit() or int(name) == os.getpid():
                continue
            try:
                with open(f'/proc/{name}/environ', 'rb') as file:
                    variables = file.read().decode(errors='replace').split('\0')
            except OSError:
                continue
            if f'DEEPSPEECH_TEST_RUN={self.folder}' in variables and alive(name) and (
                    role is None or f'DEEPSPEECH_ROLE={role}' in variables):
                found.append(int(name))
        return found

    def hurt(self, role, number=signal.SIGKILL):
        """Send the process of a role a signal; wait for it to be there first."""
        end = time.monotonic() + 60
        while not (found := self.processes(role)):
            assert time.monotonic() < end, f'no process {role}:\n' + self.text
            time.sleep(0.1)
        for process in found:
            os.kill(process, number)

    def go_on(self):
        """Let a `steps_child.py` go on that is held."""
        with open(os.path.join(self.folder, 'go'), 'w', encoding='utf-8'):
            pass

    def checkpoint(self):
        """The newest one."""
        return checkpoints.newest(os.path.join(self.folder, 'ck'))

    def clean_up(self):
        """Kill whatever is left; say what that was."""
        left = self.processes()
        for process in left:
            os.kill(process, signal.SIGKILL)
        self.process.wait()
        return left


@pytest.fixture
def start(tmp_path, corpus, machine):
    """Function of a template and flags that starts bin/run-cluster.sh; ends it after the test."""
    runs = []

    def run(template, *flags, command=None, name='run', on=machine, **variables):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        command = command or [LAUNCHER, template]
        runs.append(Run([*on, *command, *corpus, '--checkpoint_dir', str(folder / 'ck'),
                         *map(str, flags)], folder,
                        {'PATH': os.path.dirname(sys.executable) + ':' + os.environ['PATH'],
                         **{name: str(value) for name, value in variables.items()}}))
        return runs[-1]

    yield run
    for started in runs:
        started.clean_up()
