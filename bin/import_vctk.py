#!/usr/bin/env python3
"""Import VCTK: newspaper sentences in 30 accents of English.

hours     44 (110 speakers, 400 sentences each); 11 GB
audio     48 kHz, 16-bit: FLAC from two microphones (0.92; the first is used) or WAV (0.80)
licence   CC BY 4.0 (0.92), ODC-By 1.0 (0.80)
page      https://datashare.ed.ac.uk/handle/10283/3443
layout    VCTK-Corpus-0.92/wav48_silence_trimmed/p225/p225_001_mic1.flac
          VCTK-Corpus-0.92/txt/p225/p225_001.txt: Please call Stella.
          VCTK-Corpus/wav48/p225/p225_001.wav, VCTK-Corpus/txt/... in version 0.80
splits    none published: by speaker, 90 % train, 5 % dev, 5 % test. The texts of speaker p315
          are lost.
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


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield clips by speaker; each transcript is a file of its own."""
    for text in sorted_glob(folder, 'VCTK-Corpus*/txt/*/*.txt'):
        speaker, base = text.parent.name, text.parents[2]
        if hash_split(speaker) == split:
            new = base / 'wav48_silence_trimmed' / speaker / f'{text.stem}_mic1.flac'
            old = base / 'wav48' / speaker / f'{text.stem}.wav'
            sentence = read_text(text)
            yield SourceClip(text.stem, old if old.exists() else new, sentence or '',
                             problem='' if sentence is not None else UNREADABLE_TRANSCRIPT,
                             speaker=speaker)


CORPUS = Corpus(
    locale='en',
    name='vctk', splits=('train', 'dev', 'test'), clips=clips,
    csv_name='{name}_{split}.csv',
    archives=(Archive(  # SHA-256 as torchaudio publishes it (torchaudio.datasets.VCTK_092)
        'https://datashare.ed.ac.uk/bitstream/handle/10283/3443/VCTK-Corpus-0.92.zip',
        'VCTK-Corpus*/txt/*', into='VCTK-Corpus-0.92',
        sha256='f96258be9fdc2cbff6559541aae7ea4f59df3fcaf5cf963aae5ca647357e359c'),))

if __name__ == '__main__':
    main(CORPUS, __doc__)
