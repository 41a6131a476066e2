"""The augmentation of a training set, epoch by epoch, as `util.data.dataset` calls it."""
from __future__ import annotations

import functools
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from util import log
from util.data.augment import points, spectrogram
from util.data.augment.codec import opus_library
from util.data.augment.draws import Draws
from util.data.augment.operations import FEATURES, SAMPLE, SIGNAL, SPECTROGRAM, Operation
from util.data.augment.samples import FULL_SCALE
from util.data.augment.scene import GraphScene
from util.data.augment.sources import open_source
from util.data.augment.workers import Craft, Heard, Job, Workers
from util.features import FeatureSettings, compute_features, features_of_power, power_spectrum

PROCESSES = max(1, min(8, os.cpu_count() or 1))


@dataclass(frozen=True)
class Augmentation:
    """What is asked for.

    Attributes:
        operations: in the order in which they are done.
        cache_for_epochs: epochs for which an utterance stays as it was changed; 0 and 1: it is
            changed anew each time.
    """

    operations: tuple[Operation, ...] = ()
    cache_for_epochs: int = 0


class Augmenter:
    """Opens what the operations need, and starts the epochs.

    Args:
        settings: what is asked for; at least one operation.
        features: what is computed from the audio.
        seed: of the run.

    Raises:
        UserError: a source has no recordings, or a package is missing.
    """

    def __init__(self, settings: Augmentation, features: FeatureSettings, seed: int) -> None:
        self.settings, self.features, self.seed = settings, features, seed
        if any(each.name == 'codec' for each in settings.operations):
            opus_library()
        sources = {path: open_source(path) for path in
                   dict.fromkeys(each.source for each in settings.operations if each.source)}
        craft = Craft(settings.operations, sources, features.sample_rate)
        self.workers = Workers(craft, PROCESSES)
        self._said: set[str] = set()

    def epoch(self, epoch: int, epochs: int, plan_of: Any, count: int) -> Epoch:
        """Draw what happens in an epoch.

        Args:
            epoch: counted from 0.
            epochs: to train.
            plan_of: function of an epoch -> its batches, as arrays of utterances.
            count: of all utterances.
        """
        epoch -= epoch % max(1, self.settings.cache_for_epochs)
        draws = Draws.of_epoch(self.seed, epoch, epochs, plan_of(epoch), count)
        return Epoch(self, draws)

    def complain(self, complaints: Sequence[str]) -> None:
        """Say once what is wrong with a recording of noise."""
        for each in complaints:
            if each not in self._said:
                self._said.add(each)
                log.warn(f'{each}; it is mixed into nothing any more')

    @functools.cached_property
    def fingerprint(self) -> int:
        """A checksum of all that decides how utterances are changed, beside the epoch."""
        sources = [(path, source.files) for path, source in self.workers.craft.sources.items()]
        everything = repr((self.settings, self.seed, sources))
        return zlib.crc32(everything.encode('utf-8', 'surrogateescape'))


