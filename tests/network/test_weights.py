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


def test_the_gates_of_the_lstms_begin_open():
    found = create_weights(Geometry(n_hidden=8, n_labels=3), dict.fromkeys(NAMES, 0.1), seed=1)
    for name in ('lstm_fw/bias', 'lstm_bw/bias'):
        assert found[name].numpy().tolist() == [0.0] * 8 + [1.0] * 8 + [0.0] * 16
