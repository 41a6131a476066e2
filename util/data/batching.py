"""Which utterances go into which batch: a pure function of lengths, seed and epoch.

Nothing is remembered between epochs, so a run that resumes in the middle of one
makes the same plan again and skips the batches it has done.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

import numpy as np

PADDING_GOAL = 0.08  # of an epoch's frames; in arrival order it is more than a third
SMALL_SET_SLACK = 1.15  # a set of a few batches misses the goal even sorted: so much on top
# How far a length may be shaken before the sort, relative; the first that meets the goal is used.
JITTERS = (0.3, 0.2, 0.14, 0.1, 0.07, 0.05, 0.03, 0.02, 0.01, 0.0)


@dataclass(frozen=True)
class BatchPlan:
    """The batches of every epoch.

    Epoch 0 goes from the shortest utterance to the longest, as all did in 2017. Later
    ones sort by lengths that are shaken a little, anew in each epoch, cut that order
    into batches of neighbours, and shuffle the batches: utterances meet others of about
    their length, in another company and at another time in each epoch.

    Attributes:
        lengths: time steps (or anything proportional) of each utterance.
        batch_size: utterances in a batch; one batch may hold fewer.
        seed: of the shuffling.
        reverse: longest first in epoch 0 (shows at once whether memory suffices).
        shuffled_from: the first epoch in another order; None: all are like epoch 0 (validation,
            test, and training when asked for).
    """

    lengths: np.ndarray
    batch_size: int
    seed: int = 0
    reverse: bool = False
    shuffled_from: int | None = 1
    _by_length: np.ndarray = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, 'lengths', np.asarray(self.lengths, np.int64))
        if self.batch_size < 1:
            raise ValueError(f'batch size {self.batch_size}: expected at least 1')
        object.__setattr__(self, '_by_length', np.argsort(self.lengths, kind='stable'))

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return (len(self.lengths) + self.batch_size - 1) // self.batch_size

    def plan(self, epoch: int) -> list[np.ndarray]:
        """Return the batches of an epoch, in order: int64 arrays of indices into `lengths`."""
        if self.shuffled_from is None or epoch < self.shuffled_from:
            return self._cut(self._by_length[::-1] if self.reverse else self._by_length)
        goal = max(PADDING_GOAL,
                   SMALL_SET_SLACK * padding(self.lengths, self._cut(self._by_length)))
        for jitter in JITTERS:
            random = np.random.default_rng([self.seed, epoch])
            batches = self._shaken(random, jitter)
            if padding(self.lengths, batches) <= goal:
                break
        return [batches[i] for i in random.permutation(len(batches))]

    def fingerprint(self, epoch: int) -> int:
        """Return a checksum that is equal if the batches of the epoch are."""
        plan = self.plan(epoch)
        return zlib.crc32(np.array([*map(len, plan), *np.concatenate(plan)], '<i8').tobytes())

    def _cut(self, order: np.ndarray, first: int = 0) -> list[np.ndarray]:
        """Cut an order into batches, the first one of `first` utterances if that is not 0."""
        return np.split(order, range(first or self.batch_size, len(order), self.batch_size))

    def _shaken(self, random: np.random.Generator, jitter: float) -> list[np.ndarray]:
        """Return batches of neighbours by log(length) + jitter; the small batch may be anywhere."""
        shake = jitter * random.uniform(-1, 1, len(self.lengths))
        # The second key parts equal lengths by chance: all clips of a corpus may be cut alike.
        order = np.lexsort((random.random(len(shake)), np.log(self.lengths + 1) + shake))
        batches = self._cut(order)
        odd = len(order) % self.batch_size
        if odd:
            at = int(random.integers(len(batches))) * self.batch_size
            batches = self._cut(np.delete(order, range(at, at + odd)))
            batches = [b for b in batches if len(b)] + [order[at:at + odd]]
        return batches


def padding(lengths: np.ndarray, batches: list[np.ndarray]) -> float:
    """Return the share of padding in the batches' frames, 0 to 1."""
    full = sum(len(batch) * int(lengths[batch].max(initial=0)) for batch in batches)
    real = sum(int(lengths[batch].sum()) for batch in batches)
    return 1 - real / full if full else 0.0
