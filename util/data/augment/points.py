"""The operations on points of any representation, as TensorFlow operations.

A representation is float32 [time, width]: samples of width 1, power in bins, or coefficients.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from util.data.augment.scene import GraphScene


def stretches(length: Any, starts: Any, sizes: Any) -> Any:
    """Tell for each of `length` places whether one of several stretches covers it: bool [length].

    Args:
        length: int scalar.
        starts: int [n].
        sizes: int [n].
    """
    import tensorflow as tf
    edges = tf.concat([starts, starts + sizes], 0)[:, tf.newaxis]
    rises = tf.concat([tf.ones_like(starts), -tf.ones_like(starts)], 0)
    return tf.cumsum(tf.scatter_nd(edges, rises, [length + 1]))[:length] > 0


def somewhere(length: Any, sizes: Any, seed: Any) -> Any:
    """Return a uniform place for each stretch inside of `length`: int [n]."""
    import tensorflow as tf
    places = tf.random.stateless_uniform(tf.shape(sizes), seed)
    room = tf.cast(length - sizes + 1, tf.float32)
    return tf.minimum(tf.cast(places * room, tf.int32), length - sizes)


def _time_mask(x: Any, scene: GraphScene) -> Any:
    """Set n stretches of time to 0."""
    import tensorflow as tf
    time = tf.shape(x)[0]
    sizes = scene.pick('size', [scene.pick('n')]) / scene.step_ms + 1e-4
    sizes = tf.cast(tf.clip_by_value(sizes, 1.0, tf.cast(tf.maximum(time - 1, 1), tf.float32)),
                    tf.int32)
    masked = stretches(time, somewhere(time, sizes, scene.throw(0)), sizes)
    return tf.where(masked[:, tf.newaxis], 0.0, x)


def _dropout(x: Any, scene: GraphScene) -> Any:
    """Set a share of the points to 0."""
    import tensorflow as tf
    kept = tf.random.stateless_uniform(tf.shape(x), scene.throw(0)) >= scene.pick('rate')
    return tf.where(kept, x, 0.0)


def _add(x: Any, scene: GraphScene) -> Any:
    """Add a normal number to each point."""
    import tensorflow as tf
    normal = tf.random.stateless_normal(tf.shape(x), scene.throw(0))
    return x + scene.unit * scene.pick('stddev') * normal


def _multiply(x: Any, scene: GraphScene) -> Any:
    """Multiply each point by a normal number around 1."""
    import tensorflow as tf
    normal = tf.random.stateless_normal(tf.shape(x), scene.throw(0))
    return x * (1 + scene.pick('stddev') * normal)


OPERATIONS: dict[str, Callable[[Any, GraphScene], Any]] = {
    'time_mask': _time_mask, 'dropout': _dropout, 'add': _add, 'multiply': _multiply}
