"""Results as DSAlign writes them: a JSON list of fragments beside each recording."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from util.align.work import Clip, Outcome
from util.files import whole_file


def write_aligned(path: Path, outcome: Outcome, heard: Mapping[str, str],
                  measures: Mapping[str, Callable[[str, str], float]]) -> None:
    """Write the clips of a recording.

    Args:
        path: of the file.
        outcome: what came of the recording.
        heard: what the model hears in each clip, by its WAV.
        measures: what computes metrics, of (what is heard, the text of the clip).
    """
    fragments = [_fragment(clip, heard[clip.wav], measures) for clip in outcome.clips if clip.wav]
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path, 'w') as file:
        json.dump(fragments, file, ensure_ascii=False, indent=1)


def _fragment(clip: Clip, heard: str, measures: Mapping[str, Callable[[str, str], float]]
              ) -> dict[str, Any]:
    piece = clip.piece
    return {'start': round(1000 * piece.start), 'end': round(1000 * piece.end),
            'transcript': heard, 'text-start': piece.first, 'text-end': piece.last,
            'meta': piece.meta or {}, 'aligned-raw': piece.text, 'aligned': piece.transcript,
            **{name: measure(heard, piece.transcript) for name, measure in measures.items()},
            'score': piece.score}
