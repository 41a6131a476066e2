"""Every hostile audio file gives the samples or the message written here."""

import os
import struct
import wave

import numpy as np
import pytest
import soundfile

from util import audio

REFERENCE = 'good_16k_mono_16bit.wav'
C, R, M = audio.CONVERTED, audio.RESAMPLED, audio.MIXED_DOWN
T, U, H = audio.TRUNCATED, audio.UNSIZED, audio.HALF_SAMPLE

# file -> (samples at 16 kHz, greatest difference from the reference or None, notes)
READABLE = {
    REFERENCE: (47840, 0, []),
    'stereo_two_talkers.wav': (56040, None, [M]),
    'stereo_left_only.wav': (47840, None, [M]),
    'rate_8k.wav': (47840, None, [R]),
    'rate_44k1_stereo.wav': (47840, None, [M, R]),
    'rate_11025.wav': (47840, None, [R]),
    'pcm_24bit.wav': (47840, 1, [C]),
    'pcm_32bit.wav': (47840, 1, [C]),
    'pcm_8bit.wav': (47840, 384, [C]),
    'float_32bit.wav': (47840, 1, [C]),
    'float_nan_inf.wav': (47840, None, [C, audio.NOT_FINITE]),
    'mulaw_8k.wav': (47840, None, [C, R]),
    'extensible_16bit.wav': (47840, 0, []),
    'list_chunk_odd.wav': (47840, 0, []),
    'codec.flac': (47840, 0, [C]),
    'codec.ogg': (47840, None, [C]),
    'codec.mp3': (47855, None, [C]),
    'codec.opus': (47840, None, [C]),
    'codec.aiff': (47840, 0, [C]),
    'codec.sph': (47840, 0, [C]),
    'mp3_named.wav': (47855, None, [C]),
    'flac_named.wav': (47840, 0, [C]),
    'no_samples.wav': (0, 0, []),
    'truncated_half.wav': (23920, 0, [T]),
    'truncated_odd_byte.wav': (47839, 0, [H]),
    'size_ffffffff.wav': (47840, 0, [U]),
    'size_zero_with_data.wav': (47840, 0, [U]),
    'size_double.wav': (47840, 0, [T]),
    'trailing_garbage.wav': (47840, 0, []),
    'one_sample.wav': (1, None, []),
    'short_10ms.wav': (160, None, []),
    'short_32ms.wav': (512, None, []),
    'digital_silence_1s.wav': (16000, None, []),
    'silence_then_speech.wav': (207840, None, []),
    'clipped.wav': (47840, None, []),
    'quiet.wav': (47840, None, []),
    'dc_offset.wav': (47840, None, []),
    'noise_3s.wav': (48000, None, []),
    'name with space, comma é.wav': (47840, 0, []),
}
UNREADABLE = {
    'empty_file.wav': 'the file is empty',
    'header_cut.wav': 'cut off after 20 bytes',
    'header_only_no_data_chunk.wav': 'no data',
    'rate_zero.wav': 'sample rate of 0 Hz',
    'channels_zero.wav': '0 channels',
    'format_unknown.wav': 'not an audio file',
    'text_named.wav': 'not an audio file',
    'html_named.wav': 'not an audio file',
    'random_bytes.wav': 'not an audio file',
}


def test_the_table_is_complete(shared_data):
    files = {f for f in os.listdir(f'{shared_data}/hostile') if '.' in f and f != 'README.md'}
    assert files == READABLE.keys() | UNREADABLE.keys()


@pytest.mark.parametrize('name', READABLE)
def test_readable(shared_data, name):
    size, tolerance, notes = READABLE[name]
    path = f'{shared_data}/hostile/{name}'
    samples, said = audio.read_with_notes(path)
    assert samples.dtype == np.int16 and samples.shape == (size,)
    assert said == notes
    info = audio.probe(path)
    assert info.frames_at(16000) == size
    if tolerance is not None:
        reference = audio.read_audio(f'{shared_data}/hostile/{REFERENCE}')[:size]
        difference = np.abs(samples[:len(reference)].astype(int) - reference)
        assert difference.max(initial=0) <= tolerance


