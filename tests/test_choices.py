"""Options that take names of a list."""

import argparse

import pytest

from util.choices import choices


def test_known_names_come_in_their_order():
    assert choices(('a', 'b', 'c'))('c,a') == ['c', 'a']


@pytest.mark.parametrize('value, wrong', [('x', 'x'), ('a,x', 'x'), ('', ''), ('a,', ''),
                                          ('a, b', ' b')])
def test_an_unknown_name_is_said_with_those_that_are_known(value, wrong):
    with pytest.raises(argparse.ArgumentTypeError) as refusal:
        choices({'a': 1, 'b': 2})(value)
    assert str(refusal.value) == f'{wrong!r}: expected a, b'
