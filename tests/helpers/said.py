"""Posteriors of a network that has heard lines of text: made up, with its errors and pauses."""

from __future__ import annotations

import numpy as np


def posteriors(lines: list[str], labels: str, seed: int = 1, error: float = 0.1,
               pause: tuple[int, int] = (10, 80)) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Return float32 [steps, labels + 1], the blank last, and (start, end) of each line.

    Args:
        lines: what is said, in labels.
        labels: the alphabet, a character each.
        seed: of the random numbers.
        error: share of the letters that are heard as others, or not at all.
        pause: steps before each line, from and to.
    """
    rng = np.random.default_rng(seed)
    blank = len(labels)
    rows: list[np.ndarray] = []

    def add(top: int, like: list[int], of_blank: float) -> None:
        row = rng.normal(-4, 1.5, blank + 1)
        row[like] += 3  # what it might be, too
        row[blank] = of_blank
        row[top] = max(row[top], 4)
        rows.append(np.exp(row))

    def silence(steps: int) -> None:
        for _ in range(steps):
            add(blank, list(rng.integers(0, blank, 2)), 5)

    def letter(label: int) -> None:
        heard = rng.random()
        if heard < error / 4:
            return silence(1)
        top = label if heard > error else int(rng.integers(0, blank))
        for _ in range(int(rng.integers(1, 3))):
            add(top, [label, *rng.integers(0, blank, 3)], rng.normal(1, 1.5))
        return None

    places = []
    for line in lines:
        silence(int(rng.integers(*pause)))
        start = len(rows)
        for character in line:
            letter(labels.index(character))
            silence(int(rng.integers(1, 5)))
        places.append((start, len(rows)))
    silence(pause[1])
    all_rows = np.array(rows, np.float32)
    return all_rows / all_rows.sum(1, keepdims=True), places


def sentences(count: int, letters: str = 'abcdefghijklmnopqrstuvwxyz', seed: int = 2) -> list[str]:
    """Return so many different lines of words."""
    rng = np.random.default_rng(seed)
    return [' '.join(''.join(rng.choice(list(letters), rng.integers(2, 9)))
                     for _ in range(rng.integers(4, 11))) for _ in range(count)]
