"""The LSTM: against a plain NumPy cell, against finite differences, padded against single."""

import numpy as np
import pytest
import tensorflow as tf

from util.network.lstm import bilstm, lstm

STEPS, BATCH, INPUTS, HIDDEN = 7, 4, 3, 5
LENGTHS = np.array([7, 3, 0, 6], np.int32)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def plain_lstm(x, kernel, recurrent, bias, c, h, reverse=False):
    """One utterance, x [T, I], one step at a time as in the textbook: h [T, H], last c and h."""
    outputs = np.zeros([len(x), len(h)], x.dtype)
    for t in reversed(range(len(x))) if reverse else range(len(x)):
        i, f, g, o = np.split(x[t] @ kernel + h @ recurrent + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        outputs[t] = h
    return outputs, c, h


def arguments(seed=1, dtype=np.float64, steps=STEPS, batch=BATCH, inputs=INPUTS, hidden=HIDDEN):
    """Random x, kernel, recurrent, bias, c0, h0."""
    random = np.random.default_rng(seed)
    shapes = [(steps, batch, inputs), (inputs, 4 * hidden), (hidden, 4 * hidden), (4 * hidden,),
              (batch, hidden), (batch, hidden)]
    return [random.normal(0, 0.5, shape).astype(dtype) for shape in shapes]


def plain_batch(x, kernel, recurrent, bias, c0, h0, reverse=False):
    """Run the plain cell over the batch of LENGTHS, float64: outputs, last c, last h."""
    outputs, c, h = np.zeros((*x.shape[:2], c0.shape[1])), np.zeros_like(c0), np.zeros_like(h0)
    for b, length in enumerate(LENGTHS):
        outputs[:length, b], c[b], h[b] = plain_lstm(
            x[:length, b], kernel, recurrent, bias, c0[b], h0[b], reverse)
    return outputs, c, h


def run(values, reverse):
    """Ours, float32, on the same arguments."""
    values = [tf.cast(v, tf.float32) for v in values]
    if reverse:
        return (lstm(*values[:4], LENGTHS, True),)
    outputs, (c, h) = lstm(*values[:4], LENGTHS, initial_state=values[4:], return_state=True)
    return outputs, c, h


def starting(values, reverse):
    """Only the forward direction has an initial state: zeros for the other."""
    return [*values[:4], *(0 * v if reverse else v for v in values[4:])]


@pytest.mark.parametrize('hidden', [5, 32, 96])
@pytest.mark.parametrize('reverse', [False, True])
def test_equals_the_plain_cell(reverse, hidden):
    """Widths that are one block, several blocks, and no multiple of a block."""
    values = starting(arguments(hidden=hidden), reverse)
    for ours, plain in zip(run(values, reverse), plain_batch(*values, reverse)):
        np.testing.assert_allclose(ours, plain, atol=1e-5)
    np.testing.assert_array_equal(run(values, reverse)[0][3:, 1], 0)


@pytest.mark.parametrize('reverse', [False, True])
def test_gradient_equals_finite_differences(reverse):
    """Our gradient against differences of the plain cell in float64."""
    values = starting(arguments(2), reverse)
    random = np.random.default_rng(3)
    weights = [random.normal(size=(STEPS, BATCH, HIDDEN)), *random.normal(size=(2, BATCH, HIDDEN))]

    def plain_loss(*values):
        found = plain_batch(*values, reverse)
        return sum((v * w).sum() for v, w in list(zip(found, weights))[:1 if reverse else 3])

    @tf.function
    def gradients(*values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            loss = sum(tf.reduce_sum(v * w) for v, w in zip(run(values, reverse), weights))
        return tape.gradient(loss, values)

    step = 1e-5
    found = gradients(*(tf.constant(v, tf.float32) for v in values))
    for k, gradient in enumerate(found[:4 if reverse else 6]):
        numeric = np.zeros_like(values[k])
        for place in np.ndindex(numeric.shape):
            sides = []
            for sign in 1, -1:
                moved = values[k].copy()
                moved[place] += sign * step
                sides.append(plain_loss(*values[:k], moved, *values[k + 1:]))
            numeric[place] = (sides[0] - sides[1]) / (2 * step)
        np.testing.assert_allclose(gradient, numeric, atol=2e-5)


@pytest.mark.parametrize('reverse', [False, True])
def test_padded_batch_equals_single_utterances(reverse):
    """Float32 outputs and weight gradients; what stands in the padding must not matter."""
    lengths = np.array([37, 1, 20, 33, 8], np.int32)
    x, kernel, recurrent, bias, _, _ = arguments(4, np.float32, 37, 5, 24, 32)
    weights = [tf.constant(v) for v in (kernel, recurrent, bias)]
    target = np.random.default_rng(5).normal(size=(37, 5, 32)).astype(np.float32)

    def gradients(x, lengths, target):
        with tf.GradientTape() as tape:
            tape.watch(weights)
            y = lstm(x, *weights, lengths, reverse)
            loss = tf.reduce_sum(y * target)
        return y.numpy(), tape.gradient(loss, weights)

    y, together = gradients(x, lengths, target)
    summed = [np.zeros(w.shape, np.float32) for w in weights]
    for b, length in enumerate(lengths):
        single, parts = gradients(x[:length, b:b + 1], lengths[b:b + 1],
                                  target[:length, b:b + 1])
        np.testing.assert_allclose(y[:length, b], single[:, 0], atol=1e-4)
        np.testing.assert_array_equal(y[length:, b], 0)
        summed = [s + p for s, p in zip(summed, parts)]
    for s, t in zip(summed, together):
        np.testing.assert_allclose(t, s, rtol=1e-4, atol=1e-3)


def test_carried_state_equals_one_run():
    """Streaming: the state after 16 steps continues the utterance."""
    x, kernel, recurrent, bias, _, _ = arguments(6, np.float32, steps=40, batch=1)
    whole = lstm(x, kernel, recurrent, bias, [40])
    state, parts = None, []
    for start in range(0, 40, 16):
        part = x[start:start + 16]
        y, state = lstm(part, kernel, recurrent, bias, [len(part)],
                        initial_state=state, return_state=True)
        parts.append(y)
    np.testing.assert_allclose(tf.concat(parts, 0), whole, atol=1e-6)


def test_bidirectional_is_both_directions():
    x_fw, kernel_fw, recurrent_fw, bias_fw, _, _ = arguments(7, np.float32)
    x_bw, kernel_bw, recurrent_bw, bias_bw, _, _ = arguments(8, np.float32)
    both = bilstm(x_fw, x_bw, (kernel_fw, recurrent_fw, bias_fw),
                  (kernel_bw, recurrent_bw, bias_bw), LENGTHS)
    np.testing.assert_allclose(
        both[..., :HIDDEN], lstm(x_fw, kernel_fw, recurrent_fw, bias_fw, LENGTHS), atol=1e-6)
    np.testing.assert_allclose(
        both[..., HIDDEN:],
        lstm(x_bw, kernel_bw, recurrent_bw, bias_bw, LENGTHS, reverse=True), atol=1e-6)


def test_bfloat16_stays_near_float32():
    """bfloat16 products with float32 weights: outputs within 0.02, gradients in direction."""
    x, kernel, recurrent, bias, _, _ = arguments(9, np.float32, 30, 4, 16, 24)
    weights = [tf.Variable(v) for v in (kernel * 0.3, recurrent * 0.3, bias)]
    found = {}
    for dtype in tf.float32, tf.bfloat16:
        with tf.GradientTape() as tape:
            y = lstm(x, *weights, [30, 3, 20, 30], compute_dtype=dtype)
            loss = tf.reduce_sum(y * y)
        assert y.dtype == tf.float32
        found[dtype] = y.numpy(), tape.gradient(loss, weights)
    np.testing.assert_allclose(found[tf.bfloat16][0], found[tf.float32][0], atol=0.02)
    for rough, exact in zip(found[tf.bfloat16][1], found[tf.float32][1]):
        assert rough.dtype == tf.float32
        error = np.linalg.norm(rough - exact) / np.linalg.norm(exact)
        assert error < 0.02
