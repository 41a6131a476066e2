"""Results as DSAlign writes them: a JSON list of fragments beside each recording."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from util.align.work import Clip, Outcome
from util.files import whole_file
from util.text.transcripts import char_error, word_error


def write_aligned(path: Path, outcome: Outcome, heard: Callable[[Clip], str]) -> None:
    """Write the clips of a recording.

    Args:
        path: of the file.
        outcome: what came of the recording.
        heard: what the model hears in a clip.
    """
    fragments = [_fragment(clip, heard(clip)) for clip in outcome.clips if clip.wav]
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path, 'w') as file:
        json.dump(fragments, file, ensure_ascii=False, indent=1)


def _fragment(clip: Clip, heard: str) -> dict[str, Any]:
    """Describe a clip; error rates are of what is heard against the text, in percent."""
    piece = clip.piece
    return {'start': round(1000 * piece.start), 'end': round(1000 * piece.end),
            'transcript': heard, 'text-start': piece.first, 'text-end': piece.last,
            'meta': piece.meta or {}, 'aligned-raw': piece.text, 'aligned': piece.transcript,
            'tlen': len(heard), 'mlen': len(piece.transcript),
            'cer': _percent(*char_error(piece.transcript, heard)),
            'wer': _percent(*word_error(piece.transcript, heard)), 'score': piece.score}


def _percent(edits: int, length: int) -> float:
    return round(min(100 * edits / max(length, 1), 100), 2)
