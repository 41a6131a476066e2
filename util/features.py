"""Samples to features: the two definitions of the contract, as TensorFlow operations.

`2017` is python_speech_features' MFCC on raw int16 values (25 ms rectangular windows, log energy
in place of the first coefficient), every second frame kept and the whole utterance whitened by one
scalar mean and deviation. `0.9.3` is TensorFlow's `AudioSpectrogram` + `Mfcc` on samples in
[-1, 1) (32 ms periodic Hann windows, 40 mel channels), not normalised, so that it can stream.

Both are framing, a real FFT, one product with the mel filters, a logarithm and one product with
the cosine transform; the tables are computed here by numpy, once for each setting.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

KINDS = ('2017', '0.9.3')

PRE_EMPHASIS = 0.97
LIFTER = 22
FFT_2017 = 512  # whatever the window: longer windows are cut to it
FILTERS_2017 = 26
FILTERS_0_9_3 = 40
LOWEST_HZ_0_9_3 = 20.0
LOG_FLOOR_2017 = float(np.finfo(np.float64).eps)  # replaces exact zeros only
LOG_FLOOR_0_9_3 = 1e-12
SMALLEST_DEVIATION = 1e-6
# What whitening divided by is not in the features; on speech in 16 bits it is about this. Where
# it was another, all decibels added to such features are that much more or less.
WHITENED_BY = 10.0
SCALE_2017 = 1 / 2**30  # from the power of int16 values to that of values in -1 to 1
# The least power of a bin that was changed: a frame that was blanked has a log energy of 0.
QUIET_2017 = FFT_2017 / (FFT_2017 // 2 + 1)


@dataclasses.dataclass(frozen=True)
class FeatureSettings:
    """Everything that decides what the features of an utterance are.

    Attributes:
        kind: '2017' or '0.9.3', the definition.
        sample_rate: of the audio, in Hz.
        win_len_ms: window in ms; None is the definition's own (25 or 32).
        win_step_ms: time between two steps of the network in ms; None is 20. With '2017' a
            step is every second frame, so frames are taken at half of this.
        n_input: coefficients in a frame.
        n_context: frames of context on either side of a step.
    """

    kind: str = '2017'
    sample_rate: int = 16000
    win_len_ms: int | None = None
    win_step_ms: int | None = None
    n_input: int = 26
    n_context: int = 9

    def __post_init__(self) -> None:
        """Fill in the definition's own window and refuse impossible values."""
        if self.kind not in KINDS:
            raise ValueError(f"feature type '{self.kind}' is not known: use {' or '.join(KINDS)}")
        if self.win_len_ms is None:
            object.__setattr__(self, 'win_len_ms', 25 if self.kind == '2017' else 32)
        if self.win_step_ms is None:
            object.__setattr__(self, 'win_step_ms', 20)
        filters = FILTERS_2017 if self.kind == '2017' else FILTERS_0_9_3
        if not 1 <= self.n_input <= filters:
            raise ValueError(
                f'n_input {self.n_input} is out of range: {self.kind} features have 1 to {filters} '
                'coefficients'
            )
        if self.n_context < 0:
            raise ValueError(f'n_context {self.n_context} is negative: use 0 or more')
        if self.win_len < 2 or self.hop < 1:
            raise ValueError(
                f'a window of {self.win_len_ms} ms every {self.win_step_ms} ms at '
                f'{self.sample_rate} Hz is shorter than two samples: use a longer window or step'
            )
        if self.kind == '0.9.3' and self.sample_rate <= 2 * LOWEST_HZ_0_9_3:
            raise ValueError(f'sample rate {self.sample_rate} Hz is too low for 0.9.3 features')

    @property
    def win_len(self) -> int:
        """Window in samples."""
        return self._samples(self.win_len_ms)

    @property
    def hop(self) -> int:
        """Samples between two frames as the definition takes them (2017: half a step)."""
        assert self.win_step_ms is not None
        return self._samples(self.win_step_ms / (2 if self.kind == '2017' else 1))

    @property
    def step(self) -> int:
        """Samples between two steps of the network."""
        return self.hop * (2 if self.kind == '2017' else 1)

    @property
    def step_secs(self) -> float:
        """Seconds between two steps of the network."""
        return self.step / self.sample_rate

    def _samples(self, duration_ms: float | None) -> int:
        assert duration_ms is not None
        exact = duration_ms * self.sample_rate / 1000
        # 2017 rounds half up, 0.9.3 cuts.
        return int(exact + 0.5) if self.kind == '2017' else int(exact + 1e-9)


