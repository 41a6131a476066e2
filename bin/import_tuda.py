#!/usr/bin/env python3
"""Import TUDA, German Distant Speech: sentences read in German, one metre from the microphones.

hours     36 for each of up to five microphones (147 speakers); 20 GB
audio     16 kHz, 16-bit, mono WAV
licence   CC BY 4.0
page      https://www.inf.uni-hamburg.de/en/inst/ab/lt/resources/data/acoustic-models.html
layout    german-speechdata-package-v2/train/2014-03-17-13-03-33_Kinect-Beam.wav, also
          _Kinect-RAW, _Realtek, _Samson, _Yamaha
          german-speechdata-package-v2/train/2014-03-17-13-03-33.xml:
          <recording>...<cleaned_sentence>Was wir wissen</cleaned_sentence>...</recording>
splits    train, dev and test as published; speakers and sentences differ.
"""

import argparse
import glob
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import (
    UNREADABLE_TRANSCRIPT,
    Archive,
    Corpus,
    SourceClip,
    read_xml,
    sorted_glob,
)
from util.corpora.importer import main


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add options for the release and the microphones."""
    parser.add_argument('--release', choices=('v2', 'v3'), default='v2')
    parser.add_argument('--microphones', default='', help='comma-separated, e.g. Kinect-Beam '
                        '(default: all)')


def corpus(options: argparse.Namespace) -> Corpus:
    """Describe one release of the corpus."""
    package = f'german-speechdata-package-{options.release}'
    microphones = set(filter(None, options.microphones.split(',')))

    def clips(folder: Path, split: str) -> Iterator[SourceClip]:
        for xml in sorted_glob(folder / package / split, '*.xml'):
            root = read_xml(xml)
            text = '' if root is None else root.findtext('.//cleaned_sentence') or ''
            for wav in sorted_glob(xml.parent, f'{glob.escape(xml.stem)}_*.wav'):
                if not microphones or wav.stem.rpartition('_')[2] in microphones:
                    yield SourceClip(wav.stem, wav, text.replace('CO2', 'C O zwei'),
                                     problem='' if root is not None else UNREADABLE_TRANSCRIPT)

    return Corpus(
        locale='de',
        name=f'tuda-{options.release}', splits=('train', 'dev', 'test'), clips=clips,
        archives=(Archive('http://ltdata1.informatik.uni-hamburg.de/kaldi_tuda_de/'
                          f'{package}.tar.gz', f'{package}/train/*.xml'),))


if __name__ == '__main__':
    main(corpus, __doc__, add_arguments)
