"""The trainer run in this process on a made-up corpus, and batches for its network."""

import os

import numpy as np
import tensorflow as tf

import DeepSpeech


def run(*arguments):
    """Run the command line in this process."""
    return DeepSpeech.main(DeepSpeech.flag.parse(['DeepSpeech.py', *map(str, arguments)]))


def flags(corpus, folder, *more):
    """Arguments for a small network; `corpus` maps train, dev and test to CSV files."""
    return ['--train_files', corpus['train'], '--dev_files', corpus['dev'], '--test_files',
            corpus['test'], '--alphabet_config_path',
            os.path.join(os.path.dirname(corpus['train']), 'alphabet.txt'), '--n_hidden', 32,
            '--train_batch_size', 4, '--dev_batch_size', 4, '--test_batch_size', 4,
            '--validation_step', 1, '--checkpoint_dir', folder, '--noshow_progressbar',
            '--noearly_stop', '--learning_rate', 0.01, '--beam_width', 16, *more]


def batch_of(lengths, seed=1, n_labels=3):
    """Return a batch of noise, as a set gives it: `lengths` in steps, labels 0 to 4."""
    random = np.random.default_rng(seed)
    features = np.zeros([len(lengths), max(lengths) + 18, 26], np.float32)
    for row, length in zip(features, lengths):
        row[:length + 18] = random.normal(size=[length + 18, 26])
    labels = random.integers(0, 5, [len(lengths), n_labels])
    return {'features': tf.constant(features), 'lengths': tf.constant(lengths, tf.int32),
            'labels': tf.sparse.from_dense(tf.constant(labels + 1, tf.int32)),
            'index': tf.range(len(lengths)), 'position': tf.constant(0, tf.int64)}
