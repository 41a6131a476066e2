"""Models with recurrent weights of 4 bits, as `deepspeech-convert --recurrent_bits 4` writes."""

import ctypes
import os
import subprocess

import numpy as np
import pytest

from tests.helpers.golden import KINDS
from util.export.pack import pack_matrix

ALL = sorted(KINDS)


@pytest.fixture(scope='module')
def convert(build):
    def run(*args):
        program = build.parent / 'bin' / 'deepspeech-convert'
        return subprocess.run([program, *map(str, args)], capture_output=True, text=True)
    return run


@pytest.fixture(scope='module')
def packed(golden, convert, tmp_path_factory):
    """Make a packed model with recurrent weights of 4 bits from a golden export."""
    folder = tmp_path_factory.mktemp('int4')

    def make(kind, ending='.pb'):
        path = folder / f'{kind}{ending}.pbmm'
        if not path.exists():
            done = convert('--recurrent_bits', 4, golden / f'{kind}{ending}', path)
            assert done.returncode == 0, done.stderr
        return path
    return make


def env(isa):
    return {**os.environ, 'DEEPSPEECH_ISA': isa}


@pytest.mark.parametrize('kind', ALL)
def test_near_and_the_same_on_every_isa_and_thread_count(golden, build, packed, probe, kind):
    answers = np.load(golden / f'{kind}.npz')
    model, samples = packed(kind), answers['samples']
    expected = probe.floats('probs', model, samples=samples, columns=29, env=env('plain'))
    assert np.abs(expected - answers['probs']).mean() < 0.01
    int8 = probe.floats('probs', golden / f'{kind}.pbmm', samples=samples, columns=29)
    assert (expected != int8).any()
    isas = subprocess.run([build / 'kernels_test', '--list'], capture_output=True,
                          text=True).stdout.split()
    assert isas[0] == 'plain'
    for isa in isas[1:]:
        got = probe.floats('probs', model, samples=samples, columns=29, env=env(isa))
        np.testing.assert_array_equal(got, expected, err_msg=isa)
    for options in (['threads=2'], ['threads=3', 'chunk=4321']):
        got = probe.floats('probs', model, *options, samples=samples, columns=29)
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize('isa', ['plain', ''])
def test_streams_that_run_together_get_the_bits_of_each_alone(build, packed, isa):
    done = subprocess.run([build / 'streams_test', packed('forward'), 'packed'], env=env(isa),
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize('kind', ['forward', 'bidirectional'])
def test_int8_models_get_fewer_bits_and_no_model_gets_more(
        golden, packed, convert, probe, tmp_path, kind):
    samples = np.load(golden / f'{kind}.npz')['samples']
    again = tmp_path / 'again.pbmm'
    probs = [probe.floats('probs', packed(kind, ending), samples=samples, columns=29)
             for ending in ('.pb', '.pbmm')]
    assert np.abs(probs[0] - probs[1]).mean() < 0.005
    for options in ([], ['--recurrent_bits', 4], ['--recurrent_bits', 8]):
        assert convert(*options, packed(kind), again).returncode == 0
        assert again.read_bytes() == packed(kind).read_bytes()


def test_packed_as_documented(golden, packed):
    """doc/inside/format.md, packing.h: the input rows as int8, the recurrent rows in nibbles."""
    import tensorflow as tf
    from tensorflow.core.framework import graph_pb2

    graph = graph_pb2.GraphDef.FromString((golden / 'forward.pb').read_bytes())
    kernel = next(tf.make_ndarray(n.attr['value'].tensor) for n in graph.node
                  if n.name.endswith('/kernel'))
    regions, nodes = read_package(packed('forward').read_bytes())
    bytes_ = next(value for name, value in regions.items() if name.endswith('/kernel'))
    assert tf.make_ndarray(nodes['metadata_packing'].attr['value'].tensor).tolist() == [2]

    cells = kernel.shape[1] // 4
    inputs = pack_matrix(kernel[:-cells], gates=True).tobytes()
    assert bytes_[:len(inputs)] == inputs
    blocks, groups = -(-cells // 16), -(-cells // 64)
    packed_ = np.frombuffer(bytes_[len(inputs):], np.uint8).reshape(blocks, groups, 2176)
    pairs = packed_[..., :2048].reshape(blocks, groups, 8, 64, 4)
    nibbles = np.stack([pairs & 15, pairs >> 4], axis=3).astype(np.int32) - 8
    scales = packed_[..., 2048:].copy().view('<u2').astype(np.uint32) << 16
    # [block, group, pair, which, output, input] -> [group, pair, which, input, block, output]
    weights = nibbles.transpose(1, 2, 3, 5, 0, 4) * scales.view(np.float32).transpose(1, 0, 2)[
        :, None, None, None]
    weights = weights.reshape(groups * 64, blocks, 4, 16)[:cells]  # 16 cells' gates in a block
    weights = weights.transpose(0, 2, 1, 3).reshape(cells, 4, blocks * 16)[..., :cells]
    expected = kernel[-cells:].reshape(cells, 4, cells)
    error = np.sqrt(np.square(weights - expected).mean() / np.square(expected).mean())
    assert 0.01 < error < 0.15


def read_package(content):
    """Regions of a memory-mapped package by name, and the nodes of its graph by name."""
    from tensorflow.core.framework import graph_pb2
    from tensorflow.core.util import memmapped_file_system_pb2

    start = int.from_bytes(content[-8:], 'little')
    directory = memmapped_file_system_pb2.MemmappedFileSystemDirectory.FromString(
        content[start:-8])
    elements = sorted(directory.element, key=lambda element: element.offset)
    ends = [element.offset for element in elements[1:]] + [start]
    regions = {e.name: content[e.offset:end] for e, end in zip(elements, ends)}
    graph = graph_pb2.GraphDef.FromString(regions['memmapped_package://.'])
    return regions, {node.name: node for node in graph.node}


def test_misused(build, golden, convert, tmp_path):
    for value in ('5', '', '04'):
        done = convert('--recurrent_bits', value, golden / 'forward.pb', tmp_path / 'out.pbmm')
        assert done.returncode == 2 and f"'{value}': expected 8 or 4" in done.stderr
    assert convert('--recurrent_bits').returncode == 2
    library = ctypes.CDLL(build / 'libdeepspeech.so')
    paths = [os.fsencode(path) for path in (golden / 'forward.pb', tmp_path / 'out.pbmm')]
    assert [library.DS_PackModelWithBits(*paths, bits) for bits in (0, 5, 32)] == [0x3007] * 3
    assert list(tmp_path.iterdir()) == []
