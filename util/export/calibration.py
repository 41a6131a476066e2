"""The calibration of confidences in an exported model: read, and written into the same file.

It is a text (native_client/confidence/calibration.h), metadata_calibration: a constant of the graph
in `.pb` and `.pbmm`, an output in `.tflite`. Nothing else in the file changes.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from util.errors import UserError
from util.export.graph_def import TAIL, read_graph
from util.export.pack import ALIGNMENT, PREFIX
from util.files import whole_file
from util.load import load_tensorflow

NAME = 'metadata_calibration'


def read_calibration(path: str) -> str:
    """Return the calibration of a model, '' if it has none.

    Raises:
        UserError: the file cannot be read, or is no model.
    """
    if path.endswith('.tflite'):
        model, schema = _read_tflite(path)
        tensor = _tensor(model, schema)
        return '' if tensor is None else _text(bytes(model.buffers[tensor.buffer].data))
    for node in read_graph(path, packed=True).node:
        if node.name == NAME:
            return node.attr['value'].tensor.string_val[0].decode()
    return ''


def write_calibration(path: str, text: str) -> None:
    """Put a calibration into a model, in the place of the one it had; the file is replaced.

    Raises:
        UserError: the file cannot be read or written, or is no model.
    """
    try:
        if path.endswith('.tflite'):
            content = _tflite_with(path, text)
        else:
            content = _graph_with(path, text)
        with whole_file(path, sync=True) as file:
            file.write(content)
    except OSError as error:
        raise UserError(f"model '{path}' cannot be written ({error.strerror})") from error


def _graph_with(path: str, text: str) -> bytes:
    import tensorflow as tf

    graph = read_graph(path, packed=True)
    for node in [node for node in graph.node if node.name == NAME]:
        graph.node.remove(node)
    node = graph.node.add(name=NAME, op='Const')
    node.attr['dtype'].type = tf.string.as_datatype_enum
    node.attr['value'].tensor.CopyFrom(tf.make_tensor_proto([text.encode()], tf.string))
    with open(path, 'rb') as file:
        data = file.read()
    if PREFIX.encode() not in data[-(1 << 16):]:
        return graph.SerializeToString()
    return _package_with(data, graph.SerializeToString())


def _package_with(data: bytes, graph: bytes) -> bytes:
    """Replace the graph of a package, which is its last region or else stays there, unused."""
    from tensorflow.core.util import memmapped_file_system_pb2

    directory = memmapped_file_system_pb2.MemmappedFileSystemDirectory()
    end = int.from_bytes(data[-TAIL:], 'little')
    directory.ParseFromString(data[end:-TAIL])
    element, = (each for each in directory.element if each.name == PREFIX + '.')
    last = all(each.offset <= element.offset for each in directory.element)
    regions = data[:element.offset if last else end]
    regions += bytes(-len(regions) % ALIGNMENT)
    element.offset, element.length = len(regions), len(graph)
    found = directory.SerializeToString()
    return regions + graph + found + (len(regions) + len(graph)).to_bytes(TAIL, 'little')


def _read_tflite(path: str) -> tuple[Any, Any]:
    """Return a TensorFlow Lite model as objects, and their module."""
    load_tensorflow()
    from tensorflow.lite.python import schema_py_generated as schema

    try:
        with open(path, 'rb') as file:
            content = file.read()
        if content[4:8] != b'TFL3':
            raise UserError(f"model '{path}' is no TensorFlow Lite model")
        return schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0)), schema
    except OSError as error:
        raise UserError(f"model '{path}' cannot be read ({error.strerror})") from error


def _tensor(model: Any, schema: Any) -> Any:
    """Return the tensor that holds the calibration: what its output is a reshape of."""
    graph = model.subgraphs[0]
    for operator in graph.operators:
        if graph.tensors[operator.outputs[0]].name == NAME.encode():
            return graph.tensors[operator.inputs[0]]
    return None


def _text(data: bytes) -> str:
    """Return the only text of a string tensor: {count, begin, end, bytes}, int32 each."""
    return data[int.from_bytes(data[4:8], 'little'):int.from_bytes(data[8:12], 'little')].decode()


def _tflite_with(path: str, text: str) -> bytes:
    from util.export.tflite import add_text, packed_model

    model, schema = _read_tflite(path)
    data = text.encode()
    content = b''.join(n.to_bytes(4, 'little') for n in (1, 12, 12 + len(data))) + data
    held = np.frombuffer(content, np.uint8)
    tensor = _tensor(model, schema)
    if tensor is None:
        add_text(model, schema, NAME.encode(), held)
    else:
        model.buffers[tensor.buffer].data = held
    return packed_model(model, schema, os.path.getsize(path) + len(content))
