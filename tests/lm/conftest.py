"""The programs that the language model tests run; built once, kept in the user's cache."""

import os
import subprocess

import pytest

from tests.helpers.need import need
from util.lm import tools

HERE = os.path.dirname(os.path.abspath(__file__))


@pytest.fixture(scope='session')
def probe():
    """Build tests/lm/probe.cc and return a function that runs it and returns its lines."""
    source = os.path.join(HERE, 'probe.cc')
    folder = tools.cache_folder()
    program = os.path.join(folder, 'probe-' + tools.digest(
        tools.read(source), tools.tool_path(tools.OURS).encode()))
    os.makedirs(folder, exist_ok=True)
    if not os.path.exists(program):
        tools.build_over_scorer([source], program)

    def run(*args, stdin=''):
        done = subprocess.run([program, *map(str, args)], input=stdin, capture_output=True,
                              text=True, timeout=300)
        assert done.returncode == 0, (args, done.returncode, done.stderr)
        return done.stdout.splitlines()

    return run


@pytest.fixture(scope='session')
def tool():
    """find_tool, skipping where what builds a program is missing."""
    def find(name):
        try:
            return tools.find_tool(name)
        except tools.MissingToolError as e:
            need(None, str(e))
    return find
