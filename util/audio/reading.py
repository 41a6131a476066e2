"""Audio files, and recordings inside of others, become 16-bit mono samples.

WAV is read by wav.py: it is what corpora are made of. Everything else goes
through libsndfile, or ffmpeg for what that does not know (coded.py); the
content tells, not the name. What was put right on the way is said in `notes`,
so that the caller can say it once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np

from util.audio import opus, wav
from util.audio.coded import FIRST_ONLY, Decoded, decode, measure
from util.audio.places import OPUS, kind_of, open_place, size_of
from util.audio.wav import DAMAGED, HALF_SAMPLE, JOINED, TRUNCATED, UNSIZED, WavHeader
from util.errors import AudioError

__all__ = ['DAMAGED', 'FIRST_ONLY', 'HALF_SAMPLE', 'JOINED', 'TRUNCATED', 'UNSIZED', 'AudioError']

SAMPLE_RATE = 16000  # Hz

# What was put right, besides what the readers say: each is said once per kind, with the number of
# files.
MIXED_DOWN = 'has several channels: mixed down to mono'
RESAMPLED = 'has a different sample rate: resampled'
CONVERTED = 'is not 16-bit WAV: converted'
NOT_FINITE = 'contains NaN or infinity: set to 0'


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
        return resampled_frames(self.frames, self.rate, sample_rate)


def probe(path: str) -> AudioInfo:
    """Describe a file from its header and, for compressed formats, its end.

    Raises:
        AudioError: missing, unreadable, or no audio.
    """
    try:
        with open_place(path) as f:
            if kind_of(path) == OPUS:
                found = opus.unpack(path, f.read())
                return AudioInfo(found.frames, found.rate, found.channels,
                                 (CONVERTED, *found.notes))
            headers = _wav_headers(path, f)
            if headers:
                return _of_wav(headers)
            streams, notes = measure(path, f)
    except OSError as e:
        raise AudioError(path, _why(e)) from e
    return _of_all(streams, (CONVERTED, *notes))


def _of_all(streams: list[tuple[int, int, int]], notes: tuple[str, ...]) -> AudioInfo:
    """Describe streams of (frames, rate, channels) in a row."""
    rate = streams[0][1]
    frames = sum(resampled_frames(n, of, rate) for n, of, _ in streams)
    return AudioInfo(frames, rate, max(c for _, _, c in streams), notes)


def _of_wav(headers: list[WavHeader]) -> AudioInfo:
    plain = all((h.tag, h.width) == (wav.PCM, 2) for h in headers)
    notes = (*[CONVERTED] * (not plain), *_notes(headers))
    info = _of_all([(h.frames, h.rate, h.channels) for h in headers], notes)
    return replace(info, pcm16_at=headers[0].at) if plain and len(headers) == 1 else info


def _notes(headers: list[WavHeader]) -> list[str]:
    return list(dict.fromkeys(note for header in headers for note in header.notes))


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
    samples, rate, notes = _read(path)
    if samples.dtype != np.int16:
        return to_mono16(samples, rate, sample_rate, notes)
    if samples.shape[1] == 1 and rate == sample_rate:
        return samples[:, 0], notes
    return to_mono16(samples * np.float32(1 / 32768), rate, sample_rate, notes)


def read_channels(path: str) -> tuple[np.ndarray, int]:
    """Return a file's own channels, int16 [frames, channels], and its own rate in Hz.

    Raises:
        AudioError: missing, unreadable, or no audio.
    """
    samples, rate, _ = _read(path)
    return samples if samples.dtype == np.int16 else _to_16(_finite(samples)[0]), rate


def _read(path: str) -> tuple[np.ndarray, int, list[str]]:
    """Return [frames, channels], int16 if that is how it is stored, else float32; rate; notes."""
    try:
        with open_place(path) as f:
            if kind_of(path) == OPUS:
                found = opus.unpack(path, f.read())
                return opus.decode(path, found), found.rate, [CONVERTED, *found.notes]
            headers = _wav_headers(path, f)
            if not headers:
                coded = decode(path, f)
                return _joined(coded.streams), coded.streams[0].rate, [CONVERTED, *coded.notes]
            header = headers[0]
            if len(headers) > 1 or (header.tag, header.width) != (wav.PCM, 2):
                streams = [Decoded(wav.read_samples(f, h), h.rate) for h in headers]
                return _joined(streams), header.rate, [CONVERTED, *_notes(headers)]
            samples = wav.read_pcm16(f, header).astype(np.int16, copy=False)
            return samples.reshape(-1, header.channels), header.rate, list(header.notes)
    except OSError as e:
        raise AudioError(path, _why(e)) from e


def _why(e: OSError) -> str:
    if isinstance(e, FileNotFoundError):
        return 'the file is missing'
    return f'the file cannot be read ({e.strerror})'


def _wav_headers(path: str, f: BinaryIO) -> list[WavHeader]:
    """Read the headers in a WAV file; none for what others read."""
    size = size_of(f)
    if size == 0:
        raise AudioError(path, 'the file is empty')
    head = f.read(12)
    f.seek(0)
    if wav.is_wav(head):
        return wav.read_headers(path, f)
    if head[:4] == b'RIFF' and size < 44:
        raise AudioError(path, f'the WAV header is truncated after {size} bytes')
    return []


def _joined(streams: list[Decoded]) -> np.ndarray:
    """Join streams as float32 [frames, channels] at the rate of the first, or as one channel."""
    if len(streams) == 1:
        return streams[0].samples
    pieces = []
    for stream in streams:
        mono = _finite(stream.samples)[0].mean(axis=1, dtype=np.float32)
        if stream.rate != streams[0].rate and len(mono):
            import soxr
            mono = soxr.resample(mono, stream.rate, streams[0].rate)
        pieces.append(mono)
    return np.concatenate(pieces)[:, None]


def resampled_frames(frames: int, rate: int, new_rate: int) -> int:
    """Return how many frames another rate gives (soxr rounds to the nearest)."""
    return (2 * frames * new_rate + rate) // (2 * rate)


def _finite(samples: np.ndarray) -> tuple[np.ndarray, bool]:
    """Replace NaN and infinity by 0; also whether there was any."""
    if np.isfinite(samples).all():
        return samples, False
    return np.where(np.isfinite(samples), samples, np.float32(0)), True


def to_mono16(samples: np.ndarray, rate: int, sample_rate: int,
              notes: list[str]) -> tuple[np.ndarray, list[str]]:
    """Convert float32 [frames, channels] to int16 [n], mean of the channels, at `sample_rate`."""
    samples, odd = _finite(samples)
    if odd:
        notes.append(NOT_FINITE)
    if samples.shape[1] > 1:
        notes.append(MIXED_DOWN)
    mono = samples.mean(axis=1, dtype=np.float32) if samples.shape[1] > 1 else samples[:, 0]
    if rate != sample_rate:
        notes.append(RESAMPLED)
        if len(mono):
            import soxr
            mono = soxr.resample(mono, rate, sample_rate)
    return _to_16(mono), notes


def _to_16(samples: np.ndarray) -> np.ndarray:
    """Convert float32 in -1..1 to int16."""
    scaled = np.rint(np.clip(samples, -1, 1) * 32768)
    return np.minimum(scaled, 32767).astype(np.int16)
