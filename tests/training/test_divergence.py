"""Whose losses are not finite is said, and the third batch in a row ends the training."""
import numpy as np
import pytest

from util.data.manifest import Utterance
from util.errors import UserError
from util.training.divergence import Watch

INDEX = np.array([2, 0, -1])  # the third only fills up
FINE, BAD = np.array([1.0, 2.0, 3.0]), np.array([np.inf, 2.0, np.nan])


@pytest.fixture
def watch():
    return Watch([Utterance(f'{name}.wav', 0, 'a', 'train.csv', 2) for name in 'abc'])


def test_the_utterance_is_named(watch, capsys):
    watch.look(7, np.nan, 1.0, BAD, INDEX, 0.1)
    assert capsys.readouterr().out == (
        'W step 7: batch skipped (loss nan, gradient norm 1); check c.wav\n')


def test_of_a_gradient_the_whole_batch_is(watch, capsys):
    watch.look(7, 2.0, np.inf, FINE, INDEX, 0.1)
    assert capsys.readouterr().out.endswith('gradient norm inf); check c.wav, a.wav\n')


def test_what_another_process_has_to_say_is_left_to_it(watch, capsys):
    watch.look(7, np.nan, 1.0, FINE, INDEX, 0.1)
    assert capsys.readouterr().out == ''


def test_three_in_a_row_end_it(watch):
    for step, loss in enumerate([np.nan, np.nan, 1.0, np.nan, np.nan]):
        watch.look(step, loss, 1.0, BAD, INDEX, 0.1)
    with pytest.raises(UserError, match=r'three batches in a row.*--learning_rate \(now 0.1\)'):
        watch.look(5, np.nan, 1.0, BAD, INDEX, 0.1)
