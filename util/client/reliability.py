"""Whether confidences keep their word: curves from figures to probabilities, and their error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from util.text.edits import edit_pairs

LEAST = 20  # results that a knot stands for
MOST_KNOTS = 10
BINS = 10  # of a reliability diagram, of the same width each

Knots = list[tuple[float, float]]
Figures = Sequence[float] | np.ndarray


def fit_curve(raw: Figures, right: Sequence[bool]) -> Knots:
    """Fit a curve that never falls: of results in the order of their figures, how many are right.

    As many results make a knot each, at their mean, but fewer those of the lowest tenth; where a
    later knot would be lower the two become one (isotonic regression). Each knot counts half a
    result right and half a result wrong beside its own, so that none is at 0 or 1. From the figure
    of the lowest results the probability falls to 0 at a figure of 0: what fits nothing is never
    right, however easy the set was.

    Args:
        raw: figures from 0 to 1.
        right: whether the result was.

    Returns:
        (figure, probability), ascending.
    """
    order = np.argsort(raw, kind='stable')
    figures, rights = np.asarray(raw, float)[order], np.asarray(right, float)[order]
    count = max(1, min(MOST_KNOTS, len(figures) // LEAST))
    blocks: list[list[float]] = []  # results, sum of figures, number of right ones
    lowest, *parts = np.array_split(np.arange(len(figures)), count)
    tail = [LEAST, 3 * LEAST] if len(lowest) > 4 * LEAST else []
    for part in (*np.split(lowest, tail), *parts):
        blocks.append([len(part), figures[part].sum(), rights[part].sum()])
        while len(blocks) > 1 and (_probability(blocks[-2]) >= _probability(blocks[-1])
                                   or _figure(blocks[-2]) >= _figure(blocks[-1])):
            last = blocks.pop()
            blocks[-1] = [x + y for x, y in zip(blocks[-1], last)]
    knots = [(_figure(block), _probability(block)) for block in blocks]
    few = max(1, min(LEAST, len(figures) // 20))
    if (least := round(float(figures[:few].mean()), 6)) < knots[0][0]:  # of what became one knot
        knots.insert(0, (least, round(0.95 * knots[0][1], 6)))
    return knots if knots[0][0] == 0 else [(0.0, 0.0), *knots]


def _figure(block: list[float]) -> float:
    return round(min(1.0, block[1] / block[0]), 6)


def _probability(block: list[float]) -> float:
    return round((block[2] + 0.5) / (block[0] + 1), 6)


def probabilities(knots: Knots, raw: Figures) -> np.ndarray:
    """Return what a curve makes of figures, as the client does."""
    x, p = np.array(knots).T
    return np.interp(np.asarray(raw, float), x, p)


def bins(probability: Figures, right: Sequence[bool]) -> list[tuple[int, float, float]]:
    """Return a reliability diagram: number, mean probability and share of right ones of each bin.

    Bins without results are left out.
    """
    p, y = np.asarray(probability, float), np.asarray(right, float)
    where = np.minimum((p * BINS).astype(int), BINS - 1)
    return [(int(inside.sum()), float(p[inside].mean()), float(y[inside].mean()))
            for inside in (where == number for number in range(BINS)) if inside.any()]


def calibration_error(probability: Figures, right: Sequence[bool]) -> float:
    """Return the expected calibration error.

    It is |share of right ones - mean probability| of the bins, in the mean over the results.
    """
    return sum(count * abs(share - mean) for count, mean, share in bins(probability, right)
               ) / max(1, len(probability))


def right_words(reference: str, hypothesis: str) -> list[bool]:
    """Return for each word of a hypothesis whether the reference has it at its place."""
    pairs = edit_pairs(reference.split(), hypothesis.split())
    return [said == written for said, written in pairs if written is not None]
