"""The environments with the wheels of 0.9.3 and STT 1.4, where they are installed."""

import os
import pathlib

from tests.helpers.need import only_where
from tests.helpers.places import ROOT

PEERS = pathlib.Path(os.environ.get('PEERS_DIR', '~/.cache/ds-peers')).expanduser()


def interpreter(peer: str) -> pathlib.Path:
    """Return the Python of a peer ('ds', 'ds-tflite', 'stt' or 'decoder'), there or not."""
    return PEERS / f'venv-{peer}' / 'bin' / 'python'


def for_peers() -> dict[str, str]:
    """Return the environment for a peer: with these helpers, without our packages."""
    return {**os.environ, 'PYTHONPATH': str(ROOT), 'TF_CPP_MIN_LOG_LEVEL': '3'}


def python_of(peer: str) -> pathlib.Path:
    """Return the interpreter of a peer's environment; skips where it is not installed."""
    python = interpreter(peer)
    only_where(python.exists(), f'the wheels in {python.parents[1]} (../shared/peers/setup.sh)')
    return python
