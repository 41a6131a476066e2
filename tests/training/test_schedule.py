"""When to stop and how fast to learn."""
import itertools
import math

import pytest

from util.training.schedule import (
    RateSettings,
    StopSettings,
    due,
    is_best,
    learning_rate,
    since_improvement,
    stop_reason,
)

OF_2017 = StopSettings(as_2017=True)
# Validations of a training on spoken digits (bin/run-fsdd.sh, without variation): loss, WER in %
DIGITS = '''
    9.473 100.0  3.571 100.0  2.232 75.2  1.099 33.2  0.922 22.0  0.751 10.0  0.652  5.6
    0.973   8.8  0.555   7.2  0.580  6.4  0.754  7.2  0.508  5.6  0.613  4.8  0.669  4.8
    0.626   5.2  0.392   4.0  0.502  4.8  0.466  4.4  0.507  4.0  0.596  4.4  0.428  2.8
    0.439   7.6  0.309   5.2  0.395  4.4  0.566  4.4  0.466  4.4  0.474  4.0  0.424  3.2
    0.428   3.6  0.431   3.2  0.415  3.6  0.419  3.2  0.309  3.2  0.509  2.8  0.489  4.0
    0.470   5.2  0.643   4.4  0.511  2.0  0.571  2.4  0.595  2.4'''.split()


def stops_after(losses, settings, wers=()):
    """Return the number of validations after which a rule stops, or None."""
    return next((n for n in range(1, len(losses) + 1)
                 if stop_reason(losses[:n], settings, wers[:n])), None)


def test_the_default_lets_a_real_training_reach_its_end():
    losses, wers = [list(map(float, DIGITS[i::2])) for i in (0, 1)]
    end = stops_after(losses, StopSettings(), wers)
    assert end and min(wers[:end]) <= min(wers) + 1.0
    assert stops_after(losses, OF_2017) <= 9 and min(wers[:9]) > min(wers) + 3.0


@pytest.mark.parametrize('scale', [0.01, 1.0, 100.0])
@pytest.mark.parametrize('validations', [3, 20, 90])
def test_the_default_stops_what_has_ended_and_nothing_else(scale, validations):
    """Whatever the size of the loss: flat, rising or hardly falling; with and without WER."""
    falling = [scale * (1 + 9 * 0.9 ** n) for n in range(validations)]
    assert stops_after(falling, StopSettings()) is None or validations == 90
    for tail in ([falling[-1]] * 60, [falling[-1] * 1.02 ** n for n in range(60)],
                 [falling[-1] * 0.9999 ** n for n in range(60)], [math.nan] * 60):
        losses = falling + tail
        end = stops_after(losses, StopSettings())
        assert end and end <= max(validations + 12, 1.6 * validations)
        wers = [1.0] * len(losses)
        assert stops_after(losses, StopSettings(), wers) == end
        improving = [0.999 ** n for n in range(len(losses))]
        assert stops_after(losses, StopSettings(), improving) is None


def test_stop_needs_a_full_window():
    assert not stop_reason([1.0, 2.0, 3.0], StopSettings(window=4, as_2017=True))


def test_stop_when_the_last_loss_exceeds_the_earlier_ones():
    settings = StopSettings(mean_threshold=0, std_threshold=0, as_2017=True)
    reason = stop_reason([10.0, 5.0, 4.0, 11.0], settings)
    for number in ('11.000000', '10.000000', '7.500000', '2.500000'):
        assert number in reason


def test_stop_when_nothing_moves():
    assert stop_reason([5.0, 5.1, 9.0, 5.2], OF_2017)
    assert not stop_reason([5.0, 5.1, 4.0, 4.5], OF_2017)  # 0.55 away from the mean
    assert not stop_reason([4.0, 6.0, 9.0, 5.2], OF_2017)  # deviation 1 before


def test_window_is_at_least_three():
    assert stop_reason([5.0, 9.0, 6.0], StopSettings(window=1, as_2017=True))


INF, NAN = math.inf, math.nan


@pytest.mark.parametrize('losses, stops', [
    ([5.0, 4.0, 3.0, INF], True), ([5.0, 4.0, 3.0, NAN], True),  # worse than all before
    ([INF, 5.0, 4.0, 3.0], False), ([NAN, 5.0, 4.0, 3.0], False),  # better than infinite
    ([INF, INF, INF, INF], False), ([NAN, NAN, NAN, NAN], False),  # nothing to compare with
    ([5.0, 5.0, NAN, 5.0], True), ([5.0, 5.0, INF, 5.0], True),  # L[-2] is not looked at
    ([NAN, 9.0, 9.0, 5.0, 4.0, 3.0], False)])  # out of the window
def test_losses_that_are_not_finite(losses, stops):
    assert bool(stop_reason(losses, OF_2017)) == stops


def test_no_loss_of_any_kind_ends_in_a_trace():
    """Every course of six losses of every kind, by every rule and at every length."""
    kinds = (NAN, INF, 3.4e38, 5.0, 4.9, 0.0)
    rates = RateSettings(rate=1.0, plateau_epochs=2)
    for losses in itertools.product(kinds, repeat=5):
        for settings in (StopSettings(window=3, as_2017=True), OF_2017, StopSettings(),
                         StopSettings(window=5, as_2017=True), StopSettings(epochs=2)):
            reason = stop_reason(losses, settings, losses)
            assert isinstance(reason, str) and '\n' not in reason
        assert 0.0 < learning_rate(0, 9, losses, rates) <= 1.0


@pytest.mark.parametrize('loss', [NAN, INF])
def test_losses_that_are_not_finite_are_no_improvement(loss):
    assert since_improvement([5.0, loss, loss], 0.1) == 2
    assert since_improvement([loss, loss], 0.1) == 2
    assert since_improvement([loss, 5.0], 0.1) == 0
    assert stop_reason([5.0, loss, loss], StopSettings(epochs=2))
    settings = RateSettings(rate=1.0, plateau_epochs=2, plateau_reduction=0.1)
    assert learning_rate(0, 9, [5.0, loss, loss], settings) == pytest.approx(0.1)


@pytest.mark.parametrize('found, best, better', [
    ([0.5, 9.0], [], True), ([0.5, 9.0], [0.6, 1.0], True), ([0.5, 9.0], [0.5, 9.5], True),
    ([0.5, 9.0], [0.5, 9.0], False), ([0.7, 1.0], [0.6, 9.0], False),
    ([0.5, NAN], [], False), ([0.0, NAN], [0.6, 9.0], False), ([NAN, 1.0], [], False),
    ([1.0, 9.0], [1.0, NAN], True), ([1.0, INF], [0.5, NAN], True),  # an older checkpoint's
    ([0.5, INF], [], True), ([0.5, 9.0], [0.5, INF], True), ([0.5, INF], [0.5, 9.0], False)])
def test_best_validation_has_the_lowest_wer_then_loss(found, best, better):
    assert is_best(found, best) == better


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
