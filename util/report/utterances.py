"""The part of the page on single utterances: heard, seen, and with their words in place."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from util.client.utterances import Word
from util.html import player
from util.report.examples import Example
from util.report.run import Run
from util.report.tested import Tested
from util.report.wording import faint, many
from util.text.edits import edit_pairs, word_pairs

STYLE = '''
.pairs { display: flex; flex-wrap: wrap; gap: .1rem .5rem; margin: .4rem 0; }
.pairs span { display: flex; flex-direction: column; } .pairs i { font-style: normal; }
.pairs span > * { min-height: 1.5em; }
.pairs .wrong i { color: var(--wrong); text-decoration: underline; }
.letters { gap: 0; }
article audio { width: 22rem; max-width: 100%; }
article { border-top: 1px solid var(--line); margin-top: 1.5rem; }
.strip { position: relative; min-width: max(100%, calc(var(--secs) * 7rem)); }
.strip img { width: 100%; height: 6.5rem; display: block; }
@media (prefers-color-scheme: dark) { .strip img { filter: invert(.93); } }
.words { position: relative; height: 1.5rem; font-size: .8rem; }
.words span { position: absolute; top: 1px; bottom: 1px; overflow: hidden; white-space: nowrap;
  border-left: 2px solid var(--bar); padding-left: 2px; box-sizing: border-box;
  background: rgb(47 111 176 / calc(var(--p) * .35)); }
.words.heard span { border-color: var(--dev); background: rgb(217 115 26 / calc(var(--p) * .35)); }
.now { position: absolute; top: 0; bottom: 0; width: 2px; background: var(--wrong); left: 0;
  display: none; }
'''
# A line follows the sound, and a click into the picture goes there. All else works without it.
SCRIPT = '''<script>
for (const each of document.querySelectorAll('article')) {
  const sound = each.querySelector('audio'), strip = each.querySelector('.strip');
  if (!sound || !strip) continue;
  const now = strip.appendChild(document.createElement('div'));
  now.className = 'now';
  const secs = Number(strip.style.getPropertyValue('--secs'));
  const follow = () => {
    now.style.display = 'block';
    now.style.left = 100 * sound.currentTime / secs + '%';
    if (!sound.paused) requestAnimationFrame(follow);
  };
  sound.addEventListener('play', follow);
  sound.addEventListener('seeked', follow);
  strip.addEventListener('click', event => {
    const box = strip.getBoundingClientRect();
    sound.currentTime = secs * (event.clientX - box.left) / box.width;
    sound.play();
  });
}
</script>'''


def utterances(run: Run, examples: Sequence[Example]) -> Iterable[str]:
    """Yield what there is of the worst utterances of a run."""
    if not examples:
        return
    more = 'letters' if run.by_characters else 'words'
    yield f'<h2>The {many(len(examples), "utterance")} with the most wrong {more}</h2>'
    yield faint('Above, what was said, and under it what was understood. The picture shows the '
                'voice from low to high, the louder, the stronger. Below it, where the network '
                'finds what was said (blue) and what was understood (orange): the fainter, the '
                'less sure; what it does not find has no place. Click into the picture to hear '
                'from there.')
    if run.model is None:
        yield faint('No words below the pictures: the run has no exported model; export one '
                    '(--export_dir), or pass --model')
    for number, each in enumerate(examples, 1):
        yield _example(number, each, run.by_characters)
    yield SCRIPT


def _example(number: int, each: Example, by_characters: bool) -> str:
    tested = each.tested
    wrong = (f'{tested.char_edits} wrong of {many(tested.chars, "letter")}' if by_characters else
             f'{tested.word_edits} wrong of {many(tested.words, "word")}')
    facts = [wrong, tested.speaker, f'{each.secs:.1f} s' if each.secs else '',
             f'loss {tested.loss:.1f}']
    parts = [f'<h3>{number}. {escape(Path(tested.wav_filename).name)} <span class="faint">'
             f'{escape(", ".join(filter(None, facts)))}</span></h3>',
             _pairs(tested, by_characters)]
    if each.sound:
        parts.append(player(_data('audio/flac', each.sound), 'metadata'))
    if each.picture:
        parts.append(
            f'<div class="scroll"><div class="strip" style="--secs:{each.secs:.3f}">'
            f'<img alt="spectrogram" src="{_data("image/png", each.picture)}">'
            f'{_words("said", each.said, each.secs)}{_words("heard", each.heard, each.secs)}'
            '</div></div>')
    if each.note:
        parts.append(faint(each.note))
    return '<article>\n' + '\n'.join(parts) + '\n</article>'


def _pairs(tested: Tested, by_characters: bool) -> str:
    """Return what was said above what was understood."""
    laid = (edit_pairs(list(tested.src), list(tested.res)) if by_characters else
            word_pairs(tested.src.split(), tested.res.split()))
    pairs = ''.join(
        f'<span class="{"wrong" if one != two else "right"}">'
        f'<b>{_shown(one)}</b><i>{_shown(two)}</i></span>'
        for one, two in laid)
    return f'<div class="pairs{" letters" * by_characters}" dir="auto">{pairs}</div>'


def _shown(item: str | None) -> str:
    return '\N{EN DASH}' if item is None else '\N{NO-BREAK SPACE}' if item == ' ' else escape(item)


def _words(kind: str, words: Sequence[Word], secs: float) -> str:
    spans = ''.join(
        f'<span style="left:{100 * word.start / secs:.2f}%;'
        f'width:{100 * (word.end - word.start) / secs:.2f}%;--p:{word.confidence:.2f}" '
        f'title="{escape(word.text)}: {word.start:.2f} to {word.end:.2f} s, '
        f'{100 * word.confidence:.0f} % sure"><bdi>{escape(word.text)}</bdi></span>'
        for word in words)
    return f'<div class="words {kind}">{spans}</div>' if spans else ''


def _data(kind: str, content: bytes) -> str:
    return f'data:{kind};base64,{base64.b64encode(content).decode()}'
