"""The numbers of a training by epoch, as `metrics.jsonl` has them."""

from __future__ import annotations

import collections
import json
import math
import pathlib

from util.errors import UserError, reason

METRICS = 'metrics.jsonl'

# (set name, metric) -> [(epoch, value), ...]
Curves = dict[tuple[str, str], list[tuple[int, float]]]


def read_curves(path: pathlib.Path) -> Curves:
    """Read metrics.jsonl; for an epoch repeated after a restart, the last line counts.

    Raises:
        UserError: it is not there, or damaged before its last line.
    """
    try:
        lines = path.read_text(encoding='utf-8', errors='replace').splitlines()
    except OSError as e:
        raise UserError(f'{path}: {reason(e)}: expected the checkpoint folder of a training run '
                        'that has finished an epoch') from e
    points: dict[tuple[str, str], dict[int, float]] = collections.defaultdict(dict)
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            name, epoch = str(row.pop('set')), int(row.pop('epoch'))
            values = {metric: float(value) for metric, value in row.items()}
        except (ValueError, KeyError, AttributeError, TypeError) as e:
            if number == len(lines):
                break       # being written at this moment
            raise UserError(f'{path}, line {number}: expected a JSON object with set and epoch, '
                            f'found {line[:40]!r}') from e
        for metric, value in values.items():
            points[name, metric][epoch] = value
    return {key: sorted(values.items()) for key, values in points.items()}


def best_epoch(curves: Curves) -> int | None:
    """Return the epoch of the best validation, by WER and then by loss; None without one."""
    losses = dict(curves.get(('dev', 'loss'), ()))
    found = [(wer, losses[epoch], epoch) for epoch, wer in curves.get(('dev', 'wer'), ())
             if math.isfinite(losses.get(epoch, math.nan))]
    return min(found)[2] if found else None
