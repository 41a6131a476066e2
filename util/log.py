"""Messages for people: `D `, `I `, `W ` and `E ` lines.

The trainer talks on stdout, as in 2017. A tool whose stdout is data calls
`to_stderr()` first.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import TextIO


class _Logger:
    """Where lines go and from which level on: the one piece of state in this file."""

    def __init__(self) -> None:
        self.level = 1
        self.stderr = False
        self.around: Callable[[], contextlib.AbstractContextManager] = contextlib.nullcontext

    def line(self, level: int, message: object) -> None:
        if level < self.level:
            return
        with self.around():  # where a bar is drawn, it makes way
            whole_line(f"{'DIWE'[level]} {message}", sys.stderr if self.stderr else sys.stdout)


logger = _Logger()


def whole_line(text: str, stream: TextIO) -> None:
    """Print a line in one piece, so that no other thread or process can break into it."""
    stream.write(text + '\n')
    stream.flush()


def set_level(level: int) -> None:
    """Print lines of this level and above: 0 = D, 1 = I, 2 = W, 3 = E."""
    if not 0 <= level <= 3:
        raise ValueError(f'log level {level} is outside 0 (all) to 3 (errors only)')
    logger.level = level


def shows_info() -> bool:
    """Tell whether `I ` lines are printed."""
    return logger.level <= 1


def to_stderr(yes: bool = True) -> None:
    """Send lines to stderr, for tools that print data on stdout."""
    logger.stderr = yes


def debug(message: object) -> None:
    """Print a `D ` line."""
    logger.line(0, message)


def info(message: object) -> None:
    """Print an `I ` line."""
    logger.line(1, message)


def warn(message: object) -> None:
    """Print a `W ` line."""
    logger.line(2, message)


def error(message: object) -> None:
    """Print an `E ` line."""
    logger.line(3, message)
