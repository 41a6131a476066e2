"""Audio files become 16-bit mono samples.

16-bit WAV is read here, header and all: it is what corpora are made of, and
writers' mistakes (sizes never filled in, a file cut short) are common and
harmless. Everything else goes through libsndfile, which looks at the content,
not at the name. What was put right on the way is said in `notes`, so that the
caller can say it once.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from util.errors import UserError

SAMPLE_RATE = 16000  # Hz
RATES = range(1000, 768001)  # Hz, what a recording can have
PCM, FLOAT, EXTENSIBLE = 0x0001, 0x0003, 0xFFFE  # codec tags of a WAV header
UNFILLED = 0xFFFFFF00  # sizes from here on: written to a pipe, never filled in
UNKNOWN_LENGTH = 1 << 40  # frames from here on: libsndfile could not tell
TAIL = 4096  # frames read at a coded file's end to learn whether it is whole

# What was put right: each is said once per kind, with the number of files.
TRUNCATED = 'is shorter than its header says: used what is there'
UNSIZED = 'has no length in its header: read to the end of the file'
HALF_SAMPLE = 'ends in the middle of a sample: dropped the incomplete one'
MIXED_DOWN = 'has several channels: mixed down to mono'
RESAMPLED = 'has a different sample rate: resampled'
CONVERTED = 'is not 16-bit WAV: converted'
NOT_FINITE = 'contains NaN or infinity: set to 0'


class AudioError(UserError):
    """A file that holds no usable audio; the text names the file and the reason."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f'{path}: {reason}')
        self.path, self.reason = path, reason

    def __reduce__(self) -> tuple[Any, ...]:  # crosses process borders in the check
        return AudioError, (self.path, self.reason)


@dataclass(frozen=True)
class AudioInfo:
    """What the header and size of a file tell.

    Attributes:
        frames: samples per channel that are really there, at `rate`.
        rate: Hz.
        channels: 1 or more.
        notes: what reading it at another rate or as mono does not include: faults put right.
        pcm16_at: byte offset of the samples if they are plain 16-bit PCM, else None.
    """

    frames: int
    rate: int
    channels: int
    notes: tuple[str, ...] = ()
    pcm16_at: int | None = None

    def frames_at(self, sample_rate: int) -> int:
        """Return the samples `read_audio` gives at `sample_rate` (soxr rounds to the nearest)."""
        return (2 * self.frames * sample_rate + self.rate) // (2 * self.rate)


def probe(path: str) -> AudioInfo:
    """Describe a file from its header and, for compressed formats, its end.

    Raises:
        AudioError: missing, unreadable, or no audio.
    """
    try:
        with open(path, 'rb') as f:
            info = _wav_info(path, f)
    except OSError as e:
        raise AudioError(path, _why(path, e)) from e
    return info or _coded_info(path)


def audio_info(path: str) -> tuple[int, int, int]:
    """Return (frames per channel, sample rate in Hz, channels) of an audio file."""
    info = probe(path)
    return info.frames, info.rate, info.channels


