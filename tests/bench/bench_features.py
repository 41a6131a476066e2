#!/usr/bin/env python
"""Measure the feature pipeline against python_speech_features and TensorFlow's own operations.

    python tests/bench/bench_features.py [--seconds 48] [--clip 3] [--rounds 9]

Prints a Markdown table; all contestants take turns in every round of the same run, so that a busy
machine hurts all of them, and the medians are compared. Milliseconds are those of the processor
(all threads), because features are computed beside the training steps of the batch before.
"""

import argparse
import pathlib
import statistics
import sys
import time

import numpy as np
import python_speech_features

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from util.features import FeatureSettings, compute_features  # noqa: E402


def main() -> None:
    """Parse the command line, run the rounds, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seconds', type=float, default=48, help='audio in a batch, s')
    parser.add_argument('--clip', type=float, default=3, help='audio in an utterance, s')
    parser.add_argument('--rounds', type=int, default=9)
    args = parser.parse_args()

    import tensorflow as tf

    rng = np.random.default_rng(1)
    clip = (rng.standard_normal(int(args.clip * 16000)) * 2000).astype(np.int16)
    clips = max(1, round(args.seconds / args.clip))

    def reference() -> None:
        for _ in range(clips):
            frames = python_speech_features.mfcc(clip, 16000, numcep=26)[::2]
            rows = np.lib.stride_tricks.sliding_window_view(np.pad(frames, [(9, 9), (0, 0)]), 19, 0)
            (rows - rows.mean()) / rows.std()

    def operations(samples: tf.Tensor) -> tf.Tensor:
        signal = tf.cast(samples, tf.float32)[:, tf.newaxis] / 32768.0
        spectrogram = tf.raw_ops.AudioSpectrogram(
            input=signal, window_size=512, stride=320, magnitude_squared=True
        )
        return tf.raw_ops.Mfcc(
            spectrogram=spectrogram,
            sample_rate=16000,
            upper_frequency_limit=8000,
            dct_coefficient_count=26,
        )

    def pipeline(function):
        # One endless iterator, as in an epoch: starting it is not part of a batch.
        endless = iter(tf.data.Dataset.from_tensors(clip).repeat().map(function))
        return lambda: [next(endless) for _ in range(clips)]

    contestants = {
        'python_speech_features (2017)': reference,
        'ours, 2017': pipeline(lambda x: compute_features(x, FeatureSettings('2017'))),
        'AudioSpectrogram + Mfcc (0.9.3)': pipeline(operations),
        'ours, 0.9.3': pipeline(lambda x: compute_features(x, FeatureSettings('0.9.3'))),
        'tf.data alone': pipeline(lambda x: x),
    }
    wall: dict[str, list[float]] = {name: [] for name in contestants}
    cpu: dict[str, list[float]] = {name: [] for name in contestants}
    for run in contestants.values():
        run()
    for _ in range(args.rounds):
        for name, run in contestants.items():
            start, cpu_start = time.perf_counter(), time.process_time()
            run()
            wall[name].append((time.perf_counter() - start) * 1e3)
            cpu[name].append((time.process_time() - cpu_start) * 1e3)

    base = statistics.median(cpu['python_speech_features (2017)'])
    total = clips * args.clip
    print(f'{clips} utterances of {args.clip:g} s, medians of {args.rounds} rounds\n')
    print('| features | wall ms | CPU ms | CPU ms an audio second | times faster (CPU) |')
    print('|---|---|---|---|---|')
    for name in contestants:
        busy = statistics.median(cpu[name])
        print(
            f'| {name} | {statistics.median(wall[name]):.2f} | {busy:.2f} '
            f'| {busy / total:.4f} | {base / busy:.1f} |'
        )


if __name__ == '__main__':
    main()
