"""Random variation of training utterances: other voices, speeds, channels and gaps.

A small corpus has few speakers; the network learns their voices by heart. Here every utterance is
heard a little differently each time. All of it happens on the features, inside the training step,
as a function of a seed: it costs a few per cent of the step, and a resumed training repeats it.

    voice    the frequency axis is stretched by a factor, as a longer or shorter vocal tract does
             (vocal tract length perturbation, Jaitly and Hinton 2013). Mel cepstra are a linear
             function of the log mel spectrum, so the stretch is one matrix for each factor.
    speed    time is stretched by a factor (Ko et al., 2015, "Audio augmentation ...").
    channel  a constant is added to each coefficient: another microphone, another level.
    gaps     a few short stretches of time are blanked (SpecAugment, Park et al. 2019).
"""
import functools
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from util.features import FeatureSettings, cepstral_basis

WARPS = 33  # factors of the voice that are tabulated, odd so that 1 is among them
GAPS = 2  # in an utterance
GAP_SHARE = 0.1  # of an utterance at most, lest a gap swallows a word that is to be recognised


@dataclass(frozen=True)
class VariationSettings:
    """How far utterances are varied.

    Attributes:
        voice: largest relative stretch of the frequency axis.
        speed: largest relative change of speed.
        channel: standard deviation of the constant, in units of the features' own deviation.
        gap_secs: longest gap, in an utterance that is long enough for it.
    """

    voice: float = 0.0
    speed: float = 0.0
    channel: float = 0.0
    gap_secs: float = 0.0

    @classmethod
    def of_strength(cls, strength: float) -> 'VariationSettings':
        """The settings of `--vary`: at 1 as far as speakers of one language differ."""
        return cls(0.15 * strength, 0.2 * strength, 0.4 * strength, 0.2 * strength)


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
    seeds = tf.unstack(tf.random.split(seed, 5))
    batch = tf.shape(lengths)[0]

    def uniform(which: int, *shape: int) -> tf.Tensor:
        return tf.random.stateless_uniform([batch, *shape], seeds[which], -1.0, 1.0)

    # The first frame is context: what silence looks like after whitening
    silence = features[:, :1, :]
    frames = (features - silence)[:, context:]

    # Speed, on the time axis: new frame t is old frame (t + 1/2) rate - 1/2
    rate = tf.exp(settings.speed * uniform(0))
    new = tf.cast(tf.round(tf.cast(lengths, tf.float32) / rate), tf.int32)
    new = tf.maximum(new, tf.minimum(lengths, _steps_needed(labels)))
    rate = tf.cast(lengths, tf.float32) / tf.cast(tf.maximum(new, 1), tf.float32)
    time = tf.range(tf.reduce_max(new))
    old = (tf.cast(time, tf.float32) + 0.5) * rate[:, tf.newaxis] - 0.5
    last = tf.cast(tf.maximum(lengths - 1, 0), tf.float32)[:, tf.newaxis]
    old = tf.clip_by_value(old, 0.0, last)
    before = tf.cast(old, tf.int32)
    after = tf.minimum(before + 1, tf.cast(last, tf.int32))
    share = (old - tf.cast(before, tf.float32))[..., tf.newaxis]
    frames = (tf.gather(frames, before, batch_dims=1) * (1 - share)
              + tf.gather(frames, after, batch_dims=1) * share)

    # Voice: one matrix an utterance
    if settings.voice:
        table = tf.constant(_warps(settings.voice, feature_settings))
        which = tf.cast(tf.round((uniform(1) + 1) / 2 * (WARPS - 1)), tf.int32)
        frames = tf.matmul(frames, tf.gather(table, which))

    # Channel: one constant a coefficient
    frames += settings.channel * tf.random.stateless_normal(
        [batch, 1, feature_settings.n_input], seeds[2])

    # Gaps, which sound like silence
    steps = tf.cast(new, tf.float32)[:, tf.newaxis]
    longest = tf.minimum(settings.gap_secs / feature_settings.step_secs, GAP_SHARE * steps)
    starts = (uniform(3, GAPS) + 1) / 2 * steps
    ends = starts + (uniform(4, GAPS) + 1) / 2 * longest
    at = tf.cast(time, tf.float32)[tf.newaxis, tf.newaxis]
    gap = tf.reduce_any((at >= starts[..., tf.newaxis]) & (at < ends[..., tf.newaxis]), axis=1)
    heard = tf.sequence_mask(new, tf.size(time)) & ~gap
    frames *= tf.cast(heard, tf.float32)[..., tf.newaxis]
    return tf.pad(frames, [[0, 0], [context, context], [0, 0]]) + silence, new


def _steps_needed(labels: tf.SparseTensor) -> tf.Tensor:
    """Time steps CTC needs for each utterance: one a label, and a blank between equal ones."""
    dense = tf.sparse.to_dense(labels, -1)
    there = tf.cast(dense >= 0, tf.int32)
    repeated = tf.cast((dense[:, 1:] == dense[:, :-1]) & (dense[:, 1:] >= 0), tf.int32)
    return tf.reduce_sum(there, 1) + tf.reduce_sum(repeated, 1)


@functools.lru_cache(maxsize=4)
def _warps(most: float, settings: FeatureSettings) -> np.ndarray:
    """Matrices that stretch the frequency axis by 1 - most ... 1 + most: [WARPS, n_input, n_input].

    From cepstra back to the log mel spectrum, read off at the stretched frequencies, and to
    cepstra again. What cepstra leave out of the spectrum stays left out.
    """
    basis, centres = cepstral_basis(settings)  # [filters, n_input], [filters] in Hz
    inverse = np.linalg.pinv(basis)
    # A coefficient that is no cepstrum (2017's log energy) has a zero column: it stays as it is
    kept = np.diag((np.abs(basis).max(0) == 0).astype(np.float64))
    result = []
    for factor in np.linspace(1 - most, 1 + most, WARPS):
        place = np.interp(centres * factor, centres, np.arange(len(centres)))
        low = np.minimum(place.astype(int), len(centres) - 2)
        stretch = np.zeros([len(centres)] * 2)
        stretch[low, np.arange(len(centres))] = 1 - (place - low)
        stretch[low + 1, np.arange(len(centres))] = place - low
        result.append(inverse @ stretch @ basis + kept)
    return np.array(result, np.float32)
