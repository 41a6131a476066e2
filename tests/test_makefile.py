"""The Makefile at the root, the hooks of pre-commit, and the scripts behind them."""

import os
import re
import subprocess

import pytest

from tests.helpers.need import need_program
from tests.helpers.places import ROOT

TARGETS = 'demo test lint format native wheel docs bench'.split()


def run(*command, status=0):
    env = {name: value for name, value in os.environ.items()
           if name not in ('MAKEFLAGS', 'MAKELEVEL', 'MFLAGS')}  # these tests may be run by make
    need_program('make', 'shellcheck')
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, env=env)
    assert done.returncode == status, done.stdout + done.stderr
    return done


def test_make_alone_lists_every_target():
    listed = re.findall(r'^make (\w+) +\S', run('make').stdout, re.M)
    assert listed == TARGETS


@pytest.mark.parametrize('target', TARGETS)
def test_target_names_scripts_that_exist(target):
    commands = run('make', '--dry-run', target, 'ARGS=--some', 'NAME=bench_step').stdout
    assert '--some' in commands  # what is given goes on to the script
    for script in re.findall(r'\bbin/[\w-]+\.sh', commands):
        assert (ROOT / script).stat().st_mode & 0o111 or script == 'bin/environment.sh'
    for folder in re.findall(r'make -C (\S+)', commands):
        assert (ROOT / folder / 'Makefile').exists()
    defined = set(re.findall(r'^(\w+)\(\) \{', (ROOT / 'bin/environment.sh').read_text(), re.M))
    for name in re.findall(r'(?:^|&& )([a-z]+_[a-z_]+)\b', commands, re.M):
        assert name in defined, f'{name} is no function of bin/environment.sh'


def hooks():
    """Return id and command of every hook; the file is read as text, YAML is no package of ours."""
    text = (ROOT / '.pre-commit-config.yaml').read_text()
    assert 'http' not in text, 'hooks of other repositories would be fetched'
    return re.findall(r'- id: (\S+)\n\s+name: \S+\n\s+entry: (.+)\n', text)


def test_hooks_run_the_linters():
    found = dict(hooks())
    tools = re.search(r'\|\| tools=\(([^)]+)\)', (ROOT / 'bin' / 'lint.sh').read_text())[1].split()
    assert list(found) == tools
    for name, entry in found.items():
        assert entry.split()[:2] == ['bin/lint.sh', name]
        assert (ROOT / 'bin' / 'lint.sh').stat().st_mode & 0o111


def test_linters_are_told_which_files_and_fail(tmp_path):
    bad = tmp_path / 'bad.sh'
    bad.write_text('#!/bin/sh\nls $1\n')
    done = run('bin/lint.sh', 'shellcheck', '--', str(bad), status=1)
    assert 'SC2086' in done.stdout
    bad.write_text('#!/bin/sh\nls "$1"\n')
    run('bin/lint.sh', 'shellcheck', '--', str(bad))
    worse = tmp_path / 'bad.py'
    worse.write_text('import os\n')
    assert 'F401' in run('bin/lint.sh', 'ruff', '--', str(worse), status=1).stdout


def test_unknown_linters_and_benchmarks_are_named():
    assert 'expected ruff' in run('bin/lint.sh', 'flake8', status=2).stderr
    done = run('bin/bench.sh', 'bench_nothing', status=2)
    assert "no benchmark 'bench_nothing'" in done.stderr
    assert 'tests/bench/bench_step.py' in done.stderr
