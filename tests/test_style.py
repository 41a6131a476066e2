"""What the linters say, and what no file of the repository may hold."""
import pathlib
import subprocess
import sys

from tests.helpers.need import need_module, need_program

ROOT = pathlib.Path(__file__).resolve().parents[1]


def check(*command):
    result = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_ruff_has_no_complaint():
    need_module('ruff')
    check(sys.executable, '-m', 'ruff', 'check', '--quiet', '--no-cache', '.')


def test_layout_is_that_of_pep_8():
    pytest.importorskip('pycodestyle')
    check(sys.executable, '-m', 'pycodestyle', '.')


def test_types_agree():
    need_module('mypy')
    check(sys.executable, '-m', 'mypy', '--no-error-summary')


def test_shell_scripts_are_clean():
    scripts = sorted(str(path) for path in (ROOT / 'bin').glob('*.s*h'))
    check(need_program('shellcheck'), '-x', *scripts, '.ci/run')


def test_scripts_can_be_started():
    for path in [ROOT / 'DeepSpeech.py', ROOT / '.ci' / 'run', *(ROOT / 'bin').glob('*')]:
        if path.is_file() and path.read_bytes().startswith(b'#!'):
            assert path.stat().st_mode & 0o111, path
