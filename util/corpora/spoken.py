"""Speech made by free synthesizers: espeak-ng with its accents and speakers, and flite."""

import concurrent.futures
import csv
import dataclasses
import os
import pathlib
import random
import shutil
import subprocess
import tempfile

import numpy as np
import soundfile
import soxr

from util.corpora.clips import write_wav
from util.errors import UserError
from util.files import whole_file

PROGRAMS = 'espeak-ng', 'flite'
SAMPLE_RATE = 16000     # Hz
FLITE = 'slt', 'rms', 'awb', 'kal16'
# Of espeak-ng; the strange ones are for validation, or for those who want all
ACCENTS = ('en-us', 'en-gb', 'en-gb-x-rp', 'en-us-nyc', 'en-gb-x-gbclan', 'en')
STRANGE_ACCENTS = ('en-029', 'en-gb-scotland', 'en-gb-x-gbcwmd')
SPEAKERS = ('m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'f1', 'f2', 'f3', 'f4', 'Andy', 'Annie',
            'Gene', 'Hugo', 'Jacky', 'Marco', 'Michael', 'adam', 'anika', 'belinda', 'benjamin',
            'boris', 'david', 'edward', 'iven', 'john', 'linda', 'max', 'pablo', 'rob', 'steph',
            'travis', 'victor')
STRANGE_SPEAKERS = ('m8', 'f5', 'Mike', 'paul', 'steph3')
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
class Voices:
    """Who may speak: any speaker of espeak-ng in any accent; now and then a voice of flite."""
    accents: tuple[str, ...]
    speakers: tuple[str, ...]
    flite: tuple[str, ...] = ()
    flite_share: float = 0.0

    def draw(self, rng: random.Random) -> Voice:
        """Draw one of them."""
        if self.flite and rng.random() < self.flite_share:
            return Voice('flite', rng.choice(self.flite))
        return Voice('espeak-ng', f'{rng.choice(self.accents)}+{rng.choice(self.speakers)}')


def trimmed(samples: np.ndarray) -> np.ndarray:
    """Cut silence at both ends down to 60 ms.

    Args:
        samples: float32 [sample] at SAMPLE_RATE.
    """
    loud = np.flatnonzero(np.abs(samples) > 0.02 * np.abs(samples).max())
    margin = SAMPLE_RATE * 60 // 1000
    return samples[max(0, loud[0] - margin):loud[-1] + margin]


@dataclasses.dataclass(frozen=True)
class Utterance:
    """What a voice says, and where it goes.

    Attributes:
        path: of a .opus or .wav.
        voice: who speaks.
        transcript: for the CSV.
        said: the text for the synthesizer.
        speed, pitch: factors.
        peak: of the samples, at most 1.
    """
    path: pathlib.Path
    voice: Voice
    transcript: str
    said: str
    speed: float
    pitch: float
    peak: float

    def record(self) -> float:
        """Write the recording, 16 kHz mono, and return its duration in seconds."""
        with tempfile.TemporaryDirectory() as folder:
            spoken = os.path.join(folder, 'spoken.wav')
            self.voice.speak(self.said, spoken, self.speed, self.pitch)
            samples, rate = soundfile.read(spoken, dtype='float32')
        samples = trimmed(soxr.resample(samples, rate, SAMPLE_RATE))
        samples *= self.peak / np.abs(samples).max()
        if self.path.suffix == '.opus':
            soundfile.write(self.path, samples, SAMPLE_RATE, format='OGG', subtype='OPUS',
                            compression_level=1 - (BIT_RATE - 6000) / 250000)
        else:
            write_wav(str(self.path), np.round(samples * 32767).astype(np.int16))
        return len(samples) / SAMPLE_RATE


def record_all(utterances: list[Utterance], path: pathlib.Path) -> float:
    """Record a set and write its CSV, with paths relative to it; return the seconds of speech."""
    for folder in {utterance.path.parent for utterance in utterances}:
        folder.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        seconds = sum(workers.map(Utterance.record, utterances))
    with whole_file(path, 'w') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(('wav_filename', 'wav_filesize', 'transcript'))
        for utterance in utterances:
            writer.writerow((utterance.path.relative_to(path.parent),
                             utterance.path.stat().st_size, utterance.transcript))
    return seconds


def need_programs() -> None:
    """Make sure that both synthesizers are there.

    Raises:
        UserError: one is not.
    """
    for program in PROGRAMS:
        if not shutil.which(program):
            raise UserError(f'{program} is not installed: on Debian, apt-get install {program}')
