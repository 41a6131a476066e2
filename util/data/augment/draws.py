"""What chance decides: a function of seed, epoch and utterance, and of nothing else.

So an epoch that is resumed in its middle, or shared by the workers of a cluster, changes every
utterance as one training without a break does.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Lot(NamedTuple):
    """An utterance in an epoch.

    Attributes:
        seed: of the run.
        epoch: counted from 0.
        utterance: its place in the set.
        clock: how far the training is, 0 to 1.
    """

    seed: int
    epoch: int
    utterance: int
    clock: float

    def random(self, operation: int) -> np.random.Generator:
        """Return what an operation, by its number, draws from; -1: whether it is done at all."""
        return np.random.default_rng([self.seed, self.epoch, self.utterance, 1 + operation])


@dataclass(frozen=True)
class Draws:
    """The draws of an epoch.

    Attributes:
        seed: of the run.
        epoch: counted from 0.
        clocks: float64, of each utterance: how far the training is when it is heard, 0 to 1.
    """

    seed: int
    epoch: int
    clocks: np.ndarray

    @classmethod
    def of_epoch(cls, seed: int, epoch: int, epochs: int, plan: Sequence[np.ndarray],
                 count: int) -> Draws:
        """Set the clocks by the plan of the epoch: sample n of N has (epoch N + n) / (epochs N).

        Args:
            seed: of the run.
            epoch: counted from 0.
            epochs: to train.
            plan: all batches of the epoch, as arrays of utterances.
            count: of all utterances.
        """
        order = np.concatenate(plan)
        clocks = np.zeros(count)
        clocks[order] = (epoch * len(order) + np.arange(len(order))) / (epochs * len(order))
        return cls(seed, epoch, clocks)

    def lot(self, utterance: int) -> Lot:
        """Return what all chance in the samples of an utterance follows from."""
        return Lot(self.seed, self.epoch, utterance, float(self.clocks[utterance]))

    def hits(self, utterance: int, chances: Sequence[float]) -> np.ndarray:
        """Draw whether each operation changes the utterance, by its `p`: bool [operations]."""
        return self.lot(utterance).random(-1).random(len(chances)) < chances

    def key(self, utterance: int) -> tuple[int, int]:
        """Return the seed of TensorFlow's operations on the utterance."""
        return (self.epoch << 32) + self.seed, utterance
