"""Utterances of long recordings, and the files that they are written to."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.helpers.joined import RATE, joined
from tests.helpers.need import need_module
from util.client.formats import FORMATS, LONGEST, MOST, PAUSE
from util.client.utterances import Cutting, Utterance, Word, utterances
from util.errors import AudioError


def spoken(*spans, letters=4, gap=0.1):
    """Return utterances of words of so many letters, half a second each."""
    found = []
    for start, count in spans:
        words = tuple(Word(chr(97 + i % 26) * letters, start + i * (0.5 + gap),
                           start + i * (0.5 + gap) + 0.5, 0.5) for i in range(count))
        found.append(Utterance(start, words[-1].end, ' '.join(w.text for w in words), words))
    return found


def cues(text):
    """Return [(start, end, text)] of subtitles, in seconds."""
    found = []
    for block in text.removeprefix('WEBVTT\n\n').strip('\n').split('\n\n'):
        lines = [line for line in block.split('\n') if not line.isdigit()]
        times = [sum(float(part.replace(',', '.')) * scale
                     for part, scale in zip(time.split(':'), (3600, 60, 1)))
                 for time in lines[0].split(' --> ')]
        found.append((*times, lines[1]))
    return found


@pytest.mark.parametrize('kind', ['srt', 'vtt'])
@pytest.mark.parametrize('letters', [1, 4, 11, 70])
@pytest.mark.parametrize('gap', [0.1, 0.7, 0.9])
def test_subtitles_can_be_read(kind, letters, gap):
    said = spoken((1, 3), (30, 25), (3700, 1), letters=letters, gap=gap)
    found = cues(FORMATS[kind](said, 'x.wav'))
    assert ' '.join(text for *_, text in found) == ' '.join(u.text for u in said)
    for start, end, text in found:
        assert start < end <= start + LONGEST + 1e-6
        assert len(text) <= MOST or ' ' not in text
        assert ' ' not in text or gap <= PAUSE
        assert any(u.start - 1e-3 <= start and end <= u.end + 1e-3 for u in said)  # of one
    assert found[-1][0] == pytest.approx(3700, abs=1e-3)


def test_forms():
    said = spoken((0.0004, 2), (3601.5, 1))
    assert json.loads(FORMATS['tlog'](said, 'x.wav')) == [
        {'start': 0, 'end': 1100, 'transcript': 'aaaa bbbb'},
        {'start': 3601500, 'end': 3602000, 'transcript': 'aaaa'}]
    assert FORMATS['txt'](said, 'x.wav') == 'aaaa bbbb\naaaa\n'
    assert FORMATS['ctm'](said, 'a/my talk.wav').splitlines() == [
        'my_talk 1 0.00 0.50 aaaa 0.500', 'my_talk 1 0.60 0.50 bbbb 0.500',
        'my_talk 1 3601.50 0.50 aaaa 0.500']
    assert FORMATS['srt'](said, 'x.wav').startswith('1\n00:00:00,000 --> 00:00:01,100\naaaa bbbb\n')
    assert '01:00:01.500 --> 01:00:02.000' in FORMATS['vtt'](said, 'x.wav')
    for kind, nothing in (('tlog', '[]\n'), ('txt', ''), ('ctm', ''), ('srt', ''),
                          ('vtt', 'WEBVTT\n\n')):
        assert FORMATS[kind]([], 'x.wav') == nothing


@pytest.mark.parametrize('jobs', [1, 3])
def test_they_come_in_order_with_times_of_the_recording(compat, tmp_path, jobs):
    ds = need_module('deepspeech')
    model = ds.Model(compat / 'model256.pbmm')
    paths = sorted((compat / 'audio').glob('espeak_*.wav'))[:3]
    samples, places = joined([np.array(ds.read_audio(path)) for path in paths], pauses=(1, 1.5))
    path = tmp_path / 'talk.wav'
    header = (b'RIFF' + (36 + 2 * len(samples)).to_bytes(4, 'little') + b'WAVEfmt '
              + bytes.fromhex('1000000001000100803e0000007d000002001000') + b'data'
              + (2 * len(samples)).to_bytes(4, 'little'))
    path.write_bytes(header + samples.tobytes())
    shares = []
    with ThreadPoolExecutor(jobs) as pool:
        found = list(utterances(model, str(path), Cutting(0.9), pool, shares.append))
        assert len(found) == 3 and shares == sorted(shares) and 0 < shares[0] < shares[-1] <= 1
        for utterance, (start, end) in zip(found, places):
            assert abs(utterance.start - start / RATE) < 0.4
            assert abs(utterance.end - end / RATE) < 0.4
            assert utterance.text.split() == [word.text for word in utterance.words]
            assert all(utterance.start <= word.start < word.end <= utterance.end + 0.05
                       for word in utterance.words)
        path.write_bytes(b'nothing')
        with pytest.raises(AudioError, match=re.escape(f'{path}: ')) as refusal:
            list(utterances(model, str(path), Cutting(0.9), pool, shares.append))
        assert str(refusal.value).count(str(path)) == 1
