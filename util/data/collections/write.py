"""Collections as bin/data_set_tool.py writes them: CSV with a folder of WAVs, SDB, tar.

    with open_target('train.sdb', Form(OPUS, bitrate=16000), labelled=True) as target:
        target.add(recording(utterance.wav, target.form), utterance.transcript)
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, Protocol

import numpy as np

from util.audio import opus, reading, wav
from util.data.collections.sdb import WAV, SdbWriter
from util.data.collections.tar import LIST
from util.data.manifest import COLUMNS
from util.errors import UserError
from util.files import whole_file

TARS = ('.tar', '.tar.gz', '.tgz')
NAME = 'sample{:08d}.wav'


@dataclass(frozen=True)
class Form:
    """How recordings are written: WAV or OPUS, and its bits per second (0: the encoder's own)."""

    kind: str = WAV
    bitrate: int = 0


Change = Callable[[np.ndarray, int], np.ndarray]


def as_it_is(samples: np.ndarray, rate: int) -> np.ndarray:
    """Change nothing."""
    return samples


class Target(Protocol):
    """What is written to."""

    form: Form

    def add(self, recording: bytes, transcript: str) -> None:
        """Add a sample, whose recording is in this form."""


def recording(path: str, form: Form, change: Change = as_it_is) -> bytes:
    """Read a recording, with its own channels at its own rate, and return it in a form.

    Args:
        path: of the recording.
        form: of what is returned.
        change: what is done to int16 [frames, channels] at a rate before.

    Raises:
        AudioError: it cannot be read.
    """
    samples, rate = reading.read_channels(path)
    samples = change(samples, rate)
    if form.kind == WAV:
        return wav.as_bytes(samples, rate)
    if samples.shape[1] > 2 or rate not in opus.RATES:
        rate_of_opus = next((each for each in opus.RATES if each >= rate), opus.RATES[-1])
        mono, _ = reading.to_mono16(samples * np.float32(1 / 32768), rate, rate_of_opus, [])
        samples, rate = mono[:, np.newaxis], rate_of_opus
    return opus.encode(samples, rate, form.bitrate)


@contextlib.contextmanager
def open_target(path: str, form: Form, labelled: bool = True, absolute: bool = False,
                include: Sequence[str] = (), webdataset: bool = False) -> Iterator[Target]:
    """Open a collection for writing; it appears under its name when all is written.

    Args:
        path: of the file; its ending decides what it is.
        form: of recordings in a database; those of others are WAV.
        labelled: with transcripts.
        absolute: write absolute paths into a CSV.
        include: files that are put beside the samples of a tar archive.
        webdataset: let a tar archive be a WebDataset, with a text file beside each recording.

    Raises:
        UserError: the ending is not known, or the folder of a CSV's recordings is there already.
    """
    if path.endswith('.sdb'):
        with whole_file(path) as file:
            database = _Database(file, form, labelled)
            yield database
            database.finish()
    elif path.endswith(TARS):
        with whole_file(path) as file, tarfile.open(
                fileobj=file, mode='w' if path.endswith('.tar') else 'w:gz') as tar:
            archive = _WebDataset(tar, labelled) if webdataset else _Archive(tar, labelled)
            yield archive
            archive.finish(include)
    elif path.endswith('.csv'):
        with _folder_of(path) as part, whole_file(path, 'w') as file:
            yield _Folder(file, path, part, labelled, absolute)
    else:
        raise UserError(f'{path}: Unknown file type: expected a target that ends with .csv, .sdb, '
                        f'{", ".join(TARS)}')


class _Database(SdbWriter):
    def __init__(self, file: IO[bytes], form: Form, labelled: bool) -> None:
        super().__init__(file, form.kind, labelled)
        self.form = form


class _Rows:
    """Writes the rows of a CSV."""

    def __init__(self, file: Any, labelled: bool) -> None:
        self._rows, self._labelled, self.count = csv.writer(file, lineterminator='\n'), labelled, 0
        self._rows.writerow(COLUMNS if labelled else COLUMNS[:2])

    def add(self, name: str, size: int, transcript: str) -> None:
        self._rows.writerow([name, size, *[transcript] * self._labelled])
        self.count += 1


class _Tar:
    """What all tar archives have."""

    form = Form()

    def __init__(self, archive: tarfile.TarFile, labelled: bool) -> None:
        self._archive, self._labelled = archive, labelled

    def _put(self, name: str, content: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        self._archive.addfile(member, io.BytesIO(content))

    def finish(self, include: Sequence[str]) -> None:
        for path in include:
            self._archive.add(path, os.path.basename(path), recursive=False)


class _WebDataset(_Tar):
    _count = 0

    def add(self, recording: bytes, transcript: str) -> None:
        name = NAME.format(self._count)
        self._put(name, recording)
        if self._labelled:
            self._put(os.path.splitext(name)[0] + '.txt', transcript.encode())
        self._count += 1


class _Archive(_Tar):
    def __init__(self, archive: tarfile.TarFile, labelled: bool) -> None:
        super().__init__(archive, labelled)
        self._text = io.StringIO()
        self._rows = _Rows(self._text, labelled)
        folder = tarfile.TarInfo('samples')
        folder.type, folder.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(folder)

    def add(self, recording: bytes, transcript: str) -> None:
        name = 'samples/' + NAME.format(self._rows.count)
        self._put(name, recording)
        self._rows.add(name, len(recording), transcript)

    def finish(self, include: Sequence[str]) -> None:
        super().finish(include)
        self._put(LIST, self._text.getvalue().encode())


@contextlib.contextmanager
def _folder_of(path: str) -> Iterator[str]:
    """Make the folder of a CSV's recordings, which gets its name when all is written."""
    folder = os.path.splitext(path)[0]
    if os.path.lexists(folder):
        raise UserError(f'{folder}: is there already: the recordings of {path} need a new folder; '
                        'remove it or give another target')
    part = folder + '.part'
    shutil.rmtree(part, ignore_errors=True)
    os.makedirs(part)
    try:
        yield part
        os.rename(part, folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


class _Folder:
    form = Form()

    def __init__(self, file: Any, path: str, part: str, labelled: bool, absolute: bool) -> None:
        folder = os.path.splitext(path)[0]
        self._part = part
        self._shown = os.path.abspath(folder) if absolute else os.path.basename(folder)
        self._rows = _Rows(file, labelled)

    def add(self, recording: bytes, transcript: str) -> None:
        name = NAME.format(self._rows.count)
        with open(os.path.join(self._part, name), 'wb') as file:
            file.write(recording)
        self._rows.add(os.path.join(self._shown, name), len(recording), transcript)
