"""Calibration: curves, their error, and which words are right."""

import jiwer
import numpy as np
import pytest

from util.client.reliability import (
    bins,
    calibration_error,
    fit_curve,
    probabilities,
    right_words,
)


@pytest.mark.parametrize('seed', range(4))
@pytest.mark.parametrize('true', [lambda x: x, lambda x: x ** 3, lambda x: 0.3 + 0.4 * (x > 0.5)])
def test_a_curve_learns_how_often_results_are_right(seed, true):
    rng = np.random.default_rng(seed)

    def draw(count):
        raw = rng.uniform(0, 1, count)
        return raw, rng.uniform(0, 1, count) < true(raw)
    raw, right = draw(2000)
    knots = fit_curve(raw, right)
    assert all(a < c and b <= d for (a, b), (c, d) in zip(knots, knots[1:]))
    raw, right = draw(20000)  # held out
    assert calibration_error(probabilities(knots, raw), right) < 0.05


@pytest.mark.parametrize('raw, right', [
    ([0.5], [True]), ([0.5] * 100, [True, False] * 50), ([0.0] * 30, [False] * 30),
    ([1.0] * 50, [True] * 50), (np.linspace(0, 1, 100), [True] * 50 + [False] * 50)])
def test_curves_of_odd_sets(raw, right):
    knots = fit_curve(raw, right)
    assert all(a < c and b <= d for (a, b), (c, d) in zip(knots, knots[1:]))
    assert all(0 <= x <= 1 and 0 < p < 1 for x, p in knots if (x, p) != (0, 0))
    assert probabilities(knots, raw).mean() == pytest.approx(np.mean(right), abs=0.26)


@pytest.mark.parametrize('share', [0.5, 0.8, 0.95, 1])
@pytest.mark.parametrize('count', [30, 57, 500, 1600])
def test_what_fits_nothing_is_not_right_however_easy_the_set(count, share):
    """A limit above 0 rejects it."""
    rng = np.random.default_rng(count)
    knots = fit_curve(rng.uniform(0.4, 1, count), rng.uniform(0, 1, count) < share)
    assert list(probabilities(knots, [0, 1e-4, 0.01, 0.1]) < [1e-9, 1e-3, 0.03, 0.3]) == [True] * 4


def test_the_lowest_results_have_knots_of_their_own():
    rng = np.random.default_rng(1)
    raw = rng.uniform(0, 1, 4000)
    knots = fit_curve(raw, rng.uniform(0, 1, 4000) < np.where(raw < 0.02, 0.1, 0.9))
    assert probabilities(knots, [0.005])[0] < 0.25


def test_the_expected_calibration_error():
    p, right = [0.05, 0.05, 0.95, 0.95, 1.0], [False, True, True, True, False]
    assert bins(p, right) == [(2, pytest.approx(0.05), 0.5), (3, pytest.approx(2.9 / 3), 2 / 3)]
    assert calibration_error(p, right) == pytest.approx((2 * 0.45 + 3 * (2.9 / 3 - 2 / 3)) / 5)
    assert calibration_error([], []) == 0


def test_right_words():
    rng = np.random.default_rng(1)
    for _ in range(200):
        said, written = (' '.join(rng.choice(list('abc'), rng.integers(1, 8))) for _ in range(2))
        right = right_words(said, written)
        kept = [word for word, is_right in zip(written.split(), right, strict=True) if is_right]
        rest = iter(said.split())
        assert all(word in rest for word in kept)  # in the same order
        edits = jiwer.process_words(said, written)
        least = edits.substitutions + edits.insertions + edits.deletions
        assert max(len(said.split()), len(written.split())) - len(kept) <= least
    assert right_words('a b c', 'a x c d') == [True, False, True, False]
    assert right_words('', 'a b') == [False, False] and right_words('a', '') == []
