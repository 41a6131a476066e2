"""The streaming network as a TensorFlow Lite model: `output_graph.tflite`.

Inputs and outputs are those of 0.9.3's: `input_node` [1, n_steps, 2 * n_context + 1, n_input],
`previous_state_c`, `previous_state_h` [1, H] -> `logits` (after softmax) [n_steps, labels + 1],
`new_state_c`, `new_state_h`; `input_samples` -> `mfccs`; the metadata. Weights are quantised to
int8 (dynamic range). The loop over the steps is written out, so that every shape is known.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from util.config import Geometry
from util.features import FeatureSettings
from util.frozen_graph import (
    FORWARD_LSTM,
    Constant,
    dense,
    feature_nodes,
    linear,
    metadata_nodes,
    standard_metadata,
)
from util.log import UserError


def check_tflite(geometry: Geometry) -> None:
    """Raises a UserError if this network has no TensorFlow Lite form."""
    if geometry.bidirectional:
        raise UserError('--export_tflite needs a network that streams: train with '
                        '--nobidirectional, or leave the flag out')


def write_tflite(
    path: str,
    weights: Mapping[str, np.ndarray],
    geometry: Geometry,
    settings: FeatureSettings,
    constants: Mapping[str, Constant],
    n_steps: int = 16,
) -> None:
    """Writes the TensorFlow Lite model; arguments as `util.frozen_graph.write_frozen_graph`."""
    import tensorflow as tf

    check_tflite(geometry)
    v1, h = tf.compat.v1, geometry.n_hidden
    with tf.Graph().as_default(), v1.Session() as session:
        window_shape = [1, n_steps, 2 * geometry.n_context + 1, geometry.n_input]
        windows = v1.placeholder(tf.float32, window_shape, name='input_node')
        cell = v1.placeholder(tf.float32, [1, h], name='previous_state_c')
        output = v1.placeholder(tf.float32, [1, h], name='previous_state_h')
        samples, frames = feature_nodes(tf, settings, whole_utterance=False)
        tensors = {name: tf.constant(array, name=name) for name, array in weights.items()}
        probs, new_cell, new_output = _unrolled(tf, windows, cell, output, tensors, geometry)
        metadata = metadata_nodes(tf, {**standard_metadata(geometry, settings), **constants})
        converter = v1.lite.TFLiteConverter.from_session(
            session,
            [windows, cell, output, samples],
            [
                tf.identity(probs, name='logits'),
                tf.identity(new_cell, name='new_state_c'),
                tf.identity(new_output, name='new_state_h'),
                frames,
                *metadata,
            ],
        )
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.allow_custom_ops = True  # AudioSpectrogram and Mfcc; the runtime has both
        content = converter.convert()
    unfinished = f'{path}.{os.getpid()}.part'
    try:
        with open(unfinished, 'wb') as file:
            file.write(content)
        os.replace(unfinished, path)
    finally:
        if os.path.exists(unfinished):
            os.remove(unfinished)


def _unrolled(
    tf: Any, windows: Any, cell: Any, output: Any, weights: Mapping[str, Any], geometry: Geometry
) -> tuple[Any, Any, Any]:
    """Runs the network over the steps of `windows`; see `util.frozen_graph.network`."""
    x = tf.reshape(windows, [-1, geometry.n_window])
    for name in ('layer_1', 'layer_2', 'layer_3'):
        x = dense(x, name, weights, geometry)
    rows = []
    for step in range(windows.shape[1]):
        inputs = tf.concat([x[step : step + 1], output], axis=1)
        gates = tf.matmul(inputs, weights[f'{FORWARD_LSTM}/kernel'])
        i, c, f, o = tf.split(gates + weights[f'{FORWARD_LSTM}/bias'], 4, axis=1)
        cell = tf.sigmoid(f) * cell + tf.sigmoid(i) * tf.tanh(c)
        output = tf.sigmoid(o) * tf.tanh(cell)
        rows.append(output)
    x = dense(tf.concat(rows, axis=0), 'layer_5', weights, geometry)
    return tf.nn.softmax(linear(x, 'layer_6', weights)), cell, output
