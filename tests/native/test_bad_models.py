"""Models that the client cannot run: a code and a sentence, never a crash or a huge allocation."""

import os
import pathlib
import resource
import struct
import subprocess
import wave

import numpy as np
import pytest

from tests.helpers import mutations
from tests.helpers.need import SANITIZED, unsanitized
from tests.helpers.small_model import ARPA

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


@pytest.mark.parametrize('values, shown', [([float('nan')], 'nan'), ([2.0**40], '1.099511628e+12')])
def test_a_whole_number_that_is_none(golden, probe, tmp_path, values, shown):
    graph, nodes = graph_of(golden / 'forward.pb')
    tensor = nodes['metadata_beam_width'].attr['value'].tensor
    tensor.ClearField('int_val')
    tensor.tensor_content = b''
    tensor.float_val.extend(values)
    path = tmp_path / 'changed.pb'
    path.write_bytes(graph.SerializeToString())
    assert f'its value is {shown}, expected 1 to' in refuse(probe, path)


def test_circle_below_the_features_ends(golden, probe, tmp_path):
    graph, nodes = graph_of(golden / 'forward.pb')
    nodes['mfccs'].op = 'Identity'
    del nodes['mfccs'].input[:]
    nodes['mfccs'].input.append('mfccs')
    path = tmp_path / 'circle.pb'
    path.write_bytes(graph.SerializeToString())
    assert 'cycle' in refuse(probe, path)


def test_a_long_circle_ends_soon(golden, probe, tmp_path):
    """90,000 nodes that change nothing and a reversal: once round for each is too long."""
    graph, nodes = graph_of(golden / 'bidirectional.pb')
    concat = nodes['ConcatV2']
    for i in range(90000):
        graph.node.add(name=f'n{i}', op='Identity', input=[f'n{i - 1}' if i else 'turn'])
    graph.node.add(name='turn', op='ReverseV2', input=['n89999'])
    concat.input[0] = 'turn'
    path = tmp_path / 'circle.pb'
    path.write_bytes(graph.SerializeToString())
    done = subprocess.run([probe.program, 'info', path], capture_output=True, timeout=60,
                          preexec_fn=limited)
    assert done.returncode == 1 and b'cycle' in done.stderr, done.stderr


def test_a_node_of_very_many_inputs_is_read_once(golden, probe, tmp_path):
    graph, _ = graph_of(golden / 'forward_layer_norm.pb')
    scale = layer(graph, 'Rsqrt').name
    wide = next(n for n in graph.node if n.op == 'Mul' and scale in n.input)
    wide.input.extend([wide.input[1]] * 400000)
    path = tmp_path / 'wide.pb'
    path.write_bytes(graph.SerializeToString())
    done = subprocess.run([probe.program, 'info', path], capture_output=True, timeout=60,
                          preexec_fn=limited)
    assert done.returncode in (0, 1), (done.returncode, done.stderr)
    wide.input.extend([wide.input[1]] * 1000000)
    path.write_bytes(graph.SerializeToString())
    assert 'too many parts' in refuse(probe, path)


def test_only_the_network_s_matrices_are_packed(golden, build, probe, tmp_path):
    """A constant with the name of a kernel but not its shape stays as it is."""
    graph, nodes = graph_of(golden / 'forward.pb')
    other = graph.node.add(name='other/kernel', op='Const')
    other.attr['dtype'].type = 1
    other.attr['value'].tensor.dtype = 1
    other.attr['value'].tensor.tensor_shape.dim.extend([_dim(1), _dim(400)])
    other.attr['value'].tensor.tensor_content = bytes(1600)
    path, packed = tmp_path / 'odd.pb', tmp_path / 'odd.pbmm'
    path.write_bytes(graph.SerializeToString())
    done = subprocess.run([build.parent / 'bin' / 'deepspeech-convert', path, packed],
                          capture_output=True)
    assert done.returncode == 0, done.stderr
    samples = SAMPLES.tobytes()
    assert (probe.run('probs', packed, samples=samples).stdout
            == probe.run('probs', path, samples=samples).stdout)


@unsanitized
def test_without_threads_one_does_the_work(golden, probe):
    """Stacks for 63 threads do not fit into 300 MB of addresses."""
    done = subprocess.run(
        [probe.program, 'probs', golden / 'forward.pbmm', 'threads=64'], input=SAMPLES.tobytes(),
        capture_output=True, timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (300 << 20, 300 << 20)))
    assert done.returncode == 0, done.stderr
    assert done.stdout == probe.run('probs', golden / 'forward.pbmm', samples=SAMPLES).stdout


def test_circle_in_the_graph_ends(golden, probe, tmp_path):
    graph, nodes = graph_of(golden / 'forward.pb')
    reshape = graph.node.add(name='round', op='Reshape')
    reshape.input.append('round')
    nodes['logits'].input[0] = 'round'
    path = tmp_path / 'circle.pb'
    path.write_bytes(graph.SerializeToString())
    assert 'cycle' in refuse(probe, path)


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
    if not SANITIZED:  # a sanitizer reserves terabytes
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))


