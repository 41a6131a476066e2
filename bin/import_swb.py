#!/usr/bin/env python3
"""Import Switchboard-1 release 2: telephone conversations in American English.

hours     260 (2,438 conversations, two channels)
audio     8 kHz mu-law SPHERE, two channels, compressed with shorten (needs sph2pipe)
licence   bought from the LDC; the transcripts (ISIP, Mississippi State, 1998) are free
page      https://catalog.ldc.upenn.edu/LDC97S62  and  https://www.openslr.org/5/
layout    LDC97S62/swb1_d1/data/sw02001.sph, also without data/ (discs 1 to 4)
          LDC97S62/swb_ms98_transcriptions/20/2001/sw2001A-ms98-a-trans.text:
          sw2001A-ms98-a-0022 37.600625 43.281125 uh-huh [laughter] i-[t]- it's [laughter-fun]
splits    by conversation, 90 % train, 5 % dev, 5 % test, so that no call is in two splits.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import (
    UNEXPECTED_NAME,
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

SPOKEN = re.compile(r'\[laughter-([^\]]+)\]')  # a word said while laughing
CORRECTED = re.compile(r'\[[^\]/]*/([^\]]+)\]')  # [said/meant]: keep what the dictionary has
COINED = re.compile(r'\{([^}]+)\}')  # a word nobody else uses
VARIANT = re.compile(r'_\d+\b')  # about_1: another pronunciation


def spoken_words(raw: str) -> str:
    """Return the words of an ISIP transcript: those in tags are kept, partial words are not."""
    raw = SPOKEN.sub(r'\1', raw)
    raw = CORRECTED.sub(r'\1', raw)
    return VARIANT.sub('', COINED.sub(r'\1', raw))


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield segments by conversation and side; side A is the first channel."""
    base = folder / 'LDC97S62'
    audio = {path.stem[-4:]: path for path in sorted_glob(base, 'swb1_d*/**/sw*.sph')}
    for trans in sorted_glob(base / 'swb_ms98_transcriptions', '**/*-trans.text'):
        conversation, side = trans.name[2:6], trans.name[6]
        if hash_split(conversation) != split:
            continue
        sph = audio.get(conversation, base / f'sw0{conversation}.sph')
        for i, line in enumerate(read_lines(trans), 1):
            fields = line.split(maxsplit=3)
            if len(fields) < 4:
                yield SourceClip(f'{trans.stem}:{i}', sph, line, problem=UNREADABLE_LINE)
            elif fields[3].strip() not in ('[silence]', '[noise]'):
                yield SourceClip(fields[0], sph, spoken_words(fields[3]),
                                 number(fields[1]), number(fields[2]), 'AB'.find(side),
                                 problem='' if side in 'AB' else UNEXPECTED_NAME)


CORPUS = Corpus(
    locale='en',
    name='swb', splits=('train', 'dev', 'test'), clips=clips,
    archives=(
        Archive('', 'LDC97S62/swb1_d*', name='swb1_LDC97S62.tgz', into='LDC97S62'),
        Archive('https://www.openslr.org/resources/5/switchboard_word_alignments.tar.gz',
                'LDC97S62/swb_ms98_transcriptions', into='LDC97S62')),
    manual='buy it at https://catalog.ldc.upenn.edu/LDC97S62 and put swb1_LDC97S62.tgz, or the '
           'folder LDC97S62 with swb1_d1 to swb1_d4, into the folder',
    # [noise], [vocalized-noise], <b_aside>; partial words as "i-", "wi[th]-" and "-[ex]cept"
    cleaning=Cleaning(remove=r'<[^>]*>|(?<!\S)-\S+|\S+-(?!\S)|'
                             r'\[(?:[a-z-]*noise|laughter|silence)\]'))

if __name__ == '__main__':
    main(CORPUS, __doc__)