def num_steps(n_samples: int, settings: FeatureSettings) -> int:
    """Return the number of time steps of an utterance of `n_samples` samples.

    2017 pads the last frame with zeros, so one sample is one step; 0.9.3 counts full windows only.
    """
    if settings.kind == '2017':
        if n_samples <= 0:
            return 0
        frames = 1 + max(0, -((settings.win_len - n_samples) // settings.hop))
        return (frames + 1) // 2
    return max(0, (n_samples - settings.win_len) // settings.step + 1)


def stream_padding(n_samples: int, settings: FeatureSettings) -> int:
    """Return the zero samples that the native client appends to an utterance.

    A stream ends by computing one last frame of what is left in its buffer, filled up with zeros;
    only 0.9.3 features stream, so it is 0 for 2017.
    """
    if settings.kind == '2017':
        return 0
    return num_steps(n_samples, settings) * settings.step + settings.win_len - n_samples


def compute_features(samples: Any, settings: FeatureSettings) -> tf.Tensor:
    """Compute the frames of an utterance, including the context before and after.

    Args:
        samples: int16 [n] (tensor or array), mono, at the settings' sample rate.
        settings: which features.

    Returns:
        float32 [num_steps(n) + 2 * n_context, n_input], whitened if the definition says so.
    """
    import tensorflow as tf

    samples = tf.convert_to_tensor(samples)
    if settings.kind == '2017':
        return _whiten(tf, _mfcc_2017(tf, samples, settings), settings.n_context)
    context = [[settings.n_context, settings.n_context], [0, 0]]
    return tf.pad(mfcc_0_9_3(samples, settings), context)


def power_spectrum(samples: Any, settings: FeatureSettings) -> tf.Tensor:
    """Compute the power from which `features_of_power` makes features: float32 [time, bins].

    Args:
        samples: int16 or float [n], in units of int16.
        settings: which features; those of 2017 come from pre-emphasised samples.

    Returns:
        |X|^2 of samples in -1 to 1, at every time step.
    """
    import tensorflow as tf

    samples = tf.convert_to_tensor(samples)
    if settings.kind == '0.9.3':
        return _power_0_9_3(tf, samples, settings)
    squares = _squares_2017(tf, samples, settings)
    return SCALE_2017 * (squares[:, ::2] + squares[:, 1::2])


def features_of_power(power: Any, settings: FeatureSettings) -> tf.Tensor:
    """Compute what `compute_features` does, of a power spectrum that may have been changed."""
    import tensorflow as tf

    if settings.kind == '2017':
        mel = _tables_2017(settings).mel[::2]
        frames = _cepstra_2017(tf, tf.maximum(power / SCALE_2017, QUIET_2017), mel, settings)
        return _whiten(tf, frames, settings.n_context)
    context = [[settings.n_context, settings.n_context], [0, 0]]
    return tf.pad(_cepstra_0_9_3(tf, tf.maximum(power, 0.0), settings), context)


def window(features: tf.Tensor, n_context: int, time_axis: int = 1) -> tf.Tensor:
    """Join every frame with its context, oldest frame first.

    Args:
        features: float [batch, time + 2 * n_context, n_input].
        n_context: frames on either side.
        time_axis: 0 takes and returns the time first: [time, batch, ...].

    Returns:
        float [batch, time, (2 * n_context + 1) * n_input].
    """
    import tensorflow as tf

    time = tf.shape(features)[time_axis] - 2 * n_context
    before = (slice(None),) * time_axis
    return tf.concat(
        [features[before + (slice(shift, shift + time),)] for shift in range(2 * n_context + 1)],
        axis=2,
    )


def cepstral_basis(settings: FeatureSettings) -> tuple[np.ndarray, np.ndarray]:
    """Return the matrix from log mel spectrum to cepstra, and the filters' centres in Hz.

    The first is float [filters, n_input]; a coefficient that is no cepstrum has a zero column.
    """
    if settings.kind == '2017':
        edges = np.linspace(0, 2595 * math.log10(1 + settings.sample_rate / 1400), FILTERS_2017 + 2)
        return _tables_2017(settings).cosine[:FILTERS_2017], 700 * (10 ** (edges[1:-1] / 2595) - 1)
    low, high = 1127 * np.log1p(np.array([LOWEST_HZ_0_9_3, settings.sample_rate / 2]) / 700)
    edges = np.linspace(low, high, FILTERS_0_9_3 + 2)
    return _tables_0_9_3(settings).cosine, 700 * np.expm1(edges[1:-1] / 1127)


class _Tables(NamedTuple):
    """The constant factors of a definition."""

    taper: np.ndarray | None  # [win_len], None for a rectangular window
    mel: np.ndarray  # [fft / 2 + 1, filters]
    cosine: np.ndarray  # [filters, n_input]


def _mfcc_2017(tf: Any, samples: tf.Tensor, settings: FeatureSettings) -> tf.Tensor:
    """Compute python_speech_features' MFCC, every second frame: float32 [time, n_input]."""
    squares = _squares_2017(tf, samples, settings)
    return _cepstra_2017(tf, squares, _tables_2017(settings).mel, settings)


def _squares_2017(tf: Any, samples: tf.Tensor, settings: FeatureSettings) -> tf.Tensor:
    """Square the spectrum's real and imaginary parts, which take turns: [time, FFT + 2]."""
    n_samples = tf.size(samples)
    frames = (n_samples - settings.win_len + settings.hop - 1) // settings.hop + 1
    time = tf.minimum((tf.maximum(frames, 1) + 1) // 2, n_samples)  # no sample, no step
    signal = tf.cast(samples, tf.float32)
    before = tf.pad(signal, [[1, 0]])[:n_samples]
    signal -= PRE_EMPHASIS * before
    framed = _frame(tf, signal, time, min(settings.win_len, FFT_2017), settings.step, FFT_2017)
    spectrum = tf.raw_ops.RFFT(input=framed, fft_length=[FFT_2017])
    parts = tf.reshape(tf.bitcast(spectrum, tf.float32), [-1, FFT_2017 + 2])  # real, imaginary, ...
    return tf.square(parts)


def _cepstra_2017(tf: Any, squares: tf.Tensor, mel: np.ndarray,
                  settings: FeatureSettings) -> tf.Tensor:
    energies = tf.maximum(tf.matmul(squares, mel), LOG_FLOOR_2017)
    return tf.matmul(tf.math.log(energies), _tables_2017(settings).cosine)


def _whiten(tf: Any, frames: tf.Tensor, n_context: int) -> tf.Tensor:
    """Add zero context and whiten as 2017 whitened its [time, (2 n_context + 1) n_input] matrix.

    That matrix repeats a frame once for each window that sees it; here every frame is weighted by
    that count instead: mean = sum(count f) / N, var = (sum(count (f - mean)^2) + zeros mean^2) / N.
    """
    width = 2 * n_context + 1
    frames = tf.pad(frames, [[n_context, n_context], [0, 0]])
    rows = tf.shape(frames)[0]
    time = rows - 2 * n_context
    at = tf.range(rows)
    count = tf.minimum(tf.minimum(at + 1, rows - at), tf.minimum(time, width))
    count = tf.cast(count[tf.newaxis], tf.float32)
    size = tf.cast(time * (width * frames.shape[1]), tf.float32)
    frames -= tf.math.divide_no_nan(tf.reduce_sum(tf.matmul(count, frames)), size)
    variance = tf.math.divide_no_nan(tf.reduce_sum(tf.matmul(count, tf.square(frames))), size)
    return frames * tf.where(variance < SMALLEST_DEVIATION**2, 1.0, tf.math.rsqrt(variance))


def mfcc_0_9_3(samples: Any, settings: FeatureSettings) -> tf.Tensor:
    """Compute `Mfcc(AudioSpectrogram(samples / 32768))`: float32 [time, n_input].

    The two operations use one core and double precision throughout; this needs double precision
    only for the FFT, without which the empty bins of an artificial tone would be noise.
    """
    import tensorflow as tf

    power = _power_0_9_3(tf, tf.convert_to_tensor(samples), settings)
    return _cepstra_0_9_3(tf, power, settings)


def _power_0_9_3(tf: Any, samples: tf.Tensor, settings: FeatureSettings) -> tf.Tensor:
    time = tf.maximum(0, (tf.shape(samples)[0] - settings.win_len) // settings.step + 1)
    signal = tf.cast(samples, tf.float64) / 32768.0
    fft_length = _power_of_two(settings.win_len)
    framed = _frame(tf, signal, time, settings.win_len, settings.step, settings.win_len)
    tapered = framed * _tables_0_9_3(settings).taper
    spectrum = tf.cast(tf.signal.rfft(tapered, [fft_length]), tf.complex64)
    return tf.square(tf.math.real(spectrum)) + tf.square(tf.math.imag(spectrum))


def _cepstra_0_9_3(tf: Any, power: tf.Tensor, settings: FeatureSettings) -> tf.Tensor:
    tables = _tables_0_9_3(settings)
    mel = tf.matmul(tf.sqrt(power), tables.mel)  # tf.abs is five times slower
    return tf.matmul(tf.math.log(tf.maximum(mel, LOG_FLOOR_0_9_3)), tables.cosine)


def _frame(
    tf: Any, signal: tf.Tensor, time: tf.Tensor, win_len: int, step: int, length: int
) -> tf.Tensor:
    """Cut a signal into overlapping frames, each padded with zeros: [time, length].

    With R rows of `step` samples, a frame is row t, row t+1, ... up to `win_len` samples.
    """
    rows = -(-win_len // step)
    needed = (time + rows) * step
    signal = tf.pad(signal, [[0, tf.maximum(0, needed - tf.shape(signal)[0])]])[:needed]
    grid = tf.reshape(signal, [-1, step])
    parts = [
        grid[row : row + time, : min(step, win_len - row * step)] for row in range(rows)
    ]
    if length > win_len:
        parts.append(tf.zeros([time, length - win_len], signal.dtype))
    return tf.concat(parts, axis=1)


@functools.lru_cache(maxsize=8)
def _tables_2017(settings: FeatureSettings) -> _Tables:
    """Build the mel filters (with 1 / FFT and the energy's column) and the liftered DCT."""

    def to_mel(hertz: float) -> float:
        return 2595 * math.log10(1 + hertz / 700)

    edges = np.linspace(0, to_mel(settings.sample_rate / 2), FILTERS_2017 + 2)
    bins = np.floor((FFT_2017 + 1) * 700 * (10 ** (edges / 2595) - 1) / settings.sample_rate)
    mel = np.zeros([FFT_2017 // 2 + 1, FILTERS_2017 + 1])
    for channel, (low, centre, high) in enumerate(zip(bins, bins[1:], bins[2:])):
        rise, fall = np.arange(low, centre), np.arange(centre, high)
        mel[rise.astype(int), channel] = (rise - low) / max(1, centre - low)
        mel[fall.astype(int), channel] = (high - fall) / max(1, high - centre)
    mel[:, FILTERS_2017] = 1
    # Orthonormal DCT-II, sqrt(2/N) cos(pi/N k (j + 1/2)), times 1 + L/2 sin(pi k / L).
    k = np.arange(settings.n_input)
    cosine = np.zeros([FILTERS_2017 + 1, settings.n_input])
    cosine[:FILTERS_2017] = math.sqrt(2 / FILTERS_2017) * np.cos(
        np.pi / FILTERS_2017 * np.outer(np.arange(FILTERS_2017) + 0.5, k)
    )
    cosine *= 1 + LIFTER / 2 * np.sin(np.pi * k / LIFTER)
    cosine[:, 0] = 0
    cosine[FILTERS_2017, 0] = 1  # the first coefficient is the log energy
    mel = np.repeat(mel / FFT_2017, 2, axis=0)  # for real and imaginary part
    return _Tables(None, mel.astype(np.float32), cosine.astype(np.float32))


@functools.lru_cache(maxsize=8)
def _tables_0_9_3(settings: FeatureSettings) -> _Tables:
    """Build the periodic Hann window, the mel filters and the DCT of TensorFlow's operations."""

    def to_mel(hertz: Any) -> Any:
        return 1127 * np.log1p(hertz / 700)

    bins = _power_of_two(settings.win_len) // 2 + 1
    bin_hz = settings.sample_rate / 2 / (bins - 1)
    low, high = to_mel(np.array([LOWEST_HZ_0_9_3, settings.sample_rate / 2]))
    # Channel c rises from edge c to edge c + 1 and falls to edge c + 2, linearly in mel.
    edges = low + (high - low) / (FILTERS_0_9_3 + 1) * np.arange(FILTERS_0_9_3 + 2)
    mel = np.zeros([bins, FILTERS_0_9_3 + 2])  # with the halves that belong to no channel
    for at in range(int(1.5 + LOWEST_HZ_0_9_3 / bin_hz), bins):
        pitch = to_mel(at * bin_hz)
        below = int(np.clip(np.searchsorted(edges, pitch) - 1, 0, FILTERS_0_9_3))
        share = (edges[below + 1] - pitch) / (edges[below + 1] - edges[below])
        mel[at, below] = share
        mel[at, below + 1] = 1 - share
    mel = mel[:, 1:-1]
    cosine = math.sqrt(2 / FILTERS_0_9_3) * np.cos(
        np.pi / FILTERS_0_9_3
        * np.outer(np.arange(FILTERS_0_9_3) + 0.5, np.arange(settings.n_input))
    )
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(settings.win_len) / settings.win_len)
    return _Tables(taper, mel.astype(np.float32), cosine.astype(np.float32))


def _power_of_two(length: int) -> int:
    """Return the smallest power of two that is at least `length`."""
    return 1 << (length - 1).bit_length()
