"""Finding out what is in a person's folder of recordings: tables, subtitles, text files.

Every way ends in `Recording`s. A recording that several ways describe counts once: tables
first, then subtitles, then text files beside the audio.
"""

import csv
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from util.corpora.walk import files
from util.errors import UserError

AUDIO = {'.wav', '.flac', '.ogg', '.opus', '.mp3', '.aiff', '.aif', '.sph', '.m4a', '.mp4', '.aac',
         '.webm', '.wma', '.mkv', '.mov', '.amr', '.3gp'}
TABLES = {'.csv', '.tsv', '.jsonl'}
COLUMNS = {  # names that tables in the wild give to what we need, best first
    'audio': ('wav_filename', 'audio_filepath', 'audio', 'audio_path', 'path', 'file', 'filename',
              'file_name', 'wav', 'clip', 'audio_file', 'recording', 'id'),
    'text': ('transcript', 'sentence', 'text', 'transcription', 'normalized_text', 'label',
             'utterance', 'words', 'caption'),
    'speaker': ('speaker', 'speaker_id', 'client_id', 'spk', 'user', 'user_id', 'reader'),
    'start': ('start', 'offset', 'begin', 'start_time'),
    'end': ('end', 'stop', 'end_time'),
    'duration': ('duration', 'length')}
# 00:01:02,500 --> 00:01:04,000 in SRT; hours may be missing and the comma is a point in VTT.
CUE = re.compile(r'(?:(\d+):)?(\d+):(\d+)[.,](\d+)\s+-->\s+(?:(\d+):)?(\d+):(\d+)[.,](\d+)')


@dataclass(frozen=True)
class Recording:
    """One clip as its owner describes it; seconds, None = to the end."""

    audio: Path
    text: str
    speaker: str = ''
    start: float = 0.0
    end: float | None = None


def find(folder: Path, columns: dict[str, str], skip: str) -> list[Recording]:
    """Find all recordings below a folder, in the order of their paths.

    Args:
        folder: where to look, at any depth.
        columns: which column of tables holds "audio", "text", "speaker", where names do not tell.
        skip: start of the names that importers write, to be passed over.
    """
    there = [path for path in files(folder)
             if not path.relative_to(folder).parts[0].startswith(skip)]
    audio = [path for path in there if path.suffix.lower() in AUDIO]
    found: dict[Path, list[Recording]] = {}
    for path in there:
        if path.suffix.lower() in TABLES:
            for recording in read_table(path, audio, columns):
                found.setdefault(recording.audio, []).append(recording)
    for path in audio:
        if path not in found and (beside := _beside(path)):
            found[path] = beside
    return [recording for path in sorted(found) for recording in found[path]]


def _beside(audio: Path) -> list[Recording]:
    """Read the subtitle or text file of the same name."""
    for suffix in ('.srt', '.vtt'):
        if (subtitles := audio.with_suffix(suffix)).is_file():
            return [Recording(audio, text, '', start, end)
                    for start, end, text in read_subtitles(subtitles)]
    for suffix in ('.txt', '.lab'):
        if (text := audio.with_suffix(suffix)).is_file():
            return [Recording(audio, _decode(text))]
    return []


def _decode(path: Path) -> str:
    """Return a text file's content, in UTF-8 or an encoding of old Windows programs."""
    data = path.read_bytes()
    for encoding in ('utf-8-sig', 'utf-16') if data[:2] in (b'\xff\xfe', b'\xfe\xff') else (
            'utf-8-sig', 'cp1252'):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode('utf-8', 'replace')


def read_subtitles(path: Path) -> Iterator[tuple[float, float, str]]:
    """Yield (start, end, text) of the cues of an SRT or WebVTT file, without markup."""
    for block in re.split(r'\n\s*\n', _decode(path).replace('\r\n', '\n')):
        match = CUE.search(block)
        if match:
            h, m, s, ms, h2, m2, s2, ms2 = (match[i] or '0' for i in range(1, 9))
            text = re.sub(r'<[^>]*>|\{\\[^}]*\}', '', block[match.end():].partition('\n')[2])
            yield (int(h) * 3600 + int(m) * 60 + float(f'{s}.{ms}'),
                   int(h2) * 3600 + int(m2) * 60 + float(f'{s2}.{ms2}'), text.strip())


