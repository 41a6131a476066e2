"""Models that are wrong in their structure: good ones with a part put where it does not belong.

Random bits mostly break the outermost layer of a file. These generators know the formats, and break
one thing within files that are otherwise sound, so that what reads the inner layers is reached.
"""

import random
import struct
from collections.abc import Callable, Iterator
from typing import Any

SIZES = [0, -1, 1, 2, 3, 63, 65, 1 << 15, 1 << 24, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32,
         1 << 40, (1 << 62) + 1, (1 << 63) - 1, -(1 << 31), -(1 << 63)]
WORDS = [0, 1, 4, 8, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFF]


def varint(value: int) -> bytes:
    """Return a number as protocol buffers write it."""
    value &= (1 << 64) - 1
    out = b''
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number: int, content: bytes) -> bytes:
    """Return a field that is a message or bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def alphabets(chance: random.Random) -> bytes:
    """Return labels in 0.9.3's form, wrong in one way."""
    labels = [(i, letter.encode()) for i, letter in enumerate(" abcdefghijklmnopqrstuvwxyz'")]
    at, other = chance.randrange(28), chance.randrange(28)
    kind = chance.randrange(8)
    if kind == 0:
        labels[at] = (at, labels[other][1])  # twice
    elif kind == 1:
        labels[at] = (at, b'')
    elif kind == 2:
        labels[at] = (other, labels[at][1])
    elif kind == 3:
        labels[at] = (chance.choice([0xFFFF, 28, 29, 255]), labels[at][1])
    elif kind == 4:
        labels[at] = (at, bytes(chance.choices(range(256), k=chance.choice([2, 300, 60000]))))
    data = b''.join(struct.pack('<HH', number, len(text)) + text for number, text in labels)
    count = chance.choice([0, 1, 27, 29, 0xFFFF]) if kind == 5 else len(labels)
    if kind == 6:
        data = data[:chance.randrange(len(data))]
    if kind == 7:
        data = data[:2] + b'\xff\xff' + data[4:]
    return struct.pack('<H', count) + data


def break_shape(shape: Any, chance: random.Random) -> None:
    """Give a TensorShapeProto dimensions that cannot be."""
    kind = chance.randrange(5)
    if kind == 0 or not shape.dim:
        del shape.dim[:]
        shape.unknown_rank = chance.random() < 0.5
    elif kind == 1:
        for _ in range(chance.choice([1, 5, 300, 20000])):
            shape.dim.add(size=chance.choice(SIZES))
    elif kind == 2:
        for dim in shape.dim:
            dim.size = chance.choice(SIZES)
    else:
        chance.choice(shape.dim).size = chance.choice(SIZES)


def break_tensor(tensor: Any, chance: random.Random) -> None:
    """Put values into a TensorProto that do not fit it."""
    kind = chance.randrange(9)
    if kind == 0:
        break_shape(tensor.tensor_shape, chance)
    elif kind == 1:
        tensor.tensor_content = tensor.tensor_content[:chance.choice([0, 1, 3, -1])]
    elif kind == 2:
        tensor.tensor_content += bytes(chance.choice([1, 4, 4096]))
    elif kind == 3:
        tensor.dtype = chance.choice([0, 1, 2, 3, 7, 9, 11, 19, 23, 101, 999])
    elif kind == 4:
        tensor.float_val.extend([chance.choice([float('nan'), float('inf'), 1e38, -0.0])]
                                * chance.choice([1, 2, 5000]))
    elif kind == 5:
        tensor.int_val.extend([chance.choice([-1, 0, 1 << 30, -(1 << 31)])]
                              * chance.choice([1, 2, 5000]))
    elif kind == 6:
        tensor.string_val.extend([alphabets(chance)] * chance.choice([1, 2, 50]))
    elif kind == 7:
        del tensor.string_val[:]
        del tensor.int_val[:]
        tensor.tensor_content = b''
    else:
        tensor.string_val[:] = [alphabets(chance)]


