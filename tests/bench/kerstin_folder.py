#!/usr/bin/env python3
"""A folder of loose recordings with texts of one voice, as bin/run-folder.sh takes it.

    tests/bench/kerstin_folder.py KERSTIN FOLDER [--minutes 20]

KERSTIN: ../shared/data/kerstin. Its sentences in the order of their numbers, as ID.opus and ID.txt,
until there are so many minutes of them.
"""

import argparse
import csv
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from util.audio.reading import audio_info


def main():
    """Unpack what is asked for."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('kerstin', type=Path)
    p.add_argument('folder', type=Path)
    p.add_argument('--minutes', type=float, default=20)
    args = p.parse_args()
    args.folder.mkdir(parents=True)
    with open(args.kerstin / 'metadata.tsv', encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file, delimiter='\t', quoting=csv.QUOTE_NONE))
    secs = clips = 0
    with tarfile.open(args.kerstin / 'kerstin.tar') as tar:
        for row in sorted(rows, key=lambda row: row['file']):
            if secs >= 60 * args.minutes:
                break
            audio = args.folder / Path(row['file']).name
            audio.write_bytes(tar.extractfile(f'kerstin/{row["file"]}').read())
            audio.with_suffix('.txt').write_text(row['text'] + '\n', encoding='utf-8')
            frames, rate, _ = audio_info(str(audio))
            secs, clips = secs + frames / rate, clips + 1
    print(f'{clips} clips, {secs / 60:.1f} minutes')


if __name__ == '__main__':
    main()
