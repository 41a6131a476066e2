"""The streaming network as a TensorFlow Lite model: `output_graph.tflite`.

Inputs and outputs are those of 0.9.3's: `input_node` [1, n_steps, 2 * n_context + 1, n_input],
`previous_state_c`, `previous_state_h` [1, H] -> `logits` (after softmax) [n_steps, labels + 1],
`new_state_c`, `new_state_h`; `input_samples` -> `mfccs`; the metadata. Weights are quantised to
int8 (dynamic range) unless float32 is asked for. The loop over the steps is written out, so that
every shape is known.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from util.errors import UserError
from util.export.frozen_graph import (
    FORWARD_LSTM,
    Constant,
    dense,
    feature_nodes,
    linear,
    metadata_nodes,
    standard_metadata,
)
from util.features import FeatureSettings
from util.files import whole_file
from util.network.geometry import Geometry


def check_tflite(geometry: Geometry) -> None:
    """Raise a UserError if this network has no TensorFlow Lite form."""
    if geometry.bidirectional:
        raise UserError('--export_tflite needs a network that streams: train with '
                        '--nobidirectional, or omit the flag')


def write_tflite(
    path: str,
    weights: Mapping[str, np.ndarray],
    geometry: Geometry,
    settings: FeatureSettings,
    constants: Mapping[str, Constant],
    n_steps: int = 16,
    quantize: bool = True,
) -> None:
    """Write the TensorFlow Lite model; further arguments as for `frozen_graph.write_frozen_graph`.

    With `quantize` it has weights of 8 bits, else float32.
    """
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
        converter.optimizations = [tf.lite.Optimize.DEFAULT] if quantize else []
        # One scale for a matrix: the runtimes of 0.9.3 and STT 1.4 know no other.
        converter._experimental_disable_per_channel = True
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True
        converter.allow_custom_ops = True  # AudioSpectrogram and Mfcc; the runtime has both
        content = for_older_runtimes(converter.convert())
    with whole_file(path, sync=True) as file:
        file.write(content)


def for_older_runtimes(content: bytes) -> bytes:
    """Turn the converter's output into a model that the wheels of 0.9.3 and STT 1.4 run.

    Today's x W + b shifts its inputs before it quantises them (version 9 of the operation); theirs
    quantises them symmetrically (version 3), with the same weights. Their clients run the operation
    that gives a metadata output, so a constant will not do: a reshape is put behind each.
    """
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    ops, graph = schema.BuiltinOperator, model.subgraphs[0]
    kinds = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
    for code, kind in zip(model.operatorCodes, kinds):
        if kind == ops.FULLY_CONNECTED:
            code.version = min(code.version, 3)
    for operator in graph.operators:
        if kinds[operator.opcodeIndex] == ops.FULLY_CONNECTED:
            operator.builtinOptions.asymmetricQuantizeInputs = False

    one = _add_buffer(model, schema, np.frombuffer(np.array([1], '<i4').tobytes(), np.uint8))
    # The runtime prepares operations up to the first text: numbers, the alphabet, other texts.
    ranks = {output: (graph.tensors[output].type == schema.TensorType.STRING,
                      graph.tensors[output].name != b'metadata_alphabet')
             for output in graph.outputs if graph.tensors[output].name.startswith(b'metadata_')}
    for output in sorted(ranks, key=ranks.__getitem__):
        _add_reshape(model, schema, output, one)
    return packed_model(model, schema, len(content))


def add_text(model: Any, schema: Any, name: bytes, content: np.ndarray) -> None:
    """Add an output that gives a text, behind a reshape as the others.

    Args:
        model: objects of the module `schema`.
        schema: `tensorflow.lite.python.schema_py_generated`.
        name: of the output.
        content: uint8, of a string tensor with one text.
    """
    graph = model.subgraphs[0]
    one = _add_buffer(model, schema, np.frombuffer(np.array([1], '<i4').tobytes(), np.uint8))
    buffer = _add_buffer(model, schema, content)
    output = _add_tensor(model, schema, name, schema.TensorType.STRING, buffer)
    graph.outputs = np.append(graph.outputs, np.int32(output))
    _add_reshape(model, schema, output, one)


def packed_model(model: Any, schema: Any, size: int) -> bytes:
    """Return the file of a model, which has about so many bytes."""
    import flatbuffers

    for buffer in model.buffers:
        buffer.Pack = functools.partial(_pack_aligned, schema, buffer)
    builder = flatbuffers.Builder(size + (1 << 16))
    builder.Finish(model.Pack(builder), b'TFL3')
    return bytes(builder.Output())


def _add_buffer(model: Any, schema: Any, data: np.ndarray | None) -> int:
    buffer = schema.BufferT()
    buffer.data = data
    model.buffers.append(buffer)
    return len(model.buffers) - 1


def _add_tensor(model: Any, schema: Any, name: bytes, kind: int, buffer: int) -> int:
    tensor, graph = schema.TensorT(), model.subgraphs[0]
    tensor.name, tensor.type, tensor.buffer = name, kind, buffer
    tensor.shape = np.array([1], np.int32)
    graph.tensors.append(tensor)
    return len(graph.tensors) - 1


def _add_reshape(model: Any, schema: Any, output: int, one: int) -> None:
    """Have a constant output come from a reshape; `one` is the buffer of its shape."""
    graph = model.subgraphs[0]
    tensor = graph.tensors[output]
    kinds = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
    reshape = schema.OperatorT()
    reshape.opcodeIndex = kinds.index(schema.BuiltinOperator.RESHAPE)
    reshape.inputs = np.array([
        _add_tensor(model, schema, tensor.name + b'_copy', tensor.type, tensor.buffer),
        _add_tensor(model, schema, tensor.name + b'_copy_shape', schema.TensorType.INT32, one),
    ], np.int32)
    reshape.outputs = np.array([output], np.int32)
    reshape.builtinOptionsType = schema.BuiltinOptions.ReshapeOptions
    reshape.builtinOptions = schema.ReshapeOptionsT()
    reshape.builtinOptions.newShape = np.array([1], np.int32)
    tensor.buffer = _add_buffer(model, schema, None)
    graph.operators.append(reshape)


def _pack_aligned(schema: Any, buffer: Any, builder: Any) -> int:
    """Write a buffer at a multiple of 16 bytes: runtimes use it in place."""
    data = None
    if buffer.data is not None:
        raw = np.asarray(buffer.data, np.uint8).tobytes()
        builder.StartVector(1, len(raw), 16)
        builder.head -= len(raw)
        builder.Bytes[builder.head : builder.head + len(raw)] = raw
        data = builder.EndVector()
    schema.BufferStart(builder)
    if data is not None:
        schema.BufferAddData(builder, data)
    return schema.BufferEnd(builder)


def _unrolled(
    tf: Any, windows: Any, cell: Any, output: Any, weights: Mapping[str, Any], geometry: Geometry
) -> tuple[Any, Any, Any]:
    """Run the network over the steps of `windows`; see `util.export.frozen_graph.network`."""
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
