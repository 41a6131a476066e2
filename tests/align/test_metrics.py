"""The metrics of DSAlign, beside an independent library where it has them, and by enumeration."""

import importlib
import itertools
import random

import pytest

from tests.helpers.need import need_module
from util.align import metrics
from util.align.metrics import NAMES, measures
from util.errors import UserError


def pairs(letters, longest, count=300):
    """Return pairs of texts of all lengths from 0."""
    random.seed(4)
    made = [tuple(''.join(random.choices(letters, k=random.randrange(longest + 1)))
                  for _ in 'ab') for _ in range(count)]
    return [*made, ('', ''), ('', 'a'), ('a', ''), ('ab', 'ab')]


@pytest.mark.parametrize('name', [name for name in NAMES if name not in ('tlen', 'mlen')])
def test_all_lie_between_nothing_and_the_same(name):
    need_module('textdistance')
    measure = measures([name])[name]
    same, other = (0, 100) if name in ('cer', 'wer') else (100, 0)
    for text in 'a', 'one', 'one two three':
        assert measure(text, text) == same
        assert measure('zzzzz', text) == other or name == 'editex'  # whose zero is elsewhere
        assert 0 <= measure(text + 'x', text) <= 100
    for heard, written in pairs('ab c', 12):
        assert 0 <= measure(heard, written) <= 100


def test_lengths_and_order():
    found = measures(['mlen', 'tlen'])
    assert list(found) == ['mlen', 'tlen']
    assert (found['tlen']('four', 'three'), found['mlen']('four', 'three')) == (4, 5)


@pytest.mark.parametrize('name', ['levenshtein', 'hamming'])
def test_ours_are_those_of_the_library(name):
    library = getattr(need_module('textdistance'), name)
    measure = measures([name])[name]
    for heard, written in pairs('abc ', 12):
        assert measure(heard, written) == pytest.approx(
            100 * library.normalized_similarity(heard, written), abs=0.006)


def test_smith_waterman_by_enumeration():
    """The best of all parts of one against all parts of the other, aligned in every way."""
    def score(a, b):  # of an alignment from end to end
        if not a or not b:
            return -100 * (len(a) + len(b))
        return max(score(a[1:], b[1:]) + (100 if a[0] == b[0] else -100),
                   score(a[1:], b) - 100, score(a, b[1:]) - 100)

    def parts(text):
        return {text[i:k] for i in range(len(text) + 1) for k in range(i, len(text) + 1)}

    for heard, written in pairs('ab', 5, 60):
        best = max(score(a, b) for a, b in itertools.product(parts(heard), parts(written)))
        longer = max(len(heard), len(written))
        assert measures(['sws'])['sws'](heard, written) == pytest.approx(
            best / longer if longer else 100, abs=0.006)


def test_weighted_n_grams_by_hand():
    """Of `abc`: letters weigh 4, 1, 4; pairs 5, 5; the whole 6; so 25 in all."""
    wng = measures(['wng'])['wng']
    assert wng('abc', 'abc') == 100
    assert wng('a', 'abc') == wng('abc', 'a') == 100 * 4 / 25
    assert wng('ab', 'abc') == pytest.approx(100 * (4 + 1 + 5) / 25)
    assert wng('bc', 'abc') == pytest.approx(100 * (1 + 4 + 5) / 25)
    assert wng('abcabc', 'abc') < wng('abcx', 'abc') < 100


def test_the_library_is_named_where_it_is_not(monkeypatch):
    def missing(name):
        raise ImportError(name)
    monkeypatch.setattr(importlib, 'import_module', missing)
    with pytest.raises(UserError, match='--metrics editex needs textdistance: pip install'):
        metrics.measures(['wng', 'editex'])
