"""util/training/advice.py: who gets which line, over widths, rates and devices."""
import itertools

import pytest

from util.training.advice import advice


@pytest.mark.parametrize('n_hidden, rate, on_gpu', itertools.product(
    [100, 1024, 2047, 2048, 4096], [1e-5, 1e-4, 9e-4, 1e-3, 0.1], [False, True]))
def test_who_is_advised(n_hidden, rate, on_gpu):
    lines = advice(n_hidden, rate, on_gpu)
    wide = n_hidden >= 2048
    assert any('on a CPU' in line for line in lines) == (wide and not on_gpu)
    assert any('pass --learning_rate 0.0001' in line for line in lines) == (wide and rate >= 1e-3)
    assert len(lines) == wide * (not on_gpu) + wide * (rate >= 1e-3)
