"""What is given for a CSV: found to be one, compressed or not, before anything slow begins."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import os
import stat
import zlib
from collections.abc import Iterable
from typing import IO, Any

from util.errors import UserError

SDB_MAGIC = b'SAMPLEDB'
ELSEWHERE = ('http://', 'https://', 's3://', 'pipe:')  # how sources begin that are no files
DAMAGED = (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile)
_COMPRESSED: dict[bytes, Any] = {b'\x1f\x8b': gzip.open, b'BZh': bz2.open, b'\xfd7zXZ\0': lzma.open}
_UNPACK = ('unpack it and give the CSV in it, or import the recordings in it '
           '(bin/import_folder.py)')
_OF_SAMPLES = 'make a CSV of it (bin/data_set_tool.py) and give that'
_PACKED = 'unpack it to a .tar, in which samples can be found, and give that'
_RECORDING = 'give a CSV that lists recordings and transcripts'
# (place in the file, what is there, endings of names, what it is, what to do)
_KINDS = (
    (0, SDB_MAGIC, ('.sdb',), 'a sample database', _OF_SAMPLES),
    (257, b'ustar', ('.tar', '.tar.gz', '.tgz', '.tar.bz2', '.tbz2', '.tar.xz', '.txz', '.tar.zst'),
     'a tar archive', _OF_SAMPLES),
    (0, b'PK', ('.zip',), 'a zip archive', _UNPACK),
    (0, b'7z\xbc\xaf', ('.7z',), 'a 7z archive', _UNPACK),
    (0, b'Rar!', ('.rar',), 'a rar archive', _UNPACK),
    (0, b'(\xb5/\xfd', ('.zst',), 'a file compressed by zstd', _UNPACK),
    (0, b'RIFF', ('.wav',), 'a recording', _RECORDING),
    (0, b'fLaC', ('.flac',), 'a recording', _RECORDING),
    (0, b'OggS', ('.ogg', '.opus'), 'a recording', _RECORDING),
    (0, b'ID3', ('.mp3',), 'a recording', _RECORDING))


def open_csv(path: str) -> IO[bytes]:
    """Open a CSV file; one compressed by gzip, bzip2 or xz is read as it is.

    Raises:
        UserError: it is something else.
        OSError: it cannot be read.
    """
    if not os.path.isfile(path):  # nothing, a folder, or a pipe, which can be read once
        return open(path, 'rb')
    with open(path, 'rb') as file:
        head = file.read(512)
    opener: Any = next((opener for magic, opener in _COMPRESSED.items() if head.startswith(magic)),
                       open)
    if opener is not open:
        try:
            with opener(path) as content:
                head = content.read(512)
        except DAMAGED as error:
            raise damaged(path, error) from error
    named = path.lower() if head and b'wav_filename' not in head else ''
    for place, magic, endings, kind, advice in _KINDS:
        if head[place:].startswith(magic) or named.endswith(endings):
            if opener is not open and advice is _OF_SAMPLES:
                advice = _PACKED
            raise UserError(f'{path}: this is {kind}, not a CSV: {advice}')
    return opener(path, 'rb')


def open_packed(path: str) -> IO[bytes]:
    """Open what is inside of a file that is compressed by gzip, bzip2 or xz."""
    with open(path, 'rb') as file:
        head = file.read(6)
    return next(opener for magic, opener in _COMPRESSED.items() if head.startswith(magic))(path)


def what_is(path: str) -> str:
    """Tell whether a file is a sample database, a tar archive or, if it is anything, a CSV.

    Returns:
        'sdb', 'tar', 'csv' or, for a tar archive that has to be brought here first, 'away'. The
        name counts only where the content speaks for nothing.
    """
    if path.startswith(ELSEWHERE):
        return 'away'
    if not os.path.isfile(path):
        return 'csv'
    with open(path, 'rb') as file:
        head = file.read(512)
    if head.startswith(SDB_MAGIC):
        return 'sdb'
    if head[257:].startswith(b'ustar'):
        return 'tar'
    known = b'wav_filename' in head or any(
        head[place:].startswith(magic) for place, magic, *_ in _KINDS)
    ending = os.path.splitext(path)[1].lower()
    packed = head.startswith(tuple(_COMPRESSED))
    if packed and _is_packed_tar(path):
        return 'away'
    return ending[1:] if ending in ('.sdb', '.tar') and not known and not packed else 'csv'


def _is_packed_tar(path: str) -> bool:
    with contextlib.suppress(*DAMAGED), open_packed(path) as content:
        return content.read(512)[257:].startswith(b'ustar')
    return False


def damaged(path: str, error: Exception) -> UserError:
    """Return what to say of a compressed file that ends early or makes no sense."""
    return UserError(f'{path}: the compressed file is damaged ({error}): make it anew, or give '
                     'the CSV itself')


def check_csvs(paths: Iterable[str]) -> None:
    """Find out whether files can be opened as CSVs.

    Raises:
        UserError: one cannot.
    """
    for path in paths:
        try:
            if not stat.S_ISFIFO(os.stat(path).st_mode):
                open_csv(path).close()
        except OSError as error:
            raise unreadable(path, error) from error


def unreadable(path: str, error: OSError) -> UserError:
    """Return what to say of a file that the system does not let us read."""
    return UserError(f'{path}: the CSV cannot be read ({error.strerror or error})')
