"""The operations of `--augment` that TensorFlow does, from the samples of an utterance on."""
from __future__ import annotations

import functools
from typing import Any

from util.data.augment import points, spectrogram
from util.data.augment.operations import FEATURES, SIGNAL, SPECTROGRAM, Operation, numbers_of
from util.data.augment.samples import FULL_SCALE
from util.data.augment.scene import GraphScene
from util.features import FeatureSettings, compute_features, features_of_power, power_spectrum


class Graph:
    """The operations in TensorFlow, which are traced once, not in every epoch.

    Args:
        operations: all of them, also those on samples.
        settings: of the features.
    """

    def __init__(self, operations: tuple[Operation, ...], settings: FeatureSettings) -> None:
        self._operations, self._settings = operations, settings

    @functools.cached_property
    def features(self) -> Any:
        """Function that computes the features of an utterance, changed on the way to them.

        Its arguments are samples, int16 [n]; hits, bool [operations]; seed, int64 [2]; clock,
        float64; needed, int32, the steps that the transcript needs. It gives float32 [frames with
        context, n_input]: what `compute_features` does, to the bit, where nothing is to be done.
        """
        import tensorflow as tf
        return tf.function(self._features, autograph=False, input_signature=(
            tf.TensorSpec([None], tf.int16), *_chance(tf), tf.TensorSpec([], tf.int32)))

    @functools.cached_property
    def change_features(self) -> Any:
        """Function of frames, float32 [time, n_input], without context; hits, seed and clock."""
        import tensorflow as tf
        return tf.function(self._change_features, autograph=False, input_signature=(
            tf.TensorSpec([None, self._settings.n_input]), *_chance(tf)))

    def _features(self, samples: Any, hits: Any, seed: Any, clock: Any, needed: Any) -> Any:
        import tensorflow as tf

        def changed() -> Any:
            def done(x: Any, domain: str) -> Any:
                return self._change(x, domain, hits, seed, clock, needed)

            signal = tf.cast(samples, tf.float32)[:, tf.newaxis] / FULL_SCALE
            signal = done(signal, SIGNAL)[:, 0] * FULL_SCALE
            power = done(power_spectrum(signal, self._settings), SPECTROGRAM)
            return features_of_power(power, self._settings)

        numbers = numbers_of(self._operations, SIGNAL, SPECTROGRAM)
        return tf.cond(tf.reduce_any(tf.gather(hits, numbers)), changed,
                       lambda: compute_features(samples, self._settings))

    def _change_features(self, frames: Any, hits: Any, seed: Any, clock: Any) -> Any:
        return self._change(frames, FEATURES, hits, seed, clock, 0)

    def _change(self, x: Any, domain: str, hits: Any, seed: Any, clock: Any, needed: Any) -> Any:
        import tensorflow as tf
        for number in numbers_of(self._operations, domain):
            operation = self._operations[number]
            do = {**points.OPERATIONS, **spectrogram.OPERATIONS}[operation.name]
            scene = GraphScene(operation, self._settings, tf.random.fold_in(seed, number), clock,
                               needed)
            x = tf.cond(hits[number], lambda x=x, do=do, scene=scene: do(x, scene),
                        lambda x=x: x)
        return x


def _chance(tf: Any) -> tuple[Any, Any, Any]:
    """Return what hits, seed and clock are."""
    return (tf.TensorSpec([None], tf.bool), tf.TensorSpec([2], tf.int64),
            tf.TensorSpec([], tf.float64))
