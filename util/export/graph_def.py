"""The graph in an exported model, as TensorFlow describes it: a `GraphDef`."""

from __future__ import annotations

from typing import Any

from util.errors import UserError
from util.export.pack import PREFIX
from util.load import load_tensorflow

TAIL = 8  # bytes at the end of a package: offset of its directory, little endian


def read_graph(path: str, packed: bool = False) -> Any:
    """Read the `GraphDef` of a frozen graph.

    Args:
        path: of the file.
        packed: take the memory-mapped package of such a graph as well.

    Raises:
        UserError: it cannot be read, or is none.
    """
    load_tensorflow()
    from tensorflow.core.framework import graph_pb2

    graph = graph_pb2.GraphDef()
    try:
        with open(path, 'rb') as file:
            data = file.read()
        if packed and PREFIX.encode() in data[-(1 << 16):]:
            data = _graph_of_package(data)
        graph.ParseFromString(data)
    except OSError as e:
        raise UserError(f"model '{path}' cannot be read ({e.strerror})") from e
    except Exception as e:  # protobuf's DecodeError, whichever implementation raises it
        raise UserError(f"model '{path}' is not a GraphDef: pass an exported .pb"
                        f"{' or .pbmm' * packed} file") from e
    return graph


def read_regions(path: str) -> dict[str, bytes]:
    """Read the regions of a package, by their names.

    Raises:
        UserError: it cannot be read, or is no package.
    """
    load_tensorflow()
    try:
        with open(path, 'rb') as file:
            return _regions(file.read())
    except OSError as e:
        raise UserError(f"model '{path}' cannot be read ({e.strerror})") from e
    except Exception as e:  # as above
        raise UserError(f"model '{path}' is not a package: pass an exported .pbmm file") from e


def _graph_of_package(data: bytes) -> bytes:
    """Return the element of a package that is the graph.

    Raises:
        KeyError: there is none.
    """
    return _regions(data)[PREFIX + '.']


def _regions(data: bytes) -> dict[str, bytes]:
    from tensorflow.core.util import memmapped_file_system_pb2

    directory = memmapped_file_system_pb2.MemmappedFileSystemDirectory()
    directory.ParseFromString(data[int.from_bytes(data[-TAIL:], 'little'):-TAIL])
    return {element.name: data[element.offset:element.offset + element.length]
            for element in directory.element}
