#!/usr/bin/env python3
"""Import Common Voice version 1 (November 2017): sentences read in English by volunteers.

hours     500 (train and valid together 254); 12 GB
audio     MP3, 44.1 or 48 kHz, mono
licence   CC0
page      https://commonvoice.mozilla.org/
layout    cv_corpus_v1/cv-valid-dev/sample-000000.mp3
          cv_corpus_v1/cv-valid-dev.csv, with header:
          filename,text,up_votes,down_votes,age,gender,accent,duration
          cv-valid-dev/sample-000000.mp3,be careful with your prognostications said ...,1,0,,,,
splits    as published; "valid" clips were approved by listeners, "other" ones are not
          reviewed yet.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import Archive, Corpus, SourceClip, read_rows
from util.corpora.importer import main

SPLITS = tuple(f'cv-{kind}-{part}' for kind in ('valid', 'other')
               for part in ('train', 'dev', 'test'))


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield clips in the order of their list."""
    base = folder / 'cv_corpus_v1'
    if (base / f'{split}.csv').exists():
        for row in read_rows(base / f'{split}.csv', ('filename', 'text')):
            name = row['filename']
            yield SourceClip(name.rpartition('/')[2].removesuffix('.mp3'), base / name, row['text'])


CORPUS = Corpus(
    locale='en',
    name='cv', splits=SPLITS, clips=clips, csv_name='{split}.csv',
    archives=(Archive('https://s3.us-east-2.amazonaws.com/common-voice-data-download/'
                      'cv_corpus_v1.tar.gz', 'cv_corpus_v1/cv-*.csv'),))

if __name__ == '__main__':
    main(CORPUS, __doc__)
