"""A batch learnt from piece by piece changes the weights as the whole batch does."""
import numpy as np
import pytest
import tensorflow as tf

import DeepSpeech
from tests.helpers.trainer import batch_of
from util.cluster.crew import Crew
from util.network.dropout import Dropout
from util.network.geometry import Geometry
from util.settings import LearningSettings
from util.training.pieces import piecewise

# Of one epoch: the last batch is smaller, also than the number of pieces
BATCHES = ([20, 31, 25, 9, 14, 40, 12], [12] * 7, [9, 33, 21], [17])


def learnt(pieces, batches=BATCHES, **settings):
    """Return the weights after a few steps, and what the steps returned."""
    stddev = dict.fromkeys([a + b for a in 'bh' for b in '12356'], 0.2)
    learning = LearningSettings(stddev, max_grad_norm=5.0, pieces=pieces, seed=4294967295,
                                **settings)
    model = DeepSpeech.Model(Geometry(n_hidden=16, n_labels=6), learning, Crew())
    told = [[part.numpy() for part in model.learn(batch_of(lengths), step, 0.01, 0.0)]
            for step, lengths in enumerate(batches)]
    return model, told


@pytest.mark.parametrize('n_pieces, cut', [
    (1, [[9, 3, 5, 7, 2]]), (2, [[9, 3, 5], [7, 2]]), (4, [[9, 3], [5, 7], [2]]),
    (9, [[9], [3], [5], [7], [2]])])
def test_pieces_are_neighbours_as_long_as_their_longest(n_pieces, cut):
    batch, seen = batch_of([9, 3, 5, 7, 2]), []

    def learn(piece, number):
        seen.append((int(number), piece['lengths'].numpy().tolist(), piece['features'].shape[1],
                     tf.sparse.to_dense(piece['labels']).numpy()[:, :3].tolist()))
        return tf.cast(piece['lengths'], tf.float32), {'w': tf.ones([2])}

    losses, gradients = piecewise(learn, batch, {'w': tf.zeros([2])}, n_pieces, 9)
    labels = iter(tf.sparse.to_dense(batch['labels']).numpy().tolist())
    assert seen == [(number, lengths, max(lengths) + 18, [next(labels) for _ in lengths])
                    for number, lengths in enumerate(cut)]
    assert losses.numpy().tolist() == [9, 3, 5, 7, 2]
    assert gradients['w'].numpy().tolist() == [len(cut)] * 2


@pytest.fixture(scope='module')
def whole():
    return learnt(1)


@pytest.fixture(scope='module')
def in_three():
    return learnt(3)


@pytest.mark.parametrize('pieces', [3, 100])
def test_pieces_give_the_weights_of_the_whole(whole, in_three, pieces):
    model, told = in_three if pieces == 3 else learnt(pieces)
    for name, weight in whole[0].weights.items():
        np.testing.assert_allclose(model.weights[name], weight, atol=1e-5, rtol=0)
    for mine, expected in zip(told, whole[1]):  # losses in the batch's order, norm, tally
        for part, other in zip(mine, expected):
            np.testing.assert_allclose(part, other, rtol=1e-4)


def test_gradients_of_the_summaries_are_those_of_the_whole(whole, in_three):
    expected, gradients = (model.gradients(batch_of(BATCHES[0]), 1)
                           for model, _ in (whole, in_three))
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, expected[name], atol=1e-4, rtol=1e-3)


def test_a_loss_that_is_not_finite_in_any_piece_changes_nothing(in_three):
    model, _ = in_three
    before = {name: weight.numpy() for name, weight in model.weights.items()}
    labels = tf.sparse.from_dense(tf.constant([[1, 3, 4], [1, 3, 4], [1, 3, 4], [2, 2, 2]]))
    batch = {**batch_of([4, 4, 4, 4]), 'labels': labels}  # 2 2 2 needs 5 steps
    losses, _, tally = model.learn(batch, 5, 0.1, 0.0)
    assert np.isfinite(losses).tolist() == [True, True, True, False]
    assert tally.numpy().tolist()[1:] == [3, 4, 0]
    for name, weight in model.weights.items():
        np.testing.assert_array_equal(weight, before[name])


def test_pieces_draw_their_own_chances():
    """The same utterance four times, in four pieces: another loss each time, each time again."""
    model, _ = learnt(4, (), dropout=Dropout(0.5, 0.5, 0.5))
    one = batch_of([30])
    labels = tf.sparse.concat(0, [one['labels']] * 4)
    four = {key: tf.concat([one[key]] * 4, 0) for key in ('features', 'lengths', 'index')}
    batch = {**one, **four, 'labels': labels}
    losses = [model.learn(batch, 3, 0.0, 0.0)[0].numpy().tolist() for _ in range(2)]
    assert len(set(losses[0])) == 4
    assert losses[0] == losses[1]
