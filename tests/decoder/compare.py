"""Our decoder against ds_ctcdecoder 0.9.3 on the same cases.

    python tests/decoder/compare.py [--count 2000] [--beam 500] [--seed 1] [--keep FOLDER]

prints one line for each kind of case and one for each disagreement, and exits 1 below 99.5 %.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile

import cases as case_maker
import numpy as np
import posteriors

PEERS = os.environ.get('PEERS_DIR', os.path.expanduser('~/.cache/ds-peers'))
PEER_PYTHON = os.path.join(PEERS, 'venv-decoder/bin/python')
HERE = os.path.dirname(os.path.abspath(__file__))


def peer(cases: list[dict], arrays: dict[str, np.ndarray], folder: str) -> list:
    """What 0.9.3 says, or what it said before if `folder` still holds the same cases."""
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
        command = [PEER_PYTHON, '-I', os.path.join(HERE, 'peer_decode.py'), *paths]
        if subprocess.run([*command, str(len(results))]).returncode:
            with open(paths[2]) as f:
                crashed = len(f.readlines())
            print(f'0.9.3 crashes on case {crashed} ({cases[crashed]["kind"]})', file=sys.stderr)
            with open(paths[2], 'a') as f:
                f.write('null\n')


def ours(cases: list[dict], arrays: dict[str, np.ndarray]) -> list:
    """The same cases by our module, in the peer's form."""
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
    """Counts per kind of case: same text, same time steps, confidence within 1e-3."""
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


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--count', type=int, default=2000)
    parser.add_argument('--beam', type=int, default=500)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--shared', default=os.path.join(HERE, '../../../shared/data'))
    parser.add_argument('--real', help='npz of posteriors computed before')
    parser.add_argument('--keep', help="folder that keeps the cases and the peer's answers")
    args = parser.parse_args()
    shared = os.path.abspath(args.shared)
    if args.real:
        loaded = np.load(args.real)
        real = [loaded[name] for name in loaded.files]
    else:
        real = list(posteriors.real(shared, posteriors.recordings(shared)).values())
    cases, arrays = case_maker.make(args.count, args.seed, shared, real, args.beam)
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.keep or scratch
        os.makedirs(folder, exist_ok=True)
        theirs = peer(cases, arrays, folder)
    counts = agreement(cases, theirs, ours(cases, arrays))
    print('| kind | cases | same text | confidence within 1e-3 | same time steps | same 3-best |')
    print('|---|---|---|---|---|---|')
    total = collections.Counter()
    for kind, count in sorted(counts.items()):
        total += count
        print(f'| {kind} | ' + ' | '.join(str(count[k]) for k in (
            'cases', 'text', 'confidence', 'timesteps', 'nbest')) + ' |')
    print('| all | ' + ' | '.join(str(total[k]) for k in (
        'cases', 'text', 'confidence', 'timesteps', 'nbest')) + ' |')
    return int(total['text'] < 0.995 * total['cases'])


if __name__ == '__main__':
    sys.exit(main())
