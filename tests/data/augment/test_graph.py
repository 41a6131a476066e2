"""The operations of TensorFlow are traced once, and what is missed stays as it is to the bit."""
import numpy as np
import pytest

from tests.helpers.golden import clip
from util.data.augment.graph import Graph
from util.data.augment.parse import parse_operations
from util.features import FeatureSettings, compute_features

TEXTS = ['volume', 'add[domain=signal,stddev=0.01]', 'pitch', 'time_mask', 'add']
SETTINGS = [FeatureSettings('2017'), FeatureSettings('0.9.3')]


def chance(hits, number=1):
    return np.array(hits, bool), np.array([3, number], np.int64), np.float64(0.5)


@pytest.mark.parametrize('settings', SETTINGS, ids=lambda s: s.kind)
def test_only_what_hits_is_done_and_tracing_once_is_enough(settings):
    graph, samples = Graph(parse_operations(TEXTS), settings), clip()
    plain = compute_features(samples, settings).numpy()
    seen = []
    for hits in ([0, 0, 0, 0, 0], [1, 0, 0, 0, 1], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0],
                 [0, 0, 0, 1, 0], [0, 1, 1, 1, 0]):
        found = graph.features(samples, *chance(hits), np.int32(1)).numpy()
        again = graph.features(samples, *chance(hits), np.int32(1)).numpy()
        np.testing.assert_array_equal(found, again)
        assert found.shape == plain.shape and (found == plain).all() == (not any(hits[1:4]))
        if any(hits[1:4]):
            seen.append(found.tobytes())
    assert len(set(seen)) == 4
    assert graph.features.experimental_get_tracing_count() == 1

    frames = plain[9:-9]
    for hits, changed in (([1, 1, 1, 1, 0], False), ([0, 0, 0, 0, 1], True)):
        found = graph.change_features(frames, *chance(hits)).numpy()
        assert found.shape == frames.shape and (found != frames).any() == changed
    graph.change_features(frames[:20], *chance([0, 0, 0, 0, 1]))
    assert graph.change_features.experimental_get_tracing_count() == 1
