"""The page itself: what is known of a run, in the order in which one asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from util.errors import UserError, reason
from util.files import whole_file
from util.html import page, table
from util.report import beside, charts, confused, divisions, utterances
from util.report.curves import best_epoch
from util.report.examples import Example
from util.report.look import CURVES, TEST, Looked
from util.report.tested import Rates, Tested
from util.report.versus import Versus
from util.report.wording import faint, lasting, many, percent

STYLE = '''
:root { --paper: #fff; --wrong: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --paper: #121212; --wrong: #ff8f85; } }
'''


def write_page(path: Path, looked: Looked, other: Looked | None, examples: Iterable[Example]
               ) -> None:
    """Write the page.

    Args:
        path: of the page.
        looked: the run.
        other: the one to compare with.
        examples: of its worst utterances; [] for none.

    Raises:
        UserError: it cannot be written.
    """
    versus = Versus.of(looked.tested, other.tested, looked.run.by_characters) if other else None
    parts = [_head(looked, other), *beside.beside(looked, other, versus), _curves(looked, other),
             *divisions.divisions(looked, other),
             *(confused.confused(looked.tested, looked.run.by_characters) if looked.tested else ()),
             *utterances.utterances(looked.run, list(examples)),
             *beside.changed(looked, other, versus)]
    content = page(f'{looked.run.name}: report', parts,
                   STYLE + ''.join(each.STYLE for each in (charts, beside, divisions, confused,
                                                           utterances)))
    try:
        with whole_file(path, 'w') as file:
            file.write(content)
    except OSError as error:
        raise UserError(f"'{path}' cannot be written ({reason(error)}): make room or pass another "
                        '--out') from error


def _head(looked: Looked, other: Looked | None) -> str:
    rows = []
    for each in filter(None, (looked, other)):
        whose = f'{escape(each.run.name)}: ' if other else ''
        rows += [(whose + escape(what), *_cells(Rates.of(tested)), _of(tested))
                 for what, tested in each.tests.items()]
    title = escape(looked.run.name) + (f' and {escape(other.run.name)}' if other else '')
    columns = [('', ''), ('WER', 'n'), ('CER', 'n'), ('of', '')]
    lines = [faint(each.missing[TEST]) for each in filter(None, (looked, other))
             if TEST in each.missing]
    return '\n'.join([f'<h1>{title}</h1>', table('What came out', columns, rows), *lines])


def _of(tested: Sequence[Tested]) -> str:
    rates = Rates.of(tested)
    speakers = {each.speaker for each in tested} - {''}
    known = f', {many(len(speakers), "speaker")}' if speakers else ''
    return f'{many(rates.count, "utterance")}, {lasting(rates.secs)}{known}'


def _cells(rates: Rates) -> tuple[str, str]:
    return percent(rates.wer), percent(rates.cer)


def _curves(looked: Looked, other: Looked | None) -> str:
    drawn = charts.draw(looked.curves, other.curves if other else {},
                        (looked.run.name, other.run.name if other else ''))
    lines = [faint(each.missing[CURVES]) for each in filter(None, (looked, other))
             if CURVES in each.missing]
    if not drawn and not lines:
        return ''
    return '\n'.join(['<h2>Curves</h2>', *_lasted(looked), drawn, *lines])


def _lasted(looked: Looked) -> Iterable[str]:
    epochs, best = looked.curves.get(('train', 'seconds'), ()), best_epoch(looked.curves)
    if epochs:
        chosen = f'; epoch {best + 1} was the best, and is tested' if best is not None else ''
        yield faint(f'{many(len(epochs), "epoch")} in {lasting(sum(secs for _, secs in epochs))}'
                    f'{chosen}.')
