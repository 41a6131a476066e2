#!/usr/bin/env python3
"""Import Common Voice since version 2: sentences read by volunteers, in over 100 languages.

hours     minutes to 3,000, by language and version
audio     MP3, 48 or 32 kHz, mono
licence   CC0
page      https://commonvoice.mozilla.org/datasets  (asks for an e-mail address)
layout    the folder of one language: cv-corpus-17.0-2024-03-15/de/
          clips/common_voice_de_17298952.mp3
          train.tsv, dev.tsv, test.tsv, validated.tsv, other.tsv, ..., with header; columns in
          any order: client_id path sentence up_votes down_votes age gender ...
          52a8ed...  common_voice_de_17298952.mp3  Zieht euch bitte draussen die Schuhe aus.  2  0
splits    train, dev and test as published (speakers differ); validated holds all clips that
          listeners approved, other those nobody has reviewed: --splits validated.
          CSVs go to the folder of the clips.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import Archive, Corpus, SourceClip, read_rows
from util.corpora.importer import main


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the tool of 0.9.3."""
    parser.add_argument('--audio_dir', type=Path, help='folder of clips (default: FOLDER/clips)')
    parser.add_argument('--space_after_every_character', action='store_true',
                        help='put a space after every character, for Chinese and Japanese')


def corpus(options: argparse.Namespace) -> Corpus:
    """Describe the corpus that the options select."""
    recordings: Path = options.audio_dir or options.folder / 'clips'

    def clips(folder: Path, split: str) -> Iterator[SourceClip]:
        if not (folder / f'{split}.tsv').exists():
            return
        for row in read_rows(folder / f'{split}.tsv', ('path', 'sentence'), '\t', quotes=False,
                             optional=('client_id', 'locale')):
            name, text = row['path'].removesuffix('.mp3'), row['sentence']
            if options.space_after_every_character:
                text = ' '.join(text.replace(' ', ''))
            yield SourceClip(name, recordings / f'{name}.mp3', text, locale=row['locale'],
                             speaker=row['client_id'])

    return Corpus(
        name='cv2', splits=('train', 'dev', 'test'), clips=clips,
        more_splits=('validated', 'other', 'invalidated'),
        csv_name='{split}.csv', csv_folder=str(recordings.resolve()),
        archives=(Archive('', '*.tsv'),),
        manual='download a language at https://commonvoice.mozilla.org/datasets, unpack it, and '
               'pass the folder that contains train.tsv and clips')


if __name__ == '__main__':
    main(corpus, __doc__, add_arguments)
