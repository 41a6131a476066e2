#!/usr/bin/env python3
"""Leave a speaker of FSDD out of training: how well is a voice recognised that was never heard?

    bin/import_fsdd.py data/fsdd
    bin/fsdd_without.py data/fsdd george

Writes three files beside the imported CSVs, from all of their recordings:

    fsdd-without-george.csv          those of the other speakers
    fsdd-without-george-strings.csv  two or three by one speaker in a row, with pauses
    fsdd-only-george.csv             those of george, to test with
"""

import argparse
import csv
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import errors, log
from util.audio.reading import SAMPLE_RATE, read_audio
from util.corpora.clips import write_wav
from util.data.manifest import COLUMNS, Utterance, read_csvs
from util.errors import UserError
from util.files import path_from, whole_file

NAME = re.compile(r'\d_([a-z]+)_\d+\.wav$')
PAUSE_SECS = 0.05, 0.30  # before, between and after the digits of a string
PAUSE_LEVEL = 2.0  # deviation of its noise: a pause is not digital silence


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('folder', type=Path, help='folder of the CSVs of bin/import_fsdd.py')
    p.add_argument('speaker', help='speaker to leave out')
    p.add_argument('--strings', type=int, default=200,
                   help='number of digit strings (default: %(default)s)')
    p.add_argument('--seed', type=int, default=1, help='seed of the strings (default: 1)')
    return p.parse_args()


def main(options: argparse.Namespace) -> None:
    """Write the CSV files and say how many rows each has."""
    rows = read_csvs([str(options.folder / f'fsdd-{split}.csv')
                      for split in ('train', 'dev', 'test')])
    by_speaker: dict[str, list[Utterance]] = {}
    for row in rows:
        match = NAME.search(row.wav)
        if not match:
            raise UserError(f'{row.where}: {row.wav!r} is not named DIGIT_SPEAKER_INDEX.wav')
        by_speaker.setdefault(match[1], []).append(row)
    if options.speaker not in by_speaker or len(by_speaker) < 2:
        raise UserError(f"no speaker '{options.speaker}' to leave out; the speakers are "
                        + ', '.join(sorted(by_speaker)))
    alone = by_speaker.pop(options.speaker)
    write(options.folder / f'fsdd-only-{options.speaker}.csv',
          ((row.wav, row.transcript) for row in alone))
    without = options.folder / f'fsdd-without-{options.speaker}.csv'
    write(without, ((row.wav, row.transcript) for rows in by_speaker.values() for row in rows))
    write(without.with_name(without.stem + '-strings.csv'),
          make_strings(by_speaker, without.with_name(without.stem + '-strings'), options))


def make_strings(by_speaker: dict[str, list[Utterance]], folder: Path,
                 options: argparse.Namespace) -> Iterable[tuple[str, str]]:
    """Join recordings of one speaker and yield the path and transcript of each string."""
    rng = np.random.default_rng(options.seed)
    folder.mkdir(exist_ok=True)

    def pause() -> np.ndarray:
        return rng.normal(0, PAUSE_LEVEL, int(rng.uniform(*PAUSE_SECS) * SAMPLE_RATE))

    for number in range(options.strings):
        speaker = sorted(by_speaker)[rng.integers(len(by_speaker))]
        digits = rng.choice(np.array(by_speaker[speaker], object), rng.integers(2, 4))
        sound = [pause()]
        for digit in digits:
            sound += [read_audio(digit.wav), pause()]
        path = folder / f'{number:04}_{speaker}.wav'
        write_wav(str(path), np.round(np.concatenate(sound)).astype(np.int16))
        yield str(path), ' '.join(digit.transcript for digit in digits)


def write(path: Path, rows: Iterable[tuple[str, str]]) -> None:
    """Write a CSV file."""
    count = 0
    with whole_file(path, 'w') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(COLUMNS)
        for wav, transcript in rows:
            writer.writerow([path_from(path.parent, wav), os.path.getsize(wav), transcript])
            count += 1
    print(f'{count:8,} {path}')


if __name__ == '__main__':
    log.to_stderr()
    errors.run(lambda: main(arguments()))
