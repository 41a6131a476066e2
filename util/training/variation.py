"""Random variation of training utterances: other voices, speeds, microphones, noises and gaps.

A small corpus has few speakers; the network learns their voices and microphones by heart. Here
every utterance is heard a little differently each time. All of it happens on the features, inside
the training step, as a function of a seed: it costs little, and a resumed training repeats it.

    speed    time is stretched by a factor (Ko et al., 2015, "Audio augmentation for speech
             recognition").
    voice    the frequency axis is stretched by a factor, as a longer or shorter vocal tract does
             (vocal tract length perturbation, Jaitly and Hinton 2013).
    channel  the spectrum is multiplied by a smooth random curve: another microphone.
    level    and by a constant: louder or softer.
    noise    a steady noise of random colour is added, at a random distance below the speech.
    gaps     a few short stretches of time are blanked (SpecAugment, Park et al. 2019).

Voice, channel, level and noise change the log mel spectrum, which is won back from the cepstra, a
linear function of it. Features that are whitened are whitened again, as the changed recording's
would have been.
"""
from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from util.features import WHITENED_BY, FeatureSettings, cepstral_basis

WARPS = 33  # factors of the voice that are tabulated, odd so that 1 is among them
GAPS = 2  # in an utterance
GAP_SHARE = 0.1  # of an utterance at most, lest a gap swallows a word that is to be recognised
QUIET_DB = 60.0  # so far below the loudest frame a noise is not heard
COSINES = 12  # a channel's curve is the sum of so many; finer ones would be another pitch
ROUGHNESS_DB = 4.0  # deviation of a steady noise's spectrum, from frame to frame
# The least variance that is divided by here. It is a difference of float32 means, which rounding
# may move by so much; `util.features` sums squares of differences, and its floor is 1e-12.
ROUNDING_OF_VARIANCE = 1e-6


@dataclass(frozen=True)
class VariationSettings:
    """How far utterances are varied.

    Attributes:
        speed: largest change of speed, as the logarithm of the factor.
        voice: largest stretch of the frequency axis, likewise.
        channel_db: standard deviation of the broadest component of the channel's curve.
        level_db: standard deviation of the level.
        noise_db: the noise is at most so far above what is not heard (60 dB below the speech).
        gap_secs: longest gap, in an utterance that is long enough for it.
    """

    speed: float = 0.0
    voice: float = 0.0
    channel_db: float = 0.0
    level_db: float = 0.0
    noise_db: float = 0.0
    gap_secs: float = 0.0

    @classmethod
    def of_strength(cls, strength: float) -> VariationSettings:
        """Return the settings of `--vary`; 1 varies as much as speakers and microphones differ."""
        return cls(0.2 * strength, 0.15 * strength, 5.0 * strength, 6.0 * strength,
                   min(50.0 * strength, QUIET_DB), 0.2 * strength)


def vary(features: tf.Tensor, lengths: tf.Tensor, labels: tf.SparseTensor, seed: tf.Tensor,
         settings: VariationSettings,
         feature_settings: FeatureSettings) -> tuple[tf.Tensor, tf.Tensor]:
    """Change every utterance of a batch at random.

    Args:
        features: float32 [batch, time + 2 * n_context, n_input].
        lengths: int32 [batch], time steps.
        labels: sparse [batch, labels]; speech is never made too fast for them.
        seed: int [2].
        settings: how far.
        feature_settings: what the features are.

    Returns:
        (features, lengths) of the changed utterances.
    """
    context = feature_settings.n_context
    dice = _Dice(seed, tf.shape(lengths)[0])
    # The first frame is context, which is zero but for the whitening
    silence = features[:, :1]
    frames = (features - silence)[:, context:]
    frames, lengths = _change_speed(frames, lengths, _steps_needed(labels), dice, settings)
    time = tf.range(tf.shape(frames)[1])
    there = tf.sequence_mask(lengths, tf.size(time))
    frames = _change_spectrum(frames, there, dice, settings, feature_settings)
    if feature_settings.kind == '2017':
        mean, scale = _whitening(frames, lengths, context)
    else:
        mean, scale = 0.0, 1.0
    frames *= tf.cast(there & ~_gaps(time, lengths, dice, settings.gap_secs
                                     / feature_settings.step_secs), tf.float32)[..., tf.newaxis]
    return (tf.pad(frames, [[0, 0], [context, context], [0, 0]]) - mean) * scale, lengths