class Epoch:
    """What happens to each utterance in an epoch.

    Args:
        augmenter: that it belongs to.
        draws: of chance.
    """

    def __init__(self, augmenter: Augmenter, draws: Draws) -> None:
        self._augmenter, self._draws = augmenter, draws
        self._operations = augmenter.settings.operations
        self._chances = [each.p for each in self._operations]
        self._hits: dict[int, np.ndarray] = {}
        self._features = augmenter.features

    def _numbers(self, *domains: str) -> list[int]:
        return [number for number, each in enumerate(self._operations) if each.domain in domains]

    def hits(self, utterance: int) -> np.ndarray:
        """Tell which operations change an utterance: bool [operations]."""
        found = self._hits.get(utterance)
        if found is None:
            found = self._hits[utterance] = self._draws.hits(utterance, self._chances)
        return found

    def changes(self, utterance: int, *domains: str) -> bool:
        """Tell whether an operation of one of the domains changes an utterance."""
        return bool(self.hits(utterance)[self._numbers(*domains)].any())

    def variant(self, utterance: int) -> str:
        """Name what an utterance has become before its features; '' if it is as in the corpus."""
        changed = self.changes(utterance, SAMPLE, SIGNAL, SPECTROGRAM)
        return f'{self.name}/{utterance}' if changed else ''

    @property
    def name(self) -> str:
        """It names all that is drawn in the epoch, and other epochs have other names."""
        return f'{self._augmenter.fingerprint:08x}-{self._draws.epoch}'

    def hear(self, wavs: dict[int, str]) -> dict[int, Heard]:
        """Read utterances and do what is to be done on their samples.

        Args:
            wavs: utterance -> path.
        """
        jobs = [Job(wav, self._draws.lot(i), tuple(
            number for number in self._numbers(SAMPLE) if self.hits(i)[number]))
            for i, wav in wavs.items()]
        heard = self._augmenter.workers.hear(jobs)
        for each in heard:
            self._augmenter.complain(each.complaints)
        return dict(zip(wavs, heard))

    @property
    def in_graph(self) -> bool:
        """Whether there are operations between samples and features."""
        return bool(self._numbers(SIGNAL, SPECTROGRAM))

    @property
    def on_features(self) -> bool:
        """Whether there are operations on features."""
        return bool(self._numbers(FEATURES))

    def chance(self, utterances: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what the operations in the graph need to know.

        Returns:
            hits, bool [n, operations]; seeds, int64 [n, 2]; clocks, float64 [n].
        """
        hits = np.array([self.hits(i) for i in utterances], bool)
        seeds = np.array([self._draws.key(int(i)) for i in utterances], np.int64)
        return (hits.reshape(-1, len(self._operations)), seeds.reshape(-1, 2),
                self._draws.clocks[utterances])

    def features(self, samples: Any, hits: Any, seed: Any, clock: Any, needed: Any) -> Any:
        """Compute the features of an utterance, and do what is to be done on the way to them.

        Args:
            samples: int16 [n].
            hits: bool [operations].
            seed: int64 [2].
            clock: float64 scalar.
            needed: int32 scalar, the steps that its transcript needs.

        Returns:
            float32 [frames with context, n_input]: what `compute_features` gives, to the bit,
            where nothing is to be done.
        """
        import tensorflow as tf

        def changed() -> Any:
            def done(x: Any, domain: str) -> Any:
                return self._change(x, domain, hits, seed, clock, needed)

            signal = tf.cast(samples, tf.float32)[:, tf.newaxis] / FULL_SCALE
            signal = done(signal, SIGNAL)[:, 0] * FULL_SCALE
            power = done(power_spectrum(signal, self._features), SPECTROGRAM)
            return features_of_power(power, self._features)

        numbers = self._numbers(SIGNAL, SPECTROGRAM)
        return tf.cond(tf.reduce_any(tf.gather(hits, numbers)), changed,
                       lambda: compute_features(samples, self._features))

    def change_features(self, frames: Any, hits: Any, seed: Any, clock: Any) -> Any:
        """Do the operations on features.

        Args:
            frames: float32 [time, n_input], without context.
            hits: bool [operations].
            seed: int64 [2].
            clock: float64 scalar.
        """
        return self._change(frames, FEATURES, hits, seed, clock, 0)

    def _change(self, x: Any, domain: str, hits: Any, seed: Any, clock: Any, needed: Any) -> Any:
        import tensorflow as tf
        for number in self._numbers(domain):
            operation = self._operations[number]
            do = {**points.OPERATIONS, **spectrogram.OPERATIONS}[operation.name]
            scene = GraphScene(operation, self._features, tf.random.fold_in(seed, number), clock,
                               needed)
            x = tf.cond(hits[number], lambda x=x, do=do, scene=scene: do(x, scene),
                        lambda x=x: x)
        return x
