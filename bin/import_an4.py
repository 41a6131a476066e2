#!/usr/bin/env python3
"""Import AN4, the CMU census database: letters, numbers and commands, in American English.

hours     0.8 (948 training clips by 74 speakers, 130 test clips by 10)
audio     16 kHz, 16-bit, mono SPHERE, close-talking microphone, 1991
licence   free for any purpose, keep the notice (an4/LICENSE)
page      http://www.speech.cs.cmu.edu/databases/an4/
layout    an4/etc/an4_train.fileids          an4_clstk/fash/an251-fash-b
          an4/etc/an4_train.transcription    <s> U M N Y H SIX </s> (an255-fash-b)
          an4/etc/an4_test.transcription     RUBOUT G M E F THREE NINE (an406-fcaw-b)
          an4/wav/an4_clstk/fash/an251-fash-b.sph
splits    test as published; dev: one training speaker in ten; train: the others.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import UNEXPECTED_NAME, Archive, Corpus, SourceClip, read_lines
from util.corpora.importer import main
from util.text.transcripts import Cleaning

LINE = re.compile(r'(.*)\(([^()]+)\)\s*$')
FILE_ID = re.compile(r'[^/]+/([^/]+)/([^/]+)')


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield clips in the order of the fileids list, with the transcript listed under their id."""
    part = 'test' if split == 'test' else 'train'
    etc = folder / 'an4' / 'etc'
    found = filter(None, map(LINE.match, read_lines(etc / f'an4_{part}.transcription')))
    transcripts = {m[2]: m[1] for m in found}
    ids = [line.strip() for line in read_lines(etc / f'an4_{part}.fileids')]
    speakers = sorted({match[1] for match in map(FILE_ID.fullmatch, ids) if match})
    dev_speakers = set() if part == 'test' else set(speakers[::10])
    for file_id in ids:
        audio, match = folder / 'an4' / 'wav' / f'{file_id}.sph', FILE_ID.fullmatch(file_id)
        speaker, name = match.groups() if match else ('', '')
        if part == 'test' or (split == 'dev') == (speaker in dev_speakers):
            if match:
                yield SourceClip(name, audio, transcripts.get(name, ''), speaker=speaker)
            else:
                yield SourceClip(file_id, audio, '', problem=UNEXPECTED_NAME)


CORPUS = Corpus(
    locale='en',
    name='an4', splits=('train', 'dev', 'test'), clips=clips,
    archives=(Archive('http://www.speech.cs.cmu.edu/databases/an4/an4_sphere.tar.gz',
                      'an4/etc/an4_train.fileids'),),
    cleaning=Cleaning(remove=r'</?s>|<sil>'))

if __name__ == '__main__':
    main(CORPUS, __doc__)
