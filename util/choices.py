"""An option that takes names of a list, separated by commas."""

from __future__ import annotations

import argparse
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
