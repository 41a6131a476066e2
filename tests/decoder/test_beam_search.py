"""The beam search: against exhaustion, in pieces, on odd input."""

import array
import math

import numpy as np
import pytest

from tests.helpers import posteriors, reference
from tests.helpers.reference import close
from tests.helpers.small_model import LABELS


@pytest.mark.parametrize('seed', range(8))
def test_equals_exhaustion(d, alphabet, seed):
    probs = posteriors.random(5, 5, 1.5, 1.0, np.random.default_rng(seed))
    expected = reference.exhaustive(probs, LABELS)
    outputs = d.decode(probs, alphabet, 5000, 10000)
    assert len([out for out in outputs if out.confidence > -1e30]) == len(expected)
    close(outputs, expected, 50)


@pytest.mark.parametrize('seed', range(8))
@pytest.mark.parametrize('width', [3, 10])
def test_equals_the_plain_beam_search(d, alphabet, seed, width):
    probs = posteriors.random(30, 5, 2.0, 1.0, np.random.default_rng(seed))
    close(d.decode(probs, alphabet, width, width), reference.beam(probs, LABELS, width), 3)


def test_pieces_give_the_same_bits(d, alphabet):
    rng = np.random.default_rng(3)
    probs = posteriors.random(300, 5, 2.0, 1.0, rng)
    whole = d.decode(probs, alphabet, 50, 5)
    for size in (1, 7, 64):
        decoder = d.Decoder(alphabet, 50)
        for start in range(0, len(probs), size):
            decoder.step(probs[start:start + size])
            decoder.decode(2)  # looking does not change what follows
        assert decoder.decode(5) == whole
        assert decoder.frames == 300
        decoder.reset()
        decoder.step(probs)
        assert decoder.decode(5) == whole


def test_float32_equals_float64(d, alphabet):
    probs = posteriors.random(50, 5, 2.0, 1.0, np.random.default_rng(4)).astype(np.float32)
    expected = d.decode(probs, alphabet, 50, 3)
    assert d.decode(probs.astype(np.float64), alphabet, 50, 3) == expected
    assert d.decode(probs.tolist(), alphabet, 50, 3) == expected
    assert d.decode(np.asfortranarray(probs), alphabet, 50, 3) == expected
    plain = memoryview(array.array('f', probs.reshape(-1))).cast('B').cast('f', probs.shape)
    assert d.decode(plain, alphabet, 50, 3) == expected


def test_batch_equals_single_for_any_number_of_threads(d, alphabet):
    rng = np.random.default_rng(5)
    probs = np.stack([posteriors.random(40, 5, 2.0, 1.0, rng) for _ in range(9)])
    lengths = [40, 0, 1, 40, 39, 20, 30, 40, 7]
    single = [d.ctc_beam_search_decoder(p[:n], alphabet, 30, num_results=2)
              for p, n in zip(probs, lengths)]
    for threads in (1, 2, 5):
        assert d.ctc_beam_search_decoder_batch(probs, lengths, alphabet, 30, threads,
                                               num_results=2) == single
    with pytest.raises(ValueError, match='utterance 1 has 40 frames, but length 41'):
        d.ctc_beam_search_decoder_batch(probs, [1, 41] + [1] * 7, alphabet, 30, 2)


def test_time_steps_words_and_their_confidence(d, alphabet):
    path = 'aab__  cc_'.replace(' ', 's')  # s: space, _: blank
    probs = np.full((len(path), 5), 0.025)
    for t, symbol in enumerate(path):
        probs[t, 'sabc_'.index(symbol)] = 0.9
    probs[1, 1] = 0.95
    probs /= probs.sum(axis=1, keepdims=True)
    out = d.decode(probs, alphabet, 100)[0]
    assert (out.text, out.timesteps) == ('ab c', (0, 2, 5, 7))
    assert [(word.text, word.start, word.end) for word in out.words] == [
        ('ab', 0, 3), ('c', 7, 9)]
    peaks = probs.max(axis=1)
    assert out.words[0].confidence == pytest.approx(math.sqrt(peaks[1] * peaks[2]), rel=1e-5)
    assert out.words[1].confidence == pytest.approx(peaks[7], rel=1e-5)


def test_leading_silence_is_passed_over(d, alphabet):
    probs = np.full((6, 5), 1e-4)
    probs[:, 4] = 1 - 4e-4
    probs[4] = [.02, .92, .02, .02, .02]
    out = d.decode(probs, alphabet, 10)[0]
    assert (out.text, out.timesteps) == ('a', (4,))
    assert d.decode(probs[:4], alphabet, 10)[0].text == ''


def test_long_streams_keep_their_precision(d, alphabet):
    """Scores leave the range of exact floats; the sum of the parts stays."""
    probs = posteriors.random(200, 5, 3.0, 1.0, np.random.default_rng(6))
    decoder = d.Decoder(alphabet, 20)
    scores = []
    for _ in range(60):
        decoder.step(probs)
        scores.append(decoder.decode()[0].confidence)
    assert scores[-1] < -2000
    steps = np.diff(scores)
    np.testing.assert_allclose(steps, steps[1], atol=2e-2)


