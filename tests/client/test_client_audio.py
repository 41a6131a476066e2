"""The client's reader and resampler against libsndfile and soxr."""

import importlib.util
import os
import pathlib
import pickle
import struct
import subprocess
import sys
import wave

import numpy as np
import pytest
import soundfile
import soxr

from tests.helpers.need import only_where

RATE = 16000


def noise(seconds: float, rate: int = RATE, seed: int = 1) -> np.ndarray:
    """Loud and soft noise, int16."""
    rng = np.random.default_rng(seed)
    count = int(seconds * rate)
    return (rng.normal(0, 6000, count) * np.linspace(0, 1, count)).clip(-32768, 32767).astype('<i2')


def read(ds, path, rate=RATE) -> np.ndarray:
    return np.asarray(ds.read_audio(path, rate))


@pytest.mark.parametrize('subtype', ['PCM_U8', 'PCM_16', 'PCM_24', 'PCM_32', 'FLOAT', 'DOUBLE',
                                     'ALAW', 'ULAW'])
@pytest.mark.parametrize('kind', ['WAV', 'WAVEX'])
def test_every_coding_reads_as_libsndfile_does(ds, tmp_path, subtype, kind):
    path = tmp_path / 'a.wav'
    soundfile.write(path, noise(0.2).astype(np.float64) / 32768, RATE, subtype, format=kind)
    values, _ = soundfile.read(path)
    expected = np.clip(np.rint(values * 32768), -32768, 32767)
    assert np.abs(read(ds, path) - expected).max() <= (0 if 'PCM' in subtype else 1)
    assert np.abs(expected).max() > 5000


@pytest.mark.parametrize('bits, step', [(12, 16), (20, 16)])
def test_bits_that_fill_no_byte_lie_at_the_top(ds, tmp_path, bits, step):
    width = (bits + 7) // 8
    values = np.arange(-2000, 2000) * step  # int16 values
    shifted = values.astype(np.int64) << (8 * width - 16)
    data = b''.join(int(v).to_bytes(width, 'little', signed=True) for v in shifted)
    fmt = struct.pack('<HHIIHH', 1, 1, RATE, RATE * width, width, bits)
    path = tmp_path / 'a.wav'
    path.write_bytes(b'RIFF' + struct.pack('<I', 36 + len(data)) + b'WAVEfmt '
                     + struct.pack('<I', 16) + fmt + b'data' + struct.pack('<I', len(data)) + data)
    assert (read(ds, path) == values).all()


@pytest.mark.parametrize('kind', ['float32', 'float64'])
def test_numbers_louder_than_a_float_are_clipped(ds, tmp_path, kind):
    """Finite, whatever their size: as loud as can be, not silent."""
    greatest = float(np.finfo(kind).max)
    values = np.array([greatest, 0.5, -greatest, 3e38, -3e38, 1e31, 0, -2], kind)
    for channels in (1, 2):
        path = tmp_path / f'{channels}.wav'
        soundfile.write(path, np.stack([values] * channels, 1), RATE,
                        'DOUBLE' if kind == 'float64' else 'FLOAT')
        assert read(ds, path).tolist() == [32767, 16384, -32768, 32767, -32768, 32767, 0, -32768]


def test_long_file_header(ds, tmp_path):
    """RF64: the sizes of 32 bits are all ones, the real ones lie in ds64; chunks may follow."""
    samples = noise(0.1)
    data = samples.tobytes()
    ds64 = struct.pack('<QQQI', 0, len(data), len(samples), 0)
    path = tmp_path / 'a.wav'
    path.write_bytes(b'RF64\xff\xff\xff\xffWAVEds64' + struct.pack('<I', len(ds64)) + ds64
                     + b'fmt ' + struct.pack('<IHHIIHH', 16, 1, 1, RATE, 2 * RATE, 2, 16)
                     + b'data\xff\xff\xff\xff' + data + b'LIST\x04\0\0\0abcd')
    assert (read(ds, path) == samples).all()


def test_channels_are_averaged(ds, tmp_path):
    left, right = noise(0.1, seed=1), noise(0.1, seed=2)
    path = tmp_path / 'a.wav'
    soundfile.write(path, np.stack([left, right], 1), RATE)
    assert np.abs(read(ds, path) - (left.astype(int) + right) / 2).max() <= 0.5


@pytest.mark.parametrize('kind, subtype, bound', [('FLAC', 'PCM_16', 0), ('AIFF', 'PCM_16', 0),
                                                  ('OGG', 'VORBIS', 0), ('OGG', 'OPUS', 0),
                                                  ('MP3', 'MPEG_LAYER_III', 0)])
