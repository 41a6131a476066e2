#!/usr/bin/env python3
"""Import TrainingSpeech: audiobooks in French, cut into sentences and checked by volunteers.

hours     85 in the release of 2019-04-11
audio     16 kHz, 16-bit, mono WAV
licence   CC0 for the alignment; the readings are in the public domain
page      https://github.com/nicolaspanel/TrainingSpeech
layout    ts_2019-04-11_fr_FR/data.csv, with header path,duration,text:
          la_vampire/00012.wav,3.5,"Il se leva, tout d'un coup."
          ts_2019-04-11_fr_FR/la_vampire/00012.wav
splits    none published: by text, 80 % train, 10 % dev, 10 % test; they share their readers.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import Archive, Corpus, SourceClip, hash_split, read_rows
from util.corpora.importer import main
from util.text.transcripts import Cleaning, fold_diacritics

RELEASE = '2019-04-11_fr_FR'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the option of 0.9.3."""
    parser.add_argument('--english-compatible', action='store_true', help='as --normalize')


def corpus(options: argparse.Namespace) -> Corpus:
    """Describe the corpus, with or without the letters that English lacks."""

    def clips(folder: Path, split: str) -> Iterator[SourceClip]:
        base = folder / f'ts_{RELEASE}'
        if not base.is_dir():
            return
        for row in read_rows(base / 'data.csv', ('path', 'text')):
            if hash_split(row['text'], 10, 10) == split:
                text = fold_diacritics(row['text']) if options.english_compatible else row['text']
                yield SourceClip(row['path'].removesuffix('.wav'), base / row['path'], text)

    return Corpus(
        locale='fr',
        name=f'ts_{RELEASE}', splits=('train', 'dev', 'test'), clips=clips,
        csv_name='{name}_{split}.csv', cleaning=Cleaning(remove=r'[\[\]()°*]'),
        archives=(Archive(f'https://s3.eu-west-3.amazonaws.com/audiocorp/releases/{RELEASE}.zip',
                          f'ts_{RELEASE}/data.csv', name=f'ts_{RELEASE}.zip',
                          into=f'ts_{RELEASE}'),))


if __name__ == '__main__':
    main(corpus, __doc__, add_arguments)
