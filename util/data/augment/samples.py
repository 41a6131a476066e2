"""The operations on samples, in numpy: noise, codec, room, telephone, loudness.

Samples are float32 [n] in -1 to 1 here (int16 / 32767). No operation changes their number, and
all that mix something in leave the peak as it was.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from util.data.augment.codec import converted, through_opus
from util.data.augment.operations import FULL_SCALE_DBFS, Operation
from util.data.augment.ranges import pick_value_from_range
from util.data.augment.sources import Library

FULL_SCALE = 32767  # the int16 value that is 1
COMBS = (17, 19, 23, 29, 31)  # delays of the reverb's combs, in seventeenths of the first
SHORTEST_COMB = 16  # samples
FAINT = 1e-9  # an echo that no int16 value can show


@dataclass(frozen=True)
class Scene:
    """What an operation is done with.

    Attributes:
        operation: with its parameters.
        rate: of the samples, in Hz.
        clock: how far the training is, 0 to 1; None: anywhere.
        random: what chance is drawn from.
        library: the recordings that are mixed in.
    """

    operation: Operation
    rate: int
    clock: float | None
    random: np.random.Generator
    library: Library

    def pick(self, parameter: str) -> Any:
        """Pick the value of a parameter."""
        value = pick_value_from_range(self.operation.ranges[parameter], self.clock, self.random)
        low, high = self.operation.bounds(parameter)
        return type(value)(min(max(value, low), high))


def change(samples: np.ndarray, scenes: Sequence[Scene]) -> np.ndarray:
    """Do one operation after the other.

    Args:
        samples: int16 [n].
        scenes: of the operations.

    Returns:
        int16 [n].
    """
    if not len(samples) or not scenes:
        return samples
    x = np.clip(samples.astype(np.float32) / FULL_SCALE, -1, 1)
    for scene in scenes:
        x = OPERATIONS[scene.operation.name](x, scene)
    return np.rint(np.clip(x, -1, 1) * FULL_SCALE).astype(np.int16)


def dbfs(x: np.ndarray) -> float:
    """Return the loudness of the peak; that of full scale is 3.0103."""
    return float(20 * np.log10(max(1e-16, np.abs(x).max(initial=0)))) + FULL_SCALE_DBFS


def normalised(x: np.ndarray, to_dbfs: float) -> np.ndarray:
    """Amplify to a loudness."""
    return np.clip(x * 10 ** ((to_dbfs - dbfs(x)) / 20), -1, 1).astype(np.float32)


def _overlay(x: np.ndarray, scene: Scene) -> np.ndarray:
    """Add recordings of the source, so that the sample's peak is `snr` above theirs."""
    snr = scene.pick('snr')
    source = scene.operation.source
    noise = np.zeros(len(x))
    for _ in range(scene.pick('layers')):
        noise += scene.library.stretch(source, len(x), scene.rate, scene.random)
    gain = 10 ** ((dbfs(x) - dbfs(noise) - snr) / 20)
    return normalised(x + gain * noise, dbfs(x))


def _codec(x: np.ndarray, scene: Scene) -> np.ndarray:
    return through_opus(x, scene.rate, scene.pick('bitrate'))


def _reverb(x: np.ndarray, scene: Scene) -> np.ndarray:
    """Add five combs, y[n] = x[n] + g y[n - d]: the echoes of a room."""
    delay, gain = scene.pick('delay'), 10 ** (-scene.pick('decay') / 20)
    result = x.astype(np.float64)
    for k in COMBS:
        result += _comb(x, max(SHORTEST_COMB, int(delay * k / COMBS[0] * scene.rate / 1000)), gain)
    return normalised(result, dbfs(x))


def _comb(x: np.ndarray, d: int, gain: float) -> np.ndarray:
    """Filter by 1 / (1 - g z^-d) = (1 + g z^-d) (1 + g^2 z^-2d) (1 + g^4 z^-4d) ..."""
    y = x.astype(np.float64)
    while d < len(y) and gain > FAINT:
        y[d:] += gain * y[:-d].copy()
        d, gain = 2 * d, gain * gain
    return y


def _resample(x: np.ndarray, scene: Scene) -> np.ndarray:
    """Resample to another rate and back: what lies above half of it is lost."""
    rate = scene.pick('rate')
    return converted(converted(x, scene.rate, rate), rate, scene.rate, len(x))


def _volume(x: np.ndarray, scene: Scene) -> np.ndarray:
    return normalised(x, scene.pick('dbfs'))


def _impulse(x: np.ndarray, scene: Scene) -> np.ndarray:
    """Convolve with the response of a room; its loudest point, the direct sound, stays in place."""
    response = scene.library.whole(scene.operation.source, scene.rate, scene.random)
    if not response.any():
        return x
    size = 1 << (len(x) + len(response) - 2).bit_length()
    y = np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(response, size), size)
    direct = int(np.abs(response).argmax())
    return normalised(y[direct:direct + len(x)], dbfs(x))


OPERATIONS: dict[str, Callable[[np.ndarray, Scene], np.ndarray]] = {
    'overlay': _overlay, 'codec': _codec, 'reverb': _reverb, 'resample': _resample,
    'volume': _volume, 'impulse': _impulse}
