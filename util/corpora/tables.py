"""Tables of recordings under any column names: CSV, TSV and their like, JSON and JSON lines."""

import csv
import io
import itertools
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from util import log
from util.corpora.pairing import Listed, Names, is_audio
from util.errors import UserError
from util.text import encoding

TABLES = {'.csv', '.tsv', '.jsonl', '.ndjson', '.json'}
COLUMNS = {  # names that tables in the wild give to what we need, best first
    'audio': ('wav_filename', 'audio_filepath', 'audio', 'audio_path', 'path', 'file', 'filename',
              'file_name', 'wav', 'clip', 'audio_file', 'recording', 'id'),
    'text': ('transcript', 'sentence', 'text', 'transcription', 'normalized_text', 'label',
             'utterance', 'words', 'caption'),
    'speaker': ('speaker', 'speaker_id', 'client_id', 'spk', 'user', 'user_id', 'reader'),
    'start': ('start', 'offset', 'begin', 'start_time'),
    'end': ('end', 'stop', 'end_time'),
    'duration': ('duration', 'length')}
SAMPLE = 1000  # rows looked at to find out what a column holds
LONGEST = 50  # lines of a cell in quotes
UNREADABLE_ROW = 'unreadable row'
TOO_MANY_CELLS = 'more cells than columns'


@dataclass(frozen=True)
class Row:
    """Cells by column, and the line they begin in; without cells the line cannot be read."""

    line: int
    cells: dict[str, str]
    problem: str = ''


def read_table(path: Path, where: str, names: Names, columns: dict[str, str]) -> list[Listed]:
    """Return what a table says of recordings.

    Args:
        path: the table. One in which no column names audio files is not about recordings: [].
        where: what to call it.
        names: the recordings there are.
        columns: which column holds "audio", "text", "speaker", where names do not tell.

    Raises:
        UserError: it lacks one of these.
    """
    table = _json_rows(path) if path.suffix.lower() in ('.json', '.jsonl', '.ndjson') else (
        _rows(path, names))
    if not any(row.cells for row in table):
        if table:
            log.warn(f'{path}: not a table that can be read: left out')
        return []
    heads = list(dict.fromkeys(name for row in table for name in row.cells))
    which = {use: columns.get(use) or _by_name(heads, use) for use in COLUMNS}
    which['audio'] = _audio_column(path, table, heads, names, columns.get('audio', ''))
    if not which['audio']:
        if unread := sum(not row.cells for row in table):
            log.warn(f'{path}: {unread:,} rows cannot be read; the others name no recording: '
                     'left out')
        return []
    for use, name in columns.items():
        if name and name not in heads:
            raise UserError(f"{path}: no column {name!r} for {use}; it has {', '.join(heads)}")
    if not which['text']:
        which['text'] = _text_column(table, heads, which)
        log.info(f"{path}: column {which['audio']!r} names the recordings, {which['text']!r} is "
                 'taken for the text: it has most letters')
    return [_listed(row, path, where, which) for row in table]


def _listed(row: Row, path: Path, where: str, which: dict[str, str]) -> Listed:
    start, end = _times(row.cells, which)
    return Listed(f'{where}:{row.line}', path.parent, row.cells.get(which['audio'], ''),
                  row.cells.get(which['text'], ''), row.cells.get(which['speaker'], ''),
                  start, end, row.problem)


