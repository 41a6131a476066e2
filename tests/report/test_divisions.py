"""Tables by length, speaker and time: a bar is as long as the rate is high."""

import re

from tests.helpers.pages import read
from tests.helpers.runs import utterance
from util.report.divisions import SHOWN, divisions
from util.report.look import Looked
from util.report.run import Run


def looked(tested, **more):
    return Looked(Run('mine'), {}, {'test': tested}, **more)


def page_of(*runs):
    return read('\n'.join(divisions(*runs)))


def widths(found, kind):
    return [float(re.search(r'[\d.]+', each['style'])[0]) for each in found.of('div')
            if each.get('class') == kind]


def test_bars_are_as_long_as_rates_are_high():
    ours = [utterance('a b c d', 'a b c x', secs=1), utterance('a b', 'x y', secs=3)]
    theirs = [utterance('a b c d', 'x', secs=1.5), utterance('a', 'a', secs=9)]
    found = page_of(looked(ours), looked(theirs))
    assert widths(found, 'ours') == [25, 100] and widths(found, 'theirs') == [100]
    assert 'By length' in found.text and 'Grey: mine' in found.text
    assert 'By speaker' not in found.text and 'By time' not in found.text


def test_time_is_in_the_order_that_is_known():
    tested = [utterance('a', 'a', secs=20)] * 3
    for in_order, words in ((True, 'order of the set'), (False, 'order of the names')):
        assert words in page_of(looked(tested, in_order=in_order), None).text


def test_speakers_beyond_count_are_counted():
    tested = [utterance('a', 'b', speaker=f's{number}') for number in range(SHOWN + 3)]
    assert '3 speakers with fewer errors not shown' in page_of(looked(tested), None).text


def test_nothing_is_divided_without_a_test():
    assert page_of(Looked(Run('mine')), None).found == []
    missing = {'speakers': 'no errors by speaker: <why>'}
    assert '<why>' in page_of(looked([utterance('a', 'b')], missing=missing), None).text
