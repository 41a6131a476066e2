"""Sample databases of 0.9.3: recordings and transcripts in one file, all numbers big endian.

    magic    ASCII `SAMPLEDB`
    header   u64 length, JSON {"schema": [{"content": "speech", "mime-type": "audio/wav"},
                                          {"content": "transcript", "mime-type": "text/plain"}]}
    samples  u64 length of what follows here, u64 count, entries
    entry    u32 length of what follows here, for each column of the schema u32 length, bytes
    index    u64 length of what follows, u64 count, u64 offset in the file of each entry
"""

from __future__ import annotations

import json
import os
import struct
from typing import IO, Any, NamedTuple

from util import log
from util.audio.places import OPUS, Place
from util.audio.signatures import SDB
from util.data.csv_files import unreadable
from util.data.manifest import Utterance
from util.errors import UserError

SPEECH, TRANSCRIPT = 'speech', 'transcript'
WAV = 'audio/wav'


class Layout(NamedTuple):
    """Where a database has what.

    Attributes:
        columns: of an entry.
        speech: the number of that column.
        kind: MIME type of its content.
        transcript: the number of that column; -1: there is none.
        begin: offset of the samples part.
    """

    columns: int
    speech: int
    kind: str
    transcript: int
    begin: int


def read_sdb(path: str, transcripts: bool = True) -> list[Utterance]:
    """Find the samples of a database. What is wrong with one is said when its audio is read.

    Args:
        path: of the file.
        transcripts: are needed.

    Raises:
        UserError: it is none, or lacks what is needed.
    """
    try:
        with open(path, 'rb') as file:
            layout = _layout(path, file)
            if transcripts and layout.transcript < 0:
                raise UserError(f'{path}: No transcript data (missing in schema): a set to train '
                                'or to test with needs transcripts')
            offsets, end = _offsets(path, file, layout)
            return [_utterance(path, file.fileno(), layout, number, offset, end, transcripts)
                    for number, offset in enumerate(offsets)]
    except OSError as error:
        raise unreadable(path, error) from error


def check_sdb(path: str) -> None:
    """Find out whether a file is a database, by its beginning."""
    with open(path, 'rb') as file:
        _layout(path, file)


def _layout(path: str, file: IO[bytes]) -> Layout:
    if file.read(len(SDB)) != SDB:
        raise UserError(f'{path}: No Sample Database: expected it to begin with '
                        f'{SDB.decode()}')
    length = int.from_bytes(file.read(8), 'big')
    header = file.read(length) if length < os.fstat(file.fileno()).st_size else b''
    try:
        schema = json.loads(header)['schema']
        contents = [column['content'] for column in schema]
        kinds = [column.get('mime-type', '') for column in schema]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UserError(f'{path}: Missing schema: the header of the sample database is damaged, or '
                        f'has no list of columns ({header[:60].decode("utf-8", "replace")!r})'
                        ) from error
    if SPEECH not in contents:
        raise UserError(f'{path}: No speech data (missing in schema): expected a column '
                        f'{SPEECH!r} among {contents}')
    speech = contents.index(SPEECH)
    kind = str(kinds[speech])
    if kind and not kind.startswith('audio/') and kind != OPUS:
        raise UserError(f'{path}: speech of the type {kind!r} cannot be read: expected audio/wav, '
                        f'{OPUS}, or another of audio/...')
    return Layout(len(schema), speech, kind,
                  contents.index(TRANSCRIPT) if TRANSCRIPT in contents else -1, file.tell())


def _offsets(path: str, file: IO[bytes], layout: Layout) -> tuple[list[int], int]:
    """Return where the entries are, by the index if it is whole, and where the samples end."""
    size = os.fstat(file.fileno()).st_size
    file.seek(layout.begin)
    length, count = _numbers(file)
    end = layout.begin + 8 + length
    file.seek(min(end, size))
    index_length, index_count = _numbers(file)
    if 8 <= length and end <= size and index_length == 8 + 8 * index_count and (
            index_length <= size - end - 8):
        if index_count != count:
            log.warn(f'{path}: the index lists {index_count} samples, the header says {count}: '
                     'those of the index are used')
        return list(struct.unpack(f'>{index_count}Q', file.read(8 * index_count))), end
    offsets, stop = _walk(file.fileno(), layout, size, count if length else 1 << 62)
    log.warn(f'{path}: the index is missing or damaged, maybe with a part of the samples: '
             f'{len(offsets)} are found without it'
             + (f' of {count}' if length and count != len(offsets) else '')
             + f', the last ends at byte {stop} of {size}')
    return offsets, size


