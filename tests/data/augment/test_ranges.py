"""Ranges of values: the inputs and answers of 0.9.3's own tests, and what is refused."""
import numpy as np
import pytest
import tensorflow as tf

from util.data.augment.ranges import (
    RangeError,
    ValueRange,
    get_value_range,
    pick_value_from_range,
    tf_pick_value_from_range,
)


@pytest.mark.parametrize('kind', [int, float])
@pytest.mark.parametrize('value, expected', [
    ('1', (1, 1, 0)), (1, (1, 1, 0)), ('1~3', (1, 1, 3)), ('1:2', (1, 2, 0)), ((1, 2), (1, 2, 0)),
    ('1:2~3', (1, 2, 3)), ((1, 2, 3), (1, 2, 3)), ('-5:-7~0', (-5, -7, 0)),
    (' 1 : 2 ~ 3 ', (1, 2, 3))])
def test_forms(kind, value, expected):
    found = get_value_range(value, kind)
    assert found == ValueRange(*map(kind, expected)) and found.kind is kind
    assert all(type(each) is kind for each in found)


@pytest.mark.parametrize('value, kind, at', [
    ('1:2:3', float, 3), ('1~2~3', float, 3), ('1~2:3', float, 3), ('', float, 0), ('a', int, 0),
    ('1:b', int, 2), ('1:2~c', int, 4), ('1.5', int, 0), ('1:', float, 2), ('1~', float, 2),
    ('nan', float, 0), ('1:inf', float, 2), ('1~-1', float, 2)])
def test_what_is_no_range_is_told_where(value, kind, at):
    with pytest.raises(RangeError) as failure:
        get_value_range(value, kind)
    assert failure.value.at == at


@pytest.mark.parametrize('value', [(1,), (1, 2, 3, 4), None, [1, 2]])
def test_other_things_are_no_range(value):
    with pytest.raises(ValueError, match='expected a number'):
        get_value_range(value, int)


def pickers():
    """Both pickers, as functions of range and clock."""
    return [pick_value_from_range, lambda value_range, clock: tf_pick_value_from_range(
        value_range, clock=tf.constant(clock, tf.float64)).numpy()]


@pytest.mark.parametrize('pick', pickers(), ids=['numpy', 'tensorflow'])
def test_picks_by_the_clock(pick):
    for clock, whole, real in ((0.0, 1, 1.0), (0.5, 2, 1.5), (1.0, 3, 2.0), (-1, 1, 1.0),
                               (7.0, 3, 2.0)):
        assert pick(get_value_range((1, 3, 0), int), clock) == whole
        assert pick(get_value_range((1.0, 2.0, 0.0), float), clock) == real
    assert pick(ValueRange(0, 5, 0), 0.5) == 2 and pick(ValueRange(0, 7, 0), 0.5) == 4


@pytest.mark.parametrize('kind', [int, float])
@pytest.mark.parametrize('pick', pickers(), ids=['numpy', 'tensorflow'])
def test_picks_around_the_clock(pick, kind):
    value_range = get_value_range((10000, 30000, 10000), kind)
    for low, high, smallest, largest in ((0, .1, 0, 22000), (.4, .6, 8000, 32000),
                                         (.8, 1, 16000, 40000)):
        values = [pick(value_range, clock) for clock in np.linspace(low, high, 100)]
        assert smallest <= min(values) and max(values) <= largest and len(set(values)) > 80


def test_without_a_clock_anywhere():
    value_range = ValueRange(0, 1000, 0)
    for values in ([pick_value_from_range(value_range) for _ in range(100)],
                   [int(tf_pick_value_from_range(value_range)) for _ in range(100)]):
        assert min(values) < 200 and max(values) > 800


def test_all_chance_comes_from_what_is_given():
    value_range = ValueRange(1.0, 2.0, 0.5)
    picks = [pick_value_from_range(value_range, None, np.random.default_rng(n)) for n in (1, 1, 2)]
    assert picks[0] == picks[1] != picks[2]
    picks = [float(tf_pick_value_from_range(value_range, None, [1, n])) for n in (1, 1, 2)]
    assert picks[0] == picks[1] != picks[2]
    several = tf_pick_value_from_range(ValueRange(0, 1000, 0), None, [1, 2], [20]).numpy()
    assert several.shape == (20,) and len(set(several.tolist())) > 15
