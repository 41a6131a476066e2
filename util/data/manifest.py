"""The CSV files that list utterances: `wav_filename,wav_filesize,transcript`.

`util.data.read` reads whatever is named for a set; this is for those who take CSVs alone.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from util import log
from util.audio.places import Place
from util.data.csv_files import DAMAGED, damaged, open_csv, unreadable
from util.errors import UserError
from util.files import joined
from util.text import encoding

COLUMNS = ('wav_filename', 'wav_filesize', 'transcript')


@dataclass(frozen=True, slots=True)
class Utterance:
    """A row of a CSV, or a sample of a collection.

    Attributes:
        wav: path of the audio, absolute or from the current folder, or a `Place`.
        size: bytes as the CSV says, 0 where it does not; nothing here depends on it.
        transcript: what is said; words separated by one space.
        source: the file the row is in.
        line: its line there, the header being line 1; of a sample its number, from 0.
    """

    wav: str
    size: int
    transcript: str
    source: str
    line: int

    @property
    def where(self) -> str:
        """`file.csv:7`, as editors understand it, or the name of the sample: `file.sdb:7`."""
        return self.wav if isinstance(self.wav, Place) else f'{self.source}:{self.line}'

    def say(self, reason: str) -> str:
        """Put the row before what is said of its audio, which begins with its name."""
        return reason if isinstance(self.wav, Place) else f'{self.where}: {reason}'


def read_csvs(paths: Iterable[str], limit: int = 0) -> list[Utterance]:
    """Read one set: the rows of one or more CSV files, in order.

    Args:
        paths: of the files; audio paths in them are absolute or from the CSV's own folder.
        limit: keep only the first `limit` rows of all files together; 0: all.

    Raises:
        UserError: a file cannot be read, has no header, is not UTF-8, or no file has a row.
    """
    return gather(paths, limit, read_csv)


def gather(paths: Iterable[str], limit: int,
           read: Callable[[str], list[Utterance]]) -> list[Utterance]:
    """Join what `read` finds in each file, up to a limit.

    Raises:
        UserError: it finds nothing in any.
    """
    paths = list(paths)
    found: list[Utterance] = []
    for path in paths:
        if limit and len(found) >= limit:
            break
        found += read(path)
    if not found:
        raise UserError(f'{", ".join(paths) or "no CSV"}: no utterances; '
                        f'expected rows after the header line {",".join(COLUMNS)}, or samples')
    return found[:limit] if limit else found


def read_csv(path: str, transcripts: bool = True) -> list[Utterance]:
    """Read the rows of a CSV.

    Args:
        path: of the file.
        transcripts: are needed; else the column may be missing.
    """
    try:
        with open_csv(path) as file:
            data = file.read()
    except DAMAGED as e:
        raise damaged(path, e) from e
    except OSError as e:
        raise unreadable(path, e) from e
    return parse_csv(path, data, partial(joined, os.path.dirname(path)), transcripts)


def parse_csv(path: str, data: bytes, place: Callable[[str], str],
              transcripts: bool = True) -> list[Utterance]:
    """Read the rows of what a CSV holds.

    Args:
        path: of the file, for messages.
        data: its bytes.
        place: makes of `wav_filename` where the audio is.
        transcripts: as of `read_csv`.
    """
    rows = _table(path, data)
    if not len(rows):
        return []
    header = [str(name).strip() for name in rows.iloc[0]]
    lines = _line_numbers(rows)[1:]
    rows = rows.iloc[1:]
    column = _columns(path, header, transcripts)
    wavs = rows.iloc[:, column['wav_filename']].str.strip().tolist()
    spoken = (rows.iloc[:, column['transcript']].tolist() if 'transcript' in column
              else [''] * len(rows))
    sizes = (_sizes(path, rows.iloc[:, column['wav_filesize']]) if 'wav_filesize' in column
             else [0] * len(rows))
    return [Utterance(place(wav), size, ' '.join(text.split()), path, line)
            for wav, size, text, line in zip(wavs, sizes, spoken, lines)
            if wav or text]  # neither: an empty line


def _table(path: str, data: bytes) -> Any:
    """Read all cells as strings, the header being row 0: `null`, `nan` and `007` stay as is."""
    import pandas as pd  # here: 0.4 s that `--help` need not pay

    try:
        return pd.read_csv(io.BytesIO(data), header=None, dtype=str, na_filter=False,
                           encoding=encoding.certain(data), skip_blank_lines=False)
    except pd.errors.EmptyDataError:
        raise UserError(f'{path}: the file is empty; expected it to begin with the line '
                        f'{",".join(COLUMNS)}') from None
    except pd.errors.ParserError as e:
        reason = str(e).removeprefix('Error tokenizing data. C error: ').strip()
        raise UserError(f'{path}: {reason}; put cells that contain commas or quotes in '
                        'double quotes') from e
    except UnicodeDecodeError as e:
        raise UserError(f'{path}:{_first_line_not_utf8(data)}: not UTF-8 text; '
                        f'{encoding.advice(data, path)}') from e


def _first_line_not_utf8(data: bytes) -> int:
    for number, line in enumerate(data.splitlines(), 1):
        try:
            line.decode('utf-8')
        except UnicodeDecodeError:
            return number
    raise AssertionError('it decodes')


def _line_numbers(rows: Any) -> list[int]:
    """Return the line on which each row begins; a quoted cell may run over several lines."""
    breaks = sum(rows[name].str.count('\r\n|\r|\n') for name in rows.columns)
    return (1 + breaks.shift(fill_value=0).cumsum() + range(len(rows))).astype(int).tolist()


def _columns(path: str, header: list[str], transcripts: bool) -> dict[str, int]:
    """Return column name -> position; columns may come in any order and among others."""
    column = {name: header.index(name) for name in COLUMNS if name in header}
    needed = ['wav_filename', *['transcript'] * transcripts]
    if column.keys() >= set(needed):
        return column
    for separator, name in ((';', 'semicolons'), ('\t', 'tabs')):
        if len(header) == 1 and separator in header[0]:
            raise UserError(f'{path}: the columns are separated by {name}; '
                            'save the file with commas')
    absent = [name for name in needed if name not in column]
    found = ','.join(header)
    raise UserError(f'{path}: no column {" and no column ".join(absent)}; expected the first line '
                    f'{",".join(COLUMNS)}, found {found[:80]!r}')


def _sizes(path: str, cells: Any) -> list[int]:
    """Return the sizes in bytes; 0, with a warning, where the cell is no number."""
    import pandas as pd

    numbers = pd.to_numeric(cells, errors='coerce')
    wrong = numbers.isna() & (cells.str.strip() != '')
    if wrong.any():
        log.warn(f'{path}: wav_filesize is not a number in {wrong.sum()} rows, '
                 f'such as {cells[wrong].iloc[0]!r}')
    return numbers.fillna(0).clip(0, 2**62).astype('int64').tolist()
