"""The weights of an exported model, `.pb` or `.pbmm`: what `util.export.pack` packs, unpacked."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from util.errors import UserError
from util.export.graph_def import read_package
from util.export.pack import BLOCK, CELLS, GROUP, PACKING

GROUP_BYTES = BLOCK * GROUP + 2 * BLOCK


def unpack_matrix(packed: np.ndarray, shape: tuple[int, int], gates: bool = False) -> np.ndarray:
    """Return what `pack_matrix` packed, as far as int8 has kept it.

    Args:
        packed: uint8 [bytes].
        shape: inputs, outputs.
        gates: as of `pack_matrix`.

    Returns:
        float32 [inputs, outputs].
    """
    rows, cols = shape
    groups, blocks = -(-rows // GROUP), blocks_of(cols, gates)
    parts = packed.reshape(blocks, groups, GROUP_BYTES)
    weights = parts[:, :, :BLOCK * GROUP].reshape(blocks, groups, GROUP // 4, BLOCK, 4)
    halves = np.ascontiguousarray(parts[:, :, BLOCK * GROUP:]).view('<u2')
    scales = (halves.astype(np.uint32) << 16).view(np.float32)[:, :, None, :, None]
    matrix = ((weights.astype(np.float32) - 128) * scales).transpose(1, 2, 4, 0, 3)
    matrix = matrix.reshape(groups * GROUP, blocks * BLOCK)[:rows]
    if not gates:
        return matrix[:, :cols]
    cells = cols // 4
    by_gate = matrix.reshape(rows, blocks, 4, CELLS).transpose(0, 2, 1, 3)
    return by_gate.reshape(rows, 4, blocks * CELLS)[:, :, :cells].reshape(rows, cols)


def blocks_of(cols: int, gates: bool) -> int:
    """Return the blocks of a packed matrix with so many outputs."""
    return -(-(cols // 4) // CELLS) if gates else -(-cols // BLOCK)


def read_constants(path: str) -> tuple[Any, dict[str, np.ndarray]]:
    """Read the graph of a model and its constants, unpacked.

    Args:
        path: of a frozen graph or of a package, written by this program, 0.9.3 or STT.

    Returns:
        The `GraphDef`, and name -> array; a packed matrix as float32.

    Raises:
        UserError: the file cannot be read, is damaged, or is packed in a way that is not known.
    """
    graph, regions = read_package(path)
    import tensorflow as tf

    constants = {node.name: tf.make_ndarray(node.attr['value'].tensor)
                 for node in graph.node if node.op == 'Const'}
    packing = int(constants['metadata_packing'].flat[0]) if 'metadata_packing' in constants else 0
    if packing > PACKING:
        raise UserError(f"model '{path}' has weights in 4 bits, which are too coarse to go on from:"
                        ' take the .pb or .pbmm that it was made from')
    for node in (node for node in graph.node if node.op == 'ImmutableConst'):
        shape = tuple(size.size for size in node.attr['shape'].shape.dim)
        region = regions.get(node.attr['memory_region_name'].s.decode(), b'')
        try:
            constants[node.name] = _matrix(node.name, np.frombuffer(region, np.uint8), shape,
                                           packing)
        except ValueError as error:
            raise UserError(f"model '{path}' is damaged: '{node.name}' has {len(region)} bytes, "
                            f'which are not those of a matrix of {shape}') from error
    return graph, constants


def _matrix(name: str, region: np.ndarray, shape: tuple[int, ...], packing: int) -> np.ndarray:
    if not packing:
        return region[:4 * math.prod(shape)].view('<f4').reshape(shape)
    rows, cols = shape
    if not name.endswith('/kernel'):
        return unpack_matrix(region, (rows, cols))
    inputs = rows - cols // 4
    size = -(-inputs // GROUP) * blocks_of(cols, True) * GROUP_BYTES
    return np.concatenate([unpack_matrix(region[:size], (inputs, cols), gates=True),
                           unpack_matrix(region[size:], (rows - inputs, cols), gates=True)])
