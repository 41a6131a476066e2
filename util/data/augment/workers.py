"""Processes that read recordings and change their samples, beside the training.

They talk by pipes: a list of jobs goes in, a list of answers comes out, both pickled. A process is
started afresh, not forked: the training has loaded TensorFlow, and a worker needs little memory.
It ends when its input does. Where one breaks down its jobs are done by the caller, with the same
result, since nothing but the job decides what comes out.
"""
from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, NamedTuple

import numpy as np

from util import log
from util.audio.reading import AudioError, read_with_notes
from util.data.augment.draws import Lot
from util.data.augment.operations import Operation
from util.data.augment.samples import Scene, change
from util.data.augment.sources import Library, Source

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), *['..'] * 3))
PROGRAM = (f'import sys; sys.path[0] = {ROOT!r}; '
           'from util.data.augment import workers; workers.main()')
ONE_THREAD = dict.fromkeys(('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'), '1')


class Job(NamedTuple):
    """A recording to be read and changed.

    Attributes:
        wav: its path.
        lot: what chance follows from.
        operations: the numbers of those that are to be done.
    """

    wav: str
    lot: Lot
    operations: tuple[int, ...]


class Heard(NamedTuple):
    """What came of a job: int16 samples and notes as of util/audio/reading, or why there are none.

    Attributes:
        samples: int16 [n].
        notes: on the recording.
        complaints: recordings of noise that can no longer be read.
        error: why there are no samples.
    """

    samples: np.ndarray
    notes: list[str]
    complaints: list[str]
    error: AudioError | None = None


@dataclass(frozen=True)
class Craft:
    """All that a worker knows.

    Attributes:
        operations: all of them, also those of other domains.
        sources: path -> recordings that are mixed in.
        rate: at which the samples are changed, in Hz.
    """

    operations: tuple[Operation, ...]
    sources: dict[str, Source]
    rate: int

    def hear(self, job: Job, library: Library) -> Heard:
        """Read a recording and change it."""
        library.complaints.clear()
        try:
            samples, notes = read_with_notes(job.wav, self.rate)
        except AudioError as e:
            return Heard(np.zeros(0, np.int16), [], [], e)
        changed = change(samples, [
            Scene(self.operations[number], self.rate, job.lot.clock, job.lot.random(number),
                  library) for number in job.operations])
        return Heard(changed, notes, list(library.complaints))


class Workers:
    """A number of such processes; they start with the first job.

    Args:
        craft: what they know.
        count: of processes.
    """

    def __init__(self, craft: Craft, count: int) -> None:
        self.craft, self._count = craft, count
        self._library = Library(craft.sources)  # for what workers could not do
        self._own = threading.Lock()
        self._idle: queue.LifoQueue[subprocess.Popen | None] = queue.LifoQueue()
        self._starting = threading.Lock()
        self._started = 0

    def hear(self, jobs: Sequence[Job]) -> list[Heard]:
        """Do jobs, in one process; callers in other threads get others."""
        if not jobs:
            return []
        worker = self._take()
        answers = self._ask(worker, jobs) if worker else None
        self._idle.put(worker if answers is not None else None)
        if answers is not None:
            return answers
        with self._own:
            return [self.craft.hear(job, self._library) for job in jobs]

    def _take(self) -> subprocess.Popen | None:
        with self._starting:
            if self._idle.empty() and self._started < self._count:
                self._started += 1
                return self._start()
        return self._idle.get()

    def _start(self) -> subprocess.Popen | None:
        try:
            worker = subprocess.Popen([sys.executable, '-c', PROGRAM], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, env={**os.environ, **ONE_THREAD})
        except OSError as e:
            log.warn(f'no process to augment recordings ({e.strerror}): the training process '
                     'does its work')
            return None
        with suppress(OSError):  # it has died already: the first job will find out
            _say(worker.stdin, self.craft)
        return worker

    def _ask(self, worker: subprocess.Popen, jobs: Sequence[Job]) -> list[Heard] | None:
        """Have a process do jobs; None if it has broken down."""
        assert worker.stdout
        try:
            _say(worker.stdin, list(jobs))
            return pickle.load(worker.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            worker.kill()
            log.warn(f'a process that augments recordings has ended (status {worker.wait()}): '
                     'its work is done in the training process from now on')
            return None

    def close(self) -> None:
        """End the processes that are idle."""
        while not self._idle.empty():
            worker = self._idle.get()
            if worker:
                with suppress(OSError):
                    worker.communicate()
        self._started = 0


def _say(stream: IO[bytes] | None, message: object) -> None:
    assert stream
    pickle.dump(message, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()


def main() -> None:
    """Be a worker: learn the craft, then do jobs until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the training ends us
    answers = os.fdopen(os.dup(1), 'wb')
    os.dup2(2, 1)  # what libraries print must not get among the answers
    with suppress(EOFError, BrokenPipeError):
        craft: Craft = pickle.load(sys.stdin.buffer)
        library = Library(craft.sources)
        while True:
            jobs: list[Job] = pickle.load(sys.stdin.buffer)
            _say(answers, [craft.hear(job, library) for job in jobs])
