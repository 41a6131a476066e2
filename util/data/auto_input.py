"""One set that is given alone, split into train, dev and test: `--auto_input_dataset`.

Beside it appear `train.csv`, `dev.csv`, `test.csv` and `alphabet.txt`. Which utterance goes where
follows from a hash of its name, so that every process, and whoever has the same data, splits alike.
Once the files are there, they are used as they are.
"""

from __future__ import annotations

import contextlib
import csv
import fcntl
import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from util import log
from util.audio.places import Place
from util.corpora.corpus import hash_number
from util.data.collections.write import Form, open_target, recording
from util.data.manifest import COLUMNS, Utterance
from util.data.read import read_utterances
from util.errors import AudioError, UserError
from util.files import path_from, whole_file
from util.text.alphabet import Alphabet, alphabet_lines

SETS = ('train', 'dev', 'test')
COLLECTIONS = ('.csv', '.sdb', '.tar')
# So many samples tell a rate of a very large set within 1 %, 99 times in 100: 2.58^2 0.25 / 0.01^2
SAMPLES = 16641
SHOWN = 10  # of the characters that an alphabet does not have


@dataclass(frozen=True)
class Split:
    """Paths of the three sets, and of the alphabet."""

    train: str
    dev: str
    test: str
    alphabet: str


def split_alone(given: str, alphabet: str | None = '') -> Split:
    """Find the three sets and the alphabet beside a set, or make them of it.

    Args:
        given: a CSV, a sample database, a tar archive, or a folder with one of them.
        alphabet: the one to use; '': that beside the set, which is made if it is not there; None:
            none is needed, as the network spells in bytes.

    Raises:
        UserError: nothing can be split, some of the files are there and others are not, or the
            alphabet does not have all characters.
    """
    folder = given if os.path.isdir(given) else os.path.dirname(given) or '.'
    if ',' in folder:
        raise UserError(f'--auto_input_dataset {given}: a comma separates files, so the sets to be '
                        'made could not be named: rename the folder')
    with _alone_in(folder):
        paths = [os.path.join(folder, f'{name}.csv') for name in SETS]
        there = [path for path in paths if os.path.lexists(path)]
        if there and len(there) < len(SETS):
            if os.path.isfile(given) and os.path.basename(given) in map(os.path.basename, there):
                raise UserError(f'--auto_input_dataset {given}: the name is that of a set to be '
                                'made of it: rename the file')
            absent = [path for path in paths if path not in there]
            raise UserError(f'--auto_input_dataset {given}: {_listed(there)} {_is(there)} there '
                            f'and {_listed(absent)} {_is(absent)} not: remove what is left of an '
                            'earlier split, or put back what is missing')
        found: list[Utterance] = []
        if there:
            log.info(f'Using the sets that are there: {_listed(paths)}')
        else:
            found = _split(_source(given), folder, paths)
        train, dev, test = paths
        if alphabet is None:
            return Split(train, dev, test, '')
        return Split(train, dev, test,
                     _alphabet(found or read_utterances(paths), folder, alphabet))


def sizes(count: int) -> tuple[int, int]:
    """Return how many of so many utterances train, and how many are in dev and in test each.

    Training keeps as many as leave a share for dev and test that is large enough to tell rates of
    a set of its size.
    """
    for train in range(count, 0, -1):
        held_out = SAMPLES * train // (SAMPLES + train)
        if train + 2 * held_out <= count:
            break
    held_out = max(held_out, 1)
    return count - 2 * held_out, held_out


def _source(given: str) -> str:
    """Return the collection to be split."""
    if not os.path.isdir(given):
        return given
    found = sorted(path for ending in COLLECTIONS
                   for path in glob.glob(os.path.join(glob.escape(given), f'*{ending}')))
    if len(found) == 1:
        return found[0]
    raise UserError(f'--auto_input_dataset {given}: expected one CSV in the folder, beside '
                    f'train.csv, dev.csv and test.csv, found {_listed(found) or "none"}: '
                    'give the file itself')


def _split(source: str, folder: str, paths: Sequence[str]) -> list[Utterance]:
    """Write the three sets, and return all utterances."""
    found = read_utterances([source])
    if len(found) < len(SETS):
        raise UserError(f'--auto_input_dataset {source}: {len(found)} utterances cannot be split '
                        'into three sets: expected at least 3, or pass --train_files')
    _, held_out = sizes(len(found))
    keys = [path_from(folder, one.wav) for one in found]
    order = sorted(range(len(found)), key=lambda i: (hash_number(keys[i]), keys[i], i))
    chosen = {'test': order[:held_out], 'dev': order[held_out:2 * held_out],
              'train': order[2 * held_out:]}
    for name, path in reversed([*zip(SETS, paths)]):
        _write(path, [found[i] for i in sorted(chosen[name])])
    log.info(f'Split {source}: ' + ', '.join(
        f'{len(chosen[name])} utterances in {path}' for name, path in zip(SETS, paths)))
    return found


def _write(path: str, rows: Sequence[Utterance]) -> None:
    """Write a set; samples of a collection are written as WAV files into a folder of its name."""
    folder = os.path.dirname(path)
    if not any(isinstance(row.wav, Place) for row in rows):
        with whole_file(path, 'w') as file:
            writer = csv.writer(file, lineterminator='\n')
            writer.writerow(COLUMNS)
            writer.writerows([path_from(folder, row.wav), row.size, row.transcript]
                             for row in rows)
        return
    lost = 0
    with open_target(path, Form()) as target:
        for row in rows:
            try:
                target.add(recording(row.wav, target.form), row.transcript)
            except AudioError as error:
                lost += 1
                log.warn(row.say(f'{error}; left out ({lost} so far)'))


def _alphabet(found: Sequence[Utterance], folder: str, given: str) -> str:
    """Return the path of an alphabet with all characters of the transcripts."""
    path = given or os.path.join(folder, 'alphabet.txt')
    characters = set().union(*(one.transcript for one in found))
    if not given and not os.path.lexists(path):
        with whole_file(path, 'w') as file:
            file.write(alphabet_lines(sorted(characters)))
        log.info(f'Wrote {path}: {len(characters)} characters')
        return path
    alphabet = Alphabet.load(path)
    missing = set().union(*(alphabet.missing(one.transcript) for one in found))
    if missing:
        advice = ('omit --alphabet_config_path to have one made' if given else
                  'remove the file to have one made')
        shown = ', '.join(map(repr, sorted(missing)[:SHOWN]))
        more = f' and {len(missing) - SHOWN} more' if len(missing) > SHOWN else ''
        raise UserError(f'alphabet {path!r} does not have {shown}{more} of the transcripts: '
                        f'{advice}, or clean them')
    log.info(f'Using the alphabet {path}')
    return path


@contextlib.contextmanager
def _alone_in(folder: str) -> Iterator[None]:
    """Wait while another process of the same training makes the files."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise UserError(f"--auto_input_dataset: the folder '{folder}' cannot be read "
                        f'({error.strerror}): give a CSV, or a folder with one') from error
    try:
        with contextlib.suppress(OSError):  # file servers may know no such lock
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    except OSError as error:
        raise UserError(f"--auto_input_dataset: the sets cannot be written into '{folder}' "
                        f'({error.strerror or error}): make it writable, or copy the CSV to '
                        'another') from error
    finally:
        os.close(handle)


def _listed(paths: Sequence[str]) -> str:
    names = [os.path.basename(path) for path in paths]
    return ' and '.join(filter(None, [', '.join(names[:-1]), *names[-1:]]))


def _is(paths: Sequence[str]) -> str:
    return 'are' if paths[1:] else 'is'
