"""Messages for people: `D `, `I `, `W ` and `E ` lines, and errors without a stack trace.

The trainer talks on stdout, as in 2017. A tool whose stdout is data calls
`to_stderr()` first.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO


class UserError(Exception):
    """A failure the user can do something about; its text is the whole message, on one line."""


class _Logger:
    """Where lines go and from which level on: the one piece of state in this file."""

    def __init__(self) -> None:
        self.level = 1
        self.stderr = False
        self.before_line: Callable[[], None] | None = None  # set while a progress bar is drawn

    def line(self, level: int, message: object) -> None:
        if level < self.level:
            return
        if self.before_line:
            self.before_line()
        whole_line(f"{'DIWE'[level]} {message}", sys.stderr if self.stderr else sys.stdout)


logger = _Logger()


def whole_line(text: str, stream: TextIO) -> None:
    """Prints a line in one piece, lest one of another thread or process comes in between."""
    stream.write(text + '\n')
    stream.flush()


def set_level(level: int) -> None:
    """Prints lines of this level and above: 0 = D, 1 = I, 2 = W, 3 = E."""
    if not 0 <= level <= 3:
        raise ValueError(f'log level {level} is outside 0 (all) to 3 (errors only)')
    logger.level = level


def shows_info() -> bool:
    """Whether `I ` lines are printed."""
    return logger.level <= 1


def to_stderr(yes: bool = True) -> None:
    """Sends lines to stderr, for tools that print data on stdout."""
    logger.stderr = yes


def debug(message: object) -> None:
    """Prints a `D ` line."""
    logger.line(0, message)


def info(message: object) -> None:
    """Prints an `I ` line."""
    logger.line(1, message)


def warn(message: object) -> None:
    """Prints a `W ` line."""
    logger.line(2, message)


def error(message: object) -> None:
    """Prints an `E ` line."""
    logger.line(3, message)


def reason(failure: Exception) -> str:
    """What went wrong, without TensorFlow's `{{node}} path; ` in front and ` [Op:Name]` behind."""
    if isinstance(failure, OSError) and failure.strerror:
        return failure.strerror
    first = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
    return re.sub(r' \[Op:.*', '', first.split('; ')[-1])


@contextlib.contextmanager
def hushed_stderr() -> Iterator[None]:
    """Drops what native libraries write to stderr while they are loaded."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


class Relay:
    """Prints lines of other processes on stdout, from any thread.

    When nobody reads stdout any more, this process gets a SIGTERM, once; what follows goes nowhere.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def line(self, text: str) -> None:
        """Prints a line."""
        with self._lock:
            try:
                whole_line(text, sys.stdout)
            except BrokenPipeError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                os.kill(os.getpid(), signal.SIGTERM)


def explain_missing_packages(requirements: str) -> None:
    """From now on an import of a package that is not installed ends in one line, exit status 1."""
    plain = sys.excepthook

    def explain(kind: type[BaseException], error: BaseException,
                trace: types.TracebackType | None) -> None:
        if isinstance(error, ModuleNotFoundError) and error.name:
            print(f"E the Python package '{error.name}' is not installed for {sys.executable}: "
                  f'pip install -r {requirements}', file=sys.stderr)
        else:
            plain(kind, error, trace)

    sys.excepthook = explain


def run(main: Callable[..., int | None], *args: Sequence[str]) -> None:
    """Calls `main(*args)` and exits with its status; failures a user can cause become one line.

    0 fine (also when `main` returns None), 1 failed, 130 interrupted; `SystemExit`
    (argparse and absl exit 2 on misuse) passes through.
    """
    try:
        status = main(*args) or 0
        sys.stdout.flush()
    except UserError as e:
        error(e)
        status = 1
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:  # `tool | head` closed our stdout: nobody is left to read a message
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except OSError as e:  # a full disk, a folder that may not be written
        if not e.strerror:
            raise
        error(f'{e.filename}: {e.strerror}' if e.filename else e.strerror)
        status = 1
    sys.exit(status)
