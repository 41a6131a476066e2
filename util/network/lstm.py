"""A fast LSTM with a hand-written gradient, for utterances of different lengths.

The cell (gates i, f, c, o; no peepholes; the forget bias is inside `bias`):

    z_t = x_t W + h_{t-1} R + b                      z = [z_i, z_f, z_g, z_o]
    i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o);   g = tanh(z_g)
    c_t = f * c_{t-1} + i * g
    h_t = o * tanh(c_t)

Everything that does not depend on h_{t-1} is one large product outside the loop over time: x W + b
before the forward loop; the gradients of x, W, R and b after the backward loop.

Padding costs no operation inside the loops: past the end of an utterance z is set to a large
negative number, so that i = f = o = 0 and g = -1 exactly. Then c and h are exactly zero there
(which is also how the reverse direction starts at each utterance's own end), and so is every
derivative.

Nothing here depends on T or B being known when a `tf.function` is traced; I and H must be. So one
trace with a signature of [None, None, I] serves every batch. The two directions are two loops,
which TensorFlow runs side by side. On a GPU the same weights feed cuDNN's LSTM instead, once it
has shown on a tiny batch that it computes the same.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from util import log
from util.errors import reason
from util.network.agreement import Lstm, difference

State = tuple[tf.Tensor, tf.Tensor]  # (c, h), float32 [B, H] each
Weights = tuple[tf.Tensor, tf.Tensor, tf.Tensor]  # (kernel, recurrent, bias), see `lstm`

# sigmoid(CLOSED) == 0 and tanh(CLOSED) == -1 exactly in float32 and bfloat16, whatever h R adds.
CLOSED = -1e4


def lstm(x: tf.Tensor, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor,
         lengths: tf.Tensor, reverse: bool = False, compute_dtype: tf.DType = tf.float32,
         initial_state: State | None = None,
         return_state: bool = False) -> tf.Tensor | tuple[tf.Tensor, State]:
    """Run one LSTM layer in one direction.

    Args:
        x: float [T, B, I], time major.
        kernel: float32 [I, 4H], input weights, gate columns i, f, c, o.
        recurrent: float32 [H, 4H], recurrent weights, same columns.
        bias: float32 [4H], forget bias included.
        lengths: int32 [B], steps of each utterance; the rest is padding.
        reverse: run from each utterance's last step to its first.
        compute_dtype: type of the matrix products; the cell state is kept in float32.
        initial_state: (c, h), float32 [B, H] each; zeros by default; forward only.
        return_state: also return the state after each utterance's last step; forward only.

    Returns:
        float32 [T, B, H], zero past an utterance's length; with `return_state` the pair of it and
        (c, h), float32 [B, H] each.
    """
    if reverse and (initial_state is not None or return_state):
        raise ValueError('only the forward direction has a state to carry')
    x, kernel, recurrent, bias = (tf.convert_to_tensor(v) for v in (x, kernel, recurrent, bias))
    lengths = tf.convert_to_tensor(lengths, tf.int32)
    if has_gpu() and _agrees(_cudnn_outputs):
        outputs, state = _cudnn(x, kernel, recurrent, bias, lengths, reverse, initial_state)
        return (outputs, state) if return_state else outputs
    c0, h0 = initial_state or _rest(x, recurrent)
    real = tf.sequence_mask(lengths, tf.shape(x)[0])
    outputs, cells = _lstm(x, kernel, recurrent, bias, tf.transpose(real), c0, h0,
                           reverse, tf.as_dtype(compute_dtype))
    if not return_state:
        return outputs
    last = tf.maximum(lengths - 1, 0)
    where = tf.stack([last, tf.range(tf.size(lengths))], axis=1)
    empty = lengths[:, tf.newaxis] == 0
    return outputs, (tf.where(empty, c0, tf.gather_nd(cells, where)),
                     tf.where(empty, h0, tf.gather_nd(outputs, where)))


def bilstm(x_fw: tf.Tensor, x_bw: tf.Tensor, fw_weights: Weights, bw_weights: Weights,
           lengths: tf.Tensor, compute_dtype: tf.DType = tf.float32) -> tf.Tensor:
    """Run a bidirectional LSTM layer.

    Args:
        x_fw: float [T, B, I], input of the forward direction.
        x_bw: float [T, B, I], input of the reverse direction (differs only by dropout).
        fw_weights: (kernel, recurrent, bias) of the forward direction, see `lstm`.
        bw_weights: the same of the reverse direction.
        lengths: int32 [B].
        compute_dtype: type of the matrix products.

    Returns:
        float32 [T, B, 2H], forward outputs first.
    """
    forward = lstm(x_fw, *fw_weights, lengths, compute_dtype=compute_dtype)
    backward = lstm(x_bw, *bw_weights, lengths, reverse=True, compute_dtype=compute_dtype)
    return tf.concat([forward, backward], axis=2)


def _lstm(x: tf.Tensor, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor, real: tf.Tensor,
          c0: tf.Tensor, h0: tf.Tensor, reverse: bool,
          dtype: tf.DType) -> tuple[tf.Tensor, tf.Tensor]:
    """Compute outputs h and cells c, [T, B, H], and the gradient of both."""

    @tf.custom_gradient
    def call(x: tf.Tensor, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor, c0: tf.Tensor,
             h0: tf.Tensor) -> tuple[State, Callable[..., tuple[tf.Tensor, ...]]]:
        steps, batch, inputs = tf.unstack(tf.shape(x))
        hidden = recurrent.shape[0]
        x2 = tf.cast(tf.reshape(x, [steps * batch, inputs]), dtype)
        w, r = tf.cast(kernel, dtype), tf.cast(recurrent, dtype)
        z = tf.cast(tf.matmul(x2, w), bias.dtype) + bias
        z = tf.where(tf.reshape(real, [-1, 1]), z, tf.cast(CLOSED, z.dtype))
        z = tf.reshape(z, [steps, batch, 4 * hidden])
        h, c, gates = _forward(z, r, c0, h0, reverse)

        def gradient(dh: tf.Tensor, dc: tf.Tensor) -> tuple[tf.Tensor, ...]:
            h_before, c_before = _before(h, h0, reverse), _before(c, c0, reverse)
            dz, dc0, dh0 = _backward(dh, dc, c, c_before, gates, r, reverse)
            dz2 = tf.cast(tf.reshape(dz, [steps * batch, 4 * hidden]), dtype)
            h2 = tf.cast(tf.reshape(h_before, [steps * batch, hidden]), dtype)
            dx = tf.reshape(tf.matmul(dz2, w, transpose_b=True), tf.shape(x))
            return (tf.cast(dx, x.dtype),
                    tf.cast(tf.matmul(x2, dz2, transpose_a=True), kernel.dtype),
                    tf.cast(tf.matmul(h2, dz2, transpose_a=True), recurrent.dtype),
                    tf.reduce_sum(dz, [0, 1]), dc0, dh0)

        return (h, c), gradient

    return call(x, kernel, recurrent, bias, c0, h0)


def _forward(z: tf.Tensor, recurrent: tf.Tensor, c: tf.Tensor, h: tf.Tensor,
             reverse: bool) -> tuple[tf.Tensor, ...]:
    """Run the recurrence over z [T, B, 4H]: h, c [T, B, H] and the open gates [T, B, 4H]."""
    steps = tf.shape(z)[0]
    hidden = recurrent.shape[0]

    def body(n: tf.Tensor, c: tf.Tensor, h: tf.Tensor, hs: tf.TensorArray, cs: tf.TensorArray,
             gs: tf.TensorArray) -> tuple[Any, ...]:
        t = steps - 1 - n if reverse else n
        zt = z[t] + tf.cast(tf.matmul(tf.cast(h, recurrent.dtype), recurrent), z.dtype)
        zi, zf, zg, zo = tf.split(zt, 4, axis=1)
        i, f, g, o = tf.sigmoid(zi), tf.sigmoid(zf), tf.tanh(zg), tf.sigmoid(zo)
        c = f * c + i * g
        h = o * tf.tanh(c)
        return (n + 1, c, h, hs.write(t, h), cs.write(t, c),
                gs.write(t, tf.concat([i, f, g, o], axis=1)))

    arrays = [tf.TensorArray(z.dtype, steps, element_shape=[None, width])
              for width in (hidden, hidden, 4 * hidden)]
    done = tf.while_loop(lambda n, *_: n < steps, body, [0, c, h, *arrays],
                         parallel_iterations=1)
    return tuple(array.stack() for array in done[3:])


def _backward(dh: tf.Tensor, dc: tf.Tensor, c: tf.Tensor, c_before: tf.Tensor, gates: tf.Tensor,
              recurrent: tf.Tensor, reverse: bool) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Run the recurrence of the gradient: dz [T, B, 4H], dc0 and dh0 [B, H]."""
    steps = tf.shape(dh)[0]
    i, f, g, o = tf.split(gates, 4, axis=2)
    tanh_c = tf.tanh(c)
    to_c = o * (1 - tanh_c * tanh_c)
    to_z = tf.concat([g * i * (1 - i), c_before * f * (1 - f), i * (1 - g * g)], axis=2)
    to_o = tanh_c * o * (1 - o)
    transposed = tf.transpose(recurrent)

    def body(n: tf.Tensor, dct: tf.Tensor, dht: tf.Tensor,
             dzs: tf.TensorArray) -> tuple[Any, ...]:
        t = n if reverse else steps - 1 - n
        dht = dht + dh[t]
        dct = dct + dc[t] + dht * to_c[t]
        dz = tf.concat([tf.tile(dct, [1, 3]) * to_z[t], dht * to_o[t]], axis=1)
        dzs = dzs.write(t, dz)
        dht = tf.cast(tf.matmul(tf.cast(dz, transposed.dtype), transposed), dh.dtype)
        return n + 1, dct * f[t], dht, dzs

    zeros = tf.zeros_like(dh[0])
    array = tf.TensorArray(dh.dtype, steps, element_shape=[None, gates.shape[2]])
    _, dc0, dh0, dzs = tf.while_loop(lambda n, *_: n < steps, body, [0, zeros, zeros, array],
                                     parallel_iterations=1)
    return dzs.stack(), dc0, dh0


