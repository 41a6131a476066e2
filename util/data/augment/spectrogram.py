"""The operations on the power spectrum alone, as TensorFlow operations.

A spectrogram is float32 [frames, bins], bin k being k sample_rate / FFT Hz.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from util.data.augment.points import somewhere, stretches
from util.data.augment.scene import GraphScene

MOST_FRAMES = 1e6  # of an utterance without another limit: five hours


def scaled(x: Any, frames: Any, bins: Any) -> Any:
    """Scale [frames, bins] bilinearly to other sizes; what stands at 0 stays there."""
    import tensorflow as tf
    return tf.raw_ops.ResizeBilinear(images=x[tf.newaxis, :, :, tf.newaxis],
                                     size=tf.stack([frames, bins]))[0, :, :, 0]


def _pitch(x: Any, scene: GraphScene) -> Any:
    """Move each frequency f to f pitch; cut at the top, or fill it with zeros."""
    import tensorflow as tf
    frames, bins = tf.shape(x)[0], x.shape[1]
    new = tf.maximum(1, tf.cast(bins * scene.pick('pitch'), tf.int32))
    moved = scaled(x, frames, new)[:, :bins]
    return tf.ensure_shape(tf.pad(moved, [[0, 0], [0, tf.maximum(0, bins - new)]]), [None, bins])


def _tempo(x: Any, scene: GraphScene) -> Any:
    """Say it `factor` times as fast, yet with a frame for each label, and within `max_time`."""
    import tensorflow as tf
    frames, bins = tf.shape(x)[0], x.shape[1]
    new = tf.cast(tf.cast(frames, tf.float32) / scene.pick('factor'), tf.int32)
    max_time = scene.pick('max_time')
    most = tf.where(max_time > 0, tf.minimum(max_time / scene.step_ms + 1e-4, MOST_FRAMES),
                    MOST_FRAMES)
    least = tf.maximum(1, tf.minimum(scene.needed, frames))
    new = tf.maximum(tf.minimum(new, tf.cast(most, tf.int32)), least)
    return tf.ensure_shape(scaled(x, new, bins), [None, bins])


def _warp(x: Any, scene: GraphScene) -> Any:
    """Pull at a grid of nt x nf points inside, each by a normal shift; the edges stay."""
    import tensorflow as tf
    frames, bins = tf.shape(x)[0], x.shape[1]

    def flow(n: Any, share: Any, size: Any, number: int) -> Any:
        deviation = share * tf.cast(size, tf.float32) / (2 * tf.cast(n + 1, tf.float32))
        shifts = deviation * tf.random.stateless_normal([nt, nf], scene.throw(number))
        field = tf.pad(shifts, [[1, 1], [1, 1]])[tf.newaxis, :, :, tf.newaxis]
        return tf.raw_ops.ResizeBicubic(images=field, size=tf.stack([frames, bins]),
                                        align_corners=True)[0, :, :, 0]

    nt, nf = scene.pick('nt'), scene.pick('nf')
    time = tf.range(frames, dtype=tf.float32)[:, tf.newaxis]
    frequency = tf.range(bins, dtype=tf.float32)[tf.newaxis]
    return tf.ensure_shape(_read_off(x, time - flow(nt, scene.pick('wt'), frames, 0),
                                     frequency - flow(nf, scene.pick('wf'), bins, 1)),
                           [None, bins])


def _read_off(x: Any, time: Any, frequency: Any) -> Any:
    """Read x off bilinearly between its points: float32, shaped like the places."""
    import tensorflow as tf
    frames, bins = tf.shape(x)[0], tf.shape(x)[1]
    flat = tf.reshape(x, [-1])

    def around(place: Any, size: Any) -> tuple[Any, Any, Any]:
        place = tf.clip_by_value(place, 0.0, tf.cast(size - 1, tf.float32))
        below = tf.cast(place, tf.int32)
        return below, tf.minimum(below + 1, size - 1), place - tf.cast(below, tf.float32)

    above, beneath, down = around(time, frames)
    left, right, across = around(frequency, bins)
    upper = (tf.gather(flat, above * bins + left) * (1 - across)
             + tf.gather(flat, above * bins + right) * across)
    lower = (tf.gather(flat, beneath * bins + left) * (1 - across)
             + tf.gather(flat, beneath * bins + right) * across)
    return upper * (1 - down) + lower * down


def _frequency_mask(x: Any, scene: GraphScene) -> Any:
    """Set n bands of `size` bins to 0."""
    import tensorflow as tf
    bins = x.shape[1]
    sizes = tf.clip_by_value(scene.pick('size', [scene.pick('n')]), 1, max(1, bins - 1))
    masked = stretches(bins, somewhere(bins, sizes, scene.throw(0)), sizes)
    return tf.where(masked[tf.newaxis], 0.0, x)


OPERATIONS: dict[str, Callable[[Any, GraphScene], Any]] = {
    'pitch': _pitch, 'tempo': _tempo, 'warp': _warp, 'frequency_mask': _frequency_mask}