def _sample(table: list[Row]) -> list[Row]:
    return table[::max(1, len(table) // SAMPLE)]


def _audio_column(path: Path, table: list[Row], heads: list[str], names: Names,
                  given: str) -> str:
    """Return the column that names recordings, '' if none does.

    A column of bare names, such as numbers, may be about anything: it needs a known title, or
    none at all, as in lists without a header.
    """
    if given in heads:
        return given
    known = _by_name(heads, 'audio')
    best, doubtful = ((0, 0, 0), ''), ''
    for name in heads:
        cells = [cell for row in _sample(table) if (cell := row.cells.get(name, ''))]
        hits = sum(bool(names.find(cell, path.parent).paths) for cell in cells)
        files = sum(map(is_audio, cells))
        titled = name.strip().lower() in COLUMNS['audio'] or (
            name.isdecimal() and not all(map(str.isdecimal, cells)))
        if 2 * files > len(cells) or (hits and (files or titled)):
            best = max(best, ((hits, files, int(name == known)), name), key=lambda b: b[0])
        elif hits:
            doubtful = name
    if not best[1] and doubtful:
        log.warn(f'{path}: left out; if its column {doubtful!r} names the recordings, say so: '
                 f"--audio_column '{doubtful}'")
    return best[1]


def _text_column(table: list[Row], heads: list[str], which: dict[str, str]) -> str:
    """Return the column with most letters."""
    others = [name for name in heads if name != which['audio']]
    letters = {name: sum(sum(map(str.isalpha, row.cells.get(name, ''))) for row in _sample(table))
               for name in others}
    return max(reversed(others), key=letters.__getitem__, default='')


def _by_name(names: list[str], use: str) -> str:
    known = {name.strip().lower(): name for name in reversed(names)}
    return next((known[name] for name in COLUMNS[use] if name in known), '')


def _times(cells: dict[str, str], which: dict[str, str]) -> tuple[float, float | None]:
    """Return (start, end) in seconds; a duration counts only beside a start."""
    def number(use: str) -> float | None:
        try:
            return float(cells.get(which[use], ''))
        except ValueError:
            return None

    start, end, duration = number('start'), number('end'), number('duration')
    if end is None and start is not None and duration is not None:
        end = start + duration
    return start or 0.0, end


def _json_rows(path: Path) -> list[Row]:
    """Return the objects of a JSON array, or of one that holds nothing else, or of JSON lines."""
    text = encoding.read(path)
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return [row for line, content in enumerate(text.split('\n'), 1) if content.strip()
                and (row := _json_row(line, content))]
    if isinstance(whole, dict):
        lists = [value for value in whole.values() if isinstance(value, list)]
        own = any(map(is_audio, _scalars(whole).values()))
        whole = lists[0] if len(lists) == 1 and not own else [whole]
    return [Row(i, _scalars(entry)) for i, entry in enumerate(whole, 1) if isinstance(entry, dict)
            ] if isinstance(whole, list) else []


def _json_row(line: int, content: str) -> Row | None:
    try:
        entry = json.loads(content)
    except (ValueError, RecursionError):
        return Row(line, {}, UNREADABLE_ROW)
    return Row(line, _scalars(entry)) if isinstance(entry, dict) else None


def _scalars(entry: dict[str, Any]) -> dict[str, str]:
    return {key: '' if value is None or isinstance(value, (dict, list)) else str(value)
            for key, value in entry.items()}


def _rows(path: Path, names: Names) -> list[Row]:
    """Return the rows of a table; without a header the columns are called 1, 2, ..."""
    lines = io.StringIO(encoding.read(path), newline='').readlines()
    delimiter = '\t' if path.suffix.lower() == '.tsv' else _delimiter(lines[:50])
    found = list(in_quotes(lines, delimiter))
    if delimiter in '|\t' and any(cells is None or len(cells) > len(found[0][1] or ())
                                  for _, cells in found):
        found = list(plain(lines, delimiter))
    first = next((cells for _, cells in found if cells), None)
    if not first:
        return [Row(line, {}, UNREADABLE_ROW) for line, _ in found]
    if _is_header(first, [cells for _, cells in found if cells], path.parent, names):
        found = found[[cells for _, cells in found].index(first) + 1:]
        heads = first
    else:
        heads = [str(i + 1) for i in range(len(first))]
    return [_row(line, cells, heads) for line, cells in found]


def _row(line: int, cells: list[str] | None, heads: list[str]) -> Row:
    if cells is None:
        return Row(line, {}, UNREADABLE_ROW)
    named = dict(zip(heads, cells + [''] * len(heads)))
    return Row(line, named, TOO_MANY_CELLS if any(cells[len(heads):]) else '')


def _is_header(first: list[str], rows: list[list[str]], folder: Path, names: Names) -> bool:
    """Tell whether the first row has titles: it is no row of a recording that is like others."""
    def is_recording(cell: str) -> bool:
        return is_audio(cell) or bool(names.find(cell, folder).paths)

    if any(map(is_recording, first)):
        return False
    return not any(any(map(str.isdigit, cell)) and any(
        _shape(row[i]) == _shape(cell) and is_recording(row[i])
        for row in rows[1:SAMPLE] if len(row) > i) for i, cell in enumerate(first))


def _shape(cell: str) -> str:
    return re.sub(r'\d+', '0', cell)


def _delimiter(lines: list[str]) -> str:
    """Return what separates the cells: what all lines have, or most the same number of."""
    whole = re.sub(r'"[^"]*"', '', ''.join(lines))
    bare = [line for line in re.split('[\r\n]+', whole) if line.strip()]
    for delimiter in '\t|':
        if bare and all(delimiter in line for line in bare):
            return delimiter

    def evenness(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in bare if delimiter in line]
        usual = max(counts, key=counts.count, default=0)
        return counts.count(usual) if usual else 0, usual

    return max(',;', key=evenness)


def in_quotes(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield (line, cells) where quotes hold a cell together, over several lines if they must.

    A row that breaks the rules is None and costs itself alone: a quote that ends nowhere does not
    swallow the rows behind it.
    """
    source, ahead, at = iter(lines), deque[str](), 1
    while ahead or _read_on(source, ahead):
        size, cells = 1, None
        while cells is None and size <= LONGEST and (len(ahead) >= size or _read_on(source, ahead)):
            try:
                cells = next(csv.reader([''.join(itertools.islice(ahead, size))],
                                        delimiter=delimiter, strict=True), [])
            except csv.Error as e:
                if 'unexpected end' not in str(e):
                    break
                size += 1
        if cells is None or any(cells):
            yield at, cells
        for _ in range(1 if cells is None else size):
            ahead.popleft()
            at += 1


def _read_on(source: Iterator[str], ahead: deque[str]) -> bool:
    before = len(ahead)
    ahead.extend(itertools.islice(source, 1))
    return len(ahead) > before


def plain(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield (line, cells) where quotes are characters like others."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, line.rstrip('\r\n').split(delimiter)
