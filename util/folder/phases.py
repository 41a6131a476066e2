"""What a run has done already: each phase once, and again when what it is made of has changed."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from util.corpora.walk import files
from util.errors import UserError
from util.files import whole_file

NAME = 'phases.json'


class Phases:
    """The phases of a run, kept in its folder.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        try:
            found = json.loads(self._path.read_text(encoding='utf-8'))
        except FileNotFoundError:
            found = {}
        except (OSError, ValueError) as error:
            raise UserError(f"'{self._path}' cannot be read ({error}): delete it, and every phase "
                            'is looked at again') from error
        self._known: dict[str, dict[str, Any]] = found if isinstance(found, dict) else {}

    def changed(self, phase: str, made_of: Mapping[str, Any], results: Iterable[Path] = ()
                ) -> list[str] | None:
        """Return what differs from when the phase was done: [] nothing, None it never was.

        Args:
            phase: its name.
            made_of: name -> whatever it depends on, as JSON takes it.
            results: files that it has left; one that is gone is a difference too.
        """
        known = self._known.get(phase)
        if known is None:
            return None
        names = [name for name in {**known, **made_of} if known.get(name) != made_of.get(name)]
        return names + [str(path) for path in results if not path.exists()]

    def note(self, phase: str, made_of: Mapping[str, Any]) -> None:
        """Write down that a phase is done."""
        self._known[phase] = dict(made_of)
        with whole_file(self._path, 'w') as file:
            json.dump(self._known, file, ensure_ascii=False, indent=1)


def listing(folder: Path) -> dict[str, int]:
    """Return how many files lie in a folder, and a number that any change of one changes."""
    total, count = 0, 0
    for path in files(folder):
        found = os.stat(path)
        line = f'{path.relative_to(folder)} {found.st_size} {found.st_mtime_ns}'
        total, count = zlib.crc32(line.encode('utf-8', 'surrogateescape'), total), count + 1
    return {'files': count, 'listing': total}


def contents(paths: Iterable[str | os.PathLike]) -> int:
    """Return a number that any change of the contents of these files changes."""
    total = 0
    for path in paths:
        with open(path, 'rb') as file:
            while piece := file.read(1 << 20):
                total = zlib.crc32(piece, total)
    return total
