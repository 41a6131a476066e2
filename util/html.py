"""The pieces of our pages: one file each, narrow and wide, light and dark."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from html import escape

BARS = 20
STYLE = '''
:root { color-scheme: light dark; --line: #8884; --bar: #2f6fb0; --faint: #666; }
@media (prefers-color-scheme: dark) { :root { --bar: #5b9bd8; --faint: #a0a0a0; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; } h3 { font-size: 1rem; }
.scroll { overflow-x: auto; overflow-wrap: normal; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; } td.n, th.n { text-align: right; white-space: nowrap; }
.charts { display: grid; gap: 1rem 2rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); }
.charts.wide { grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
figure { margin: 0; } .charts > * { min-width: 0; }
figcaption, .faint { color: var(--faint); font-size: .85rem; } svg { width: 100%; height: auto; }
rect { fill: var(--bar); } svg text { fill: currentColor; font-size: 11px; }
audio { height: 2rem; width: 14rem; max-width: 60vw; }
'''


def page(title: str, parts: Iterable[str], style: str = '') -> str:
    """Return a page.

    Args:
        title: as plain text.
        parts: of the body, as HTML; empty ones are left out.
        style: rules beside ours.
    """
    body = '\n'.join(filter(None, parts))
    return ('<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f'<title>{escape(title)}</title>\n<style>{STYLE}{style}</style>\n{body}\n</html>\n')


def table(title: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]],
          level: int = 2) -> str:
    """Return a table under its title; '' where it has no rows.

    Args:
        title: as HTML.
        columns: name and class of each.
        rows: of cells, as HTML.
        level: of the title.
    """
    def cells(tag: str, row: Iterable[str]) -> str:
        return ''.join(f'<{tag} class="{kind}">{cell}</{tag}>' if kind else f'<{tag}>{cell}</{tag}>'
                       for cell, (_, kind) in zip(row, columns))
    body = '\n'.join(f'<tr>{cells("td", row)}</tr>' for row in rows)
    head = cells('th', (name for name, _ in columns))
    return (f'<h{level}>{title}</h{level}>\n<div class="scroll"><table>\n<tr>{head}</tr>\n{body}\n'
            '</table></div>') if body else ''


def histogram(values: Sequence[float], low: float, high: float, name: str, unit: str) -> str:
    """Draw how many of the clips' values lie in each twentieth of a range."""
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


def player(source: str, preload: str = 'none') -> str:
    """Return what plays a recording, from an address or the data itself.

    Args:
        source: the address, or the data.
        preload: 'metadata' to show at once how long it is, which opens an address.
    """
    return f'<audio controls preload="{preload}" src="{escape(source)}"></audio>'
