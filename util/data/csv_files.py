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

from util.audio.signatures import known_head
from util.errors import UserError

ELSEWHERE = ('http://', 'https://', 's3://', 'pipe:')  # how sources begin that are no files
DAMAGED = (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile)
_HEAD = 512  # bytes that tell what a file is
_COMPRESSED: dict[str, Any] = {
    'a gzip archive': gzip.open, 'a bzip2 archive': bz2.open, 'an xz archive': lzma.open}
_SDB, _TAR = 'a sample database', 'a tar archive'
_UNPACK = ('unpack it and give the CSV in it, or import the recordings in it '
           '(bin/import_folder.py)')
_OF_SAMPLES = 'make a CSV of it (bin/data_set_tool.py) and give that'
_PACKED = 'unpack it and give what is in it'
_LIST = 'give a CSV that lists recordings and transcripts'
_ADVICE = {_SDB: _OF_SAMPLES, _TAR: _OF_SAMPLES} | dict.fromkeys(
    ('a ZIP archive', 'a 7z archive', 'a RAR archive', 'a zstd archive'), _UNPACK)
# What names mean where contents say nothing.
_ENDINGS = (
    (('.sdb',), _SDB),
    (('.tar', '.tar.gz', '.tgz', '.tar.bz2', '.tbz2', '.tar.xz', '.txz', '.tar.zst'), _TAR),
    (('.zip',), 'a ZIP archive'), (('.7z',), 'a 7z archive'), (('.rar',), 'a RAR archive'),
    (('.zst',), 'a zstd archive'), (('.wav', '.flac', '.ogg', '.opus', '.mp3'), 'a recording'))


def open_csv(path: str) -> IO[bytes]:
    """Open a CSV file; one compressed by gzip, bzip2 or xz is read as it is.

    Raises:
        UserError: it is something else.
        OSError: it cannot be read.
    """
    if not os.path.isfile(path):  # nothing, a folder, or a pipe, which can be read once
        return open(path, 'rb')
    with open(path, 'rb') as file:
        head = file.read(_HEAD)
    opener: Any = _COMPRESSED.get(known_head(head).name, open)
    if opener is not open:
        try:
            with opener(path) as content:
                head = content.read(_HEAD)
        except DAMAGED as error:
            raise damaged(path, error) from error
    if kind := _kind(path, head):
        advice = _ADVICE.get(kind, _LIST)
        if opener is not open and advice is _OF_SAMPLES:
            advice = _PACKED
        raise UserError(f'{path}: this is {kind}, not a CSV: {advice}')
    return opener(path, 'rb')


def open_packed(path: str) -> IO[bytes]:
    """Open what is inside of a file that is compressed by gzip, bzip2 or xz."""
    with open(path, 'rb') as file:
        opener: Any = _COMPRESSED[known_head(file.read(_HEAD)).name]
    return opener(path)


def _kind(path: str, head: bytes) -> str:
    """Return what a file is that is no CSV; '' if it may be one."""
    if (known := known_head(head).name) or not head or b'wav_filename' in head:
        return known
    return next((kind for endings, kind in _ENDINGS if path.lower().endswith(endings)), '')


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
        head = file.read(_HEAD)
    kind = known_head(head).name
    if kind in (_SDB, _TAR):
        return 'sdb' if kind == _SDB else 'tar'
    ending = os.path.splitext(path)[1].lower()
    if kind in _COMPRESSED and _is_packed_tar(path):
        return 'away'
    speaks = bool(kind) or b'wav_filename' in head
    return ending[1:] if ending in ('.sdb', '.tar') and not speaks else 'csv'


def _is_packed_tar(path: str) -> bool:
    with contextlib.suppress(*DAMAGED), open_packed(path) as content:
        return known_head(content.read(_HEAD)).name == _TAR
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
