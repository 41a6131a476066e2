"""util/network/agreement.py: another LSTM is trusted only if it computes what our loop computes."""
import keras
import numpy as np
import pytest
import tensorflow as tf

from util.network import lstm as lstms
from util.network.agreement import TOLERANCE, difference


def loop(x, kernel, recurrent, bias, lengths, reverse):
    return lstms.lstm(x, kernel, recurrent, bias, lengths, reverse)


def textbook(x, kernel, recurrent, bias, lengths, reverse):
    """Run another implementation, differentiated by TensorFlow: one utterance at a time."""
    rows = []
    for b, length in enumerate(lengths.numpy()):
        c = h = tf.zeros([1, recurrent.shape[0]])
        steps = [tf.zeros_like(h[0])] * x.shape[0]
        for t in reversed(range(length)) if reverse else range(length):
            i, f, g, o = tf.split(x[t:t + 1, b] @ kernel + h @ recurrent + bias, 4, axis=1)
            c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
            h = tf.sigmoid(o) * tf.tanh(c)
            steps[t] = h[0]
        rows.append(tf.stack(steps))
    return tf.stack(rows, axis=1)


def swapped(array, order):
    return tf.concat([tf.split(array, 4, axis=-1)[gate] for gate in order], axis=-1)


# What goes wrong with parameters in another layout, or with a kernel that is not what it should be
WRONG = {
    'no forget gate': lambda x, k, r, b, n, back: loop(x, k, r, swapped(b, (1, 1, 2, 3)), n, back),
    'gates of the input': lambda x, k, r, b, n, back: loop(x, swapped(k, (0, 2, 1, 3)), r, b, n,
                                                           back),
    'gates of the recurrence': lambda x, k, r, b, n, back: loop(x, k, swapped(r, (0, 1, 3, 2)), b,
                                                                n, back),
    'transposed': lambda x, k, r, b, n, back: loop(
        x, k, tf.concat([tf.transpose(part) for part in tf.split(r, 4, axis=1)], 1), b, n, back),
    'no bias': lambda x, k, r, b, n, back: loop(x, k, r, 0 * b, n, back),
    'bias twice': lambda x, k, r, b, n, back: loop(x, k, r, 2 * b, n, back),
    'one direction': lambda x, k, r, b, n, back: loop(x, k, r, b, n, False),
    'padding heard': lambda x, k, r, b, n, back: loop(x, k, r, b, tf.fill(n.shape, 6), back),
    'not a number': lambda x, k, r, b, n, back: loop(x, k, r, b, n, back) * np.nan,
    'gradient of the input': lambda x, k, r, b, n, back: loop(tf.stop_gradient(x), k, r, b, n,
                                                              back),
    'gradient of the kernel': lambda x, k, r, b, n, back: loop(x, tf.stop_gradient(k), r, b, n,
                                                               back),
    'gradient of the recurrence': lambda x, k, r, b, n, back: loop(x, k, tf.stop_gradient(r), b, n,
                                                                   back),
    'gradient of the bias': lambda x, k, r, b, n, back: loop(x, k, r, tf.stop_gradient(b), n, back)}


def test_two_that_agree():
    assert difference(loop, loop) == difference(loop, textbook) == ''
    assert difference(loop, lambda *arguments: loop(*arguments) + TOLERANCE / 2) == ''


@pytest.mark.parametrize('wrong', WRONG)
def test_every_difference_is_found_and_named(wrong):
    found = difference(loop, WRONG[wrong])
    assert found.startswith('the gradient of' if wrong.startswith('gradient') else 'the outputs')
    assert found.endswith(' apart')


LINES = [(lambda *arguments: textbook(*arguments), ''),
         (WRONG['no bias'], 'the outputs (forward) are')]
if not lstms.has_gpu():  # there is no such kernel on a CPU
    LINES.append((lstms._cudnn_outputs, 'differs from ours: '))


@pytest.mark.parametrize('other, says', LINES)
def test_what_differs_is_left_alone_with_a_line(other, says, capsys):
    """Also where the question comes up while a graph is traced; it is answered once."""
    lstms._agrees.cache_clear()
    answers = []

    @tf.function
    def traced(x):
        answers.append(lstms._agrees(other))
        return x

    traced(tf.constant(1.0))
    answers.append(lstms._agrees(other))
    assert answers == [not says] * 2
    said = capsys.readouterr().out
    assert said.count('W ') == bool(says) == said.count("cuDNN's LSTM is not used") and says in said


@pytest.mark.parametrize('inputs, hidden', [(3, 5), (5, 3), (4, 4)])
def test_the_parameters_are_laid_out_as_keras_does(inputs, hidden):
    """Bit for bit as its TensorFlow backend converts a Keras layer's weights for cuDNN."""
    from keras.src.backend.tensorflow.rnn import _standardize_cudnn_weights

    cell = keras.layers.LSTM(hidden, bias_initializer='random_normal')
    cell.build([None, None, inputs])
    kernel, recurrent, bias = (tf.constant(weight) for weight in cell.get_weights())
    expected = _standardize_cudnn_weights(
        weights=[*tf.split(kernel, 4, axis=1), *tf.split(recurrent, 4, axis=1)],
        biases=tf.split(tf.concat([tf.zeros_like(bias), bias], 0), 8), shape=tf.constant([-1]),
        transpose_weights=True)
    np.testing.assert_array_equal(lstms._cudnn_params(kernel, recurrent, bias), expected)
    x = np.random.default_rng(1).normal(size=[2, 7, inputs]).astype(np.float32)
    layer = keras.layers.LSTM(hidden, return_sequences=True)
    layer.build(x.shape)
    layer.set_weights(cell.get_weights())
    ours = lstms.lstm(tf.transpose(x, [1, 0, 2]), kernel, recurrent, bias, [7, 7])
    np.testing.assert_allclose(tf.transpose(ours, [1, 0, 2]), layer(x), atol=1e-5)
