"""Tar archives that recordings cannot be read from where they lie: brought here first, once a run.

    https://host/train.tar      is fetched; http:// too
    pipe:COMMAND                what a shell command prints, as WebDataset writes it
    train.tar.gz                is unpacked; .tgz, .tar.bz2, .tar.xz too

A training reads recordings by their length, and again in each epoch, so that a stream will not do.
The copy is a file without a name: nothing of it stays behind, however the run ends. $TMPDIR says on
which disk it lies.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import os
import subprocess
import tempfile
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from typing import IO

from util import log
from util.data.csv_files import DAMAGED, ELSEWHERE, open_packed
from util.errors import UserError, reason
from util.progress import progress

BLOCK = 1 << 20
TIMEOUT_SECS = 60  # that a server may be silent


def brought(source: str) -> str:
    """Bring an archive here, if it is not yet, and return the path of the copy.

    The path is good for all processes as long as this one runs.

    Raises:
        UserError: it cannot be had, or kept.
    """
    changed = 0 if source.startswith(ELSEWHERE) else os.stat(source).st_mtime_ns
    return f'/proc/{os.getpid()}/fd/{_copy(source, changed).fileno()}'


@functools.cache
def _copy(source: str, changed: int) -> IO[bytes]:
    """Return the copy; of a file that has changed another one."""
    copy = tempfile.TemporaryFile()
    log.info(f'{source}: copying to {tempfile.gettempdir()}')
    checksum = 0
    try:
        with (_opened(source) as (stream, size),
              progress(total=size or None, label='copying') as bar):
            while block := stream.read(BLOCK):
                _keep(copy, block)
                checksum = zlib.crc32(block, checksum)
                bar.update(len(block))
    except DAMAGED as error:
        raise UserError(f'{source}: the compressed archive is damaged ({error}): make it anew'
                        ) from error
    if size and copy.tell() != size:
        raise UserError(f'{source}: the connection was cut off after {copy.tell():,} of {size:,} '
                        'bytes: run again, or fetch the file yourself')
    copy.flush()
    os.utime(copy.fileno(), (checksum, checksum))  # by it the feature cache knows the same content
    return copy


def _keep(copy: IO[bytes], block: bytes) -> None:
    try:
        copy.write(block)
    except OSError as error:
        raise UserError(f'{tempfile.gettempdir()}: the copy cannot be written ({reason(error)}): '
                        'set TMPDIR to a folder with more space') from error


@contextlib.contextmanager
def _opened(source: str) -> Iterator[tuple[IO[bytes], int]]:
    """Yield what comes from a source, and its bytes; 0: nobody knows."""
    if source.startswith('s3://'):
        raise UserError(f"{source}: S3 is not read directly: pass 'pipe:aws s3 cp {source} -', or "
                        'an https:// address')
    if source.startswith('pipe:'):
        with _command(source) as stream:
            yield stream, 0
    elif source.startswith(('http://', 'https://')):
        with _address(source) as answer:
            yield answer, int(answer.headers.get('Content-Length') or 0)
    else:
        with open_packed(source) as file:
            yield file, 0


@contextlib.contextmanager
def _command(source: str) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(source.removeprefix('pipe:'), shell=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=said) as process:
            assert process.stdout
            yield process.stdout
        said.seek(0)
        last = said.read().decode(errors='replace').strip().rpartition('\n')[2]
    if process.returncode:
        raise UserError(f'{source}: the command ended with status {process.returncode}'
                        + (f': {last}' if last else ''))


@contextlib.contextmanager
def _address(source: str) -> Iterator[http.client.HTTPResponse]:
    try:
        with urllib.request.urlopen(source, timeout=TIMEOUT_SECS) as answer:
            yield answer
    except urllib.error.HTTPError as error:
        raise UserError(f'{source}: the server answered {error.code} {error.reason}: check the '
                        'address') from error
    except urllib.error.URLError as error:
        why = reason(error.reason) if isinstance(error.reason, Exception) else error.reason
        raise UserError(f'{source}: {why}: check the address and the network') from error
    except (ValueError, http.client.InvalidURL) as error:
        raise UserError(f'{source}: this is no address ({error})') from error
    except (OSError, http.client.HTTPException) as error:
        raise UserError(f'{source}: the connection broke ({reason(error)}): run again, or fetch '
                        'the file yourself') from error
