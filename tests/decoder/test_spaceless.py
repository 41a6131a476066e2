"""Scorers of alphabets without a space: each label is a word; against formulas."""

import numpy as np
import pytest

from tests.helpers import posteriors, reference
from tests.helpers.reference import close

LABELS = 'abcd'
ARPA = """\\data\\
ngram 1=6
ngram 2=5
ngram 3=2

\\1-grams:
-2.5\t<unk>\t0
-99\t<s>\t-0.3
-0.9\t</s>\t0
-0.7\ta\t-0.2
-0.9\tb\t-0.4
-1.1\tc\t-0.1

\\2-grams:
-0.3\t<s> b\t-0.2
-0.6\ta c\t-0.15
-0.4\tb a\t-0.25
-0.8\tc c\t0
-0.5\tc </s>

\\3-grams:
-0.1\t<s> b a
-0.35\tb a c

\\end\\
"""
MODEL = reference.Trigrams(ARPA)
ALPHA, BETA = 0.8, 1.2


@pytest.fixture(scope='module')
def spaceless(d, tmp_path_factory):
    """Return an alphabet of four labels and a scorer that knows three of them."""
    folder = tmp_path_factory.mktemp('spaceless')
    (folder / 'alphabet.txt').write_text('\n'.join(LABELS) + '\n')
    (folder / 'lm.arpa').write_text(ARPA)
    alphabet = d.Alphabet(folder / 'alphabet.txt')
    return alphabet, d.Scorer(ALPHA, BETA, folder / 'lm.arpa', alphabet)


def scored(hot_words=None, added=(), phrases=None):
    def bonus(text):
        earned = MODEL.bonus(''.join(c + ' ' for c in text), ALPHA, BETA, hot_words or {}, added)
        if earned is None:
            return None
        return earned + sum(boost * ALPHA * sum(text.startswith(phrase, i)
                                                for i in range(len(text)))
                            for phrase, boost in (phrases or {}).items())
    return bonus


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('asked, bonus', [
    ({}, scored()),
    ({'a': 2.0, 'c': -1.5}, scored({'a': 2.0, 'c': -1.5})),
    ({'bac': 3.0, 'c c': 1.0}, scored(phrases={'bac': 3.0, 'cc': 1.0})),
    ({'d': 9.0}, scored(added=('d',), phrases={'d': 9.0})),
], ids=['plain', 'hot words', 'phrases', 'a new word'])
def test_equals_exhaustion(d, spaceless, seed, asked, bonus):
    alphabet, scorer = spaceless
    assert not scorer.is_utf8_mode() and scorer.words_left_out == 0
    probs = posteriors.random(6, 5, 1.0, 0.0, np.random.default_rng(seed))
    expected = reference.exhaustive(probs, LABELS, bonus)
    outputs = d.decode(probs, alphabet, 5000, 100, scorer=scorer, hot_words=asked)
    close(outputs, expected, 40)
    assert outputs[0].text and ('d' in asked or 'd' not in ''.join(out.text for out in outputs))


@pytest.mark.parametrize('seed', range(6))
@pytest.mark.parametrize('width', [8, 40])
def test_equals_the_plain_beam_search(d, spaceless, seed, width):
    alphabet, scorer = spaceless
    probs = posteriors.random(15, 5, 2.0, 0.0, np.random.default_rng(seed))
    expected = reference.beam(probs, LABELS, width, scored(), lambda text: 0.0, BETA)
    close(d.decode(probs, alphabet, width, 5, scorer=scorer), expected, 3)


def test_the_model_decides_what_is_heard_badly(d, spaceless):
    """Heard as well as each other, b begins a text and a follows it."""
    alphabet, scorer = spaceless
    probs = np.full((3, 5), 0.02)
    probs[0, :3] = probs[2, :3] = 0.3
    probs[1, 4] = 0.9
    assert d.decode(probs, alphabet, 100, scorer=scorer)[0].text == 'ba'
    out = d.decode(probs, alphabet, 100, scorer=scorer)[0]
    assert [word.text for word in out.words] == ['ba']  # nothing ends a word of the text


def test_labels_of_several_letters(d, tmp_path):
    (tmp_path / 'alphabet.txt').write_text('kya\nka\nki\n')
    alphabet = d.Alphabet(tmp_path / 'alphabet.txt')
    (tmp_path / 'lm.arpa').write_text(ARPA.replace('\tb', '\tkya').replace(' b', ' kya').replace(
        '\ta', '\tka').replace(' a', ' ka').replace('\tc', '\tki').replace(' c', ' ki'))
    scorer = d.Scorer(ALPHA, BETA, tmp_path / 'lm.arpa', alphabet)
    assert scorer.words_left_out == 0
    probs = np.full((3, 4), 0.03)
    probs[0, :2] = probs[2, :2] = 0.45
    probs[1, 3] = 0.9
    assert d.decode(probs, alphabet, 100, scorer=scorer)[0].text == 'kyaka'
    boosted = d.decode(probs, alphabet, 100, scorer=scorer, hot_words={'kakya': 9.0})[0]
    assert boosted.text == 'kakya'
