#!/usr/bin/env python3
"""Import FSDD, the Free Spoken Digit Dataset: single digits, read in English.

hours     0.3 (2,500 to 3,000 clips of 0.1 to 2.3 s, trimmed)
audio     8 kHz, 16-bit, mono WAV: converted to 16 kHz, with nothing above 4 kHz
licence   CC BY-SA 4.0
page      https://github.com/Jakobovski/free-spoken-digit-dataset
layout    free-spoken-digit-dataset-master/recordings/7_jackson_32.wav
          the name is {digit}_{speaker}_{index}; there is no transcript file
splits    test: index 0 to 4, as the data set defines it; dev: 5 to 9; train: the rest.
          All have the same speakers: for an honest error rate leave a speaker out of training.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import UNEXPECTED_NAME, Archive, Corpus, SourceClip, sorted_glob
from util.corpora.importer import main

DIGITS = ('zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine')
NAME = re.compile(r'([0-9])_([^_]+)_([0-9]{1,9})')


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield one clip per file; the word is in its name."""
    for wav in sorted_glob(folder, 'free-spoken-digit-dataset*/recordings/*.wav'):
        match = NAME.fullmatch(wav.stem)
        if not match:
            if split == 'train':
                yield SourceClip(wav.stem, wav, '', problem=UNEXPECTED_NAME)
            continue
        digit, index = int(match[1]), int(match[3])
        if split == ('test' if index < 5 else 'dev' if index < 10 else 'train'):
            yield SourceClip(wav.stem, wav, DIGITS[digit], speaker=match[2])


CORPUS = Corpus(
    locale='en',
    name='fsdd', splits=('train', 'dev', 'test'), clips=clips,
    archives=(Archive(
        'https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/heads/master.zip',
        'free-spoken-digit-dataset*/recordings', name='free-spoken-digit-dataset-master.zip'),))

if __name__ == '__main__':
    main(CORPUS, __doc__)
