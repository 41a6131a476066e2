"""The wheels of 0.9.3, where they are installed, and our package, both as programs to ask."""

import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Callable

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).parent
PEERS = pathlib.Path(os.environ.get('PEERS_DIR', '~/.cache/ds-peers')).expanduser()
sys.path[:0] = [str(HERE), str(ROOT)]

from tests.native.conftest import build  # noqa: F401


def for_peers() -> dict[str, str]:
    """The environment for a peer's interpreter: our package must not be in its way."""
    return {**{k: v for k, v in os.environ.items() if k != 'PYTHONPATH'},
            'TF_CPP_MIN_LOG_LEVEL': '3'}


def python_of(peer: str) -> pathlib.Path:
    """The interpreter of a peer's environment; skips where it is not installed."""
    python = PEERS / f'venv-{peer}' / 'bin' / 'python'
    if not python.exists():
        pytest.skip(f'needs the peer environment {python.parents[1]} (../shared/peers/setup.sh)')
    return python


@pytest.fixture(scope='session')
def compat(shared_data) -> pathlib.Path:
    return pathlib.Path(shared_data) / 'compat'


@pytest.fixture(scope='session')
def environment() -> dict[str, str]:
    """For subprocesses that import our package as this one does."""
    pytest.importorskip('deepspeech', reason='install the native client: pip install .')
    return {**os.environ, 'PYTHONPATH': os.pathsep.join(p for p in sys.path if p),
            'PYTHONWARNINGS': 'ignore'}


@pytest.fixture(scope='session')
def ask(environment) -> Callable[..., dict]:
    """ask(WHO, SCRIPT, ARG...): the JSON that a script of this folder prints.

    WHO is 'ours', or the peer environment 'ds', 'ds-tflite', 'stt' or 'decoder'.
    """
    def ask_of(who: str, script: str, *args: object) -> dict:
        ours = who == 'ours'
        done = subprocess.run(
            [sys.executable if ours else python_of(who), HERE / script, *map(str, args)],
            capture_output=True, text=True, timeout=580,
            env=environment if ours else for_peers())
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout.strip().splitlines()[-1])
    return ask_of
