"""Random grammars, and what they allow, in plain Python: by listing every sentence."""

from __future__ import annotations

import dataclasses
import itertools
import math
import random
from pathlib import Path
from typing import Any

UNKNOWN_LABEL = -1.5  # nats for each letter of a word that is not in the grammar
WORDS = ('a', 'ab', 'c', 'ba', 'cab')
LETTERS = 'abc'

Sentences = dict[tuple[str, ...], float]  # by their words, the best weight


@dataclasses.dataclass(frozen=True)
class Tree:
    """A part of a grammar."""

    kind: str  # word unknown sequence choice optional star plus rule
    parts: tuple[Tree, ...] = ()
    text: str = ''
    weights: tuple[float, ...] = ()

    def jsgf(self) -> str:
        """Write it as JSGF has it."""
        inside = [part.jsgf() for part in self.parts]
        if self.kind == 'choice':
            weights = [f'/{w}/ ' for w in self.weights] or [''] * len(inside)
            return '(' + ' | '.join(w + i for w, i in zip(weights, inside)) + ')'
        return {'word': lambda: self.text, 'unknown': lambda: '[unk]',
                'rule': lambda: f'<{self.text}>',
                'sequence': lambda: '(' + ' '.join(inside) + ')' if inside else '<NULL>',
                'optional': lambda: f'[{inside[0]}]', 'star': lambda: f'({inside[0]})*',
                'plus': lambda: f'({inside[0]})+'}[self.kind]()


def make_tree(rng: random.Random, depth: int, rules: tuple[str, ...], unknown: bool) -> Tree:
    """Make a random part, which may refer to rules."""
    kinds = ['word'] * 3 + ['rule'] * bool(rules) + ['unknown'] * unknown
    if depth > 0:
        kinds += ['sequence', 'choice'] * 3 + ['optional', 'star', 'plus']
    kind = rng.choice(kinds)
    if kind == 'word':
        return Tree(kind, text=rng.choice(WORDS))
    if kind == 'rule':
        return Tree(kind, text=rng.choice(rules))
    count = {'sequence': rng.randint(2, 3), 'choice': rng.randint(2, 4), 'unknown': 0}.get(kind, 1)
    parts = tuple(make_tree(rng, depth - 1, rules, unknown) for _ in range(count))
    weighted = kind == 'choice' and rng.random() < 0.5
    weights = tuple(rng.choice((0, 0.1, 0.5, 1, 3)) for _ in parts) if weighted else ()
    if weights and not any(weights):
        weights = ()
    return Tree(kind, parts, weights=weights)


def make_rules(rng: random.Random, unknown: bool = False) -> dict[str, Tree]:
    """Make rules of which each refers to those before only; the last is the public one."""
    rules: dict[str, Tree] = {}
    for name in ('x', 'y', 'top'):
        rules[name] = make_tree(rng, 2, tuple(rules), unknown)
    return rules


def as_jsgf(rules: dict[str, Tree], public: str = 'top') -> str:
    """Write rules as a grammar; without a public one it is for slots of free speech."""
    return '#JSGF V1.0;\ngrammar made;\n' + ''.join(
        ('public ' if name == public else '') + f'<{name}> = {tree.jsgf()};\n'
        for name, tree in rules.items())


def _letters(words: tuple[str, ...]) -> int:
    return sum(map(len, words)) + max(0, len(words) - 1)


def _merge(into: Sentences, more: Sentences, weight: float = 0.0) -> None:
    for words, w in more.items():
        into[words] = max(into.get(words, -math.inf), w + weight)


def _join(first: Sentences, second: Sentences, most: int) -> Sentences:
    joined: Sentences = {}
    for a, wa in first.items():
        for b, wb in second.items():
            if _letters(a + b) <= most:
                joined[a + b] = max(joined.get(a + b, -math.inf), wa + wb)
    return joined


def _repeat(once: Sentences, most: int) -> Sentences:
    """Any number of times, none too."""
    said: Sentences = {(): 0.0}
    while True:
        before = dict(said)
        _merge(said, _join(said, once, most))
        if said == before:
            return said


def _unknown(most: int) -> Sentences:
    word = {(''.join(w),): UNKNOWN_LABEL * n for n in range(1, most + 1)
            for w in itertools.product(LETTERS, repeat=n)}
    return {words: w for words, w in _repeat(word, most).items() if words}


def save_damaged(grammar: Any, path: Path, seed: int) -> None:
    """Pack a grammar into a file of which some bytes behind the header are wrong."""
    grammar.save(path)
    data = bytearray(path.read_bytes())
    rng = random.Random(seed)
    for _ in range(rng.choice((1, 20, 2000))):
        data[rng.randrange(48, len(data))] = rng.randrange(256)
    path.write_bytes(data)


def rounded(share: float) -> float:
    """Return the weight of a share: whole eighths of a nat."""
    return round(math.log(share) * 8) / 8


def sentences(tree: Tree, rules: dict[str, Tree], most: int, shares: bool = False) -> Sentences:
    """List what a part allows, of at most `most` letters and spaces.

    With `shares`, each alternative has its share of all of them, as in slots of free speech;
    otherwise the likeliest one costs nothing.
    """
    said: Sentences = {}
    if tree.kind == 'word':
        return {(tree.text,): 0.0} if len(tree.text) <= most else {}
    if tree.kind == 'unknown':
        return _unknown(most)
    if tree.kind == 'rule':
        return sentences(rules[tree.text], rules, most, shares)
    parts = [sentences(part, rules, most, shares) for part in tree.parts]
    half = rounded(0.5) if shares else 0.0
    if tree.kind == 'sequence':
        said = {(): 0.0}
        for part in parts:
            said = _join(said, part, most)
    elif tree.kind == 'choice':
        weights = tree.weights or (1,) * len(parts)
        likeliest = sum(weights) if shares else max(weights)
        for weight, part in zip(weights, parts):
            if weight > 0:
                _merge(said, part, rounded(weight / likeliest))
    elif tree.kind == 'optional':
        said = {(): half}
        _merge(said, parts[0], half)
    else:
        said = _repeat({words: w + half for words, w in parts[0].items()}, most)
        said = {words: w + half for words, w in said.items()}
        if tree.kind == 'plus':
            said = _join(parts[0], said, most)
    return said
