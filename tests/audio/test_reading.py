"""Every hostile audio file gives the samples or the message written here."""

import os

import numpy as np
import pytest
import soundfile

from tests.helpers.hostile import READABLE, REFERENCE, UNREADABLE
from util.audio import reading


def test_the_table_is_complete(shared_data):
    files = {f for f in os.listdir(f'{shared_data}/hostile') if '.' in f and f != 'README.md'}
    assert files == READABLE.keys() | UNREADABLE.keys()


@pytest.mark.parametrize('name', READABLE)
def test_readable(shared_data, name):
    size, tolerance, notes = READABLE[name]
    path = f'{shared_data}/hostile/{name}'
    samples, said = reading.read_with_notes(path)
    assert samples.dtype == np.int16 and samples.shape == (size,)
    assert said == notes
    info = reading.probe(path)
    assert info.frames_at(16000) == size
    if tolerance is not None:
        reference = reading.read_audio(f'{shared_data}/hostile/{REFERENCE}')[:size]
        difference = np.abs(samples[:len(reference)].astype(int) - reference)
        assert difference.max(initial=0) <= tolerance


@pytest.mark.parametrize('name', UNREADABLE)
def test_unreadable(shared_data, name):
    path = f'{shared_data}/hostile/{name}'
    for reader in (reading.probe, reading.read_audio):
        with pytest.raises(reading.AudioError, match=UNREADABLE[name]) as e:
            reader(path)
        assert str(e.value).startswith(path)


def test_missing_and_folder(tmp_path):
    for path, reason in ((tmp_path / 'no.wav', 'missing'), (tmp_path, 'folder')):
        for reader in (reading.probe, reading.read_audio):
            with pytest.raises(reading.AudioError, match=reason):
                reader(str(path))


def _tone(rate, secs=1):
    return (8000 * np.sin(2 * np.pi * 440 * np.arange(int(rate * secs)) / rate)).astype(np.int16)


@pytest.mark.parametrize('rate', [8000, 11025, 22050, 44100, 48000])
def test_resampling_keeps_the_tone_and_the_predicted_length(tmp_path, rate):
    path = str(tmp_path / 'tone.flac')
    soundfile.write(path, np.stack([_tone(rate), _tone(rate)], axis=1), rate)
    got = reading.read_audio(path)
    assert len(got) == reading.probe(path).frames_at(16000) == 16000
    middle = slice(2000, 14000)
    assert np.abs(got[middle] - _tone(16000)[middle].astype(int)).max() < 40


def test_mixdown_is_the_mean(tmp_path):
    path = str(tmp_path / 'two.wav')
    left, right = _tone(16000), np.full(16000, 100, np.int16)
    soundfile.write(path, np.stack([left, right], axis=1), 16000, subtype='PCM_16')
    want = (left.astype(int) + right) / 2
    assert np.abs(reading.read_audio(path) - want).max() <= 0.5
    assert reading.audio_info(path) == (16000, 16000, 2)


def test_loud_float_is_clipped_not_wrapped(tmp_path):
    path = str(tmp_path / 'loud.wav')
    soundfile.write(path, np.array([2.0, -2.0, 1.0, 0.5, np.nan, 3e38]), 16000, subtype='FLOAT')
    assert reading.read_audio(path).tolist() == [32767, -32768, 32767, 16384, 0, 32767]


def test_pipes_and_devices_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / 'a.wav')
    for path in (tmp_path / 'a.wav', '/dev/zero'):
        for reader in (reading.probe, reading.read_audio):
            with pytest.raises(reading.AudioError, match='a pipe or a device'):
                reader(str(path))
