"""What a run leaves besides its checkpoints: flags, metrics, TensorBoard summaries.

`flags.txt` replays the run by `--flagfile`. `metrics.jsonl` has one JSON object for each set and
epoch; `bin/plot.py` draws it. TensorBoard events are written when `--summary_secs` is positive.
Where the latter two cannot be written any more (a full disk), that is a warning, and the training
goes on without them.
"""
import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import tensorflow as tf

from util import errors, log

_PROFILED_STEPS = range(10, 15)  # behind the first, which build and warm up


@dataclass(frozen=True)
class SummarySettings:
    """What is written down; by default nothing.

    Attributes:
        save_dir: where flags and metrics are kept; '' keeps none.
        flag_lines: the flags.
        folder: of the TensorBoard events.
        secs: seconds between events within an epoch; 0 writes none.
        fulltrace: add histograms of weights and gradients, and a profile of a few steps.
    """

    save_dir: str = ''
    flag_lines: str = ''
    folder: str = ''
    secs: int = 0
    fulltrace: bool = False


def note_test(folder: str, epoch: int, **scalars: float) -> None:
    """Add the result of a test to the metrics of the training in this folder, if it has any."""
    path = os.path.join(folder, 'metrics.jsonl')
    if os.path.exists(path):
        with contextlib.suppress(OSError), open(path, 'a', encoding='utf-8') as file:
            file.write(json.dumps({'epoch': epoch, 'set': 'test', **scalars}) + '\n')


class Summaries:
    """Takes numbers from the training as they come.

    Args:
        settings: what to write, and where.
        weights: name -> variable, for the histograms.
    """

    def __init__(self, settings: SummarySettings, weights: dict[str, tf.Variable]):
        save_dir = settings.save_dir
        self._metrics_file = os.path.join(save_dir, 'metrics.jsonl') if save_dir else ''
        if save_dir:
            with open(os.path.join(save_dir, 'flags.txt'), 'w', encoding='utf-8') as file:
                file.write(settings.flag_lines)
        self._settings, self._weights = settings, weights
        self._writer = tf.summary.create_file_writer(settings.folder) if settings.secs else None
        self._last, self._steps, self._profiling = 0.0, 0, False

    def step(self, step: int, details: Callable[[], dict], **scalars: float) -> None:
        """Note the numbers of one step, if the time has come.

        Args:
            step: steps made so far.
            details: called when histograms are due: name -> gradient.
            **scalars: name -> value.
        """
        if not self._writer:
            return
        self._steps += 1
        if self._settings.fulltrace:
            self._profile()
        if time.monotonic() - self._last < self._settings.secs:
            return
        self._last = time.monotonic()
        with self._events(step):
            for name, value in scalars.items():
                tf.summary.scalar(f'step/{name}', value)
            if self._settings.fulltrace:
                for name, gradient in details().items():
                    tf.summary.histogram(f'gradients/{name}', gradient)
                for name, weight in self._weights.items():
                    tf.summary.histogram(f'weights/{name}', weight)

    def epoch(self, set_name: str, epoch: int, step: int, **scalars: float | None) -> None:
        """Note the numbers of a set after an epoch; None is left out."""
        known = {name: float(value) for name, value in scalars.items() if value is not None}
        if self._writer:
            with self._events(step):
                for name, value in known.items():
                    tf.summary.scalar(f'{set_name}/{name}', value)
        if self._metrics_file:
            row = {'epoch': epoch, 'step': step, 'set': set_name, **known}
            try:
                with open(self._metrics_file, 'a', encoding='utf-8') as file:
                    file.write(json.dumps(row) + '\n')
            except OSError as error:
                log.warn(f"'{self._metrics_file}' cannot be written ({errors.reason(error)}): "
                         'continuing without it')
                self._metrics_file = ''

    @contextlib.contextmanager
    def _events(self, step: int) -> Iterator[None]:
        """Let `tf.summary` write events of this step while entered."""
        assert self._writer
        try:
            with self._writer.as_default(step):
                yield
            self._writer.flush()
        except (OSError, tf.errors.OpError) as error:
            log.warn(f"summaries cannot be written in '{self._settings.folder}' "
                     f'({errors.reason(error)}): continuing without them')
            self._writer = None

    def _profile(self) -> None:
        if self._steps == _PROFILED_STEPS.start:
            try:
                tf.profiler.experimental.start(self._settings.folder)
                self._profiling = True
            except tf.errors.OpError as error:
                log.warn(f'no profile: {errors.reason(error)}')
        elif self._steps == _PROFILED_STEPS.stop:
            self.close_profile()

    def close_profile(self) -> None:
        """End a profile that is under way."""
        if self._profiling:
            self._profiling = False
            try:
                tf.profiler.experimental.stop()
            except tf.errors.OpError as error:
                log.warn(f'no profile: {errors.reason(error)}')
