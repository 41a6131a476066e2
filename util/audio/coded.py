"""Audio that is not WAV through libsndfile, and what that does not know through ffmpeg.

native_client/client/sndfile.cc and ffmpeg.cc do the same in C++.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from util.audio import wav
from util.audio.layout import Layout, Piece, find_parts
from util.audio.signatures import FFMPEG, FLAC, MPEG, NO_AUDIO, OGG, Signature, recognise
from util.audio.wav import DAMAGED, JOINED
from util.errors import AudioError

FIRST_ONLY = 'holds several recordings in a row: read the first alone'

UNKNOWN_LENGTH = 1 << 40  # frames from here on: libsndfile could not tell
TAIL = 4096  # frames read at a stream's end to learn whether it is whole
BLOCK = 1 << 14  # frames read at a time: behind damage, other lengths give other samples
STEP, FINE_STEPS = 1024, 16  # frames behind what cannot be decoded to try again


@dataclass
class Decoded:
    """One stream: float32 [frames, channels] in -1..1, its rate in Hz."""

    samples: np.ndarray
    rate: int


@dataclass
class Coded:
    """What a file holds.

    Attributes:
        streams: one or more.
        notes: what was put right.
    """

    streams: list[Decoded]
    notes: list[str] = field(default_factory=list)


def decode(path: str, f: BinaryIO) -> Coded:
    """Read all that a file holds.

    Raises:
        AudioError: there is no audio, or none that can be decoded here.
    """
    return _read(path, f, _decode_part)


def measure(path: str, f: BinaryIO) -> tuple[list[tuple[int, int, int]], list[str]]:
    """Tell (frames, rate, channels) of each stream, and the notes; looks at ends, not at all."""
    found = _read(path, f, _measure_part)
    return [(len(s.samples), s.rate, s.samples.shape[1]) for s in found.streams], found.notes


def _read(path: str, f: BinaryIO, read_part: Any) -> Coded:
    is_what = recognise(f)
    if is_what.reader == NO_AUDIO:
        raise AudioError(path, f'not an audio file, but {is_what.name}')
    if is_what.reader == FFMPEG:
        return _by_ffmpeg(path, f, is_what, '', [])
    layout = find_parts(f, is_what.reader)
    streams = []
    for number, part in enumerate(layout.parts):
        try:
            streams.append(read_part(path, f, part, layout))
        except _RefusedError as e:
            if number == 0:
                if not is_what.reader:
                    raise AudioError(path, f'not an audio file, or unreadable ({e})') from e
                return _by_ffmpeg(path, f, is_what, str(e),
                                  [wav.TRUNCATED] * layout.cut
                                  + [FIRST_ONLY] * (len(layout.parts) > 1))
            layout.damaged = True
    if not streams:
        return _by_ffmpeg(path, f, is_what, 'it holds no frames', [])
    notes = [note for note, there in ((JOINED, len(layout.parts) > 1),
                                      (wav.UNSIZED, layout.unsized), (DAMAGED, layout.damaged),
                                      (wav.TRUNCATED, layout.cut)) if there]
    return Coded(streams, notes)


class _RefusedError(Exception):
    """What libsndfile does not know."""


def _open(path: str, f: BinaryIO, part: list[Piece], first: bool) -> Any:
    import soundfile  # here: WAV corpora never need it
    try:
        s = soundfile.SoundFile(PartFile(f, part))
    except (soundfile.LibsndfileError, OSError, ValueError) as e:
        raise _RefusedError(_text(e)) from e
    if s.samplerate not in wav.RATES:
        s.close()
        if first:
            raise AudioError(path, f'the file declares a sample rate of {s.samplerate} Hz')
        raise _RefusedError
    return s


def _text(e: Exception) -> str:
    return str(getattr(e, 'error_string', str(e))).removeprefix('Error : ').rstrip('. ')


def _take(s: Any, frames: int) -> tuple[np.ndarray, bool]:
    """Read on: float32 [at most `frames`, channels], and whether something cannot be decoded.

    Past soundfile's own reading, which seeks each time, as damaged files do not bear, and throws
    away what it has read before an error.
    """
    import soundfile
    # Of a frame that it cannot decode it says that it was read, and writes nothing.
    # Of doubles that no float can hold it makes infinity.
    doubles = s.subtype == 'DOUBLE'
    out = np.zeros((frames, s.channels), np.float64 if doubles else np.float32)
    pointer = soundfile._ffi.cast('double*' if doubles else 'float*', out.ctypes.data)
    read = soundfile._snd.sf_readf_double if doubles else soundfile._snd.sf_readf_float
    got = read(s._file, pointer, frames)
    failed = soundfile._snd.sf_error(s._file) != 0
    out = out[:max(got, 0)]
    return wav.bounded(out) if s.subtype in ('FLOAT', 'DOUBLE') else out, failed


def _decode_part(path: str, f: BinaryIO, part: list[Piece], layout: Layout) -> Decoded:
    s = _open(path, f, part, part is layout.parts[0])
    rate, frames, channels = s.samplerate, s.frames, s.channels
    layout.unsized |= frames >= UNKNOWN_LENGTH
    blocks, at = [], 0
    try:
        while True:
            block, failed = _take(s, BLOCK)
            blocks.append(block)
            at += len(block)
            if failed and layout.reader == FLAC:
                if not (step := _go_on(path, f, part, at, frames)):
                    break
                s.close()
                s, skipped, first = step
                # What cannot be decoded stays silent, so that times are right.
                blocks += [np.zeros((skipped, channels), np.float32), first]
                at += skipped + 1
            elif not len(block):
                break
            layout.damaged |= failed
    finally:
        s.close()
    if at < frames < UNKNOWN_LENGTH:
        _is_short(layout)
    return Decoded(np.concatenate([*blocks, np.empty((0, channels), np.float32)]), rate)


def _go_on(path: str, f: BinaryIO, part: list[Piece], at: int,
           frames: int) -> tuple[Any, int, np.ndarray] | None:
    """Open a stream behind a frame that cannot be decoded.

    Returns:
        The stream, how many frames are left out, and the first behind them; None: nothing is there.
    """
    import soundfile
    skipped = STEP
    while at + skipped < frames < UNKNOWN_LENGTH:
        s = _open(path, f, part, False)
        with contextlib.suppress(soundfile.LibsndfileError):
            s.seek(at + skipped)
            first, _ = _take(s, 1)
            if len(first):
                return s, skipped, first
        s.close()
        skipped += STEP if skipped < FINE_STEPS * STEP else skipped
    return None


def _is_short(layout: Layout) -> None:
    """Note that a stream has less than it announces."""
    # The length of MPEG audio may be a guess. Ogg pages that are missing at the end are seen.
    if layout.damaged or layout.cut or layout.reader == MPEG:
        return
    if layout.reader == OGG:
        layout.damaged = True
    else:
        layout.cut = True


def _measure_part(path: str, f: BinaryIO, part: list[Piece],
                  layout: Layout) -> Decoded:
    """As `_decode_part`, with samples that are not there."""
    with _open(path, f, part, part is layout.parts[0]) as s:
        frames, rate, channels = s.frames, s.samplerate, s.channels
        if frames < UNKNOWN_LENGTH and _ends_well(s):
            return Decoded(np.broadcast_to(np.float32(0), (frames, channels)), rate)
    return _decode_part(path, f, part, layout)


def _ends_well(s: Any) -> bool:
    """Tell whether a stream's end can be decoded, where a truncated download shows."""
    import soundfile
    try:
        start = s.seek(max(s.frames - TAIL, 0))
    except soundfile.LibsndfileError:
        return False
    samples, failed = _take(s, TAIL)
    return not failed and start + len(samples) >= s.frames


