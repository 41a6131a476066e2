"""Starting the tools of a run, one after another: an interrupt reaches them through us, once."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import types
from collections.abc import Iterator

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_SIGNALS = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


class Failed(Exception):
    """A tool that did not succeed; it has said why.

    Args:
        status: to exit with.
    """

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Tools:
    """Runs the tools of this repository while entered as a context manager."""

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None
        self._asked = 0  # the signal that has come

    @contextlib.contextmanager
    def hearing(self) -> Iterator[Tools]:
        """Pass signals on to the tool that runs, and start none afterwards."""
        before = {number: signal.signal(number, self._hear) for number in _SIGNALS
                  if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _hear(self, number: int, frame: types.FrameType | None) -> None:
        self._asked = signal.SIGTERM if number == signal.SIGHUP else number
        process = self._process
        if process and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, self._asked)

    def run(self, tool: str, *arguments: str | os.PathLike, silent: bool = False) -> str:
        """Run a tool to its end; return what it printed if `silent`, '' otherwise.

        Args:
            tool: from the root of the repository.
            arguments: of the tool.
            silent: nothing of it is to be seen; it may fail.

        Raises:
            Failed: it failed, or was interrupted.
        """
        if self._asked:
            raise Failed(128 + self._asked)
        command = [sys.executable, '-u', os.path.join(ROOT, tool), *map(str, arguments)]
        pipes = subprocess.PIPE if silent else None
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipes,
                                         stderr=pipes, start_new_session=True)
        if self._asked:  # meanwhile
            self._hear(self._asked, None)
        printed, _ = self._process.communicate()
        status = self._process.returncode
        if self._asked or (status and not silent):
            raise Failed(128 + self._asked if self._asked else 128 - status if status < 0
                         else status)
        return printed.decode(errors='replace') if silent else ''
