"""Options that take names of a list, or numbers within bounds."""

import argparse
import subprocess
import sys

import pytest

from tests.helpers.places import BIN
from util.choices import at_least, choices, real


def test_known_names_come_in_their_order():
    assert choices(('a', 'b', 'c'))('c,a') == ['c', 'a']


@pytest.mark.parametrize('value, wrong', [('x', 'x'), ('a,x', 'x'), ('', ''), ('a,', ''),
                                          ('a, b', ' b')])
def test_an_unknown_name_is_said_with_those_that_are_known(value, wrong):
    with pytest.raises(argparse.ArgumentTypeError) as refusal:
        choices({'a': 1, 'b': 2})(value)
    assert str(refusal.value) == f'{wrong!r}: expected a, b'


@pytest.mark.parametrize('least, most', [(0, 10 ** 6), (1, 10 ** 6), (1, 3)])
def test_whole_numbers_have_bounds(least, most):
    read = at_least(least, most)
    assert [read(str(number)) for number in (least, most)] == [least, most]
    for value in (str(least - 1), str(most + 1), '1.5', 'x', '', 'nan', 'inf', '9' * 5000):
        with pytest.raises(argparse.ArgumentTypeError, match=f'a whole number from {least} to'):
            read(value)


def test_numbers_are_finite_and_have_bounds():
    assert real()('-1e9') == -1e9 and real(0)('0') == 0 and real(-1, 1)('0.5') == 0.5
    for read, says in ((real(), 'a number$'), (real(0), 'a number, 0 or more'),
                       (real(-1, 1), 'a number from -1 to 1')):
        for value in ('nan', 'inf', '-inf', 'x', '', '1e999'):
            with pytest.raises(argparse.ArgumentTypeError, match=says):
                read(value)
    for read, value in ((real(0), '-0.1'), (real(-1, 1), '1.1'), (real(-1, 1), '-2')):
        with pytest.raises(argparse.ArgumentTypeError):
            read(value)


@pytest.mark.parametrize('tool, arguments', [
    ('calibrate.py', ['m', '--dev_files', 'd']),
    ('tune_hot_words.py', ['m', '--words', 'a', '--dev_files', 'd']),
    ('tune_keywords.py', ['m', '--keywords', 'a', '--dev_files', 'd', '--out', 'o'])])
@pytest.mark.parametrize('option', [
    ['--jobs', '0'], ['--beam_width', '-1'], ['--boosts', '1,nan'], ['--false_cost', '-5'],
    ['--false_alarms', 'inf'], ['--lm_alpha', 'nan']])
def test_tools_refuse_numbers_that_cannot_be(tool, arguments, option):
    """As wrong use, before they open anything; an option that a tool lacks is wrong use as well."""
    done = subprocess.run([sys.executable, BIN / tool, *arguments, *option], text=True,
                          capture_output=True, check=False)
    assert done.returncode == 2 and option[0] in done.stderr.splitlines()[-1]
