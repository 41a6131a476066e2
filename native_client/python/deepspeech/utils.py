"""The features of 2017, and where libsndfile is."""

from __future__ import annotations

import glob
import importlib.util
import os
from typing import TYPE_CHECKING, Any

from . import impl

if TYPE_CHECKING:
    import numpy as np


def audioToInputVector(audio: Any, fs: int, numcep: int, numcontext: int) -> np.ndarray:
    """Compute the features of 2017, whitened, one window per step.

    Args:
        audio: int16 mono samples.
        fs: their rate in Hz.
        numcep: coefficients of a frame.
        numcontext: frames on either side of a window.

    Returns:
        float32 [steps, numcep * (2 * numcontext + 1)], oldest frame first.
    """
    return as_array(impl.DS_AudioToInputVector(audio, fs, numcep, numcontext))


def as_array(vectors: tuple[bytes, int, int]) -> np.ndarray:
    """Copy bytes into a float32 array of `rows` rows and `columns` columns."""
    import numpy as np  # not needed for anything else
    data, rows, columns = vectors
    return np.frombuffer(data, np.float32).reshape(rows, columns)


def prefer_bundled_sndfile() -> None:
    """Point the reader at the libsndfile of the Python package soundfile, if it brings one."""
    found = importlib.util.find_spec('_soundfile_data')
    for folder in (found.submodule_search_locations or []) if found else []:
        for library in glob.glob(os.path.join(folder, 'libsndfile*.so*')):
            impl.dsc_set_sndfile(library)
