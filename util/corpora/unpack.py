"""Unpacking archives from strangers: no path leaves the folder, no bomb fills the disk.

A rerun after an interruption skips the files that are complete: each is written under another
name and renamed when it has all its bytes.
"""

import errno
import lzma
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from util import log
from util.errors import UserError
from util.progress import progress

EXPANSION = 100  # speech and text shrink 2 to 10 times; a bomb 1,000 times and more
ALLOWANCE = 1 << 30  # bytes any archive may hold, however small it is
MEMBERS = 5_000_000
UNFINISHED = '.unpacking.part'  # short, for names may be long; NAME.part may be another file's
HEADER = 1 << 20  # bytes of a name or of further facts in a tar: no path is that long
NAMELESS = (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.EISDIR, errno.ENOTDIR,
            errno.EEXIST, errno.ENOTEMPTY)  # this file cannot be made here under its name
CHUNK = 1 << 20  # bytes
ARCHIVES = ('.tar', '.tar.gz', '.tgz', '.tar.bz2', '.tbz2', '.tar.xz', '.txz', '.zip')
DAMAGES = (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError,
           NotImplementedError, RuntimeError, ValueError, LookupError, OverflowError, struct.error,
           MemoryError)


@dataclass(frozen=True)
class Member:
    """One entry: `kind` is "file", "folder" or "other" (links and devices, never made)."""

    name: str
    size: int
    kind: str
    source: Any


def unpack(archive: Path, folder: Path, expansion: int = EXPANSION,
           allowance: int = ALLOWANCE) -> int:
    """Unpack a tar or zip archive into `folder`.

    Args:
        archive: tar (plain, gzip, bzip2, xz) or zip file.
        folder: made if absent.
        expansion: how many times its own size an archive may unpack to.
        allowance: bytes that are always allowed.

    Returns:
        The number of files the archive holds.

    Raises:
        UserError: damaged or hostile; nothing was written outside `folder`.
    """
    limit = max(allowance, expansion * archive.stat().st_size)
    folder.mkdir(parents=True, exist_ok=True)
    opened = _Zip if zipfile.is_zipfile(archive) else _Tar
    total, files = 0, 0
    others: list[str] = []  # names of what is not made
    try:
        with opened(archive) as source, progress(
                total=archive.stat().st_size, label=f'unpacking {archive.name}') as bar:
            for count, member in enumerate(source, 1):
                target = _target(archive, folder, member.name)
                if count > MEMBERS or total + member.size > limit:
                    raise UserError(f'{archive}: unpacks to more than {limit:,} bytes or '
                                    f'{MEMBERS:,} files: refused, no speech corpus is that large')
                if target == folder and member.kind == 'file' or not _make(source, member, target):
                    others.append(member.name)
                elif member.kind == 'file':
                    total += member.size
                    files += 1
                bar.update(source.position - bar.count)
    except DAMAGES as e:
        reason = str(e)[:200] or type(e).__name__
        raise UserError(f'{archive}: damaged or truncated ({reason}): delete it and run again to '
                        'download it') from e
    except OSError as e:
        if e.errno == errno.ENOSPC:
            raise UserError(f'{folder}: the disk is full: free some space and run again to '
                            'continue unpacking') from e
        if e.filename is None:  # gzip and bz2 say "damaged" by OSError
            raise UserError(f'{archive}: damaged or truncated ({e}): delete it and run again to '
                            'download it') from e
        raise
    if others:
        log.warn(f'{archive.name}: left out {len(others):,} links, devices or files that cannot '
                 f'have their name here, such as {others[0][:80]!r}')
    return files


def _target(archive: Path, folder: Path, name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or '..' in path.parts or '\0' in name or '\\' in name or (
            len(name) > 1 and name[1] == ':'):
        raise UserError(f'{archive}: contains the path {name!r}, which leads out of the folder: '
                        'refused, the archive cannot be trusted')
    return folder / path


def _make(source: '_Tar | _Zip', member: Member, target: Path) -> bool:
    """Make a file or folder; return whether it is one, and its name is possible here."""
    try:
        if member.kind == 'folder':
            target.mkdir(parents=True, exist_ok=True)
        elif member.kind == 'file':
            _write(source, member, target)
        return member.kind != 'other'
    except OSError as e:
        if e.errno not in NAMELESS or e.filename is None:
            raise
        return False


def _write(source: '_Tar | _Zip', member: Member, target: Path) -> None:
    """Write one file by rename, unless it is there."""
    if target.is_file() and not target.is_symlink() and target.stat().st_size == member.size:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    done, unfinished = 0, target.with_name(UNFINISHED)
    try:
        with source.open(member) as f, open(unfinished, 'wb') as out:
            while block := f.read(CHUNK):
                out.write(block)
                done += len(block)
        if done != member.size:
            raise EOFError(f'{member.name} has {done:,} of {member.size:,} bytes')
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


class _Header(tarfile.TarInfo):
    """A header of a tar; tarfile would read names of any length into memory."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> '_Header':
        """Parse a header and refuse sizes that no file or name has."""
        header = super().frombuf(buf, encoding, errors)
        named = header.type in (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE,
                                tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
        if header.size < 0 or (named and header.size > HEADER):
            raise tarfile.ReadError(f'a header of {header.size:,} bytes')
        return header


class _Tar:
    def __init__(self, path: Path) -> None:
        self.file = open(path, 'rb')
        try:
            self.tar = tarfile.open(fileobj=self.file, tarinfo=_Header)
        except tarfile.TarError:
            self.file.close()
            raise

    @property
    def position(self) -> int:
        """Bytes of the archive that have been read."""
        return self.file.tell()

    def __enter__(self) -> '_Tar':
        return self

    def __exit__(self, *error: object) -> None:
        self.tar.close()
        self.file.close()

    def __iter__(self) -> Iterator[Member]:
        last = -1
        while (m := self.tar.next()) is not None:
            if m.offset <= last or m.size < 0:  # it would go round in circles
                raise tarfile.ReadError(f'{m.name} of {m.size:,} bytes lies before its turn')
            last = m.offset
            kind = 'folder' if m.isdir() else 'file' if m.isfile() else 'other'
            yield Member(m.name, m.size if m.isfile() else 0, kind, m)
            # tarfile remembers every header: gigabytes in big corpora
            self.tar.members.clear()  # type: ignore[attr-defined]

    def open(self, member: Member) -> IO[bytes]:
        stream = self.tar.extractfile(member.source)
        assert stream is not None  # None only for what is no file
        return stream


class _Zip:
    def __init__(self, path: Path) -> None:
        self.zip = zipfile.ZipFile(path)
        self.position = 0  # bytes of the archive that have been read

    def __enter__(self) -> '_Zip':
        return self

    def __exit__(self, *error: object) -> None:
        self.zip.close()

    def __iter__(self) -> Iterator[Member]:
        for m in self.zip.infolist():
            mode = stat.S_IFMT(m.external_attr >> 16)
            kind = 'folder' if m.filename.endswith('/') else (
                'file' if mode in (0, stat.S_IFREG) else 'other')
            self.position += m.compress_size
            yield Member(m.filename, m.file_size if kind == 'file' else 0, kind, m)

    def open(self, member: Member) -> IO[bytes]:
        return self.zip.open(member.source)
