"""Clips that an earlier run made, and that no table has any more."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from util.align.results import kept
from util.align.work import Outcome


def remove_old(target: Path, outcomes: Sequence[Outcome], spared: Collection[str] = ()) -> int:
    """Remove old clips; return how many.

    Only a WAV is removed that is named as a clip in the folder of a recording that was cut here.

    Args:
        target: folder of the clips.
        outcomes: what came of the recordings: their clips stay.
        spared: names of other recordings whose clips stay.
    """
    used = {target / clip.clip.wav for clip in kept(outcomes)}
    removed = 0
    for pieces in (target / 'pieces').glob('*.json'):
        name = pieces.stem
        folder = target / 'clips' / name
        if name in spared or folder.is_symlink() or not folder.is_dir():
            continue
        for path in list(folder.iterdir()):
            if path not in used and re.fullmatch(rf'{re.escape(name)}-\d{{8,}}\.wav', path.name):
                path.unlink()
                removed += 1
        if not any(folder.iterdir()):
            folder.rmdir()
    return removed