def break_node(graph: Any, node: Any, chance: random.Random) -> None:
    """Break one node of a GraphDef, or its place among the others."""
    other = chance.choice(graph.node)
    odd = ['', ':', '^', '^' + node.name, node.name, other.name, f'{other.name}:0',
           f'{other.name}:1', f'{other.name}:-1', f'{other.name}:{1 << 64}', 'none', 'a' * 100000]
    kind = chance.randrange(12)
    if kind == 0:
        graph.node.add().CopyFrom(node)
    elif kind == 1:
        graph.node.remove(node)
    elif kind == 2:
        node.name = chance.choice(odd)
    elif kind == 3:
        node.op = chance.choice([other.op, '', 'Const', 'Identity', 'NoOp', 'Placeholder'])
    elif kind == 4 and node.input:
        node.input[chance.randrange(len(node.input))] = chance.choice(odd)
    elif kind == 5:
        node.input.extend([chance.choice(odd)] * chance.choice([1, 2, 1000]))
    elif kind == 6:
        del node.input[chance.randrange(len(node.input) + 1):]
    elif kind == 7:
        node.input[:] = other.input
        other.input[:] = [node.name] * max(1, len(other.input))  # a circle, where they are in use
    elif kind == 8 and node.attr:
        del node.attr[chance.choice(sorted(node.attr))]
    elif kind == 9 and node.attr:
        node.attr[chance.choice(sorted(node.attr))].CopyFrom(
            chance.choice(sorted((n.attr[k] for n in graph.node for k in n.attr), key=str)))
    elif kind == 10 and node.attr:
        value = node.attr[chance.choice(sorted(node.attr))]
        value.list.i.extend([chance.choice(SIZES[:-1])] * chance.choice([1, 4, 5000]))
    else:
        node.attr['value' if 'value' in node.attr else 'shape'].shape.dim.add(
            size=chance.choice(SIZES))


def graphs(data: bytes, count: int, seed: int = 0) -> Iterator[bytes]:
    """Yield a GraphDef in `count` ways in which it should not be."""
    from tensorflow.core.framework import graph_pb2

    chance = random.Random(seed)
    for _ in range(count):
        graph = graph_pb2.GraphDef.FromString(data)
        for _ in range(chance.choice([1, 1, 1, 2, 4])):
            node = chance.choice(graph.node)
            tensors = [n for n in graph.node if 'value' in n.attr]
            kind = chance.randrange(6)
            if kind == 0:
                break_node(graph, node, chance)
            elif kind == 1 and tensors:
                break_tensor(chance.choice(tensors).attr['value'].tensor, chance)
            elif kind == 2 and tensors:
                settings = [n for n in tensors if n.name.startswith('metadata')] or tensors
                break_tensor(chance.choice(settings).attr['value'].tensor, chance)
            elif kind == 3 and tensors:
                settings = [n for n in tensors if n.name.startswith('metadata')] or tensors
                values = chance.choice(settings).attr['value'].tensor
                if values.int_val:
                    values.int_val[0] = chance.choice([s for s in SIZES if abs(s) < 1 << 31])
                elif len(values.tensor_content) == 4:
                    values.tensor_content = struct.pack('<I', chance.choice(WORDS))
            elif kind == 4:
                shaped = [n for n in graph.node if 'shape' in n.attr]
                break_shape(chance.choice(shaped or [node]).attr['shape'].shape, chance)
            else:
                break_node(graph, chance.choice(graph.node), chance)
        yield wires(graph.SerializeToString(), chance)


def wires(data: bytes, chance: random.Random) -> bytes:
    """Return a message as it is, or with something that a reader has to pass over or refuse."""
    kind = chance.randrange(24)
    deep = b''
    if kind == 0:
        for _ in range(chance.choice([10, 1000, 20000])):  # nested: attr { value { func { attr ...
            deep = field(10, field(2, field(1, b'x') + field(2, deep)))
        return data + field(1, field(1, b'deep') + field(5, field(1, b'k') + field(2, deep)))
    if kind == 1:
        return data + varint(9 << 3 | chance.randrange(8)) + b'\xff' * 10
    if kind == 2:
        return data + varint(1 << 3 | 2) + varint(chance.choice(SIZES))
    if kind == 3:
        return data + field(1, b'') * chance.choice([1, 1000, 300000])
    if kind == 4:
        return data + data
    if kind == 5:
        return data + b'\x0b' * chance.choice([1, 5000])  # groups that never end
    if kind == 6:
        return data + field(1, field(1, b'metadata_alphabet') + field(2, b'Const') * 3)
    return data


