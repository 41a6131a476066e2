"""WAV files, read here header and all: native_client/client/wav.cc does the same in C++.

It is what corpora are made of, and writers' mistakes (sizes never filled in, a
file cut short, a frame size that is wrong) are common and harmless.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np

from util.audio.places import size_of
from util.errors import AudioError

RATES = range(1000, 768001)  # Hz, what a recording can have
CHANNELS = range(1, 1025)
PCM, FLOAT, A_LAW, MU_LAW, EXTENSIBLE = 0x0001, 0x0003, 0x0006, 0x0007, 0xFFFE  # codec tags
UNFILLED = 0xFFFFFF00  # sizes from here on: written to a pipe, never filled in
# And those of programs that take sizes for signed: 2 GiB, less some blocks, with or without header.
HALF_UNFILLED = range(0x7FFFF000 - 256, 0x80000000 + 256)

BEGINNING = re.compile(rb'(?:RIFF|RF64|BW64)....WAVE', re.DOTALL)
SHORTEST = 44  # bytes of a WAV file

TRUNCATED = 'is shorter than its header says: used what is there'
UNSIZED = 'has no length in its header: read to the end of the file'
JOINED = 'holds several recordings in a row: read them all'
DAMAGED = 'is damaged: what cannot be decoded is left out or silent'
HALF_SAMPLE = 'ends in the middle of a sample: dropped the incomplete one'


@dataclass(frozen=True)
class WavHeader:
    """What the header and size of a WAV file tell.

    Attributes:
        tag: how samples are coded.
        width: bytes of a sample.
        channels: 1 or more.
        rate: Hz.
        at: byte offset of the samples.
        end: byte offset behind them.
        frames: samples per channel that are there.
        notes: what was put right.
    """

    tag: int
    width: int
    channels: int
    rate: int
    at: int = 0
    end: int = 0
    frames: int = 0
    notes: tuple[str, ...] = ()


def is_wav(head: bytes) -> bool:
    """Tell whether a file that begins with these 12 bytes is one."""
    return bool(BEGINNING.match(head))


def read_headers(path: str, f: BinaryIO) -> list[WavHeader]:
    """Read the headers of all recordings in a file; most have one.

    Returns:
        None at all where the first has samples coded in a way that libsndfile may know.

    Raises:
        AudioError: there is no audio.
    """
    size = size_of(f)
    header = read_header(path, f, size)
    if not header:
        return []
    headers, end = [header], header.end
    while size - end > SHORTEST and (begin := find_next(f, end, size)) < size:
        f.seek(begin)
        try:
            following = read_header(path, f, size)
        except AudioError:
            following = None
        notes = [JOINED] if following else [JOINED, DAMAGED]
        headers[0] = replace(headers[0], notes=(*headers[0].notes, *notes))
        if following:
            headers.append(following)
        end = following.end if following else begin + 12
    return headers


def find_next(f: BinaryIO, at: int, size: int) -> int:
    """Return the first place from `at` on where a WAV file begins; `size` if none does."""
    while at < size:
        f.seek(at)
        window = f.read(1 << 16)
        if found := BEGINNING.search(window):
            return at + found.start()
        at += max(len(window) - 11, 1)
    return size


def read_header(path: str, f: BinaryIO, size: int) -> WavHeader | None:
    """Read up to the first sample: `RIFF` u32 `WAVE`, chunks of name, u32 size, data, even padding.

    RF64 and BW64 are the same with sizes of 64 bits in a chunk of their own, `ds64`.

    Returns:
        None for samples coded in a way that libsndfile may know.

    Raises:
        AudioError: there is no audio.
    """
    is_long = f.read(12)[:4] != b'RIFF'
    header, known, long_size = None, False, 0
    while len(chunk := f.read(8)) == 8:
        name, length = chunk[:4], struct.unpack('<I', chunk[4:])[0]
        body_at = f.tell()
        if name == b'data':
            if not known:
                raise AudioError(path, 'the WAV file has samples but no format')
            if header is None:
                return None
            if is_long and length == 0xFFFFFFFF:
                length = long_size
            return _with_length(header, f, length, size, is_long)
        if name == b'fmt ':
            header, known = _format(path, f.read(min(length, 40)), length, size), True
        elif name == b'ds64' and is_long and length >= 16:
            long_size = struct.unpack('<QQ', f.read(16).ljust(16, b'\0'))[1]
        f.seek(body_at + length + (length & 1))
    raise AudioError(path, 'the WAV file has no data' if known else
                     f'the WAV header is truncated after {size} bytes')


def _format(path: str, body: bytes, length: int, size: int) -> WavHeader | None:
    """Read a `fmt ` chunk; None for a coding that is not read here."""
    if length < 16:
        raise AudioError(path, f'the WAV format has {length} bytes: expected 16 or more')
    if len(body) < min(length, 40):
        raise AudioError(path, f'the WAV header is truncated after {size} bytes')
    tag, channels, rate, _, block, bits = struct.unpack('<HHIIHH', body[:16])
    if tag == EXTENSIBLE and len(body) >= 26:  # the real tag opens the GUID at byte 24
        tag = struct.unpack('<H', body[24:26])[0]
    if channels not in CHANNELS:
        raise AudioError(path, f'the WAV header declares {channels} channels')
    if rate not in RATES:
        raise AudioError(path, f'the WAV header declares a sample rate of {rate} Hz')
    width = (bits + 7) // 8  # `block`, the bytes of a frame, follows from it, and may be wrong
    if (tag, width, block // channels) == (PCM, 3, 4):
        width = 4  # 24 of 32 bits, at the top
    return WavHeader(tag, width, channels, rate) if _value(tag, width, bits) else None


def _value(tag: int, width: int, bits: int) -> Callable[[np.ndarray], np.ndarray] | None:
    """Return what turns uint8 [samples, width] into float32 [samples] in -1..1, or None."""
    if tag == PCM:
        return _INTEGERS.get(width)
    if tag == FLOAT and bits in (32, 64):
        return _float
    if tag in _LAWS and bits == 8:
        return lambda raw: _LAWS[tag][raw[:, 0]]
    return None


def _with_length(header: WavHeader, f: BinaryIO, length: int, size: int,
                 is_long: bool) -> WavHeader:
    """Settle between the sizes in the header and that of the file."""
    at = min(f.tell(), size)
    there, notes = size - at, []
    if _is_unfilled(f, length, there, is_long):
        length = there = find_next(f, at, size) - at
        notes.append(UNSIZED)
    frame = header.width * header.channels
    if length - there >= (frame if there % frame else 1):
        notes.append(TRUNCATED)
    length = min(length, there)
    if length % frame:
        notes.append(HALF_SAMPLE)
    return replace(header, at=at, end=at + length, frames=length // frame, notes=tuple(notes))


def _is_unfilled(f: BinaryIO, length: int, there: int, is_long: bool) -> bool:
    """Tell whether the writer never learnt the length, or was killed: it left 0 or all ones."""
    if length == 0:
        return there > 0 and not _only_chunks_follow(f, there)
    if is_long:
        return length == 0xFFFFFFFFFFFFFFFF
    return length >= UNFILLED or (length in HALF_UNFILLED and length > there)


def _only_chunks_follow(f: BinaryIO, there: int) -> bool:
    """Tell whether a recording without samples is followed by chunks to its very end."""
    at, begin = 0, f.tell()
    while at + 8 <= there:
        f.seek(begin + at)
        name, length = struct.unpack('<4sI', f.read(8))
        if not all(32 <= byte <= 126 for byte in name):
            return False
        at += 8 + length + (length & 1)
    return at in (there, there + 1)


def read_samples(f: BinaryIO, header: WavHeader) -> np.ndarray:
    """Read the samples as float32 [frames, channels] in -1..1."""
    f.seek(header.at)
    raw = np.frombuffer(f.read(header.frames * header.channels * header.width), np.uint8)
    value = _value(header.tag, header.width, 8 * header.width)
    assert value  # read_header has seen to it
    return value(raw.reshape(-1, header.width)).reshape(-1, header.channels)


def read_pcm16(f: BinaryIO, header: WavHeader) -> np.ndarray:
    """Read samples of 16 bits as they are: int16 [frames * channels]."""
    samples = np.empty(header.frames * header.channels, '<i2')
    f.seek(header.at)
    got = f.readinto(samples.view(np.uint8).data)  # type: ignore[attr-defined]
    return samples[:got // 2]


def as_bytes(samples: np.ndarray, rate: int) -> bytes:
    """Return a file of 16 bits that holds int16 [frames, channels] or [frames]."""
    data = samples.astype('<i2', copy=False).tobytes()
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    return struct.pack('<4sI4s4sIHHIIHH4sI', b'RIFF', 36 + len(data), b'WAVE', b'fmt ', 16, PCM,
                       channels, rate, 2 * channels * rate, 2 * channels, 16, b'data',
                       len(data)) + data


def _integer(raw: np.ndarray) -> np.ndarray:
    """Convert 16, 24, 32 or 64 bits; what is finer than 32 does not count."""
    top = np.zeros((len(raw), 4), np.uint8)
    width = min(4, raw.shape[1])
    top[:, -width:] = raw[:, -width:]
    return top.view('<i4')[:, 0] * np.float32(2 ** -31)


def _float(raw: np.ndarray) -> np.ndarray:
    return bounded(np.ascontiguousarray(raw).view(f'<f{raw.shape[1]}')[:, 0])


def bounded(values: np.ndarray) -> np.ndarray:
    """Keep numbers finite as float32, and in a sum of some: what is louder is clipped anyway."""
    return np.where(np.isinf(values), values, np.clip(values, -1e30, 1e30)).astype(np.float32)


_INTEGERS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda raw: (raw[:, 0].astype(np.float32) - 128) * np.float32(1 / 128),  # only it: unsigned
    2: _integer, 3: _integer, 4: _integer, 8: _integer}


def _laws() -> dict[int, np.ndarray]:
    """G.711: sign, exponent and mantissa of 3 and 4 bits, as float32 [256] in -1..1."""
    codes = np.arange(256)
    mu = ~codes & 255
    mu_law = ((((mu & 15) << 3) + 132) << (mu >> 4 & 7)) - 132
    a = codes ^ 0x55
    exponent, mantissa = a >> 4 & 7, ((a & 15) << 4) + 8
    a_law = np.where(exponent > 0, (mantissa + 256) << np.maximum(exponent - 1, 0), mantissa)
    return {MU_LAW: (np.where(mu & 128, -mu_law, mu_law) / 32768).astype(np.float32),
            A_LAW: (np.where(a & 128, a_law, -a_law) / 32768).astype(np.float32)}


_LAWS = _laws()
