"""Recordings joined with pauses, noises over them, and where somebody speaks."""

import numpy as np

RATE = 16000
QUIET = 32  # decibels below its loudest hundredth of a second that speech still has


def trimmed(samples: np.ndarray) -> np.ndarray:
    """Cut the silence before and after the speech of a clean recording."""
    step = RATE // 100
    rows = samples[:len(samples) // step * step].reshape(-1, step).astype(float)
    level = 10 * np.log10((rows ** 2).mean(1) + 1e-3)
    loud = np.flatnonzero(level > level.max() - QUIET)
    return samples[loud[0] * step:(loud[-1] + 1) * step]


def joined(recordings: list[np.ndarray], seed: int = 0, pauses: tuple[float, float] = (0.2, 3)
           ) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Join them with silence of random lengths.

    Args:
        recordings: int16 [n], clean.
        seed: of the lengths.
        pauses: shortest and longest, in seconds; the same stand at the beginning and the end.

    Returns:
        int16 [n], and first sample and one past the last of each recording.
    """
    random = np.random.default_rng(seed)
    parts: list[np.ndarray] = []
    places, at = [], 0
    for recording in [*recordings, None]:
        silence = np.zeros(int(random.uniform(*pauses) * RATE), np.int16)
        parts.append(silence)
        at += len(silence)
        if recording is not None:
            speech = trimmed(recording)
            places.append((at, at + len(speech)))
            parts.append(speech)
            at += len(speech)
    return np.concatenate(parts), places


def noise(kind: str, count: int, seed: int = 0) -> np.ndarray:
    """Return a noise of power 1: white, pink, hum (50 Hz with overtones) or none at all."""
    random = np.random.default_rng(seed)
    if kind == 'none':
        return np.zeros(count)
    if kind == 'hum':
        time = np.arange(count) / RATE
        wave = sum(np.sin(2 * np.pi * 50 * k * time + k) / k for k in range(1, 8))
    else:
        wave = random.normal(size=count)
    if kind == 'pink':
        spectrum = np.fft.rfft(wave)
        spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
        spectrum[0] = 0
        wave = np.fft.irfft(spectrum, count)
    return wave / np.sqrt((wave ** 2).mean())


def over(samples: np.ndarray, places: list[tuple[int, int]], kind: str, decibels: float
         ) -> np.ndarray:
    """Lay a noise over all of a recording, so many decibels below its speech."""
    power = np.concatenate([samples[a:b].astype(float) ** 2 for a, b in places]).mean()
    level = np.sqrt(power / 10 ** (decibels / 10))
    mixed = samples + level * noise(kind, len(samples))
    return np.clip(np.rint(mixed), -32768, 32767).astype(np.int16)
