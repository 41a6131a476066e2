"""Our decoder and ds_ctcdecoder 0.9.3 asked the same cases, and how often they agree."""

from __future__ import annotations

import collections
import json
import os
import subprocess
import sys

import numpy as np

from tests.helpers.peers import interpreter
from tests.helpers.places import TESTS


def peer(cases: list[dict], arrays: dict[str, np.ndarray], folder: str) -> list:
    """Return what 0.9.3 says, or what it said before if `folder` still holds the same cases."""
    paths = [os.path.join(folder, name) for name in ('cases.json', 'arrays.npz', 'results.jsonl')]
    wanted = json.dumps(cases)
    if os.path.exists(paths[0]):
        with open(paths[0]) as f:
            if f.read() != wanted:
                raise SystemExit(f'{folder} holds other cases: give another --keep')
    else:
        with open(paths[0], 'w') as f:
            f.write(wanted)
        np.savez(paths[1], **arrays)
        open(paths[2], 'w').close()
    while True:
        with open(paths[2]) as f:
            results = [json.loads(line) for line in f]
        if len(results) == len(cases):
            return results
        command = [interpreter('decoder'), '-I', TESTS / 'decoder' / 'peer_decode.py', *paths]
        if subprocess.run([*command, str(len(results))]).returncode:
            with open(paths[2]) as f:
                crashed = len(f.readlines())
            print(f'0.9.3 crashes on case {crashed} ({cases[crashed]["kind"]})', file=sys.stderr)
            with open(paths[2], 'a') as f:
                f.write('null\n')


def ours(cases: list[dict], arrays: dict[str, np.ndarray]) -> list:
    """Return the same cases by our module, in the peer's form."""
    import ds_ctcdecoder as d

    alphabets, scorers, results = {None: d.UTF8Alphabet()}, {}, []
    for case in cases:
        path = case['alphabet']
        if path not in alphabets:
            alphabets[path] = d.Alphabet(path)
        scorer = None
        if case['scorer']:
            key = (case['scorer'], path)
            if key not in scorers:
                scorers[key] = d.Scorer(None, None, case['scorer'], alphabets[path])
            scorer = scorers[key]
            scorer.reset_params(case['alpha'], case['beta'])
        outputs = d.decode(arrays[case['array']], alphabets[path], case['beam_size'],
                           case['num_results'], cutoff_prob=case['cutoff_prob'],
                           cutoff_top_n=case['cutoff_top_n'], scorer=scorer,
                           hot_words=case['hot_words'])
        results.append([[out.confidence, list(out.tokens), list(out.timesteps)]
                        for out in outputs])
    return results


def agreement(cases: list[dict], theirs: list, mine: list) -> dict[str, collections.Counter]:
    """Return counts per kind of case: same text, same time steps, confidence within 1e-3."""
    counts = collections.defaultdict(collections.Counter)
    for case, a, b in zip(cases, theirs, mine, strict=True):
        count = counts[case['kind']]
        if a is None:
            count['crashed'] += 1
            continue
        same = a[0][1] == b[0][1]
        close = abs(a[0][0] - b[0][0]) <= 1e-3
        count.update(cases=1, text=same, confidence=close, timesteps=a[0][2] == b[0][2],
                     nbest=[x[1] for x in a] == [x[1] for x in b])
        if not (same and close):
            print(f'{case["array"]} {case["kind"]}: {a[0][0]:.5f} {b[0][0]:.5f} '
                  f'{"same text" if same else (a[0][1], b[0][1])}', file=sys.stderr)
    return counts