def packages(data: bytes, count: int, seed: int = 0) -> Iterator[bytes]:
    """Yield a packed model whose directory, graph or regions are wrong."""
    chance = random.Random(seed)
    end = struct.unpack('<Q', data[-8:])[0]
    regions = []
    at = end
    while at < len(data) - 8:  # {1: {1: offset, 2: name, 3: length}}
        size, at = read_varint(data, at + 1)
        element, at = data[at:at + size], at + size
        regions.append(read_region(element))
    for number in range(count):
        rows = [list(region) for region in regions]
        body = bytearray(data[:end])
        row, other = chance.choice(rows), chance.choice(rows)
        kind = number % 10
        if kind == 0:
            row[0] = chance.choice([*SIZES, end, end - 1, row[0] + 1, row[0] + 8])
        elif kind == 1:
            row[2] = chance.choice([*SIZES, end, row[2] - 1, row[2] + 1, row[2] * 2])
        elif kind == 2:
            row[0], row[2] = other[0], other[2]  # one over the other
        elif kind == 3:
            row[0], row[2] = other[0] + chance.choice([1, 8, 64]), other[2]
        elif kind == 4:
            row[1] = other[1]  # twice
        elif kind == 5:
            rows.remove(row)
        elif kind == 6:
            rows += [row] * chance.choice([1, 5000])
        elif kind == 7:  # the graph in it
            graph = next(r for r in rows if r[1].endswith(b'://.'))
            new = next(graphs(bytes(body[graph[0]:graph[0] + graph[2]]), 1, number))
            graph[0], graph[2] = len(body), len(new)
            body += new
        elif kind == 8:  # scales of weights: not a number, infinite, huge
            value = chance.choice([0x7FC0, 0x7F80, 0xFF80, 0x7F7F, 0x8000, 0x0001])
            for _ in range(50):
                where = chance.randrange(0, len(body) - 2, 2)
                body[where:where + 2] = struct.pack('<H', value)
        directory = b''.join(
            field(1, b'\x08' + varint(offset) + field(2, name) + b'\x18' + varint(length))
            for offset, name, length in rows)
        if kind == 9:
            directory = wires(directory, random.Random(number % 60))
        body += bytes(-len(body) % 64)
        where = chance.choice([len(body), 0, len(body) + len(directory), 1 << 63]) \
            if chance.random() < 0.05 else len(body)
        yield bytes(body) + directory + struct.pack('<Q', where)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number and where the next thing begins."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if byte < 0x80:
            return value, at


def read_region(element: bytes) -> tuple[int, bytes, int]:
    """Return offset, name and length of an entry of a directory."""
    found: dict[int, Any] = {1: 0, 2: b'', 3: 0}
    at = 0
    while at < len(element):
        key, at = read_varint(element, at)
        value, at = read_varint(element, at)
        if key & 7 == 2:
            found[key >> 3], at = element[at:at + value], at + value
        else:
            found[key >> 3] = value
    return found[1], found[2], found[3]


