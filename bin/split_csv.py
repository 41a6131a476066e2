#!/usr/bin/env python3
"""Split a CSV into train, dev and test.

    bin/split_csv.py all.csv                        all-train.csv, all-dev.csv, all-test.csv
    bin/split_csv.py all.csv --speaker_pattern '/(s[0-9]+)_' --dev_percent 5

The split of a row is decided by a hash of its speaker, if the pattern finds one in its path, else
of its file name: rows stay in their split when others are added. With three speakers or more no
set stays empty; what that can move is said in util/corpora/splits.py. The new files are put beside
the old one, so relative paths stay valid.
"""

import argparse
import contextlib
import csv
import os
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import errors, log
from util.corpora.splits import (
    SPLITS,
    add_percentages,
    check_percentages,
    divide,
    speaker_of,
    speaker_pattern,
)
from util.data.manifest import COLUMNS, Utterance, read_csvs
from util.errors import UserError
from util.files import path_from, whole_file


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('csv', type=Path, help='CSV file to split')
    add_percentages(p)
    p.add_argument('--speaker_pattern', type=speaker_pattern, metavar='REGEX',
                   help='its first group, matched in wav_filename, is the speaker')
    options = p.parse_args()
    check_percentages(p, options)
    return options


def main(options: argparse.Namespace) -> None:
    """Write the files, each by rename, and say how many rows each has."""
    rows = read_csvs([str(options.csv)])
    keys = [_key(row, options) for row in rows]
    where = divide(keys, options.dev_percent, options.test_percent)
    counts: Counter[str] = Counter()
    paths = {split: options.csv.with_name(f'{options.csv.stem}-{split}.csv') for split in SPLITS}
    with contextlib.ExitStack() as stack:
        writers = {split: csv.writer(stack.enter_context(whole_file(path, 'w')),
                                     lineterminator='\n') for split, path in paths.items()}
        for writer in writers.values():
            writer.writerow(COLUMNS)
        for row, key in zip(rows, keys):
            split = where[key]
            wav = path_from(options.csv.parent, row.wav)
            counts[split] += 1
            size = row.size or (os.path.getsize(row.wav) if os.path.exists(row.wav) else 0)
            writers[split].writerow([wav, size, row.transcript])
    for split in SPLITS:
        print(f'{counts[split]:8,} {paths[split]}')
        if not counts[split] and getattr(options, f'{split}_percent', True):
            log.warn(f'no row fell to {split}: there are too few rows or speakers')


def _key(row: Utterance, options: argparse.Namespace) -> str:
    """Return what decides on a row's split."""
    wav = path_from(options.csv.parent, row.wav)
    if not options.speaker_pattern:
        return os.path.basename(wav)
    if not (speaker := speaker_of(options.speaker_pattern, wav)):
        raise UserError(f'{row.where}: --speaker_pattern finds no speaker in {wav!r}')
    return speaker


if __name__ == '__main__':
    log.to_stderr()
    errors.run(lambda: main(arguments()))
