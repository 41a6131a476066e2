"""util/training/advice.py: what is advised against, over widths, rates, batches and devices."""
import itertools

import pytest

from util.training.advice import advice


@pytest.mark.parametrize('n_hidden, rate, batch_size, hours, on_gpu', itertools.product(
    [100, 1024, 2047, 2048, 4096], [1e-5, 9e-4, 1e-3, 0.1], [1, 2], [0.001, 0.5, 5, 5000],
    [False, True]))
def test_who_is_advised(n_hidden, rate, batch_size, hours, on_gpu):
    line = advice(n_hidden, rate, batch_size, hours, on_gpu)
    wide, single = n_hidden >= 2048, batch_size == 1 and hours > 0.1
    assert ('on a CPU' in line) == (wide and not on_gpu)
    assert (f'--learning_rate {rate:g} is too high' in line) == (wide and rate >= 1e-3)
    assert ('--train_batch_size 1' in line) == single
    assert bool(line) == ('--flagfile data/recipes/' in line) == (
        wide and (not on_gpu or rate >= 1e-3) or single)
    assert (' minute of' in line) == (bool(line) and hours < 1.5 / 60)
    assert ('-gpu.txt' in line) == (bool(line) and on_gpu) and '\n' not in line
