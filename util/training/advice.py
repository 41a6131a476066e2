"""What to take instead of 2017's defaults where they cannot end well."""
from __future__ import annotations

from util.training.recipes import recipe_for

WIDE = 2048  # units: 2017's default, for thousands of hours of speech and a GPU
FAST = 0.001  # 2017's default rate, for networks of some hundred units
MUCH_FOR_ONE = 0.1  # hours of speech that take batches of more than one utterance


def advice(n_hidden: int, rate: float, batch_size: int, hours: float, on_gpu: bool) -> str:
    """Return one line on what a new training should better not begin with, '' for nothing.

    Args:
        n_hidden: width of the network.
        rate: step size.
        batch_size: utterances from which a step learns.
        hours: of speech to train on.
        on_gpu: whether there is a GPU.
    """
    faults = []
    if n_hidden >= WIDE and not on_gpu:
        faults.append(f'--n_hidden {n_hidden} takes very long on a CPU')
    if n_hidden >= WIDE and rate >= FAST:
        faults.append(f'--learning_rate {rate:g} is too high for --n_hidden {n_hidden}')
    if batch_size == 1 and hours > MUCH_FOR_ONE:
        faults.append('steps of one utterance (--train_batch_size 1) are slow and wavering')
    if not faults:
        return ''
    minutes = max(round(60 * hours), 1)
    speech = f'{hours:.1f} hours' if hours >= 1 else f'{minutes} minute{"s" * (minutes > 1)}'
    return (f'{", ".join(faults)}: this can hardly end well here; for {speech} of speech take '
            f'--flagfile {recipe_for(hours).path(on_gpu)}')
