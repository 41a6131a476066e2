"""The batch plan: pure, complete, shuffled, and hardly padded."""

import numpy as np
import pytest

from util.data.batching import BatchPlan, padding


def _speech_lengths(n, seed=0):
    """Time steps of read speech: log-normal around 5 s, 1 to 20 s, at 20 ms."""
    secs = np.exp(np.random.default_rng(seed).normal(np.log(5), 0.5, n)).clip(1, 20)
    return (secs * 50).astype(int)


@pytest.mark.parametrize('n, batch_size', [(1, 16), (7, 3), (16, 16), (17, 16), (33, 16), (300, 1)])
@pytest.mark.parametrize('epoch', [0, 1, 5])
def test_every_utterance_once(n, batch_size, epoch):
    plan = BatchPlan(_speech_lengths(n), batch_size, seed=3)
    batches = plan.plan(epoch)
    assert len(batches) == len(plan)
    assert sorted(np.concatenate(batches)) == list(range(n))
    sizes = sorted(map(len, batches))
    assert sizes[1:] == [batch_size] * (len(batches) - 1)


def test_epoch_0_is_shortest_first_and_stable():
    lengths = np.array([5, 3, 3, 9, 1])
    assert np.concatenate(BatchPlan(lengths, 2).plan(0)).tolist() == [4, 1, 2, 0, 3]
    assert np.concatenate(BatchPlan(lengths, 2, reverse=True).plan(0)).tolist() == [3, 0, 2, 1, 4]
    assert [b.tolist() for b in BatchPlan(lengths, 2, shuffled_from=None).plan(7)] == [
        [4, 1], [2, 0], [3]]


@pytest.mark.parametrize('first', [0, 1, 3, None])
def test_first_epoch_in_another_order(first):
    lengths = _speech_lengths(100)
    by_length = [batch.tolist() for batch in BatchPlan(lengths, 4).plan(0)]
    plan = BatchPlan(lengths, 4, shuffled_from=first)
    alike = [[batch.tolist() for batch in plan.plan(epoch)] == by_length for epoch in range(5)]
    assert alike == [first is None or epoch < first for epoch in range(5)]


def test_pure_function_of_seed_and_epoch():
    lengths = _speech_lengths(200)

    def flat(seed, epoch):
        return [b.tolist() for b in BatchPlan(lengths.copy(), 16, seed).plan(epoch)]

    assert flat(1, 4) == flat(1, 4)
    assert flat(1, 4) != flat(1, 5)
    assert flat(1, 4) != flat(2, 4)


def test_fingerprint_tells_other_batches():
    lengths = _speech_lengths(20)
    plan = BatchPlan(lengths, 4, seed=1)
    assert plan.fingerprint(3) == BatchPlan(lengths.copy(), 4, seed=1).fingerprint(3)
    others = [(plan, 4), (BatchPlan(lengths, 4, seed=2), 3),
              (BatchPlan(lengths[:19], 4, seed=1), 3)]
    assert plan.fingerprint(3) not in [other.fingerprint(epoch) for other, epoch in others]
    # In epoch 0 the order is the same, only the cuts differ
    assert plan.fingerprint(0) != BatchPlan(lengths, 5, seed=1).fingerprint(0)


def test_company_and_order_change_from_epoch_to_epoch():
    plan = BatchPlan(_speech_lengths(948), 16, seed=1)
    one, two = plan.plan(1), plan.plan(2)
    same = {frozenset(b.tolist()) for b in one} & {frozenset(b.tolist()) for b in two}
    assert len(same) <= 3
    order = plan.lengths[[b[0] for b in one]]
    assert abs(np.corrcoef(np.arange(len(order)), order)[0, 1]) < 0.5


@pytest.mark.parametrize('n', [300, 948, 5000])
@pytest.mark.parametrize('batch_size', [8, 16])
def test_less_than_a_tenth_is_padding(n, batch_size):
    lengths = _speech_lengths(n)
    arrival = np.array_split(np.arange(n), n // batch_size)
    assert padding(lengths, arrival) > 0.35
    plan = BatchPlan(lengths, batch_size, seed=1)
    for epoch in range(4):
        assert padding(lengths, plan.plan(epoch)) < 0.1


def test_equal_lengths_are_mixed():
    plan = BatchPlan(np.full(64, 50), 8, seed=1)
    assert {frozenset(b.tolist()) for b in plan.plan(1)}.isdisjoint(
        {frozenset(b.tolist()) for b in plan.plan(2)})


def test_batch_size_is_checked():
    with pytest.raises(ValueError, match='batch size 0'):
        BatchPlan(np.array([1]), 0)
