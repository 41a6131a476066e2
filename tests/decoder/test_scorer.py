"""Language model, vocabulary and hot words: against formulas evaluated the slow way."""

import os

import numpy as np
import pytest

from tests.helpers import posteriors, reference
from tests.helpers.reference import close
from tests.helpers.small_model import ARPA, LABELS

MODEL = reference.Trigrams(ARPA)
ALPHA, BETA = 0.8, 1.2


@pytest.fixture(scope='module')
def scorer(d, alphabet, arpa):
    return d.Scorer(ALPHA, BETA, arpa, alphabet)


def scored(hot_words=None, **kwargs):
    return lambda text: MODEL.bonus(text, ALPHA, BETA, hot_words or {}, **kwargs)


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('hot_words', [{}, {'a': 2.0, 'c': -1.5}, {'ab': 7.0}])
def test_equals_exhaustion(d, alphabet, scorer, seed, hot_words):
    probs = posteriors.random(6, 5, 1.0, 0.0, np.random.default_rng(seed))
    expected = reference.exhaustive(probs, LABELS, scored(hot_words))
    outputs = d.decode(probs, alphabet, 5000, 100, scorer=scorer, hot_words=hot_words)
    close(outputs, expected, 40)


@pytest.mark.parametrize('seed', range(6))
@pytest.mark.parametrize('width', [8, 40])
def test_equals_the_plain_beam_search(d, alphabet, scorer, seed, width):
    probs = posteriors.random(15, 5, 2.0, 0.0, np.random.default_rng(seed))
    hot_words = {'c': 3.0}
    expected = reference.beam(
        probs, LABELS, width, scored(hot_words, last=False),
        lambda text: scored(hot_words)(text) - scored(hot_words, last=False)(text), BETA)
    outputs = d.decode(probs, alphabet, width, 5, scorer=scorer, hot_words=hot_words)
    close(outputs, expected, 3)


@pytest.mark.parametrize('others, oov_cost', [
    (100, None), (40000, None), (65531, None), *((n, 1.0) for n in (30, 59, 60, 61, 124))])
def test_labels_of_any_number(d, alphabet, scorer, arpa, tmp_path, others, oov_cost):
    """Four labels behind many that are never heard; 65,535 is what the format can count."""
    path = tmp_path / 'alphabet.txt'
    path.write_text('\n'.join([*(f'<{i}>' for i in range(others)), *LABELS]) + '\n')
    many = d.Alphabet(path)
    assert len(many) == others + 4
    probs = posteriors.random(12, 5, 2.0, 0.0, np.random.default_rng(1))
    wide = np.hstack([np.zeros((12, others)), probs])
    hot_words = {'c': 3.0, 'a b': 1.0}
    expected = d.decode(probs, alphabet, 40, 5, scorer=scorer, hot_words=hot_words,
                        oov_cost=oov_cost)
    outputs = d.decode(wide, many, 40, 5, scorer=d.Scorer(ALPHA, BETA, arpa, many),
                       hot_words=hot_words, oov_cost=oov_cost)
    assert [(o.text, o.confidence) for o in outputs] == [(o.text, o.confidence) for o in expected]
    assert expected[0].text


def phrase_bonus(phrases, base=lambda text: 0.0):
    """Sum of the boosts of all phrases in a text, at word boundaries, beyond `base`."""
    def bonus(text):
        earned = base(text)
        if earned is None:
            return None
        padded = f' {text} '
        starts = range(len(padded))
        return earned + sum(boost * sum(padded.startswith(f' {phrase} ', i) for i in starts)
                            for phrase, boost in phrases.items())
    return bonus


@pytest.mark.parametrize('seed', range(2))
@pytest.mark.parametrize('phrases', [
    {'ab': 2.0}, {'a b': 3.0, 'a': 0.5}, {'aba': 4.0, 'ab': 1.0, 'b': -2.0}, {'a a': 1.0}])
def test_phrases_without_a_scorer(d, alphabet, seed, phrases):
    """Finished phrases keep their boost, unfinished ones give it back."""
    probs = posteriors.random(6, 5, 1.0, 0.0, np.random.default_rng(seed))
    expected = reference.exhaustive(probs, LABELS, phrase_bonus(phrases))
    close(d.decode(probs, alphabet, 20000, 100, hot_words=phrases), expected, 60)


