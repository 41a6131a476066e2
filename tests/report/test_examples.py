"""What belongs to an utterance: sound without loss, a picture, words where they are spoken."""

import io

import numpy as np
import pytest
import soundfile

from tests.helpers.clips import broken, noise
from tests.helpers.need import need_module
from tests.helpers.runs import utterance
from util.report.examples import LONGEST_SECS, Example, flac


def test_the_sound_is_the_same():
    samples = np.random.default_rng(1).integers(-32768, 32768, 5000, np.int16)
    found, rate = soundfile.read(io.BytesIO(flac(samples, 8000)), dtype='int16')
    assert rate == 8000 and (found == samples).all()


def test_without_a_model(tmp_path):
    found = Example.of(utterance('a', 'b', str(noise(tmp_path / 'a.wav', 1.5))), 16000, None)
    assert found.secs == 1.5 and found.sound and found.picture
    assert (found.said, found.heard, found.note) == ([], [], '')


@pytest.mark.parametrize('make, why', [
    (broken, 'not an audio file'), (lambda path: path, 'the file is missing'),
    (lambda path: noise(path, 0), 'no samples')])
def test_a_recording_that_cannot_be_read(tmp_path, make, why):
    found = Example.of(utterance('a', 'b', str(make(tmp_path / 'a.wav'))), 16000, None)
    assert why in found.note and found.sound == found.picture == b''


def test_a_long_one_has_no_sound(tmp_path):
    path = noise(tmp_path / 'a.wav', LONGEST_SECS + 0.1)
    found = Example.of(utterance('a', 'b', str(path)), 16000, None)
    assert found.sound == b'' and found.picture and 'longer than 30 s' in found.note


def test_words_stand_where_they_are_spoken(compat):
    ds = need_module('deepspeech')
    model, wav = ds.Model(str(compat / 'model256.pbmm')), str(compat / 'audio' / 'espeak_000.wav')
    samples = ds.read_audio(wav)
    best = model.sttWithMetadata(samples).transcripts[0]
    spoken = best.words
    found = Example.of(utterance(best.text, spoken[0].text, wav), 8000, model)
    assert found.secs == len(memoryview(samples)) / 16000, 'the rate is that of the model'
    assert [word.text for word in found.said] == best.text.split()
    assert [word.text for word in found.heard] == [spoken[0].text]
    for word, other in zip(found.said, spoken):
        assert abs(word.start - other.start_time) < 0.1 and 0.5 < word.confidence <= 1
        assert word.start < word.end <= found.secs
    more = Example.of(utterance(f'whoever sizzles jazzes {best.text}', '', wav), 8000, model)
    words = model.align(samples, more.tested.src).words
    assert [word.text for word in more.said] == [word.text for word in words if word.found]
    assert len(more.said) < len(words)
    assert Example.of(utterance('a', '', wav), 8000, model).heard == []
    strange = Example.of(utterance('\N{SNOWMAN}', spoken[0].text, wav), 8000, model)
    assert 'what was said cannot be aligned: ' in strange.note and strange.heard
