"""A progress bar with ETA on stderr; if stderr is not a terminal, a plain line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import Any, Generic, TypeVar, overload

from util.log import logger, whole_line

T = TypeVar('T')

PLAIN_LINE_SECS = 30.0  # how often a log file hears of us


class Progress(Generic[T]):
    """Counts up to `total`: iterate over it, or call `update` and `finish` by hand."""

    def __init__(self, iterable: Iterable[T] | None, total: int | None, label: str,
                 enabled: bool) -> None:
        self._iterable = iterable
        self._total = len(iterable) if total is None and isinstance(iterable, Sized) else total
        self._label = label
        self._enabled = enabled
        self._bar: Any = None
        self._postfix = ''
        self._started = self._said = time.monotonic()
        self.count = 0
        if enabled and sys.stderr.isatty():
            self._bar = self._make_bar()
            logger.before_line = self._clear_line

    def _make_bar(self) -> Any:
        import progressbar  # here: an import of 60 ms that --help and log files need not pay

        widgets: list[Any] = [f'{self._label} ' if self._label else '']
        if self._total:
            widgets += [progressbar.Percentage(), ' ', progressbar.Bar(), ' ',
                        progressbar.SimpleProgress(), ' ', progressbar.ETA()]
        else:
            widgets += [progressbar.Counter(), ' ', progressbar.Timer()]
        widgets.append(_Postfix(self))
        bar = progressbar.ProgressBar(max_value=self._total or progressbar.UnknownLength,
                                      widgets=widgets, fd=sys.stderr)
        bar.start()
        return bar

    @staticmethod
    def _clear_line() -> None:
        """Wipe the bar, so that a log line does not run into it; the next update redraws it."""
        sys.stderr.write('\r\033[K')
        sys.stderr.flush()

    def update(self, n: int = 1, **postfix: object) -> None:
        """Count `n` more done; show `postfix` (loss=..., rate=...) after the bar."""
        self.count += n
        if not self._enabled:
            return
        if postfix:
            self._postfix = ' '.join(
                f'{k}: {v:.4g}' if isinstance(v, float) else f'{k}: {v}'
                for k, v in postfix.items())
        if self._bar is not None:
            self._bar.update(self.count if not self._total else min(self.count, self._total))
        elif time.monotonic() - self._said >= PLAIN_LINE_SECS:
            self._say()

    def _say(self) -> None:
        self._said = time.monotonic()
        secs = self._said - self._started
        text = f'{self._label}: {self.count}' if self._label else str(self.count)
        if self._total:
            left = secs * (self._total - self.count) / max(self.count, 1)
            text += f' of {self._total}, {clock(left)} left'
        whole_line(', '.join(filter(None, (text, self._postfix))), sys.stderr)

    def finish(self) -> None:
        """Take the bar away; call it once, also after a failure."""
        if self._bar is not None:
            logger.before_line = None
            self._bar.finish(dirty=self._total is not None and self.count < self._total)
            self._bar = None

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


class _Postfix:
    """The widget that shows what the last `update` said."""

    copy = False  # progressbar2 would work on a deep copy otherwise

    def __init__(self, owner: Progress[Any]) -> None:
        self._owner = owner

    def __call__(self, progress: object, data: object, *more: object) -> str:
        return f' {self._owner._postfix}'


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
             enabled: bool = True) -> Progress[T]: ...


@overload
def progress(iterable: None = None, total: int | None = None, label: str = '',
             enabled: bool = True) -> Progress[None]: ...


def progress(iterable: Iterable[Any] | None = None, total: int | None = None, label: str = '',
             enabled: bool = True) -> Progress[Any]:
    """Make a bar for anything that takes over two seconds.

    Args:
        iterable: what to run through; leave it out to count with `update`.
        total: how many are expected; taken from `len(iterable)` when possible.
        label: what is being done, in a word or two.
        enabled: False draws and prints nothing (`--noshow_progressbar`).
    """
    return Progress(iterable, total, label, enabled)