@pytest.mark.parametrize('seed', range(3))
def test_phrases_and_new_words_with_a_scorer(d, alphabet, scorer, seed):
    """A phrase of known words and a word that the model does not know; a known hot word too."""
    probs = posteriors.random(6, 5, 1.0, 0.0, np.random.default_rng(seed))
    base = scored({'c': 2.0}, added=('bb',))
    expected = reference.exhaustive(
        probs, LABELS, phrase_bonus({'ab a': 3.0 * ALPHA, 'bb': 9.0 * ALPHA}, base))
    outputs = d.decode(probs, alphabet, 20000, 100, scorer=scorer,
                       hot_words={'c': 2.0, 'ab a': 3.0, 'bb': 9.0})
    close(outputs, expected, 40)


@pytest.mark.parametrize('seed', range(2))
@pytest.mark.parametrize('cost', [0.0, 1.5, 6.0, 100.0])
@pytest.mark.parametrize('hot_words', [{}, {'a': 2.0, 'bb': 3.0}])
def test_words_that_the_scorer_does_not_know(d, alphabet, scorer, seed, cost, hot_words):
    """Any text may be written; each word that is not in the vocabulary pays once."""
    probs = posteriors.random(6, 5, 1.0, 0.0, np.random.default_rng(seed))
    added = tuple(word for word in hot_words if word not in MODEL.words)
    base = scored({'a': 2.0} if hot_words else {}, added=added, oov_cost=cost)
    expected = reference.exhaustive(
        probs, LABELS, phrase_bonus(dict.fromkeys(added, 3.0 * ALPHA), base))
    outputs = d.decode(probs, alphabet, 20000, 200, scorer=scorer, hot_words=hot_words,
                       oov_cost=cost)
    close(outputs, expected, 100)
    written = {word for out in outputs for word in out.text.split()}
    assert written - MODEL.words - set(added)


@pytest.mark.parametrize('seed', range(3))
def test_unknown_words_in_a_narrow_beam(d, alphabet, scorer, seed):
    probs = posteriors.random(15, 5, 2.0, 0.0, np.random.default_rng(seed))

    def now(text):
        """Return what a prefix has earned and paid: what has left the vocabulary pays at once."""
        earned = scored(oov_cost=2.0, last=False)(text)
        last = text.split(' ')[-1]
        known = any(word.startswith(last) for word in MODEL.words)
        return earned if earned is None or known else earned - 2.0
    full = scored(oov_cost=2.0)
    expected = reference.beam(probs, LABELS, 40, now, lambda text: full(text) - now(text), BETA)
    close(d.decode(probs, alphabet, 40, 5, scorer=scorer, oov_cost=2.0), expected, 3)


def test_a_high_cost_for_unknown_words_is_none_written(d, alphabet, scorer):
    """So is none at all; and a word that costs nothing in the end was always in the beam."""
    rng = np.random.default_rng(9)
    for _ in range(20):
        probs = posteriors.random(25, 5, 2.0, 0.0, rng)
        plain = d.decode(probs, alphabet, 200, scorer=scorer)[0]
        words = plain.text.split()
        if set(words) <= MODEL.words:
            dear = d.decode(probs, alphabet, 200, scorer=scorer, oov_cost=1e5)[0]
            assert dear.text == plain.text


@pytest.mark.parametrize('cost, says', [(-1, 'is -1'), (float('nan'), 'is nan'), (2e6, 'is 2000')])
def test_costs_that_cannot_be(d, alphabet, scorer, cost, says):
    with pytest.raises(ValueError, match=f'the cost of an unknown word {says}.*from 0 to 1e6'):
        d.decode(np.full((1, 5), 0.2), alphabet, scorer=scorer, oov_cost=cost)


def test_a_phrase_pays_while_it_is_being_built(d, alphabet):
    """Without the advance the phrase would fall out of a beam of 2 before it is complete."""
    rows = []
    for sure in (1, 2, 3, 1):
        row = np.full(5, 1e-4)
        row[sure], row[4] = 0.35, 0.0
        row[3 if sure != 3 else 2] = 0.64
        rows.append(row / row.sum())
    probs = np.array(rows)
    plain = d.decode(probs, alphabet, 2)[0].text
    assert plain != 'abca'
    assert d.decode(probs, alphabet, 2, hot_words={'abca': 6.0})[0].text == 'abca'


