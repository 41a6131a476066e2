#!/usr/bin/env python3
"""Import Common Voice Spontaneous Speech: answers to questions, transcribed by volunteers.

hours     minutes to 60 by language, 541 in 80 languages (version 5; 302 of them validated)
audio     MP3, 48 or 32 kHz, mono
licence   CC0
page      https://github.com/common-voice/cv-dataset/tree/main/datasets/spontaneous-speech
layout    the folder of one language: sps-corpus-5.0-2026-09-11-de/
          audios/spontaneous-speech-de-1.mp3
          ss-corpus-de.tsv, with header: client_id audio_id audio_file duration_ms prompt_id prompt
          transcription votes ... split ...; ss-reported-audios-de.tsv is about what was left out
          52a8ed...  1  spontaneous-speech-de-1.mp3  4212  7  Was isst du?  [noise] Brot, meist.
splits    train, dev and test as published; unassigned holds what nobody has approved, mostly
          without transcripts: --splits unassigned. Marks in square brackets are left out.
"""

import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import Archive, Corpus, SourceClip, read_rows, sorted_glob
from util.corpora.importer import main
from util.text.transcripts import Cleaning

TABLE = 'ss-corpus-'


def corpus(_options: Namespace) -> Corpus:
    """Describe the corpus of one language."""

    def clips(folder: Path, split: str) -> Iterator[SourceClip]:
        for table in sorted_glob(folder, f'{TABLE}*.tsv'):
            for row in read_rows(table, ('audio_file', 'transcription', 'split'), '\t',
                                 quotes=False):
                if row['split'] == split:
                    name = row['audio_file'].removesuffix('.mp3')
                    yield SourceClip(name, folder / 'audios' / f'{name}.mp3', row['transcription'],
                                     locale=table.stem.removeprefix(TABLE))

    return Corpus(
        name='cv_spontaneous', splits=('train', 'dev', 'test'), clips=clips,
        more_splits=('unassigned',), archives=(Archive('', f'{TABLE}*.tsv'),),
        cleaning=Cleaning(remove=r'\[[^\]]*\]'),
        manual='download a language as described on the page '
               'that --help names, unpack it, and pass the folder that contains '
               'ss-corpus-LOCALE.tsv and audios')


if __name__ == '__main__':
    main(corpus, __doc__)
