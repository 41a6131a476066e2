"""Curves as pictures: every point where it belongs, whatever the numbers are."""

import math

import pytest

from tests.helpers.pages import read
from util.report.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, draw

LOSS = ('train', 'loss')


def lines(curves, others=()):
    drawn = read(draw(curves, dict(others), ('mine', 'theirs')))
    return [(each['class'], [tuple(map(float, point.split(',')))
                             for point in each['points'].split()])
            for each in drawn.of('polyline')]


@pytest.mark.parametrize('values', [[1, 0.5], [150.0, 3.0, 2.0], [0, 0], [1e-9, 1e-10],
                                    [1e9, 1, 7e8], [1.0, math.nan, 0.5, math.inf]])
def test_points_lie_in_their_frame_and_in_their_order(values):
    (_, points), = lines({LOSS: list(enumerate(values))})
    finite = [value for value in values if math.isfinite(value)]
    assert len(points) == len(finite)
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert (points[0][0], points[-1][0]) == (LEFT, WIDTH - RIGHT)
    assert all(TOP <= y <= HEIGHT - BOTTOM for _, y in points)
    for (_, above), one in zip(points, finite):
        for (_, below), other in zip(points, finite):
            assert not one > other or above <= below
    top = min(y for _, y in points)
    assert not any(finite) or top <= TOP + (HEIGHT - BOTTOM - TOP) / 2  # not in a corner


def test_what_is_drawn_of_which_run():
    curves = {LOSS: [(0, 2.0), (1, 1.0)], ('dev', 'loss'): [(1, 1.5)],
              ('dev', 'wer'): [(1, 0.5)], ('dev', 'cer'): [(1, 0.2)],
              ('<x>', 'wer'): [(0, 1.2), (1, 0.9)], ('train', 'learning_rate'): [(0, 1e-3)]}
    drawn = read(draw(curves, {LOSS: [(0, 3.0), (3, 1.0)]}, ('mine', 'theirs')))
    assert len(drawn.of('figure')) == 3 and len(drawn.of('circle')) == 10 + 4, 'and keys'
    assert [each['class'] for each in drawn.of('polyline')] == [
        'line train', 'line train other', 'line more']
    for text in ('train mine: 1', 'train theirs: 1', 'dev WER mine: 50', 'dev CER mine: 20',
                 '<x> WER mine: 90', 'best: epoch 2', 'epoch 1', '4'):
        assert text in drawn.text, text
    assert draw({}, {}) == '' == draw({LOSS: [(0, math.nan)]}, {})
