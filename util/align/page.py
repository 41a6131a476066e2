"""The report on a corpus as one page: what there is, how sure, and what to listen to."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from util.align.results import Kept, hours, kept, left_out
from util.align.work import Outcome
from util.files import path_from, whole_file
from util.html import histogram, page, player, table

SHOWN = 40  # of the clips with the lowest scores
SHOWN_LEFT_OUT = 100


def write_page(path: Path, outcomes: Sequence[Outcome], failed: dict[str, str]) -> None:
    """Write the page.

    Args:
        path: of the page, in the target.
        outcomes: of the recordings.
        failed: recording -> why nothing came of it.
    """
    clips, rest = kept(outcomes), left_out(outcomes)
    parts = [_head(outcomes, clips), _charts(clips), _recordings(outcomes, failed),
             _reasons(rest), _lowest(clips), _some_left_out(path.parent, rest)]
    with whole_file(path, 'w') as file:
        file.write(page('Aligned recordings', parts))


def _head(outcomes: Sequence[Outcome], clips: Sequence[Kept]) -> str:
    total, used = sum(each.secs for each in outcomes), sum(clip.secs for clip in clips)
    share = f' ({100 * used / total:.0f} %)' if total else ''
    return (f'<h1>Aligned recordings</h1>\n<p>{len(clips):,} clips, {hours(used)} of {hours(total)}'
            f'{share}, from {len(outcomes):,} recording{"s" * (len(outcomes) != 1)}.</p>')


def _charts(clips: Sequence[Kept]) -> str:
    if not clips:
        return ''
    return ('<h2>Clips</h2>\n<div class="charts">\n'
            + histogram([clip.piece.score for clip in clips], 0, 1, 'score', '')
            + histogram([clip.secs for clip in clips], 0, max(clip.secs for clip in clips),
                        'length', ' s') + '</div>\n<p class="faint">The score of a clip is the '
            'lowest mean probability of 20 letters in a row: 1 is certain.</p>')


def _recordings(outcomes: Sequence[Outcome], failed: dict[str, str]) -> str:
    rows = []
    for each in outcomes:
        clips = kept([each])
        used = sum(clip.secs for clip in clips)
        scores = [clip.piece.score for clip in clips]
        rows.append((escape(str(each.pair.audio)), hours(each.secs), f'{len(clips):,}',
                     f'{100 * used / each.secs:.0f} %' if each.secs else '',
                     f'{statistics.median(scores):.2f}' if scores else ''))
    rows += [(f'{escape(path)}<br><span class="faint">{escape(why)}</span>', '', '', '', '')
             for path, why in failed.items()]
    return table('Recordings', [('recording', ''), ('length', 'n'), ('clips', 'n'), ('used', 'n'),
                                ('median score', 'n')], rows)


def _reasons(rest: Sequence[Kept]) -> str:
    found: defaultdict[str, list[float]] = defaultdict(list)
    for each in rest:
        found[each.piece.reason].append(each.secs)
    rows = [(escape(reason), f'{len(secs):,}', hours(sum(secs)))
            for reason, secs in sorted(found.items(), key=lambda item: -sum(item[1]))]
    return table('Left out', [('reason', ''), ('pieces', 'n'), ('time', 'n')], rows)


def _lowest(clips: Sequence[Kept]) -> str:
    rows = [(f'{clip.piece.score:.2f}', player(quote(clip.clip.wav)), escape(clip.piece.text))
            for clip in sorted(clips, key=lambda clip: clip.piece.score)[:SHOWN]]
    return table('Clips with the lowest scores', [('score', 'n'), ('', ''), ('text', '')], rows)


def _some_left_out(folder: Path, rest: Sequence[Kept]) -> str:
    """List the longest of what was left out, which is heard in the recording itself."""
    longest = sorted(rest, key=lambda each: -each.secs)[:SHOWN_LEFT_OUT]
    rows = []
    for each in longest:
        piece = each.piece
        source = quote(path_from(folder, each.outcome.pair.audio))
        rows.append((f'{piece.start:.1f}', f'{each.secs:.1f} s',
                     player(f'{source}#t={piece.start:.2f},{piece.end:.2f}'),
                     escape(piece.reason), escape(piece.text)))
    return table('The longest pieces left out',
                 [('at', 'n'), ('length', 'n'), ('', ''), ('reason', ''), ('text', '')], rows)
