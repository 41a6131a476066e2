"""Small numbers that training, export and the native client must have in common."""
import pathlib
import re

import numpy as np
import pytest
import tensorflow as tf

from tests.helpers.sources import files_of
from util import features
from util.network.geometry import LAYER_NORM_EPSILON
from util.training import variation

ROOT = pathlib.Path(__file__).resolve().parents[1]
NATIVE = ''.join(path.read_text()
                 for path in files_of('native_client', endings=('.cc', '.h', '.inc'))
                 if not {'test', 'bench'} & set(path.parts))


@pytest.mark.parametrize('pattern, value', [
    (r'kLayerNormEpsilon = (\S+?)f?;', LAYER_NORM_EPSILON),
    (r'sqrtf?\(variance \+ ([-\d.e]+)f?\)', LAYER_NORM_EPSILON),
    (r'kSmallestDeviation = (\S+);', features.SMALLEST_DEVIATION),
    (r'kFloor093 = (\S+);', features.LOG_FLOOR_0_9_3),
    (r'kFloor2017 = std::numeric_limits<(double)>::epsilon', features.LOG_FLOOR_2017)])
def test_native_client_has_the_same(pattern, value):
    found = re.findall(pattern, NATIVE)
    assert found, f'nothing in native_client is {pattern}'
    for text in found:
        assert (np.finfo(text).eps if text == 'double' else float(text)) == value


def test_layer_norm_of_training_and_export_is_one():
    for path in ('DeepSpeech.py', 'util/export/frozen_graph.py'):
        text = (ROOT / path).read_text()
        added = re.findall(r'variance \+ ([\w.-]+)|x=variance, y=([\w.-]+)', text)
        assert added, path
        for name in map(''.join, added):
            assert (LAYER_NORM_EPSILON if name == 'LAYER_NORM_EPSILON' else float(name)
                    ) == LAYER_NORM_EPSILON


@pytest.mark.parametrize('level, least', [
    (0.0, 1000), (1e-9, 1000), (-1e-4, 1000), (1.0, 0), (-3000.0, 0)])
def test_whitening_of_varied_frames_that_hardly_vary(level, least):
    """The variance is at least what rounding may make of none, or of a negative one."""
    frames = tf.fill([1, 50, 26], np.float32(level))
    _, scale = variation._whitening(frames, tf.constant([50]), 9)
    assert least <= float(scale[0, 0, 0]) * 1.00001
    assert float(scale[0, 0, 0]) <= variation.ROUNDING_OF_VARIANCE**-0.5 * 1.00001


@pytest.mark.parametrize('deviation, factor', [
    (0.0, 1.0), (0.5, 1.0), (0.999, 1.0), (1.001, None), (1e6, None)])
def test_whitening_of_features_spares_what_deviates_less(deviation, factor):
    """Below the smallest deviation frames are only centred, and not to noise."""
    rng = np.random.default_rng(0)
    frames = rng.choice([-1.0, 1.0], [400, 26]) * deviation * features.SMALLEST_DEVIATION
    out = features._whiten(tf, tf.constant(frames, tf.float32), 0).numpy()
    if factor:
        np.testing.assert_allclose(out, frames - frames.mean(), atol=1e-9)
    else:
        assert out.std() == pytest.approx(1.0, rel=1e-3)
