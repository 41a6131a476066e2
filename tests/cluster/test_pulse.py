"""util/cluster/pulse.py: what a process lets its guard know, and what it does without one."""

import os
import subprocess
import sys
import threading
import time

import pytest

from tests.helpers.places import ROOT
from util.cluster import pulse as module
from util.cluster.pulse import LOST, Pulse


@pytest.fixture
def beats(monkeypatch):
    """Make a pulse, the pipe to give it, and a function that reads so many of its signs."""
    monkeypatch.setattr(module, '_BEAT_SECS', 0.05)
    read, write = os.pipe()
    pulse = Pulse()

    def take(count):
        signs = b''
        while len(signs) < count:
            signs += os.read(read, count - len(signs))
        return signs

    # Neither end is closed: the thread goes on, and would end this process as one without a guard.
    return pulse, write, take


def test_a_sign_for_every_state(beats):
    """A step or a rest is told once, with the next beat, and the last word counts."""
    pulse, write, take = beats
    pulse.step()
    pulse.start(write)
    assert take(3) == b's..'
    pulse.rest()
    assert take(3).strip(b'.') == b'r'
    pulse.rest()
    pulse.step()
    assert take(3).strip(b'.') == b's'


def test_it_beats_in_time(beats):
    pulse, write, take = beats
    pulse.start(write)
    take(1)
    begun = time.monotonic()
    assert take(10) == b'.' * 10
    assert 0.4 < time.monotonic() - begun < 5


def test_without_a_guard_it_does_nothing():
    pulse, threads = Pulse(), threading.active_count()
    pulse.step()
    pulse.rest()
    assert threading.active_count() == threads


def test_a_process_ends_when_its_guard_is_gone():
    """It could not be told to end any more; the exit status says: start me again."""
    code = ('import os, time\nfrom util.cluster import pulse\npulse._BEAT_SECS = 0.05\n'
            'read, write = os.pipe()\npulse.pulse.start(write)\n'
            'print(os.read(read, 1), flush=True)\nos.close(read)\ntime.sleep(60)\n')
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, timeout=30)
    assert (done.returncode, done.stdout) == (LOST, b"b'.'\n")
