"""A cluster of real processes on this machine, and the means to hurt it."""

import os
import re
import signal
import subprocess
import threading
import time

from tests.helpers.places import ROOT
from util.training import checkpoints

LAUNCHER = str(ROOT / 'bin' / 'run-cluster.sh')
CHILD = str(ROOT / 'tests' / 'cluster' / 'steps_child.py')
STEPS = 12  # of a worker in an epoch of the fixture `corpus`


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
        """Return the newest one."""
        return checkpoints.newest(os.path.join(self.folder, 'ck'))

    def tested(self):
        """Return the epochs of the checkpoint that is tested: the best one where there is one."""
        best = checkpoints.newest(os.path.join(self.folder, 'ck'), 'best_dev')
        return (best or self.checkpoint()).state['epoch']

    def clean_up(self):
        """Kill whatever is left; say what that was."""
        left = self.processes()
        for process in left:
            os.kill(process, signal.SIGKILL)
        self.process.wait()
        return left


def trained(run, epochs, steps, tested=None):
    """Return what every finished training must have left behind.

    `tested` is the epoch that was asked to be tested; else it is the best one.
    """
    assert run.end() == 0, run.text
    state = run.checkpoint().state
    assert state['epoch'] == epochs and state['position'] == 0 and state['step'] == epochs * steps
    assert re.search(rf'\] I Test of Epoch {tested or run.tested()} - WER: ', run.text), run.text
    assert run.text.count(' I Test of Epoch ') == 1  # one process reports
    assert not run.processes(), 'processes were left behind'