def _before(states: tf.Tensor, initial: tf.Tensor, reverse: bool) -> tf.Tensor:
    """Return the states one step earlier: [T, B, H], `initial` at the start."""
    if reverse:
        return tf.concat([states[1:], initial[tf.newaxis]], axis=0)
    return tf.concat([initial[tf.newaxis], states[:-1]], axis=0)


def _rest(x: tf.Tensor, recurrent: tf.Tensor) -> State:
    """Return the state before the first step: zeros."""
    zeros = tf.zeros([tf.shape(x)[1], recurrent.shape[0]], recurrent.dtype)
    return zeros, zeros


def _loop_outputs(x: tf.Tensor, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor,
                  lengths: tf.Tensor, reverse: bool) -> tf.Tensor:
    real = tf.transpose(tf.sequence_mask(lengths, tf.shape(x)[0]))
    return _lstm(x, kernel, recurrent, bias, real, *_rest(x, recurrent), reverse, tf.float32)[0]


def _cudnn_outputs(x: tf.Tensor, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor,
                   lengths: tf.Tensor, reverse: bool) -> tf.Tensor:
    return _cudnn(x, kernel, recurrent, bias, lengths, reverse)[0]


@functools.cache
def _agrees(other: Lstm) -> bool:
    """Compare another implementation with our loop, once; say so if it cannot be used."""
    with tf.init_scope():  # at once, also where a graph is being traced
        try:
            found = difference(_loop_outputs, other)
        except tf.errors.OpError as error:
            found = reason(error)
    if found:
        log.warn(f"cuDNN's LSTM is not used, as it differs from ours: {found}")
    return not found


