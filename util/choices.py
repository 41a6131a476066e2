"""Options as argparse reads them: names of a list, separated by commas; numbers within bounds."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Collection


def choices(known: Collection[str]) -> Callable[[str], list[str]]:
    """Return what argparse reads such an option with; `known` are the names there are."""
    def read(value: str) -> list[str]:
        names = value.split(',')
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f'{name!r}: expected {", ".join(known)}')
        return names
    return read


def at_least(least: int, most: int = 10 ** 6) -> Callable[[str], int]:
    """Return what argparse reads a whole number with."""
    def read(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(
                f'{value!r}: expected a whole number from {least} to {most}')
        return number
    return read


def real(least: float = -math.inf, most: float = math.inf) -> Callable[[str], float]:
    """Return what argparse reads a number with; it is never infinite."""
    def read(value: str) -> float:
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and least <= number <= most):
            bounds = (f' from {least:g} to {most:g}' if math.isfinite(most) else
                      f', {least:g} or more' if math.isfinite(least) else '')
            raise argparse.ArgumentTypeError(f'{value!r}: expected a number{bounds}')
        return number
    return read
