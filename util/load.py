"""TensorFlow, loaded quickly and without its remarks about the machine."""
import contextlib
import os
import sys
from collections.abc import Iterator


def load_tensorflow() -> None:
    """Import TensorFlow; its errors still arrive as exceptions.

    It imports Keras in passing, which takes three tenths of the time and which nothing here uses.
    Keras is left out; whoever needs it can import it afterwards.
    """
    os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
    with _hushed_stderr(), _without('keras'):
        import tensorflow  # noqa: F401


@contextlib.contextmanager
def _without(package: str) -> Iterator[None]:
    """Let imports of a package fail that is not loaded yet."""
    left_out = package not in sys.modules
    if left_out:
        sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if left_out:
            del sys.modules[package]


@contextlib.contextmanager
def _hushed_stderr() -> Iterator[None]:
    """Drop what native libraries write to stderr while they are loaded."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
