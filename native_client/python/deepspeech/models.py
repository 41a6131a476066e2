"""Models that are known by a name, as `deepspeech --list_models` prints them."""

from __future__ import annotations

import dataclasses
import os

from . import impl


@dataclasses.dataclass(frozen=True)
class NamedModel:
    """A model, and what belongs to it.

    Attributes:
        name: '' for one that was given by its path.
        path: of the exported network.
        scorer: path of its language model; '' if it has none.
        grammar: path of its grammar; '' if it has none.
        title: the heading of its card.
    """

    name: str
    path: str
    scorer: str
    grammar: str
    title: str


def list_models() -> list[NamedModel]:
    """Return the models of $DEEPSPEECH_MODELS, of the user's folder and of this package."""
    return _models(None)


def find_model(name: str | os.PathLike[str]) -> NamedModel:
    """Return what a name stands for; the path of a file stands for itself, alone.

    Raises:
        RuntimeError: there is no such file, and no model of that name.
    """
    return _models(os.fspath(name))[0]


def _models(name: str | None) -> list[NamedModel]:
    fields = os.fsdecode(impl.find_models(name)).split('\0')[:-1]
    return [NamedModel(*fields[i:i + 5]) for i in range(0, len(fields), 5)]
