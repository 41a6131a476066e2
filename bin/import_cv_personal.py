#!/usr/bin/env python3
"""Import your own recordings out of Common Voice, as its web page gives them back to you.

    bin/import_cv_personal.py metadata.txt clips.zip
    bin/import_cv_personal.py FOLDER                    # that holds both

hours     as many as you have read
audio     MP3, 48 or 32 kHz, mono
licence   yours
page      https://commonvoice.mozilla.org/  (your profile, download my data)
layout    metadata.txt, separated by tabs, with header: original_sentence_id sentence locale ...
          4d1a...  Le chat dort.  fr
          clips.zip with clips/4d1a....mp3
splits    none: data.csv, beside the clips; bin/split_csv.py or --auto_input_dataset split it.
"""

import argparse
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import Archive, Corpus, SourceClip, read_rows, sorted_glob
from util.corpora.importer import main


def add_arguments(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    """Add the options of STT's tool."""
    parser.add_argument('zip_file', type=Path, nargs='?', metavar='ZIP',
                        help='the clips, where the first argument is the table')
    parser.add_argument('--space_after_every_character', action='store_true',
                        help='put a space after every character, for Chinese and Japanese')

    def check(options: argparse.Namespace) -> None:
        options.table = None
        if options.zip_file:
            options.table, options.folder = options.folder, options.zip_file.parent

    return check


def corpus(options: argparse.Namespace) -> Corpus:
    """Describe what the two files hold."""
    zipped: Path = options.zip_file or options.folder / 'clips.zip'
    table: Path = options.table or options.folder / 'metadata.txt'

    def clips(folder: Path, split: str) -> Iterator[SourceClip]:
        if not table.exists():
            return
        places = {mp3.stem: mp3 for mp3 in sorted_glob(folder / zipped.stem, '**/*.mp3')}
        for row in read_rows(table, ('original_sentence_id', 'sentence'), '\t', quotes=False,
                             optional=('locale',)):
            name, text = row['original_sentence_id'], row['sentence']
            if options.space_after_every_character:
                text = ' '.join(text.replace(' ', ''))
            yield SourceClip(name, places.get(name, folder / zipped.stem / f'{name}.mp3'), text,
                             locale=row['locale'])

    return Corpus(
        name='cv_personal', splits=('data',), clips=clips, csv_name='{split}.csv',
        csv_folder=zipped.stem,
        archives=(Archive('', f'{zipped.stem}/*.mp3|{zipped.stem}/*/*.mp3', name=zipped.name,
                          into=_into(zipped)),),
        manual='download your data from your profile at https://commonvoice.mozilla.org/ and pass '
               'metadata.txt and clips.zip')


def _into(zipped: Path) -> str:
    """Return where to unpack, so that the clips come to lie in a folder of the archive's name."""
    try:
        with zipfile.ZipFile(zipped) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return '.'  # said when it is to be unpacked
    return '.' if all(name.startswith(f'{zipped.stem}/') for name in names) else zipped.stem


if __name__ == '__main__':
    main(corpus, __doc__, add_arguments)
