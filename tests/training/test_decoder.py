"""Text from logits: the search, its fallback, and the quick way."""
import numpy as np
import pytest

from tests.helpers.need import need_module
from util.errors import UserError
from util.text.alphabet import Alphabet
from util.training import decoder


@pytest.fixture
def alphabet():
    return Alphabet(' abc')


@pytest.fixture
def logits():
    """Greedy reads 'a_' + 'b' ...; the path sums favour 'ab'."""
    random = np.random.default_rng(1)
    return random.normal(size=[3, 12, 5]).astype(np.float32) * 2, np.array([12, 7, 1], np.int32)


def brute_force(logits, alphabet):
    """Find the most probable text of an utterance by adding up all its paths."""
    probs = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    sums = {(): {None: 1.0}}  # text -> last label of the path -> probability
    for row in probs:
        after = {}
        for text, ends in sums.items():
            for end, p in ends.items():
                for label, q in enumerate(row):
                    longer = text if label in (end, alphabet.blank) else (*text, label)
                    ends_after = after.setdefault(longer, {})
                    ends_after[label] = ends_after.get(label, 0.0) + p * q
        sums = after
    return alphabet.decode(max(sums, key=lambda text: sum(sums[text].values())))


def test_beam_search_finds_the_most_probable_text(alphabet, logits, monkeypatch):
    values, _ = logits
    values, lengths = values[:, :7], np.array([7, 5, 1], np.int32)
    expected = [brute_force(v[:n], alphabet) for v, n in zip(values, lengths)]
    settings = decoder.DecoderSettings(beam_width=4000)
    if decoder.ds_ctcdecoder is not None:
        assert decoder.BeamSearch(alphabet, settings)(values, lengths) == expected
    monkeypatch.setattr(decoder, 'ds_ctcdecoder', None)
    assert decoder.BeamSearch(alphabet, settings)(values, lengths) == expected


def test_greedy_merges_and_drops(alphabet):
    labels = np.array([[1, 1, 4, 1, 2, 4, 4, 3, 3]])
    logits = np.eye(5, dtype=np.float32)[labels]
    assert decoder.Greedy(alphabet)(logits, np.array([9])) == ['aabc']
    assert decoder.Greedy(alphabet)(logits, np.array([4])) == ['aa']
    assert decoder.Greedy(alphabet)(logits, np.array([0])) == ['']


def test_scorer_without_the_native_decoder_is_one_line(alphabet, monkeypatch):
    monkeypatch.setattr(decoder, 'ds_ctcdecoder', None)
    with pytest.raises(UserError, match='pip install'):
        decoder.BeamSearch(alphabet, decoder.DecoderSettings(scorer_path='my.scorer'))


def test_missing_scorer_is_one_line(alphabet):
    need_module('ds_ctcdecoder')
    with pytest.raises(UserError, match='no-such.scorer'):
        decoder.BeamSearch(alphabet, decoder.DecoderSettings(scorer_path='no-such.scorer'))
