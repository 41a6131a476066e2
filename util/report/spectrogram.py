"""A picture of what is heard: time to the right, pitch upwards as ears take it, louder darker."""

from __future__ import annotations

import struct
import zlib

import numpy as np

WINDOW_SECS, STEP_SECS = 0.025, 0.01
WIDEST = 1000  # columns; longer recordings have longer steps
ROWS = 80
RANGE_DB = 65.0  # from the loudest point down to white
SHADES = 32  # what an eye tells apart; more would double the file


def spectrogram(samples: np.ndarray, rate: int) -> bytes:
    """Draw a recording.

    Args:
        samples: int16, mono.
        rate: Hz.

    Returns:
        A PNG.
    """
    window = round(WINDOW_SECS * rate)
    step = max(round(STEP_SECS * rate), -(-len(samples) // WIDEST))
    padded = np.pad(samples.astype(np.float32), (window // 2, window))
    starts = np.arange(0, max(len(samples), 1), step)
    frames = padded[starts[:, None] + np.arange(window)] * np.hanning(window).astype(np.float32)
    power = np.abs(np.fft.rfft(frames, 4 * window)) ** 2  # float [columns, bins]
    mels = np.linspace(0, _mel(rate / 2), ROWS + 1)
    edges = np.round(_hertz(mels) / (rate / 2) * (power.shape[1] - 1)).astype(int)
    rows = [power[:, low:max(high, low + 1)].mean(1) for low, high in zip(edges, edges[1:])]
    level = 10 * np.log10(np.array(rows[::-1]) + 1)  # of int16 values: silence is 0 dB
    below = np.clip((level.max() - level) / RANGE_DB, 0, 1)
    return png(np.floor(below * (SHADES - 1)) * (255 / (SHADES - 1)))


def png(pixels: np.ndarray) -> bytes:
    """Return a picture, [height, width] of 0 to 255, as a PNG in shades of grey."""
    height, width = pixels.shape
    lines = np.pad(np.rint(pixels).astype(np.uint8), [(0, 0), (1, 0)])  # each begins with a 0
    return b'\x89PNG\r\n\x1a\n' + b''.join(map(_chunk, (b'IHDR', b'IDAT', b'IEND'), (
        struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0),
        zlib.compress(lines.tobytes(), 9), b'')))


def _chunk(name: bytes, data: bytes) -> bytes:
    return (struct.pack('>I', len(data)) + name + data
            + struct.pack('>I', zlib.crc32(name + data)))


def _mel(hertz: float) -> float:
    return float(1127 * np.log1p(hertz / 700))


def _hertz(mels: np.ndarray) -> np.ndarray:
    return 700 * np.expm1(mels / 1127)
