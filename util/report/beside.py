"""The parts of the page on two runs: whether their rates differ, by what flags, and where."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from util.html import table
from util.report.look import Looked
from util.report.run import differences
from util.report.tested import Tested
from util.report.versus import Versus
from util.report.wording import faint, many
from util.text.edits import edit_pairs, word_pairs

CHANGED = 20  # utterances listed
STYLE = '''
.change { display: grid; grid-template-columns: fit-content(35%) 1fr; gap: .1rem .8rem;
  border-top: 1px solid var(--line); padding-top: .6rem; margin: .6rem 0; }
.change dt { color: var(--faint); font-size: .85rem; } .change dd { margin: 0; }
.change u { color: var(--wrong); }
'''


def beside(looked: Looked, other: Looked | None, versus: Versus | None) -> Iterable[str]:
    """Yield how the results of two runs differ, and their flags; nothing for one run."""
    if not other:
        return
    yield '<h2>The two beside each other</h2>'
    if versus:
        yield _difference(looked.run.name, versus)
    elif looked.tested and other.tested:
        yield faint('The two have no recording in common: their rates cannot be compared.')
    rows = [tuple(map(escape, row)) for row in differences(looked.run.flags, other.run.flags)]
    names = escape(looked.run.name), escape(other.run.name)
    if looked.run.flags and other.run.flags:
        yield table('Flags that differ', [('flag', ''), *((name, '') for name in names)], rows,
                    3) or faint('They have the same flags.')
    else:
        yield faint('Which flags differ is not known: only runs have a flags.txt.')


def _difference(name: str, versus: Versus) -> str:
    rate = 'CER' if versus.by_characters else 'WER'
    points = f'{100 * abs(versus.difference):.1f} points'
    which = (f'{points} lower' if versus.difference < 0 else f'{points} higher'
             if versus.difference else 'the same')
    sure = ('more than chance' if versus.low > 0 or versus.high < 0 else
            'no more than what chance can bring')
    return (f'<p>On the {many(len(versus.pairs), "utterance")} of both, the {rate} of '
            f'{escape(name)} is <b>{which}</b>: {sure}. In 95 of 100 tests like this the '
            f'difference would be between {100 * versus.low:+.1f} and {100 * versus.high:+.1f}.'
            '</p>')


def changed(looked: Looked, other: Looked | None, versus: Versus | None) -> Iterable[str]:
    """Yield the utterances that two runs understand most differently."""
    pairs = versus.changed(CHANGED) if versus else []
    if not other or not versus or not pairs:
        return
    yield '<h2>Utterances that differ most</h2>'
    for one, two in pairs:
        lines = [('said', f'<b>{escape(one.src)}</b>')]
        for run, tested in ((looked.run, one), (other.run, two)):
            marked, wrong = _marked(tested, versus)
            lines.append((f'{escape(run.name)}, {many(wrong, "error")}', marked))
        yield '<dl class="change">' + ''.join(
            f'<dt>{name}</dt><dd dir="auto">{text}</dd>' for name, text in lines) + '</dl>'


def _marked(tested: Tested, versus: Versus) -> tuple[str, int]:
    """Return what was understood, what is wrong in it underlined, and how many errors it has."""
    if versus.by_characters:
        pairs, space, errors = edit_pairs(tested.src, tested.res), '', tested.char_edits
    else:
        pairs, space = word_pairs(tested.src.split(), tested.res.split()), ' '
        errors = tested.word_edits
    return space.join(escape(heard) if said == heard else f'<u>{escape(heard)}</u>'
                      for said, heard in pairs if heard is not None), errors
