"""Results: whether they can be written where they are to go, files that appear whole, paths."""

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

from util.errors import UserError


def check_writable(folder: str, what: str, flag: str) -> None:
    """Make a folder and try to write in it.

    Args:
        folder: '' is the current one.
        what: is to be written there, for the message.
        flag: that names another folder.

    Raises:
        UserError: it cannot be made or written.
    """
    folder = folder or '.'
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix='.write-test-') as file:
            file.write(b'x' * 4096)
            file.flush()
    except OSError as error:
        raise UserError(f"{what}: the folder '{folder}' cannot be written ({error.strerror}): "
                        f'make it writable or pass another {flag}') from error


def path_from(folder: str | os.PathLike, path: str | os.PathLike) -> str:
    """Return the way to a file from a folder.

    One that leads up starts where the folder really is: `..` of a link is what its target lies in.
    """
    near = os.path.relpath(os.path.abspath(path), os.path.abspath(folder))
    if near.split(os.sep)[0] != os.pardir:
        return near
    above, name = os.path.split(os.path.abspath(path))
    return os.path.relpath(os.path.join(os.path.realpath(above), name), os.path.realpath(folder))


def joined(folder: str, path: str) -> str:
    """Return a path that is given from a folder, without the detours through `..`."""
    if os.pardir not in path.split(os.sep):
        return os.path.join(folder, path)
    real = os.path.realpath(folder)
    return os.path.normpath(os.path.join(folder if real == os.path.abspath(folder) else real, path))


@contextlib.contextmanager
def without_patterns(path: str) -> Iterator[str]:
    r"""Yield another name of a file while entered, in which nothing of its folder's name is left.

    TensorFlow takes `[`, `]`, `*`, `?` and `\` in the paths that it reads for patterns, and knows
    no way to quote them.
    """
    folder, name = os.path.split(path)
    handle = os.open(folder or '.', os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f'/proc/self/fd/{handle}/{name}'
    finally:
        os.close(handle)


@contextlib.contextmanager
def whole_file(path: str | os.PathLike, mode: str = 'wb', *, sync: bool = False,
               contended: bool = False, **options: Any) -> Iterator[Any]:
    """Open a file for writing that appears under its name when it is complete, or not at all.

    Until then it is `PATH.part`; an error inside the block removes it.

    Args:
        path: of the file; its folder exists.
        mode: 'wb', or 'w' for UTF-8.
        sync: have it on the disk before it takes its name.
        contended: threads or processes may write the same file at the same time.
        options: further ones of `open`.
    """
    owner = f'.{threading.get_native_id()}' if contended else ''
    part = f'{os.fspath(path)}{owner}.part'
    if 'b' not in mode:
        options = {'encoding': 'utf-8', 'newline': '', **options}
    try:
        with open(part, mode, **options) as file:
            yield file
            if sync:
                file.flush()
                os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.remove(part)
        raise
