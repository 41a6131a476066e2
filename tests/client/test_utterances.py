"""Utterances of long recordings, and the files that they are written to."""

import json
import re
import tracemalloc
import wave
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.helpers.joined import RATE, joined
from tests.helpers.need import need_module
from util.client.formats import FORMATS, LONGEST, MOST, PAUSE
from util.client.utterances import Cutting, Recording, Utterance, Word, utterances
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
        'my<space>talk 1 0.00 0.50 aaaa 0.500', 'my<space>talk 1 0.60 0.50 bbbb 0.500',
        'my<space>talk 1 3601.50 0.50 aaaa 0.500']
    assert FORMATS['srt'](said, 'x.wav').startswith('1\n00:00:00,000 --> 00:00:01,100\naaaa bbbb\n')
    assert '01:00:01.500 --> 01:00:02.000' in FORMATS['vtt'](said, 'x.wav')
    for kind, nothing in (('tlog', '[]\n'), ('txt', ''), ('ctm', ''), ('srt', ''),
                          ('vtt', 'WEBVTT\n\n')):
        assert FORMATS[kind]([], 'x.wav') == nothing


def write(path, samples):
    with wave.open(str(path), 'wb') as file:
        file.setparams((1, 2, RATE, 0, 'NONE', ''))
        file.writeframes(np.asarray(samples, '<i2').tobytes())


@pytest.mark.parametrize('jobs', [1, 3])
def test_they_come_in_order_with_times_of_the_recording(compat, tmp_path, jobs):
    ds = need_module('deepspeech')
    model = ds.Model(compat / 'model256.pbmm')
    paths = sorted((compat / 'audio').glob('espeak_*.wav'))[:3]
    samples, places = joined([np.array(ds.read_audio(path)) for path in paths], pauses=(1, 1.5))
    path = tmp_path / 'talk.wav'
    write(path, samples)
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


@pytest.mark.parametrize('pause_ms', [20, 500, 5000])
@pytest.mark.parametrize('longest_ms', [2000, 7000, 20000])
@pytest.mark.parametrize('silence', [0.3, 40])
def test_a_recording_is_cut_as_if_it_were_there_as_a_whole(compat, tmp_path, pause_ms, longest_ms,
                                                           silence):
    ds = need_module('deepspeech')
    paths = sorted((compat / 'audio').glob('espeak_*.wav'))[:6]
    samples, _ = joined([np.array(ds.read_audio(path)) for path in paths],
                        pauses=(0.3, silence))
    cutting = Cutting(0.9, pause_ms, longest_ms)
    segmenter = ds.Segmenter(RATE, threshold=0.9, pause_ms=pause_ms, longest_ms=longest_ms)
    places = segmenter.feed(samples) + segmenter.finish()
    assert len(places) > 1
    write(tmp_path / 'talk.wav', samples)
    found = list(Recording(str(tmp_path / 'talk.wav'), RATE, cutting))
    assert [(start, start + len(some)) for start, some in found] == places
    assert all(np.array_equal(some, samples[start:start + len(some)]) for start, some in found)


def test_memory_does_not_grow_with_a_recording(compat, tmp_path):
    ds = need_module('deepspeech')
    said = np.array(ds.read_audio(compat / 'audio' / 'espeak_000.wav'))
    once = np.concatenate([said, np.zeros(RATE, np.int16)])
    peaks = []
    for times in (20, 200):
        write(tmp_path / 'long.wav', np.tile(once, times))
        ds.read_audio(tmp_path / 'long.wav')  # what is loaded once
        tracemalloc.start()
        assert sum(1 for _ in Recording(str(tmp_path / 'long.wav'), RATE, Cutting(0.9))) == times
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0] < 4e6
