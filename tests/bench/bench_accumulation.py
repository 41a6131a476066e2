#!/usr/bin/env python3
"""Memory and time of a training step on a large batch, whole and in pieces.

    tests/bench/bench_accumulation.py                           # 64 utterances of 6 s, n_hidden 512
    tests/bench/bench_accumulation.py --hidden 2048 --pieces 1 8

`--gradient_accumulation N` learns from the batch in N pieces. Each size runs in a process of its
own, whose memory is the most that it ever held, less that of a step on a single utterance (weights,
optimizer and TensorFlow itself).
"""
import argparse
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STEPS_PER_SEC = 50


def measure(pieces, batch, hidden, secs):
    """Return the most MiB that the process held in two steps, and the seconds of the second."""
    sys.path.insert(0, str(ROOT))
    import DeepSpeech
    from tests.helpers.trainer import batch_of
    from util.cluster.crew import Crew
    from util.network.geometry import Geometry
    from util.settings import LearningSettings
    learning = LearningSettings(dict.fromkeys(['h2', 'h3', 'h5'], 0.05), pieces=pieces)
    model = DeepSpeech.Model(Geometry(hidden, 28), learning, Crew())
    data = batch_of([secs * STEPS_PER_SEC] * batch, n_labels=12 * secs)
    for step in range(2):
        started = time.monotonic()
        model.learn(data, step, 0.001, 0.0)[0].numpy()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, time.monotonic() - started


def main():
    """Measure each number of pieces in a process, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--pieces', type=int, nargs='+', default=[1, 2, 4, 8])
    parser.add_argument('--batch', type=int, default=64)
    parser.add_argument('--hidden', type=int, default=512)
    parser.add_argument('--secs', type=int, default=6)
    parser.add_argument('--child', action='store_true', help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(*measure(options.pieces[0], options.batch, options.hidden, options.secs))
        return

    def run(pieces, batch):
        result = subprocess.run(
            [sys.executable, __file__, '--child', '--pieces', str(pieces), '--batch', str(batch),
             '--hidden', str(options.hidden), '--secs', str(options.secs)], text=True, check=True,
            stdout=subprocess.PIPE, env={**os.environ, 'TF_CPP_MIN_LOG_LEVEL': '3'})
        return map(float, result.stdout.split()[-2:])

    floor, _ = run(1, 1)
    print(f'{options.batch} utterances of {options.secs} s, n_hidden {options.hidden}; '
          f'one utterance: {floor:.0f} MiB\n')
    print('| `--gradient_accumulation` | MiB for the batch | seconds |\n|---|---|---|')
    for pieces in options.pieces:
        memory, secs = run(pieces, options.batch)
        print(f'| {pieces} | {memory - floor:.0f} | {secs:.1f} |', flush=True)


if __name__ == '__main__':
    main()
