#!/usr/bin/env python3
"""Measure grammars: compiling, opening, and a frame beside a scorer's. Markdown tables on stdout.

    python native_client/bench/bench_grammar.py [--shared ../shared/data] [--beam 500] [--rounds 5]

One thread, CPU time, the best of the rounds; what is compared takes turns. The phrases are made up
of a scorer's own words; the posteriors are random, as peaked as a network's. Needs the installed
module (pip install .).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, ROOT)
FRAMES = 1000
SYLLABLES = [c + v + e for c in 'bdfgklmnprstvw' for v in 'aeiou' for e in ('', 'n', 'r', 's')]


def best_of(rounds: int, *jobs: Callable[[], object]) -> list[float]:
    """Return the least CPU seconds of each job, which take turns."""
    least = [float('inf')] * len(jobs)
    for _ in range(rounds):
        for i, job in enumerate(jobs):
            start = time.process_time()
            job()
            least[i] = min(least[i], time.process_time() - start)
    return least


def make_phrases(count: int, vocabulary: int = 20000) -> list[str]:
    """Make up different phrases of one to five words."""
    rng = random.Random(1)
    words = [''.join(rng.choices(SYLLABLES, k=rng.randint(1, 3))) for _ in range(vocabulary)]
    phrases: dict[str, None] = {}
    while len(phrases) < count:
        phrases[' '.join(rng.choices(words, k=rng.randint(1, 5)))] = None
    return list(phrases)


def compiling(folder: str, rounds: int) -> None:
    """Print how long lists take to compile, and to open when packed."""
    from ds_ctcdecoder import Alphabet, Grammar

    alphabet = Alphabet(os.path.join(ROOT, 'data/alphabet.txt'))
    print('| phrases | written as | MB of text | compiled, s | states | packed, MB | opened, ms |')
    print('|---|---|---|---|---|---|---|')
    for count in (1000, 10000, 100000):
        phrases = make_phrases(count)
        forms = {'lines': '\n'.join(phrases) + '\n', 'JSON': json.dumps(phrases),
                 'JSGF': '#JSGF V1.0; grammar g; public <g> = ' + ' | '.join(phrases) + ';'}
        for form, text in forms.items():
            compiled, = best_of(rounds, partial(Grammar, text, alphabet))
            grammar = Grammar(text, alphabet)
            path = os.path.join(folder, 'packed')
            grammar.save(path)
            opened, = best_of(rounds, partial(Grammar, path, alphabet))
            print(f'| {count:,} | {form} | {len(text) / 1e6:.2f} | {compiled:.2f} '
                  f'| {len(grammar):,} | {os.path.getsize(path) / 1e6:.1f} '
                  f'| {1e3 * opened:.2f} |', flush=True)


def make_arpa(path: str, slot_words: list[str], vocabulary: int = 20000) -> None:
    """Write bigrams of made-up words, of which one in twenty is a slot's."""
    rng = random.Random(2)
    words = list(dict.fromkeys(
        ''.join(rng.choices(SYLLABLES, k=rng.randint(1, 3))) for _ in range(vocabulary)))
    every = words + slot_words
    pairs = dict.fromkeys(
        (rng.choice(every if rng.random() < 0.95 else slot_words),
         rng.choice(every if rng.random() < 0.95 else slot_words)) for _ in range(10 * vocabulary))
    with open(path, 'w') as f:
        f.write(f'\\data\\\nngram 1={len(every) + 3}\nngram 2={len(pairs)}\n\n\\1-grams:\n'
                '-6\t<unk>\n-99\t<s>\t-0.3\n-1.5\t</s>\n')
        f.writelines(f'{rng.uniform(-2, -1) if word[0] == "[" else rng.uniform(-6, -3):.3f}'
                     f'\t{word}\t-0.4\n' for word in every)
        f.write('\n\\2-grams:\n')
        f.writelines(f'{rng.uniform(-3, -0.5):.3f}\t{a} {b}\n' for a, b in pairs)
        f.write('\n\\end\\\n')


def slots(folder: str, beam: int, rounds: int) -> None:
    """Print what a frame costs with slots of free speech, beside the same scorer without."""
    from ds_ctcdecoder import Alphabet, Grammar, Scorer, decode

    from tests.helpers import posteriors

    alphabet = Alphabet(os.path.join(ROOT, 'data/alphabet.txt'))
    probs = posteriors.random(FRAMES, len(alphabet) + 1, 6.0, 3.0, np.random.default_rng(1))
    arpa = os.path.join(folder, 'slots.arpa')
    make_arpa(arpa, ['[name]', '[number]'])
    scorer = Scorer(0.93, 1.18, arpa, alphabet)
    settings: dict[str, dict[str, Any]] = {'scorer alone': {}}
    numbers = '<number> = <en.number>;'
    for what, names in (('a name nobody says', ['qqqq']), ('50 names', make_phrases(50)),
                        ('1,000 names', make_phrases(1000)),
                        ('100,000 names', make_phrases(100000))):
        rules = f'<name> = {" | ".join(names)};'
        for more in ('', numbers):
            text = f'#JSGF V1.0; grammar g; import <en.number>; {rules} {more}'
            settings[f'slots: {what}{", English numbers" if more else ""}'] = {
                'grammar': Grammar(text, alphabet)}
    times = best_of(rounds, *(partial(decode, probs, alphabet, beam, scorer=scorer, **how)
                              for how in settings.values()))
    print('\n| 20,000 words and | us a frame | of the scorer alone |\n|---|---|---|')
    for name, secs in zip(settings, times):
        print(f'| {name} | {1e6 * secs / FRAMES:.1f} | {secs / times[0]:.2f} |')


def decoding(shared: str, beam: int, rounds: int) -> None:
    """Print what a frame costs with grammars, with a scorer and with neither."""
    from ds_ctcdecoder import Alphabet, Grammar, Scorer, decode

    from tests.helpers import posteriors

    alphabet = Alphabet(os.path.join(ROOT, 'data/alphabet.txt'))
    probs = posteriors.random(FRAMES, len(alphabet) + 1, 6.0, 3.0, np.random.default_rng(1))
    scorer = Scorer(0.93, 1.18, os.path.join(shared, 'deepspeech/pruned_lm.scorer'), alphabet)
    settings: dict[str, dict[str, Any]] = {
        'nothing': {}, 'scorer (pruned_lm)': {'scorer': scorer}}
    for count in (50, 1000, 100000):
        phrases = make_phrases(count)
        settings[f'{count:,} phrases, words joined anew'] = {
            'grammar': Grammar(json.dumps(phrases), alphabet)}
        settings[f'{count:,} phrases and [unk]'] = {
            'grammar': Grammar(json.dumps([*phrases, '[unk]']), alphabet)}
    settings['English numbers, any number of them'] = {'grammar': Grammar(
        '#JSGF V1.0; grammar g; public <g> = <en.number>+;', alphabet)}
    times = best_of(rounds, *(partial(decode, probs, alphabet, beam, **how)
                              for how in settings.values()))
    print('\n| with | us a frame |\n|---|---|')
    for name, secs in zip(settings, times):
        print(f'| {name} | {1e6 * secs / FRAMES:.1f} |')


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--shared', default=os.path.join(ROOT, '../shared/data'))
    parser.add_argument('--beam', type=int, default=500)
    parser.add_argument('--rounds', type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compiling(folder, options.rounds)
        slots(folder, options.beam, options.rounds)
    decoding(options.shared, options.beam, options.rounds)


if __name__ == '__main__':
    main()
