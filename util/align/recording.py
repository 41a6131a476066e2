"""A long recording as 16-bit mono samples on the disk: hours of it take no memory."""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from util.audio import reading, wav
from util.corpora.clips import HEADER, decode_with, is_current, require, tool_for
from util.errors import AudioError, UserError
from util.files import whole_file

BLOCK_SECS = 20


def open_recording(path: Path, wav_path: Path, rate: int,
                   alive: Callable[[], object] = lambda: None,
                   upsampled: Callable[[int], object] = lambda rate: None) -> np.ndarray:
    """Return the samples of a recording, int16 [n] at `rate`, as a map of a file.

    Args:
        path: of the recording.
        wav_path: where it goes, unless it is such a WAV itself.
        rate: Hz.
        alive: is called now and then, and may raise what ends it.
        upsampled: is told the rate of a recording that has a lower one.

    Raises:
        AudioError: it cannot be read, or has no samples.
        UserError: the program that reads it is not installed.
    """
    if is_current(wav_path, path):
        return np.memmap(wav_path, '<i2', 'r', HEADER)
    try:
        tool = tool_for(str(path))
        if not os.path.exists(path):
            raise AudioError(str(path), 'the file is missing')
        wav_path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=wav_path.parent) as scratch:
            source = str(path)
            if tool:
                require(tool, source)
                source = os.path.join(scratch, 'decoded.wav')
                decode_with(tool, str(path), source)
            info = reading.probe(source)
            if info.frames == 0:
                raise AudioError(str(path), 'the recording holds no samples')
            if not tool and info.pcm16_at is not None and (info.rate, info.channels) == (rate, 1):
                return np.memmap(path, '<i2', 'r', info.pcm16_at, (info.frames,))
            if info.rate < rate:
                upsampled(info.rate)
            _write(source, info, wav_path, rate, alive)
    except OSError as error:
        raise UserError(f'{wav_path}: cannot be written ({error.strerror})') from error
    return np.memmap(wav_path, '<i2', 'r', HEADER)


def _write(source: str, info: reading.AudioInfo, target: Path, rate: int,
           alive: Callable[[], object]) -> None:
    """Write a WAV piece by piece; its sizes follow, as nobody knows how many samples there are."""
    with whole_file(target) as file:
        file.write(bytes(HEADER))
        for samples in _pieces(source, info, rate):
            file.write(samples.astype('<i2', copy=False).tobytes())
            alive()
        size = file.tell() - HEADER
        file.seek(0)
        file.write(wav.as_bytes(np.zeros(0, np.int16), rate))
        for at, value in ((4, HEADER - 8 + size), (HEADER - 4, size)):
            file.seek(at)
            file.write(struct.pack('<I', min(value, wav.UNFILLED)))


def _pieces(source: str, info: reading.AudioInfo, rate: int) -> Iterator[np.ndarray]:
    """Yield int16 pieces, mono at `rate`; what libsndfile reads otherwise than we do, whole."""
    import soundfile
    import soxr
    try:
        with soundfile.SoundFile(source) as file:
            if (file.frames, file.samplerate, file.channels) == (info.frames, info.rate,
                                                                 info.channels):
                resampled = soxr.ResampleStream(info.rate, rate, 1)
                count = 0
                for block in file.blocks(BLOCK_SECS * info.rate, dtype='float32', always_2d=True):
                    count += len(block)
                    mono = np.nan_to_num(block.mean(axis=1, dtype=np.float32), nan=0, posinf=0,
                                         neginf=0)
                    if info.rate != rate:
                        mono = resampled.resample_chunk(mono, last=count == info.frames)
                    yield reading.to_mono16(mono[:, None], rate, rate, [])[0]
                return
    except soundfile.LibsndfileError:
        pass
    yield reading.read_audio(source, rate)