@pytest.fixture(scope='module')
def small(build, tmp_path_factory, shared_data):
    """Small files of every kind that the client reads: little else in them than structure."""
    from tests.helpers.golden import ENGLISH, KINDS, geometry_of, random_weights
    from util.export.frozen_graph import export_weights, write_frozen_graph
    from util.export.pack import pack_graph
    from util.export.tflite import write_tflite

    folder = tmp_path_factory.mktemp('small')
    for kind in KINDS:
        geometry, settings = geometry_of(kind, n_hidden=8)
        weights = export_weights(random_weights(geometry), geometry)
        path, constants = folder / f'{kind}.pb', {'metadata_alphabet': ENGLISH.serialize()}
        write_frozen_graph(str(path), weights, geometry, settings, constants)
        pack_graph(str(path), f'{path}mm')
        if kind == 'forward_layer_norm':
            write_tflite(str(folder / 'lite.tflite'), weights, geometry, settings, constants,
                         n_steps=2)
    subprocess.run([build.parent / 'bin' / 'deepspeech-convert', '--recurrent_bits', '4',
                    folder / 'forward.pb', folder / 'int4.pbmm'], check=True, capture_output=True)
    (folder / 'words.arpa').write_text(ARPA)
    with wave.open(str(folder / 'clip.wav'), 'wb') as clip:
        clip.setparams((2, 2, 22050, 0, 'NONE', ''))
        clip.writeframes(bytes(range(256)) * 8)
    return folder


def damaged(build, *arguments):
    """How many damaged copies were refused and how many worked; see damage_test.cc."""
    environment = {**os.environ, 'ASAN_OPTIONS': 'max_allocation_size_mb=2000'}
    done = subprocess.run([build / 'damage_test', *map(str, arguments)], capture_output=True,
                          timeout=300, preexec_fn=limited, env=environment)
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    return tuple(map(int, done.stdout.split()))


@pytest.mark.parametrize('name', [
    'forward.pb', 'forward.pbmm', 'forward_layer_norm.pb', 'bidirectional_layer_norm.pbmm',
    'bidirectional_layer_norm_features_0.9.3.pb', 'int4.pbmm', 'lite.tflite'])
def test_damaged_models_never_crash(build, small, name):
    refused, worked = damaged(build, 'model', small / name, 400)
    assert refused + worked == 400 and refused > 100 and worked > 20


def tried(build, source, make, folder, count, seed=0):
    """Return how many of the wrong copies of a model were made, refused and run."""
    paths = []
    for i, broken in enumerate(make(source.read_bytes(), count, seed)):
        paths.append(folder / f'{i}{source.suffix}')
        paths[-1].write_bytes(broken)
    listing = folder / 'list'
    listing.write_text('\n'.join(map(str, paths)) + '\n')
    return len(paths), *damaged(build, 'files', listing, len(paths))


@pytest.mark.parametrize('name, make', [
    ('forward.pb', mutations.graphs), ('bidirectional_layer_norm.pb', mutations.graphs),
    ('bidirectional_features_0.9.3.pb', mutations.graphs), ('forward.pbmm', mutations.packages),
    ('bidirectional_layer_norm.pbmm', mutations.packages), ('int4.pbmm', mutations.packages),
    ('lite.tflite', mutations.lites)])
def test_wrong_models_never_crash(build, small, tmp_path, name, make):
    made, refused, worked = tried(build, small / name, make, tmp_path, 60)
    assert made > 60 * 0.8 and refused + worked == made
    assert refused > made * 0.2 and worked > made * 0.1


def test_damaged_scorers_never_crash(build, small, shared_data):
    model = small / 'forward.pbmm'
    for path in (small / 'words.arpa', f'{shared_data}/deepspeech/pruned_lm.scorer'):
        refused, worked = damaged(build, 'scorer', path, 100, model)
        assert refused + worked == 100 and refused > 30
    assert worked > 0


def test_damaged_recordings_never_crash(build, small):
    refused, worked = damaged(build, 'audio', small / 'clip.wav', 400)
    assert refused + worked == 400 and refused > 10 and worked > 100


@pytest.mark.parametrize('alpha, beta', [(1e300, 1e300), (-1e300, 0), (0, -1e300)])
def test_a_scorer_of_absurd_weights(build, small, shared_data, tmp_path, alpha, beta):
    """Sums of the search stay finite: infinities led it outside of its arrays."""
    scorer = pathlib.Path(shared_data, 'deepspeech/pruned_lm.scorer').read_bytes()
    at = scorer.rindex(b'EIRT') + 9
    path = tmp_path / 'absurd.scorer'
    path.write_bytes(scorer[:at] + struct.pack('<dd', alpha, beta) + scorer[at + 16:])
    noise = np.random.default_rng(1).integers(-9999, 9999, 32000).astype('<i2')
    done = subprocess.run([build / 'api_probe', small / 'forward.pbmm', f'scorer={path}',
                           'beam=16', 'hot=zzzz:3'], input=noise.tobytes(), capture_output=True,
                          timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b'text ') and b'(null)' not in done.stdout
