#!/usr/bin/env python3
"""Make data/demo: a small corpus of synthetic speech, spoken by espeak-ng and flite.

    bin/make_demo.py                      # rewrites data/demo
    bin/make_demo.py --out /tmp/demo --train 2000

Sentences follow the matrix tests of audiology: name, verb, number, adjective, object, each drawn
independently from 13 words. So there are only 65 words, each is heard often, and hardly any
sentence occurs twice: the network cannot learn sentences by heart and has to listen. No sentence
and no voice of the test set occurs in training: espeak-ng's voices are accent x speaker, and the
test speakers are different ones. The files are Opus at 10 kbit/s, so that the corpus is smaller
than 3 MB.

Needs the programs espeak-ng and flite (Debian packages of the same names). With the same seed and
the same versions of the two, the samples are identical.
"""
import argparse
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from util import errors, log
from util.corpora.spoken import FLITE, Utterance, Voices, need_programs, record_all

MATRIX = tuple(column.split() for column in (
    'anna peter linda oscar julia martin sophie thomas emma victor nina david laura',
    'bought sold found lost wants sees gives needs keeps paints brings hides counts',
    'two three four five six seven eight nine ten eleven twelve twenty fifty',
    'red green small large old cheap heavy pretty wooden yellow quiet broken clean',
    'chairs books flowers rings spoons windows tables ships bottles jackets toys apples houses'))

ACCENTS = ('en-us', 'en-gb', 'en-gb-x-rp', 'en-us-nyc')
TRAIN_SPEAKERS = ('m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'f1', 'f2', 'f3', 'f4', 'Andy',
                  'Annie', 'Gene', 'Hugo', 'Jacky', 'Marco', 'Michael', 'adam', 'anika', 'aunty',
                  'belinda', 'benjamin', 'boris', 'david', 'edward', 'grandma', 'iven', 'john',
                  'linda', 'max', 'pablo', 'rob', 'steph', 'travis', 'victor')
TEST_SPEAKERS = ('m8', 'f5', 'Mike', 'paul', 'steph3')
TRAIN = Voices(ACCENTS, TRAIN_SPEAKERS, FLITE, 0.1)
TEST = Voices(ACCENTS, TEST_SPEAKERS)  # flite's four are too few for a fifth


def sentences(count: int, rng: random.Random) -> list[str]:
    """Draw `count` different sentences in which the words of a column are equally frequent."""
    drawn: set[str] = set()
    while len(drawn) < count:
        columns = [rng.sample(column, len(column)) for column in MATRIX]
        drawn.update(' '.join(words) for words in zip(*columns))
    return rng.sample(sorted(drawn), count)


def make_part(name: str, voices: Voices, texts: list[str], out: pathlib.Path,
              rng: random.Random) -> None:
    """Record one set and write its CSV file."""
    utterances = []
    for index, text in enumerate(texts):
        voice = voices.draw(rng)
        utterances.append(Utterance(
            out / name / f'{index:04}-{voice.name}.opus', voice, text, text,
            rng.uniform(0.9, 1.2), rng.uniform(0.8, 1.25), rng.uniform(0.3, 0.9)))
    seconds = record_all(utterances, out / f'{name}.csv')
    size = sum(utterance.path.stat().st_size for utterance in utterances)
    print(f'{name}: {len(texts)} utterances, {seconds:.0f} s, {size / 1e6:.2f} MB, '
          f'{len(set(" ".join(texts).split()))} words')


def main() -> None:
    """Read the command line and make the corpus."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    root = pathlib.Path(__file__).resolve().parents[1]
    parser.add_argument('--out', type=pathlib.Path, default=root / 'data' / 'demo')
    parser.add_argument('--train', type=int, default=720, help='training utterances (%(default)s)')
    parser.add_argument('--dev', type=int, default=40, help='validation utterances (%(default)s)')
    parser.add_argument('--test', type=int, default=60, help='test utterances (%(default)s)')
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    need_programs()
    rng = random.Random(options.seed)
    parts = (('test', TEST, options.test), ('dev', TRAIN, options.dev),
             ('train', TRAIN, options.train))
    texts = sentences(sum(count for _, _, count in parts), rng)
    for name, voices, count in parts:
        make_part(name, voices, texts[:count], options.out, rng)
        del texts[:count]


if __name__ == '__main__':
    log.to_stderr()
    errors.run(main)