def _numbers(file: IO[bytes]) -> tuple[int, int]:
    data = file.read(16).ljust(16, b'\0')
    return int.from_bytes(data[:8], 'big'), int.from_bytes(data[8:], 'big')


def _walk(file: int, layout: Layout, size: int, most: int) -> tuple[list[int], int]:
    """Go from entry to entry as long as they make sense; return where they are, and the end."""
    offsets: list[int] = []
    at = layout.begin + 16
    while len(offsets) < most:
        try:
            parts = _entry(file, layout, at, size)
        except ValueError:
            break
        offsets.append(at)
        at = sum(parts[-1])
    return offsets, at


def _entry(file: int, layout: Layout, offset: int, end: int) -> list[tuple[int, int]]:
    """Return (offset, size) of each column of an entry.

    Raises:
        ValueError: the numbers do not fit.
    """
    if not layout.begin + 16 <= offset <= end - 4:
        raise ValueError(f'the index says byte {offset}, where there are no samples')
    head = os.pread(file, 8, offset)
    stop = offset + 4 + int.from_bytes(head[:4], 'big')
    if stop > end:
        raise ValueError(f'the entry at byte {offset} goes on to byte {stop}, behind the end of '
                         f'the samples ({end})')
    parts: list[tuple[int, int]] = []
    at = offset + 4
    for _ in range(layout.columns):
        size = int.from_bytes(head[4:8] if not parts else os.pread(file, 4, at), 'big')
        parts.append((at + 4, size))
        at += 4 + size
        if at > stop:
            break
    if at != stop:
        raise ValueError(f'the lengths in the entry at byte {offset} do not add up')
    return parts


def _utterance(path: str, file: int, layout: Layout, number: int, offset: int, end: int,
               strict: bool) -> Utterance:
    """Describe a sample; what is wrong with it becomes a fault of its place."""
    name, text = f'{path}:{number}', ''
    try:
        parts = _entry(file, layout, offset, end)
        if layout.transcript >= 0:
            at, length = parts[layout.transcript]
            data = os.pread(file, length, at)
            text = ' '.join(data.decode('utf-8', 'strict' if strict else 'replace').split())
    except UnicodeDecodeError:
        return Utterance(Place(name, fault='the transcript is not UTF-8'), 0, '', path, number)
    except ValueError as error:
        return Utterance(Place(name, fault=str(error)), 0, '', path, number)
    at, size = parts[layout.speech]
    return Utterance(Place(name, path, at, size, layout.kind), size, text, path, number)


class SdbWriter:
    """Writes a database; it is complete when `finish` was called.

    Args:
        file: opened for writing, at its beginning; it can seek.
        kind: MIME type of the recordings.
        labelled: with transcripts.
    """

    def __init__(self, file: IO[bytes], kind: str, labelled: bool = True) -> None:
        self._file, self._labelled = file, labelled
        schema: list[dict[str, Any]] = [{'content': SPEECH, 'mime-type': kind}]
        if labelled:
            schema.append({'content': TRANSCRIPT, 'mime-type': 'text/plain'})
        header = json.dumps({'schema': schema}).encode()
        file.write(SDB + struct.pack('>Q', len(header)) + header)
        self._begin = file.tell()
        file.write(bytes(16))
        self._offsets: list[int] = []

    def add(self, recording: bytes, transcript: str = '') -> None:
        """Add a sample."""
        parts = [recording, *[transcript.encode()] * self._labelled]
        self._offsets.append(self._file.tell())
        self._file.write(struct.pack('>I', sum(4 + len(part) for part in parts)))
        for part in parts:
            self._file.write(struct.pack('>I', len(part)) + part)

    def finish(self) -> None:
        """Write the index, and what was not known at the beginning."""
        count, end = len(self._offsets), self._file.tell()
        self._file.write(struct.pack('>QQ', 8 + 8 * count, count)
                         + struct.pack(f'>{count}Q', *self._offsets))
        self._file.seek(self._begin)
        self._file.write(struct.pack('>QQ', end - self._begin - 8, count))
