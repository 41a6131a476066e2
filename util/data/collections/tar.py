"""Tar archives of samples: those of 0.9.3, with a `samples.csv`, and WebDatasets.

In a WebDataset, files of one name up to its first dot are a sample: `a/0001.wav`, `a/0001.txt`.
Recordings are read where they lie in the archive, so it is not compressed; `spool` unpacks those
that are, and brings those that lie elsewhere.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator

from util import log
from util.audio.places import Place
from util.data.csv_files import unreadable
from util.data.manifest import Utterance, parse_csv
from util.errors import UserError

LIST = 'samples.csv'
AUDIO = {'.wav', '.flac', '.ogg', '.oga', '.opus', '.mp3', '.m4a', '.mp4', '.aac', '.webm', '.wma',
         '.aiff', '.aif', '.au', '.sph', '.w64', '.amr', '.caf'}


def read_tar(path: str, transcripts: bool = True, file: str = '') -> list[Utterance]:
    """Find the samples of an archive. What is wrong with one is said when its audio is read.

    Args:
        path: what it is called.
        transcripts: are needed.
        file: where it lies; '' for its path.

    Raises:
        UserError: it holds no recordings, or no transcripts where they are needed.
    """
    try:
        members = dict(_members(path, file or path))
        if listed := members.get(LIST):
            return parse_csv(path, _content(listed), lambda name: members.get(
                os.path.normpath(name), Place(f'{path}:{name}', fault='it is not in the archive')),
                transcripts)
        found = [_sample(path, number, name, files, transcripts)
                 for number, (name, files) in enumerate(_groups(members).items())]
    except OSError as error:
        raise unreadable(path, error) from error
    if all(isinstance(each.wav, Place) and each.wav.fault == NO_AUDIO for each in found):
        raise UserError(f'{path}: no recordings in the tar archive: expected {LIST}, or files such '
                        'as 0001.wav with 0001.txt')
    if transcripts and not any(each.transcript for each in found):
        raise UserError(f'{path}: No transcript data (no .txt beside the recordings): a set to '
                        'train or to test with needs transcripts')
    return found


NO_AUDIO = 'no recording has this name'


def check_tar(path: str, file: str = '') -> None:
    """Find out whether a file is a tar archive, by its beginning; arguments as of `read_tar`."""
    try:
        with tarfile.open(file or path, 'r:'):
            pass
    except tarfile.TarError as error:
        raise UserError(f'{path}: this is no tar archive ({error})') from error


def _members(path: str, file: str) -> Iterator[tuple[str, Place]]:
    """Yield name and place of each file; a damaged archive ends early, which is said."""
    check_tar(path, file)
    size = os.path.getsize(file)
    with tarfile.open(file, 'r:') as archive:
        last, count = '', 0
        try:
            while member := archive.next():
                archive.members = []  # type: ignore[attr-defined]  # or it keeps all
                if not member.isreg():
                    continue
                last, count = member.name, count + 1
                begin, end = member.offset_data, member.offset_data + member.size
                fault = ('the archive ends in it' if end > size else
                         'it is stored with holes' if member.issparse() else '')
                yield os.path.normpath(last), Place(f'{path}:{last}', file, begin, member.size,
                                                    fault=fault)
        except tarfile.TarError as error:
            log.warn(f'{path}: the tar archive is damaged after {last!r} ({error}): the '
                     f'{count} files up to there are used')


def _groups(members: dict[str, Place]) -> dict[str, dict[str, Place]]:
    """Sort files into samples: name up to the first dot -> ending -> place."""
    groups: dict[str, dict[str, Place]] = {}
    for name, place in members.items():
        folder, base = os.path.split(name)
        stem = base.partition('.')[0]
        if stem:  # not hidden
            ending = os.path.splitext(base)[1].lower()
            groups.setdefault(os.path.join(folder, stem), {})[ending] = place
    return groups


def _sample(path: str, number: int, name: str, files: dict[str, Place],
            transcripts: bool) -> Utterance:
    recording = next((place for ending, place in files.items() if ending in AUDIO),
                     Place(f'{path}:{name}', fault=NO_AUDIO))
    text = ''
    if '.txt' in files:
        data, errors = _content(files['.txt']), 'strict' if transcripts else 'replace'
        try:
            text = ' '.join(data.decode('utf-8-sig', errors).split())
        except UnicodeDecodeError:
            recording = Place(recording, fault='the transcript is not UTF-8')
    return Utterance(recording, recording.size, text, path, number)


def _content(place: Place) -> bytes:
    with open(place.file, 'rb') as file:
        file.seek(place.offset)
        return file.read(place.size)
