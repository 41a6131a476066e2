"""The facts of a corpus, as its page in `bin/import_*.py` states them.

    CORPUS = Corpus(name="yesno", splits=("train", "test"), clips=clips,
                    archives=(Archive("https://.../waves_yesno.tar.gz", "waves_yesno"),))

The rest is `util/corpora/importer.py`'s work.
"""

import hashlib
import math
import re
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from util.corpora.tables import in_quotes, plain
from util.corpora.walk import through_links
from util.errors import UserError
from util.text import encoding
from util.text.transcripts import Cleaning

# Why a page cannot use a clip (`SourceClip.problem`)
UNEXPECTED_NAME = 'unexpected name'
UNREADABLE_TRANSCRIPT = 'unreadable transcript'
UNREADABLE_LINE = 'unreadable line'


@dataclass(frozen=True)
class SourceClip:
    """One clip of a corpus: what its page's generator yields.

    Attributes:
        id: unique in its split; becomes the WAV's name and may hold folders ("speaker/clip").
        audio: the recording.
        transcript: as the corpus has it; "" is dropped and counted.
        start: seconds into the recording.
        end: seconds; None = its end.
        channel: 0, 1, ...; None = all, mixed down.
        problem: why the page cannot use the clip; it is dropped and counted.
        locale: of the language, where the corpus names it clip by clip.
        speaker: who speaks, for the CSV; '' where that is not known.
    """

    id: str
    audio: Path
    transcript: str
    start: float = 0.0
    end: float | None = None
    channel: int | None = None
    problem: str = ''
    locale: str = ''
    speaker: str = ''


@dataclass(frozen=True)
class Archive:
    """One file of a corpus, and what shows that it has been unpacked.

    Attributes:
        url: where it is; "" = the user must get it (with no name either: it comes as a folder).
        provides: globs, relative to the corpus folder, separated by "|": one of them matches once
          it is unpacked.
        name: the file's name, where the address does not end in it.
        into: folder to unpack into, relative to the corpus folder.
        splits: splits that need it; () = all.
        nested: glob of archives inside, unpacked where they lie.
        size, sha256: where a published source gives them.
        optional: that the server lacks it costs its clips only.
    """

    url: str
    provides: str
    name: str = ''
    into: str = '.'
    splits: tuple[str, ...] = ()
    nested: str = ''
    size: int = 0
    sha256: str = ''
    optional: bool = False

    @property
    def file(self) -> str:
        """The name it has in the corpus folder."""
        return self.name or PurePosixPath(self.url).name


@dataclass(frozen=True)
class Corpus:
    """The facts of a corpus page.

    Attributes:
        name: first part of the CSVs' names.
        splits: their names, in the order of the report.
        clips: (folder, split) -> generator, in a stable order.
        more_splits: others that are made when asked for.
        archives: what to fetch, or a function of the folder that finds out.
        index: a file that such a function reads; fetched first.
        prepare: what is to be done when the archives are unpacked.
        finish: what is to be done when the CSVs are written; gets the folder and the tallies.
        source: where the recordings are, if not in the folder.
        manual: for corpora that are bought or requested: where, and what to put into the folder.
        few: what to do about a split without clips.
        locale: of its language, '' where clips or the user name it.
        cleaning: what to strip from transcripts, beyond the common rules.
        csv_name: pattern of the CSVs' names.
        csv_folder: where they go, relative to the corpus folder.
    """

    name: str
    splits: tuple[str, ...]
    clips: Callable[[Path, str], Iterator[SourceClip]]
    more_splits: tuple[str, ...] = ()
    archives: tuple[Archive, ...] | Callable[[Path], tuple[Archive, ...]] = ()
    index: Archive | None = None
    prepare: Callable[[Path], object] = lambda folder: None
    finish: Callable[[Path, dict[str, 'Tally']], object] = lambda folder, tallies: None
    source: Path | None = None
    manual: str = ''
    few: str = ''
    locale: str = ''
    cleaning: Cleaning = Cleaning()
    csv_name: str = '{name}-{split}.csv'
    csv_folder: str = '.'


