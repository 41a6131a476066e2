"""The gradient of a batch that is too large for the memory: that of its pieces, one after another.

The layers' outputs, which the way back needs, take most of the memory; they are kept for one piece
at a time. As the pieces' losses are divided by the number of utterances in the whole batch, the sum
of their gradients is the gradient of the batch.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping

import tensorflow as tf


def piecewise(learn: Callable[[dict, tf.Tensor], tuple[tf.Tensor, dict[str, tf.Tensor]]],
              batch: dict, weights: Mapping[str, tf.Tensor], n_pieces: int, n_context: int
              ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """Build the graph that sums up the gradients of a batch's pieces.

    Args:
        learn: function of a piece and its number -> losses of its utterances, name -> gradient.
        batch: see `util.data.dataset.batches`.
        weights: what the gradients are of.
        n_pieces: the batch is cut into at most so many, of neighbours and all of one size but the
            last; each is as long as its longest utterance.
        n_context: frames of context on either side of the features.

    Returns:
        losses: float32 [batch].
        gradients: name -> sum of the pieces' gradients.
    """
    if n_pieces == 1:
        return learn(batch, tf.constant(0))
    n_batch = tf.shape(batch['lengths'])[0]
    size = (n_batch + n_pieces - 1) // n_pieces

    def add(number: tf.Tensor, losses: tf.Tensor, sums: dict[str, tf.Tensor]) -> tuple:
        found, gradients = learn(_piece(batch, number * size, size, n_context), number)
        return (number + 1, tf.concat([losses, found], 0),
                {name: total + gradients[name] for name, total in sums.items()})

    zeros = {name: tf.zeros(weight.shape) for name, weight in weights.items()}
    # Side by side the iterations would need the memory of the whole batch
    _, losses, gradients = tf.while_loop(
        lambda number, *_: number * size < n_batch, add, (tf.constant(0), tf.zeros([0]), zeros),
        parallel_iterations=1,
        shape_invariants=(tf.TensorShape([]), tf.TensorShape([None]),
                          {name: weight.shape for name, weight in weights.items()}))
    return losses, gradients


def _piece(batch: dict, first: tf.Tensor, size: tf.Tensor, n_context: int) -> dict:
    """Return the utterances of a batch from the first on, `size` of them if there are."""
    lengths, labels = batch['lengths'][first:first + size], batch['labels']
    width = tf.shape(labels, tf.int64)[1]
    return {'features': batch['features'][first:first + size,
                                          :tf.reduce_max(lengths) + 2 * n_context],
            'lengths': lengths, 'index': batch['index'][first:first + size],
            'labels': tf.sparse.slice(labels, tf.stack([tf.cast(first, tf.int64), 0]),
                                      tf.stack([tf.cast(size, tf.int64), width]))}
