"""Models that the client cannot run: a code and a sentence, never a crash or a huge allocation."""

import os
import resource
import subprocess

import numpy as np
import pytest

SAMPLES = np.zeros(3200, np.int16)


def graph_of(path):
    from tensorflow.core.framework import graph_pb2

    graph = graph_pb2.GraphDef()
    graph.ParseFromString(path.read_bytes())
    return graph, {node.name: node for node in graph.node}


def refuse(probe, path):
    done = probe.run('info', path)
    assert done.returncode == 1, done.stdout
    return done.stderr.decode()


def layer(graph, op):
    return next(node for node in graph.node if node.op == op)


@pytest.mark.parametrize('change, code, words', [
    (lambda g, n: setattr(layer(g, 'Relu'), 'op', 'Elu'), '0x2003', ['(Elu)']),
    (lambda g, n: setattr(layer(g, 'BlockLSTM'), 'op', 'GRUBlockCell'), '0x2003', ['GRUBlockCell']),
    (lambda g, n: setattr(n['logits'], 'op', 'LogSoftmax'), '0x2003', ["node 'logits'"]),
    (lambda g, n: layer(g, 'BlockLSTM').attr['use_peephole'].CopyFrom(_bool(True)),
     '0x2003', ['BlockLSTM', 'peephole']),
    (lambda g, n: layer(g, 'BlockLSTM').attr['cell_clip'].CopyFrom(_float(3.0)),
     '0x2003', ['cell_clip']),
    (lambda g, n: layer(g, 'MatMul').attr['transpose_b'].CopyFrom(_bool(True)),
     '0x2003', ['MatMul', 'transposed']),
    (lambda g, n: g.node.remove(n['layer_2/weights']), '0x2003', ['layer_2/weights', 'not in the']),
    (lambda g, n: g.node.remove(n['metadata_version']), '0x2003', ['metadata_version']),
    (lambda g, n: n['layer_5/bias'].attr['value'].tensor.tensor_shape.dim[0].CopyFrom(_dim(63)),
     '0x2003', ["node 'layer_5/bias'"]),
    (lambda g, n: n['input_node'].attr['shape'].shape.dim[3].CopyFrom(_dim(25)),
     '0x2001', ["node 'layer_1/weights'", '[494, 64], expected [475, 64]']),
])
def test_unknown_graph_is_refused_naming_the_node(golden, probe, tmp_path, change, code, words):
    graph, nodes = graph_of(golden / 'forward.pb')
    change(graph, nodes)
    path = tmp_path / 'changed.pb'
    path.write_bytes(graph.SerializeToString())
    message = refuse(probe, path)
    assert message.startswith(code), message
    assert all(word in message for word in words), message


def _bool(value):
    from tensorflow.core.framework import attr_value_pb2
    return attr_value_pb2.AttrValue(b=value)


def _float(value):
    from tensorflow.core.framework import attr_value_pb2
    return attr_value_pb2.AttrValue(f=value)


def _dim(size):
    from tensorflow.core.framework import tensor_shape_pb2
    return tensor_shape_pb2.TensorShapeProto.Dim(size=size)


def test_circle_in_the_graph_ends(golden, probe, tmp_path):
    graph, nodes = graph_of(golden / 'forward.pb')
    reshape = graph.node.add(name='round', op='Reshape')
    reshape.input.append('round')
    nodes['logits'].input[0] = 'round'
    path = tmp_path / 'circle.pb'
    path.write_bytes(graph.SerializeToString())
    assert 'circle' in refuse(probe, path)


@pytest.mark.parametrize('content, code', [
    (b'', '0x3000'), (b'\n', '0x3005'), (b'hello, this is no model', '0x3005'),
    (b'\x1c\0\0\0TFL3' + b'x' * 100, '0x3002'), (b'\0' * 64, '0x3005'),
])
def test_other_files(probe, tmp_path, content, code):
    path = tmp_path / 'model.pb'
    path.write_bytes(content)
    assert refuse(probe, path).startswith(code)


def test_missing_file_and_folder(probe, tmp_path):
    assert refuse(probe, tmp_path / 'none.pb').startswith('0x3000')
    assert refuse(probe, tmp_path).startswith('0x3000')


def limited():
    """Two gigabytes of memory and ten seconds, so that a huge allocation or a loop fails."""
    if not os.environ.get('DEEPSPEECH_BUILD'):  # a sanitizer reserves terabytes
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))


@pytest.mark.parametrize('name', ['forward.pb', 'forward.pbmm', 'bidirectional_layer_norm.pbmm'])
def test_damaged_models_never_crash(golden, probe, tmp_path, name):
    data = (golden / name).read_bytes()
    rng = np.random.default_rng(len(data))
    path = tmp_path / 'damaged'
    ends = rng.integers(0, len(data), 25)
    cases = [data[:end] for end in ends]
    for _ in range(60):
        broken = bytearray(data)
        # Most of a model is weights, where a flipped bit is just another weight: so aim at both.
        where = rng.integers(0, len(data), 3) if rng.random() < 0.3 else None
        if where is None:
            heads = [i for i in range(0, len(data), 1) if data[i:i + 1] == b'\n'][:400]
            where = [int(rng.choice(heads)) + int(rng.integers(0, 40)) for _ in range(3)]
            where += [len(data) - 1 - int(rng.integers(0, 3000))]
        for at in where:
            broken[min(at, len(data) - 1)] ^= 1 << int(rng.integers(0, 8))
        cases.append(bytes(broken))
    for case in cases:
        path.write_bytes(case)
        done = subprocess.run([str(probe.program), 'probs', str(path)], input=SAMPLES.tobytes(),
                              capture_output=True, timeout=60, preexec_fn=limited)
        assert done.returncode in (0, 1), (done.returncode, done.stderr)
        assert done.returncode == 0 or done.stderr.startswith(b'0x'), done.stderr
