"""Where a recording lies: in a file of its own, or inside of another."""

from __future__ import annotations

import io
import os
import stat
import tempfile
from typing import Any, BinaryIO

from util.errors import AudioError

OPUS = 'application/vnd.mozilla.opus'  # kind of bare packets (opus.py)
HEAD = 4096  # bytes in which nearly all headers end


class Place(str):
    """The name of a recording inside of a file, `train.sdb:7`, which knows where it lies there.

    It is a string, so that it stands wherever the path of a recording does.

    Attributes:
        file: that it lies in.
        offset: of its first byte.
        size: in bytes.
        kind: its MIME type as the file tells; '' where the content alone does.
        fault: why there is nothing to be read; '' where there is.
    """

    __slots__ = ('fault', 'file', 'kind', 'offset', 'size')
    file: str
    offset: int
    size: int
    kind: str
    fault: str

    def __new__(cls, name: str, file: str = '', offset: int = 0, size: int = 0, kind: str = '',
                fault: str = '') -> Place:
        """Give a place its name."""
        place = super().__new__(cls, name)
        place.file, place.offset, place.size, place.kind, place.fault = (
            file, offset, size, kind, fault)
        return place

    def __getnewargs__(self) -> tuple[Any, ...]:  # when it is pickled
        return str(self), self.file, self.offset, self.size, self.kind, self.fault


def file_of(path: str) -> str:
    """Return the path of the file that a recording lies in."""
    return path.file if isinstance(path, Place) else path


def kind_of(path: str) -> str:
    """Return the MIME type that a collection tells of a recording, or ''."""
    return path.kind if isinstance(path, Place) else ''


def open_place(path: str) -> BinaryIO:
    """Open a recording; a pipe without a writer would be waited for, and a device may never end.

    Raises:
        AudioError: it is no file, or nothing can be there.
        OSError: it cannot be opened.
    """
    if isinstance(path, Place):
        if path.fault:
            raise AudioError(path, path.fault)
        return _Window(path)  # type: ignore[return-value]
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise AudioError(path, 'this is a folder, not an audio file')
    if not stat.S_ISREG(mode):
        raise AudioError(path, 'this is a pipe or a device, not an audio file')
    return open(path, 'rb')


def size_of(file: BinaryIO) -> int:
    """Return the bytes of an open file; it stands at its beginning afterwards."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size


class _Window(io.RawIOBase):
    """The bytes of a place as a file: few calls, since a corpus has many, which are all probed."""

    _file = -1  # where opening fails
    _copy: Any = None

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._file = os.open(place.file, os.O_RDONLY)
        self._begin, self._at = place.offset, 0
        there = os.fstat(self._file).st_size
        self._size = max(0, min(place.size, there - place.offset))
        self._head = os.pread(self._file, min(self._size, HEAD), self._begin)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        at, end = self._at, self._size
        if size is not None and 0 <= size < end - at:
            end = at + size
        if end <= len(self._head):
            data = self._head[at:end]
        else:
            data = os.pread(self._file, max(end - at, 0), self._begin + at)
        self._at += len(data)
        return data

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        memoryview(buffer).cast('B')[:len(data)] = data
        return len(data)

    def fileno(self) -> int:
        """Return the descriptor of a copy, for those who read by one: mmap, ffmpeg."""
        if self._copy is None:
            self._copy = tempfile.TemporaryFile()
            self._copy.write(os.pread(self._file, self._size, self._begin))
            self._copy.flush()
            self._copy.seek(0)
        return self._copy.fileno()

    def close(self) -> None:
        if not self.closed and self._file >= 0:
            os.close(self._file)
            if self._copy is not None:
                self._copy.close()
        super().close()
