"""A bar with the time left on stderr; if stderr is no terminal, a plain line now and then."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any, Generic, TypeVar, overload

from util.log import logger, whole_line
from util.terminal import Footer, draws, fitted, with_bar

T = TypeVar('T')
Rows = Callable[['Progress[Any]', int], list[str]]  # count and columns -> rows of a terminal

PLAIN_LINE_SECS = 30.0  # how often a log file hears of us


class Progress(Generic[T]):
    """Counts up to `total`: iterate over it, or call `update` and `finish` by hand."""

    def __init__(self, iterable: Iterable[T] | None, total: int | None, label: str,
                 enabled: bool, rows: Rows | None) -> None:
        self._iterable = iterable
        self.total = len(iterable) if total is None and isinstance(iterable, Sized) else total
        self.label = label
        self._enabled = enabled
        self._postfix = ''
        self._started = self._said = time.monotonic()
        self._lasting = rows is None
        self._footer: Footer | None = None
        self.count = 0
        if enabled and draws(sys.stderr):
            self._footer = Footer(sys.stderr, lambda columns: (
                rows(self, columns) if rows else [self._row(columns)]))
            logger.around = self._footer.hidden

    def update(self, n: int = 1, **postfix: object) -> None:
        """Count `n` more done; show `postfix` (loss=..., rate=...) after the bar."""
        self.count += n
        if not self._enabled:
            return
        if postfix:
            self._postfix = ' '.join(
                f'{k}: {v:.4g}' if isinstance(v, float) else f'{k}: {v}'
                for k, v in postfix.items())
        if self._footer:
            self._footer.draw(always=False)
        elif time.monotonic() - self._said >= PLAIN_LINE_SECS:
            self._say()

    def _say(self) -> None:
        self._said = time.monotonic()
        text = f'{self.label}: {self.count}' if self.label else str(self.count)
        if self.total:
            text += f' of {self.total}, {clock(self._secs_left())} left'
        whole_line(', '.join(filter(None, (text, self._postfix))), sys.stderr)

    def _secs_left(self) -> float:
        secs = time.monotonic() - self._started
        return secs * ((self.total or 0) - self.count) / max(self.count, 1)

    def _row(self, columns: int) -> str:
        """Return what a terminal shows where nothing else is wanted."""
        passed = clock(time.monotonic() - self._started)
        if not self.total:
            return fitted([(1, f'{self.label} {self.count}'.strip()), (2, passed),
                           (3, self._postfix)], columns)
        share = min(self.count / self.total, 1)
        left = f'{clock(self._secs_left())} left' if 0 < share < 1 else passed
        return with_bar(self.label, share, [
            (1, f'{share:.0%}'), (2, left), (4, f'{self.count} of {self.total}'),
            (3, self._postfix)], columns)

    def finish(self) -> None:
        """Take the bar away, or leave it behind whole; call it once, also after a failure."""
        if self._footer:
            logger.around = contextlib.nullcontext
            self._footer.close(leaving=self._lasting or self.count < (self.total or 0))
            self._footer = None

    def __iter__(self) -> Iterator[T]:
        if self._iterable is None:
            raise ValueError('progress() without an iterable counts by update() only')
        try:
            for item in self._iterable:
                yield item
                self.update()
        finally:
            self.finish()

    def __enter__(self) -> Progress[T]:
        return self

    def __exit__(self, *exc: object) -> None:
        self.finish()


def clock(secs: float) -> str:
    """Format seconds as hours, minutes and seconds: 0:12:34."""
    return f'{int(secs) // 3600}:{int(secs) // 60 % 60:02d}:{int(secs) % 60:02d}'


def pace(secs: float, steps: int, audio_secs: float, steps_left: int) -> str:
    """Say how fast a training goes: time taken, steps, audio, time left.

    Args:
        secs: taken.
        steps: made in that time.
        audio_secs: of the audio learnt from in that time.
        steps_left: to be made at the same speed.
    """
    left = secs / max(steps, 1) * max(steps_left, 0)
    return (f'{clock(secs)}, {steps / max(secs, 1e-9):.2f} steps/s, '
            f'{audio_secs / max(secs, 1e-9):.0f} audio-hours per hour, '
            f'{clock(left)} left')


@overload
def progress(iterable: Iterable[T], total: int | None = None, label: str = '',
             enabled: bool = True, rows: Rows | None = None) -> Progress[T]: ...


@overload
def progress(iterable: None = None, total: int | None = None, label: str = '',
             enabled: bool = True, rows: Rows | None = None) -> Progress[None]: ...


def progress(iterable: Iterable[Any] | None = None, total: int | None = None, label: str = '',
             enabled: bool = True, rows: Rows | None = None) -> Progress[Any]:
    """Make a bar for anything that takes over two seconds.

    Args:
        iterable: what to run through; leave it out to count with `update`.
        total: how many are expected; taken from `len(iterable)` when possible.
        label: what is being done, in a word or two.
        enabled: False draws and prints nothing (`--noshow_progressbar`).
        rows: what a terminal shows in the place of a bar, and no longer than all goes well.
    """
    return Progress(iterable, total, label, enabled, rows)
