"""An alignment in a file: all of it comes back, bit by bit, if it is of the same."""

import random

import pytest

from tests.helpers.need import need_module
from util.align.found import read_found, write_found

STATE = {'form': 1, 'model': 'x', 'audio': 'ä b.wav'}


@pytest.fixture
def made():
    """Return an alignment of two lines, the second one not found, and silences."""
    of = need_module('deepspeech').alignment
    number = random.Random(1).random

    def letters(word, found):
        return [of.AlignedLetter(c, number(), number(), number(), found) for c in word]

    def words(line, found):
        return [of.AlignedWord(word, number(), number(), number(), found, letters(word, found))
                for word in line.split()]

    lines = [of.AlignedLine(line, number(), number(), number(), found, words(line, found))
             for line, found in (('“Grüße”, said he', True), ('1984 漢字\u2028!', False))]
    return of.Alignment(lines, number()), [(0.0, number()), (1 + number(), 2 + number())]


def test_it_comes_back(tmp_path, made):
    path = tmp_path / 'new' / 'a.json'
    assert read_found(path, STATE) is None
    write_found(path, STATE, *made)
    assert read_found(path, STATE) == made


@pytest.mark.parametrize('change', [{'model': 'y'}, {'form': 2}, {'more': 1}])
def test_of_something_else_it_does_not(tmp_path, made, change):
    write_found(tmp_path / 'a.json', STATE, *made)
    assert read_found(tmp_path / 'a.json', {**STATE, **change}) is None


def test_damaged_it_does_not(tmp_path, made):
    path = tmp_path / 'a.json'
    write_found(path, STATE, *made)
    whole = path.read_text()
    for text in (whole[:-1], '[]', '{}', whole.replace('"lines":[', '"lines":[1,'),
                 whole.replace('"lines":[', '"lines":[["a",1],')):
        path.write_text(text)
        assert read_found(path, STATE) is None
