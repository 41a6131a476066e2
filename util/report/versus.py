"""Two runs on the same recordings: how sure a difference is, and where it comes from."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from util.report.tested import Tested

DRAWS = 2000


@dataclass(frozen=True)
class Versus:
    """A comparison.

    Attributes:
        pairs: the utterances of both, this run's first.
        difference: of the error rates, ours minus theirs.
        low, high: between which it lies in 95 of 100 tests drawn from these utterances.
        by_characters: the rates are those of letters, not of words.
    """

    pairs: list[tuple[Tested, Tested]]
    difference: float
    low: float
    high: float
    by_characters: bool = False

    @classmethod
    def of(cls, ours: Sequence[Tested], theirs: Sequence[Tested],
           by_characters: bool = False) -> Versus | None:
        """Compare what both have; None where they have nothing in common."""
        pairs = _pairs(ours, theirs)
        if not pairs:
            return None
        gain = np.array([_edits(one, by_characters) - _edits(two, by_characters)
                         for one, two in pairs])
        length = np.array([one.chars if by_characters else one.words for one, _ in pairs])
        random = np.random.default_rng(1)
        rates = []
        for _ in range(DRAWS):
            drawn = random.integers(0, len(pairs), len(pairs))
            rates.append(gain[drawn].sum() / max(length[drawn].sum(), 1))
        low, high = np.percentile(rates, [2.5, 97.5])
        return cls(pairs, float(gain.sum() / max(length.sum(), 1)), float(low), float(high),
                   by_characters)

    def changed(self, count: int) -> list[tuple[Tested, Tested]]:
        """Return the pairs that differ most in their errors."""
        by = self.by_characters
        apart = {id(one): abs(_edits(one, by) - _edits(two, by)) for one, two in self.pairs}
        unequal = [pair for pair in self.pairs if apart[id(pair[0])]]
        return sorted(unequal, key=lambda pair: -apart[id(pair[0])])[:count]


def _edits(tested: Tested, by_characters: bool) -> int:
    return tested.char_edits if by_characters else tested.word_edits


def _pairs(ours: Sequence[Tested], theirs: Sequence[Tested]) -> list[tuple[Tested, Tested]]:
    """Return what is the same recording with the same text, by its path or else by its name."""
    for name in (str, os.path.basename):
        mine, other = (_by_name(tested, name) for tested in (ours, theirs))
        if pairs := [(each, other[key]) for key, each in mine.items() if key in other]:
            return pairs
    return []


def _by_name(tested: Sequence[Tested], name: Callable[[str], str]
             ) -> dict[tuple[str, str], Tested]:
    """Return name, text -> utterance; of those that are called alike, none."""
    keys = [(name(each.wav_filename), each.src) for each in tested]
    often = Counter(keys)
    return {key: each for key, each in zip(keys, tested) if often[key] == 1}
