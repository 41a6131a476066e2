"""From a corpus's recordings to mono 16-bit WAV clips of one rate, in worker processes.

soundfile and soxr do the work. Other programs are called only for what libsndfile cannot read:
ffmpeg for M4A and its relatives, ffmpeg or sph2pipe for SPHERE files compressed with shorten.
"""

import errno
import itertools
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from util.audio import reading, wav
from util.audio.layout import find_parts
from util.audio.reading import SAMPLE_RATE, AudioError
from util.audio.signatures import recognise
from util.errors import UserError
from util.files import whole_file

CHUNK = 32  # clips a job
HEADER = 44  # bytes of a plain WAV header
FFMPEG_ONLY = {'.m4a', '.m4b', '.mp4', '.aac', '.wma', '.webm', '.amr', '.3gp', '.mka', '.mkv',
               '.mov', '.avi'}
INSTALL = {
    'ffmpeg': 'sudo apt-get install ffmpeg (macOS: brew install ffmpeg)',
    'sph2pipe': 'build it from https://www.openslr.org/3/ (gcc -o sph2pipe *.c -lm) and put it '
                'into a folder on your PATH'}
MIN_SECS = 0.05
FATAL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE)  # not this one clip's fault


@dataclass(frozen=True)
class Clip:
    """One clip to make.

    Attributes:
        source: the recording.
        target: the WAV to write.
        start: where the clip begins in the recording, seconds.
        end: where it ends; None = at the recording's end.
        channel: 0 is the first; None mixes all down.
        min_secs: what its transcript needs at least (a label every 20 ms).
        max_secs: longest clip to keep; 0 = any.
        rate: of the WAV, Hz.
    """

    source: str
    target: str
    start: float = 0.0
    end: float | None = None
    channel: int | None = None
    min_secs: float = 0.0
    max_secs: float = 0.0
    rate: int = SAMPLE_RATE

    @property
    def whole(self) -> bool:
        """Whether the clip is its recording as it is."""
        return self.start == 0 and self.end is None and self.channel is None


@dataclass(frozen=True)
class Made:
    """What became of a clip: where it is, its bytes and seconds, or why there is none."""

    path: str
    size: int = 0
    secs: float = 0.0
    problem: str = ''
    detail: str = ''


def tool_for(path: str) -> str:
    """Return the program needed to decode a recording that libsndfile cannot, or ''."""
    suffix = Path(path).suffix.lower()
    if suffix not in ('.sph', '.wav', '.nist'):
        return 'ffmpeg' if suffix in FFMPEG_ONLY else ''
    try:
        with open(path, 'rb') as f:
            header = f.read(1024)
    except OSError:
        return ''
    if b'embedded-shorten' not in header:
        return ''
    # ffmpeg reads shortened linear samples, not the mu-law ones of telephone corpora.
    plain = b'pcm,embedded-shorten' in header
    return 'ffmpeg' if plain and not shutil.which('sph2pipe') else 'sph2pipe'


def require(tool: str, example: str) -> None:
    """Raise `UserError` with the install command if a program is missing."""
    if not shutil.which(tool):
        raise UserError(f'{example} can be read only by {tool}, which is not installed: '
                        f'{INSTALL[tool]}')


def make_all(clips: Iterable[Clip], jobs: int, scratch: Path) -> Iterator[Made]:
    """Make every clip, in order; few clips are in memory at a time.

    Args:
        clips: what to make; clips of one recording should be adjacent.
        jobs: processes.
        scratch: folder for unfinished files; removed before and after.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        yield from _make_in_processes(clips, jobs, str(scratch)) if jobs > 1 else (
            made for chunk in _chunks(clips) for made in _make_chunk(chunk, str(scratch)))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _make_in_processes(clips: Iterable[Clip], jobs: int, scratch: str) -> Iterator[Made]:
    context = multiprocessing.get_context('fork' if sys.platform == 'linux' else 'spawn')
    pool = ProcessPoolExecutor(jobs, context, _start_worker, (os.getpid(),))
    pending: deque[Future[list[Made]]] = deque()
    try:
        for chunk in _chunks(clips):
            pending.append(pool.submit(_make_chunk, chunk, scratch))
            if len(pending) > 3 * jobs:
                yield from pending.popleft().result()
        while pending:
            yield from pending.popleft().result()
    except BrokenProcessPool as e:
        raise UserError('a conversion process was killed, perhaps for lack of memory: run again '
                        'with fewer --jobs to continue') from e
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _chunks(clips: Iterable[Clip]) -> Iterator[list[Clip]]:
    """Group clips into jobs; clips of one recording stay together, so that it is opened once."""
    chunk: list[Clip] = []
    for _, same in itertools.groupby(clips, lambda clip: clip.source):
        chunk.extend(same)
        if len(chunk) >= CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _start_worker(parent: int) -> None:
    """Leave Ctrl-C to the parent, and end when the parent has been killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _make_chunk(chunk: list[Clip], scratch: str) -> list[Made]:
    made = []
    for source, group in itertools.groupby(chunk, lambda clip: clip.source):
        clips = list(group)
        missing = [clip for clip in clips if not is_current(clip.target, clip.source)]
        if missing and (tool := tool_for(source)):
            made += _with_tool(tool, source, clips, scratch)
        else:
            made += [_make(clip) for clip in clips]
    return made