def test_other_formats_come_through_libsndfile(ds, tmp_path, kind, subtype, bound):
    path = tmp_path / 'a.wav'  # by content, not by name
    soundfile.write(path, noise(0.5), RATE, subtype, format=kind)
    values, _ = soundfile.read(path)
    expected = np.clip(np.rint(values * 32768), -32768, 32767)
    got = read(ds, path)
    assert len(got) == len(expected) and np.abs(got - expected).max() <= bound + 1


@pytest.mark.parametrize('rate', [8000, 11025, 12000, 22050, 24000, 44100, 48000, 96000, 44101])
def test_resampler_against_soxr(ds, tmp_path, rate):
    """Equal to 70 dB where both pass everything: below 0.85 of the lower rate's half."""
    rng = np.random.default_rng(rate)
    count = rate * 2
    spectrum = np.fft.rfft(rng.normal(0, 3000, count))
    frequencies = np.fft.rfftfreq(count, 1 / rate)
    spectrum[frequencies > 0.85 * min(rate, RATE) / 2] = 0
    samples = np.fft.irfft(spectrum, count) / 32768
    path = tmp_path / 'a.wav'
    soundfile.write(path, samples, rate, 'FLOAT')
    got = read(ds, path).astype(float)
    expected = soxr.resample(samples * 32768, rate, RATE, quality='VHQ')
    assert len(got) == len(expected)
    inner = slice(400, -400)
    error = np.sqrt(np.mean((got - expected)[inner] ** 2))
    # Rounding to 16 bits alone is 0.29.
    assert error < 0.29 + np.sqrt(np.mean(expected ** 2)) * 10 ** (-70 / 20)


def test_resampler_stops_what_would_fold_back(ds, tmp_path):
    """A tone above the new rate's half vanishes; one below keeps its loudness."""
    at = np.arange(48000) / 48000
    for frequency, low, high in ((9000, 0, 2), (6500, 9900, 10100)):
        path = tmp_path / 'a.wav'
        soundfile.write(path, 10000 / 32768 * np.sin(2 * np.pi * frequency * at), 48000, 'PCM_24')
        assert low <= np.abs(read(ds, path)[500:-500]).max() <= high


def test_a_constant_stays_constant(ds, tmp_path):
    path = tmp_path / 'a.wav'
    soundfile.write(path, np.full(22050, 1234, np.int16), 22050)
    assert set(read(ds, path)[200:-200]) == {1234}


# Samples at 16 kHz that are there, or what the line must say.
HOSTILE = {
    'empty_file.wav': 'is empty', 'header_cut.wav': 'ends within its header',
    'header_only_no_data_chunk.wav': "chunk 'data' is missing", 'rate_zero.wav': '0 Hz',
    'channels_zero.wav': '0 channels', 'format_unknown.wav': 'tag 0x1234',
    'text_named.wav': 'not audio of a known format',
    'html_named.wav': 'not audio of a known format',
    'random_bytes.wav': 'not audio of a known format', 'no_samples.wav': 0, 'one_sample.wav': 1,
    'short_10ms.wav': 160, 'short_32ms.wav': 512, 'digital_silence_1s.wav': 16000,
    'noise_3s.wav': 48000, 'silence_then_speech.wav': 207840, 'truncated_half.wav': 23920,
    'truncated_odd_byte.wav': 47839, 'codec.mp3': 47855, 'mp3_named.wav': 47855,
    'stereo_two_talkers.wav': 56040,
}


def test_hostile_files_are_read_or_refused_in_one_line(ds, shared_data):
    folder = pathlib.Path(shared_data) / 'hostile'
    reference = read(ds, folder / 'good_16k_mono_16bit.wav')
    seen = 0
    for path in sorted(folder.iterdir()):
        if path.is_dir() or path.suffix == '.md':
            continue
        seen += 1
        expected = HOSTILE.get(path.name, len(reference))
        if isinstance(expected, str):
            with pytest.raises(ValueError) as e:
                ds.read_audio(path)
            assert expected in str(e.value) and path.name in str(e.value)
            assert '\n' not in str(e.value)
        else:
            assert len(read(ds, path)) == expected, path.name
    assert seen > 40
    for name in ('extensible_16bit.wav', 'list_chunk_odd.wav', 'pcm_24bit.wav', 'pcm_32bit.wav',
                 'float_32bit.wav', 'size_ffffffff.wav', 'size_zero_with_data.wav',
                 'trailing_garbage.wav', 'codec.flac', 'codec.aiff', 'codec.sph'):
        assert np.abs(read(ds, folder / name) - reference).max() <= 1, name


