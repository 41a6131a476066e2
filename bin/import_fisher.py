#!/usr/bin/env python3
"""Import Fisher English, parts 1 and 2: telephone conversations between strangers.

hours     1,960 (11,699 conversations of 10 minutes, two channels)
audio     8 kHz mu-law SPHERE, two channels, with shorten in some editions (sph2pipe)
licence   bought from the LDC
page      https://catalog.ldc.upenn.edu/LDC2004S13  speech 1, LDC2004T19 transcripts 1,
          LDC2005S13 speech 2, LDC2005T19 transcripts 2
layout    LDC2004S13/fisher_eng_tr_sp_d1/audio/000/fe_03_00001.sph  (any depth)
          LDC2004T19/fe_03_p1_tran/data/trans/000/fe_03_00001.txt:
          7.76 9.54 A: hi um my name is [[skip]] b. j. ((carol))
splits    by conversation, 90 % train, 5 % dev, 5 % test, so that no call is in two splits.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import (
    UNREADABLE_LINE,
    Archive,
    Corpus,
    SourceClip,
    hash_split,
    number,
    read_lines,
    sorted_glob,
)
from util.corpora.importer import main
from util.text.transcripts import Cleaning

LINE = re.compile(r'([\d.]+)\s+([\d.]+)\s+([AB])\S*:\s*(.*)')
PARTS = (('LDC2004S13', 'LDC2004T19/fe_03_p1_tran'), ('LDC2005S13', 'LDC2005T19/fe_03_p2_tran'))


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield segments by conversation; speaker A is the first channel."""
    for speech, transcripts in PARTS:
        audio = {path.stem: path for path in sorted_glob(folder / speech, '**/fe_03_*.sph')}
        for trans in sorted_glob(folder / transcripts / 'data' / 'trans', '**/fe_03_*.txt'):
            if not audio or hash_split(trans.stem) != split:
                continue
            sph = audio.get(trans.stem, folder / speech / f'{trans.stem}.sph')
            for i, line in enumerate(read_lines(trans), 1):
                if match := LINE.match(line):
                    yield SourceClip(f'{trans.stem}-{match[3]}', sph, match[4], number(match[1]),
                                     number(match[2]), 'AB'.index(match[3]))
                elif not line.startswith('#'):  # a comment
                    yield SourceClip(f'{trans.stem}:{i}', sph, line, problem=UNREADABLE_LINE)


CORPUS = Corpus(
    locale='en',
    name='fisher', splits=('train', 'dev', 'test'), clips=clips,
    archives=(Archive('', 'LDC200[45]S13'),
              Archive('', 'LDC200[45]T19/fe_03_p[12]_tran/data/trans')),
    manual='buy LDC2004S13, LDC2004T19, LDC2005S13 and LDC2005T19 at '
           'https://catalog.ldc.upenn.edu/ and unpack them into folders of these names '
           '(one part alone is enough)',
    # [laughter], [noise] and partial words as "th-" go; in (( )) the transcriber had to guess,
    # at [[skip]] even that failed.
    cleaning=Cleaning(remove=r'\[[^\]]*\]|\b\w+-(?!\w)', reject=r'\(\(|\[\['))

if __name__ == '__main__':
    main(CORPUS, __doc__)
