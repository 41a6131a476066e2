"""The sources of this repository as syntax trees and texts, for tests of the house itself."""

import ast
import functools
import pathlib
import re
from collections.abc import Iterator

from tests.helpers.places import ROOT
from util.answered import ANSWERED


@functools.cache
def tree(path: pathlib.Path) -> ast.Module:
    """Return the syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding='utf-8'), str(path))


def files_of(*folders: str, endings: tuple[str, ...]) -> list[pathlib.Path]:
    """Return the files below folders of the repository, in order; what builds leave is not ours."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob('*')
                  if path.suffix in endings and not any(
                      part.startswith(('build', 'kenlm-')) and not part.endswith('.py')
                      for part in path.relative_to(ROOT).parts))


def python_files(*folders: str) -> list[pathlib.Path]:
    """Return the Python files below folders of the repository, in order."""
    return files_of(*folders, endings=('.py',))


def module_of(path: pathlib.Path) -> str:
    """'util.data.check' for util/data/check.py, 'util.data' for its __init__."""
    parts = path.relative_to(ROOT).with_suffix('').parts
    return '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)


def imports(path: pathlib.Path) -> Iterator[tuple[int, str]]:
    """(line, name) of all that a file imports, wherever: in functions and for types too.

    `from a import b` gives 'a.b', which may be a module or a name in one.
    """
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f'{path}:{node.lineno}: a relative import'
            yield from ((node.lineno, f'{node.module}.{each.name}') for each in node.names)


def imports_at_load(path: pathlib.Path) -> Iterator[str]:
    """Return what a file imports when it is loaded: not in functions, not for types alone."""
    pending: list[ast.AST] = [tree(path)]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith('TYPE_CHECKING'):
            pending += node.orelse
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f'{node.module}.{each.name}' for each in node.names)
        else:
            pending += ast.iter_child_nodes(node)


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """Names that lead round to the first of them, or nothing."""
    done: set[str] = set()

    def visit(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name):], name]
        if name in done:
            return []
        for other in sorted(arrows.get(name, ())):
            if found := visit(other, [*way, name]):
                return found
        done.add(name)
        return []

    for start in sorted(arrows):
        if found := visit(start, []):
            return found
    return []


@functools.cache
def flags() -> dict[str, object]:
    """Name -> default of every flag of DeepSpeech.py, without loading TensorFlow."""
    found = {}
    for node in ast.walk(tree(ROOT / 'DeepSpeech.py')):
        if (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
                and node.func.id == 'flag' and isinstance(node.args[0], ast.Constant)):
            found[str(node.args[0].value)] = ast.literal_eval(node.args[1])
    return found | {each.name: each.default for each in ANSWERED}


@functools.cache
def native_sources() -> dict[str, str]:
    """Path -> text of all C++ of the native client; KenLM's and builds are not ours."""
    folder = ROOT / 'native_client'
    return {str(path.relative_to(folder)): path.read_text(encoding='utf-8')
            for path in files_of('native_client', endings=('.h', '.cc', '.inc'))}


def native_constant(name: str) -> str:
    """Return the value of `constexpr ... NAME = VALUE` as written, which is the same everywhere."""
    found = [match[1] for text in native_sources().values() for line in text.splitlines()
             if 'constexpr' in line and (match := re.search(rf'\b{name} = ([^,;]+)[,;]', line))]
    assert len(set(found)) == 1, (name, found)
    return found[0]


def native_member(struct: str, name: str) -> str:
    """Return the default of a member of a struct, as it is written."""
    found = [match[1] for text in native_sources().values()
             for body in re.findall(rf'^struct {struct} {{\n(.*?)^}};', text, re.M | re.S)
             if (match := re.search(rf'^  [\w:]+ {name} = ([^;]+);', body, re.M))]
    assert len(found) == 1, (struct, name, found)
    return found[0]


def number(written: str) -> float:
    """Return a number of C++: 20.0f, 0xffu, 1e-12."""
    return float(int(written, 16) if written.startswith('0x') else written.rstrip('fuUlL'))
