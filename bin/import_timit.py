#!/usr/bin/env python3
"""Import TIMIT: phonetically rich sentences in eight dialects of American English.

hours     5.4 (630 speakers, 10 sentences each)
audio     16 kHz, 16-bit, mono SPHERE named .WAV, or WAV in some editions (.WAV.wav)
licence   bought from the LDC
page      https://catalog.ldc.upenn.edu/LDC93S1
layout    TIMIT/TRAIN/DR1/FCJF0/SX37.WAV and SX37.TXT, in lower case in some editions, also in a
          folder data/; the transcript's line is first sample, last sample, sentence:
          0 46797 She had your dark suit in greasy wash water all year.
splits    as published, without the two SA sentences that every speaker reads: train (462
          speakers), test (the 24 speakers of the core test set); dev: the test set's other 144.
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
    read_text,
    sorted_glob,
)
from util.corpora.importer import main

CORE_TEST = set('MDAB0 MWBT0 FELC0 MTAS1 MWEW0 FPAS0 MJMP0 MLNT0 FPKT0 MLLL0 MTLS0 FJLM0 '
                'MBPM0 MKLT0 FNLP0 MCMJ0 MJDH0 FMGD0 MGRT0 MNJM0 FDHC0 MJLN0 MPAM0 FMLD0'.split())


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield clips by speaker; speakers of the core test set form test, other test speakers dev."""
    for transcript in sorted_glob(folder, '**/*.[Tt][Xx][Tt]'):
        above = [folder.name.upper() for folder in transcript.parents]
        speaker, region, part = [*above, '', '', ''][:3]
        if not region.startswith('DR') or part not in ('TRAIN', 'TEST') or (
                transcript.stem.upper().startswith('SA')):
            continue
        place = 'train' if part == 'TRAIN' else 'test' if speaker in CORE_TEST else 'dev'
        if place == split:
            line = read_text(transcript)
            yield SourceClip(f'{speaker}_{transcript.stem.upper()}', _audio(transcript),
                             ' '.join((line or '').strip().split('\n')[0].split()[2:]),
                             problem='' if line is not None else UNREADABLE_TRANSCRIPT,
                             speaker=speaker)


def _audio(transcript: Path) -> Path:
    """Return the clip of a transcript, whatever the spelling of names in this edition."""
    for suffix in ('.WAV', '.wav', '.WAV.wav'):
        if (audio := transcript.with_name(transcript.stem + suffix)).exists():
            return audio
    return transcript.with_suffix('.WAV')


CORPUS = Corpus(
    locale='en',
    name='timit', splits=('train', 'dev', 'test'), clips=clips,
    csv_name='{name}_{split}.csv',
    archives=(Archive('', '**/[Dd][Rr]1', name='TIMIT-LDC93S1.tgz', into='TIMIT'),),
    manual='buy it at https://catalog.ldc.upenn.edu/LDC93S1 and put TIMIT-LDC93S1.tgz, or the '
           'folder TIMIT, into the folder')

if __name__ == '__main__':
    main(CORPUS, __doc__)
