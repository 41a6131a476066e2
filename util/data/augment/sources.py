"""Recordings of noise and rooms: where they come from, and pieces of them.

A source is a folder, in which all audio files are taken, a single recording, or whatever a set is
read from: a CSV, a sample database, a tar archive. It needs no transcripts.
"""
from __future__ import annotations

import os
import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from util import log
from util.audio.reading import AudioError, probe, read_audio
from util.data.augment.operations import Operation
from util.data.augment.parse import AugmentError
from util.data.read import read_utterances
from util.errors import UserError
from util.waiting import map_waiting

ENDINGS = ('.wav', '.flac', '.ogg', '.oga', '.opus', '.mp3', '.aiff', '.aif', '.au', '.w64')
NAMED = 10  # files of a source that are named where they cannot be used
MEMORY = 64 << 20  # bytes of recordings that a process keeps decoded


@dataclass(frozen=True)
class Source:
    """Recordings that can be read.

    Attributes:
        files: their paths.
        secs: float64, how long each is.
    """

    files: tuple[str, ...]
    secs: np.ndarray


def open_sources(operations: Iterable[Operation]) -> dict[str, Source]:
    """Open what operations take recordings from: path -> source.

    Raises:
        AugmentError: a source has none.
    """
    sources: dict[str, Source] = {}
    for each in operations:
        if each.source and each.source not in sources:
            try:
                sources[each.source] = open_source(each.source)
            except UserError as e:
                place = re.search(r'source\s*=\s*', each.text)
                raise AugmentError(each.text, place.end() if place else 0, str(e)) from e
    return sources


def open_source(path: str) -> Source:
    """Find the recordings of a source and look at each; those that cannot be used are named.

    Raises:
        UserError: there are none.
    """
    files = _files(path)
    looked = list(map_waiting(_look, files))
    good = [(file, secs) for file, secs in zip(files, looked) if isinstance(secs, float)]
    bad = [reason for reason in looked if isinstance(reason, str)]
    for reason in bad[:NAMED]:
        log.warn(f'source {path}: {reason}; left out')
    if len(bad) > NAMED:
        log.warn(f'source {path}: ... and {len(bad) - NAMED} more')
    if not good:
        raise UserError(
            f'none of its {len(bad)} recordings can be used' if bad else
            'no recordings: expected a folder with audio files, or a CSV with the column '
            'wav_filename')
    return Source(tuple(file for file, _ in good), np.array([secs for _, secs in good]))


def _files(path: str) -> list[str]:
    if os.path.isdir(path):
        return sorted(os.path.join(folder, name) for folder, _, names in os.walk(path)
                      for name in names if name.lower().endswith(ENDINGS))
    if os.path.isfile(path) and path.lower().endswith(ENDINGS):
        return [path]
    try:
        return [each.wav for each in read_utterances([path], transcripts=False)]
    except UserError as e:
        if isinstance(e.__cause__, FileNotFoundError):
            raise UserError('no such file or folder') from e
        raise UserError('expected a folder with audio files, a recording, a CSV, a sample '
                        f'database or a tar archive: {e}') from e


def _look(file: str) -> float | str:
    """Return the seconds of a recording, or why it cannot be used."""
    try:
        info = probe(file)
    except AudioError as e:
        return str(e)
    return info.frames / info.rate if info.frames else f'{file}: contains no samples'


class Library:
    """The recordings of all sources, some of them decoded.

    Args:
        sources: path -> source.
        memory: bytes of decoded recordings to keep.
    """

    def __init__(self, sources: dict[str, Source], memory: int = MEMORY) -> None:
        self._sources, self._memory = sources, memory
        self._decoded: OrderedDict[tuple[str, int], np.ndarray] = OrderedDict()
        self.complaints: list[str] = []  # of recordings that can no longer be read

    def stretch(self, source: str, length: int, rate: int,
                random: np.random.Generator) -> np.ndarray:
        """Return samples from any place of a source on, recording after recording.

        Args:
            source: its path.
            length: samples.
            rate: Hz.
            random: draws the place.

        Returns:
            float32 [length] in -1 to 1.
        """
        files, secs = self._sources[source].files, self._sources[source].secs
        ends = np.cumsum(secs)
        place = random.uniform(0, ends[-1])
        number = min(int(np.searchsorted(ends, place, 'right')), len(files) - 1)
        skip = int((place - (ends[number] - secs[number])) * rate)
        parts, missing, empty = [], length, 0
        while missing > 0 and empty <= len(files):
            part = _in_ones(self._read(files[number], rate)[skip:][:missing])
            empty = 0 if len(part) else empty + 1
            parts.append(part)
            number, skip, missing = (number + 1) % len(files), 0, missing - len(part)
        return np.pad(np.concatenate(parts), [0, missing]) if parts else np.zeros(0, np.float32)

    def whole(self, source: str, rate: int, random: np.random.Generator) -> np.ndarray:
        """Return any recording of a source: float32 [n] in -1 to 1."""
        files = self._sources[source].files
        return _in_ones(self._read(files[int(random.integers(len(files)))], rate))

    def _read(self, file: str, rate: int) -> np.ndarray:
        """Return a recording as int16, empty if it can no longer be read."""
        known = self._decoded.get((file, rate))
        if known is None:
            try:
                known = read_audio(file, rate)
            except AudioError as e:
                self.complaints.append(str(e))
                known = np.zeros(0, np.int16)
            self._decoded[file, rate] = known
            while len(self._decoded) > 1 and sum(
                    each.nbytes for each in self._decoded.values()) > self._memory:
                self._decoded.popitem(last=False)
        self._decoded.move_to_end((file, rate))
        return known


def _in_ones(samples: np.ndarray) -> np.ndarray:
    return samples.astype(np.float32) / np.float32(32767)
