"""What belongs to an utterance that one wants to hear: its sound, picture and alignment."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from util.audio.reading import AudioError, read_audio
from util.client.utterances import Word
from util.report.spectrogram import spectrogram
from util.report.tested import Tested

if TYPE_CHECKING:
    import deepspeech

LONGEST_SECS = 30  # of a recording that the page holds whole: 0.5 MB


@dataclass(frozen=True)
class Example:
    """An utterance to look at.

    Attributes:
        tested: what was said and understood.
        sound: as FLAC; b'' where it is too long, or cannot be read.
        picture: its spectrogram as PNG; b'' where it cannot be read.
        secs: that it lasts.
        said, heard: the words of either text that the network finds in it.
        note: what is missing.
    """

    tested: Tested
    sound: bytes = b''
    picture: bytes = b''
    secs: float = 0.0
    said: list[Word] = field(default_factory=list)
    heard: list[Word] = field(default_factory=list)
    note: str = ''

    @classmethod
    def of(cls, tested: Tested, rate: int, model: deepspeech.Model | None) -> Example:
        """Read the recording of an utterance, draw it, and align its texts with it.

        Args:
            tested: the utterance.
            rate: Hz of the sound, where there is no model.
            model: that finds words; None where there is none.
        """
        rate = model.sampleRate() if model else rate
        try:
            samples = read_audio(tested.place, rate)
        except (AudioError, ValueError) as error:
            return cls(tested, note=str(error))
        if not len(samples):
            return cls(tested, note=f'{tested.place}: the recording holds no samples')
        found: dict[str, list[Word]] = {}
        notes = []
        for name, text in (('said', tested.src), ('heard', tested.res)):
            try:
                found[name] = _align(model, samples, text)
            except (RuntimeError, ValueError) as error:
                notes.append(f'what was {name} cannot be aligned: {error}')
        secs = len(samples) / rate
        short = secs <= LONGEST_SECS
        if not short:
            notes.append(f'longer than {LONGEST_SECS} s, and so without sound: {tested.place}')
        return cls(tested, flac(samples, rate) if short else b'', spectrogram(samples, rate), secs,
                   note='; '.join(notes), **found)


def _align(model: deepspeech.Model | None, samples: np.ndarray, text: str) -> list[Word]:
    if model is None or not text.strip():
        return []
    return [Word(word.text, word.start_time, word.end_time, word.confidence)
            for word in model.align(samples, text).words if word.found]


def flac(samples: np.ndarray, rate: int) -> bytes:
    """Return int16 mono samples in half the bytes, without loss, as all browsers play them."""
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, samples, rate, format='FLAC')
    return file.getvalue()
