"""What the way of one recording consists of: transcripts, silences, what is read again."""

import pytest

from tests.helpers.need import need_module
from util.align.cutting import Rules
from util.align.work import Aligner, Wording, _silences, identity_of
from util.errors import UserError
from util.text.transcripts import Rejected


@pytest.fixture
def aligner(compat, tmp_path):
    """Return what makes an aligner of a model whose alphabet is English."""
    model = need_module('deepspeech').Model(compat / 'model256.pbmm')
    return lambda **wording: Aligner(model, 'x', tmp_path, tmp_path, Rules(), Wording(**wording))


@pytest.mark.parametrize('text, transcript', [
    ('“Don’t stop”, she said [laughs].', "don't stop she said"), ('ONE–two', 'one two'),
    ('café', Rejected), ('in 1984', Rejected), ('...', Rejected)])
def test_transcripts(aligner, text, transcript):
    if transcript is Rejected:
        with pytest.raises(Rejected):
            aligner().transcript(text)
    else:
        assert aligner().transcript(text) == transcript


def test_letters_that_the_alphabet_lacks(aligner):
    assert aligner(normalize=True).transcript('Café Zoë') == 'cafe zoe'
    with pytest.raises(Rejected, match='alphabet'):
        aligner(normalize=True).transcript('кафе')


@pytest.mark.parametrize('speech, silences', [
    ([], [(0, 10)]), ([(0, 10)], []), ([(1, 9)], [(0, 1), (9, 10)]),
    ([(1, 4), (4, 9)], [(0, 1), (9, 10)]), ([(0, 4), (5, 10)], [(4, 5)])])
def test_silence_is_what_lies_between_speech(speech, silences):
    rate = 8000
    found = list(_silences([(a * rate, b * rate) for a, b in speech], 10 * rate, rate))
    assert found == silences
    nearly = rate // 10 - 1  # less than a pause
    assert list(_silences([(0, rate), (rate + nearly, 2 * rate)], 2 * rate, rate)) == []


def test_a_model_is_known_by_its_file(tmp_path):
    (tmp_path / 'a').write_bytes(b'1')
    (tmp_path / 'b').write_bytes(b'1')
    (tmp_path / 'c').write_bytes(b'2')
    assert identity_of(str(tmp_path / 'a')) == identity_of(str(tmp_path / 'b'))
    assert identity_of(str(tmp_path / 'a')) != identity_of(str(tmp_path / 'c'))
    with pytest.raises(UserError, match='cannot be read'):
        identity_of(str(tmp_path / 'd'))
