"""Two implementations of an LSTM, compared on a tiny batch before one is trusted."""
from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

# Of values of about 1: GPUs multiply in TF32, whose products are good to three digits. A gate or a
# step in the wrong place is off by tenths.
TOLERANCE = 0.02
_STEPS, _INPUTS, _HIDDEN = 6, 3, 5
_LENGTHS = (6, 2, 0, 5)
# Of x [T, B, I], kernel [I, 4H], recurrent [H, 4H], bias [4H], lengths [B], reverse: [T, B, H]
Lstm = Callable[[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, bool], tf.Tensor]


def difference(first: Lstm, second: Lstm) -> str:
    """Return in what two implementations differ, with the numbers, or '' if they do not.

    Compared are the outputs and the gradients of all arguments, in both directions, for utterances
    of several lengths.

    Args:
        first: function of input, kernel, recurrent kernel, bias, lengths, reverse.
        second: the same.
    """
    random = np.random.default_rng(1)
    shapes = ((_STEPS, len(_LENGTHS), _INPUTS), (_INPUTS, 4 * _HIDDEN), (_HIDDEN, 4 * _HIDDEN),
              (4 * _HIDDEN,))
    arguments = [tf.constant(random.normal(0, 0.7, shape), tf.float32) for shape in shapes]
    weights = tf.constant(random.normal(size=(_STEPS, len(_LENGTHS), _HIDDEN)), tf.float32)
    names = ('outputs', *(f'gradient of {name}' for name in ('input', 'kernel', 'recurrent kernel',
                                                             'bias')))
    for reverse in (False, True):
        results = []
        for lstm in (first, second):
            with tf.GradientTape() as tape:
                tape.watch(arguments)
                x, kernel, recurrent, bias = arguments
                outputs = lstm(x, kernel, recurrent, bias, tf.constant(_LENGTHS), reverse)
                loss = tf.reduce_sum(outputs * weights)
            gradients = tape.gradient(loss, arguments, unconnected_gradients='zero')
            results.append([outputs, *gradients])
        for name, one, other in zip(names, *results):
            apart = float(tf.reduce_max(tf.abs(one - other)))
            if not apart <= TOLERANCE:  # also where it is not a number
                way = 'backward' if reverse else 'forward'
                return f'the {name} ({way}) are {apart:.3g} apart'
    return ''
