"""Curves as SVG: of one run, or of two above each other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from util.report.curves import Curves, best_epoch

PANELS = (('loss', 'Loss per utterance', ('loss',)),
          ('rates', 'Error rates, in percent', ('wer', 'cer')),
          ('learning rate', 'Learning rate, in thousandths', ('learning_rate',)))
RATES = 'wer', 'cer'
SCALES = {'wer': 100, 'cer': 100, 'learning_rate': 1000}
SETS = 'train', 'dev', 'test'  # have colours of their own
WIDTH, HEIGHT = 300, 200
LEFT, RIGHT, TOP, BOTTOM = 40, 6, 8, 22
STYLE = '''
:root { --train: #1f6fb4; --dev: #d9731a; --test: #2c8a43; --more: #7d4fa3; }
@media (prefers-color-scheme: dark) {
  :root { --train: #6fb1ea; --dev: #f0a050; --test: #67c47e; --more: #b892dd; } }
.train { color: var(--train); } .dev { color: var(--dev); } .test { color: var(--test); }
.more { color: var(--more); } .line { fill: none; stroke: currentColor; stroke-width: 1.8; }
.line.dots { stroke-dasharray: 2 3; } .line.other { opacity: .45; }
.dot { fill: var(--paper); stroke: currentColor; stroke-width: 1.8; } .dot.other { opacity: .45; }
.axis { stroke: var(--line); stroke-width: 1; } .best { stroke: #888; stroke-dasharray: 4 3; }
.key { display: inline-block; margin-right: .9rem; white-space: nowrap; }
.key svg { width: 1.8rem; height: .7rem; vertical-align: middle; margin-right: .3rem; }
'''


@dataclass(frozen=True)
class Line:
    """A line of a chart: its name, its classes in STYLE, and its points."""

    name: str
    kind: str
    points: list[tuple[int, float]]


def draw(curves: Curves, others: Curves, names: Sequence[str] = ('', '')) -> str:
    """Draw a chart for each kind of number there is.

    Args:
        curves: of the run.
        others: of the one to compare with; {} for none.
        names: of the two.
    """
    charts = []
    for _, title, metrics in PANELS:
        lines = [*_lines(curves, metrics, '', names[0] if others else ''),
                 *_lines(others, metrics, ' other', names[1])]
        if lines:
            charts.append(_chart(title, lines, best_epoch(curves)))
    return '<div class="charts">\n' + '\n'.join(charts) + '</div>' if charts else ''


def _lines(curves: Curves, metrics: Sequence[str], other: str, run: str) -> Iterable[Line]:
    for (name, metric), points in curves.items():
        scale = SCALES.get(metric, 1)
        finite = [(epoch + 1, scale * value) for epoch, value in points if math.isfinite(value)]
        if metric in metrics and finite:
            label = ' '.join(filter(None, (name, metric.upper() * (metric in RATES), run)))
            kind = (name if name in SETS else 'more') + ' dots' * (metric == 'cer') + other
            yield Line(label, kind, finite)


def _chart(title: str, lines: Sequence[Line], best: int | None) -> str:
    last = max(epoch for line in lines for epoch, _ in line.points)
    first = min(1, *(epoch for line in lines for epoch, _ in line.points))
    ticks = _ticks(max(value for line in lines for _, value in line.points))

    def x(epoch: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (epoch - first) / max(last - first, 1)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / ticks[-1]

    parts = [f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" '
             f'y2="{y(tick):.1f}"/><text x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">'
             f'{tick:g}</text>' for tick in ticks]
    parts += [f'<text x="{x(epoch):.1f}" y="{HEIGHT - 6}" text-anchor="{side}">{text}</text>'
              for epoch, side, text in _epochs(first, last)]
    if best is not None:
        parts.append(f'<line class="best" x1="{x(best + 1):.1f}" x2="{x(best + 1):.1f}" '
                     f'y1="{TOP}" y2="{HEIGHT - BOTTOM}"><title>best: epoch {best + 1}</title>'
                     '</line>')
    for line in lines:
        at = [(x(epoch), y(value)) for epoch, value in line.points]
        if len(at) > 1:
            points = ' '.join(f'{a:.1f},{b:.1f}' for a, b in at)
            parts.append(f'<polyline class="line {line.kind}" points="{points}">'
                         f'<title>{escape(line.name)}</title></polyline>')
        if len(at) < 8:
            parts += [_dot(a, b, 3.5, line.kind, f'{line.name}: {value:.4g} in epoch {epoch}')
                      for (a, b), (epoch, value) in zip(at, line.points)]
    keys = ''.join(map(_key, lines))
    if best is not None:
        keys += f'<span class="key">{_small(_sample("best", ""))}best: epoch {best + 1}</span>'
    return (f'<figure><h3>{title}</h3>\n<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-label="{title} by epoch">{"".join(parts)}</svg>\n'
            f'<figcaption>{keys}</figcaption></figure>')


def _key(line: Line) -> str:
    last = line.points[-1][1]
    sample = _sample('line', line.kind) if len(line.points) > 1 else _dot(12, 5, 3.5, line.kind)
    return f'<span class="key">{_small(sample)}{escape(line.name)}: {last:.3g}</span>'


def _small(drawn: str) -> str:
    return f'<svg viewBox="0 0 24 10" aria-hidden="true">{drawn}</svg>'


def _sample(what: str, kind: str) -> str:
    return f'<line class="{what} {kind}" x1="0" x2="24" y1="5" y2="5"/>'


def _dot(x: float, y: float, radius: float, kind: str, title: str = '') -> str:
    return (f'<circle class="dot {kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}">'
            f'<title>{escape(title)}</title></circle>')


def _epochs(first: int, last: int) -> list[tuple[int, str, str]]:
    ends = [(first, 'start', f'epoch {first}')]
    return [*ends, (last, 'end', str(last))] if last > first else ends


def _ticks(highest: float) -> list[float]:
    """Return round numbers from 0 to one that is not below the highest value."""
    if highest <= 0:
        return [0.0, 1.0]
    rough = highest / 4
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(each * unit for each in (1, 2, 2.5, 5, 10) if each * unit >= rough * (1 - 1e-9))
    return [step * number for number in range(math.ceil(highest / step - 1e-9) + 1)]
