"""The operations on points, in each of the three representations they can work on."""
import functools

import numpy as np
import pytest
import tensorflow as tf

from util.data.augment import points
from util.data.augment.parse import parse_operation
from util.data.augment.scene import GraphScene
from util.features import WHITENED_BY, FeatureSettings

SETTINGS = FeatureSettings('0.9.3')
# domain -> shape of one second, and its rows in 10 ms
SHAPES = {'signal': ([16000, 1], 160), 'spectrogram': ([50, 257], 1), 'features': ([50, 26], 1)}


@functools.cache
def change(text, width, settings, clock):
    """Compile an operation: a function of the points and a number for chance."""
    operation = parse_operation(text)

    @tf.function(input_signature=[tf.TensorSpec([None, width]), tf.TensorSpec([], tf.int64)])
    def compiled(x, number):
        seed = tf.stack([tf.constant(5, tf.int64), number])
        return points.OPERATIONS[operation.name](x, GraphScene(operation, settings, seed, clock, 1))

    return compiled


def done(text, x, number=0, settings=SETTINGS, clock=0.5):
    return change(text, x.shape[1], settings, clock)(tf.constant(x, tf.float32),
                                                     tf.constant(number, tf.int64)).numpy()


@pytest.mark.parametrize('domain', SHAPES)
def test_time_masks_are_counted(domain):
    shape, rows = SHAPES[domain]
    x = np.ones(shape, np.float32)
    seen = set()
    for number in range(30):
        found = done(f'time_mask[domain={domain},n=2,size=40]', x, number)
        masked = (found == 0).all(axis=1)
        assert ((found == 0).any(axis=1) == masked).all()  # whole frames, all coefficients
        size = 640 if domain == 'signal' else 2
        assert size <= masked.sum() <= 2 * size
        seen.add(int(masked.sum()))
    assert 2 * size in seen
    for milliseconds, wanted in ((10, rows), (0, 1), (39.9, 638 if rows > 1 else 1),
                                 (10**9, shape[0] - 1)):
        found = done(f'time_mask[domain={domain},n=1,size={milliseconds}]', x)
        assert (found == 0).all(axis=1).sum() == wanted
    assert (done(f'time_mask[domain={domain},n=0]', x) == 1).all()


def test_many_masks_and_their_places():
    x = np.ones([50, 26], np.float32)
    assert (done('time_mask[domain=features,n=5000]', x) == 0).all()
    places = [np.argmin(done('time_mask[domain=features,n=1]', x, n)[:, 0]) for n in range(200)]
    assert set(places) >= {0, 49} and np.bincount(places, minlength=50).max() < 16
    sizes = [(done('time_mask[domain=features,n=1,size=100:500~60]', x, n, clock=1.0) == 0)
             .all(axis=1).sum() for n in range(40)]
    assert min(sizes) in (22, 23) and max(sizes) in (26, 27, 28)


@pytest.mark.parametrize('domain', SHAPES)
@pytest.mark.parametrize('rate', [0, 0.05, 0.5, 1])
def test_dropout_sets_that_share_to_zero(domain, rate):
    found = done(f'dropout[domain={domain},rate={rate}]', np.ones([2000, 26], np.float32))
    assert (found == 0).mean() == pytest.approx(rate, abs=0.01)
    assert set(np.unique(found)) <= {0.0, 1.0}


@pytest.mark.parametrize('domain', SHAPES)
@pytest.mark.parametrize('kind', ['2017', '0.9.3'])
def test_add_and_multiply(domain, kind):
    """Features of 2017 are whitened: a deviation is as large there as before."""
    settings = FeatureSettings(kind)
    x = np.full([2000, 26], 3, np.float32)
    unit = 1 / WHITENED_BY if (domain, kind) == ('features', '2017') else 1
    added = done(f'add[domain={domain},stddev=5]', x, settings=settings) - x
    assert added.std() == pytest.approx(5 * unit, rel=0.02) and abs(added.mean()) < 0.1 * unit
    factor = done(f'multiply[domain={domain},stddev=0.5]', x, settings=settings) / x
    assert factor.std() == pytest.approx(0.5, rel=0.02)
    assert factor.mean() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize('name', points.OPERATIONS)
def test_chance_comes_from_the_seed_alone(name):
    x = np.random.default_rng(1).normal(size=[50, 26])
    one, two, other = (done(name, x, number) for number in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()
    for frames in (1, 2):
        assert done(name, x[:frames]).shape == (frames, 26)
