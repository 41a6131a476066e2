#!/usr/bin/env python3
"""Our decoder against ds_ctcdecoder 0.9.3 on the same cases.

    python tests/decoder/compare.py [--count 2000] [--beam 500] [--seed 1] [--keep FOLDER]

prints one line for each kind of case and one for each disagreement, and exits 1 below 99.5 %.
"""

from __future__ import annotations

import argparse
import collections
import os
import pathlib
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.helpers import cases as case_maker
from tests.helpers import posteriors
from tests.helpers.agreement import agreement, ours, peer
from tests.helpers.places import SHARED


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--count', type=int, default=2000)
    parser.add_argument('--beam', type=int, default=500)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--shared', default=str(SHARED))
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
