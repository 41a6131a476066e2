#!/usr/bin/env python3
"""Import MLS, Multilingual LibriSpeech: audiobooks in eight languages, in pieces of 10 to 20 s.

hours     50,800: English 44,700, German 1,970, Dutch 1,550, French 1,080, Spanish 920,
          Italian 250, Portuguese 160, Polish 100
audio     16 kHz, 16-bit, mono FLAC, or Opus at a tenth of the size (--opus)
licence   CC BY 4.0
page      https://www.openslr.org/94/
layout    mls_polish/train/audio/6892/10049/6892_10049_000000.flac      speaker/book
          mls_polish/train/transcripts.txt, id, tab, text:
          6892_10049_000000	zaczerwienił się i wstał
splits    train, dev and test as published; speakers differ. limited_supervision is not used.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import (
    UNEXPECTED_NAME,
    Archive,
    Corpus,
    SourceClip,
    first_field,
    read_lines,
)
from util.corpora.importer import main

LANGUAGES = {'dutch': 'nl', 'english': 'en', 'french': 'fr', 'german': 'de', 'italian': 'it',
             'polish': 'pl', 'portuguese': 'pt', 'spanish': 'es'}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add options for language and codec."""
    parser.add_argument('--language', required=True, choices=tuple(LANGUAGES))
    parser.add_argument('--opus', action='store_true', help='download the Opus edition')


def corpus(options: argparse.Namespace) -> Corpus:
    """Describe the corpus of one language."""
    edition = f'mls_{options.language}' + ('_opus' if options.opus else '')
    suffix = '.opus' if options.opus else '.flac'

    def clips(folder: Path, split: str) -> Iterator[SourceClip]:
        base = folder / edition / split
        if not base.is_dir():
            return
        for line in read_lines(base / 'transcripts.txt'):
            name, sentence = first_field(line)
            speaker, _, book = name.rpartition('_')[0].partition('_')
            yield SourceClip(name, base / 'audio' / speaker / book / (name + suffix), sentence,
                             problem='' if name.count('_') == 2 else UNEXPECTED_NAME,
                             speaker=speaker)

    return Corpus(
        locale=LANGUAGES[options.language],
        name=f'mls-{options.language}', splits=('train', 'dev', 'test'), clips=clips,
        archives=(Archive(f'https://dl.fbaipublicfiles.com/mls/{edition}.tar.gz',
                          f'{edition}/*/transcripts.txt'),))


if __name__ == '__main__':
    main(corpus, __doc__, add_arguments)
