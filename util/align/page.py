"""The report on a corpus as one page: what there is, how sure, and what to listen to."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from util.align.results import Kept, hours, kept, left_out
from util.align.work import Outcome
from util.files import path_from, whole_file

SHOWN = 40  # of the clips with the lowest scores
SHOWN_LEFT_OUT = 100
BARS = 20
STYLE = '''
:root { color-scheme: light dark; --line: #8884; --bar: #2f6fb0; --faint: #777; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; } td.n, th.n { text-align: right; white-space: nowrap; }
.charts { display: flex; flex-wrap: wrap; gap: 2rem; } figure { margin: 0; flex: 1 1 20rem; }
figcaption, .faint { color: var(--faint); font-size: .85rem; } svg { width: 100%; height: auto; }
rect { fill: var(--bar); } svg text { fill: currentColor; font-size: 11px; }
audio { height: 2rem; width: 14rem; max-width: 60vw; }
'''


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
    body = '\n'.join(filter(None, parts))
    with whole_file(path, 'w') as file:
        file.write('<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
                   '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
                   f'<title>Aligned recordings</title>\n<style>{STYLE}</style>\n{body}\n</html>\n')


def _head(outcomes: Sequence[Outcome], clips: Sequence[Kept]) -> str:
    total, used = sum(each.secs for each in outcomes), sum(clip.secs for clip in clips)
    share = f' ({100 * used / total:.0f} %)' if total else ''
    return (f'<h1>Aligned recordings</h1>\n<p>{len(clips):,} clips, {hours(used)} of {hours(total)}'
            f'{share}, from {len(outcomes):,} recording{"s" * (len(outcomes) != 1)}.</p>')


def _charts(clips: Sequence[Kept]) -> str:
    if not clips:
        return ''
    return ('<h2>Clips</h2>\n<div class="charts">\n'
            + _histogram([clip.piece.score for clip in clips], 0, 1, 'score', '')
            + _histogram([clip.secs for clip in clips], 0, max(clip.secs for clip in clips),
                         'length', ' s') + '</div>\n<p class="faint">The score of a clip is the '
            'lowest mean probability of 20 letters in a row: 1 is certain.</p>')


def _histogram(values: Sequence[float], low: float, high: float, name: str, unit: str) -> str:
    """Draw how many values lie in each twentieth of a range."""
    counts = [0] * BARS
    width = (high - low) / BARS or 1
    for value in values:
        counts[min(max(int((value - low) / width), 0), BARS - 1)] += 1
    most = max(counts)
    bars = ''.join(
        f'<rect x="{18 * i + 1}" y="{110 - 100 * count / most:.1f}" width="16" '
        f'height="{100 * count / most:.1f}"><title>{low + i * width:.2f} to '
        f'{low + (i + 1) * width:.2f}{unit}: {count:,}</title></rect>'
        for i, count in enumerate(counts) if count)
    return (f'<figure><svg viewBox="0 0 {18 * BARS} 128" role="img" '
            f'aria-label="{name} of the clips">{bars}<text x="0" y="125">{low:g}{unit}</text>'
            f'<text x="{18 * BARS}" y="125" text-anchor="end">{high:.3g}{unit}</text></svg>'
            f'<figcaption>{name}, median {statistics.median(values):.2f}{unit}; the highest bar is '
            f'{most:,} clip{"s" * (most != 1)}</figcaption></figure>\n')


def _table(title: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a column is its name and class, a cell is HTML."""
    def cells(tag: str, row: Iterable[str]) -> str:
        return ''.join(f'<{tag} class="{kind}">{cell}</{tag}>' if kind else f'<{tag}>{cell}</{tag}>'
                       for cell, (_, kind) in zip(row, columns))
    body = '\n'.join(f'<tr>{cells("td", row)}</tr>' for row in rows)
    head = cells('th', (name for name, _ in columns))
    return (f'<h2>{title}</h2>\n<div class="scroll"><table>\n<tr>{head}</tr>\n{body}\n'
            '</table></div>') if body else ''


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
    return _table('Recordings', [('recording', ''), ('length', 'n'), ('clips', 'n'), ('used', 'n'),
                                 ('median score', 'n')], rows)


def _reasons(rest: Sequence[Kept]) -> str:
    found: defaultdict[str, list[float]] = defaultdict(list)
    for each in rest:
        found[each.piece.reason].append(each.secs)
    rows = [(escape(reason), f'{len(secs):,}', hours(sum(secs)))
            for reason, secs in sorted(found.items(), key=lambda item: -sum(item[1]))]
    return _table('Left out', [('reason', ''), ('pieces', 'n'), ('time', 'n')], rows)


def _lowest(clips: Sequence[Kept]) -> str:
    rows = [(f'{clip.piece.score:.2f}', _player(quote(clip.clip.wav)), escape(clip.piece.text))
            for clip in sorted(clips, key=lambda clip: clip.piece.score)[:SHOWN]]
    return _table('Clips with the lowest scores', [('score', 'n'), ('', ''), ('text', '')], rows)


def _some_left_out(folder: Path, rest: Sequence[Kept]) -> str:
    """List the longest of what was left out, which is heard in the recording itself."""
    longest = sorted(rest, key=lambda each: -each.secs)[:SHOWN_LEFT_OUT]
    rows = []
    for each in longest:
        piece = each.piece
        source = quote(path_from(folder, each.outcome.pair.audio))
        rows.append((f'{piece.start:.1f}', f'{each.secs:.1f} s',
                     _player(f'{source}#t={piece.start:.2f},{piece.end:.2f}'),
                     escape(piece.reason), escape(piece.text)))
    return _table('The longest pieces left out',
                  [('at', 'n'), ('length', 'n'), ('', ''), ('reason', ''), ('text', '')], rows)


def _player(source: str) -> str:
    return f'<audio controls preload="none" src="{escape(source)}"></audio>'