def _with_tool(tool: str, source: str, clips: list[Clip], scratch: str) -> list[Made]:
    """Decode the recording to a temporary WAV, all channels at their rate, and cut that."""
    os.makedirs(scratch, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as temporary:
        decoded = os.path.join(temporary, 'decoded.wav')
        try:
            decode_with(tool, source, decoded)
        except AudioError as error:
            return [Made(clip.source, problem='unreadable audio', detail=error.reason)
                    for clip in clips]
        return [_make(clip) if is_current(clip.target, clip.source) else
                _make(replace(clip, source=decoded), stays=False) for clip in clips]


def decode_with(tool: str, source: str, target: str) -> None:
    """Decode a recording to a WAV of 16 bits, all channels at their rate.

    Args:
        tool: what `tool_for` says.
        source: the recording.
        target: the WAV.

    Raises:
        AudioError: the program cannot read it.
        UserError: the disk is full.
    """
    done = subprocess.run(_decoder(tool, source, target), capture_output=True, text=True,
                          errors='replace', check=False)
    if 'No space left' in done.stderr:
        raise UserError(f'{os.path.dirname(target)}: the disk is full: free some space and run '
                        'again to continue')
    if done.returncode or not os.path.exists(target):
        raise AudioError(source, (done.stderr.strip().splitlines() or ['no reason given'])[-1])


def _decoder(tool: str, source: str, target: str) -> list[str]:
    """Return the command that decodes a file, whatever its name is and whatever it refers to.

    A whole path begins with no `-`, and ffmpeg does not take `file:` paths for addresses, nor
    fetch what a playlist that is named like a recording may list.
    """
    source, target = os.path.abspath(source), os.path.abspath(target)
    if tool == 'sph2pipe':
        return ['sph2pipe', '-p', '-f', 'wav', source, target]
    return ['ffmpeg', '-nostdin', '-v', 'error', '-protocol_whitelist', 'file', '-i',
            f'file:{source}', '-vn', '-c:a', 'pcm_s16le', f'file:{target}']


def is_current(target: str | os.PathLike, source: str | os.PathLike) -> bool:
    """Tell whether a WAV exists, newer than its source; it is complete, as it came by rename."""
    try:
        made = os.stat(target)
        return made.st_size > HEADER and made.st_mtime >= os.stat(source).st_mtime
    except OSError:
        return False


def _make(clip: Clip, stays: bool = True) -> Made:
    """Make a clip; `stays`: its recording does, and may be used where it lies."""
    try:
        if is_current(clip.target, clip.source):
            size = os.path.getsize(clip.target)
            secs = (size - HEADER) / 2 / clip.rate
            return Made(clip.target, size, secs, _too_short_or_long(clip, secs))
        if not clip.whole:
            samples = _cut(clip)
        elif not _is_riff(clip.source):
            samples = _coded(clip)
        elif usable := _as_it_is(clip) if stays else None:
            return usable
        else:
            samples = _whole(clip)
    except AudioError as e:
        missing = not os.path.exists(clip.source)
        return Made(clip.source, problem='missing file' if missing else 'unreadable audio',
                    detail=e.reason)
    except _CutShortError as e:
        return Made(clip.source, problem='audio cut short', detail=str(e))
    except FileNotFoundError as e:
        return Made(clip.source, problem='missing file', detail=str(e))
    except OSError as e:
        if e.errno in FATAL:
            raise
        return Made(clip.source, problem='cannot be read or written', detail=str(e))
    secs = len(samples) / clip.rate
    problem = _too_short_or_long(clip, secs) or ('' if samples.any() else 'silence')
    if problem:
        return Made(clip.source, secs=secs, problem=problem)
    return Made(clip.target, write_wav(clip.target, samples, clip.rate), secs)


class _CutShortError(Exception):
    """There is less audio than announced, so the transcript says more than can be heard."""


def _too_short_or_long(clip: Clip, secs: float) -> str:
    if clip.max_secs and secs > clip.max_secs:
        return f'longer than {clip.max_secs:g} s'
    if secs < MIN_SECS:
        return f'shorter than {MIN_SECS:g} s'
    return 'too short for its transcript' if secs < clip.min_secs else ''


def _as_it_is(clip: Clip) -> Made | None:
    """Use a recording where it lies if it already is what the trainer reads fastest."""
    info = reading.probe(clip.source)
    if (info.pcm16_at is None or info.rate != clip.rate or info.channels != 1 or info.notes):
        return None
    secs = info.frames / clip.rate
    problem = _too_short_or_long(clip, secs)
    if not problem:
        samples = np.memmap(clip.source, '<i2', 'r', info.pcm16_at, (info.frames,))
        if not samples[::info.frames // 64 + 1].any() and not samples.any():
            problem = 'silence'
    return Made(clip.source, os.path.getsize(clip.source), secs, problem)


def _is_riff(path: str) -> bool:
    with open(path, 'rb') as f:
        return f.read(4) == b'RIFF'


def _coded(clip: Clip) -> np.ndarray:
    """Read FLAC, SPHERE, MP3, ... as int16 [n] at `clip.rate`, without floats if it has that."""
    import soundfile
    try:
        with soundfile.SoundFile(clip.source) as f:
            if (f.samplerate, f.channels, f.subtype) == (clip.rate, 1, 'PCM_16'):
                if len(samples := f.read(dtype='int16')) == f.frames and _is_single(clip.source):
                    return samples
    except (soundfile.LibsndfileError, OSError):
        pass  # what is wrong says the thorough reader
    return _whole(clip)


def _is_single(path: str) -> bool:
    """Tell whether a file holds one stream, which is what libsndfile reads of it."""
    with open(path, 'rb') as f:
        return len(find_parts(f, recognise(f).reader).parts) == 1


def _whole(clip: Clip) -> np.ndarray:
    """Read any recording as int16 [n] at `clip.rate`."""
    samples, notes = reading.read_with_notes(clip.source, clip.rate)
    if reading.TRUNCATED in notes or reading.DAMAGED in notes:
        raise _CutShortError(f'only {len(samples) / clip.rate:.2f} s are there')
    return samples


def _cut(clip: Clip) -> np.ndarray:
    """Read a piece or one channel of a recording as int16 [n] at `clip.rate`."""
    import soundfile
    try:
        with soundfile.SoundFile(clip.source) as f:
            rate = f.samplerate
            first = round(clip.start * rate)
            last = f.frames if clip.end is None else round(clip.end * rate)
            # Transcribers' last boundaries lie a little past the end; 0.1 s are forgiven.
            if first >= f.frames or last > f.frames + rate // 10 or last <= first:
                raise _CutShortError(f'{clip.start:.2f} to {last / rate:.2f} s of a recording '
                                     f'of {f.frames / rate:.2f} s')
            f.seek(first)
            samples = f.read(last - first, dtype='float32', always_2d=True)
            if len(samples) < min(last, f.frames) - first:
                raise _CutShortError(f'only {len(samples) / rate:.2f} s are there behind '
                                     f'{clip.start:.2f} s')
    except (soundfile.LibsndfileError, OSError) as e:
        raise AudioError(clip.source, getattr(e, 'error_string', None) or str(e)) from e
    if clip.channel is not None:
        if clip.channel >= samples.shape[1]:
            raise AudioError(clip.source, f'has no channel {clip.channel + 1}')
        samples = samples[:, clip.channel:clip.channel + 1]
    return reading.to_mono16(samples, rate, clip.rate, [])[0]


def write_wav(path: str, samples: np.ndarray, rate: int = SAMPLE_RATE) -> int:
    """Write int16 [n] at `rate` by rename and return the file's size in bytes."""
    data = wav.as_bytes(samples, rate)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with whole_file(path) as f:
        f.write(data)
    return len(data)
