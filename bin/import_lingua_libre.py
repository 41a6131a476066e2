#!/usr/bin/env python3
"""Import Lingua Libre: words and short phrases, recorded by volunteers in many languages.

hours     minutes to 100, by language (French has the most)
audio     Ogg Vorbis or WAV, mono
licence   CC BY-SA 4.0, some CC0
page      https://lingualibre.org/datasets/
layout    lingua_libre/Q21-fra-French/0x010C/bonjour.ogg
          the folder is the speaker, the file's name is the text
splits    none published: by text, 80 % train, 10 % dev, 10 % test, so that no word of the test
          set is in training; they share their speakers.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import (
    Archive,
    Corpus,
    SourceClip,
    expression,
    hash_split,
    read_lines,
    sorted_glob,
)
from util.corpora.importer import main


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add options for the three parts of the archive's name, as the site lists them."""
    parser.add_argument('--qId', type=int, required=True, help='Wikidata number, e.g. 21')
    parser.add_argument('--iso639-3', required=True, help='code of the language, e.g. fra')
    parser.add_argument('--english-name', required=True, help='its English name, e.g. French')
    parser.add_argument('--bogus-records', type=Path, metavar='FILE', help='regular expressions, '
                        'one per line, for recordings to leave out (speaker/text.ogg)')


def corpus(options: argparse.Namespace) -> Corpus:
    """Describe the corpus of one language."""
    name = f'Q{options.qId}-{options.iso639_3}-{options.english_name}'
    bogus = [expression(line, '--bogus-records') for line in read_lines(options.bogus_records)
             ] if options.bogus_records else []

    def clips(folder: Path, split: str) -> Iterator[SourceClip]:
        base = folder / 'lingua_libre' / name
        for audio in sorted_glob(base, '**/*.*'):
            record = str(audio.relative_to(base))
            if audio.suffix in ('.ogg', '.wav') and hash_split(audio.stem, 10, 10) == split:
                marked = any(pattern.match(record) for pattern in bogus)
                yield SourceClip(record[:-4], audio, audio.stem,
                                 problem='in --bogus-records' if marked else '')

    return Corpus(
        locale=options.iso639_3,
        name='lingua_libre_' + name, splits=('train', 'dev', 'test'), clips=clips,
        csv_name='{name}_{split}.csv',
        archives=(Archive(f'https://lingualibre.org/datasets/{name}.zip',
                          f'lingua_libre/{name}/*', into='lingua_libre'),))


if __name__ == '__main__':
    main(corpus, __doc__, add_arguments)
