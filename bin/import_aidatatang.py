#!/usr/bin/env python3
"""Import aidatatang_200zh: sentences spoken in Mandarin into telephones by 600 people.

hours     200 (train 140, dev 20, test 40); 18 GB
audio     16 kHz, 16-bit, mono WAV
licence   CC BY-NC-ND 4.0
page      https://www.openslr.org/62/
layout    aidatatang_200zh/corpus/train/G0013.tar.gz, unpacked: .../train/G0013/T0055G0013S0001.wav
          aidatatang_200zh/transcript/aidatatang_200_zh_transcript.txt, words apart:
          T0055G0002S0001 以后 你 是 男孩子
splits    train, dev and test as published; speakers differ.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import (
    Archive,
    Corpus,
    SourceClip,
    first_field,
    read_lines,
    sorted_glob,
)
from util.corpora.importer import main
from util.text.transcripts import Cleaning


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield clips by speaker, with the transcript listed under their name."""
    base = folder / 'aidatatang_200zh'
    lines = read_lines(base / 'transcript' / 'aidatatang_200_zh_transcript.txt')
    transcripts = dict(map(first_field, lines))
    for wav in sorted_glob(base / 'corpus' / split, '*/*.wav'):
        yield SourceClip(wav.stem, wav, transcripts.get(wav.stem, ''), speaker=wav.parent.name)


CORPUS = Corpus(
    locale='zh',
    name='aidatatang', splits=('train', 'dev', 'test'), clips=clips,
    csv_name='{name}_{split}.csv', cleaning=Cleaning(spaces=False),
    archives=(Archive('https://www.openslr.org/resources/62/aidatatang_200zh.tgz',
                      'aidatatang_200zh/transcript/*.txt',
                      nested='aidatatang_200zh/corpus/*/*.tar.gz'),))

if __name__ == '__main__':
    main(CORPUS, __doc__)
