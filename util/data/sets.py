"""The sets of a run: read, checked, and in batches."""
from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from util import log
from util.data.augment.augmenter import Augmentation, Augmenter, Epoch
from util.data.batching import BatchPlan
from util.data.check import check_sets
from util.data.dataset import batches
from util.data.feature_cache import FeatureCache
from util.data.manifest import Utterance
from util.data.read import read_utterances
from util.features import FeatureSettings
from util.text.alphabet import Alphabet

if TYPE_CHECKING:  # a crew is above us; it is handed in
    from typing import Protocol

    class Crew(Protocol):
        """What we need to know of the processes that learn together."""

        def share(self, plan: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
            """Return this process' share of each batch."""

        def every(self, batches: Iterable[dict], first: int, last: int, n_input: int,
                  n_context: int) -> Iterable[dict]:
            """Yield a batch for every position from first to last."""


@dataclass(frozen=True)
class SetSettings:
    """What one set consists of, and how it is put in batches.

    Attributes:
        files: CSVs, sample databases and tar archives, concatenated.
        limit: only the first rows; 0: all.
        batch_size: utterances in a batch.
        longest_first: begin with the longest utterances.
        shuffled_from: first epoch in which training batches are shuffled; None: never.
    """

    files: tuple[str, ...]
    limit: int = 0
    batch_size: int = 1
    longest_first: bool = False
    shuffled_from: int | None = 1


@dataclass(frozen=True)
class DataSettings:
    """The sets of a run, and what is the same for all of them.

    Attributes:
        sets: 'train', 'dev', 'test' or the name of a further set -> its settings.
        features: computed from the audio.
        cache_dir: folder that keeps computed features; '' for none.
        strict: stop where an utterance is unusable, instead of leaving it out.
        seed: of the order, and of augmentation.
        show_progressbar: on stderr.
        augmentation: of the training set.
    """

    sets: Mapping[str, SetSettings]
    features: FeatureSettings
    cache_dir: str = ''
    strict: bool = False
    seed: int = 0
    show_progressbar: bool = True
    augmentation: Augmentation = Augmentation()


@dataclass(frozen=True)
class DataSet:
    """A set of utterances, and how it comes in batches."""

    name: str
    utterances: list[Utterance]
    plan: BatchPlan
    alphabet: Alphabet
    features: FeatureSettings
    cache: FeatureCache
    augmenter: Augmenter | None = None

    @property
    def source(self) -> str:
        """The files that its utterances come from, with commas."""
        return ','.join(dict.fromkeys(utterance.source for utterance in self.utterances))

    @property
    def fingerprint(self) -> int:
        """A checksum of what the set measures: the lengths and transcripts, wherever they lie."""
        rows = sorted(f'{steps} {utterance.transcript}\n'
                      for steps, utterance in zip(self.plan.lengths, self.utterances))
        return zlib.crc32(''.join(rows).encode())

    def batches(self, plan: Sequence[np.ndarray], start: int = 0,
                augmented: Epoch | None = None) -> Any:
        """Return the batches of a plan as a dataset, see `util.data.dataset.batches`."""
        if start == len(plan):
            return ()
        keeping = bool(self.augmenter and self.augmenter.settings.cache_for_epochs > 1)
        return batches(self.utterances, plan, self.alphabet, self.features, start, self.cache,
                       augmented, keeping)

    def learnt_by(self, crew: Crew, epoch: int, start: int, epochs: int) -> Iterable[dict]:
        """Return an epoch's batches from `start` on, or this process' share of each."""
        plan = crew.share(self.plan.plan(epoch))
        return crew.every(self.batches(plan, start, self._augmented(epoch, epochs)), start,
                          len(plan), self.features.n_input, self.features.n_context)

    def _augmented(self, epoch: int, epochs: int) -> Epoch | None:
        """Draw what happens to the utterances in an epoch, and drop what past ones have left."""
        if not self.augmenter:
            return None
        keep_for = self.augmenter.settings.cache_for_epochs
        augmented = self.augmenter.epoch(epoch, epochs, self.plan.plan, len(self.utterances))
        if keep_for and epoch % keep_for == 0:
            log.info('Invalidating feature cache')
        self.cache.drop_variants(but=augmented.name)
        return augmented

    def audio_secs(self, epoch: int, start: int) -> float:
        """Return the seconds of audio in an epoch's batches from `start` on."""
        return float(self.audio_of_batches(epoch)[start:].sum())

    def audio_of_batches(self, epoch: int) -> np.ndarray:
        """Return the seconds of audio in each of an epoch's batches, float64."""
        steps = [self.plan.lengths[batch].sum() for batch in self.plan.plan(epoch)]
        return np.array(steps, np.float64) * self.features.step_secs


def load_sets(settings: DataSettings, alphabet: Alphabet, processes: int = 1
              ) -> dict[str, DataSet]:
    """Read and check the files of all sets.

    Args:
        settings: which sets.
        alphabet: what the transcripts are written in.
        processes: that take part in every step; a training batch holds a share for each.

    Returns:
        name -> set.

    Raises:
        UserError: a file cannot be read, a set has no usable utterance, or a source of
            augmentation no recording.
    """
    s = settings
    found = {name: read_utterances(one.files, one.limit) for name, one in s.sets.items()}
    # before all recordings are looked at, which takes a while
    augmenter = (Augmenter(s.augmentation, s.features, s.seed)
                 if s.augmentation.operations and 'train' in s.sets else None)
    checked = check_sets(found, alphabet, s.features, strict=s.strict,
                         show_progressbar=s.show_progressbar)
    cache = FeatureCache(s.features, s.cache_dir)
    result = {}
    for name, one in s.sets.items():
        training = name == 'train'
        plan = BatchPlan(checked[name].steps, one.batch_size * (processes if training else 1),
                         s.seed, one.longest_first, one.shuffled_from if training else None)
        result[name] = DataSet(name, checked[name].usable, plan, alphabet, s.features, cache,
                               augmenter if training else None)
    return result
