#!/usr/bin/env python3
"""Import TED-LIUM release 2: TED talks in English, cut by their transcripts.

hours     207 (1,495 talks); 35 GB
audio     16 kHz, 16-bit, mono SPHERE, one file per talk
licence   CC BY-NC-ND 3.0
page      https://www.openslr.org/19/
layout    TEDLIUM_release2/train/sph/AlGore_2009.sph
          TEDLIUM_release2/train/stm/AlGore_2009.stm, one line per segment:
          AlGore_2009 1 AlGore_2009 15.73 28.54 <o,f0,male> i 'm going to talk about <sil> {NOISE}
          the fields are file, channel, speaker, start, end, label, text
splits    train, dev and test as published; talks marked ignore_time_segment_in_scoring are cuts
          nobody transcribed and are left out.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import (
    UNREADABLE_LINE,
    Archive,
    Corpus,
    SourceClip,
    number,
    read_lines,
    sorted_glob,
)
from util.corpora.importer import main
from util.text.transcripts import Cleaning

LINE = re.compile(r'\S+\s+\S+\s+\S+\s+([\d.]+)\s+([\d.]+)\s*(?:<[^>]*>)?(.*)')
CLITIC = re.compile(r" '(?=(?:s|m|re|ve|ll|d|t|em|til|cause)\b)")  # "i 'm" is one word: i'm


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield segments in the order of their talk; SPHERE files may have been converted to WAV."""
    for stm in sorted_glob(folder / 'TEDLIUM_release2' / split / 'stm', '*.stm'):
        audio = stm.parents[1] / 'sph' / f'{stm.stem}.sph'
        if not audio.exists() and (wav := stm.parents[1] / 'wav' / f'{stm.stem}.wav').exists():
            audio = wav
        for i, line in enumerate(read_lines(stm), 1):
            match = LINE.match(line)
            if match and match[3].strip() != 'ignore_time_segment_in_scoring':
                yield SourceClip(stm.stem, audio, CLITIC.sub("'", match[3]),
                                 number(match[1]), number(match[2]))
            elif not match and not line.startswith(';;'):  # a comment
                yield SourceClip(f'{stm.stem}:{i}', audio, line, problem=UNREADABLE_LINE)


CORPUS = Corpus(
    locale='en',
    name='ted', splits=('train', 'dev', 'test'), clips=clips,
    archives=(Archive(  # SHA-256 as torchaudio publishes it (torchaudio.datasets.TEDLIUM)
        'https://www.openslr.org/resources/19/TEDLIUM_release2.tar.gz', 'TEDLIUM_release2/*/stm',
        sha256='93281b5fcaaae5c88671c9d000b443cb3c7ea3499ad12010b3934ca41a7b9c58'),),
    # Noise {BREATH}, silence <sil>, pronunciation variants word(2); <unk> hides a spoken word.
    cleaning=Cleaning(remove=r'\{[^}]*\}|<sil>|\(\d+\)', reject=r'<unk>'))

if __name__ == '__main__':
    main(CORPUS, __doc__)
