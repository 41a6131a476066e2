#!/usr/bin/env python3
"""Import LibriSpeech: audiobooks of LibriVox, read in English.

hours     982 (train 961, dev 10.7, test 10.5); 60 GB of archives, 110 GB of WAV
audio     16 kHz, 16-bit, mono FLAC, up to 35 s
licence   CC BY 4.0
page      https://www.openslr.org/12/
layout    LibriSpeech/dev-clean/84/121123/84-121123-0000.flac     speaker/chapter
          LibriSpeech/dev-clean/84/121123/84-121123.trans.txt:
          84-121123-0000 GO DO YOU HEAR
splits    as published: three for training, two each for dev and test ("clean" is easier);
          speakers differ. --splits dev-clean fetches only the archive of that split.
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

# SHA-256 as torchaudio publishes them (torchaudio.datasets.LIBRISPEECH).
SHA256 = {
    'train-clean-100': 'd4ddd1d5a6ab303066f14971d768ee43278a5f2a0aa43dc716b0e64ecbbbf6e2',
    'train-clean-360': '146a56496217e96c14334a160df97fffedd6e0a04e66b9c5af0d40be3c792ecf',
    'train-other-500': 'ddb22f27f96ec163645d53215559df6aa36515f26e01dd70798188350adcb6d2',
    'dev-clean': '76f87d090650617fca0cac8f88b9416e0ebf80350acb97b343a85fa903728ab3',
    'dev-other': '12661c48e8c3fe1de2c1caa4c3e135193bfb1811584f11f569dd12645aa84365',
    'test-clean': '39fde525e59672dc6d1551919b1478f724438a95aa55f874b576be21967e6c23',
    'test-other': 'd09c181bba5cf717b3dee7d4d592af11a3ee3a09e08ae025c5506f6ebe961c29'}


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield clips by chapter, in the order of its transcript file."""
    for transcripts in sorted_glob(folder / 'LibriSpeech' / split, '*/*/*.trans.txt'):
        for line in read_lines(transcripts):
            name, sentence = first_field(line)
            yield SourceClip(name, transcripts.parent / f'{name}.flac', sentence,
                             speaker=name.partition('-')[0])


CORPUS = Corpus(
    locale='en',
    name='librivox', splits=tuple(SHA256), clips=clips,
    archives=tuple(Archive(f'https://www.openslr.org/resources/12/{split}.tar.gz',
                           f'LibriSpeech/{split}/*', splits=(split,), sha256=sha256)
                   for split, sha256 in SHA256.items()))

if __name__ == '__main__':
    main(CORPUS, __doc__)
