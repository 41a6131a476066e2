"""The weights of the network as they are before training."""
from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from util.network.geometry import Geometry


def create_weights(geometry: Geometry, stddev: Mapping[str, float | None],
                   seed: int, forget_bias: float = 1.0,
                   as_one_kernel: bool = False) -> dict[str, tf.Variable]:
    """Make the variables of the network.

    Dense layers start from a normal distribution of the given standard deviation, or, where it is
    None, from Xavier's uniform one; so do the LSTMs, whose forget gates start open.

    Args:
        geometry: sizes.
        stddev: 'b1', 'h1', ... 'h6' -> standard deviation or None.
        seed: of the initial values; each weight draws from its own stream.
        forget_bias: of the forget gates.
        as_one_kernel: whether an LSTM's two matrices have the range of one that is both.

    Returns:
        name -> `tf.Variable`, float32.
    """
    weights = {}
    for number, (name, shape) in enumerate(geometry.shapes().items()):
        generator = np.random.default_rng([seed, number])
        layer, kind = name.split('/', 1)
        deviation = stddev.get({'weights': 'h', 'bias': 'b'}.get(kind, '') + layer[-1])
        if kind == 'layer_norm/gamma':
            value = np.ones(shape)
        elif kind == 'layer_norm/beta':
            value = np.zeros(shape)
        elif layer.startswith('lstm') and kind == 'bias':
            value = np.repeat([0.0, forget_bias, 0.0, 0.0], geometry.n_hidden)  # gates i, f, c, o
        elif deviation is None:
            beside = shape[0] if as_one_kernel and layer.startswith('lstm') else 0
            limit = math.sqrt(6.0 / (sum(shape) + beside))
            value = generator.uniform(-limit, limit, shape)
        else:
            value = generator.normal(0.0, deviation, shape)
        weights[name] = tf.Variable(value.astype(np.float32), name=name)
    return weights
