#!/usr/bin/env python3
"""Import LDC93S1, the one-sentence sample of TIMIT: the first thing to train on.

hours     0.0008 (one clip of 2.9 s)
audio     16 kHz, 16-bit, mono WAV
licence   none given: the Linguistic Data Consortium offers the two files as a sample
page      https://catalog.ldc.upenn.edu/LDC93S1
layout    LDC93S1.wav, LDC93S1.txt; files already in the folder are used
          the transcript's line is first sample, last sample, sentence:
          0 46797 She had your dark suit in greasy wash water all year.
splits    one, ldc93s1.csv: it serves as training, validation and test set
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import Archive, Corpus, SourceClip, read_lines
from util.corpora.importer import main

ADDRESS = 'https://catalog.ldc.upenn.edu/desc/addenda/'


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield the only clip; its transcript is a line `0 46797 She had ...`."""
    for line in read_lines(folder / 'LDC93S1.txt'):
        yield SourceClip('LDC93S1', folder / 'LDC93S1.wav', ' '.join(line.split()[2:]))


CORPUS = Corpus(
    locale='en',
    name='ldc93s1', splits=('sample',), clips=clips, csv_name='ldc93s1.csv',
    archives=(Archive(ADDRESS + 'LDC93S1.wav', 'LDC93S1.wav'),
              Archive(ADDRESS + 'LDC93S1.txt', 'LDC93S1.txt')))

if __name__ == '__main__':
    main(CORPUS, __doc__)
