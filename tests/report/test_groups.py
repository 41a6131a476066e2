"""Divisions of a test: each utterance in one group, and the errors of a group summed."""

import pytest

from tests.helpers.runs import utterance
from util.report.groups import PIECES, by_length, by_speaker, by_time, clock


def test_by_length():
    groups = by_length([utterance('a b', 'a b', secs=1.5), utterance('a b', 'a c', secs=1.0),
                        utterance('a', '', secs=0.5), utterance('a', 'a', secs=0),
                        utterance('a', 'b', secs=50)])
    assert {name: (rates.count, rates.wer) for name, rates in groups.items()} == {
        '0 to 1 s': (1, 1.0), '1 to 2 s': (2, 0.25), '32 s and more': (1, 1.0)}


def test_by_speaker_the_worst_first():
    groups = by_speaker([utterance('a b c', 'a b c', speaker='ann'),
                         utterance('a', 'b', speaker='ann'), utterance('a', 'b', speaker='bob'),
                         utterance('a', 'a')])
    assert [(name, rates.wer) for name, rates in groups.items()] == [
        ('bob', 1.0), ('ann', 0.25), ('not known', 0.0)]
    assert by_speaker([utterance('a', 'a')]) == {} == by_speaker([])


@pytest.mark.parametrize('hours', [0.01, 0.1, 1, 10, 100])
def test_by_time_in_few_pieces_of_the_same_length(hours):
    count = 120
    tested = [utterance('a', 'a' if number < count / 2 else 'b', secs=hours * 3600 / count)
              for number in range(count)]
    groups = by_time(tested)
    assert 1 < len(groups) <= PIECES
    assert sum(rates.count for rates in groups.values()) == count
    rates = [rates.wer for rates in groups.values()]
    assert rates == sorted(rates) and rates[0] < 0.5 and rates[-1] == 1


def test_one_piece_is_no_division():
    assert by_time([utterance('a', 'a', secs=5)] * 3) == {} == by_time([])
    assert by_time([utterance('a', 'a')] * 3) == {}
    assert clock(3 * 3600 + 62) == '3:01:02'
