"""Dropout from a seed."""
import numpy as np
import pytest
import tensorflow as tf

from util.network.dropout import drop_units


@pytest.mark.parametrize('dtype', [tf.float32, tf.bfloat16])
@pytest.mark.parametrize('rate', [0.05, 0.2, 0.9])
def test_drops_the_share_and_keeps_the_mean(rate, dtype):
    x = tf.ones([999, 101], dtype)
    y = tf.cast(drop_units(x, rate, [1, 2]), tf.float32).numpy()
    dropped = (y == 0).mean()
    assert dropped == pytest.approx(round(256 * rate) / 256, abs=0.006)
    assert y.mean() == pytest.approx(1, rel=0.05)
    assert len(np.unique(y)) == 2
    assert np.corrcoef(y[:, :-1].ravel() == 0, y[:, 1:].ravel() == 0)[0, 1] < 0.02


def test_any_rate_drops_something_and_keeps_something():
    for rate in (1e-4, 0.999):
        y = drop_units(tf.ones([100000]), rate, [1, 2]).numpy()
        assert 0 < (y == 0).mean() < 1


def test_same_seed_same_units():
    x = tf.ones([50, 7])
    one, two, other = (drop_units(x, 0.5, [n, 2]).numpy() for n in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_the_gradient_passes_where_the_unit_stayed():
    x = tf.random.stateless_normal([20, 8], [1, 1])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = drop_units(x, 0.5, [1, 2])
    gradient = tape.gradient(y, x).numpy()
    np.testing.assert_allclose(gradient, (y.numpy() != 0) * 2.0)