@pytest.mark.parametrize('name', UNREADABLE)
def test_unreadable(shared_data, name):
    path = f'{shared_data}/hostile/{name}'
    for reader in (audio.probe, audio.read_audio):
        with pytest.raises(audio.AudioError, match=UNREADABLE[name]) as e:
            reader(path)
        assert str(e.value).startswith(path)


def test_missing_and_folder(tmp_path):
    for path, reason in ((tmp_path / 'no.wav', 'missing'), (tmp_path, 'folder')):
        for reader in (audio.probe, audio.read_audio):
            with pytest.raises(audio.AudioError, match=reason):
                reader(str(path))


def _tone(rate, secs=1):
    return (8000 * np.sin(2 * np.pi * 440 * np.arange(int(rate * secs)) / rate)).astype(np.int16)


@pytest.mark.parametrize('rate', [8000, 11025, 22050, 44100, 48000])
def test_resampling_keeps_the_tone_and_the_predicted_length(tmp_path, rate):
    path = str(tmp_path / 'tone.flac')
    soundfile.write(path, np.stack([_tone(rate), _tone(rate)], axis=1), rate)
    got = audio.read_audio(path)
    assert len(got) == audio.probe(path).frames_at(16000) == 16000
    middle = slice(2000, 14000)
    assert np.abs(got[middle] - _tone(16000)[middle].astype(int)).max() < 40


def test_mixdown_is_the_mean(tmp_path):
    path = str(tmp_path / 'two.wav')
    left, right = _tone(16000), np.full(16000, 100, np.int16)
    soundfile.write(path, np.stack([left, right], axis=1), 16000, subtype='PCM_16')
    want = (left.astype(int) + right) / 2
    assert np.abs(audio.read_audio(path) - want).max() <= 0.5
    assert audio.audio_info(path) == (16000, 16000, 2)


def test_loud_float_is_clipped_not_wrapped(tmp_path):
    path = str(tmp_path / 'loud.wav')
    soundfile.write(path, np.array([2.0, -2.0, 1.0, 0.5, np.nan, 3e38]), 16000, subtype='FLOAT')
    assert audio.read_audio(path).tolist() == [32767, -32768, 32767, 16384, 0, 32767]


def test_damaged_flac_is_found_before_it_is_needed(tmp_path):
    path = tmp_path / 'cut.flac'
    soundfile.write(path, np.random.default_rng(0).integers(-9000, 9000, 160000, np.int16), 16000)
    path.write_bytes(path.read_bytes()[:150000])
    for reader in (audio.probe, audio.read_audio):
        with pytest.raises(audio.AudioError, match='damaged'):
            reader(str(path))


def test_flac_from_a_pipe_is_refused_before_it_allocates(tmp_path):
    path = tmp_path / 'pipe.flac'
    soundfile.write(path, _tone(16000), 16000)
    data = bytearray(path.read_bytes())
    data[8 + 13] &= 0xF0  # STREAMINFO: 36 bits of sample count, 0 = not known
    data[8 + 14:8 + 18] = bytes(4)
    path.write_bytes(data)
    for reader in (audio.probe, audio.read_audio):
        with pytest.raises(audio.AudioError, match='does not say how long it is'):
            reader(str(path))


def test_size_fields_never_allocate(tmp_path):
    """A header that claims 4 GB costs no memory, and odd chunk lengths end the search."""
    path = tmp_path / 'x.wav'
    with wave.open(str(path), 'wb') as f:
        f.setparams((1, 2, 16000, 0, 'NONE', ''))
        f.writeframes(b'\1\0' * 100)
    good = path.read_bytes()
    path.write_bytes(good[:40] + struct.pack('<I', 0xFFFFFFFE) + good[44:])
    assert audio.read_audio(str(path)).tolist() == [1] * 100
    path.write_bytes(good[:12] + b'junk' + struct.pack('<I', 0xFFFFFFF0) + good[12:])
    with pytest.raises(audio.AudioError, match='cut off'):
        audio.read_audio(str(path))
