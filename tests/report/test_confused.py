"""Lists and matrix of confusions: what they count, and for which languages."""

import random
import string

from tests.helpers.pages import read
from tests.helpers.runs import utterance
from util.report.confused import LETTERS, OFTEN, confused


def page_of(*tested, by_characters=False):
    return read('\n'.join(confused(tested, by_characters)))


def test_what_is_listed():
    found = page_of(utterance('a b', 'a <c>'), utterance('ab', 'a b'))
    assert '<c>' in found.text and '\N{OPEN BOX}' in found.text and 'nothing' in found.text
    titles = {each['title'] for each in found.of('td') if 'title' in each}
    assert 'nothing understood as a space: 1 of 3' in titles
    assert 'b understood as >: 1 of 2' in titles
    quoted = page_of(utterance('"', '&'))
    assert {'" understood as &: 1 of 1'} == {
        each['title'] for each in quoted.of('td') if 'title' in each}
    assert 'There are no errors' in page_of(utterance('a', 'a')).text


def test_letters_alone():
    assert 'Words' in page_of(utterance('a b', 'a')).text
    found = page_of(utterance('a b', 'a'), by_characters=True)
    assert 'Words' not in found.text and 'Letters' in found.text


def test_no_more_than_one_can_read():
    rng = random.Random(1)
    texts = [''.join(rng.choices(string.ascii_letters, k=30)) for _ in range(20)]
    found = page_of(*(utterance(one, two) for one, two in zip(texts, texts[::-1])))
    rows = OFTEN + 1, OFTEN + 1, LETTERS + 2  # words, letters, matrix; each with its head
    assert len(found.of('tr')) == sum(rows)
    assert len(found.of('td')) == 4 * 2 * OFTEN + (LETTERS + 1) ** 2