def read_audio(path: str, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """Read a file as int16 [n], one channel, at `sample_rate`.

    Raises:
        AudioError: missing, unreadable, or no audio.
    """
    return read_with_notes(path, sample_rate)[0]


def read_with_notes(path: str, sample_rate: int = SAMPLE_RATE) -> tuple[np.ndarray, list[str]]:
    """Read a file as `read_audio` does and return also what was put right, to be reported once."""
    try:
        with open(path, 'rb') as f:
            info = _wav_info(path, f)
            if info and info.pcm16_at is not None:
                f.seek(info.pcm16_at)
                samples = np.fromfile(f, '<i2', info.frames * info.channels)
                if info.channels == 1 and info.rate == sample_rate:
                    return samples.astype(np.int16, copy=False), list(info.notes)
                return to_mono16(samples.reshape(-1, info.channels) * np.float32(1 / 32768),
                                 info.rate, sample_rate, list(info.notes))
    except OSError as e:
        raise AudioError(path, _why(path, e)) from e
    samples, rate = _decode(path)
    return to_mono16(samples, rate, sample_rate, [CONVERTED])


def _why(path: str, e: OSError) -> str:
    if isinstance(e, FileNotFoundError):
        return 'the file is missing'
    if isinstance(e, IsADirectoryError):
        return 'this is a folder, not an audio file'
    return f'the file cannot be read ({e.strerror})'


def _wav_info(path: str, f: BinaryIO) -> AudioInfo | None:
    """Read a RIFF header: `RIFF` u32 `WAVE`, then chunks of name, u32 size, data, even padding.

    Returns:
        None for what libsndfile should look at: no RIFF file, or another codec than 16-bit PCM.
    """
    size = os.fstat(f.fileno()).st_size
    if size == 0:
        raise AudioError(path, 'the file is empty')
    head = f.read(12)
    if head[:4] != b'RIFF' or head[8:12] != b'WAVE':
        if head[:4] == b'RIFF' and size < 44:
            raise AudioError(path, f'the WAV header is truncated after {size} bytes')
        return None
    riff_size = struct.unpack('<I', head[4:8])[0]
    fmt = None
    while len(chunk := f.read(8)) == 8:
        name, length = chunk[:4], struct.unpack('<I', chunk[4:])[0]
        if name == b'fmt ':
            body = f.read(length)
            if len(body) < 16:
                raise AudioError(path, f'the WAV header is truncated after {size} bytes')
            fmt = _format(path, body)
            if fmt is None:
                return None
            f.seek(length & 1, os.SEEK_CUR)
        elif name == b'data' and fmt:
            return _data_chunk(fmt, f.tell(), length, size, riff_size)
        else:
            f.seek(length + (length & 1), os.SEEK_CUR)
    raise AudioError(path, 'the WAV file has no data' if fmt else
                     f'the WAV header is truncated after {size} bytes')


def _format(path: str, body: bytes) -> tuple[int, int] | None:
    """Return (rate, channels) of a `fmt ` chunk that announces 16-bit PCM, else None."""
    tag, channels, rate, _, block, bits = struct.unpack('<HHIIHH', body[:16])
    if tag == EXTENSIBLE and len(body) >= 26:  # the real tag opens the GUID at byte 24
        tag = struct.unpack('<H', body[24:26])[0]
    if channels == 0:
        raise AudioError(path, 'the WAV header declares 0 channels')
    if rate not in RATES:
        raise AudioError(path, f'the WAV header declares a sample rate of {rate} Hz')
    return (rate, channels) if (tag, bits, block) == (PCM, 16, 2 * channels) else None


def _data_chunk(fmt: tuple[int, int], at: int, length: int, size: int,
                riff_size: int) -> AudioInfo:
    """Settle between the size in the header and the size of the file."""
    rate, channels = fmt
    there, notes = size - at, []
    if length >= UNFILLED or (length == 0 and riff_size in (0, at - 8) and there):
        length = there
        notes.append(UNSIZED)
    elif length - there > 2 * channels - 1:
        notes.append(TRUNCATED)
    length = min(length, there)
    if length % (2 * channels):
        notes.append(HALF_SAMPLE)
    return AudioInfo(length // (2 * channels), rate, channels, tuple(notes), at)


def _open(path: str) -> Any:
    import soundfile  # here: plain WAV corpora never need it
    try:
        f = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, OSError, ValueError) as e:
        text = getattr(e, 'error_string', str(e)).rstrip('. ')
        raise AudioError(path, f'not an audio file, or unreadable ({text})') from e
    if f.frames >= UNKNOWN_LENGTH:
        raise AudioError(path, 'the file does not declare its length (written to a pipe?): '
                               'rewrite it, for example with `sox old new`')
    if f.samplerate not in RATES:
        raise AudioError(path, f'the file declares a sample rate of {f.samplerate} Hz')
    return f


def _coded_info(path: str) -> AudioInfo:
    """Return libsndfile's facts if the end can be decoded, where a truncated download shows."""
    with _open(path) as f:
        frames, rate, channels = f.frames, f.samplerate, f.channels
        try:
            start = f.seek(max(frames - TAIL, 0))
            there = start + len(f.read(TAIL, dtype='float32'))
        except RuntimeError as e:
            raise AudioError(path, _undecodable(e)) from e
    return AudioInfo(there, rate, channels, (CONVERTED, *[TRUNCATED] * (there < frames)))


def _decode(path: str) -> tuple[np.ndarray, int]:
    """Decode all samples: float32 [frames, channels] in -1..1, and the rate in Hz."""
    with _open(path) as f:
        try:
            samples = f.read(dtype='float32', always_2d=True)
        except RuntimeError as e:
            raise AudioError(path, _undecodable(e)) from e
        return samples, f.samplerate


def _undecodable(e: RuntimeError) -> str:
    text = getattr(e, 'error_string', str(e)).removeprefix('Error : ').rstrip('. ')
    return f'the file is damaged: its audio cannot be decoded to the end ({text})'


def to_mono16(samples: np.ndarray, rate: int, sample_rate: int,
              notes: list[str]) -> tuple[np.ndarray, list[str]]:
    """Convert float32 [frames, channels] to int16 [n], mean of the channels, at `sample_rate`."""
    if not np.isfinite(samples).all():
        samples = np.where(np.isfinite(samples), samples, np.float32(0))
        notes.append(NOT_FINITE)
    if samples.shape[1] > 1:
        notes.append(MIXED_DOWN)
    mono = samples.mean(axis=1, dtype=np.float32) if samples.shape[1] > 1 else samples[:, 0]
    if rate != sample_rate:
        notes.append(RESAMPLED)
        if len(mono):
            import soxr
            mono = soxr.resample(mono, rate, sample_rate)
    scaled = np.rint(np.clip(mono, -1, 1) * 32768)
    return np.minimum(scaled, 32767).astype(np.int16), notes
