"""Which recording is meant by a name in somebody's list, and which text by a name beside it.

Lists come from other machines, with other folders, spellings and formats. A name is followed as
far as it leaves no doubt; where there is one the row is left out and named, never guessed.
"""

import math
import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

AUDIO = set('.wav .wave .w64 .rf64 .bw64 .flac .ogg .oga .opus .mp3 .aiff .aif .aifc .caf .au .snd '
            '.sph .nist .voc .m4a .m4b .mp4 .aac .webm .wma .mka .mkv .mov .avi .amr .3gp'.split())
SUBTITLES = ('.srt', '.vtt')
TEXTS = ('.txt', '.lab')
LANGUAGE = re.compile(r'\.[a-z]{2,3}(?:-[a-z0-9]{2,8})*$')  # talk.de.srt, talk.pt-br.srt

MISSING_FILE = 'missing file'
SEVERAL_FILES = 'several files of this name'
OTHER_FOLDER = 'another folder than listed'
SEVERAL_TRANSCRIPTS = 'several transcripts'


@dataclass(frozen=True)
class Listed:
    """What a row of a list says.

    Attributes:
        where: the row, as "folder/list.csv:7".
        folder: of the list.
        name: of the recording, as it is written there.
        text: what is spoken.
        speaker: who speaks, '' where it is not known.
        start: seconds into the recording.
        end: seconds; None = its end.
        problem: why the row cannot be used.
    """

    where: str
    folder: Path
    name: str
    text: str = ''
    speaker: str = ''
    start: float = 0.0
    end: float | None = None
    problem: str = ''


@dataclass(frozen=True)
class Found:
    """The files that a name may mean.

    Attributes:
        paths: in doubt several.
        common: how many of the folders before the name are theirs too.
        sure: whether all are.
    """

    paths: tuple[Path, ...]
    common: int = 0
    sure: bool = True


def is_audio(name: str) -> bool:
    """Tell whether a name is one of an audio file."""
    return os.path.splitext(name)[1].lower() in AUDIO


def spelling(name: str) -> str:
    """Return what is the same of a name however capitals and accents are written."""
    return unicodedata.normalize('NFC', unicodedata.normalize('NFC', name).casefold())


class Names:
    """The recordings below a folder, found by what a list calls them."""

    def __init__(self, audio: Iterable[Path]) -> None:
        self._files: defaultdict[str, list[Path]] = defaultdict(list)
        self._stems: defaultdict[str, list[Path]] = defaultdict(list)
        for path in audio:
            self._files[spelling(path.name)].append(path)
            self._stems[spelling(path.stem)].append(path)

    def find(self, name: str, folder: Path) -> Found:
        """Find the recordings that a name in a list in `folder` may mean.

        The path from there, if there is a file; else the recordings of that name whose folders
        have most in common with it, with another suffix only if there is none with this one.
        """
        name = name.strip().removeprefix('file://').replace('\\', '/')
        if is_audio(name) and os.path.isfile(beside := os.path.normpath(folder / name)):
            return Found((Path(beside),))
        *above, last = name.split('/')
        paths = self._files.get(spelling(last)) or self._stems.get(spelling(last)) or (
            self._stems.get(spelling(os.path.splitext(last)[0])) if is_audio(last) else None)
        if not last or not paths:
            return Found(())
        above = [spelling(part) for part in above if part not in ('', '.')]
        common = {path: _common(above, path) for path in paths}
        best = [path for path in paths if common[path] == max(common.values())]
        best = [path for path in best if last in (path.name, path.stem)] or best
        count = common[best[0]]
        return Found(tuple(best), count, count == len(above))


def _common(above: list[str], path: Path) -> int:
    """Count the folders above a recording that are those before its name in a list."""
    count = 0
    for listed, real in zip(reversed(above), reversed(path.parts[:-1])):
        if listed != spelling(real):
            break
        count += 1
    return count


