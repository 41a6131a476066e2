#!/usr/bin/env python3
"""Split a CSV into train, dev and test.

    bin/split_csv.py all.csv                        all-train.csv, all-dev.csv, all-test.csv
    bin/split_csv.py all.csv --speaker_pattern '/(s[0-9]+)_' --dev_percent 5

The split of a row is decided by a hash of its speaker, if the pattern finds one in its path, else
of its file name: rows stay in their split when others are added. The new files are put beside the
old one, so relative paths stay valid.
"""

import argparse
import contextlib
import csv
import os
import re
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import errors, log
from util.corpora.corpus import hash_split
from util.data.manifest import COLUMNS, read_csvs
from util.errors import UserError
from util.files import whole_file

SPLITS = ('train', 'dev', 'test')


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('csv', type=Path, help='CSV file to split')
    p.add_argument('--dev_percent', type=float, default=10,
                   help='size of dev in percent (default: %(default)s)')
    p.add_argument('--test_percent', type=float, default=10,
                   help='size of test in percent (default: %(default)s)')
    p.add_argument('--speaker_pattern', type=re.compile, metavar='REGEX',
                   help='its first group, matched in wav_filename, is the speaker')
    options = p.parse_args()
    if min(options.dev_percent, options.test_percent) < 0 or (
            options.dev_percent + options.test_percent > 100):
        p.error('--dev_percent and --test_percent must not be negative or exceed 100 together')
    if options.speaker_pattern and not options.speaker_pattern.groups:
        p.error('--speaker_pattern needs a group in parentheses: (...)')
    return options


def main(options: argparse.Namespace) -> None:
    """Write the files, each by rename, and say how many rows each has."""
    rows = read_csvs([str(options.csv)])
    counts: Counter[str] = Counter()
    paths = {split: options.csv.with_name(f'{options.csv.stem}-{split}.csv') for split in SPLITS}
    with contextlib.ExitStack() as stack:
        writers = {split: csv.writer(stack.enter_context(whole_file(path, 'w')),
                                     lineterminator='\n') for split, path in paths.items()}
        for writer in writers.values():
            writer.writerow(COLUMNS)
        for row in rows:
            wav = os.path.relpath(row.wav, options.csv.parent)
            match = options.speaker_pattern.search(wav) if options.speaker_pattern else None
            if options.speaker_pattern and not match:
                raise UserError(f'{row.where}: --speaker_pattern finds no speaker in {wav!r}')
            split = hash_split(match[1] if match else os.path.basename(wav), options.dev_percent,
                               options.test_percent)
            counts[split] += 1
            size = row.size or (os.path.getsize(row.wav) if os.path.exists(row.wav) else 0)
            writers[split].writerow([wav, size, row.transcript])
    for split in SPLITS:
        print(f'{counts[split]:8,} {paths[split]}')
        if not counts[split] and getattr(options, f'{split}_percent', True):
            log.warn(f'no row fell to {split}: there are too few rows or speakers')


if __name__ == '__main__':
    log.to_stderr()
    errors.run(lambda: main(arguments()))
