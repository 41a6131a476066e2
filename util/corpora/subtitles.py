"""Subtitles in SRT and WebVTT, as the programs in the wild write them.

    2                                       counts in SRT, may be a name in WebVTT, or missing
    00:01:02,500 --> 00:01:04,000           hours may be missing; the comma is a point in WebVTT
    <i>Two lines</i>
    of text
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path

from util.text import encoding

TIME = r'(?:(\d{1,4}):)?(\d{1,4}):(\d{1,4})(?:[.,](\d{1,9}))?'
TIMES = re.compile(rf'\s*{TIME}\s*-+>\s*{TIME}')
MARKUP = re.compile(r'<[^>]*>|\{\\[^}]*\}')
ENTITY = re.compile(r'&#?\w+;')
CHANGE = re.compile(r'^\s*(?:-\s*)?>>+')  # another speaker begins
LABEL = re.compile(r'^\s*(?:-\s*)?([^\W\d_][^:]{0,30}):\s+')
MOST_SHOWN = 8  # lines on a screen
ASIDE = re.compile(r'(?:NOTE|STYLE|REGION)(?:\s|$)')  # blocks of WebVTT that nobody says


@dataclass(frozen=True)
class Cue:
    """One subtitle: seconds, and its lines without markup."""

    start: float
    end: float
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Its lines in a row."""
        return ' '.join(self.lines)


def read_subtitles(path: Path) -> list[Cue]:
    """Return the cues of a file; of rolling captions each has only what is new in it."""
    web = path.suffix.lower() == '.vtt'
    lines = encoding.read(path).replace('\r\n', '\n').replace('\r', '\n').split('\n')
    return _without_repetition(list(_cues(lines, web)))


def _cues(lines: list[str], web: bool) -> Iterator[Cue]:
    """Yield the cues: each goes on to the next one's times, over blank lines too."""
    timed = [(i, match) for i, line in enumerate(lines) if (match := TIMES.match(line))]
    ends = [i for i, _ in timed[1:]] + [len(lines)]
    for (at, match), end in zip(timed, ends):
        body = lines[at + 1:end]
        if end < len(lines) and body and _is_name(body, web):
            body.pop()
        yield Cue(_secs(match, 1), _secs(match, 5), tuple(_spoken(body)))


def _is_name(body: list[str], web: bool) -> bool:
    """Tell whether the line before the next times is the next cue's number or name."""
    last = body[-1].strip()
    return last.isdecimal() or (web and bool(last) and (len(body) > 1 and not body[-2].strip()))


def _spoken(body: list[str]) -> Iterator[str]:
    """Yield the lines of a cue that are not blank, without markup and WebVTT's asides."""
    aside = False
    for i, line in enumerate(body):
        blank = not line.strip()
        aside = not blank and (aside or (i > 0 and not body[i - 1].strip()
                                         and bool(ASIDE.match(line))))
        text = ENTITY.sub(lambda m: unescape(m[0]), MARKUP.sub('', line))
        if not aside and (text := ' '.join(CHANGE.sub('', text).split())):
            yield text


def _secs(match: re.Match[str], first: int) -> float:
    hours, minutes, secs, fraction = (match[first + i] or '0' for i in range(4))
    return int(hours) * 3600 + int(minutes) * 60 + float(f'{secs}.{fraction}')


def _without_repetition(cues: list[Cue]) -> list[Cue]:
    """Leave out what cues repeat, if most of a file's cues begin with what was last shown.

    Live captions roll: a cue shows again the last lines, and below them the new one, which is what
    is spoken. A cue that shows nothing new is left out.
    """
    rest: list[Cue] = []
    shown: tuple[str, ...] = ()
    for cue in cues:
        count = next((n for n in range(min(len(shown), len(cue.lines)), 0, -1)
                      if shown[-n:] == cue.lines[:n]), 0)
        rest.append(replace(cue, lines=cue.lines[count:]))
        shown = (shown + cue.lines[count:])[-MOST_SHOWN:]
    repeat = [len(new.lines) < len(cue.lines) for new, cue in zip(rest, cues)]
    grow = any(again and new.lines for again, new in zip(repeat, rest))
    if not grow or 2 * sum(repeat) < len(cues):
        return cues
    return [cue for cue in rest if cue.lines]


def without_labels(cue: Cue) -> Cue:
    """Leave out the names of speakers in capitals with a colon that lines begin with."""
    lines = [line[match.end():] if (match := speaker_label(line)) else line for line in cue.lines]
    return replace(cue, lines=tuple(filter(None, lines)))


def speaker_label(line: str) -> re.Match[str] | None:
    """Return the match of `ANNA: ` at a line's beginning, if it is in capitals."""
    match = LABEL.match(line)
    return match if match and match[1].isupper() else None
