"""Fetching one file over HTTP: goes on where it stopped, believes nothing it was not told twice.

While it comes in, `FILE` is `FILE.part`, with the server's tag beside it in `FILE.part.tag`, so
that a later run resumes the same version of the file or starts again. A finished file has its
SHA-256 in `FILE.sha256`, in the format of `sha256sum`.

A server that is silent, too slow or never ends is given up.
"""

import errno
import hashlib
import http.client
import os
import shutil
import ssl
import time
import urllib.error
import urllib.request
from pathlib import Path

from util import log
from util.corpora.listener import Interrupted, Listener
from util.errors import UserError
from util.progress import progress

BIG = 1 << 30  # bytes that take seconds to verify
MAGIC = {'.gz': b'\x1f\x8b', '.tgz': b'\x1f\x8b', '.zip': b'PK', '.bz2': b'BZh', '.wav': b'RIFF',
         '.xz': b'\xfd7zXZ'}
SLOWEST = 1024  # bytes a second; at that rate a corpus takes years
WORTH = 1 << 16  # bytes that a try must bring to be none of the failures in a row
UNSIZED = 4 << 30  # bytes to take at most where neither the server nor a page says how many come
PASSING = {408, 425, 429, 500, 502, 503, 504}  # HTTP states worth another try


def download(url: str, path: Path, size: int = 0, sha256: str = '', tries: int = 5,
             timeout_secs: float = 30, pause_secs: float = 2, patience_secs: float = 60) -> None:
    """Fetch `url` to `path`, unless it is there.

    Args:
        url: http, https or file address.
        path: the file to write.
        size: bytes, where a published source gives it; 0 = whatever the server says.
        sha256: hexadecimal, where a published source gives it.
        tries: failures in a row, with hardly a new byte, after which to give up.
        timeout_secs: how long a server may be silent.
        pause_secs: wait before the next try, doubled each time.
        patience_secs: in this time it must answer, and send SLOWEST bytes a second thereafter.

    Raises:
        UserError: not available, or not what was expected.
    """
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + '.part')
    failures, furthest = 0, 0
    while True:
        try:
            _fetch(url, part, path, size, timeout_secs, patience_secs)
            break
        except Interrupted as e:
            have = part.stat().st_size if part.exists() else 0
            failures = 0 if have >= furthest + WORTH else failures + 1
            furthest = max(furthest, have)
            if failures >= tries:
                raise UserError(f'{url}: {e} {tries} times in a row, after {have:,} bytes: run '
                                'again to resume, or pass another --url') from e
            log.warn(f'{url}: {e} after {have:,} bytes; retrying')
            time.sleep(pause_secs * 2 ** failures)
    _finish(url, part, path, sha256)


def _fetch(url: str, part: Path, path: Path, size: int, timeout_secs: float,
           patience_secs: float) -> None:
    """Append to `part` over one connection, until the end that the server announced."""
    tag_file = part.with_name(part.name + '.tag')
    have = part.stat().st_size if part.exists() and tag_file.exists() else 0
    try:
        request = urllib.request.Request(url, headers={'User-Agent': 'DeepSpeech-importer',
                                                       'Accept-Encoding': 'identity'})
    except ValueError as e:
        raise UserError(f"'{url}' is not an address of a file: expected https://..., http://... or "
                        'file:///...') from e
    if have:
        request.add_header('Range', f'bytes={have}-')
        if tag := tag_file.read_text():
            request.add_header('If-Range', tag)
    total, listener = 0, Listener(request, timeout_secs)
    try:
        headers = listener.next(patience_secs)
        span, _, whole = headers.get('Content-Range', '').partition('/')
        if have and span.startswith(f'bytes {have}-'):
            mode, total = 'ab', int(whole) if whole.isdecimal() else 0
        else:  # the whole file: no resume asked for, ranges ignored, or a new version
            length = headers.get('Content-Length', '')
            mode, total, have = 'wb', int(length) if length.isdecimal() else 0, 0
            part.unlink(missing_ok=True)
            tag = headers.get('ETag') or headers.get('Last-Modified') or ''
            tag_file.write_text('' if tag.startswith('W/') else tag)
        _check_size(url, path, size, total, have)
        total = total or size
        _copy(url, listener, part, path, mode, total, have, patience_secs)
    except urllib.error.HTTPError as e:
        _http_error(url, e, part, have)
    except (http.client.InvalidURL, UnicodeError) as e:
        raise UserError(f"'{url}' is not an address: spaces and letters other than ASCII have to "
                        'be escaped by %') from e
    except (TimeoutError, ConnectionError, ssl.SSLError, http.client.HTTPException) as e:
        raise Interrupted(_why(e)) from e
    except urllib.error.URLError as e:
        if isinstance(e.reason, (TimeoutError, ConnectionResetError)):
            raise Interrupted(_why(e.reason)) from e
        raise UserError(f'{url}: {e.reason}: check the network and the address, or put the '
                        f'file at {path} yourself') from e
    finally:
        listener.leave()
    if total and part.stat().st_size < total:
        raise Interrupted('the connection was cut off')


