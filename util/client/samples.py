"""The samples of a recording, as the native client takes them."""

from __future__ import annotations

from typing import Any

from util.audio.places import Place


def read_samples(wav: str, rate: int) -> Any:
    """Read a recording as the client does, or out of a collection, which the client cannot read.

    Args:
        wav: its path, or its place in a collection.
        rate: Hz wanted.

    Returns:
        16-bit mono samples.

    Raises:
        UserError, ValueError: it cannot be read.
    """
    if isinstance(wav, Place):
        from util.audio.reading import read_audio

        return read_audio(wav, rate)
    import deepspeech

    return deepspeech.read_audio(wav, rate)
