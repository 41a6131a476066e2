"""What the decoder must compute, in plain Python: by exhaustion, and by a beam of prefixes.

Both sum in float64. `bonus(text)` is what a text earns beyond its acoustic probability, or None if
it may not be written.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

Bonus = Callable[[str], float | None]


def collapse(path: tuple[int, ...], blank: int) -> tuple[int, ...]:
    """Return the labels of a path: repetitions merged, blanks removed."""
    return tuple(label for label, _ in itertools.groupby(path) if label != blank)


def exhaustive(probs, labels: str, bonus: Bonus = lambda text: 0.0) -> list[tuple[float, str]]:
    """All texts with their log scores, best first.

    Args:
        probs: [time, labels + 1], blank last; keep it tiny: every path is visited.
        labels: the characters.
        bonus: earned at the end.
    """
    sums: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(len(labels) + 1), repeat=len(probs)):
        text = collapse(path, len(labels))
        p = math.prod(probs[t][c] for t, c in enumerate(path))
        sums[text] = sums.get(text, 0.0) + p
    scores = []
    for ids, p in sums.items():
        text = ''.join(labels[i] for i in ids)
        earned = bonus(text)
        if earned is not None and p > 0:
            scores.append((math.log(p) + earned, text))
    return sorted(scores, reverse=True)


def beam(probs, labels: str, width: int, bonus: Bonus = lambda text: 0.0,
         final: Bonus = lambda text: 0.0, beta: float | None = None) -> list[tuple[float, str]]:
    """Search as in the paper: keep a dictionary of prefixes, of which the best `width` go on.

    Args:
        probs: [time, labels + 1], blank last.
        labels: the characters.
        width: prefixes kept.
        bonus: what a prefix has earned so far; None: not allowed.
        final: what the end of the text adds.
        beta: bonus of a word, with a scorer: paths that fall below the beam's worst prefix and a
            blank, less beta, are not followed (0.9.3's rule).
    """
    blank = len(labels)
    prefixes = {'': (1.0, 0.0)}  # text: probability ending in blank, in its last label
    for row in probs:
        cutoff = 0.0
        if beta is not None and len(prefixes) == width:
            worst = min(map(sum, prefixes.values()))
            cutoff = worst * row[blank] * math.exp(-max(0.0, beta)) * (1 - 1e-6)
        new: dict[str, list[float]] = {}

        def add(text: str, which: int, p: float, new=new) -> None:
            new.setdefault(text, [0.0, 0.0])[which] += p

        for text, (in_blank, in_label) in prefixes.items():
            both = in_blank + in_label
            add(text, 0, both * row[blank])
            for i, label in enumerate(labels):
                if both * row[i] < cutoff:
                    continue
                if text.endswith(label):
                    add(text, 1, in_label * row[i])
                earned, before = bonus(text + label), bonus(text)
                if earned is None:
                    continue
                p = in_blank if text.endswith(label) else both
                add(text + label, 1, p * row[i] * math.exp(earned - before))
        best = sorted(new.items(), key=lambda item: -sum(item[1]))[:width]
        prefixes = {text: tuple(p) for text, p in best if sum(p) > 0}
    scores = [(math.log(sum(p)) + final(text), text) for text, p in prefixes.items()]
    return sorted(scores, reverse=True)


class Trigrams:
    """An ARPA model with backoff, read and evaluated the slow way; natural logarithms.

    Args:
        arpa: the text of the file.
    """

    def __init__(self, arpa: str) -> None:
        self.order, self.table = 0, {}
        for line in arpa.splitlines():
            if line.startswith('\\') and line.endswith('-grams:'):
                self.order = int(line[1])
            elif self.order and '\t' in line:
                fields = line.split('\t')
                self.table[tuple(fields[1].split())] = (
                    float(fields[0]), float(fields[2]) if len(fields) > 2 else 0.0)
        self.words = {ngram[0] for ngram in self.table if len(ngram) == 1} - {
            '<s>', '</s>', '<unk>'}

    def log_prob(self, context: tuple[str, ...], word: str) -> float:
        """Return ln p(word | context)."""
        context = context[-(self.order - 1):] if self.order > 1 else ()
        if context + (word,) in self.table:
            return self.table[context + (word,)][0] * math.log(10)
        if not context:
            return self.table[('<unk>',)][0] * math.log(10)
        backoff = self.table.get(context, (0.0, 0.0))[1] * math.log(10)
        return backoff + self.log_prob(context[1:], word)

    def bonus(self, text: str, alpha: float, beta: float, hot_words: dict[str, float],
              added: tuple[str, ...] = (), last: bool = True,
              oov_cost: float | None = None) -> float | None:
        """Return 0.9.3's bonus for a text: per complete word (log p + n-gram boosts) alpha + beta.

        The last word, not closed by a space, earns no boosts, and -1000 where it is no word; with
        `last` false it earns nothing. None: the vocabulary does not allow the text; with
        `oov_cost` it allows all, and another word costs that instead of its log p.
        """
        vocabulary = self.words | set(added)
        words = text.split(' ')
        if any(not word for word in words[:-1]):
            return None
        if oov_cost is None:
            if not any(word.startswith(words[-1]) for word in vocabulary):
                return None
            if any(word not in vocabulary for word in words[:-1]):
                return None
        total = 0.0
        for i, word in enumerate(words):
            closed = i + 1 < len(words)
            if not closed and (not word or not last):
                break
            context = ('<s>',) + tuple(w if w in self.words else '<unk>' for w in words[:i])
            if word in vocabulary:
                log_p = self.log_prob(context, word if word in self.words else '<unk>')
            elif oov_cost is not None:
                log_p = 0.0
                total -= oov_cost
            else:
                log_p = -1000.0
            ngram = words[max(0, i + 1 - self.order):i + 1]
            boosts = sum(hot_words.get(w, 0.0) for w in ngram) if closed else 0.0
            total += (log_p + boosts) * alpha + beta
        return total


def close(outputs, expected, count=None):
    """Return same texts in the same order, same scores."""
    expected = expected[:count]
    assert [out.text for out in outputs[:len(expected)]] == [text for _, text in expected]
    np.testing.assert_allclose([out.confidence for out in outputs[:len(expected)]],
                               [score for score, _ in expected], atol=2e-5)