class _Dice:
    """Random numbers for each utterance of a batch, another throw at every call."""

    def __init__(self, seed: tf.Tensor, batch: tf.Tensor) -> None:
        self._seed, self._batch, self._throws = tf.convert_to_tensor(seed), batch, 0

    def uniform(self, low: float, high: float, *shape: int) -> tf.Tensor:
        """Draw from `low` to `high`: [batch, *shape]."""
        return tf.random.stateless_uniform([self._batch, *shape], self._next(), low, high)

    def normal(self, *shape: int | tf.Tensor) -> tf.Tensor:
        """Draw with deviation 1: [batch, *shape]."""
        return tf.random.stateless_normal([self._batch, *shape], self._next())

    def _next(self) -> tf.Tensor:
        self._throws += 1
        return tf.random.fold_in(self._seed, self._throws)


def _change_speed(frames: tf.Tensor, lengths: tf.Tensor, needed: tf.Tensor, dice: _Dice,
                  settings: VariationSettings) -> tuple[tf.Tensor, tf.Tensor]:
    """Resample frames [batch, time, n_input] and lengths: frame t = old (t + 1/2) rate - 1/2."""
    rate = tf.exp(dice.uniform(-settings.speed, settings.speed))
    new = tf.cast(tf.round(tf.cast(lengths, tf.float32) / rate), tf.int32)
    new = tf.maximum(new, tf.minimum(lengths, needed))
    rate = tf.cast(lengths, tf.float32) / tf.cast(tf.maximum(new, 1), tf.float32)
    time = tf.range(tf.reduce_max(new), dtype=tf.float32)
    old = (time + 0.5) * rate[:, tf.newaxis] - 0.5
    last = tf.cast(tf.maximum(lengths - 1, 0), tf.float32)[:, tf.newaxis]
    old = tf.clip_by_value(old, 0.0, last)
    before = tf.cast(old, tf.int32)
    after = tf.minimum(before + 1, tf.cast(last, tf.int32))
    share = (old - tf.cast(before, tf.float32))[..., tf.newaxis]
    return (tf.gather(frames, before, batch_dims=1) * (1 - share)
            + tf.gather(frames, after, batch_dims=1) * share), new


def _change_spectrum(frames: tf.Tensor, there: tf.Tensor, dice: _Dice,
                     settings: VariationSettings, features: FeatureSettings) -> tf.Tensor:
    """Change voice, channel, level and noise of frames; `there` tells frames from padding."""
    energy_first = features.kind == '2017'  # then the first coefficient is the log energy
    basis, centres = cepstral_basis(features)  # [filters, n_input], [filters] in Hz
    decibel = math.log(10) / (10 if energy_first else 20)  # 2017 has power, 0.9.3 magnitude
    frames *= WHITENED_BY if energy_first else 1.0
    before = tf.matmul(frames, tf.constant(np.linalg.pinv(basis).astype(np.float32)))
    if energy_first:  # cepstra leave out the mean
        before += frames[..., :1] - tf.reduce_logsumexp(before, -1, keepdims=True)
    after = before
    if settings.voice:
        number = tf.cast(tf.round(dice.uniform(0, WARPS - 1)), tf.int32)
        after = tf.matmul(after, tf.gather(_warps(settings.voice, features), number))
    after += decibel * settings.channel_db * _curve(dice, len(centres))
    after += decibel * settings.level_db * dice.normal(1, 1)
    if settings.noise_db:
        loud = tf.reduce_logsumexp(after, -1, keepdims=True)
        loud = tf.reduce_max(tf.where(there[..., tf.newaxis], loud, loud.dtype.min), 1,
                             keepdims=True)
        colour = (dice.uniform(0, 1.25, 1, 1) * _white(centres, features.sample_rate)
                  + 10 * _curve(dice, len(centres))) * decibel
        colour -= tf.reduce_logsumexp(colour, -1, keepdims=True)
        roughness = ROUGHNESS_DB * decibel * dice.normal(tf.shape(after)[1], len(centres))
        below = QUIET_DB - dice.uniform(0, settings.noise_db, 1, 1)
        noise = loud - below * decibel + colour + roughness
        after += tf.math.softplus(noise - after)  # the logarithm of the sum
    frames += tf.matmul(after - before, tf.constant(basis.astype(np.float32)))
    if energy_first:
        frames = tf.concat([tf.reduce_logsumexp(after, -1, keepdims=True), frames[..., 1:]],
                           -1) / WHITENED_BY
    return frames


