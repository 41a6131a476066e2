"""The built command, the installed package, and models whose transcripts are known."""

import json
import subprocess
from collections.abc import Callable

import pytest

from tests.helpers.need import need_module


@pytest.fixture(scope='session')
def command(build) -> Callable[..., subprocess.CompletedProcess]:
    """Return what runs the command: of 'MODEL', 'AUDIO', input=b'' the finished process.

    Its standard output goes to `to`, an open file.
    """
    program = build.parent / 'bin' / 'deepspeech'

    def run(*args, text=True, to=subprocess.PIPE, **options):
        return subprocess.run([program, *map(str, args)], stdout=to, stderr=subprocess.PIPE,
                              text=text, timeout=300, **options)
    return run


@pytest.fixture(scope='session')
def expected(compat) -> dict[str, str]:
    """Transcripts of the wheel with TensorFlow at beam 500, no scorer, by file name."""
    cases = json.loads((compat / 'expected_deepspeech.json').read_text())['cases']
    return {case['audio']: case['stt'] for case in cases
            if case['config'] == 'no scorer' and case['beam_width'] == 500}


@pytest.fixture(scope='session')
def ds():
    """Return the installed Python package."""
    return need_module('deepspeech')
