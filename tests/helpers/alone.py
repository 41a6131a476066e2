"""What only one process may do at a time: build a folder that all use."""

import contextlib
import fcntl
import pathlib
from collections.abc import Iterator


@contextlib.contextmanager
def alone(lock: pathlib.Path) -> Iterator[None]:
    """Wait until no other process is inside."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with open(lock, 'w', encoding='utf-8') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
