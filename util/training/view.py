"""What a terminal shows of a training below its log: two rows, whatever is under way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from util.progress import Progress, clock
from util.terminal import fitted, with_bar


class Standing(Protocol):
    """How far a training is, and how well it went.

    Attributes:
        epoch: under way, from 0.
        epoch_loss: sum of the losses of its utterances.
        epoch_utterances: how many they are.
        dev_losses, dev_wers: of the validations so far.
        best: WER and loss of the best of them; empty before the first.
        best_epoch: whose validation that was; -1 where nobody knows.
    """

    epoch: int
    epoch_loss: float
    epoch_utterances: int
    dev_losses: list[float]
    dev_wers: list[float]
    best: list[float]
    best_epoch: int


class View:
    """The rows, out of the state of the training at the moment at which they are drawn.

    A place in the training is the audio that lies before it, in seconds.

    Args:
        state: of the training.
        epochs: to train up to.
        audio_secs: epoch -> float [batches], the audio in each; the sum is that of every epoch.
    """

    def __init__(self, state: Standing, epochs: int,
                 audio_secs: Callable[[int], np.ndarray]) -> None:
        self._state, self._epochs, self._audio_secs = state, epochs, audio_secs
        self._epoch = -1
        self._ends = np.zeros(1)  # of the epoch's batches, from its beginning
        self._first, self._place = 0, 0.0
        self._began: _Mark | None = None  # the run
        self._mark: _Mark | None = None  # the epoch
        self._speed = 0.0  # seconds of audio per second, in this epoch or the one before

    def rows(self, bar: Progress, columns: int) -> list[str]:
        """Return what is to be shown.

        Args:
            bar: counts the batches of the epoch, or of a set that is evaluated after it.
            columns: of the terminal.
        """
        what = f'Epoch {self._state.epoch}'
        learning, total = bar.label == what, bar.total or 0
        what += f' ({self._state.epoch + 1}/{self._epochs})'
        left = ''
        if learning:
            self._look(min(bar.count, total))
            left = _clock(self._ends[-1] - self._ends[min(bar.count, total)], self._speed, 'left')
        else:
            what += f', {bar.label}'
        return [with_bar(what, bar.count / max(total, 1),
                         [(2, f'{bar.count}/{total}'), (3, left), (1, self._left_in_all())],
                         columns),
                fitted(self._results(columns), columns)]

    def _look(self, count: int) -> None:
        """Note how far the training is, and when."""
        now, epoch = time.monotonic(), self._state.epoch
        if epoch != self._epoch:
            self._epoch, self._first, self._mark = epoch, count, None
            self._ends = np.cumsum([0, *self._audio_secs(epoch)])
        self._place = epoch * self._ends[-1] + self._ends[count]
        if not self._mark:
            if count > self._first:  # the first batch has also waited for compilation
                self._mark = _Mark(now, self._place)
                self._began = self._began or self._mark
        elif self._place > self._mark.place:
            self._speed = self._mark.speed(now, self._place)

    def _left_in_all(self) -> str:
        """Return the time left of the training, validation included as it went so far."""
        if not self._began:
            return ''
        speed = self._began.speed(time.monotonic(), self._place)
        return _clock(self._epochs * self._ends[-1] - self._place, speed, 'in all')

    def _results(self, columns: int) -> list[tuple[int, str]]:
        """Return the parts of the second row, see `fitted`."""
        state, parts = self._state, []
        if state.epoch_utterances:
            parts.append((1, f'loss {state.epoch_loss / state.epoch_utterances:.4g}'))
        if state.dev_losses:
            parts += [(5, f'dev loss {state.dev_losses[-1]:.4g}'),
                      (2, f'WER {state.dev_wers[-1]:.1%}')]
        if state.best:
            epoch = f' (epoch {state.best_epoch})' if state.best_epoch >= 0 and columns > 60 else ''
            parts.append((3, f'best {state.best[0]:.1%}{epoch}'))
        if self._speed:
            parts.append((4, f'{self._speed:.0f} audio-hours/h'))
        return parts


@dataclass(frozen=True)
class _Mark:
    """A moment, and the place at which the training was then."""

    time: float
    place: float

    def speed(self, time: float, place: float) -> float:
        """Return the seconds of audio per second since then."""
        return (place - self.place) / max(time - self.time, 1e-9)


def _clock(audio_secs: float, speed: float, what: str) -> str:
    """Say how long so much audio takes; nothing where the speed is not known."""
    return f'{clock(audio_secs / speed)} {what}' if speed > 0 else ''
