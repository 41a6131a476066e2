"""What docstrings say of parameters and attributes is there, and what is there they say."""
import ast
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
FILES = [*ROOT.glob('*.py'), *(ROOT / 'bin').glob('*.py'),
         *(ROOT / 'util').rglob('*.py'), *(ROOT / 'data/lm').glob('*.py'),
         *(ROOT / 'native_client/python').rglob('*.py')]


def entries(docstring, heading):
    """Return the names under `Args:` or `Attributes:`; several may share a line."""
    match = re.search(rf'^( *){heading}:\n((?:\1 +.*\n|\n)*)', docstring + '\n', re.M)
    lines = [line for line in match[2].splitlines() if line.strip()] if match else []
    indent = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    heads = [re.match(r' *([*\w, ]+?)(?: \([^)]*\))?:', line) for line in lines
             if len(line) - len(line.lstrip()) == indent]
    return [name.strip(' *') for head in heads if head for name in head[1].split(',')]


def parameters(function):
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg,
             arguments.kwarg]
    return [a.arg for a in every if a and a.arg not in ('self', 'cls')]


def described(tree):
    """Yield (what, names that its docstring gives, names that it has)."""
    for node in ast.walk(tree):
        documentation = (ast.get_docstring(node) or '') if isinstance(
            node, (ast.FunctionDef, ast.ClassDef)) else ''
        if isinstance(node, ast.FunctionDef):
            yield node.name, entries(documentation, 'Args'), parameters(node)
        elif documentation:
            fields = [x.target.id for x in node.body if isinstance(x, ast.AnnAssign)
                      and isinstance(x.target, ast.Name)]
            yield node.name, entries(documentation, 'Args'), [
                name for x in node.body if isinstance(x, ast.FunctionDef) and x.name == '__init__'
                for name in parameters(x)] or fields
            written = [x.attr for x in ast.walk(node) if isinstance(x, ast.Attribute)
                       and isinstance(x.ctx, ast.Store)]
            properties = [x.name for x in node.body if isinstance(x, ast.FunctionDef)]
            told = entries(documentation, 'Attributes')
            public = [name for name in fields if name[0] != '_']
            yield node.name, told, public + [name for name in written + properties if name in told]


@pytest.mark.parametrize('path', FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_docstrings_name_what_is_there(path):
    for what, told, there in described(ast.parse(path.read_text())):
        if told:
            assert set(told) == set(there), what


def test_a_parameter_that_is_gone_is_found():
    source = 'def f(a, *b):\n    """X.\n\n    Args:\n        a: one.\n        c: gone.\n    """\n'
    assert list(described(ast.parse(source))) == [('f', ['a', 'c'], ['a', 'b'])]
