"""What lies below a folder, also behind links; each real folder once, so that loops end."""

import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from util import log


def folders(top: Path) -> Iterator[Path]:
    """Yield a folder and all below it; what is linked too comes under its own name.

    A link to a folder that `top` lies in is not followed: its other content is none of ours.
    """
    root, seen = os.path.realpath(top), set()
    pending = deque([str(top)])  # linked folders wait until all others have been seen
    while pending:
        start = pending.popleft()
        real = os.path.realpath(start)
        if real in seen or (start != str(top) and f'{root}/'.startswith(f'{real.rstrip("/")}/')):
            continue
        for here, below, _ in os.walk(start, onerror=_say):
            real = os.path.realpath(here)
            if real in seen:
                below.clear()
                continue
            seen.add(real)
            below.sort()
            pending.extend(path for name in below
                           if os.path.islink(path := os.path.join(here, name)))
            yield Path(here)


def _say(error: OSError) -> None:
    log.warn(f'{error.filename}: {error.strerror}: the folder is left out')


def files(top: Path) -> list[Path]:
    """Return all files below a folder, in the order of their paths."""
    return sorted(path for folder in folders(top) for path in folder.iterdir()
                  if os.path.isfile(path))


def through_links(folder: Path, pattern: str) -> Iterator[Path]:
    """Yield what matches a glob pattern, with links followed for `**` also."""
    head, deep, tail = pattern.partition('**/')
    if not deep:
        yield from folder.glob(pattern)
        return
    for base in sorted(folder.glob(head.rstrip('/'))) if head else [folder]:
        for place in folders(base) if base.is_dir() else ():
            yield from place.glob(tail)
