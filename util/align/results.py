"""What came of recordings as tables: clips to train on, and what was left out."""

from __future__ import annotations

import csv
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from util.align.cutting import Piece
from util.align.work import Clip, Outcome
from util.files import whole_file

COLUMNS = ('wav_filename', 'wav_filesize', 'transcript', 'score', 'source', 'start', 'end', 'text')


@dataclass(frozen=True)
class Kept:
    """A clip and the recording that it is of."""

    outcome: Outcome
    clip: Clip

    @property
    def piece(self) -> Piece:
        """Its words and times."""
        return self.clip.piece

    @property
    def secs(self) -> float:
        """Its length."""
        return self.piece.end - self.piece.start


def kept(outcomes: Sequence[Outcome]) -> list[Kept]:
    """Return the clips of all recordings, in order."""
    return [Kept(outcome, clip) for outcome in outcomes for clip in outcome.clips if clip.wav]


def left_out(outcomes: Sequence[Outcome]) -> list[Kept]:
    """Return what was left out of all recordings, in order."""
    return [Kept(outcome, clip) for outcome in outcomes for clip in outcome.clips if not clip.wav]


def best(clips: Sequence[Kept], share: float) -> list[Kept]:
    """Return the clips with the highest scores that make up a share of the time, in order."""
    ranked = sorted(range(len(clips)), key=lambda i: (-clips[i].piece.score, i))
    total, chosen, secs = sum(clip.secs for clip in clips), [], 0.0
    for i in ranked:
        if secs >= share * total:
            break
        chosen.append(i)
        secs += clips[i].secs
    return [clips[i] for i in sorted(chosen)]


def write_clips(path: Path, clips: Sequence[Kept], base: str = '') -> None:
    """Write the CSV of clips.

    Args:
        path: of the CSV.
        clips: what goes into it.
        base: before the names of the WAVs: from the CSV's folder to the target.
    """
    with whole_file(path, 'w') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(COLUMNS)
        for each in clips:
            piece = each.piece
            writer.writerow([base + each.clip.wav, each.clip.size, piece.transcript,
                             f'{piece.score:.4f}', each.outcome.pair.audio, f'{piece.start:.3f}',
                             f'{piece.end:.3f}', piece.text])


def write_left_out(path: Path, pieces: Sequence[Kept]) -> None:
    """Write the CSV of what was left out, and why."""
    with whole_file(path, 'w') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(['source', 'start', 'end', 'score', 'reason', 'text'])
        for each in pieces:
            piece = each.piece
            writer.writerow([each.outcome.pair.audio, f'{piece.start:.3f}', f'{piece.end:.3f}',
                             f'{piece.score:.4f}', piece.reason, piece.text])


def summary(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the lines that end a run: how much became clips, and what was left out."""
    clips, rest = kept(outcomes), left_out(outcomes)
    total, used = sum(each.secs for each in outcomes), sum(clip.secs for clip in clips)
    lines = [f'{len(clips):,} clips, {hours(used)} of {hours(total)}'
             + (f', median score {statistics.median(clip.piece.score for clip in clips):.2f}'
                if clips else '')]
    for reason, count in Counter(each.piece.reason for each in rest).most_common():
        secs = sum(each.secs for each in rest if each.piece.reason == reason)
        lines.append(f'{count:>8,} left out, {hours(secs)}: {reason}')
    return lines


def hours(secs: float) -> str:
    """Return a time in a unit that fits."""
    if secs < 60:
        return f'{secs:.1f} s'
    return f'{secs / 60:.1f} min' if secs < 3600 else f'{secs / 3600:.2f} h'
