"""What to take instead of 2017's defaults where they do not fit."""
from __future__ import annotations

WIDE = 2048  # units: 2017's default, for thousands of hours of speech and a GPU
FAST = 0.001  # 2017's default rate, for networks of some hundred units


def advice(n_hidden: int, rate: float, on_gpu: bool) -> list[str]:
    """Return a line for each setting that a new training should better not begin with.

    Args:
        n_hidden: width of the network.
        rate: step size.
        on_gpu: whether there is a GPU.
    """
    lines = []
    if n_hidden >= WIDE and not on_gpu:
        lines.append(f'--n_hidden {n_hidden} takes very long on a CPU: pass --n_hidden 256 for a '
                     'few hours of speech, 512 for more')
    if n_hidden >= WIDE and rate >= FAST:
        lines.append(f'--learning_rate {rate:g} is too high for --n_hidden {n_hidden}: pass '
                     '--learning_rate 0.0001')
    return lines
