#!/usr/bin/env python3
"""Import Att-HACK: actors say the same sentences in four social attitudes, in French.

hours     30 (20 speakers, 100 sentences, friendly, distant, dominant and seductive)
audio     WAV, mono
licence   CC BY-NC-ND 4.0
page      https://www.openslr.org/88/
layout    Volumes/CLEM_HDD/IRCAM/Open_SLR/wav/F01_a1_s001_v01.wav
          Volumes/CLEM_HDD/IRCAM/Open_SLR/txt/F01_a1_s001_v01.txt, the sentence alone
          (speaker, attitude, sentence, repetition)
splits    by a hash of the speaker, 80 % train, 10 % dev, 10 % test.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import (
    UNEXPECTED_NAME,
    UNREADABLE_TRANSCRIPT,
    Archive,
    Corpus,
    SourceClip,
    read_text,
    sorted_glob,
)
from util.corpora.importer import main
from util.corpora.splits import SPLITS, divide

BASE = 'Volumes/CLEM_HDD/IRCAM/Open_SLR'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of STT's tool."""
    parser.add_argument('--min_sec', type=float, default=0.85, metavar='SECS',
                        help='leave out shorter clips (default: %(default)g)')
    parser.add_argument('--max_sec', type=float, dest='max_seconds', metavar='SECS',
                        help='same as --max_seconds')
    parser.set_defaults(max_seconds=10.0)


def corpus(options: argparse.Namespace) -> Corpus:
    """Describe the corpus without its shortest clips."""

    def clips(folder: Path, split: str) -> Iterator[SourceClip]:
        wavs = sorted_glob(folder / BASE / 'wav', '*.wav')
        splits = divide(wav.stem.partition('_')[0] for wav in wavs)
        for wav in wavs:
            speaker, underscore, _ = wav.stem.partition('_')
            if splits[speaker] == split:
                text = read_text(folder / BASE / 'txt' / f'{wav.stem}.txt')
                problem = '' if underscore else UNEXPECTED_NAME
                if text is None:
                    problem = problem or UNREADABLE_TRANSCRIPT
                yield SourceClip(wav.stem, wav, text or '',
                                 problem=problem or _shortness(wav, options.min_sec),
                                 speaker=speaker if underscore else '')

    return Corpus(
        locale='fr', name='Att-HACK', splits=SPLITS, clips=clips, csv_name='{name}_{split}.csv',
        archives=tuple(Archive(f'https://www.openslr.org/resources/88/{part}.tgz',
                               f'{BASE}/{part}/*.{part}') for part in ('txt', 'wav')))


def _shortness(wav: Path, least_secs: float) -> str:
    """Return what to say of a clip that is too short, by its header; '' where it is not."""
    from util.audio.reading import AudioError, audio_info
    try:
        frames, rate, _ = audio_info(str(wav))
    except (AudioError, ValueError):
        return ''  # said when it is read
    return f'shorter than {least_secs:g} s' if frames / rate < least_secs else ''


if __name__ == '__main__':
    main(corpus, __doc__, add_arguments)
