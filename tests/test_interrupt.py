"""An interrupt is answered at once, whatever the main thread is busy with."""
import os
import signal
import subprocess
import sys

import pytest

from util.interrupt import Interrupt

BUSY = """
import hashlib
from util.interrupt import Interrupt
with Interrupt() as interrupt:
    print('ready', flush=True)
    hashlib.pbkdf2_hmac('sha256', b'', b'', {rounds})  # no handler of Python's runs meanwhile
    print('status', interrupt.status)
"""


@pytest.fixture
def start():
    """Return a function that starts a process which is busy for a number of rounds."""
    processes = []

    def started(rounds):
        process = subprocess.Popen([sys.executable, '-c', BUSY.format(rounds=rounds)],
                                   stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout.readline() == 'ready\n'
        return process

    yield started
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_the_second_one_ends_what_does_not_end(start, number):
    process = start((1 << 31) - 1)
    process.send_signal(number)
    assert process.stdout.readline().startswith('I Interrupted: stopping after ')
    process.send_signal(number)
    assert process.wait(60) == 128 + number
    assert process.stdout.read() == ''


def test_the_step_under_way_is_ended(start):
    process = start(1 << 20)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=300)[0].splitlines()[1:] == ['status 143']
    assert process.returncode == 0


@pytest.fixture
def default_handler():
    """Python's own for SIGINT, which a shell has its background processes ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_what_was_before_is_restored(capsys, default_handler):
    before = signal.getsignal(signal.SIGINT)
    with Interrupt() as interrupt:
        os.kill(os.getpid(), signal.SIGINT)
    assert interrupt.status == 130 and signal.getsignal(signal.SIGINT) is before
    assert signal.set_wakeup_fd(-1) == -1
    assert capsys.readouterr().out.startswith('I Interrupted: ')
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
