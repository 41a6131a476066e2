"""When to stop and how fast to learn."""
import math

import pytest

from util.training.schedule import (
    RateSettings,
    StopSettings,
    due,
    learning_rate,
    since_improvement,
    stop_reason,
)


def test_stop_needs_a_full_window():
    assert not stop_reason([1.0, 2.0, 3.0], StopSettings(window=4))


def test_stop_when_the_last_loss_exceeds_the_earlier_ones():
    reason = stop_reason([10.0, 5.0, 4.0, 11.0], StopSettings(mean_threshold=0, std_threshold=0))
    for number in ('11.000000', '10.000000', '7.500000', '2.500000'):
        assert number in reason


def test_stop_when_nothing_moves():
    assert stop_reason([5.0, 5.1, 9.0, 5.2], StopSettings())
    assert not stop_reason([5.0, 5.1, 4.0, 4.5], StopSettings())  # 0.55 away from the mean
    assert not stop_reason([4.0, 6.0, 9.0, 5.2], StopSettings())  # deviation 1 before


def test_window_is_at_least_three():
    assert stop_reason([5.0, 9.0, 6.0], StopSettings(window=1))


def test_no_early_stop_never_stops():
    assert not stop_reason([1.0, 2.0, 3.0, 4.0, 5.0], StopSettings(enabled=False))


def test_rule_of_0_9_3_counts_validations_without_improvement():
    settings = StopSettings(epochs=3, min_delta=0.1)
    assert not stop_reason([5.0, 4.0, 4.0, 3.95], settings)
    assert stop_reason([5.0, 4.0, 4.0, 3.95, 3.91], settings)
    assert since_improvement([5.0, 4.0, 3.0], 0.1) == 0


@pytest.mark.parametrize('schedule, halfway', [('constant', 1.0), ('linear', 0.5), ('cosine', 0.5)])
def test_schedules(schedule, halfway):
    settings = RateSettings(rate=0.2, schedule=schedule)
    assert learning_rate(0, 100, [], settings) == pytest.approx(0.2)
    assert learning_rate(50, 100, [], settings) == pytest.approx(0.2 * halfway)
    assert learning_rate(25, 100, [], RateSettings(0.2, 'cosine')) == pytest.approx(
        0.1 * (1 + math.cos(math.pi / 4)))


def test_warmup_rises_linearly():
    settings = RateSettings(rate=1.0, warmup_steps=4)
    assert [learning_rate(s, 9, [], settings) for s in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]


def test_each_plateau_reduces_the_rate():
    settings = RateSettings(rate=1.0, plateau_epochs=2, plateau_reduction=0.1, min_delta=0.0)
    assert learning_rate(0, 9, [3.0, 3.0], settings) == 1.0
    assert learning_rate(0, 9, [3.0, 3.0, 3.0], settings) == pytest.approx(0.1)
    assert learning_rate(0, 9, [3.0, 3.0, 3.0, 3.0, 3.0], settings) == pytest.approx(0.01)
    assert learning_rate(0, 9, [3.0, 3.0, 3.0, 2.0], settings) == pytest.approx(0.1)


@pytest.mark.parametrize('every, epochs', [(0, []), (1, [0, 1, 2, 3, 4, 5]), (2, [2, 4, 5]),
                                           (5, [5]), (9, [5])])
def test_every_so_many_epochs_and_after_the_last(every, epochs):
    assert [epoch for epoch in range(6) if due(every, epoch, 6)] == epochs
