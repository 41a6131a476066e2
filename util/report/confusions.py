"""Which words and letters are taken for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from util.report.tested import Tested
from util.text.edits import edit_pairs, word_pairs

Confused = Counter[tuple[str, str]]  # said and understood, '' for nothing -> times


@dataclass(frozen=True)
class Confusions:
    """What was taken for something else, and how often each was said at all."""

    edits: Confused
    said: Counter[str]

    def often(self, count: int) -> list[tuple[str, str, int]]:
        """Return (said, understood, times), the most frequent first."""
        ranked = sorted(self.edits.items(), key=lambda item: (-item[1], item[0]))
        return [(said, heard, times) for (said, heard), times in ranked[:count]]

    def worst(self, count: int) -> list[str]:
        """Return what has most to do with errors, in its own order."""
        total: Counter[str] = Counter()
        for pair, times in self.edits.items():
            total.update(dict.fromkeys(filter(None, pair), times))
        ranked = sorted(total.items(), key=lambda item: (-item[1], item[0]))
        return sorted(item for item, _ in ranked[:count])


def of_words(tested: Iterable[Tested]) -> Confusions:
    """Count words."""
    return _of(((each.src.split(), each.res.split()) for each in tested), word_pairs)


def of_letters(tested: Iterable[Tested]) -> Confusions:
    """Count letters, spaces included."""
    return _of(((list(each.src), list(each.res)) for each in tested), edit_pairs)


def _of(texts: Iterable[tuple[list[str], list[str]]], pairs: Callable) -> Confusions:
    edits: Confused = Counter()
    total: Counter[str] = Counter()
    for said, heard in texts:
        total.update(said)
        if said != heard:
            edits.update((one or '', two or '') for one, two in pairs(said, heard)
                         if one != two)
    return Confusions(edits, total)
