"""N-grams with class words, and what texts earn with them in plain Python: by all readings."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence

from tests.helpers.grammars import Sentences
from tests.helpers.reference import Trigrams

Part = tuple[str, str]  # what the model sees, what is said
PEOPLE = '''#JSGF V1.0; grammar people;
<who> = nurse | doctor {who=Dr. Jones};
<thing> = /9/ letter | [another] report;
'''


def make_arpa(rng: random.Random, words: tuple[str, ...], order: int = 3) -> str:
    """Make up n-grams; the numbers need not sum up to anything."""
    def number(low: float, high: float) -> str:
        return f'{rng.uniform(low, high):.3f}'

    ngrams = [[('<s>',), ('</s>',), ('<unk>',)] + [(word,) for word in words]]
    for n in range(2, order + 1):
        begun = [gram for gram in ngrams[-1] if gram[-1] not in ('</s>', '<unk>')]
        ngrams.append([(*gram, word) for gram in begun for word in words if rng.random() < 0.4])
        # An n-gram can be there only if its end is.
        ngrams[-1] = [gram for gram in ngrams[-1] if n == 2 or gram[1:] in ngrams[-2]]
    head = ''.join(f'ngram {n}={len(grams)}\n' for n, grams in enumerate(ngrams, 1))
    text = f'\\data\\\n{head}'
    for n, grams in enumerate(ngrams, 1):
        text += f'\n\\{n}-grams:\n'
        for gram in grams:
            likely = '-99' if gram == ('<s>',) else number(-2.5, -0.1)
            backoff = f'\t{number(-0.7, 0)}' if n < order else ''
            text += f'{likely}\t{" ".join(gram)}{backoff}\n'
    return text + '\n\\end\\\n'


def unigrams(words: Sequence[str]) -> str:
    """Return a model in which all words are equal."""
    lines = ''.join(f'-1\t{word}\t0\n' for word in words)
    return (f'\\data\\\nngram 1={len(words) + 3}\nngram 2=1\n\n\\1-grams:\n-99\t<s>\t0\n-1\t</s>\n'
            f'-5\t<unk>\n{lines}\n\\2-grams:\n-1\t<s> {words[0]}\n\n\\end\\\n')


def people(text: str) -> str:
    """Return a model of the words of a text in which `PEOPLE` has the first and the last one."""
    words = [{'doctor': '[who]', 'letter': '[thing]'}.get(word, word)
             for word in dict.fromkeys(text.split())]
    assert words[0] == '[who]' and words[-1] == '[thing]'
    return unigrams(words)


def readings(words: tuple[str, ...], vocabulary: set[str], slots: Mapping[str, Sentences],
             anything: bool = False) -> Iterator[tuple[list[Part], float]]:
    """Yield every way to read words as words and slots, with the slots' shares."""
    if not words:
        yield [], 0.0
        return
    if anything or words[0] in vocabulary:
        for rest, share in readings(words[1:], vocabulary, slots, anything):
            yield [(words[0], words[0]), *rest], share
    for name, said in slots.items():
        for phrase, weight in said.items():
            if phrase and words[:len(phrase)] == phrase:
                for rest, share in readings(words[len(phrase):], vocabulary, slots, anything):
                    yield [(f'[{name}]', ' '.join(phrase)), *rest], weight + share


class ClassModel:
    """A model with class words, and what may be said for each of them."""

    def __init__(self, arpa: str, slots: Mapping[str, Sentences], alpha: float, beta: float,
                 oov_cost: float | None = None, added: tuple[str, ...] = ()) -> None:
        """Take a model as ARPA has it, its weights, and words that may be written as <unk>."""
        self._model = Trigrams(arpa)
        self._vocabulary = {word for word in self._model.words if word[0] != '['}
        self._added = set(added)
        self._slots = {name: said for name, said in slots.items()
                       if f'[{name}]' in self._model.words}
        self._alpha, self._beta, self._oov_cost = alpha, beta, oov_cost

    def best(self, text: str) -> tuple[float, list[Part]] | None:
        """Return what the best reading of a text earns, and that reading; None: there is none."""
        words = tuple(text.split(' ')) if text else ()
        if words and not words[-1]:  # the last word has ended
            words = words[:-1]
        if not all(words):
            return None
        best: tuple[float, list[Part]] = (-math.inf, [])
        for parts, share in readings(words, self._vocabulary | self._added, self._slots,
                                     self._oov_cost is not None):
            earned = self._alpha * share + self._beta * len(words)
            context: tuple[str, ...] = ('<s>',)
            for seen, _ in parts:
                word = seen if seen in self._model.words else '<unk>'
                if seen in self._model.words | self._added:
                    earned += self._alpha * self._model.log_prob(context, word)
                else:
                    earned -= self._oov_cost or 0.0
                context += (word,)
            best = max(best, (earned, parts))
        return best if best[0] > -math.inf else None

    def bonus(self, text: str) -> float | None:
        """Return what a text earns."""
        best = self.best(text)
        return best and best[0]
