"""Finding out what is in a person's folder of recordings: tables, subtitles, text files.

Every way ends in `Recording`s. A recording that several ways describe counts once: tables and
Kaldi's lists first, then subtitles, then text files beside the audio. One that none describes is
there too, so that it is counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from util import log
from util.corpora import kaldi
from util.corpora.corpus import UNREADABLE_TRANSCRIPT
from util.corpora.pairing import (
    SEVERAL_TRANSCRIPTS,
    SUBTITLES,
    TEXTS,
    Listed,
    Names,
    beside,
    is_audio,
    pair,
)
from util.corpora.subtitles import read_subtitles, speaker_label, without_labels
from util.corpora.tables import TABLES, read_table
from util.corpora.walk import files
from util.text import encoding

NO_TRANSCRIPT = 'no transcript'


@dataclass(frozen=True)
class Recording:
    """One clip as its owner describes it.

    Attributes:
        audio: the file.
        text: what is spoken.
        speaker: who speaks, '' where it is not known.
        start: seconds into the file.
        end: seconds; None = its end.
        where: the row of the list that does, '' for a file beside the audio.
        problem: why it cannot be used.
    """

    audio: Path
    text: str = ''
    speaker: str = ''
    start: float = 0.0
    end: float | None = None
    where: str = ''
    problem: str = ''


def find(folder: Path, columns: dict[str, str], own: str, labels: bool = True) -> list[Recording]:
    """Find all recordings below a folder, in the order of their paths.

    Args:
        folder: where to look, at any depth, also behind links.
        columns: which column of tables holds "audio", "text", "speaker", where names do not tell.
        own: the name that importers give to what they write there, to be passed over.
        labels: whether names of speakers in capitals, as in `ANNA: Hello`, stay in subtitles.
    """
    there = [path for path in files(folder)
             if not _is_written(path.relative_to(folder).parts[0], own)]
    audio = [path for path in there if is_audio(path.name)]
    _count_others(folder, there)
    names = Names(audio)
    rows: list[Listed] = []
    for path in there:
        where = str(path.relative_to(folder))
        if path.suffix.lower() in TABLES:
            rows += read_table(path, where, names, columns)
        elif path.name == kaldi.LIST:
            rows += kaldi.read_kaldi(path.parent, str(path.parent.relative_to(folder)))
    found = [Recording(path, row.text, row.speaker, row.start, row.end, row.where, row.problem)
             for row, path in pair(rows, names)]
    texts = [path for path in there if path.suffix.lower() in SUBTITLES + TEXTS]
    listed = {recording.audio for recording in found}
    found += _described(audio, listed, texts, labels)
    return sorted(found, key=lambda recording: recording.audio)


def _count_others(folder: Path, there: list[Path]) -> None:
    """Say how many files are of no kind that is looked at."""
    kaldi_folders = {path.parent for path in there if path.name == kaldi.LIST}
    others = [path for path in there if not is_audio(path.name)
              and path.suffix.lower() not in (*TABLES, *SUBTITLES, *TEXTS)
              and path.parent not in kaldi_folders and not path.name.startswith('.')]
    if others:
        log.warn(f'{len(others):,} files are neither recordings nor transcripts by their names, '
                 f'such as {others[0].relative_to(folder)}: passed over')


def _is_written(name: str, own: str) -> bool:
    """Tell whether a file or folder is what an importer called `own` has written."""
    return name == 'alphabet.txt' or (name.startswith(f'{own}-') and (
        name.startswith(f'{own}-wav') or name.endswith(('.csv', '.dropped.txt', '.part'))))


def _described(audio: list[Path], listed: set[Path], texts: list[Path], labels: bool
               ) -> Iterator[Recording]:
    """Yield what files beside recordings say of those that no list has."""
    found, free = beside(audio, texts)
    labelled: list[str] = []
    for path in audio:
        text = found.get(path)
        if path in listed:
            continue
        if not text:
            yield Recording(path, problem=SEVERAL_TRANSCRIPTS if path in found else NO_TRANSCRIPT)
        elif text.suffix.lower() in SUBTITLES:
            cues = read_subtitles(text)
            labelled += [line for cue in cues for line in cue.lines if speaker_label(line)]
            for cue in cues if labels else map(without_labels, cues):
                yield Recording(path, cue.text, '', cue.start, cue.end)
            if not cues:
                yield Recording(path, problem=UNREADABLE_TRANSCRIPT)
        else:
            yield Recording(path, encoding.read(text))
    if free:
        log.warn(f'{len(free):,} text files have no recording of their name, such as {free[0]}')
    if labelled and labels:
        log.warn(f'{len(labelled):,} lines of subtitles begin with a name in capitals, such as '
                 f'{labelled[0][:40]!r}: if these are speakers, leave them out with '
                 '--drop_speaker_labels')
