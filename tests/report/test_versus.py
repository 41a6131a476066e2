"""Two runs: paired by recording, and sure only where there is reason to be."""

import random

import pytest

from tests.helpers.runs import utterance
from util.report.versus import Versus


def test_of_runs_that_are_equal_and_such_that_are_not():
    rng = random.Random(2)
    ours = [utterance('a b c d', f'a b c {rng.choice("dx")}', f'{n}.wav') for n in range(200)]
    theirs = [utterance('a b c d', f'a b {rng.choice("cx")} {rng.choice("dx")}', f'{n}.wav')
              for n in range(200)]
    same, better = Versus.of(ours, ours), Versus.of(ours, theirs)
    assert (same.difference, same.low, same.high, same.changed(9)) == (0, 0, 0, [])
    edits = [sum(each.word_edits for each in tested) for tested in (ours, theirs)]
    assert better.difference == pytest.approx((edits[0] - edits[1]) / 800)
    assert better.low < better.difference < better.high < 0
    opposite = Versus.of(theirs, ours)
    assert (opposite.low, opposite.high) == pytest.approx((-better.high, -better.low))
    assert 0.1 < better.high - better.low + 0.06 < 0.2


def test_only_what_both_have_counts_and_what_is_called_alike_not():
    ours = [utterance('a', 'a', 'x/1.wav'), utterance('b', 'b', 'x/2.wav'),
            utterance('c', 'c', 'x/3.wav'), utterance('c', 'c', 'y/3.wav')]
    theirs = [utterance('a', 'b', 'z/1.wav'), utterance('other', 'b', 'z/2.wav'),
              utterance('c', 'd', 'z/3.wav')]
    found = Versus.of(ours, theirs)
    assert [(one.wav_filename, two.wav_filename) for one, two in found.pairs] == [
        ('x/1.wav', 'z/1.wav')]
    assert found.difference == -1
    assert Versus.of(ours, []) is None is Versus.of(ours, theirs[1:2])
    there = [utterance('c', 'd', 'y/3.wav'), *theirs]
    assert [two.wav_filename for _, two in Versus.of(ours, there).pairs] == ['y/3.wav']


def test_what_has_changed_most():
    ours = [utterance('a b c', 'a b c', '1'), utterance('a b c', 'x b c', '2'),
            utterance('a b c', 'a b', '3')]
    theirs = [utterance('a b c', 'a b x', '1'), utterance('a b c', 'xx b c', '2'),
              utterance('a b c', 'a b c d e f', '3')]
    assert [one.place for one, _ in Versus.of(ours, theirs).changed(9)] == ['3', '1']
    assert [one.place for one, _ in Versus.of(ours, theirs).changed(1)] == ['3']
    letters = Versus.of(ours, theirs, by_characters=True)
    assert [one.place for one, _ in letters.changed(9)] == ['3', '1', '2']
