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
from util.audio.opus import opus_library
from util.data.augment.draws import Draws
from util.data.augment.graph import Graph
from util.data.augment.operations import (
    FEATURES,
    SAMPLE,
    SIGNAL,
    SPECTROGRAM,
    Operation,
    numbers_of,
)
from util.data.augment.sources import open_sources
from util.data.augment.workers import Craft, Heard, Job, Workers
from util.features import FeatureSettings

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
            opus_library('codec')
        craft = Craft(settings.operations, open_sources(settings.operations), features.sample_rate)
        self.workers = Workers(craft, PROCESSES)
        self.graph = Graph(settings.operations, features)
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
        sources = [(path, source.files, source.secs.tolist())
                   for path, source in self.workers.craft.sources.items()]
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
        self.graph = augmenter.graph

    def hits(self, utterance: int) -> np.ndarray:
        """Tell which operations change an utterance: bool [operations]."""
        found = self._hits.get(utterance)
        if found is None:
            found = self._hits[utterance] = self._draws.hits(utterance, self._chances)
        return found

    def changes(self, utterance: int, *domains: str) -> bool:
        """Tell whether an operation of one of the domains changes an utterance."""
        return bool(self.hits(utterance)[numbers_of(self._operations, *domains)].any())

    def variant(self, utterance: int) -> str:
        """Name what an utterance has become before its features; '' if it is as in the corpus."""
        changed = self.changes(utterance, SAMPLE, SIGNAL, SPECTROGRAM)
        return f'{self.name}/{utterance}' if changed else ''

    @functools.cached_property
    def name(self) -> str:
        """It names all that is drawn in the epoch, and other epochs have other names."""
        clocks = zlib.crc32(self._draws.clocks.tobytes())
        return f'{self._augmenter.fingerprint:08x}-{self._draws.epoch}-{clocks:08x}'

    def hear(self, wavs: dict[int, str]) -> dict[int, Heard]:
        """Read utterances and do what is to be done on their samples.

        Args:
            wavs: utterance -> path.
        """
        jobs = [Job(wav, self._draws.lot(i), tuple(
            number for number in numbers_of(self._operations, SAMPLE) if self.hits(i)[number]))
            for i, wav in wavs.items()]
        heard = self._augmenter.workers.hear(jobs)
        for each in heard:
            self._augmenter.complain(each.complaints)
        return dict(zip(wavs, heard))

    @property
    def in_graph(self) -> bool:
        """Whether there are operations between samples and features."""
        return bool(numbers_of(self._operations, SIGNAL, SPECTROGRAM))

    @property
    def on_features(self) -> bool:
        """Whether there are operations on features."""
        return bool(numbers_of(self._operations, FEATURES))

    def chance(self, utterances: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what the operations in the graph need to know.

        Returns:
            hits, bool [n, operations]; seeds, int64 [n, 2]; clocks, float64 [n].
        """
        hits = np.array([self.hits(i) for i in utterances], bool)
        seeds = np.array([self._draws.key(int(i)) for i in utterances], np.int64)
        return (hits.reshape(-1, len(self._operations)), seeds.reshape(-1, 2),
                self._draws.clocks[utterances])
