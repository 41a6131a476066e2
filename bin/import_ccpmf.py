#!/usr/bin/env python3
"""Import CCPMF: conferences of the French ministry of economics, with their subtitles.

hours     about 450 (2012 to 2020)
audio     MP3, one file per conference
licence   Licence Ouverte 2.0
page      under the name of the first folder below:
          https://data.economie.gouv.fr/explore/dataset/transcriptionsxml_audiomp3_mefr_ccpmf_2012-2020/
layout    transcriptionsXML_audioMP3_MEFR_CCPMF_2012-2020/20181017_Innovation_750.mp3 and
          20181017_Innovation.xml: <doc><row timestamp="12.3" timedur="2.1">bonjour</row>...
          names match by the date and as many of the parts between _ as possible
          downloaded as 40 pieces .zip.001, ... of a ZIP file that contains a ZIP file
splits    none published: by conference, 80 % train, 10 % dev, 10 % test.
"""

import math
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import (
    UNREADABLE_TRANSCRIPT,
    Archive,
    Corpus,
    SourceClip,
    hash_split,
    number,
    read_lines,
    read_xml,
    sorted_glob,
)
from util.corpora.importer import main
from util.corpora.unpack import unpack
from util.text.transcripts import Cleaning

NAME = 'transcriptionsXML_audioMP3_MEFR_CCPMF_2012-2020'
PIECE = 'transcriptionsxml_audiomp3_mefr_ccpmf_2012-2020_2.zip'
LIST = ('https://data.economie.gouv.fr/explore/dataset/'
        'transcriptionsxml_audiomp3_mefr_ccpmf_2012-2020/download/?format=csv&timezone=Europe/'
        'Berlin&lang=fr&use_labels_for_header=true&csv_separator=%3B')
MAX_SECS = 10.0  # subtitles are joined up to this length
MAX_GAP_SECS = 0.3


def archives(folder: Path) -> tuple[Archive, ...]:
    """Return the pieces in the order of the list: one address per line, after a header."""
    if not (folder / 'ccpmf.csv').exists():
        return ()
    urls = [line.strip('"; ') for line in list(read_lines(folder / 'ccpmf.csv'))[1:]]
    return tuple(Archive(url, f'{PIECE}.{i:03d}|{NAME}/**/*.xml', name=f'{PIECE}.{i:03d}')
                 for i, url in enumerate(urls, 1))


def join_pieces(folder: Path) -> None:
    """Join the pieces, unpack the ZIP and the ZIP inside it."""
    pieces = sorted(folder.glob(f'{PIECE}.[0-9]*'))
    marker = folder / '.ccpmf.unpacking'
    if not pieces or (next((folder / NAME).glob('**/*.xml'), None) and not marker.exists()):
        return
    marker.touch()
    whole = folder / PIECE
    with open(whole, 'wb') as out:
        for piece in pieces:
            with open(piece, 'rb') as f:
                shutil.copyfileobj(f, out, 1 << 20)
    unpack(whole, folder / NAME)
    unpack(folder / NAME / f'{NAME}.zip', folder)
    whole.unlink()
    marker.unlink()


def recording(xml: Path, recordings: list[Path]) -> Path:
    """Find the MP3 of a transcript: same date, most name parts in common."""
    parts = xml.stem.split('_')

    def common(mp3: Path) -> int:
        return sum(a == b for a, b in zip(parts, mp3.stem.split('_')))

    same_day = [mp3 for mp3 in recordings if mp3.stem.split('_')[0] == parts[0]]
    return max(same_day, key=common, default=xml.with_suffix('.mp3'))


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield subtitles by conference, joined where one closely follows another."""
    recordings = list(sorted_glob(folder / NAME, '**/*.mp3'))
    for xml in sorted_glob(folder / NAME, '**/*.xml'):
        if hash_split(xml.stem, 10, 10) != split:
            continue
        root, mp3 = read_xml(xml), recording(xml, recordings)
        if root is None:
            yield SourceClip(xml.stem, mp3, '', problem=UNREADABLE_TRANSCRIPT)
            continue
        start, end = 0.0, 0.0
        words: list[str] = []
        for row in root.iter('row'):
            at = number(row.get('timestamp'))
            until = at + number(row.get('timedur'))
            if not math.isfinite(until):
                yield SourceClip(xml.stem, mp3, row.text or '', at, until)
                continue
            if words and (at - end > MAX_GAP_SECS or until - start > MAX_SECS):
                yield SourceClip(xml.stem, mp3, ' '.join(words), start, end)
                words = []
            start = start if words else at
            end = until
            words.append(spoken(row.text or ''))
        if words:
            yield SourceClip(xml.stem, mp3, ' '.join(words), start, end)


def spoken(text: str) -> str:
    """Spell out symbols with only one reading; numbers stay and rule their subtitle out."""
    text = text.replace('%', ' pour cent ').replace('€', ' euros ').replace('+', ' plus ')
    return re.sub(r'\bB2B\b', 'B to B', re.sub(r'\bB2C\b', 'B to C', text)).replace('[end]', ' ')


CORPUS = Corpus(
    locale='fr',
    name='ccpmf', splits=('train', 'dev', 'test'), clips=clips,
    csv_name='{name}_{split}.csv', archives=archives, prepare=join_pieces,
    index=Archive(LIST, f'ccpmf.csv|{NAME}/**/*.xml|{PIECE}.001', name='ccpmf.csv'),
    cleaning=Cleaning(remove=r'[/()\[\]]'))

if __name__ == '__main__':
    main(CORPUS, __doc__)
