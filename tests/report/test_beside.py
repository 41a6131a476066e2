"""Two runs on a page: what their difference is worth, and where it is."""

import pytest

from tests.helpers.pages import read
from tests.helpers.runs import utterance
from util.report.beside import beside, changed
from util.report.look import Looked
from util.report.run import Run
from util.report.versus import Versus


def looked(name, heard, **flags):
    tested = [utterance('a b c', text, f'{number}.wav') for number, text in enumerate(heard)]
    return Looked(Run(name, flags=flags), {}, {'test': tested} if tested else {})


def page_of(ours, theirs, by_characters=False):
    versus = Versus.of(ours.tested, theirs.tested, by_characters)
    return read('\n'.join([*beside(ours, theirs, versus), *changed(ours, theirs, versus)]))


@pytest.mark.parametrize('ours, theirs, words', [
    ('a b c', 'a b x', ['33.3 points lower: more than chance', 'between -33.3 and -33.3']),
    ('a b x', 'a b c', ['33.3 points higher: more than chance', 'between +33.3 and +33.3']),
    ('a b x', 'a x c', ['the same: no more than what chance can bring'])])
def test_what_a_difference_is_worth(ours, theirs, words):
    found = page_of(looked('<x>', [ours] * 9), looked('y', [theirs] * 9))
    for text in ['On the 9 utterances of both, the WER of <x> is ', *words]:
        assert text in found.text, text


def test_where_two_differ():
    found = page_of(looked('x', ['a b c', 'a <b> c']), looked('y', ['a b c d', 'a <b> c']))
    assert 'x, 0 errors' in found.text and 'y, 1 error' in found.text
    assert len(found.of('dl')) == len(found.of('u')) == 1
    letters = page_of(looked('x', ['a b c']), looked('y', ['a x cd']), by_characters=True)
    assert 'the CER of x' in letters.text and 'y, 2 errors' in letters.text
    assert len(letters.of('u')) == 2


def test_flags():
    ours, theirs = (looked(name, ['a'], epoch=name, early_stop='') for name in 'xy')
    found = page_of(ours, theirs)
    assert [text for text in ('epoch', 'early_stop') if text in found.text] == ['epoch']
    same = page_of(ours, ours)
    assert 'They have the same flags' in same.text and not same.of('dl')
    assert 'Which flags differ is not known' in page_of(looked('x', ['a']), looked('y', [])).text


def test_nothing_in_common():
    other = Looked(Run('y'), {}, {'test': [utterance('else', 'b', 'z.wav')]})
    assert 'no recording in common' in page_of(looked('x', ['a']), other).text
    assert list(beside(other, None, None)) == [] == list(changed(other, None, None))