@dataclass
class Tally:
    """What became of a split."""

    csv: str
    clips: int = 0
    secs: float = 0.0
    dropped: Counter[str] = field(default_factory=Counter)
    dropped_secs: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    examples: dict[str, str] = field(default_factory=dict)  # reason -> the first clip's name
    missing: Counter[str] = field(default_factory=Counter)  # characters the alphabet lacks

    def drop(self, reason: str, secs: float, name: str) -> None:
        """Count one clip that is left out."""
        self.dropped[reason] += 1
        self.dropped_secs[reason] += secs
        self.examples.setdefault(reason, name)

    def to_json(self) -> dict[str, object]:
        """Return the content of `--json`."""
        return {'csv': self.csv, 'clips': self.clips, 'hours': round(self.secs / 3600, 4),
                'dropped': {reason: {'clips': n,
                                     'hours': round(self.dropped_secs[reason] / 3600, 4),
                                     'example': self.examples[reason]}
                            for reason, n in self.dropped.most_common()},
                'missing_characters': dict(self.missing.most_common())}


def hash_number(key: str) -> float:
    """Return a number in [0, 100) that looks random and is always the same for a key."""
    digest = hashlib.sha256(key.encode('utf-8', 'surrogatepass')).digest()
    return int.from_bytes(digest[:4], 'big') / 2 ** 32 * 100


def hash_split(key: str, dev_percent: float = 5, test_percent: float = 5) -> str:
    """Assign train, dev or test by a hash: a speaker keeps its split as the corpus grows."""
    number = hash_number(key)
    return 'test' if number < test_percent else (
        'dev' if number < test_percent + dev_percent else 'train')


def read_lines(path: Path) -> Iterator[str]:
    """Yield the non-empty lines of a transcript file, without line ends; bad bytes are U+FFFD."""
    with open(path, 'rb') as f:
        for line in encoding.lines(f, str(path)):
            if line := line.rstrip('\r\n'):
                yield line


def first_field(line: str) -> tuple[str, str]:
    """Return what comes before the first white space of a line, tabs or spaces, and the rest."""
    name, *rest = re.split(r'\s+', line, maxsplit=1)
    return name, ''.join(rest)


def read_rows(path: Path, columns: tuple[str, ...], delimiter: str = ',',
              quotes: bool = True, optional: tuple[str, ...] = ()) -> Iterator[dict[str, str]]:
    """Return the rows of a table with a header; cells that are missing or cannot be read are empty.

    So are all cells of a row with more than the header has, where text holds the delimiter, and
    the last one of a row with fewer, which has been cut off.

    Args:
        path: the table.
        columns: those that are read, by the header's names.
        delimiter: between cells.
        quotes: whether quotes hold a cell together; otherwise they are characters.
        optional: columns that a table may lack.

    Raises:
        UserError: the header lacks a column.
    """
    lines = (line + '\n' for line in read_lines(path))
    rows = in_quotes(lines, delimiter) if quotes else plain(lines, delimiter)
    names = next((cells for _, cells in rows if cells), [])
    if missing := [column for column in columns if names and column not in names]:
        raise UserError(f"{path}: has no column {missing[0]!r}, only {', '.join(names)}: this is "
                        'another table than expected, or its layout has changed')
    for _, cells in rows:
        whole = cells is not None and not any(cells[len(names):])
        row = dict(zip(names, cells)) if cells is not None and whole else {}
        if row and len(row) < len(names):
            row.popitem()
        yield {column: row.get(column, '') for column in columns + optional}


def read_text(path: Path) -> str | None:
    """Return a transcript from a file, bad bytes as U+FFFD; None where it is unreadable."""
    try:
        return encoding.read(path)
    except OSError:
        return None


def read_xml(path: Path) -> ET.Element | None:
    """Return the root of an XML file, or None where it is damaged."""
    try:
        return ET.parse(path).getroot()
    except (ET.ParseError, ValueError, LookupError, OSError):  # also an encoding nobody knows
        return None


def expression(text: str, option: str) -> re.Pattern[str]:
    """Return a regular expression that the user gave by an option.

    Raises:
        UserError: it is none.
    """
    try:
        return re.compile(text)
    except re.error as e:
        raise UserError(f'{option}: {text!r} is not a regular expression ({e})') from e


def number(text: str | None) -> float:
    """Return the number that a text is, or NaN: the importer leaves clips of such times out."""
    try:
        return float(text or math.nan)
    except ValueError:
        return math.nan


def sorted_glob(folder: Path, pattern: str) -> Iterable[Path]:
    """Return the files below a folder in a stable order; none if the folder is missing."""
    return sorted(through_links(folder, pattern)) if folder.is_dir() else ()
