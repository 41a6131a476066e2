#!/usr/bin/env python3
"""Seconds of speech that a whole training takes in a second, by `DeepSpeech.py` itself.

    tests/bench/bench_training.py --train_files an4-train.csv       # bidirectional and forward, 256
    tests/bench/bench_training.py --sizes 1024,2048 --forward --limit 160 -- --layer_norm

Runs the command line on the first rows of a CSV (by default the demo's) for some epochs, and reads
the seconds of each from the checkpoint folder's metrics. The first epoch also builds the graph,
reads the audio and computes the features; the others have these in memory. "whole" is the speech
of all epochs over the time from the first step to the end, checkpoint included. What stands behind
`--` goes to `DeepSpeech.py`.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from util.audio import reading
from util.data.manifest import read_csvs


def train(csv, n_hidden, options, *more):
    """One training: (seconds of each epoch, seconds of the training, seconds of the command)."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        command = subprocess.run(
            [sys.executable, str(ROOT / 'DeepSpeech.py'), '--train_files', csv,
             '--limit_train', str(options.limit), '--train_batch_size', str(options.batch),
             '--n_hidden', str(n_hidden), '--epoch', str(options.epochs), '--notest',
             '--checkpoint_dir', folder, '--noearly_stop', '--noshow_progressbar',
             '--intra_op_parallelism_threads', str(options.threads),
             '--inter_op_parallelism_threads', str(options.threads), *more],
            cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True)
        seconds = time.monotonic() - started
        if command.returncode:
            sys.exit(command.stdout)
        rows = map(json.loads, Path(folder, 'metrics.jsonl').read_text().splitlines())
        epochs = [row['seconds'] for row in rows if row['set'] == 'train']
    hours, minutes, secs = re.search(r'training time: (\d+):(\d+):(\d+)', command.stdout).groups()
    return epochs, int(hours) * 3600 + int(minutes) * 60 + int(secs), seconds


def main():
    """Parse the command line, train each network, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--train_files', default=str(ROOT / 'data/demo/train.csv'))
    parser.add_argument('--sizes', default='256', help='n_hidden,...')
    parser.add_argument('--limit', type=int, default=320, help='utterances of an epoch; 0: all')
    parser.add_argument('--batch', type=int, default=16)
    parser.add_argument('--epochs', type=int, default=4)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--forward', action='store_true', help='only the forward network')
    parser.add_argument('more', nargs='*', help='flags of DeepSpeech.py')
    options = parser.parse_args()
    if options.epochs < 2:
        parser.error('--epochs: at least 2, the first one is not like the others')
    utterances = read_csvs([options.train_files], options.limit)
    speech = sum(info.frames / info.rate for info in (reading.probe(u.wav) for u in utterances))
    print(f'{len(utterances)} utterances, {speech:.0f} s of speech, batch {options.batch}, '
          f'{options.threads} threads; seconds of speech a second, median and range of epochs 1 to '
          f'{options.epochs - 1}\n')
    print('| n_hidden | network | numbers | later epochs | range | first epoch | whole | start s |')
    print('|---|---|---|---|---|---|---|---|')
    for n_hidden in map(int, options.sizes.split(',')):
        for network in ([] if options.forward else ['bidirectional']) + ['nobidirectional']:
            for numbers in ('float32', 'bfloat16'):
                half = ['--automatic_mixed_precision'] if numbers == 'bfloat16' else []
                epochs, whole, command = train(options.train_files, n_hidden, options,
                                               '--' + network, *half, *options.more)
                rates = [speech / seconds for seconds in epochs[1:]]
                name = 'forward' if network == 'nobidirectional' else network
                print(f'| {n_hidden} | {name} | {numbers} | {statistics.median(rates):.1f} '
                      f'| {min(rates):.1f} to {max(rates):.1f} | {speech / epochs[0]:.1f} '
                      f'| {speech * len(epochs) / max(whole, 1):.1f} | {command - whole:.1f} |',
                      flush=True)


if __name__ == '__main__':
    main()
