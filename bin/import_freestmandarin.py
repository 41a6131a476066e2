#!/usr/bin/env python3
"""Import Free ST Chinese Mandarin Corpus: commands and chat, spoken into telephones.

hours     110 (102,600 clips by 855 people); 8 GB
audio     16 kHz, 16-bit, mono WAV
licence   CC BY-NC-ND 4.0
page      https://www.openslr.org/38/
layout    ST-CMDS-20170001_1-OS/20170001P00001A0001.wav    corpus, person, list, sentence
          ST-CMDS-20170001_1-OS/20170001P00001A0001.txt: 我找到了
splits    none published: by speaker, 90 % train, 5 % dev, 5 % test.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import (
    UNREADABLE_TRANSCRIPT,
    Archive,
    Corpus,
    SourceClip,
    hash_split,
    read_text,
    sorted_glob,
)
from util.corpora.importer import main
from util.text.transcripts import Cleaning


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield clips by speaker; each transcript is a file of its own."""
    for text in sorted_glob(folder / 'ST-CMDS-20170001_1-OS', '*.txt'):
        speaker = text.stem[8:14]
        if hash_split(speaker) == split:
            sentence = read_text(text)
            yield SourceClip(text.stem, text.with_suffix('.wav'), sentence or '',
                             problem='' if sentence is not None else UNREADABLE_TRANSCRIPT,
                             speaker=speaker)


CORPUS = Corpus(
    locale='zh',
    name='freestmandarin', splits=('train', 'dev', 'test'), clips=clips,
    csv_name='{name}_{split}.csv', cleaning=Cleaning(spaces=False),
    archives=(Archive('https://www.openslr.org/resources/38/ST-CMDS-20170001_1-OS.tar.gz',
                      'ST-CMDS-20170001_1-OS/*.txt'),))

if __name__ == '__main__':
    main(CORPUS, __doc__)
