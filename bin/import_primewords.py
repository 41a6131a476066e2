#!/usr/bin/env python3
"""Import Primewords Chinese Corpus Set 1: sentences read in Mandarin into telephones.

hours     99 (50,384 clips by 296 people); 9 GB
audio     16 kHz, 16-bit, mono WAV
licence   CC BY-NC-ND 4.0
page      https://www.openslr.org/47/
layout    primewords_md_2018_set1/audio_files/9/9c/9cd17e37-3e3b-4d8e-8bd7-9fa6e2bb3d6b.wav
          primewords_md_2018_set1/set1_transcript.json, a list of
          {"id": "1", "user_id": "251", "text": "先 打开 窗", "length": "5.0", "file": "9cd...wav"}
splits    none published: by speaker, 80 % train, 10 % dev, 10 % test.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import UNEXPECTED_NAME, Archive, Corpus, SourceClip, hash_split
from util.corpora.importer import main
from util.errors import UserError
from util.text import encoding
from util.text.transcripts import Cleaning


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield clips in the order of the list."""
    base = folder / 'primewords_md_2018_set1'
    if not base.is_dir():
        return
    path = base / 'set1_transcript.json'
    try:
        entries = json.loads(encoding.read(path))
    except ValueError as e:
        raise UserError(f'{path}: not JSON ({e}): fetch it again') from e
    for entry in entries if isinstance(entries, list) else ():
        fields = entry if isinstance(entry, dict) else {}
        file, text, speaker = (str(fields.get(key) or '') for key in ('file', 'text', 'user_id'))
        if hash_split(speaker, 10, 10) == split:
            yield SourceClip(file.removesuffix('.wav'),
                             base / 'audio_files' / file[:1] / file[:2] / file, text,
                             problem='' if file else UNEXPECTED_NAME, speaker=speaker)


CORPUS = Corpus(
    locale='zh',
    name='primewords', splits=('train', 'dev', 'test'), clips=clips,
    csv_name='{name}_{split}.csv', cleaning=Cleaning(spaces=False),
    archives=(Archive('https://www.openslr.org/resources/47/primewords_md_2018_set1.tar.gz',
                      'primewords_md_2018_set1/set1_transcript.json'),))

if __name__ == '__main__':
    main(CORPUS, __doc__)
