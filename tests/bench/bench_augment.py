#!/usr/bin/env python3
"""What augmentation costs a training: its speed with each kind over its speed without, in one run.

    tests/bench/bench_augment.py [--n_hidden 256] [--secs 3] [--batches 16] [--rounds 5]

Trains the 2017 network on made-up clips, two threads, batch 16. Without augmentation the features
lie in memory, as in all epochs but the first. The kinds take turns, an epoch each; every epoch has
other draws. Prints a Markdown table: milliseconds a batch, medians; the share of the speed that is
left, median and range over the rounds, each against the round's own epoch without; processor time a
batch, that of the processes beside the training included, and by that the share of the speed that
two busy cores would have left, whoever else uses them now.
"""

import argparse
import dataclasses
import os
import pathlib
import resource
import statistics
import sys
import tempfile
import time
import wave

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

import numpy as np

BATCH = 16
TEXT = 'what is augmented must not be what training waits for'
KINDS = {
    'without': [],
    'features, all four, p=1': ['time_mask[domain=features]', 'dropout[domain=features]',
                                'add[stddev=1]', 'multiply[stddev=0.1]'],
    'spectrogram, all four, p=0.3': ['pitch[p=0.3]', 'tempo[p=0.3,factor=1~0.1]', 'warp[p=0.3]',
                                     'frequency_mask[p=0.3]'],
    'spectrogram, all four, p=1': ['pitch', 'tempo[factor=1~0.1]', 'warp', 'frequency_mask'],
    'overlay, reverb, resample, codec, p=0.3': ['overlay[p=0.3,source={noise},snr=20:5~5]',
                                                'reverb[p=0.3]', 'resample[p=0.3]',
                                                'codec[p=0.3]'],
    'the same and spectrogram, p=0.3': [
        'overlay[p=0.3,source={noise},snr=20:5~5]', 'reverb[p=0.3]', 'resample[p=0.3]',
        'codec[p=0.3]', 'pitch[p=0.3]', 'tempo[p=0.3,factor=1~0.1]', 'warp[p=0.3]',
        'frequency_mask[p=0.3]'],
}


def clips(folder, count, secs):
    """Clips of noise with a little spread in their lengths, as rows of a CSV."""
    from util.data.manifest import Utterance
    random, found = np.random.default_rng(1), []
    os.mkdir(f'{folder}/noise')
    for i in range(count + 4):
        path = f'{folder}/{i}.wav' if i < count else f'{folder}/noise/{i}.wav'
        samples = random.normal(0, 2000, int(16000 * secs * random.uniform(0.97, 1.03)))
        with wave.open(path, 'wb') as f:
            f.setparams((1, 2, 16000, 0, 'NONE', ''))
            f.writeframes(samples.astype('<i2').tobytes())
        found.append(Utterance(path, 0, TEXT, 'noise.csv', i + 2))
    return found[:count]


class Alone:
    """The crew of a training in one process."""

    def share(self, plan):
        """Take all."""
        return plan

    def every(self, batches, *_):
        """Add nothing."""
        return batches


def of_workers(augmenter, batches):
    """End the processes of a kind; return their processor time in milliseconds a batch."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    if augmenter:
        augmenter.workers.close()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000 / batches


def main():
    """Parse the command line, run the rounds, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--n_hidden', type=int, default=256)
    parser.add_argument('--secs', type=float, default=3, help='of audio in a clip: 50 frames each')
    parser.add_argument('--batches', type=int, default=16, help='in an epoch')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--kinds', default='', help='only those that begin so, and without')
    parser.add_argument('--feature_type', choices=['2017', '0.9.3'], default='2017')
    args = parser.parse_args()

    import tensorflow as tf

    from DeepSpeech import Model
    from util.cluster.crew import Crew
    from util.data.augment.augmenter import Augmentation, Augmenter
    from util.data.augment.parse import parse_operations
    from util.data.batching import BatchPlan
    from util.data.feature_cache import FeatureCache
    from util.data.sets import DataSet
    from util.features import FeatureSettings
    from util.network.geometry import Geometry
    from util.settings import LearningSettings
    from util.text.alphabet import Alphabet
    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.threading.set_inter_op_parallelism_threads(2)
    features = FeatureSettings(kind=args.feature_type)
    model = Model(Geometry(args.n_hidden, 28), LearningSettings(seed=1), Crew())
    step, rate = tf.constant(1, tf.int64), tf.constant(1e-4)

    with tempfile.TemporaryDirectory() as folder:
        rows = clips(folder, args.batches * BATCH, args.secs)
        plan = BatchPlan(np.full(len(rows), int(50 * args.secs)), BATCH)
        plain = DataSet('train', rows, plan, Alphabet(" abcdefghijklmnopqrstuvwxyz'"), features,
                        FeatureCache(features))
        sets = {}
        kinds = {name: texts for name, texts in KINDS.items()
                 if name == 'without' or name.startswith(args.kinds)}
        for name, texts in kinds.items():
            operations = parse_operations(text.format(noise=f'{folder}/noise') for text in texts)
            augmenter = Augmenter(Augmentation(operations), features, 1) if operations else None
            sets[name] = dataclasses.replace(plain, augmenter=augmenter)

        def epoch(name, number):
            """(wall, processor) milliseconds a batch of an epoch, its set-up included."""
            started, cpu, count = time.perf_counter(), time.process_time(), 0
            for batch in sets[name].learnt_by(Alone(), number, 0, args.rounds + 2):
                model.learn(batch, step, rate, 0.0)[0].numpy()
                count += 1
            assert count == args.batches
            return ((time.perf_counter() - started) * 1000 / count,
                    (time.process_time() - cpu) * 1000 / count)

        for name in kinds:
            epoch(name, 0)
        taken = {name: [] for name in kinds}
        for number in range(1, args.rounds + 1):
            for name in kinds:
                taken[name].append(epoch(name, number))
                print(f'{number} {name}: {taken[name][-1][0]:.0f} ms', file=sys.stderr, flush=True)
        beside = {name: of_workers(found.augmenter, args.batches * (args.rounds + 1))
                  for name, found in sets.items()}

    print(f'n_hidden {args.n_hidden}, batch {BATCH} x {args.secs:g} s, {args.feature_type} '
          f'features, {os.cpu_count()} cores; medians of {args.rounds} epochs of {args.batches} '
          'batches\n')
    print('| augmentation | ms a batch | speed left | range | cpu ms a batch | speed left by cpu |')
    print('|---|---|---|---|---|---|')
    alone = statistics.median(cpu for _, cpu in taken['without'])
    for name, times in taken.items():
        left = [without / each for (without, _), (each, _) in zip(taken['without'], times)]
        cpu = statistics.median(cpu for _, cpu in times) + beside[name]
        print(f'| {name} | {statistics.median(wall for wall, _ in times):.1f} | '
              f'{statistics.median(left):.1%} | {min(left):.1%} to {max(left):.1%} | {cpu:.1f} | '
              f'{alone / cpu:.1%} |')


if __name__ == '__main__':
    main()
