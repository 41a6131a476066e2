"""Where a text is spoken, kept in a file: another choice of clips does not align again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

from util.files import whole_file

if TYPE_CHECKING:
    import deepspeech


def write_found(path: Path, state: Mapping[str, Any], alignment: deepspeech.Alignment,
                silences: Sequence[tuple[float, float]]) -> None:
    """Write an alignment.

    Args:
        path: of the file.
        state: what it follows from.
        alignment: of a text and a recording.
        silences: (start, end) in seconds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lines, duration = astuple(alignment)
    with whole_file(path, 'w') as file:
        json.dump({**state, 'duration': duration, 'silences': silences, 'lines': lines}, file,
                  ensure_ascii=False, separators=(',', ':'))


def read_found(path: Path, state: Mapping[str, Any]
               ) -> tuple[deepspeech.Alignment, list[tuple[float, float]]] | None:
    """Return (alignment, silences) of an earlier run; None: there is none of the same."""
    from deepspeech.alignment import AlignedLetter, AlignedLine, AlignedWord, Alignment
    try:
        data = json.loads(path.read_bytes())
        if {key: data[key] for key in state} != state:
            return None
        lines = [AlignedLine(*[*line, [
            AlignedWord(*[*word, [AlignedLetter(*letter) for letter in letters]])
            for *word, letters in words]]) for *line, words in data['lines']]
        return (Alignment(lines, data['duration']),
                [(start, end) for start, end in data['silences']])
    except (OSError, ValueError, KeyError, TypeError):
        return None
