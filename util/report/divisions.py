"""The part of the page on what errors depend on: length, speaker, time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from html import escape

from util.html import table
from util.report.groups import Groups, by_length, by_speaker, by_time
from util.report.look import LENGTHS, SPEAKERS, Looked
from util.report.wording import faint, many, percent

SHOWN = 40  # speakers
STYLE = '''
.rate { min-width: 7rem; } .rate div { height: .3rem; border-radius: .15rem; min-width: 1px; }
.ours { background: var(--bar); } .theirs { background: #8888; margin-top: 2px; }
'''


def divisions(looked: Looked, other: Looked | None) -> Iterable[str]:
    """Yield the tables of a run, beside those of another, and what is missing of them."""
    if not looked.tested:
        return
    order = 'order of the set' if looked.in_order else 'order of the names of the recordings'
    yield '<h2>Errors by length, speaker and time</h2>'
    if other and other.tested:
        yield faint(f'Grey: {other.run.name}.')
    yield '<div class="charts wide">'
    theirs = other.tested if other else []
    first = (_groups('By length', 'length', by_length(looked.tested), by_length(theirs))
             + _groups(f'By time, in the {order}', 'time', by_time(looked.tested), by_time(theirs)))
    speakers = by_speaker(looked.tested)
    second = _groups('By speaker', 'speaker', dict(itertools.islice(speakers.items(), SHOWN)),
                     by_speaker(theirs), len(speakers) - SHOWN)
    yield from (f'<div>{tables}</div>' for tables in (first, second) if tables)
    yield '</div>'
    for what in (LENGTHS, SPEAKERS, *looked.run.sets):
        if what in looked.missing:
            yield faint(looked.missing[what])


def _groups(title: str, what: str, groups: Groups, others: Groups, left: int = 0) -> str:
    """Return the table of one division; '' where it has none."""
    if not groups:
        return ''
    longest = max(rates.wer for rates in [*groups.values(), *others.values()]) or 1
    rows = []
    for name, rates in groups.items():
        bars = _bar('ours', rates.wer / longest)
        shown = percent(rates.wer)
        if name in others:
            bars += _bar('theirs', others[name].wer / longest)
            shown += f' <span class="faint">{percent(others[name].wer)}</span>'
        rows.append((escape(name), f'{rates.count:,}', shown + bars, percent(rates.cer)))
    columns = [(what, ''), ('utterances', 'n'), ('WER', 'rate'), ('CER', 'n')]
    rest = faint(f'{many(left, "speaker")} with fewer errors not shown.') if left > 0 else ''
    return table(title, columns, rows, 3) + rest


def _bar(kind: str, share: float) -> str:
    return f'<div class="{kind}" style="width:{100 * share:.1f}%"></div>' if share else ''