def read_table(path: Path, audio: list[Path], columns: dict[str, str]) -> Iterator[Recording]:
    """Yield the rows of a CSV, TSV or JSONL file that name a recording, under any column names.

    A table in which no column names audio files is not about recordings: nothing is yielded.
    """
    by_name = {**{p.stem: p for p in audio}, **{p.name: p for p in audio}}

    def resolve(cell: str) -> Path | None:
        cell = cell.replace('\\', '/')
        beside = Path(os.path.normpath(path.parent / cell))
        if beside.suffix.lower() in AUDIO and beside.is_file():
            return beside
        name = cell.rpartition('/')[2]
        return by_name.get(name) or by_name.get(name.rpartition('.')[0])

    rows = _rows(path, resolve)
    if not rows:
        return
    names = list(rows[0])
    which = {use: columns.get(use) or _by_name(names, use) for use in COLUMNS}
    sample = rows[:50]
    hits = {n: sum(bool(r[n]) and resolve(r[n]) is not None for r in sample) for n in names}
    if not any(hits.values()):
        return
    for use, name in columns.items():
        if name and name not in names:
            raise UserError(f"{path}: no column {name!r} for {use}; it has {', '.join(names)}")
    if not columns.get('audio'):
        which['audio'] = max(names, key=lambda n: (hits[n], n == which['audio']))
    if not which['text']:
        others = [n for n in names if n != which['audio']]
        letters = {n: sum(sum(map(str.isalpha, r[n])) for r in sample) for n in others}
        which['text'] = max(reversed(others), key=letters.__getitem__, default='')
    for row in rows:
        cell = row[which['audio']]
        start, end = _times(row, which)
        yield Recording(resolve(cell) or path.parent / cell, row.get(which['text'], ''),
                        row.get(which['speaker'], ''), start, end)


def _rows(path: Path, resolve: Callable[[str], Path | None]) -> list[dict[str, str]]:
    """Return rows as dicts of text; without a header the columns are called 1, 2, ..."""
    text = _decode(path)
    if path.suffix.lower() == '.jsonl':
        try:
            objects = [json.loads(line) for line in text.splitlines() if line.strip()]
        except json.JSONDecodeError as e:
            raise UserError(f'{path}: not JSON lines ({e}): expected one object per line') from e
        keys = dict.fromkeys(key for o in objects if isinstance(o, dict) for key in o)
        return [{key: '' if o.get(key) is None else str(o[key]) for key in keys} for o in objects
                if isinstance(o, dict)]
    first = text.partition('\n')[0]
    delimiter = '\t' if path.suffix.lower() == '.tsv' else max(',;|\t', key=first.count)
    plain = delimiter in '|\t' and '"' not in first
    rows = csv.reader(text.splitlines(), delimiter=delimiter,
                      quoting=csv.QUOTE_NONE if plain else csv.QUOTE_MINIMAL)
    try:
        cells = [row for row in rows if row]
    except csv.Error as e:
        raise UserError(f'{path}: not a table ({e}): a quote that ends nowhere?') from e
    if not cells:
        return []
    headless = any(cell and resolve(cell) is not None for cell in cells[0])
    names = [str(i + 1) for i in range(len(cells[0]))] if headless else cells.pop(0)
    return [dict(zip(names, row + [''] * len(names))) for row in cells]


def _by_name(names: list[str], use: str) -> str:
    known = {name.strip().lower(): name for name in reversed(names)}
    return next((known[name] for name in COLUMNS[use] if name in known), '')


def _times(row: dict[str, str], which: dict[str, str]) -> tuple[float, float | None]:
    """Return (start, end) in seconds; a duration counts only beside a start."""
    def number(use: str) -> float | None:
        try:
            return float(row.get(which[use], ''))
        except ValueError:
            return None

    start, end, duration = number('start'), number('end'), number('duration')
    if end is None and start is not None and duration is not None:
        end = start + duration
    return start or 0.0, end
