#!/usr/bin/env python3
"""What reading audio, computing features and making batches add to a training step.

    tests/bench/bench_pipeline.py [--n_hidden 256] [--secs 3] [--batches 16] [--rounds 5]

Trains the 2017 network on clips of noise, two threads, batch 16, from three kinds of input in
turns: batches that lie ready in memory (the yardstick), batches whose features are computed as in
a first epoch, batches whose features are cached as in all later ones, on disk or in memory.
Prints a Markdown table of medians. What the pipeline costs a training is in the columns "more":
the time of the step with it over the time of the step without it, of the same round. The pipeline
alone is shown for comparison; its processor time includes threads that wait for work.
"""

import argparse
import os
import pathlib
import statistics
import sys
import tempfile
import time
import wave

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

import numpy as np

BATCH = 16
TEXT = 'the pipeline must not be what training waits for'


def clips(folder, count, secs):
    """Clips of noise with a little spread in their lengths, as rows of a CSV."""
    from util.data.manifest import Utterance
    random = np.random.default_rng(1)
    found = []
    for i in range(count):
        path = f'{folder}/{i}.wav'
        samples = random.normal(0, 2000, int(16000 * secs * random.uniform(0.97, 1.03)))
        with wave.open(path, 'wb') as f:
            f.setparams((1, 2, 16000, 0, 'NONE', ''))
            f.writeframes(samples.astype('<i2').tobytes())
        found.append(Utterance(path, 0, TEXT, 'noise.csv', i + 2))
    return found


def make_learner(n_hidden, dtype):
    """Return a function that takes one training step of the real trainer."""
    import tensorflow as tf

    from DeepSpeech import Model
    from util.cluster.crew import Crew
    from util.network.geometry import Geometry
    from util.settings import LearningSettings
    settings = LearningSettings(mixed_precision=dtype == tf.bfloat16, seed=1)
    model = Model(Geometry(n_hidden, 28), settings, Crew())
    step, rate = tf.constant(1, tf.int64), tf.constant(1e-4)
    return lambda batch: model.learn(batch, step, rate, 0.0)[0].numpy()


def timed(inputs, learn=None):
    """(wall, processor) milliseconds a batch, from the first batch on, of a pass over `inputs`."""
    iterator = iter(inputs)
    wall, cpu, count = time.perf_counter(), time.process_time(), 0
    for batch in iterator:
        count += 1
        if learn:
            learn(batch)
    return ((time.perf_counter() - wall) * 1000 / count, (time.process_time() - cpu) * 1000 / count)


def main():
    """Parse the command line, run the rounds, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--n_hidden', type=int, default=256)
    parser.add_argument('--secs', type=float, default=3, help='of audio in a clip: 50 frames each')
    parser.add_argument('--batches', type=int, default=16, help='in a pass')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--feature_type', choices=['2017', '0.9.3'], default='2017')
    parser.add_argument('--bf16', action='store_true', help='the faster step')
    args = parser.parse_args()

    import tensorflow as tf

    from util.data.dataset import batches
    from util.data.feature_cache import FeatureCache
    from util.features import FeatureSettings
    from util.text.alphabet import Alphabet
    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.threading.set_inter_op_parallelism_threads(2)
    alphabet = Alphabet(" abcdefghijklmnopqrstuvwxyz'")
    settings = FeatureSettings(kind=args.feature_type)
    learn = make_learner(args.n_hidden, tf.bfloat16 if args.bf16 else tf.float32)

    with tempfile.TemporaryDirectory() as folder:
        rows = clips(folder, args.batches * BATCH, args.secs)
        plan = np.split(np.arange(len(rows)), args.batches)
        memory = FeatureCache(settings)
        disk = FeatureCache(settings, f'{folder}/cache', memory_limit=0)
        sources = {
            'computed (first epoch)': FeatureCache(settings, memory_limit=0),
            'cached on disk': disk,
            'cached in memory (later epochs)': memory,
        }

        def epoch(cache):
            return batches(rows, plan, alphabet, settings, cache=cache)

        ready = list(epoch(memory))
        for cache in (disk, *sources.values()):
            timed(epoch(cache), learn)
        alone = {name: [] for name in sources}
        steps = {name: [] for name in ('ready', *sources)}
        for _ in range(args.rounds):
            steps['ready'].append(timed(ready, learn))
            for name, cache in sources.items():
                alone[name].append(timed(epoch(cache)))
                steps[name].append(timed(epoch(cache), learn))

    def median(pairs, column):
        return statistics.median(pair[column] for pair in pairs)

    def more(name, column):
        ratios = [a[column] / b[column] for a, b in zip(steps[name], steps['ready'])]
        return f'{statistics.median(ratios) - 1:+.1%}'

    kind = 'bf16' if args.bf16 else 'float32'
    print(f'n_hidden {args.n_hidden}, {kind}, batch {BATCH} x {args.secs:g} s, '
          f'{args.feature_type} features; ms a batch, medians of {args.rounds}\n')
    print('| input | alone, wall | alone, cpu | step, wall | more | step, cpu | more |')
    print('|---|---|---|---|---|---|---|')
    for name, pairs in steps.items():
        without = name == 'ready'
        print(f'| {name} | '
              + ('- | - | ' if without else
                 f'{median(alone[name], 0):.2f} | {median(alone[name], 1):.2f} | ')
              + f'{median(pairs, 0):.1f} | {"-" if without else more(name, 0)} | '
              + f'{median(pairs, 1):.1f} | {"-" if without else more(name, 1)} |')


if __name__ == '__main__':
    main()