def pair(rows: list[Listed], names: Names) -> list[tuple[Listed, Path]]:
    """Find the recording of each row; rows in doubt get their `problem`, repeated ones go.

    Where the folders of a list are not here, a folder of recordings may stand for one of them:
    for the one that has most in common with it, if there is one.
    """
    found = [names.find(row.name, row.folder) if not row.problem else Found(()) for row in rows]
    claims: defaultdict[Path, dict[str, float]] = defaultdict(dict)  # folder -> listed -> common
    for row, match in zip(rows, found):
        for path in match.paths:
            listed = '' if match.sure else _folder(row.name)
            claims[path.parent][listed] = math.inf if match.sure else match.common
    pairs = []
    for row, match in zip(rows, found):
        if not row.problem and len(match.paths) != 1:
            row = replace(row, problem=SEVERAL_FILES if match.paths else MISSING_FILE)
        elif match.paths and not match.sure:
            others = [common for listed, common in claims[match.paths[0].parent].items()
                      if listed != _folder(row.name)]
            if max(others, default=-1) >= match.common:
                row = replace(row, problem=OTHER_FOLDER)
        pairs.append((row, row.folder / row.name if row.problem else match.paths[0]))
    return _agreeing(pairs)


def _folder(name: str) -> str:
    return name.replace('\\', '/').rpartition('/')[0]


def _agreeing(pairs: list[tuple[Listed, Path]]) -> list[tuple[Listed, Path]]:
    """Keep one of the rows that say the same of a recording; mark those that differ."""
    said: defaultdict[tuple, Counter[str]] = defaultdict(Counter)
    for row, path in pairs:
        if not row.problem:
            said[path, row.start, row.end][' '.join(row.text.split())] += 1
    kept, seen = [], set()
    for row, path in pairs:
        key = path, row.start, row.end
        if row.problem or key not in seen:
            if not row.problem and len(said[key]) > 1:
                row = replace(row, problem=SEVERAL_TRANSCRIPTS)
            elif not row.problem:
                seen.add(key)
            kept.append((row, path))
    return kept


def beside(audio: Iterable[Path], texts: Iterable[Path]
           ) -> tuple[dict[Path, Path | None], list[Path]]:
    """Find the text file of each recording: one of its name, in its folder.

    Subtitles come before plain texts; names as they are written before those that differ in
    accents' encoding or capitals, and these before subtitles with a language (talk.de.srt).

    Returns:
        recording -> its text file, None where it is not clear which one is meant; and the texts
        that are of no recording.
    """
    folders: defaultdict[Path, tuple[list[Path], list[Path]]] = defaultdict(lambda: ([], []))
    for side, paths in enumerate((audio, texts)):
        for path in paths:
            folders[path.parent][side].append(path)
    found: dict[Path, Path | None] = {}
    for recordings, free in folders.values():
        for suffixes, text_name, audio_name in WAYS:
            kind = [text for text in free if text.suffix.lower() in suffixes]
            wanted = _wanted([path for path in recordings if path not in found], kind, text_name,
                             audio_name)
            wanting = Counter(text for text, _ in {(text, path.stem) for path, texts
                                                   in wanted.items() for text in texts})
            for path, texts in wanted.items():
                clear = len(texts) == 1 and wanting[texts[0]] == 1
                found[path] = texts[0] if clear else None
            free[:] = [text for text in free if text not in wanting]
    return found, [text for _, free in folders.values() for text in free]


def _wanted(audio: list[Path], texts: list[Path], text_name: Callable[[str], str],
            audio_name: Callable[[str], str]) -> dict[Path, list[Path]]:
    """Return the texts of a recording's name: clip.txt and clip.wav.txt of clip.wav."""
    by_name: defaultdict[str, list[Path]] = defaultdict(list)
    for text in texts:
        by_name[text_name(text.stem)].append(text)
    wanted = {path: [text for name in (path.name, path.stem)
                     for text in by_name.get(audio_name(name), ())] for path in audio}
    return {path: texts for path, texts in wanted.items() if texts}


def _composed(name: str) -> str:
    return unicodedata.normalize('NFC', name)


def _untagged(name: str) -> str:
    return LANGUAGE.sub('', spelling(name))


# The ways to find a text, best first: (suffixes, what counts of its name, and of a recording's).
WAYS: list[tuple[tuple[str, ...], Callable[[str], str], Callable[[str], str]]] = [
    *(((suffix,), same, same) for suffix in SUBTITLES + TEXTS
      for same in (str, _composed, spelling)),
    (SUBTITLES, _untagged, spelling)]
