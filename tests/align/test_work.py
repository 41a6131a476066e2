"""What the way of one recording consists of: transcripts, silences, what is read again."""

import json
import random

import pytest

from tests.helpers.need import need_module
from util.align.cutting import Rules, cut
from util.align.pairs import Pair
from util.align.script import sentences
from util.align.work import Aligner, Wording, _silences, identity_of
from util.errors import UserError
from util.text.transcripts import Rejected


@pytest.fixture
def aligner(compat, tmp_path):
    """Return what makes an aligner of a model whose alphabet is English."""
    model = need_module('deepspeech').Model(compat / 'model256.pbmm')
    return lambda *rules, **wording: Aligner(model, 'x', tmp_path, tmp_path / 'decoded',
                                             Rules(*rules), Wording(**wording))


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


def test_odd_characters_cost_nothing(aligner, compat):
    """Marks, invisible characters and letters of no use, anywhere: every word keeps its place."""
    ds = need_module('deepspeech')
    model = ds.Model(compat / 'model256.pbmm')
    samples = ds.read_audio(compat / 'audio' / 'espeak_000.wav')[:16000]
    choose = random.Random(1)
    odd = ['doctor', 'simple', 'e\u0301te\u0301', 'x\u200by', 'a\u00a0b', '漢字', '...', '1984',
           '\u200b', '“q”', 'ﬁne', 'İstanbul', 'ß', 'don\u2019t', '\U0001f600', '\u0301',
           'a\u2060b', '\ufeff', '-', 'a-b', '\u2028', 'I.', '\u00ad']
    count = 0
    for _ in range(300):
        text = ''.join(choose.choice(odd) + choose.choice([' ', '\n', '. '])
                       for _ in range(choose.randint(1, 12)))
        lines = list(sentences(text))
        try:
            alignment = model.align(samples, '\n'.join(line.text for line in lines))
        except RuntimeError as error:
            assert 'no letter' in str(error) or 'empty' in str(error)
            continue
        pieces = cut(lines, alignment, [(0, .1), (.5, .6)], Rules(), aligner().transcript)
        for piece in pieces:
            assert not piece.text or text[piece.first:piece.last]
        count += len(pieces)
    assert count > 300


def test_another_choice_does_not_align_again(aligner, compat, tmp_path, monkeypatch):
    """Other rules and spellings use what was found; another text or recording does not."""
    script = tmp_path / 'a.txt'
    pair = Pair(compat / 'audio' / 'espeak_000.wav', script, 'a')
    cases = json.loads((compat / 'expected_deepspeech.json').read_text())['cases']
    script.write_text(next(case['stt'] for case in cases if case['audio'] == 'espeak_000.wav'
                           and case['config'] == 'no scorer'))
    secs = []
    first = aligner().run(pair, secs.append)
    asked = []
    align = Aligner._align
    monkeypatch.setattr(Aligner, '_align', lambda *args: asked.append(1) or align(*args))
    strict = aligner(100, 200).run(pair, secs.append)
    assert [clip.piece.reason for clip in strict.clips] == ['shorter than 100 s']
    aligner(normalize=True).run(pair, secs.append)
    again = aligner().run(pair, secs.append)
    assert again.fresh and again.clips == first.clips and not asked
    assert sum(secs) == pytest.approx(4 * first.secs)
    kept = tmp_path / 'found' / 'a.json'
    kept.write_text(kept.read_text()[:-9])
    assert aligner(0.5).run(pair, secs.append).clips == first.clips and len(asked) == 1
    script.write_text(script.read_text() + ' more')
    aligner().run(pair, secs.append)
    assert len(asked) == 2