def break_lite(model: Any, chance: random.Random) -> None:
    """Break one thing in the tree of objects of a TFLite model."""
    parts = model.subgraphs and [model.buffers, model.operatorCodes, model.subgraphs[0].tensors,
                                 model.subgraphs[0].operators]
    if not parts or not all(parts):
        return  # broken enough
    graph = model.subgraphs[0]
    tensor, operator = chance.choice(graph.tensors), chance.choice(graph.operators)
    odd = chance.choice([-2, -1, 0, 1, len(graph.tensors), 1 << 20, (1 << 31) - 1, -(1 << 31)])
    kinds: list[Callable[[], Any]] = [
        lambda: setattr(tensor, 'shape', [odd for _ in range(chance.choice([0, 1, 2, 4, 300]))]),
        lambda: setattr(tensor, 'shape', [odd if chance.random() < 0.5 else d
                                          for d in (tensor.shape if tensor.shape is not None
                                                    else [1])]),
        lambda: setattr(tensor, 'buffer', chance.choice([0, len(model.buffers), 0xFFFFFFFF,
                                                         chance.randrange(len(model.buffers))])),
        lambda: setattr(tensor, 'type', chance.choice([0, 1, 2, 4, 5, 9, 17, 100])),
        lambda: setattr(tensor, 'name', chance.choice(
            [None, b'', b'x' * 70000, chance.choice(graph.tensors).name])),
        lambda: setattr(tensor, 'quantization', chance.choice(graph.tensors).quantization),
        lambda: setattr(operator, 'inputs', [odd] * chance.choice([0, 1, 3, 24, 500])),
        lambda: setattr(operator, 'outputs', list(operator.inputs if operator.inputs is not None
                                                  else [])),  # a circle
        lambda: setattr(operator, 'inputs', list(chance.choice(graph.operators).outputs)),
        lambda: setattr(operator, 'outputs', [odd] * chance.choice([0, 1, 3])),
        lambda: setattr(operator, 'opcodeIndex', chance.choice(
            [0xFFFFFFFF, len(model.operatorCodes), chance.randrange(len(model.operatorCodes))])),
        lambda: setattr(operator, 'builtinOptions', None),
        lambda: graph.operators.remove(operator),
        lambda: graph.operators.insert(0, operator),
        lambda: graph.operators.extend([operator] * 200),
        lambda: chance.shuffle(graph.operators),
        lambda: graph.tensors.extend([tensor] * chance.choice([1, 500])),
        lambda: setattr(graph, 'inputs', [odd] * chance.choice([0, 1, 9])),
        lambda: setattr(graph, 'outputs', [odd] * chance.choice([0, 1, 9])),
        lambda: setattr(graph, 'tensors', []), lambda: setattr(graph, 'operators', None),
        lambda: setattr(model, 'subgraphs', chance.choice([[], [graph] * 3])),
        lambda: setattr(model, 'buffers', model.buffers[:chance.randrange(len(model.buffers))]),
        lambda: setattr(model, 'operatorCodes', []),
        lambda: setattr(chance.choice(model.buffers), 'data', chance.choice(
            [None, [], [255] * 4, [255] * 7000, list(alphabets(chance))])),
        lambda: setattr(chance.choice(model.buffers), 'data', list(alphabets(chance))),
    ]
    if tensor.quantization is not None:
        scale = chance.choice([[], [float('nan')], [1e38] * 3, [0.0] * 500, [-1.0], None])
        kinds += [lambda: setattr(tensor.quantization, 'scale', scale)] * 2
        kinds += [lambda: setattr(tensor.quantization, 'zeroPoint',
                                  chance.choice([None, [], [1 << 40], [-1] * 9]))]
        kinds += [lambda: setattr(tensor.quantization, 'quantizedDimension', odd)]
    chance.choice(kinds)()


def lites(data: bytes, count: int, seed: int = 0) -> Iterator[bytes]:
    """Yield a TFLite model that is wrong in its tree, or in the offsets that hold the tree."""
    import flatbuffers
    from tensorflow.lite.python import schema_py_generated as schema

    chance = random.Random(seed)
    for number in range(count):
        if number % 4 == 0:  # a word that is an offset, a length or an entry of a table
            broken = bytearray(data)
            for _ in range(chance.choice([1, 1, 3])):
                at = 4 * chance.randrange(min(len(data) // 4, 4000)
                                          if chance.random() < 0.7 else len(data) // 4)
                word = struct.unpack_from('<I', broken, at)[0]
                struct.pack_into('<I', broken, at, chance.choice(
                    [*WORDS, word + 4 & 0xFFFFFFFF, word - 4 & 0xFFFFFFFF, word * 2 & 0xFFFFFFFF,
                     len(data), len(data) - at, 0x10000 - 4]))
            yield bytes(broken)
            continue
        model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
        for _ in range(chance.choice([1, 1, 2])):
            break_lite(model, chance)
        builder = flatbuffers.Builder(len(data))
        try:
            builder.Finish(model.Pack(builder), b'TFL3')
        except Exception:  # what its own writer cannot write
            continue
        yield bytes(builder.Output())
