"""What is packed comes back, as far as int8 keeps it; and exports become checkpoints again."""

import numpy as np
import pytest

from tests.helpers.golden import KINDS
from tests.helpers.places import BIN
from tests.helpers.scripts import load
from util.errors import UserError
from util.export.frozen_graph import export_weights
from util.export.pack import GROUP, pack_kernel, pack_matrix
from util.export.unpack import read_constants, unpack_matrix

program = load(BIN / 'import_checkpoint.py')


def within_half_a_step(found, matrix):
    """Whether each weight is within half a step: a 127th of the largest of its 64 inputs."""
    groups = -(-len(matrix) // GROUP)
    padded = np.pad(np.abs(matrix), [(0, groups * GROUP - len(matrix)), (0, 0)])
    largest = padded.reshape(groups, GROUP, -1).max(axis=1, keepdims=True)
    step = np.broadcast_to(largest / 127 * 1.01, (groups, GROUP, matrix.shape[1]))
    return (np.abs(found - matrix) <= step.reshape(-1, matrix.shape[1])[:len(matrix)] / 2).all()


@pytest.mark.parametrize('gates', [False, True])
def test_matrices_of_every_remainder_come_back(gates):
    rng = np.random.default_rng(1)
    for rows in (1, 2, 63, 64, 65, 127, 130):
        for cols in range(4, 140, 4) if gates else range(1, 140):
            matrix = rng.normal(size=(rows, cols)).astype(np.float32)
            matrix[:, 0] = 0  # a scale of nothing
            packed = pack_matrix(matrix, gates)
            found = unpack_matrix(packed.ravel(), (rows, cols), gates)
            assert found.shape == matrix.shape and within_half_a_step(found, matrix), (rows, cols)


@pytest.mark.parametrize('ending', ['pb', 'pbmm'])
@pytest.mark.parametrize('kind', sorted(KINDS))
def test_an_export_gives_the_weights_it_was_made_of(golden, kind, ending):
    """Through the names and the order of a checkpoint, and back."""
    source = program.read_graph(golden / f'{kind}.{ending}')
    geometry = program.geometry_of(source)
    assert geometry.bidirectional == kind.startswith('bidirectional')
    assert source.features.kind == ('0.9.3' if '0.9.3' in kind or not geometry.bidirectional
                                    else '2017')
    weights = program.converted(source, geometry, '')
    _, exact = read_constants(str(golden / f'{kind}.pb'))
    for name, array in export_weights(weights, geometry).items():
        if ending == 'pb' or array.ndim == 1:
            np.testing.assert_array_equal(array, exact[name])
        elif name.endswith('/kernel'):  # packed in two parts
            inputs = len(array) - array.shape[1] // 4
            assert within_half_a_step(array[:inputs], exact[name][:inputs])
            assert within_half_a_step(array[inputs:], exact[name][inputs:])
        else:
            assert within_half_a_step(array, exact[name])


def test_kernels_are_two_matrices():
    kernel = np.random.default_rng(2).normal(size=(30, 40)).astype(np.float32)
    first, second = pack_kernel(kernel)
    assert within_half_a_step(unpack_matrix(first.ravel(), (20, 40), True), kernel[:20])
    assert within_half_a_step(unpack_matrix(second.ravel(), (10, 40), True), kernel[20:])


def test_a_package_of_0_9_3_has_the_weights_of_its_graph(compat):
    _, packed = read_constants(str(compat / 'model256.pbmm'))
    _, exact = read_constants(str(compat / 'model256.pb'))
    names = [name for name in exact if name.endswith(('/weights', '/kernel', '/bias'))]
    assert len(names) > 10
    for name in names:
        np.testing.assert_array_equal(packed[name], exact[name])


def test_flags_for_training(golden, tmp_path):
    told = {}
    for kind in KINDS:
        source = program.read_graph(golden / f'{kind}.pbmm')
        shape = program.geometry_of(source)
        told[kind] = ' '.join(program.flags(source, shape, tmp_path / 'alphabet.txt'))
    assert told['forward'].startswith('--nobidirectional --n_hidden ')
    assert 'bidirectional' not in told['bidirectional'] and 'feature' not in told['bidirectional']
    assert '--feature_type 0.9.3' in told['bidirectional_features_0.9.3']
    assert '--layer_norm' in told['bidirectional_layer_norm']


def test_what_is_no_model(golden, tmp_path):
    whole = (golden / 'forward.pbmm').read_bytes()
    other = tmp_path / 'other.pbmm'
    for data, words in ((b'', 'no constant'), (b'nothing', 'is not a GraphDef'),
                        (whole[:-9], 'GraphDef')):
        other.write_bytes(data)
        with pytest.raises(UserError, match=words):
            program.read_graph(other)
    with pytest.raises(UserError, match='cannot be read'):
        program.read_graph(tmp_path / 'none.pbmm')


def test_weights_of_4_bits_are_refused(golden, monkeypatch):
    """As deepspeech-convert writes them: told by the version of their layout."""
    from util.export import unpack

    graph, constants = read_constants(str(golden / 'forward.pbmm'))
    assert constants['metadata_packing'] == [1]
    monkeypatch.setattr(unpack, 'PACKING', 0)  # what is newer than this program
    with pytest.raises(UserError, match='4 bits'):
        read_constants(str(golden / 'forward.pbmm'))
