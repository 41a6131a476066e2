#!/usr/bin/env python3
"""Import AISHELL-1: sentences read in Mandarin by 400 people from all parts of China.

hours     178 (train 150, dev 18, test 10); 15 GB
audio     16 kHz, 16-bit, mono WAV
licence   Apache 2.0
page      https://www.openslr.org/33/
layout    data_aishell/wav/S0002.tar.gz, unpacked: data_aishell/wav/train/S0002/BAC009S0002W0122.wav
          data_aishell/transcript/aishell_transcript_v0.8.txt, words apart:
          BAC009S0002W0122 而 对 楼市 成交 抑制 作用 最 大 的 限 购
splits    train, dev and test as published; speakers differ. 360 clips have no transcript.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

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
from util.text.transcripts import Cleaning


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield clips by speaker, with the transcript listed under their name."""
    base = folder / 'data_aishell'
    lines = read_lines(base / 'transcript' / 'aishell_transcript_v0.8.txt')
    transcripts = dict(map(first_field, lines))
    for wav in sorted_glob(base, f'**/{split}/S*/*.wav'):
        yield SourceClip(wav.stem, wav, transcripts.get(wav.stem, ''), speaker=wav.parent.name)


CORPUS = Corpus(
    locale='zh',
    name='aishell', splits=('train', 'dev', 'test'), clips=clips,
    csv_name='{name}_{split}.csv', cleaning=Cleaning(spaces=False),
    archives=(Archive('https://www.openslr.org/resources/33/data_aishell.tgz',
                      'data_aishell/transcript/*.txt', nested='data_aishell/wav/*.tar.gz'),))

if __name__ == '__main__':
    main(CORPUS, __doc__)
