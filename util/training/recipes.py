"""The recipes of data/recipes: flags that suit an amount of speech and a machine."""

from __future__ import annotations

import glob
import os
from typing import NamedTuple

from util.files import path_from

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, 'data', 'recipes')


class Recipe(NamedTuple):
    """A recipe: its name, that of its file, and up to how many hours of speech it is for."""

    name: str
    hours: float

    def path(self, on_gpu: bool) -> str:
        """Return its flag file, as one types it where one is."""
        return path_from(os.curdir, os.path.join(FOLDER, f'{self.name}{"-gpu" * on_gpu}.txt'))


RECIPES = (Recipe('minutes', 1), Recipe('hours', 10), Recipe('tens-of-hours', 100),
           Recipe('hundreds-of-hours', float('inf')))


def recipe_for(hours: float) -> Recipe:
    """Return the recipe for this much speech to train on."""
    return next(recipe for recipe in RECIPES if hours < recipe.hours)


def may_have_gpu() -> bool:
    """Tell whether there is an NVIDIA GPU that TensorFlow may use, without loading it."""
    return (bool(glob.glob('/dev/nvidia[0-9]*'))
            and os.environ.get('CUDA_VISIBLE_DEVICES') not in ('', '-1'))
