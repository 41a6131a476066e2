"""What the linters say, and what no file of the repository may hold."""
import ast
import pathlib
import re
import shutil
import subprocess
import sys

from tests.helpers.need import need, need_module, need_program
from tests.helpers.sources import files_of, python_files

ROOT = pathlib.Path(__file__).resolve().parents[1]
NATIVE = ROOT / 'native_client'


def check(*command):
    result = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_ruff_has_no_complaint():
    need_module('ruff')
    check(sys.executable, '-m', 'ruff', 'check', '--quiet', '--no-cache', '.')


def test_layout_is_that_of_pep_8():
    need_module('pycodestyle')
    check(sys.executable, '-m', 'pycodestyle', '.')


def sections(docstring):
    """Yield the first line below each heading of a docstring, and the columns it is indented."""
    lines = docstring.splitlines()
    for heading, line in zip(lines, lines[1:]):
        if re.fullmatch(r' *(Args|Attributes|Returns|Yields|Raises):', heading):
            columns = len(line) - len(line.lstrip()) - (len(heading) - len(heading.lstrip()))
            yield line, columns


def test_sections_of_docstrings_are_indented_alike():
    """By four columns; ruff checks the indent of headings, but not of what is below them."""
    folders = 'bin', 'util', 'tests', 'data/lm', 'native_client', 'doc'
    for path in [*ROOT.glob('*.py'), *python_files(*folders)]:
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                for line, columns in sections(ast.get_docstring(node) or ''):
                    assert columns == 4, f'{path}: {line.strip()}'


def test_types_agree():
    need_module('mypy')
    check(sys.executable, '-m', 'mypy', '--no-error-summary')


def test_native_client_is_formatted():
    program = need(shutil.which('clang-format', path=str(pathlib.Path(sys.executable).parent)),
                   'clang-format of requirements-test.txt')
    check(program, '--dry-run', '-Werror', *(
        str(path) for path in files_of(
            'native_client', endings=('.h', '.hpp', '.c', '.cc', '.inc'))))


def test_shell_scripts_are_clean():
    scripts = sorted(str(path) for path in (ROOT / 'bin').glob('*.s*h'))
    check(need_program('shellcheck'), '-x', *scripts, '.ci/run')


def test_scripts_can_be_started():
    rooms = files_of('bin', 'doc', 'native_client', 'tests', 'util', endings=('.py', '.sh', '.js'))
    for path in {*ROOT.glob('*.py'), ROOT / '.ci' / 'run', *(ROOT / 'bin').glob('*'), *rooms}:
        if path.is_file() and path.read_bytes().startswith(b'#!'):
            assert path.stat().st_mode & 0o111, path
