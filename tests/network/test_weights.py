"""util/network/weights.py: how the weights are before training."""
import numpy as np
import pytest

from util.network.geometry import Geometry
from util.network.weights import create_weights

NAMES = [kind + layer for kind in 'bh' for layer in '12356']


@pytest.mark.parametrize('bidirectional', [False, True])
@pytest.mark.parametrize('weights, biases', [(None, 0.0), (0.046875, 0.046875), (0.0, 0.2)])
def test_every_layer_begins_as_asked_for(bidirectional, weights, biases):
    geometry = Geometry(n_hidden=64, n_labels=28, bidirectional=bidirectional)
    deviations = {name: weights if name[0] == 'h' else biases for name in NAMES}
    found = create_weights(geometry, deviations, seed=1)
    dense = 0
    for name, variable in found.items():
        value = variable.numpy()
        if name.startswith('lstm'):
            continue
        dense += 1
        wanted = weights if name.endswith('weights') else biases
        if wanted is None:  # uniform, as wide as inputs and outputs say
            limit = np.sqrt(6 / sum(value.shape))
            assert 0.95 * limit < abs(value).max() <= limit, name
            wanted = limit / np.sqrt(3)
        assert abs(value.std() - wanted) <= 0.3 * wanted, name
        assert wanted or not value.any()
    assert dense == 10


@pytest.mark.parametrize('bidirectional', [False, True])
@pytest.mark.parametrize('given, bias, rows', [
    ({}, 1.0, 1), ({'forget_bias': 0.0}, 0.0, 1), ({'as_one_kernel': True}, 1.0, 2)])
def test_lstms_begin_with_open_gates_or_as_in_0_9_3(bidirectional, given, bias, rows):
    """There the gates were half open, and both matrices one of twice as many rows."""
    geometry = Geometry(n_hidden=32, n_labels=3, bidirectional=bidirectional)
    found = create_weights(geometry, dict.fromkeys(NAMES, 0.1), 1, **given)
    plain = create_weights(geometry, dict.fromkeys(NAMES, 0.1), 1)
    lstms = [name for name in found if name.startswith('lstm')]
    assert len(lstms) == (6 if bidirectional else 3)
    for name, variable in found.items():
        value = variable.numpy()
        if name not in lstms:
            assert np.array_equal(value, plain[name].numpy()), name
        elif name.endswith('bias'):
            assert value.tolist() == [0.0] * 32 + [bias] * 32 + [0.0] * 64
        else:
            limit = np.sqrt(6 / (rows * value.shape[0] + value.shape[1]))
            assert 0.95 * limit < abs(value).max() <= limit, name
