"""Pack a frozen graph for the native client: `output_graph.pb` to `output_graph.pbmm`.

The package is TensorFlow's memory-mapped one: regions, each 64-byte aligned, one of them the graph,
then a directory. Every weight matrix becomes an `ImmutableConst` of type qint8 with its own shape,
whose region holds int8 weights in the order in which the client's inner loops read them
(native_client/kernels/packing.h): nothing is computed when the client opens the file. Everything
else in the graph stays as it was.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from util.errors import UserError
from util.files import whole_file

PACKING = 1  # metadata_packing: version of this layout
BLOCK = 64  # outputs
GROUP = 64  # inputs that share a scale
CELLS = BLOCK // 4  # of an LSTM in a block
ALIGNMENT = 64
PREFIX = 'memmapped_package://'


def pack_matrix(matrix: np.ndarray, gates: bool = False) -> np.ndarray:
    """Quantise a matrix to int8 and lay it out for the client.

    Args:
        matrix: float32 [inputs, outputs].
        gates: the outputs are the gates i, c, f, o of an LSTM's cells; a block is then 16 cells.

    Returns:
        uint8 [blocks, groups, 4224]: 16 x [64 outputs, 4 inputs] weights + 128, then 64 scales as
        bfloat16. weight = scale * byte; the scale is max|w| / 127 of the 64 inputs, rounded up.
    """
    rows, cols = matrix.shape
    groups = -(-rows // GROUP)
    columns = np.arange(cols)
    if gates:
        cells = cols // 4
        blocks = -(-cells // CELLS)
        cell = np.arange(blocks * CELLS).reshape(blocks, 1, CELLS)
        columns = np.where(cell < cells, np.arange(4)[:, np.newaxis] * cells + cell, -1).ravel()
    else:
        blocks = -(-cols // BLOCK)
        columns = np.pad(columns, (0, blocks * BLOCK - cols), constant_values=-1)
    filled = np.zeros([groups * GROUP, blocks * BLOCK], np.float32)
    filled[:rows] = np.where(columns >= 0, matrix[:, columns], 0)

    parts = filled.reshape(groups, GROUP, blocks, BLOCK)
    largest = np.abs(parts).max(axis=1, keepdims=True)
    halves = ((largest / np.float32(127)).view(np.uint32) + 0xFFFF) >> 16  # bfloat16, rounded up
    scales = (halves << 16).view(np.float32)
    steps = np.divide(parts, scales, out=np.zeros_like(parts), where=scales > 0)
    weights = (np.rint(steps) + 128).astype(np.uint8)

    packed = np.empty([blocks, groups, BLOCK * GROUP + 2 * BLOCK], np.uint8)
    quads = weights.reshape(groups, GROUP // 4, 4, blocks, BLOCK).transpose(3, 0, 1, 4, 2)
    packed[:, :, : BLOCK * GROUP] = quads.reshape(blocks, groups, -1)
    by_block = halves.astype('<u2').reshape(groups, blocks, BLOCK).transpose(1, 0, 2)
    packed[:, :, BLOCK * GROUP :] = np.ascontiguousarray(by_block).view(np.uint8)
    return packed


def pack_kernel(kernel: np.ndarray) -> Iterator[np.ndarray]:
    """Pack an LSTM's kernel [inputs + cells, 4 cells]: input rows first, then recurrent ones."""
    inputs = kernel.shape[0] - kernel.shape[1] // 4
    yield pack_matrix(kernel[:inputs], gates=True)
    yield pack_matrix(kernel[inputs:], gates=True)


def pack_graph(source: str, target: str) -> None:
    """Write the packed form of a frozen graph, complete or not at all.

    Args:
        source: a `.pb` file that `util.export.bundle` or 0.9.3 wrote.
        target: the `.pbmm` file.
    """
    from tensorflow.core.framework import graph_pb2, types_pb2

    graph = graph_pb2.GraphDef()
    with open(source, 'rb') as frozen:
        graph.ParseFromString(frozen.read())
    with whole_file(target, sync=True) as file:
        directory: list[tuple[int, str, int]] = []

        def region(name: str, pieces: Iterator[Any]) -> None:
            file.write(bytes(-file.tell() % ALIGNMENT))
            start = file.tell()
            for piece in pieces:
                file.write(piece)
            directory.append((start, PREFIX + name, file.tell() - start))

        for node in graph.node:
            matrix = _weights(node)
            if matrix is None:
                continue
            is_kernel = node.name.endswith('/kernel')
            region(node.name, pack_kernel(matrix) if is_kernel else iter([pack_matrix(matrix)]))
            node.op = 'ImmutableConst'
            node.ClearField('attr')
            node.attr['dtype'].type = types_pb2.DT_QINT8
            for size in matrix.shape:
                node.attr['shape'].shape.dim.add().size = size
            node.attr['memory_region_name'].s = (PREFIX + node.name).encode()
        _add_version(graph)
        region('.', iter([graph.SerializeToString()]))
        start = file.tell()
        file.write(b''.join(_element(*entry) for entry in directory))
        file.write(struct.pack('<Q', start))


def _weights(node: Any) -> np.ndarray | None:
    """Return the matrix of a constant to be packed: `*/weights` and `*/kernel`."""
    import tensorflow as tf

    if node.op != 'Const' or not node.name.endswith(('/weights', '/kernel')):
        return None
    matrix = tf.make_ndarray(node.attr['value'].tensor)
    if matrix.dtype != np.float32 or matrix.ndim != 2:
        return None
    if not np.isfinite(matrix).all():
        raise UserError(f"weight '{node.name}' has values that are not finite: it cannot be packed")
    return matrix


def _add_version(graph: Any) -> None:
    import tensorflow as tf

    node = graph.node.add(name='metadata_packing', op='Const')
    node.attr['dtype'].type = tf.int32.as_datatype_enum
    node.attr['value'].tensor.CopyFrom(tf.make_tensor_proto([PACKING], tf.int32))


def _element(offset: int, name: str, length: int) -> bytes:
    """Serialise an entry of the directory: {offset = 1; name = 2; length = 3} as field 1."""
    text = name.encode()
    entry = (
        b'\x08' + _varint(offset) + b'\x12' + _varint(len(text)) + text + b'\x18' + _varint(length)
    )
    return b'\x0a' + _varint(len(entry)) + entry


def _varint(value: int) -> bytes:
    data = bytearray()
    while value > 127:
        data.append(value & 127 | 128)
        value >>= 7
    return bytes([*data, value])
