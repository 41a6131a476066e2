#!/usr/bin/env python3
"""Import African Accented French: read and spontaneous French of Cameroon, Gabon, Chad, Niger.

hours     22 (232 speakers)
audio     16 kHz, 16-bit, mono WAV
licence   CC0
page      https://www.openslr.org/57/
layout    African_Accented_French/speech/train/yaounde/fn/...wav, one folder per part
          African_Accented_French/transcripts/train/yaounde/fn_text.txt, a path and its text:
          /data/.../ctell-fr-0001.wav la soupe est bonne
          names end in .wav, in .tdf or have no extension; Niger's list has tabs
splits    train, dev, devtest and test as published.
"""

import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

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

LISTS = {
    'train': ('transcripts/train/yaounde/fn_text.txt',
              'transcripts/train/ca16_conv/transcripts.txt',
              'transcripts/train/ca16_read/conditioned.txt'),
    'dev': ('transcripts/dev/niger_west_african_fr/transcripts.txt',
            'speech/dev/niger_west_african_fr/niger_wav_file_name_transcript.tsv'),
    'devtest': ('transcripts/devtest/ca16_read/conditioned.txt',),
    'test': ('transcripts/test/ca16/prompts.txt',)}


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield clips by folder, with the transcript listed under their name."""
    base = folder / 'African_Accented_French'
    transcripts: dict[str, str] = {}
    for path in (base / part for part in LISTS[split]):
        for line in read_lines(path) if path.exists() else ():
            name, text = first_field(line)
            transcripts[_stem(name)] = text
    for wav in sorted_glob(base / 'speech' / split, '**/*.wav'):
        yield SourceClip(str(wav.relative_to(base / 'speech' / split).with_suffix('')), wav,
                         transcripts.get(wav.stem, ''))


def _stem(name: str) -> str:
    return PurePosixPath(name).name.removesuffix('.wav').removesuffix('.tdf')


CORPUS = Corpus(
    locale='fr',
    name='African_Accented_French', splits=tuple(LISTS), clips=clips,
    csv_name='{name}_{split}.csv', csv_folder='African_Accented_French',
    archives=(Archive('https://www.openslr.org/resources/57/African_Accented_French.tar.gz',
                      'African_Accented_French/transcripts/*'),))

if __name__ == '__main__':
    main(CORPUS, __doc__)
