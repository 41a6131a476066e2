"""Ctrl-C and SIGTERM end a run at the next step, so that it can be saved first."""
import contextlib
import os
import signal
import threading
import types
from collections.abc import Iterator

from util import log

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Hold SIGINT back; processes started meanwhile hold it until they call `let_through`.

    Python's own beginning would answer it with a stack trace.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def let_through() -> None:
    """Let through what was held back."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def ends_with(line: str) -> None:
    """Let Ctrl-C end the process with a warning as long as there is nothing to save.

    One that whoever started us held back does so now.
    """
    def end(number: int, frame: types.FrameType | None) -> None:
        with log.logger.around():
            log.warn(line)
            os._exit(128 + number)

    signal.signal(signal.SIGINT, end)
    let_through()


class Interrupt:
    """While entered, remembers the first such signal and says so; the second one ends the process.

    Use as a context manager; `status` is 0, or the exit status 128 + signal once one came.
    """

    def __init__(self) -> None:
        self.status = 0

    def __enter__(self) -> 'Interrupt':
        self._before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        # Python's handlers wait until TensorFlow has ended the step; a pipe is written at once
        reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self._pipe_before = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._watcher = threading.Thread(target=self._watch, args=(reader,))
        self._watcher.start()
        return self

    def __exit__(self, *exc: object) -> None:
        signal.set_wakeup_fd(self._pipe_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._writer)  # the watcher reads the end
        self._watcher.join()

    def _note(self, number: int, frame: object) -> None:
        self.status = 128 + number

    def _watch(self, reader: int) -> None:
        heard = False
        with open(reader, 'rb', buffering=0) as pipe:
            while number := pipe.read(1):
                if number[0] not in _SIGNALS:
                    continue
                if heard:
                    with log.logger.around():
                        os._exit(128 + number[0])
                heard = True
                log.info('Interrupted: stopping after this step; interrupt again to quit at once')
