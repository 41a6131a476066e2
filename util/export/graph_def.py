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
    return read_package(path, packed)[0]


def read_package(path: str, packed: bool = True) -> tuple[Any, dict[str, memoryview]]:
    """Read a frozen graph or its memory-mapped package.

    Args:
        path: of the file.
        packed: take a package, and not the graph alone.

    Returns:
        The `GraphDef`, and name -> bytes of the regions of a package.

    Raises:
        UserError: it cannot be read, or is none.
    """
    load_tensorflow()
    from tensorflow.core.framework import graph_pb2

    graph, regions = graph_pb2.GraphDef(), {}
    try:
        with open(path, 'rb') as file:
            data = file.read()
        if packed and PREFIX.encode() in data[-(1 << 16):]:
            regions = _regions(data)
            data = bytes(regions[PREFIX + '.'])
        graph.ParseFromString(data)
    except OSError as e:
        raise UserError(f"model '{path}' cannot be read ({e.strerror})") from e
    except Exception as e:  # protobuf's DecodeError, whichever implementation raises it
        raise UserError(f"model '{path}' is not a GraphDef: pass an exported .pb"
                        f"{' or .pbmm' * packed} file") from e
    return graph, regions


def _regions(data: bytes) -> dict[str, memoryview]:
    from tensorflow.core.util import memmapped_file_system_pb2

    directory = memmapped_file_system_pb2.MemmappedFileSystemDirectory()
    directory.ParseFromString(data[int.from_bytes(data[-TAIL:], 'little'):-TAIL])
    view = memoryview(data)
    return {element.name: view[element.offset:element.offset + element.length]
            for element in directory.element}
