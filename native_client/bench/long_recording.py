"""Long recordings made of clips: where each clip is in them is known."""

import csv
import os

import numpy as np
from scipy.ndimage import median_filter
from side_by_side import RATE

PAUSE = (0.2, 3.0)  # seconds
CLICK = 9  # hundredths of a second whose median counts
LOUDNESS = 1500  # RMS of the samples of a clip


def trimmed(samples: np.ndarray, rate: int) -> np.ndarray:
    """Cut what is 32 dB below the loudest hundredth of a second before and after speech.

    The click of a key that began a recording, loud for less than 50 ms, is not speech.
    """
    step = rate // 100
    rows = samples[:len(samples) // step * step].reshape(-1, step)
    decibels = 10 * np.log10((rows ** 2).mean(1) + 1e-3)
    first = np.argmax(median_filter(decibels, CLICK, mode='nearest') > decibels.max() - 32)
    last = np.flatnonzero(decibels > decibels.max() - 32)[-1]
    return samples[first * step:(last + 1) * step]


def level(samples: np.ndarray) -> np.ndarray:
    """Return samples as loud as all others."""
    return samples * LOUDNESS / (np.sqrt((samples ** 2).mean()) + 1)


def noisy(samples: np.ndarray, parts: list[tuple[int, int]], kind: str, decibels: float
          ) -> np.ndarray:
    """Return int16 samples with white or pink noise over all, so many dB below those of `parts`."""
    noise = np.random.default_rng(1).normal(size=len(samples))
    if kind == 'pink':
        spectrum = np.fft.rfft(noise)
        spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
        noise = np.fft.irfft(spectrum, len(samples))
    power = np.concatenate([samples[a:b] ** 2 for a, b in parts]).mean()
    noise *= np.sqrt(power / 10 ** (decibels / 10) / (noise ** 2).mean())
    return np.clip(samples + noise, -32768, 32767).astype(np.int16)


def join(table: str, minutes: float = 0.0) -> tuple[np.ndarray, list[tuple[int, int]], list[str]]:
    """Join the clips of a CSV, trimmed and equally loud, with pauses of 0.2 to 3 s.

    Args:
        table: the CSV.
        minutes: that the recording is to have: clips are drawn again and again; 0: each once.

    Returns:
        samples at 16 kHz as float64, first and last sample of each clip, and transcripts.
    """
    from deepspeech import read_audio

    random, folder = np.random.default_rng(0), os.path.dirname(os.path.abspath(table))
    with open(table, encoding='utf-8', newline='') as f:
        rows = list(csv.DictReader(f))
    pieces, texts, at = [np.zeros(int(0.8 * RATE))], [], int(0.8 * RATE)
    parts: list[tuple[int, int]] = []
    clips: dict[int, np.ndarray] = {}
    while at < minutes * 60 * RATE if minutes else len(parts) < len(rows):
        i = int(random.integers(len(rows))) if minutes else len(parts)
        if i not in clips:
            path = os.path.join(folder, rows[i]['wav_filename'])
            clips[i] = level(trimmed(np.array(read_audio(path, RATE)).astype(float), RATE))
        parts.append((at, at + len(clips[i])))
        texts.append(rows[i]['transcript'])
        pieces += [clips[i], np.zeros(int(random.uniform(*PAUSE) * RATE))]
        at += len(clips[i]) + len(pieces[-1])
    return np.concatenate(pieces), parts, texts