def test_a_broken_phrase_leaves_no_trace(d, alphabet):
    probs = posteriors.spelling([LABELS.index(c) for c in 'abc cb'], 5, 0.99,
                                np.random.default_rng(1))
    plain = d.decode(probs, alphabet, 100)[0]
    boosted = d.decode(probs, alphabet, 100, hot_words={'abcb': 1.0, 'c c': 1.0})[0]
    assert boosted.text == plain.text == 'abc cb'
    assert boosted.confidence == pytest.approx(plain.confidence, abs=1e-4)


def test_a_phrase_in_bytes_mode_matches_anywhere(d):
    alphabet = d.UTF8Alphabet()
    probs = posteriors.spelling(alphabet.Encode('xéèy'), 256, 0.9, np.random.default_rng(2))
    plain = d.decode(probs, alphabet, 100)[0]
    boosted = d.decode(probs, alphabet, 100, hot_words={'éè': 2.0})[0]
    assert plain.text == boosted.text == 'xéèy'
    assert boosted.confidence == pytest.approx(plain.confidence + 2.0, abs=1e-3)


def test_weights(d, alphabet, arpa):
    scorer = d.Scorer(None, None, arpa, alphabet)
    assert (scorer.alpha, scorer.beta) == (0.931289039105002, 1.1834137581510284)
    assert scorer.get_max_order() == 3 and not scorer.is_utf8_mode()
    probs = posteriors.random(6, 5, 1.0, 0.0, np.random.default_rng(1))
    decoder = d.Decoder(alphabet, 100, scorer=scorer)
    scorer.reset_params(0.0, 5.0)
    decoder.step(probs)
    assert decoder.decode() == d.decode(probs, alphabet, 100,
                                        scorer=d.Scorer(None, None, arpa, alphabet))
    assert decoder.decode() != d.decode(probs, alphabet, 100, scorer=scorer)


def test_packages_of_0_9_3(d, shared_data):
    folder = os.path.join(shared_data, 'deepspeech')
    alphabet = d.Alphabet(os.path.join(folder, 'alphabet.txt'))
    scorer = d.Scorer(0.75, 1.85, os.path.join(folder, 'pruned_lm.scorer'), alphabet)
    labels = alphabet.Encode('he was an old friend')
    probs = posteriors.spelling(labels, 29, 0.3, np.random.default_rng(3))
    words = set(open(os.path.join(folder, 'vocab.pruned.txt')).read().split())
    for out in d.decode(probs, alphabet, 100, 10, scorer=scorer):
        assert set(out.text.split(' ')[:-1]) <= words  # the last one may be unfinished

    everything = d.UTF8Alphabet()
    of_bytes = d.Scorer(0.75, 1.85, os.path.join(folder, 'pruned_lm.bytes.scorer'), everything)
    assert of_bytes.is_utf8_mode()


def refusal(d, path, alphabet):
    with pytest.raises(ValueError) as caught:
        d.Scorer(1.0, 1.0, path, alphabet)
    message = str(caught.value)
    assert '\n' not in message and str(path) in message
    return message


def test_each_fault_of_a_scorer_has_its_line_and_code(d, alphabet, arpa, shared_data, tmp_path):
    folder = os.path.join(shared_data, 'deepspeech')
    english = d.Alphabet(os.path.join(folder, 'alphabet.txt'))
    good = os.path.join(folder, 'pruned_lm.scorer')
    data = open(good, 'rb').read()
    assert '0x2005' in refusal(d, tmp_path / 'none.scorer', english)

    def variant(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    pointer = b'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n'
    lfs = refusal(d, variant('lfs.scorer', pointer), english)
    assert 'LFS' in lfs and '0x2005' in lfs
    assert '0x2006' in refusal(d, variant('text.scorer', b'something else'), english)
    assert '0x2006' in refusal(d, variant('short_lm.scorer', data[:1000]), english)
    start = data.index(b'EIRT')
    assert '0x2008' in refusal(d, variant('short.scorer', data[:-100]), english)
    version = bytearray(data)
    version[start + 4] = 7
    message = refusal(d, variant('version.scorer', bytes(version)), english)
    assert '0x2009' in message and '7' in message and '6' in message
    mode = refusal(d, os.path.join(folder, 'pruned_lm.bytes.scorer'), english)
    assert '0x2002' in mode and 'bytes' in mode
    assert '0x2002' in refusal(d, good, d.UTF8Alphabet())
    other = refusal(d, good, alphabet)
    assert '0x2002' in other
