"""Which recordings there are, and which text each is read from: a folder, or a list of DSAlign."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from util import log
from util.client.catalog import read_catalog
from util.corpora.pairing import SUBTITLES, TEXTS, beside, is_audio
from util.corpora.walk import files
from util.errors import UserError

NAMED = 5
LEFT_OUT = 'left_out.csv'  # a table that every target has


@dataclass(frozen=True)
class Pair:
    """A recording and its text.

    Attributes:
        audio: the recording.
        script: its text.
        name: of what is made of it: no two are the same, and none needs quotes.
        aligned: where the catalog wants the result; None: beside the clips.
    """

    audio: Path
    script: Path
    name: str
    aligned: Path | None = None


def find_pairs(source: Path, target: Path) -> list[Pair]:
    """Return the recordings of a folder that have texts, or those of a catalog.

    Args:
        source: folder, or `.catalog`.
        target: folder that is left out.

    Raises:
        UserError: there are none.
    """
    pairs = list(_catalogued(source)) if source.is_file() else list(_beside(source, target))
    if not pairs:
        raise UserError(f'{source}: no recording has a text of its name: put talk.txt, or '
                        'subtitles talk.srt, beside talk.mp3')
    return list(_named(pairs))


def _beside(folder: Path, target: Path) -> Iterator[Pair]:
    """Yield the recordings below a folder that have a text of their name."""
    if not folder.is_dir():
        raise UserError(f'{folder}: there is no such folder or catalog')
    there = list(files(folder))
    made = {target, *(path.parent / part for path in there if path.name == LEFT_OUT
                      for part in ('clips', 'rounds'))}  # by earlier runs with other targets
    there = [path for path in there if made.isdisjoint(path.parents)]
    audio = [path for path in there if is_audio(path.name)]
    kinds = (*SUBTITLES, *TEXTS, '.script')
    texts = [path for path in there if path.suffix.lower() in kinds]
    found, free = beside(audio, texts)
    scripts = {path.with_suffix(''): path for path in free if path.suffix.lower() == '.script'}
    without: list[Path] = []
    unclear: list[Path] = []
    for path in audio:
        script = found.get(path) or scripts.get(path.with_suffix(''))
        if script:
            yield Pair(path, script, path.relative_to(folder).with_suffix('').as_posix())
        else:
            (unclear if path in found else without).append(path)
    for paths, why in ((without, 'have no text'), (unclear, 'have several texts')):
        if paths:
            names = ', '.join(str(path.relative_to(folder)) for path in paths[:NAMED])
            log.warn(f'{len(paths):,} of {len(audio):,} recordings {why}: {names}'
                     + ', ...' * (len(paths) > NAMED))


def _catalogued(path: Path) -> Iterator[Pair]:
    """Yield the entries of a catalog; its paths count from its folder."""
    for entry in read_catalog(str(path), ('audio', 'script')):
        aligned = entry.get('aligned')
        yield Pair(path.parent / entry['audio'], path.parent / entry['script'],
                   Path(entry['audio']).with_suffix('').as_posix(),
                   path.parent / aligned if isinstance(aligned, str) and aligned else None)


def _named(pairs: list[Pair]) -> Iterator[Pair]:
    """Give each a name of letters, digits, `-`, `_` and folders; a number where two are alike."""
    taken: set[str] = set()
    for pair in pairs:
        ascii_only = unicodedata.normalize('NFKD', pair.name).encode('ascii', 'ignore').decode()
        plain = re.sub(r'[^A-Za-z0-9_-]+', '_', ascii_only.replace('/', '-')).strip('_-')
        base, count = plain or 'recording', 1
        name = base
        while name.lower() in taken:
            count += 1
            name = f'{base}-{count}'
        taken.add(name.lower())
        yield replace(pair, name=name)
