"""Augmentation without a training, for bin/play.py and bin/data_set_tool.py: samples alone."""
from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from util import log
from util.audio.opus import opus_library
from util.data.augment.draws import Lot
from util.data.augment.operations import SAMPLE
from util.data.augment.parse import parse_operations
from util.data.augment.samples import Scene, change
from util.data.augment.sources import Library, open_sources


class Changer:
    """Changes recordings, each by its own chance; the same number gives the same.

    Args:
        texts: what is given as --augment; operations beyond the samples are named and left out.
        seed: that all chance follows from.

    Raises:
        UserError: a text is no operation, a source has no recordings, or a package is missing.
    """

    def __init__(self, texts: Sequence[str], seed: int = 0) -> None:
        self._seed = seed
        operations = parse_operations(texts)
        for each in operations:
            if each.domain != SAMPLE:
                log.warn(f"--augment '{each.text}' changes the {each.domain}, which only training "
                         'has: it is left out')
        self._operations = [each for each in operations if each.domain == SAMPLE]
        if any(each.name == 'codec' for each in self._operations):
            opus_library('codec')
        self._library = Library(open_sources(self._operations))
        self._one = threading.Lock()  # has the library

    def __call__(self, samples: np.ndarray, rate: int, number: int, clock: float) -> np.ndarray:
        """Change a recording.

        Args:
            samples: int16 [frames, channels].
            rate: Hz.
            number: of the recording.
            clock: how far the training were, 0 to 1.

        Returns:
            int16 of the same shape.
        """
        lot = Lot(self._seed, 0, number, clock)
        chance = lot.random(-1).random(len(self._operations))
        done = [n for n, each in enumerate(self._operations) if chance[n] < each.p]
        with self._one:
            channels = [change(samples[:, channel], [
                Scene(self._operations[n], rate, clock, lot.random(n), self._library)
                for n in done]) for channel in range(samples.shape[1])]
        return np.stack(channels, axis=1)