def _by_ffmpeg(path: str, f: BinaryIO, is_what: Signature, why: str, notes: list[str]) -> Coded:
    """Read what libsndfile does not, and says `why` it does not; ffmpeg does not tell the notes.

    The recording comes by its descriptor: its name, which may look like an option, an address or a
    list of files, is not told, and nothing else is opened.
    """
    with tempfile.TemporaryFile() as output:
        try:
            done = subprocess.run(
                ['ffmpeg', '-nostdin', '-v', 'error', '-protocol_whitelist', 'file,pipe', '-i',
                 f'file:/dev/fd/{f.fileno()}', '-map', '0:a:0', '-c:a', 'pcm_s16le', '-f', 'wav',
                 'pipe:1'], pass_fds=[f.fileno()], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.PIPE, errors='replace', check=False)
            said = (done.stderr.strip().splitlines() or [''])[-1]
        except FileNotFoundError as e:
            if not why:
                raise AudioError(path, f'{is_what.name} that cannot be decoded (that needs the '
                                       'program ffmpeg: apt install ffmpeg)') from e
            said = ''
        if os.fstat(output.fileno()).st_size <= 12:
            raise AudioError(path, f'{is_what.name} that cannot be decoded ({why or said})')
        output.seek(0)
        header, = wav.read_headers(path, output)  # ffmpeg was asked for a coding that is read
        return Coded([Decoded(wav.read_samples(output, header), header.rate)],
                     [DAMAGED] * bool(said) + notes)


class PartFile(io.RawIOBase):
    """The pieces of a part as the file that libsndfile sees."""

    def __init__(self, f: BinaryIO, part: list[Piece]) -> None:
        super().__init__()
        self._f, self._part, self._at = f, part, 0
        self._size = sum(piece.size for piece in part)

    def readable(self) -> bool:
        """Tell that it is."""
        return True

    def seekable(self) -> bool:
        """Tell that it is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place within it."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = min(max(start + offset, 0), self._size)
        return self._at

    def tell(self) -> int:
        """Return where it is."""
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer, as far as there are bytes."""
        got, begin = 0, 0
        for piece in self._part:
            end = begin + piece.size
            if begin <= self._at < end and got < len(buffer):
                offset, wanted = self._at - begin, min(len(buffer) - got, end - self._at)
                if piece.instead:
                    more = piece.instead[offset:offset + wanted]
                else:
                    self._f.seek(piece.offset + offset)
                    more = self._f.read(wanted)
                buffer[got:got + len(more)] = more
                got += len(more)
                self._at += len(more)
                if len(more) < wanted:
                    break
            begin = end
        return got
