"""The wheels of 0.9.3 and our package, both as programs to ask."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.helpers.peers import for_peers, python_of
from tests.helpers.places import TESTS


@pytest.fixture(scope='session')
def ask(environment) -> Callable[..., dict]:
    """Return a function that runs a script of this folder and returns the JSON it prints.

    WHO is 'ours', or the peer environment 'ds', 'ds-tflite', 'stt' or 'decoder'.
    """
    def ask_of(who: str, script: str, *args: object) -> dict:
        ours = who == 'ours'
        python = sys.executable if ours else python_of(who)
        done = subprocess.run([python, TESTS / 'compat' / script, *map(str, args)],
                              capture_output=True, text=True, timeout=580,
                              env=environment if ours else for_peers())
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout.strip().splitlines()[-1])
    return ask_of
