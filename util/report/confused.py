"""The part of the page on what is taken for what: lists of words and letters, and a matrix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from util.html import table
from util.report.confusions import Confusions, of_letters, of_words
from util.report.tested import Tested

OFTEN = 15  # confusions listed
LETTERS = 30  # of the matrix
NOTHING = '<span class="faint">nothing</span>'
STYLE = '''
.matrix td, .matrix th { padding: 0; width: 1.35rem; min-width: 1.35rem; height: 1.35rem;
  text-align: center; vertical-align: middle; font-size: .75rem; border: 1px solid var(--line); }
.matrix table { width: auto; } .matrix td { background: rgb(217 115 26 / var(--p, 0)); }
.matrix td.same { background: var(--line); }
'''


def confused(tested: Sequence[Tested], by_characters: bool) -> Iterable[str]:
    """Yield the lists and the matrix.

    Args:
        tested: utterances, at least one.
        by_characters: the language may not part words.
    """
    letters = of_letters(tested)
    if not letters.edits:
        yield '<h2>Confusions</h2>\n<p>There are no errors.</p>'
        return
    yield '<h2>Confusions</h2>\n<div class="charts wide">'
    if not by_characters:
        yield _often('Words', of_words(tested))
    yield _often('Letters', letters)
    yield '</div>'
    yield _matrix(letters)


def _often(title: str, found: Confusions) -> str:
    rows = [(_item(said), _item(heard), f'{times:,}',
             f'{found.said[said]:,}' if said else '') for said, heard, times in found.often(OFTEN)]
    columns = [('said', ''), ('understood', ''), ('times', 'n'), ('of', 'n')]
    return f'<div>{table(title, columns, rows, 3)}</div>' if rows else ''


def _matrix(found: Confusions) -> str:
    letters = found.worst(LETTERS)
    head = ''.join(f'<th>{_item(letter)}</th>' for letter in letters)
    rows = []
    for said in [*letters, '']:
        total = found.said[said] or sum(
            times for (one, _), times in found.edits.items() if not one)
        cells = ''.join(_cell(said, heard, found.edits[said, heard], total)
                        for heard in [*letters, ''])
        rows.append(f'<tr><th>{_item(said) if said else "+"}</th>{cells}</tr>')
    return ('<h3>Which letter is taken for which</h3>\n<p class="faint">Rows: what was said; '
            'columns: what was understood. The last column, \N{MINUS SIGN}, is what was left out, '
            'the last row, +, what was put in. The stronger, the more of what was said.</p>\n'
            '<div class="scroll matrix"><table>\n'
            f'<tr><th></th>{head}<th>\N{MINUS SIGN}</th></tr>\n' + '\n'.join(rows)
            + '</table></div>')


def _cell(said: str, heard: str, times: int, total: int) -> str:
    if said == heard:
        return '<td class="same"></td>'
    if not times:
        return '<td></td>'
    what = f'{_plain(said)} understood as {_plain(heard)}: {times:,} of {total:,}'
    return (f'<td style="--p:{min(1, .1 + 2 * times / max(total, 1)):.2f}" title="{escape(what)}">'
            f'{times}</td>')


def _plain(item: str) -> str:
    return {'': 'nothing', ' ': 'a space'}.get(item, item)


def _item(item: str) -> str:
    return {'': NOTHING, ' ': '\N{OPEN BOX}'}.get(item) or f'<bdi>{escape(item)}</bdi>'
