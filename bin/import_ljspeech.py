#!/usr/bin/env python3
"""Import LJ Speech: one reader, seven books of non-fiction, in American English.

hours     24 (13,100 clips of 1 to 10 s); 2.6 GB
audio     22.05 kHz, 16-bit, mono WAV
licence   public domain
page      https://keithito.com/LJ-Speech-Dataset/
layout    LJSpeech-1.1/wavs/LJ001-0001.wav
          LJSpeech-1.1/metadata.csv: id|transcript|the same with numbers as words
          LJ002-0318|the year 1818|the year eighteen eighteen
splits    none published: of every 20 consecutive clips the first is dev, the second test,
          the others train. All have the same voice.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import Archive, Corpus, SourceClip, read_lines
from util.corpora.importer import main
from util.text.transcripts import Cleaning


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield one clip per line; the third field is the text as read."""
    base = folder / 'LJSpeech-1.1'
    lines = read_lines(base / 'metadata.csv') if base.is_dir() else ()
    for i, line in enumerate(lines):
        name, _, rest = line.partition('|')
        written, _, spoken = rest.partition('|')
        if split == {0: 'dev', 1: 'test'}.get(i % 20, 'train'):
            yield SourceClip(name, base / 'wavs' / f'{name}.wav', spoken or written)


CORPUS = Corpus(
    locale='en',
    name='ljspeech', splits=('train', 'dev', 'test'), clips=clips,
    archives=(Archive(  # SHA-256 as torchaudio publishes it (torchaudio.datasets.LJSPEECH)
        'https://data.keithito.com/data/speech/LJSpeech-1.1.tar.bz2', 'LJSpeech-1.1/metadata.csv',
        sha256='be1a30453f28eb8dd26af4101ae40cbf2c50413b1bb21936cbcdc6fae3de8aa5'),),
    cleaning=Cleaning(remove=r'[\[\]()]'))

if __name__ == '__main__':
    main(CORPUS, __doc__)
