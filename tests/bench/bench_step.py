#!/usr/bin/env python3
"""Time one training step (forward, backward, Adam) of the 2017 network, ours against others.

    tests/bench/bench_step.py                 # the three sizes of the goal, markdown table
    tests/bench/bench_step.py --sizes 256x150 --quick

Network of contract 3: 494 inputs, three dense layers (the third twice as wide), bidirectional
LSTM, one dense layer, 29 classes, CTC; batch 16, float32 unless said, two threads, no dropout.
Each engine runs in a process of its own and takes turns with the others (A B A B ...), so that a
busy neighbour hits all alike. A step's time is the median over the turns. PyTorch is needed for
its row alone: pip install torch==2.13.0.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

BATCH, INPUTS, CLASSES, LABELS, CLIP = 16, 494, 29, 30, 20.0
ENGINES = {
    'ours': 'ours, float32',
    'ours-bf16': 'ours, bfloat16 compute',
    'torch': 'PyTorch nn.LSTM, padded',
    'keras': 'Keras LSTM',
    'loop': 'while_loop as in 2017',
}


def example(steps, seed=1):
    """Return the same batch for every engine: features, lengths, labels [B, LABELS]."""
    import numpy as np
    random = np.random.default_rng(seed)
    features = random.normal(size=(steps, BATCH, INPUTS)).astype(np.float32)
    lengths = np.linspace(0.9 * steps, steps, BATCH).astype(np.int32)
    labels = random.integers(0, CLASSES - 1, (BATCH, min(LABELS, steps // 4))).astype(np.int32)
    return features, lengths, labels


def shapes(hidden):
    """Names and shapes of all weights, in order."""
    h = hidden
    found = {}
    for name, rows, columns in (('1', INPUTS, h), ('2', h, h), ('3', h, 2 * h), ('5', 2 * h, h),
                                ('6', h, CLASSES)):
        found[f'w{name}'], found[f'b{name}'] = (rows, columns), (columns,)
    for name in ('fw', 'bw'):
        found[f'kernel_{name}'] = (2 * h, 4 * h)
        found[f'recurrent_{name}'] = (h, 4 * h)
        found[f'bias_{name}'] = (4 * h,)
    return found


def tensorflow_step(engine, hidden, steps, threads):
    """Return a function that runs one step and returns the loss, on TensorFlow."""
    import tensorflow as tf
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    half = tf.bfloat16 if engine == 'ours-bf16' else tf.float32
    features, lengths, labels = example(steps)
    weights = {name: tf.Variable(tf.random.stateless_normal(shape, [1, k], stddev=0.05))
               for k, (name, shape) in enumerate(shapes(hidden).items())}
    both = None
    if engine == 'keras':
        import keras
        both = keras.layers.Bidirectional(keras.layers.LSTM(hidden, return_sequences=True))
        both.build((None, None, 2 * hidden))
        for name in list(weights):
            if name.endswith(('_fw', '_bw')):
                del weights[name]
    variables = list(weights.values())
    if both is not None:
        variables += [v.value for v in both.trainable_variables]
    slots = [(tf.Variable(tf.zeros_like(v)), tf.Variable(tf.zeros_like(v))) for v in variables]

    def dense(x, name, relu=True):
        y = tf.cast(tf.matmul(tf.cast(x, half), tf.cast(weights['w' + name], half)), tf.float32)
        y = tf.nn.bias_add(y, weights['b' + name])
        return tf.minimum(tf.nn.relu(y), CLIP) if relu else y

    def recurrent(x, lengths):
        if engine == 'keras':
            mask = tf.sequence_mask(lengths, tf.shape(x)[0])
            return tf.transpose(both(tf.transpose(x, [1, 0, 2]), mask=mask), [1, 0, 2])
        fw, bw = ([weights[f'{part}_{way}'] for part in ('kernel', 'recurrent', 'bias')]
                  for way in ('fw', 'bw'))
        if engine == 'loop':
            return tf.concat([loop_2017(x, *fw, lengths), tf.reverse_sequence(
                loop_2017(tf.reverse_sequence(x, lengths, 0, 1), *bw, lengths),
                lengths, 0, 1)], 2)
        from util.network.lstm import bilstm
        return bilstm(x, x, fw, bw, lengths, compute_dtype=half)

    @tf.function(input_signature=[tf.TensorSpec([None, BATCH, INPUTS]),
                                  tf.TensorSpec([BATCH], tf.int32),
                                  tf.SparseTensorSpec([BATCH, None], tf.int32)])
    def step(features, lengths, labels):
        with tf.GradientTape() as tape:
            steps = tf.shape(features)[0]
            x = tf.reshape(features, [-1, INPUTS])
            for name in '123':
                x = dense(x, name)
            x = recurrent(tf.reshape(x, [steps, BATCH, 2 * hidden]), lengths)
            x = dense(dense(tf.reshape(x, [-1, 2 * hidden]), '5'), '6', relu=False)
            logits = tf.reshape(x, [steps, BATCH, CLASSES])
            loss = tf.reduce_mean(tf.nn.ctc_loss(labels, logits, None, lengths,
                                                 blank_index=CLASSES - 1))
        gradients = tape.gradient(loss, variables)
        for v, (m, s), g in zip(variables, slots, gradients):
            tf.raw_ops.ResourceApplyAdam(
                var=v.handle, m=m.handle, v=s.handle, beta1_power=0.9, beta2_power=0.999,
                lr=1e-4, beta1=0.9, beta2=0.999, epsilon=1e-8, grad=g)
        return loss

    arguments = (tf.constant(features), tf.constant(lengths),
                 tf.sparse.from_dense(tf.constant(labels) + 1))
    arguments[2]._values -= 1
    return lambda: float(step(*arguments))


def loop_2017(x, kernel, recurrent, bias, lengths):
    """One direction as dynamic_rnn over BasicLSTMCell did it: concat, one product a step."""
    import tensorflow as tf
    weights = tf.concat([kernel, recurrent], 0)
    hidden = recurrent.shape[0]

    def body(t, c, h, outputs):
        z = tf.nn.bias_add(tf.matmul(tf.concat([x[t], h], 1), weights), bias)
        i, f, g, o = tf.split(z, 4, axis=1)
        new_c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        new_h = tf.sigmoid(o) * tf.tanh(new_c)
        real = (t < lengths)[:, tf.newaxis]
        outputs = outputs.write(t, tf.where(real, new_h, 0.0))
        return t + 1, tf.where(real, new_c, c), tf.where(real, new_h, h), outputs

    zeros = tf.zeros([BATCH, hidden])
    outputs = tf.TensorArray(tf.float32, tf.shape(x)[0], element_shape=[BATCH, hidden])
    done = tf.while_loop(lambda t, *_: t < tf.shape(x)[0], body, [0, zeros, zeros, outputs])
    return done[3].stack()


def torch_step(hidden, steps, threads):
    """Return a function that runs one step and returns the loss, on PyTorch."""
    import torch
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    features, lengths, labels = (torch.from_numpy(v) for v in example(steps))
    label_lengths = torch.full([BATCH], labels.shape[1])

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer_1 = torch.nn.Linear(INPUTS, hidden)
            self.layer_2 = torch.nn.Linear(hidden, hidden)
            self.layer_3 = torch.nn.Linear(hidden, 2 * hidden)
            self.layer_4 = torch.nn.LSTM(2 * hidden, hidden, bidirectional=True)
            self.layer_5 = torch.nn.Linear(2 * hidden, hidden)
            self.layer_6 = torch.nn.Linear(hidden, CLASSES)

        def forward(self, x):
            for layer in (self.layer_1, self.layer_2, self.layer_3):
                x = torch.clamp(layer(x), 0, CLIP)
            x, _ = self.layer_4(x)
            return self.layer_6(torch.clamp(self.layer_5(x), 0, CLIP))

    network = Network()
    adam = torch.optim.Adam(network.parameters(), lr=1e-4)
    ctc = torch.nn.CTCLoss(blank=CLASSES - 1, reduction='none')

    def step():
        adam.zero_grad()
        log_probs = torch.log_softmax(network(features), 2)
        loss = ctc(log_probs, labels, lengths, label_lengths).mean()
        loss.backward()
        adam.step()
        return loss.item()

    return step


def serve(engine, hidden, steps, threads):
    """Child process: one step for each line on stdin; answer with its seconds."""
    start = time.perf_counter()
    try:
        step = (torch_step(hidden, steps, threads) if engine == 'torch' else
                tensorflow_step(engine, hidden, steps, threads))
    except ImportError as error:
        print('absent', error, flush=True)
        return
    step()
    print('ready', time.perf_counter() - start, flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        step()
        print(time.perf_counter() - start, flush=True)


def measure(engines, hidden, steps, turns):
    """Seconds a step: {engine: [seconds of each turn]}, the engines taking turns."""
    root = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, 'TF_CPP_MIN_LOG_LEVEL': '3', 'OMP_NUM_THREADS': '2',
                   'PYTHONPATH': root}
    children, seconds = {}, {}
    for engine in engines:
        child = subprocess.Popen(
            [sys.executable, __file__, '--serve', engine, f'--sizes={hidden}x{steps}'],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        word = child.stdout.readline().split()
        if not word or word[0] != 'ready':
            print(f'{ENGINES[engine]}: left out, {" ".join(word[1:]) or "it failed to start"}',
                  file=sys.stderr)
            continue
        print(f'{ENGINES[engine]} {hidden}: first step after {float(word[1]):.1f} s',
              file=sys.stderr)
        children[engine], seconds[engine] = child, []
    for turn in range(turns + 1):
        for engine, child in list(children.items()):
            child.stdin.write('step\n')
            child.stdin.flush()
            taken = child.stdout.readline()
            if not taken:
                print(f'{ENGINES[engine]} {hidden}: left out, it ended within a step (status '
                      f'{child.wait()}; -9 is a lack of memory: compare fewer --engines)',
                      file=sys.stderr)
                del children[engine], seconds[engine]
            elif turn:  # the first turn warms caches
                seconds[engine].append(float(taken))
    for child in children.values():
        child.stdin.close()
        child.wait()
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--sizes', default='256x150,1024x150,2048x50', help='HIDDENxSTEPS,...')
    parser.add_argument('--engines', default=','.join(ENGINES), help=', '.join(ENGINES))
    parser.add_argument('--turns', type=int, default=9, help='steps timed for each engine')
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--quick', action='store_true', help='three turns')
    parser.add_argument('--serve', help=argparse.SUPPRESS)
    options = parser.parse_args()
    sizes = [tuple(map(int, size.split('x'))) for size in options.sizes.split(',')]
    if options.serve:
        serve(options.serve, *sizes[0], options.threads)
        return
    engines = options.engines.split(',')
    print('| n_hidden | steps | engine | median s | best s | ratio to PyTorch | to our float32 |')
    print('|---|---|---|---|---|---|---|')
    for hidden, steps in sizes:
        seconds = measure(engines, hidden, steps, 3 if options.quick else options.turns)
        for engine, times in seconds.items():
            # The ratio of each turn, then their median: a busy turn is busy for both.
            ratios = [f'{statistics.median(a / b for a, b in zip(times, seconds[peer])):.2f}'
                      if peer in seconds else '-' for peer in ('torch', 'ours')]
            print(f'| {hidden} | {steps} | {ENGINES[engine]} | {statistics.median(times):.3f} '
                  f'| {min(times):.3f} | {ratios[0]} | {ratios[1]} |', flush=True)


if __name__ == '__main__':
    main()
