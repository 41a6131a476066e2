#!/usr/bin/env python3
"""Import the Spoken Wikipedia Corpora: articles read by volunteers, aligned automatically.

hours     German 386, English 395, Dutch 224 read; about half of it aligned
audio     Ogg Vorbis, mostly 44.1 kHz, one or several files per article
licence   CC BY-SA 4.0
page      https://nats.gitlab.io/swc/
layout    german/Art_deco/audio.ogg, or audio1.ogg, audio2.ogg, ..., and aligned.swc, XML:
          <article><meta><prop key="reader.name" value="..."/></meta><d>...<s>
          <t text="1925"><n pronunciation="neunzehnhundert..." start="9410" end="10620"/></t>
          times are milliseconds from the start of the first file; what is not aligned has none
splits    none published: by reader, 80 % train, 10 % dev, 10 % test; an article without
          a named reader counts as a reader.
"""

import argparse
import math
import sys
import xml.etree.ElementTree as ET
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
    read_xml,
    sorted_glob,
)
from util.corpora.importer import main
from util.errors import AudioError

LANGUAGES = {'german': 'de', 'english': 'en', 'dutch': 'nl'}
MAX_PIECE_MS = 15_000  # longer sentences are cut between two words


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the option for the language."""
    parser.add_argument('--language', required=True, choices=tuple(LANGUAGES))


def pieces(sentence: ET.Element) -> Iterator[tuple[float, float, str]]:
    """Yield (start, end, text) of runs of aligned words, in ms, none longer than the limit.

    A word whose times are no numbers is a piece of its own, which the importer leaves out.
    """
    start, end = 0.0, 0.0
    words: list[str] = []
    for token in sentence.iter('t'):
        for word in token.iter('n'):
            aligned = 'start' in word.attrib and 'end' in word.attrib
            first, last = (number(word.get(key)) if aligned else 0.0 for key in ('start', 'end'))
            usable = aligned and math.isfinite(first) and math.isfinite(last)
            if words and (not usable or last - start > MAX_PIECE_MS):
                yield start, end, ' '.join(words)
                words = []
            text = word.get('pronunciation', '') or token.get('text', '')
            if usable:
                start, end = start if words else first, last
                words.append(text)
            elif aligned:
                yield math.nan, math.nan, text
    if words:
        yield start, end, ' '.join(words)


def corpus(options: argparse.Namespace) -> Corpus:
    """Describe the corpus of one language."""
    language = options.language

    def clips(folder: Path, split: str) -> Iterator[SourceClip]:
        for aligned in sorted_glob(folder / language, '*/aligned.swc'):
            article = aligned.parent
            root = read_xml(aligned)
            properties = {p.get('key'): p.get('value')
                          for p in (root.iter('prop') if root is not None else ())}
            if hash_split(properties.get('reader.name') or article.name, 10, 10) != split:
                continue
            if root is None:
                yield SourceClip(article.name, article / 'audio.ogg', '',
                                 problem=UNREADABLE_TRANSCRIPT)
            else:
                yield from cut(article, root)

    return Corpus(
        locale=LANGUAGES[language],
        name=f'swc-{language}', splits=('train', 'dev', 'test'), clips=clips,
        archives=(Archive('https://www2.informatik.uni-hamburg.de/nats/pub/SWC/'
                          f'SWC_{language.capitalize()}.tar', f'{language}/*/aligned.swc'),))


def cut(article: Path, root: ET.Element) -> Iterator[SourceClip]:
    """Yield the pieces of an article, each in the file that holds its beginning."""
    from util.audio.reading import audio_info  # slow to import, and --help needs none of it

    starts: list[tuple[int, Path]] = []  # where each file begins, ms
    begin = 0
    for ogg in sorted(article.glob('audio*.ogg'), key=lambda path: (len(path.name), path.name)):
        starts.append((begin, ogg))
        try:
            frames, rate, _ = audio_info(str(ogg))
        except AudioError:
            break  # what comes after a broken file cannot be placed
        begin += round(frames / rate * 1000)
    for sentence in root.iter('s'):
        for start, end, text in pieces(sentence):
            offset, ogg = max((s for s in starts if s[0] <= start),
                              default=(0, article / 'audio.ogg'))
            yield SourceClip(f'{article.name}/{ogg.stem}', ogg, text, (start - offset) / 1000,
                             (end - offset) / 1000)


if __name__ == '__main__':
    main(corpus, __doc__, add_arguments)
