"""Dropout from a seed, with one random byte for each unit.

TensorFlow's own draws a float for each, which takes longer than the matrix products of a small
network. A byte is enough: the rate is rounded to 1/256.
"""
from dataclasses import dataclass

import tensorflow as tf


@dataclass(frozen=True)
class Dropout:
    """Share of the outputs set to zero in training: three dense layers, each LSTM, layer 5."""

    layer_1: float = 0.0
    layer_2: float = 0.0
    layer_3: float = 0.0
    lstm_fw: float = 0.0
    lstm_bw: float = 0.0
    layer_5: float = 0.0


NO_DROPOUT = Dropout()


def drop_units(x: tf.Tensor, rate: float, seed: tf.Tensor) -> tf.Tensor:
    """Set units to zero at random and scale the others up, so that the expectation stays.

    Args:
        x: float, of any shape.
        rate: share of the units that is dropped, more than 0 and less than 1.
        seed: int [2]; the same seed drops the same units.
    """
    dropped = min(max(round(256 * rate), 1), 255)  # of the 256 values of a byte
    size = tf.size(x)
    words = tf.random.stateless_uniform([(size + 7) // 8], seed, minval=None, maxval=None,
                                        dtype=tf.uint64, alg='philox')
    drawn = tf.reshape(tf.reshape(tf.bitcast(words, tf.uint8), [-1])[:size], tf.shape(x))
    kept = tf.cast(drawn >= tf.constant(dropped, tf.uint8), x.dtype)
    return x * (kept * tf.cast(256 / (256 - dropped), x.dtype))