def has_gpu() -> bool:
    """Tell whether TensorFlow may place the LSTM on a GPU."""
    return bool(tf.config.list_logical_devices('GPU'))


def _cudnn(x: tf.Tensor, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor,
           lengths: tf.Tensor, reverse: bool,
           state: State | None = None) -> tuple[tf.Tensor, State]:
    """Run one direction by cuDNN, in float32: outputs [T, B, H] and last (c, h), [B, H] each."""
    params = _cudnn_params(kernel, recurrent, bias)
    x = tf.cast(x, tf.float32)
    if reverse:
        x = tf.reverse_sequence(x, lengths, seq_axis=0, batch_axis=1)
    c0, h0 = state or _rest(x, recurrent)
    y, h, c, _, _ = tf.raw_ops.CudnnRNNV3(
        input=x, input_h=h0[tf.newaxis], input_c=c0[tf.newaxis], params=params,
        sequence_lengths=tf.maximum(lengths, 1), rnn_mode='lstm', direction='unidirectional',
        time_major=True, is_training=True)
    real = tf.transpose(tf.sequence_mask(lengths, tf.shape(x)[0]))[:, :, tf.newaxis]
    y = tf.where(real, y, 0.0)
    if reverse:
        y = tf.reverse_sequence(y, lengths, seq_axis=0, batch_axis=1)
    empty = lengths[:, tf.newaxis] == 0
    return y, (tf.where(empty, c0, c[0]), tf.where(empty, h0, h[0]))


def _cudnn_params(kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """Return the weights as cuDNN takes them.

    It keeps each gate's matrix transposed and flattened, input before recurrent, all biases after
    them; it has a bias of its own for the input, which is zero here.
    """
    parts = [*tf.split(kernel, 4, axis=1), *tf.split(recurrent, 4, axis=1)]
    return tf.concat([*(tf.reshape(tf.transpose(part), [-1]) for part in parts),
                      tf.zeros_like(bias), bias], axis=0)
