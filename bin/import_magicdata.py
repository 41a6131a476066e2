#!/usr/bin/env python3
"""Import MAGICDATA: sentences read in Mandarin into telephones by 1,080 people.

hours     755 (train 712, dev 14, test 28); 55 GB
audio     16 kHz, 16-bit, mono WAV; some files are shorter than their headers say
licence   CC BY-NC-ND 4.0
page      https://www.openslr.org/68/
layout    train/14_3466/14_3466_20170826171159.wav
          train/TRANS.txt, with header UtteranceID, SpeakerID, Transcription, tab-separated:
          14_3466_20170826171159.wav	14_3466	今天天气[FIL]怎么样
splits    train, dev and test as published; speakers differ.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import Archive, Corpus, SourceClip, read_rows
from util.corpora.importer import main
from util.text.transcripts import Cleaning

SPLITS = ('train', 'dev', 'test')


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield clips in the order of their list."""
    if not (folder / split / 'TRANS.txt').exists():
        return
    columns = ('UtteranceID', 'SpeakerID', 'Transcription')
    for row in read_rows(folder / split / 'TRANS.txt', columns, '\t', quotes=False):
        name, speaker, sentence = (row[column] for column in columns)
        yield SourceClip(name.removesuffix('.wav'), folder / split / speaker / name, sentence,
                         speaker=speaker)


CORPUS = Corpus(
    locale='zh',
    name='magicdata', splits=SPLITS, clips=clips, csv_name='{name}_{split}.csv',
    archives=tuple(Archive(f'https://www.openslr.org/resources/68/{split}_set.tar.gz',
                           f'{split}/TRANS.txt', splits=(split,)) for split in SPLITS),
    # [SPK] is a noise of the speaker; at [FIL] something was said that is not written down.
    cleaning=Cleaning(remove=r'\[SPK\]', reject=r'\[FIL\]', spaces=False))

if __name__ == '__main__':
    main(CORPUS, __doc__)