def test_truncated_headers_never_read_past_the_end(ds, tmp_path):
    path = tmp_path / 'a.wav'
    with wave.open(str(path), 'wb') as f:
        f.setparams((1, 2, RATE, 0, 'NONE', ''))
        f.writeframes(noise(0.01).tobytes())
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        if size < 44:
            with pytest.raises(ValueError):
                ds.read_audio(path)
        else:
            assert len(ds.read_audio(path)) == (size - 44) // 2


def test_flipped_headers_are_read_or_refused(ds, tmp_path):
    rng = np.random.default_rng(9)
    path = tmp_path / 'a.wav'
    soundfile.write(path, noise(0.05), RATE)
    whole = bytearray(path.read_bytes())
    refused = 0
    for _ in range(300):
        bad = bytearray(whole)
        for at in rng.integers(0, 44, 2):
            bad[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(bad)
        try:
            assert len(ds.read_audio(path)) < 1_000_000
        except ValueError:
            refused += 1
    assert 50 < refused < 300


@pytest.mark.parametrize('rate', [8000, 16000, 44100])
@pytest.mark.parametrize('seconds', [0.001, 0.4, 1, 1.5, 3])
@pytest.mark.parametrize('kind', ['WAV', 'FLAC', 'OGG'])
def test_pieces_are_the_whole(ds, tmp_path, rate, seconds, kind):
    path = tmp_path / f'a.{kind.lower()}'
    soundfile.write(path, noise(seconds), RATE, format=kind)
    reader = ds.AudioReader(path, rate)
    assert reader.seconds == pytest.approx(seconds, abs=1e-3)
    pieces = list(reader)
    assert all(len(piece) == rate for piece in pieces[:-1]) and 0 < len(pieces[-1]) <= rate
    assert np.array_equal(np.concatenate(pieces), read(ds, path, rate))
    assert list(reader) == []  # nothing is left


def test_a_reader_goes_on_where_it_was_left(ds, tmp_path):
    path = tmp_path / 'a.wav'
    soundfile.write(path, noise(3.5), RATE)
    reader = ds.AudioReader(path, RATE)
    first = next(iter(reader))
    assert np.array_equal(np.concatenate([first, *reader]), read(ds, path))
    with pytest.raises(TypeError, match='pickle'):
        pickle.dumps(reader)
    for rate in 999, 768001:
        with pytest.raises(ValueError, match=f'sample rate {rate}: expected 1000 to 768000 Hz'):
            ds.AudioReader(path, rate)


def test_missing_file_and_folder(ds, tmp_path):
    with pytest.raises(ValueError, match='No such file'):
        ds.read_audio(tmp_path / 'none.wav')
    with pytest.raises(ValueError, match='is a folder'):
        ds.read_audio(tmp_path)
    with pytest.raises(ValueError, match='sample rate 5'):
        ds.read_audio(tmp_path, 5)


@pytest.fixture
def no_libsndfile(tmp_path) -> dict[str, str]:
    """Environment in which the system's libsndfile cannot be loaded."""
    for name in ('libsndfile.so.1', 'libsndfile.so'):
        (tmp_path / name).write_bytes(b'not a library')
    return {'LD_LIBRARY_PATH': str(tmp_path)}


def test_without_libsndfile_the_line_names_what_to_install(command, tmp_path, compat,
                                                           no_libsndfile):
    soundfile.write(tmp_path / 'a.flac', noise(0.1), RATE)
    done = command(compat / 'model256.pbmm', tmp_path / 'a.flac',
                   env={**os.environ, **no_libsndfile})
    assert done.returncode == 1 and done.stdout == ''
    assert 'a.flac: is not a WAV file' in done.stderr and 'libsndfile1' in done.stderr


def test_the_console_script_takes_the_library_of_soundfile(ds, tmp_path, compat, no_libsndfile,
                                                           environment):
    """That is what `pip install 'deepspeech[audio]'` brings."""
    only_where(importlib.util.find_spec('_soundfile_data'), 'a soundfile with its own library')
    soundfile.write(tmp_path / 'a.flac', noise(0.1), RATE)
    done = subprocess.run([sys.executable, '-m', 'deepspeech.client', compat / 'model256.pbmm',
                           tmp_path / 'a.flac'], capture_output=True, text=True,
                          env={**environment, **no_libsndfile})
    assert done.returncode == 0, done.stderr
