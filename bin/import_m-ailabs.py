#!/usr/bin/env python3
"""Import M-AILABS: audiobooks in nine languages, cut into sentences.

hours     999: German 237, American English 102, British 45, Spanish 108, Italian 127, Ukrainian
          87, Russian 46, French 190, Polish 53
audio     16 kHz, 16-bit, mono WAV, 1 to 20 s
licence   BSD-like, keep the notice; the Ukrainian part for machine learning only
page      https://www.caito.de/2019/01/03/the-m-ailabs-speech-dataset/
layout    de_DE/by_book/female/eva_k/gruenes_haus/wavs/das_gruene_haus_01_f000001.wav
          de_DE/by_book/female/eva_k/gruenes_haus/metadata.csv, id|as printed|as spoken:
          das_gruene_haus_01_f000001|Das 1. Kapitel.|Das erste Kapitel.
splits    none published: by chapter, 80 % train, 10 % dev, 10 % test; they share their readers.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import Archive, Corpus, SourceClip, hash_split, read_lines, sorted_glob
from util.corpora.importer import main

LANGUAGES = ('de_DE', 'en_UK', 'en_US', 'es_ES', 'fr_FR', 'it_IT', 'pl_PL', 'ru_RU', 'uk_UK')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add options for the language and the speakers to leave out."""
    parser.add_argument('--language', required=True, choices=LANGUAGES)
    parser.add_argument('--skiplist', default='', help='readers and books to leave out: '
                        'comma-separated parts of their paths')


def corpus(options: argparse.Namespace) -> Corpus:
    """Describe the corpus of one language."""
    language = options.language
    skipped = tuple(filter(None, options.skiplist.split(',')))

    def clips(folder: Path, split: str) -> Iterator[SourceClip]:
        for metadata in sorted_glob(folder / language, '**/metadata.csv'):
            if any(part in str(metadata.relative_to(folder)) for part in skipped):
                continue
            for line in read_lines(metadata):
                name, *texts = line.split('|')
                chapter = re.sub(r'_f\d+$', '', name)
                if hash_split(chapter, 10, 10) == split:
                    yield SourceClip(f'{metadata.parents[1].name}/{name}',
                                     metadata.parent / 'wavs' / f'{name}.wav',
                                     texts[-1] if texts else '',
                                     speaker=metadata.parents[1].name)

    return Corpus(
        locale=language,
        name='m-ailabs', splits=('train', 'dev', 'test'), clips=clips,
        csv_name=language + '_{split}.csv', csv_folder=language,
        archives=(Archive(f'https://data.solak.de/data/Training/stt_tts/{language}.tgz',
                          f'{language}/**/metadata.csv', into=language),))


if __name__ == '__main__':
    main(corpus, __doc__, add_arguments)