def _curve(dice: _Dice, filters: int) -> tf.Tensor:
    """Draw a smooth random function of the mel axis, [batch, 1, filters].

    A sum of cosines, the k-th of deviation k^-0.75: so do the means of recordings by different
    speakers differ.
    """
    order = np.arange(1, COSINES + 1)
    cosines = np.cos(np.pi / filters * np.outer(order, np.arange(filters) + 0.5))
    return tf.matmul(dice.normal(1, COSINES),
                     tf.constant((cosines.T * order ** -0.75).T.astype(np.float32)))


def _white(centres: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return white noise in dB as the filters of 2017 see it: broad ones more, pre-emphasised."""
    power = np.gradient(centres) * (1.94 - 1.94 * np.cos(2 * np.pi * centres / sample_rate))
    return (10 * np.log10(power)).astype(np.float32)


def _gaps(time: tf.Tensor, lengths: tf.Tensor, dice: _Dice, longest: float) -> tf.Tensor:
    """Draw where the gaps are: bool [batch, time]."""
    steps = tf.cast(lengths, tf.float32)[:, tf.newaxis]
    starts = dice.uniform(0, 1, GAPS) * steps
    ends = starts + dice.uniform(0, 1, GAPS) * tf.minimum(longest, GAP_SHARE * steps)
    at = tf.cast(time, tf.float32)[:, tf.newaxis]
    return tf.reduce_any((at >= starts[:, tf.newaxis]) & (at < ends[:, tf.newaxis]), axis=2)


def _whitening(frames: tf.Tensor, lengths: tf.Tensor,
               context: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the offset and the factor of whitening, [batch, 1, 1], as in `util.features`.

    A frame counts as often as a window of 2 * context + 1 frames sees it.
    """
    width, steps = 2 * context + 1, lengths[:, tf.newaxis]
    time = tf.range(tf.shape(frames)[1])
    count = tf.minimum(tf.minimum(time + context + 1, steps + context - time),
                       tf.minimum(steps, width))
    count = tf.cast(tf.maximum(count * tf.cast(time < steps, tf.int32), 0), tf.float32)
    size = tf.cast(tf.maximum(steps, 1) * width * frames.shape[2], tf.float32)
    weight = (count / size)[..., tf.newaxis]
    mean = tf.reduce_sum(weight * frames, [1, 2], keepdims=True)
    variance = tf.reduce_sum(weight * tf.square(frames), [1, 2], keepdims=True) - tf.square(mean)
    return mean, tf.math.rsqrt(tf.maximum(variance, ROUNDING_OF_VARIANCE))


def _steps_needed(labels: tf.SparseTensor) -> tf.Tensor:
    """Return the time steps CTC needs per utterance: one per label, a blank between equal ones."""
    dense = tf.sparse.to_dense(labels, -1)
    there = tf.cast(dense >= 0, tf.int32)
    repeated = tf.cast((dense[:, 1:] == dense[:, :-1]) & (dense[:, 1:] >= 0), tf.int32)
    return tf.reduce_sum(there, 1) + tf.reduce_sum(repeated, 1)


@functools.lru_cache(maxsize=4)
def _warps(most: float, settings: FeatureSettings) -> np.ndarray:
    """Return matrices that read a log mel spectrum off at stretched frequencies.

    [WARPS, filters, filters], for factors from exp(-most) to exp(most).
    """
    _, centres = cepstral_basis(settings)
    channels = np.arange(len(centres))
    result = np.zeros([WARPS, len(centres), len(centres)], np.float32)
    for warp, factor in zip(result, np.exp(np.linspace(-most, most, WARPS))):
        place = np.interp(centres * factor, centres, channels)
        low = np.minimum(place.astype(int), len(centres) - 2)
        warp[low, channels] = 1 - (place - low)
        warp[low + 1, channels] = place - low
    return result
