"""Cases for the comparison with ds_ctcdecoder 0.9.3: posteriors and settings, from a seed."""

from __future__ import annotations

import os

import numpy as np

from tests.helpers import posteriors

ENGLISH = [' ', *'abcdefghijklmnopqrstuvwxyz', "'"]

# kind of case: its share
SHARES = {'plain real': 14, 'plain random': 10, 'scorer real': 16, 'scorer random': 12,
          'scorer spelt': 8, 'hot real': 10, 'hot spelt': 6, 'bytes': 6, 'bytes scorer': 8,
          'bytes hot': 5, 'cutoff': 5}


def make(count: int, seed: int, shared_data: str, real: list[np.ndarray], beam_size: int = 500
         ) -> tuple[list[dict], dict[str, np.ndarray]]:
    """Return `count` cases and the arrays they name.

    Args:
        count: number of cases.
        seed: of everything random.
        shared_data: folder of the alphabet and the scorers.
        real: posteriors of recordings, [time, 29] each.
        beam_size: of all cases.
    """
    rng = np.random.default_rng(seed)
    folder = os.path.join(shared_data, 'deepspeech')
    with open(os.path.join(folder, 'vocab.pruned.txt')) as f:
        vocabulary = [word for word in f.read().split() if set(word) <= set(ENGLISH)]
    kinds = [kind for kind, share in SHARES.items() for _ in range(share)]
    cases, arrays = [], {}

    def real_piece() -> np.ndarray:
        probs = real[rng.integers(len(real))]
        start = rng.integers(0, max(1, len(probs) - 60))
        probs = probs[start:start + rng.integers(20, 90)]
        return posteriors.blur(probs, rng.uniform(0.7, 2.5), rng.choice([0.0, 0.3, 1.0]), rng)

    def noise(classes: int) -> np.ndarray:
        return posteriors.random(rng.integers(5, 30), classes, rng.uniform(0.5, 4),
                                 rng.uniform(0, 4), rng)

    def spelt() -> np.ndarray:
        text = ' '.join(rng.choice(vocabulary, rng.integers(1, 5)))
        return posteriors.spelling([ENGLISH.index(c) for c in text], 29, rng.uniform(0.3, 0.95),
                                   rng)

    for i in range(count):
        kind = kinds[int(rng.integers(len(kinds)))]
        case = {'kind': kind, 'array': f'a{i}', 'alphabet': os.path.join(folder, 'alphabet.txt'),
                'scorer': None, 'alpha': 0.0, 'beta': 0.0, 'beam_size': beam_size,
                'cutoff_prob': 1.0, 'cutoff_top_n': 40, 'hot_words': {}, 'num_results': 3}
        is_bytes = kind.startswith('bytes')
        if kind.endswith('random'):
            probs = noise(29)
        elif kind.endswith('spelt'):
            probs = spelt()
        elif is_bytes and rng.random() < 0.3:
            probs = noise(256)
        elif is_bytes and rng.random() < 0.5:
            probs = posteriors.as_bytes(spelt(), ENGLISH, rng)
        else:
            probs = real_piece()
            if is_bytes:
                probs = posteriors.as_bytes(probs, ENGLISH, rng)
        if is_bytes:
            case['alphabet'] = None
        if 'scorer' in kind or 'hot' in kind or (kind == 'cutoff' and rng.random() < 0.5):
            name = 'pruned_lm.bytes.scorer' if is_bytes else 'pruned_lm.scorer'
            case['scorer'] = os.path.join(folder, name)
            case['alpha'], case['beta'] = [(0.931289039105002, 1.1834137581510284), (0.75, 1.85),
                                           (1.5, 0.3), (0.4, -0.5), (0.0, 0.0)][rng.integers(5)]
        if 'hot' in kind:
            words = rng.choice(list('abcdeitosn') if is_bytes else vocabulary, rng.integers(1, 5))
            case['hot_words'] = {str(w): float(rng.uniform(-5, 10)) for w in words}
        if kind == 'cutoff':
            if rng.random() < 0.6:
                case['cutoff_prob'] = float(rng.choice([0.9, 0.99, 0.999]))
            if rng.random() < 0.6:
                case['cutoff_top_n'] = int(rng.integers(3, 20))
        arrays[case['array']] = probs
        cases.append(case)
    return cases, arrays
