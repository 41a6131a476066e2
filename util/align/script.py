"""The text of a long recording, a sentence a line, and where each stands in the file.

    .txt                 a book, a speech: paragraphs or lines; wrapped lines are put together
    .srt, .vtt           subtitles; their times are not used
    .script              of DSAlign: a JSON list of {"text": ..., anything else}
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from util.corpora.pairing import SUBTITLES
from util.corpora.subtitles import read_subtitles, without_labels
from util.errors import UserError
from util.text import encoding

# A full stop or its like, what closes with it, and white space; none is needed in Chinese.
END = re.compile(r'''[.!?…]+["'”’»)\]]*\s+(?=["'“‘«„¿¡(\[]*[^\W_])|[。！？]+[”」』）]*\s*''')
CLOSED = re.compile(r'''[.!?…:;。！？]["'”’»)\]]*$''')
WRAPPED = 40  # characters of a line that may go on in the next


@dataclass(frozen=True)
class Line:
    """A sentence, or a line of its own.

    Attributes:
        text: without line ends.
        start: its first character in the text.
        end: one past its last.
        meta: what else the script says of it.
    """

    text: str
    start: int
    end: int
    meta: dict[str, Any] = field(default_factory=dict)


def read_script(path: Path, labels: bool = True) -> list[Line]:
    """Return the lines of a text.

    Args:
        path: of the file.
        labels: whether names of speakers in capitals, as in `ANNA: Hello`, stay in subtitles.

    Raises:
        UserError: it cannot be read, or nothing is in it.
    """
    try:
        suffix = path.suffix.lower()
        if suffix in SUBTITLES:
            cues = read_subtitles(path)
            lines = list(_in_a_row([(cue.text, {}) for cue in
                                    (cues if labels else map(without_labels, cues))]))
        elif suffix == '.script':
            lines = list(_in_a_row(_listed(path)))
        else:
            lines = list(sentences(encoding.read(path)))
    except OSError as error:
        raise UserError(f'{path}: cannot be read ({error.strerror})') from error
    if not lines:
        raise UserError(f'{path}: no text is in it')
    return lines


def _listed(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return the texts of a script of DSAlign, and what else it says of each."""
    try:
        entries = json.loads(encoding.read(path))
    except ValueError as error:
        raise UserError(f'{path}: no JSON ({error}): expected a list of objects with "text"'
                        ) from error
    if not isinstance(entries, list) or not all(
            isinstance(entry, dict) and isinstance(entry.get('text'), str) for entry in entries):
        raise UserError(f'{path}: expected a list of objects, each with a "text"')
    return [(entry.pop('text'), entry) for entry in entries]


def _in_a_row(texts: list[tuple[str, dict[str, Any]]]) -> Iterator[Line]:
    """Yield texts as lines of one text, in which a line end is between two."""
    at = 0
    for text, meta in texts:
        if plain := _plain(text):
            yield Line(plain, at, at + len(text), meta)
        at += len(text) + 1


def sentences(text: str) -> Iterator[Line]:
    """Yield the sentences of a text; a line that ends without a full stop is one as well."""
    for start, end in _paragraphs(text):
        for match in END.finditer(text, start, end):
            yield from _line(text, start, match.end())
            start = match.end()
        yield from _line(text, start, end)


def _line(text: str, start: int, end: int) -> Iterator[Line]:
    body = text[start:end]
    if plain := _plain(body):
        first = start + len(body) - len(body.lstrip())
        yield Line(plain, first, first + len(body.strip()))


def _plain(text: str) -> str:
    return ' '.join(text.replace('\0', ' ').split())


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield where lines are, those together that were wrapped: the next goes on in lower case.

    In a text without full stops at the ends of lines nothing tells, and each line is one.
    """
    lines = [(match.start(), match.end()) for match in re.finditer(r'[^\r\n]+', text)]
    punctuated = any(CLOSED.search(text[start:end].rstrip()) for start, end in lines)
    begin: int | None = None
    for (start, end), (following, last) in zip(lines, [*lines[1:], (len(text), len(text))]):
        begin = start if begin is None else begin
        line, between = text[start:end].rstrip(), text[end:following]
        goes_on = (punctuated and len(line) >= WRAPPED and not CLOSED.search(line)
                   and between.replace('\r\n', '\n') in ('\n', '\r')
                   and text[following:last].lstrip()[:1].islower())
        if not goes_on:
            yield begin, end
            begin = None
