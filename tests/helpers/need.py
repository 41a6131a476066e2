"""What a test needs and a machine may lack.

A tool that bin/run-tests.sh installs is there in CI, so a test that cannot run for lack of one
fails there: where the variable CI is set, or DEEPSPEECH_TESTS_STRICT=1. Elsewhere it is skipped.
What no script can install (`only_where`: data and wheels of others, another processor) is skipped
everywhere. No test skips in another way.
"""

import importlib
import os
import shutil
from types import ModuleType
from typing import TypeVar

import pytest

T = TypeVar('T')
SANITIZED = bool(os.environ.get('DEEPSPEECH_BUILD'))  # a build made with a sanitizer, maybe
unsanitized = pytest.mark.skipif(
    SANITIZED, reason='a sanitizer has threads of its own, reserves terabytes, keeps memory that '
                      'was freed, and does not load into Python')


def strict() -> bool:
    """Whether tools must be there."""
    return (os.environ.get('DEEPSPEECH_TESTS_STRICT') == '1'
            or os.environ.get('CI', '').lower() not in ('', '0', 'false'))


def need(there: T | None, what: str) -> T:
    """Give `there` back where it is; else skips the test, or fails it where tools must be there.

    Args:
        there: what a look-up has found, falsy for nothing.
        what: the test needs.
    """
    if not there:
        if strict():
            pytest.fail(f'needs {what}: bin/run-tests.sh installs it', pytrace=False)
        pytest.skip(f'needs {what}')
    return there


def need_program(*names: str) -> str:
    """Return the path of the first of these programs, all of which are needed."""
    return [need(shutil.which(name), f'the program {name}') for name in names][0]


def need_module(name: str) -> ModuleType:
    """Return a module of requirements-test.txt or of the native client, imported."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return need(None, f'the Python module {name}')


def only_where(condition: object, what: str) -> None:
    """Skips the test where it cannot be run at all, in CI too."""
    if not condition:
        pytest.skip(f'needs {what}')
