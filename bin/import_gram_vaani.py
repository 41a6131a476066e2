#!/usr/bin/env python3
"""Import Gram Vaani: spontaneous Hindi in dialects, from telephone calls to a rural service.

hours     108 (train 100, dev 5, test 3)
audio     MP3, 8 to 48 kHz, mono
licence   CC BY 4.0
page      https://www.openslr.org/118/
layout    GV_Train_100h/Audio/01-00001-01.mp3, also GV_Dev_5h, GV_Eval_3h
          GV_Train_100h/text, an id and its text: 01-00001-01 नमस्कार साथियों मैं
          or, in the first release (--csv_filename FILE), a list of addresses with header
          piece_id,audio_url,transcript_labelled,transcript,labels,content_filename,
          audio_length,user_id; the recordings are fetched to mp3/
splits    as published; the first release by user, 80 % train, 10 % dev, 10 % test.
"""

import argparse
import glob
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import (
    UNEXPECTED_NAME,
    Archive,
    Corpus,
    SourceClip,
    first_field,
    hash_split,
    read_lines,
    read_rows,
)
from util.corpora.importer import main
from util.text.transcripts import Cleaning

PARTS = {'train': 'GV_Train_100h', 'dev': 'GV_Dev_5h', 'test': 'GV_Eval_3h'}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the list of the first release."""
    parser.add_argument('-c', '--csv_filename', type=Path, metavar='FILE')


def labelled(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield clips in the order of their list."""
    base = folder / PARTS[split]
    for line in read_lines(base / 'text') if (base / 'text').exists() else ():
        name, text = first_field(line)
        yield SourceClip(name, base / 'Audio' / f'{name}.mp3', text)


def corpus(options: argparse.Namespace) -> Corpus:
    """Describe the release of 2022, or the one listed by `--csv_filename`."""
    cleaning = Cleaning(remove=r'<[^>]*>|\[[^\]]*\]')
    if not options.csv_filename:
        return Corpus(
            name='gram_vaani', locale='hi', splits=tuple(PARTS), clips=labelled, cleaning=cleaning,
            archives=tuple(Archive(f'https://www.openslr.org/resources/118/{part}.tar.gz',
                                   f'{part}/text', splits=(split,))
                           for split, part in PARTS.items()))
    rows = [row for row in read_rows(options.csv_filename, ('audio_url', 'transcript', 'user_id'))
            if row['audio_url'] and row['audio_url'] != 'audio_url']

    def listed(folder: Path, split: str) -> Iterator[SourceClip]:
        for row in rows:
            if hash_split(row['user_id'], 10, 10) == split:
                file = PurePosixPath(row['audio_url']).name
                yield SourceClip(PurePosixPath(file).stem, folder / 'mp3' / file,
                                 row['transcript'],
                                 problem='' if file in files else UNEXPECTED_NAME)

    files = {PurePosixPath(row['audio_url']).name: row['audio_url'] for row in rows}
    files = {file: url for file, url in files.items() if file not in ('', '..')}
    return Corpus(
        name='gram_vaani', locale='hi', splits=tuple(PARTS), clips=listed, cleaning=cleaning,
        csv_name='{split}.csv',
        archives=tuple(Archive(url, f'mp3/{glob.escape(file)}', name=f'mp3/{file}',
                               optional=True)
                       for file, url in files.items()))


if __name__ == '__main__':
    main(corpus, __doc__, add_arguments)
