"""Chance is a function of seed, epoch, utterance and operation."""
import numpy as np
import pytest

from util.data.augment.draws import Draws
from util.data.batching import BatchPlan

PLAN = BatchPlan(np.arange(3, 20), 4, seed=5)


def draws(seed=1, epoch=2, epochs=5):
    return Draws.of_epoch(seed, epoch, epochs, PLAN.plan(epoch), 17)


def test_the_clock_of_sample_n_of_N_in_epoch_e_of_E():
    clocks = []
    for epoch in range(5):
        found = draws(epoch=epoch).clocks[np.concatenate(PLAN.plan(epoch))]
        np.testing.assert_allclose(found, (epoch * 17 + np.arange(17)) / (5 * 17))
        clocks += found.tolist()
    assert clocks == sorted(clocks) and clocks[0] == 0 and clocks[-1] < 1


def test_nothing_else_counts_and_everything_does():
    def numbers(seed=1, epoch=2, utterance=3, operation=0):
        return draws(seed, epoch).lot(utterance).random(operation).random(8).tolist()

    assert numbers() == numbers()
    others = [numbers(), numbers(seed=2), numbers(epoch=3), numbers(utterance=4),
              numbers(operation=1), numbers(operation=-1), numbers(0), numbers(0, 0, 0, 0),
              numbers(0, 0, 0, 1), numbers(0, 0, 1, 0), numbers(0, 1, 0, 0)]
    assert len({tuple(each) for each in others}) == len(others)
    keys = {draws(seed, epoch).key(utterance) for seed in (0, 1, 2**32 - 1) for epoch in range(5)
            for utterance in range(17)}
    assert len(keys) == 3 * 5 * 17
    assert max(np.array(list(keys), np.int64).max(axis=0)) < 2**63


@pytest.mark.parametrize('p', [0, 0.3, 0.5, 1])
def test_each_operation_hits_by_its_own_p(p):
    """Also those of equal p are drawn for themselves."""
    many = Draws(7, 0, np.zeros(2000))
    hits = np.array([many.hits(i, [p, p, 0.5]) for i in range(2000)])
    np.testing.assert_allclose(hits.mean(axis=0), [p, p, 0.5], atol=0.04)
    for one, two in ((0, 1), (0, 2)):
        together = (hits[:, one] & hits[:, two]).mean()
        assert together == pytest.approx(hits[:, one].mean() * hits[:, two].mean(), abs=0.04)
