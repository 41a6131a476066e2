"""Starting the tools of a run, one after another: an interrupt reaches them through us, once.

Between them it ends what we do ourselves, at once.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import types
from collections.abc import Iterator

from util import interrupt

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_SIGNALS = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


class Failed(Exception):
    """A tool that did not succeed; it has said why, unless it was killed.

    Args:
        status: to exit with.
    """

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Interrupted(BaseException):
    """Ctrl-C or its like: no `except Exception` on the way is meant.

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
        self._running = False  # a tool, or it is being started
        self._asked = self._passed_on = 0  # the signal that has come; to the tool that runs

    @contextlib.contextmanager
    def hearing(self) -> Iterator[Tools]:
        """Pass signals on to the tool that runs, and start none afterwards.

        Where none runs, `Interrupted` is raised from wherever we are.
        """
        before = {number: signal.signal(number, self._hear) for number in _SIGNALS
                  if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _hear(self, number: int, frame: types.FrameType | None) -> None:
        ending = self._asked and not self._running
        self._asked = signal.SIGTERM if number == signal.SIGHUP else number
        if self._running:
            self._pass_on()
        elif not ending:
            raise Interrupted(128 + self._asked)

    def _pass_on(self) -> None:
        if self._process and self._process.returncode is None:
            self._passed_on = self._asked
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, self._asked)

    def run(self, tool: str, *arguments: str | os.PathLike, silent: bool = False) -> str:
        """Run a tool to its end; return what it printed if `silent`, '' otherwise.

        Args:
            tool: from the root of the repository.
            arguments: of the tool.
            silent: nothing of it is to be seen; it may fail.

        Raises:
            Failed: it failed.
            Interrupted: it was.
        """
        if self._asked:
            raise Interrupted(128 + self._asked)
        command = [sys.executable, '-u', os.path.join(ROOT, tool), *map(str, arguments)]
        self._running = True
        try:
            status, printed = self._run(command, subprocess.PIPE if silent else None)
        finally:
            self._process, self._running = None, False
        if self._asked:
            raise Interrupted(128 + self._asked)
        if status and not silent:
            raise Failed(128 - status if status < 0 else status)
        return printed

    def _run(self, command: list[str], pipes: int | None) -> tuple[int, str]:
        """Run a command to its end; return its status and what it wrote into a pipe."""
        with interrupt.held():  # until it can answer: Python's own beginning would with a trace
            process = self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=pipes, stderr=pipes,
                start_new_session=True)
        if self._asked != self._passed_on:  # it came meanwhile
            self._pass_on()
        printed, _ = process.communicate()
        return process.returncode, (printed or b'').decode(errors='replace')