@pytest.mark.parametrize('cutoff', [0.5, 0.9, 0.99])
def test_cutoff_prob_keeps_the_most_probable_labels(d, alphabet, cutoff):
    probs = posteriors.random(5, 5, 2.0, 1.0, np.random.default_rng(7))
    pruned = probs.copy()
    for row in pruned:
        order = np.argsort(-row)
        kept = int(np.searchsorted(np.cumsum(row[order]), cutoff)) + 1
        row[order[kept:]] = 0
    expected = [(s, t) for s, t in reference.exhaustive(pruned, LABELS)]
    close(d.decode(probs, alphabet, 5000, 10000, cutoff_prob=cutoff), expected, 20)


def test_cutoff_top_n_counts_with_cutoff_prob_only(d, alphabet):
    """As in 0.9.3."""
    probs = posteriors.random(20, 5, 2.0, 1.0, np.random.default_rng(8))
    everything = d.ctc_beam_search_decoder(probs, alphabet, 100)
    assert d.ctc_beam_search_decoder(probs, alphabet, 100, cutoff_top_n=1) == everything
    greedy = d.decode(probs, alphabet, 100, cutoff_prob=0.999999, cutoff_top_n=1)[0]
    assert greedy.confidence == pytest.approx(np.log(probs.max(axis=1)).sum(), abs=1e-4)


def test_bytes_output(d):
    alphabet = d.UTF8Alphabet()
    labels = alphabet.Encode('né')
    assert labels == [byte - 1 for byte in 'né'.encode()]
    probs = posteriors.spelling(labels, 256, 0.95, np.random.default_rng(9))
    assert d.decode(probs, alphabet, 50)[0].text == 'né'
    assert alphabet.Decode(labels[:-1]) == 'n\ufffd'


def test_no_frames(d, alphabet):
    out = d.decode(np.zeros((0, 5)), alphabet, 10)[0]
    assert (out.text, out.confidence, out.words) == ('', 0.0, ())


@pytest.mark.parametrize('probs, message', [
    (np.zeros((3, 4)), 'have 4 classes, the alphabet has 4 labels'),
    (np.full((3, 5), np.nan), 'frame 0, class 0 has probability nan'),
    (np.full((3, 5), -1.0), 'has probability -1'),
])
def test_unusable_probabilities_are_refused(d, alphabet, probs, message):
    with pytest.raises(ValueError, match=message):
        d.decode(probs, alphabet, 10)


@pytest.mark.parametrize('probs, message', [
    (np.zeros(5), '1 dimensions'),
    (np.zeros((3, 5), complex), "type 'Zd'"),
    (b'no numbers', '1 dimensions'),
])
def test_what_is_no_matrix_of_numbers_is_a_type_error(d, alphabet, probs, message):
    with pytest.raises(TypeError, match=message):
        d.decode(probs, alphabet, 10)


@pytest.mark.parametrize('options, message', [
    ({'beam_size': 0}, 'beam width is 0'),
    ({'beam_size': 10**9}, 'at most 1000000'),
    ({'cutoff_prob': 0.0}, 'cutoff_prob is 0'),
    ({'cutoff_prob': 2.0}, 'cutoff_prob is 2.0*: expected a number above 0 and at most 1'),
    ({'cutoff_prob': math.nan}, 'cutoff_prob is nan'),
    ({'cutoff_prob': math.inf}, 'cutoff_prob is inf'),
    ({'cutoff_top_n': 0}, 'cutoff_top_n is 0'),
    ({'hot_words': {'a': math.inf}}, 'from -1e6 to 1e6'),
])
def test_unusable_options_are_refused(d, alphabet, options, message):
    with pytest.raises(ValueError, match=message):
        d.Decoder(alphabet, **options)


def test_a_beam_without_any_path_gives_no_text(d, alphabet):
    probs = np.full((4, 5), 1e-3)
    probs[:, 1] = 1 - 4e-3
    probs[2:, 1], probs[2:, 2] = 1e-3, 1 - 4e-3
    out = d.decode(probs, alphabet, 10, cutoff_prob=0.9)[0]
    assert (out.text, out.timesteps) == ('ab', (0, 2))


def test_texts_with_a_nul(d, alphabet):
    """C would take them for ended there."""
    probs = np.random.default_rng(1).dirichlet(np.ones(256), 12)
    everything = d.UTF8Alphabet()
    assert not everything.CanEncode('a\0b') and everything.CanEncode('ab')
    with pytest.warns(RuntimeWarning, match='it has no effect'):
        d.decode(probs, everything, 50, hot_words={'a\0b': 5.0})
    for call in (lambda: d.Alphabet('a\0b'), lambda: d.Scorer(1, 1, 'a\0b', alphabet)):
        with pytest.raises(ValueError, match='has a NUL in it'):
            call()


@pytest.mark.parametrize('word', ['x', 'a x', ' ', ''])
def test_a_hot_word_that_cannot_be_spelt_has_no_effect(d, alphabet, word):
    probs = np.random.default_rng(1).dirichlet(np.ones(5), 12)
    with pytest.warns(RuntimeWarning, match=f"cannot spell hot word '{word}': it has no effect"):
        out = d.decode(probs, alphabet, 50, hot_words={word: 5.0})
    assert out == d.decode(probs, alphabet, 50)
