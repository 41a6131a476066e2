"""The interface of 2017: `Model(path, n_cep, n_context)`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import deepspeech

from . import impl
from .utils import as_array

if TYPE_CHECKING:
    import numpy as np


class Model(deepspeech.Model):
    """An exported network; the numbers of coefficients and context frames must match it.

    Args:
        aModelPath: output_graph.pbmm or .pb.
        aNCep: coefficients per frame.
        aNContext: frames on either side of a window.

    Raises:
        ValueError: the numbers do not match the model.
        RuntimeError: the model cannot be used; the text ends with the error code.
    """

    def __init__(self, aModelPath: str | bytes | os.PathLike[str], aNCep: int,
                 aNContext: int) -> None:
        super().__init__(aModelPath)
        info = self.info
        if (info.n_input, info.n_context) != (aNCep, aNContext):
            raise ValueError(f'{os.fsdecode(aModelPath)} has {info.n_input} coefficients and '
                             f'{info.n_context} context frames, not {aNCep} and {aNContext}')

    def _check_rate(self, rate: int) -> None:
        if rate != self.sampleRate():
            raise ValueError(f'the audio has {rate} Hz: this model expects {self.sampleRate()} Hz '
                             '(deepspeech.read_audio resamples)')

    def stt(self, aBuffer: Any, aSampleRate: int | None = None) -> str:
        """Return the transcript of int16 mono samples."""
        if aSampleRate is not None:
            self._check_rate(aSampleRate)
        return super().stt(aBuffer)

    def getInputVector(self, aBuffer: Any, aSampleRate: int) -> np.ndarray:
        """Compute the network's input from int16 mono samples.

        Returns:
            float32 [steps, n_cep * (2 * n_context + 1)], oldest frame first.
        """
        self._check_rate(aSampleRate)
        return as_array(impl.DS_ComputeFeatures(self._handle, aBuffer))

    def infer(self, aMfcc: Any) -> str:
        """Return the transcript of the features that `getInputVector` returns."""
        return impl.DS_InferFeatures(self._handle, aMfcc)
