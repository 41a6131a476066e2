"""WAV files whose chunks are nested, repeated, contradictory, or of sizes that cannot be."""

import struct

import numpy as np
import pytest

from tests.helpers.readers import in_cpp, in_python
from util.audio import reading

RATE = 16000
SAMPLES = (np.arange(3000) * 37 % 20011 - 10000).astype('<i2').tobytes()
SIZES = (0, 1, 2, 7, 8, 15, 16, 17, 36, 40, 6000, 6001, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE,
         0xFFFFFFFF)
TAGS = (1, 3, 6, 7)  # those read by us
OTHER_TAGS = (0, 2, 0x11, 0x1234, 0xFFFF)  # those that libsndfile and ffmpeg are asked about
BITS = (0, 1, 8, 12, 16, 24, 31, 32, 33, 63, 64, 65535)


def chunk(name: bytes, body: bytes, size: int | None = None) -> bytes:
    size = len(body) if size is None else size
    return name + struct.pack('<I', size & 0xFFFFFFFF) + body + bytes(len(body) & 1)


def fmt(tag=1, channels=1, rate=RATE, block=2, bits=16, more=b'') -> bytes:
    return struct.pack('<HHIIHH', tag, channels, rate, rate * 2 & 0xFFFFFFFF, block, bits) + more


def wav(*chunks: bytes, riff=b'RIFF', size: int | None = None) -> bytes:
    body = b'WAVE' + b''.join(chunks)
    return riff + struct.pack('<I', len(body) if size is None else size) + body


def extensible(tag: int, bits: int, valid: int) -> bytes:
    guid = struct.pack('<H', tag) + bytes.fromhex('000000001000800000aa00389b71')
    return fmt(0xFFFE, 1, RATE, (bits + 7) // 8, bits, struct.pack('<HHI', 22, valid, 4) + guid)


def mutations():
    """Yield files, each odd in one way or two."""
    form, data = chunk(b'fmt ', fmt()), chunk(b'data', SAMPLES)
    for riff in (b'RIFF', b'RF64', b'BW64'):
        for size in SIZES:
            yield wav(form, data, riff=riff, size=size)
            yield wav(form, chunk(b'data', SAMPLES, size), riff=riff)
            yield wav(form, chunk(b'data', SAMPLES, size), riff=riff, size=size)
            yield wav(chunk(b'fmt ', fmt(), size), data, riff=riff)
            yield wav(chunk(b'LIST', b'INFO', size), form, data, riff=riff)
            yield wav(form, chunk(b'LIST', b'INFO', size), data, riff=riff)
            for long_size in (0, 6000, 6001, 1 << 40, (1 << 63) + 1, (1 << 64) - 1):
                ds64 = struct.pack('<QQQI', size, long_size, 0, 0)
                yield wav(chunk(b'ds64', ds64), form, chunk(b'data', SAMPLES, size), riff=riff)
    for channels in (0, 1, 2, 3, 7, 1024, 1025, 65535):
        for block in (0, 1, 2, 4, 6, 8, 65535):
            for bits in (8, 16, 24, 32):
                yield wav(chunk(b'fmt ', fmt(channels=channels, block=block, bits=bits)), data)
    for tag in TAGS:
        for bits in BITS:
            block = (bits + 7) // 8 & 0xFFFF
            yield wav(chunk(b'fmt ', fmt(tag, block=block, bits=bits)), data)
            yield wav(chunk(b'fmt ', extensible(tag, bits, 16)), data)
    yield from (wav(chunk(b'fmt ', fmt(tag, bits=bits)), data)
                for tag in OTHER_TAGS for bits in (4, 16))
    for rate in (0, 1, 999, 1000, 768000, 768001, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        yield wav(chunk(b'fmt ', fmt(rate=rate)), data)
    other = chunk(b'fmt ', fmt(channels=2, block=4))
    yield from (wav(form, form, data), wav(other, form, data), wav(form, other, data),
                wav(data, form), wav(data, form, data), wav(form, data, data),
                wav(form, data, other, data), wav(form), wav(data), wav(),
                wav(chunk(b'LIST', form + data)), wav(chunk(b'LIST', form), data),
                wav(chunk(b'RIFF', b'WAVE' + form + data)), wav(form, chunk(b'RIFF', data)),
                wav(chunk(b'fmt ', fmt()[:14]), data), wav(*[form] * 500, data),
                wav(form, *[chunk(b'junk', b'x')] * 5000, data), wav(form, chunk(b'data', b'')),
                wav(form, chunk(b'data', b''), chunk(b'LIST', b'INFOIART')),
                wav(form, chunk(b'data', b''), data), wav(form, chunk(b'data', b''), SAMPLES),
                wav(form, data) * 2, wav(form, data) + b'rubbish' * 99)
    rng = np.random.default_rng(8)
    pieces = [form, data, other, chunk(b'LIST', b'INFO'), chunk(b'fact', bytes(4)), b'\0', b'RIFF',
              chunk(b'ds64', bytes(28)), chunk(b'data', b'', 0xFFFFFFFF), chunk(b'junk', b'', 77)]
    for _ in range(500):
        yield wav(*(pieces[i] for i in rng.integers(0, len(pieces), rng.integers(1, 7))),
                  riff=(b'RIFF', b'RF64', b'BW64')[rng.integers(3)])


@pytest.mark.parametrize('rest', range(4))
def test_both_readers_take_them_alike(build, tmp_path, rest):
    cases = list(mutations())[rest::4]
    paths = [tmp_path / f'{i}.wav' for i in range(len(cases))]
    for path, data in zip(paths, cases):
        path.write_bytes(data)
    heard = 0
    found = in_cpp(build / 'audio_probe', paths, tmp_path, RATE)
    for path, data, (samples, notes) in zip(paths, cases, found, strict=True):
        header = data[:80].hex(' ')
        mine, said = in_python(path)
        assert (samples is None) == (mine is None), header
        if samples is None:
            continue
        heard += 1
        assert len(samples) == len(mine) < 1_000_000, header
        assert sorted(notes) == sorted(said), header
        if reading.probe(str(path)).rate == RATE:  # else: two resamplers
            assert np.abs(samples.astype(int) - mine).max(initial=0) <= 1, header
    assert len(cases) / 10 < heard < len(cases)


@pytest.mark.parametrize('riff_size', [0, 8, 36, 6036, 0xFFFFFFFF])
def test_what_a_killed_recorder_leaves_is_heard(build, tmp_path, riff_size):
    path = tmp_path / 'a.wav'
    path.write_bytes(wav(chunk(b'fmt ', fmt()), chunk(b'data', SAMPLES, 0), size=riff_size))
    (samples, notes), = in_cpp(build / 'audio_probe', [path], tmp_path)
    mine, said = in_python(path)
    assert samples.tobytes() == mine.tobytes() == SAMPLES and notes == said == [reading.UNSIZED]
