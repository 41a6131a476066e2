"""WAV headers; tests/client/test_wav_mutations.py has many more, with the reader in C++ beside."""

import struct
import wave

import numpy as np
import pytest

from util.audio import reading, wav


def test_size_fields_never_allocate(tmp_path):
    """A header that claims 4 GB costs no memory, and odd chunk lengths end the search."""
    path = tmp_path / 'x.wav'
    with wave.open(str(path), 'wb') as f:
        f.setparams((1, 2, 16000, 0, 'NONE', ''))
        f.writeframes(b'\1\0' * 100)
    good = path.read_bytes()
    path.write_bytes(good[:40] + struct.pack('<I', 0xFFFFFFFE) + good[44:])
    assert reading.read_audio(str(path)).tolist() == [1] * 100
    path.write_bytes(good[:12] + b'junk' + struct.pack('<I', 0xFFFFFFF0) + good[12:])
    with pytest.raises(reading.AudioError, match='truncated'):
        reading.read_audio(str(path))


@pytest.mark.parametrize('tag, bits, raw, value', [
    (wav.PCM, 8, b'\x00', -1), (wav.PCM, 8, b'\xc0', 0.5), (wav.PCM, 16, b'\0\x80', -1),
    (wav.PCM, 24, b'\0\0\x40', 0.5), (wav.PCM, 32, b'\0\0\0\xc0', -0.5),
    (wav.PCM, 64, bytes(7) + b'\x40', 0.5), (wav.FLOAT, 32, struct.pack('<f', 0.25), 0.25),
    (wav.FLOAT, 64, struct.pack('<d', -0.25), -0.25), (wav.MU_LAW, 8, b'\x00', -32124 / 32768),
    (wav.A_LAW, 8, b'\xaa', 32256 / 32768)])
def test_codings(tmp_path, tag, bits, raw, value):
    form = struct.pack('<HHIIHH', tag, 1, 16000, 0, 0, bits)
    path = tmp_path / 'a.wav'
    path.write_bytes(b'RIFF\0\0\0\0WAVEfmt \x10\0\0\0' + form + b'data'
                     + struct.pack('<I', len(raw)) + raw)
    with open(path, 'rb') as f:
        header, = wav.read_headers(str(path), f)
        assert np.isclose(wav.read_samples(f, header), value).all()
        assert (header.rate, header.frames, header.notes) == (16000, 1, ())
