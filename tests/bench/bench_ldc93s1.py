#!/usr/bin/env python3
"""Learn one sentence by 0.9.3's recipe: our forward network, and 0.9.3's rebuilt from TensorFlow.

    tests/bench/bench_ldc93s1.py LDC93S1.wav            # 249 epochs of 100 units, markdown table
    tests/bench/bench_ldc93s1.py LDC93S1.wav --seeds 1 2 3 --epochs 100

Ours is DeepSpeech.py --release 0.9.3 with the flags of the recipe. The other is written here from
TensorFlow's own operations, as 0.9.3 put them together: AudioSpectrogram and Mfcc, dense layers
with glorot_uniform weights, BlockLSTM without forget bias, tf.nn.dropout, the CTC loss and Adam of
TensorFlow 1. Losses in nats: of the last epoch with its dropout, their mean over the last ten
epochs, and without dropout after the last.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
TEXT = 'she had your dark suit in greasy wash water all year'
RATE, DROPOUT, CLIP, CONTEXT = 0.001, 0.05, 20.0, 9


def ours(wav, hidden, epochs, seed):
    """Return the losses of the epochs, training and validation, of DeepSpeech.py."""
    with tempfile.TemporaryDirectory() as folder:
        csv = Path(folder, 'ldc93s1.csv')
        csv.write_text(f'wav_filename,wav_filesize,transcript\n{wav.resolve()},0,{TEXT}\n')
        subprocess.run(
            [sys.executable, ROOT / 'DeepSpeech.py', '--release', '0.9.3', '--train_files', csv,
             '--dev_files', csv, '--n_hidden', str(hidden), '--epochs', str(epochs),
             '--learning_rate', str(RATE), '--dropout_rate', str(DROPOUT), '--random_seed',
             str(seed), '--checkpoint_dir', folder, '--max_to_keep', '1', '--noshow_progressbar'],
            cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        rows = map(json.loads, Path(folder, 'metrics.jsonl').read_text().splitlines())
        losses = {'train': [], 'dev': []}
        for row in rows:
            losses[row['set']].append(row['loss'])
    return losses['train'], losses['dev']


def rebuilt(wav, hidden, epochs, seed):
    """Return the same of 0.9.3's network, from TensorFlow's own operations."""
    import tensorflow as tf
    tf.random.set_seed(seed)
    audio, rate = tf.audio.decode_wav(wav.read_bytes())
    power = tf.raw_ops.AudioSpectrogram(input=audio, window_size=512, stride=320,
                                        magnitude_squared=True)
    mfcc = tf.raw_ops.Mfcc(spectrogram=power, sample_rate=rate, upper_frequency_limit=8000,
                           lower_frequency_limit=20, filterbank_channel_count=40,
                           dct_coefficient_count=26)[0]
    steps = int(mfcc.shape[0])
    padded = tf.pad(mfcc, [[CONTEXT, CONTEXT], [0, 0]])
    inputs = tf.concat([padded[i:i + steps] for i in range(2 * CONTEXT + 1)], 1)
    labels = [(ord(c) - 96 if c != ' ' else 0) for c in TEXT]  # of data/alphabet.txt
    sparse = tf.sparse.from_dense(tf.constant([labels], tf.int32) + 1)
    sparse = tf.SparseTensor(sparse.indices, sparse.values - 1, sparse.dense_shape)

    glorot = tf.keras.initializers.GlorotUniform
    sizes = {'1': (inputs.shape[1], hidden), '2': (hidden, hidden), '3': (hidden, hidden),
             '5': (hidden, hidden), '6': (hidden, 29), 'lstm': (2 * hidden, 4 * hidden)}
    weights = {name: tf.Variable(glorot(seed=seed * 10 + i)(size))
               for i, (name, size) in enumerate(sizes.items())}
    biases = {name: tf.Variable(tf.zeros(size[1])) for name, size in sizes.items()}
    nothing, zeros = tf.zeros([hidden]), tf.zeros([1, hidden])

    def loss_of(dropout):
        def dense(name, x):
            return tf.matmul(x, weights[name]) + biases[name]

        def layer(name, x):
            x = tf.minimum(tf.nn.relu(dense(name, x)), CLIP)
            return tf.nn.dropout(x, dropout) if dropout else x

        x = layer('3', layer('2', layer('1', inputs)))
        h = tf.raw_ops.BlockLSTM(
            seq_len_max=tf.constant(steps, tf.int64), x=x[:, tf.newaxis], cs_prev=zeros,
            h_prev=zeros, w=weights['lstm'], wci=nothing, wcf=nothing, wco=nothing,
            b=biases['lstm'], forget_bias=0.0, cell_clip=-1.0, use_peephole=False).h
        logits = dense('6', layer('5', h[:, 0]))
        return tf.compat.v1.nn.ctc_loss(sparse, logits[:, tf.newaxis], [steps])[0]

    variables = [*weights.values(), *biases.values()]
    first = [tf.Variable(tf.zeros_like(v)) for v in variables]
    second = [tf.Variable(tf.zeros_like(v)) for v in variables]

    @tf.function
    def learn(step):
        with tf.GradientTape() as tape:
            loss = loss_of(DROPOUT)
        rate = RATE * tf.sqrt(1 - 0.999 ** step) / (1 - 0.9 ** step)
        for v, m, s, g in zip(variables, first, second, tape.gradient(loss, variables)):
            m.assign(0.9 * m + 0.1 * g)
            s.assign(0.999 * s + 0.001 * g * g)
            v.assign_sub(rate * m / (tf.sqrt(s) + 1e-8))
        return loss

    measure = tf.function(lambda: loss_of(0.0))
    train, dev = [], []
    for epoch in range(epochs):
        train.append(float(learn(tf.constant(epoch + 1.0))))
        dev.append(float(measure()))
    return train, dev


def main():
    """Print a row for each network and seed."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('wav', type=Path, help='LDC93S1.wav')
    p.add_argument('--seeds', type=int, nargs='+', default=[4567, 4568], help='(%(default)s)')
    p.add_argument('--epochs', type=int, default=249, help='(%(default)s)')
    p.add_argument('--hidden', type=int, default=100, help='width (%(default)s)')
    p.add_argument('--networks', nargs='+', default=['ours', 'rebuilt'], help='(%(default)s)')
    options = p.parse_args()
    print('| network | seed | last epoch | mean of the last ten | without dropout |')
    print('|---|---|---|---|---|')
    for network in options.networks:
        for seed in options.seeds:
            train, dev = {'ours': ours, 'rebuilt': rebuilt}[network](
                options.wav, options.hidden, options.epochs, seed)
            print(f'| {network} | {seed} | {train[-1]:.2f} | {statistics.fmean(train[-10:]):.2f} '
                  f'| {dev[-1]:.2f} |', flush=True)


if __name__ == '__main__':
    main()
