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
import concurrent.futures
import csv
import dataclasses
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import soundfile
import soxr

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from util import errors, log
from util.errors import UserError

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
FLITE = ('slt', 'rms', 'awb', 'kal16')    # in training only: four are too few for a fifth

SAMPLE_RATE = 16000     # Hz
BIT_RATE = 10000        # bit/s; libsndfile maps its compression level 0..1 to 256000..6000


@dataclasses.dataclass(frozen=True)
class Voice:
    """A speaker of one of the two programs."""
    program: str
    name: str

    def speak(self, text: str, path: str, speed: float, pitch: float) -> None:
        """Write a WAV file; speed and pitch are factors (flite has its own pitch)."""
        if self.program == 'espeak-ng':
            command = ['espeak-ng', '-v', self.name, '-s', f'{165 * speed:.0f}',
                       '-p', f'{50 * pitch:.0f}', '-w', path, text]
        else:
            command = ['flite', '-voice', self.name, '--setf', f'duration_stretch={1 / speed:.3f}',
                       '-t', text, '-o', path]
        subprocess.run(command, check=True, capture_output=True)


@dataclasses.dataclass(frozen=True)
class Part:
    """One of the corpus's sets."""
    name: str
    count: int
    speakers: tuple[str, ...]
    flite: tuple[str, ...]

    def draw_voice(self, rng: random.Random) -> Voice:
        """Draw one of the voices; a tenth of the utterances are spoken by flite, if it is there."""
        if self.flite and rng.random() < 0.1:
            return Voice('flite', rng.choice(self.flite))
        return Voice('espeak-ng', f'{rng.choice(ACCENTS)}+{rng.choice(self.speakers)}')


def sentences(count: int, rng: random.Random) -> list[str]:
    """Draw `count` different sentences in which the words of a column are equally frequent."""
    drawn: set[str] = set()
    while len(drawn) < count:
        columns = [rng.sample(column, len(column)) for column in MATRIX]
        drawn.update(' '.join(words) for words in zip(*columns))
    return rng.sample(sorted(drawn), count)


def trimmed(samples: np.ndarray) -> np.ndarray:
    """Cut silence at both ends down to 60 ms.

    Args:
        samples: float32 [sample] at SAMPLE_RATE.
    """
    loud = np.flatnonzero(np.abs(samples) > 0.02 * np.abs(samples).max())
    margin = SAMPLE_RATE * 60 // 1000
    return samples[max(0, loud[0] - margin):loud[-1] + margin]


def record(path: pathlib.Path, voice: Voice, text: str, speed: float, pitch: float,
           peak: float) -> float:
    """Speak one sentence into an Opus file and return its duration in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        spoken = os.path.join(folder, 'spoken.wav')
        voice.speak(text, spoken, speed, pitch)
        samples, rate = soundfile.read(spoken, dtype='float32')
    samples = trimmed(soxr.resample(samples, rate, SAMPLE_RATE))
    samples *= peak / np.abs(samples).max()
    soundfile.write(path, samples, SAMPLE_RATE, format='OGG', subtype='OPUS',
                    compression_level=1 - (BIT_RATE - 6000) / 250000)
    return len(samples) / SAMPLE_RATE


def make_part(part: Part, texts: list[str], out: pathlib.Path, rng: random.Random) -> None:
    """Record one set and write its CSV file, with paths relative to that file."""
    folder = out / part.name
    folder.mkdir(parents=True, exist_ok=True)
    jobs = []
    for index, text in enumerate(texts):
        voice = part.draw_voice(rng)
        jobs.append((folder / f'{index:04}-{voice.name}.opus', voice, text, rng.uniform(0.9, 1.2),
                     rng.uniform(0.8, 1.25), rng.uniform(0.3, 0.9)))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        seconds = sum(workers.map(lambda job: record(*job), jobs))
    with open(out / f'{part.name}.csv', 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(('wav_filename', 'wav_filesize', 'transcript'))
        for path, _, text, *_ in jobs:
            writer.writerow((path.relative_to(out), path.stat().st_size, text))
    size = sum(path.stat().st_size for path, *_ in jobs)
    print(f'{part.name}: {len(jobs)} utterances, {seconds:.0f} s, {size / 1e6:.2f} MB, '
          f'{len(set(" ".join(text for _, _, text, *_ in jobs).split()))} words')


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
    for program in ('espeak-ng', 'flite'):
        if not shutil.which(program):
            raise UserError(f'{program} is not installed: on Debian, apt-get install {program}')
    rng = random.Random(options.seed)
    parts = (Part('test', options.test, TEST_SPEAKERS, ()),
             Part('dev', options.dev, TRAIN_SPEAKERS, FLITE),
             Part('train', options.train, TRAIN_SPEAKERS, FLITE))
    texts = sentences(sum(part.count for part in parts), rng)
    for part in parts:
        make_part(part, texts[:part.count], options.out, rng)
        del texts[:part.count]


if __name__ == '__main__':
    log.to_stderr()
    errors.run(main)
