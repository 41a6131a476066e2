"""The network and its features as one GraphDef of constants: `output_graph.pb`.

A forward network becomes the graph of 0.9.3 (graph version 6), with the operations that its client
has, so that 0.9.3's programs read it too; a bidirectional one becomes graph version 7. All names
are in doc/inside/format.md. The network is described with placeholders for the weights, which are
filled in while the file is written, so that memory holds one matrix at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from util.errors import UserError
from util.features import FeatureSettings, compute_features
from util.files import whole_file
from util.network.geometry import LAYER_NORM_EPSILON, Geometry

GRAPH_VERSION = {False: 6, True: 7}  # by bidirectional
FORWARD_LSTM = 'cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell'
LARGEST_FILE = 2**31 - 2**20  # a protobuf message ends at 2 GiB

Constant = int | float | bytes


def export_weights(weights: Mapping[str, np.ndarray], geometry: Geometry) -> dict[str, np.ndarray]:
    """Rename and reorder a checkpoint's weights for an export.

    Args:
        weights: checkpoint name -> array; LSTM gates i, f, c, o in columns, two kernels.
        geometry: of the network; every weight it has is expected, with its shape.

    Returns:
        Export name -> float32 array; gates i, c, f, o in columns, the rows of an LSTM kernel are
        those of the input, then the recurrent ones.
    """
    arrays = {}
    for name, shape in geometry.shapes().items():
        if name not in weights:
            raise ValueError(f"weight '{name}' is missing: the network needs it with shape {shape}")
        arrays[name] = np.asarray(weights[name], np.float32)
        if arrays[name].shape != shape:
            raise ValueError(f"weight '{name}' has shape {arrays[name].shape}, expected {shape}")
        if not np.isfinite(arrays[name]).all():
            raise UserError(f"weight '{name}' has values that are not finite: export an earlier "
                            'checkpoint (--load_evaluate, --load_checkpoint_dir)')
    result = {name: array for name, array in arrays.items() if not name.startswith('lstm_')}
    for name, exported in lstm_names(geometry).items():
        kernel = np.concatenate([arrays[f'{name}/kernel'], arrays[f'{name}/recurrent_kernel']])
        for part, array in (('kernel', kernel), ('bias', arrays[f'{name}/bias'])):
            result[f'{exported}/{part}'] = swap_gates(array)
    return result


def swap_gates(array: np.ndarray) -> np.ndarray:
    """Swap gate columns: i, f, c, o become i, c, f, o, and the other way round."""
    first, second, third, fourth = np.split(array, 4, axis=-1)
    return np.concatenate([first, third, second, fourth], axis=-1)


def lstm_names(geometry: Geometry) -> dict[str, str]:
    """Return checkpoint name -> export name of each LSTM."""
    if geometry.bidirectional:
        return {'lstm_fw': 'lstm_fw', 'lstm_bw': 'lstm_bw'}
    return {'lstm_fw': FORWARD_LSTM}


def write_frozen_graph(
    path: str,
    weights: Mapping[str, np.ndarray],
    geometry: Geometry,
    settings: FeatureSettings,
    constants: Mapping[str, Constant],
    n_steps: int = 16,
) -> None:
    """Write the frozen graph of a network, complete or not at all.

    Args:
        path: of the file; its folder exists.
        weights: export name -> array, from `export_weights`.
        geometry: of the network.
        settings: of the features.
        constants: name -> value of further metadata nodes.
        n_steps: time steps a call of a forward network takes; a bidirectional one takes any number.
    """
    size = sum(array.nbytes for array in weights.values())
    if size > LARGEST_FILE:
        raise UserError(f'a frozen graph of {size / 2**30:.1f} GiB exceeds the format\'s limit '
                        f'of 2 GiB: n_hidden {geometry.n_hidden} is too large for this export')
    shapes = {name: array.shape for name, array in weights.items()}
    metadata = {**standard_metadata(geometry, settings), **constants}
    graph = describe(shapes, geometry, settings, metadata, n_steps)
    with whole_file(path, sync=True) as file:
        for chunk in _filled(graph, weights):
            file.write(chunk)


def standard_metadata(geometry: Geometry, settings: FeatureSettings) -> dict[str, Constant]:
    """Return the metadata that follows from network and features."""
    assert settings.win_len_ms is not None and settings.win_step_ms is not None
    return {
        'metadata_version': GRAPH_VERSION[geometry.bidirectional],
        'metadata_sample_rate': settings.sample_rate,
        'metadata_feature_win_len': settings.win_len_ms,
        'metadata_feature_win_step': settings.win_step_ms,
        'metadata_feature_type': settings.kind.encode(),
        'metadata_n_context': geometry.n_context,
        'metadata_relu_clip': float(geometry.relu_clip),
    }


def describe(
    shapes: Mapping[str, tuple[int, ...]],
    geometry: Geometry,
    settings: FeatureSettings,
    constants: Mapping[str, Constant],
    n_steps: int,
) -> Any:
    """Build the GraphDef in which every weight is still a placeholder of its name."""
    import tensorflow as tf

    v1 = tf.compat.v1
    bidirectional, h = geometry.bidirectional, geometry.n_hidden
    with tf.Graph().as_default() as graph:
        feature_nodes(tf, settings, whole_utterance=bidirectional)
        steps = None if bidirectional else n_steps
        window_shape = [1, steps, 2 * geometry.n_context + 1, geometry.n_input]
        windows = v1.placeholder(tf.float32, window_shape, name='input_node')
        lengths = v1.placeholder(tf.int32, [1], name='input_lengths')
        state = None
        if not bidirectional:
            state = tuple(
                v1.placeholder(tf.float32, [1, h], name=f'previous_state_{x}') for x in 'ch'
            )
        tensors = {n: v1.placeholder(tf.float32, s, name=n) for n, s in shapes.items()}
        _, new_state = network(windows, lengths, tensors, geometry, state)
        for letter, tensor in zip('ch', new_state or ()):
            tf.raw_ops.Identity(input=tensor, name=f'new_state_{letter}')
        metadata_nodes(tf, constants)
        # Attributes at their default are left out: older programs do not know the newer ones.
        definition = v1.train.export_meta_graph(graph=graph, strip_default_attrs=True).graph_def
    definition.versions.Clear()  # as 0.9.3 wrote it
    return definition


def network(
    windows: Any, lengths: Any, weights: Mapping[str, Any], geometry: Geometry, state: Any = None
) -> tuple[Any, Any]:
    """Run the network on one utterance, with operations that exist in TensorFlow 2.3.

    Args:
        windows: float32 [1, time, 2 * n_context + 1, n_input].
        lengths: int32 [1], the valid steps.
        weights: export name -> tensor.
        geometry: of the network.
        state: cell and output [1, H] before the first step; None is zero.

    Returns:
        Probabilities float32 [time, 1, labels + 1] (the tensor is named `logits`, as in 0.9.3) and
        the cell and output after the last valid step, None for the bidirectional network.
    """
    import tensorflow as tf

    raw, h = tf.raw_ops, geometry.n_hidden
    longest = raw.Cast(x=raw.Max(input=lengths, axis=[0]), DstT=tf.int64)

    def lstm(x: Any, name: str, start: Any) -> Any:
        with tf.name_scope(name):
            zeros = tf.zeros([h])
            cell, output = start or (tf.zeros([1, h]), tf.zeros([1, h]))
            return raw.BlockLSTM(
                seq_len_max=longest, x=x, cs_prev=cell, h_prev=output,
                w=weights[f'{name}/kernel'], wci=zeros, wcf=zeros, wco=zeros,
                b=weights[f'{name}/bias'], forget_bias=0.0, cell_clip=-1.0,
            )  # fmt: skip

    def reverse(x: Any) -> Any:
        return raw.ReverseSequence(input=x, seq_lengths=lengths, seq_dim=0, batch_dim=1)

    x = raw.Transpose(x=windows, perm=[1, 0, 2, 3])
    x = raw.Reshape(tensor=x, shape=[-1, geometry.n_window])
    for name in ('layer_1', 'layer_2', 'layer_3'):
        x = dense(x, name, weights, geometry)
    x = raw.Reshape(tensor=x, shape=[-1, 1, geometry.n_layer_3])
    new_state = None
    if geometry.bidirectional:
        forward = lstm(x, 'lstm_fw', None).h
        backward = reverse(lstm(reverse(x), 'lstm_bw', None).h)
        x = raw.ConcatV2(values=[forward, backward], axis=2)
    else:
        start = state or (tf.zeros([1, h]), tf.zeros([1, h]))
        result = lstm(x, FORWARD_LSTM, start)
        # The state after step n is row n once the state before the first is put in front.
        row = raw.Pack(values=[lengths, tf.constant([0])], axis=1)
        new_state = tuple(
            raw.GatherNd(
                params=raw.ConcatV2(values=[raw.ExpandDims(input=old, axis=0), rows], axis=0),
                indices=row,
            )
            for old, rows in zip(start, (result.cs, result.h))
        )
        x = result.h
    x = raw.Reshape(tensor=x, shape=[-1, geometry.n_recurrent])
    x = dense(x, 'layer_5', weights, geometry)
    x = linear(x, 'layer_6', weights)
    x = raw.Reshape(tensor=x, shape=[-1, 1, geometry.n_classes], name='raw_logits')
    return raw.Softmax(logits=x, name='logits'), new_state


def linear(x: Any, name: str, weights: Mapping[str, Any]) -> Any:
    """Return x W + b, [rows, outputs]."""
    import tensorflow as tf

    product = tf.raw_ops.MatMul(a=x, b=weights[f'{name}/weights'])
    return tf.raw_ops.BiasAdd(value=product, bias=weights[f'{name}/bias'])


def dense(x: Any, name: str, weights: Mapping[str, Any], geometry: Geometry) -> Any:
    """Return min(max(0, x W + b), clip), then layer norm if the network has it."""
    import tensorflow as tf

    raw = tf.raw_ops
    y = raw.Relu(features=linear(x, name, weights))
    y = raw.Minimum(x=y, y=tf.constant(geometry.relu_clip, tf.float32))
    if not geometry.layer_norm:
        return y
    mean = raw.Mean(input=y, axis=[1], keep_dims=True)
    variance = raw.Mean(input=raw.SquaredDifference(x=y, y=mean), axis=[1], keep_dims=True)
    scale = raw.Rsqrt(x=raw.AddV2(x=variance, y=LAYER_NORM_EPSILON))
    normal = raw.Mul(x=raw.Sub(x=y, y=mean), y=scale)
    gamma, beta = (weights[f'{name}/layer_norm/{x}'] for x in ('gamma', 'beta'))
    return raw.AddV2(x=raw.Mul(x=normal, y=gamma), y=beta)


def feature_nodes(
    tf: Any, settings: FeatureSettings, whole_utterance: bool
) -> tuple[Any, Any]:
    """Add `input_samples` -> `mfccs` and return both."""
    size = None if whole_utterance or settings.kind == '2017' else settings.win_len
    samples = tf.compat.v1.placeholder(tf.float32, [size], name='input_samples')
    if settings.kind == '2017':
        with tf.name_scope('features'):
            frames = compute_features(samples, settings)
    else:
        spectrogram = tf.raw_ops.AudioSpectrogram(
            input=tf.raw_ops.ExpandDims(input=samples, axis=-1),
            window_size=settings.win_len,
            stride=settings.step,
            magnitude_squared=True,
        )
        frames = tf.raw_ops.Mfcc(
            spectrogram=spectrogram,
            sample_rate=settings.sample_rate,
            upper_frequency_limit=settings.sample_rate / 2,
            lower_frequency_limit=20,
            filterbank_channel_count=40,
            dct_coefficient_count=settings.n_input,
        )
        frames = tf.raw_ops.Reshape(tensor=frames, shape=[-1, settings.n_input])
    return samples, tf.raw_ops.Identity(input=frames, name='mfccs')


def metadata_nodes(tf: Any, constants: Mapping[str, Constant]) -> list[Any]:
    """Add a constant of shape [1] for every name."""
    kinds = {int: tf.int32, float: tf.float32, bytes: tf.string}
    return [
        tf.constant([value], kinds[type(value)], name=name) for name, value in constants.items()
    ]


def _filled(definition: Any, weights: Mapping[str, np.ndarray]) -> Iterator[bytes]:
    """Yield the serialised graph in pieces, each weight as the constant of its name.

    Concatenated messages are one message: their repeated fields are appended.
    """
    from tensorflow.core.framework import graph_pb2, types_pb2

    for node in definition.node:
        if node.name in weights:
            array = np.ascontiguousarray(weights[node.name], '<f4')
            node.op = 'Const'
            node.attr.pop('shape')
            tensor = node.attr['value'].tensor
            tensor.dtype = types_pb2.DT_FLOAT
            for size in array.shape:
                tensor.tensor_shape.dim.add().size = size
            tensor.tensor_content = array.tobytes()
        yield graph_pb2.GraphDef(node=[node]).SerializeToString()
        node.Clear()