def _why(e: BaseException) -> str:
    return 'the server stalled' if isinstance(e, TimeoutError) else 'the connection broke'


def _http_error(url: str, e: urllib.error.HTTPError, part: Path, have: int) -> None:
    if e.code == 416 and have:  # nothing after our last byte: complete, or another file
        if e.headers.get('Content-Range') == f'bytes */{have}':
            return
        part.unlink()
        raise Interrupted('the file on the server has changed') from e
    if e.code in PASSING:
        raise Interrupted(f'the server answered {e.code} {e.reason}') from e
    raise UserError(f'{url}: the server answered {e.code} {e.reason}: pass another address with '
                    '--url, or put the file into the folder yourself') from e


def _check_size(url: str, path: Path, size: int, total: int, have: int) -> None:
    if size and total and total != size:
        raise UserError(f'{url}: the server has {total:,} bytes, expected {size:,}: the file has '
                        'changed there; pass another address with --url')
    free = shutil.disk_usage(path.parent).free
    if total - have > free:
        raise UserError(f'{path.parent}: {free:,} bytes free, {path.name} needs '
                        f'{total - have:,} more: free some space or choose another folder')


def _copy(url: str, listener: Listener, part: Path, path: Path, mode: str, total: int, have: int,
          patience_secs: float) -> None:
    """Write the blocks that come, as long as they come fast enough and are not too many."""
    block = listener.next(patience_secs)
    magic = MAGIC.get(path.suffix, b'')
    if not have and block and not block.startswith(magic[:len(block)]):
        what = 'a web page' if b'<html' in block[:1000].lower() else repr(block[:20])
        raise UserError(f'{url}: expected a {path.suffix} file, the server sent {what}: open the '
                        'address in a browser, or pass another with --url')
    limit, came = total or UNSIZED, 0
    until, enough = time.monotonic() + patience_secs, SLOWEST * patience_secs
    with open(part, mode) as f, progress(total=total or None, label=path.name) as bar:
        bar.update(have)
        try:
            while block:
                have += len(block)
                came += len(block)
                if have > limit:
                    raise UserError(f'{url}: the server sends more than '
                                    + (f'the {total:,} bytes it should' if total else
                                       f'{limit:,} bytes and does not say how many there are')
                                    + f': put the file at {path} yourself, or pass another --url')
                f.write(block)
                bar.update(len(block))
                block = listener.next(until - time.monotonic() if came < enough else
                                      patience_secs)
                if time.monotonic() >= until:
                    if came < enough:
                        raise Interrupted('the server is too slow')
                    until, came = time.monotonic() + patience_secs, 0
        except OSError as e:
            if e.errno == errno.ENOSPC:
                raise UserError(f'{part}: the disk is full: free some space and run again to '
                                'resume the download') from e
            raise


def _finish(url: str, part: Path, path: Path, sha256: str) -> None:
    digest = sha256_of(part)
    if sha256 and digest != sha256:
        part.unlink()
        raise UserError(f'{url}: SHA-256 is {digest}, expected {sha256}: the file was '
                        'deleted; run again, or pass another address with --url')
    checksum_file(path).write_text(f'{digest}  {path.name}\n')
    os.replace(part, path)
    part.with_name(part.name + '.tag').unlink(missing_ok=True)


def checksum_file(path: Path) -> Path:
    """Return the path that records the SHA-256 of `path`."""
    return path.with_name(path.name + '.sha256')


def sha256_of(path: Path) -> str:
    """Return the file's SHA-256 in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, 'rb') as f:
        while block := f.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def verify(path: Path, record: Path, sha256: str = '') -> None:
    """Compare a file with its published or recorded SHA-256; record it if there is none.

    Args:
        path: the file, which may lie anywhere and is left alone.
        record: where its SHA-256 is, or is put, in the format of `sha256sum`.
        sha256: the published one.

    Raises:
        UserError: it has changed since.
    """
    if path.stat().st_size > BIG:
        log.info(f'verifying {path.name}')
    expected = sha256 or (record.read_text().split()[0] if record.exists() else '')
    digest = sha256_of(path)
    if expected and digest != expected:
        source = 'the published one' if sha256 else f'the one in {record}'
        raise UserError(f'{path}: SHA-256 is {digest}, {source} is {expected}: delete the file to '
                        'download it again' + ('' if sha256 else ', or the record to accept the '
                                               'file as it is'))
    if not expected:
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(f'{digest}  {path.name}\n')
