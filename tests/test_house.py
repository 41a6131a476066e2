"""The rules of the house, held over the syntax trees: who imports whom, and where options end."""

import ast
import subprocess
import sys

import pytest

from tests.helpers.places import ROOT, TESTS
from tests.helpers.sources import (
    circle,
    flags,
    imports,
    imports_at_load,
    module_of,
    python_files,
    tree,
)

# Each imports only from those before it, and from its own.
ORDER = ('util', 'util.text', 'util.audio', 'util.client', 'util.corpora', 'util.align',
         'util.data', 'util.network', 'util.export', 'util.training', 'util.cluster', 'util.lm',
         'util.report', 'util.folder', 'util.settings', 'programs')
UTIL = python_files('util')
MODULES = {module_of(path): path for path in UTIL}
PROGRAMS = [*(ROOT / f'{name}.py' for name in ('DeepSpeech', 'lm_optimizer', 'evaluate',
                                               'evaluate_export', 'evaluate_tflite',
                                               'transcribe')),
            *python_files('bin')]
KNOW_THE_OPTIONS = {'DeepSpeech', 'util.flags', 'util.settings', 'util.unused'}
OPTIONS = {'options', '_options', 'opts', 'o', 'flags', 'FLAGS', 'OPTIONS'}


def room(module):
    """Return the place of ORDER that a module lives in; None where it is not of this repository.

    A package inside of another is part of its place: no two files import each other there, either.
    `module` may go on with a name in it: 'util.errors.UserError'.
    """
    top, *rest = module.split('.')
    if top != 'util':
        return 'programs' if top in {path.stem for path in PROGRAMS} else None
    package = '.'.join([top, *rest[:1]])
    return package if package in ORDER else 'util'


def inside(name):
    """Return the module of util/ that a name imported is, or stands in; None: neither."""
    return next((each for each in (name, name.rpartition('.')[0]) if each in MODULES), None)


def arrows(which):
    """Map modules of util/ to those they import; `which(path)` gives a file's imports."""
    return {module: {found for name in which(path) if (found := inside(name)) and found != module}
            for module, path in MODULES.items()}


def all_of(path):
    return [name for _, name in imports(path)]


def test_every_package_has_a_place_in_the_order():
    assert {module for module, path in MODULES.items()
            if path.name == '__init__.py' and module.count('.') < 2} <= set(ORDER)
    assert {room(module) for module in MODULES} == set(ORDER) - {'programs'}


@pytest.mark.parametrize('path', UTIL, ids=module_of)
def test_imports_point_down(path):
    mine = room(module_of(path))
    for line, name in imports(path):
        other = room(name)
        if other is not None:
            assert ORDER.index(other) <= ORDER.index(mine), (
                f'{path}:{line}: {mine} imports {name}, and {other} stands above it')


def test_no_circle_between_files():
    assert circle({'a': {'b'}, 'b': {'c'}, 'c': {'b'}}) == ['b', 'c', 'b']
    everything = arrows(all_of)
    assert sum(map(len, everything.values())) > 100
    assert circle(everything) == []


def test_no_circle_between_packages():
    between = {}
    for module, others in arrows(all_of).items():
        between.setdefault(room(module), set()).update(map(room, others))
    assert circle({name: others - {name} for name, others in between.items()}) == []


def test_corpora_never_load_tensorflow():
    """Nothing that they load imports it, at whatever remove, not even for types."""
    graph, seen = arrows(imports_at_load), set()
    pending = [module for module in MODULES if module.startswith('util.corpora')]
    while pending:
        module = pending.pop()
        if module not in seen:
            seen.add(module)
            pending += graph[module]
    assert {'util.corpora.importer', 'util.audio.reading', 'util.text.alphabet'} <= seen
    for module in seen:
        loaded = {name.split('.')[0] for name in imports_at_load(MODULES[module])}
        assert not loaded & {'tensorflow', 'keras', 'DeepSpeech'}, module
    for path in python_files('util/corpora'):
        assert 'tensorflow' not in {name.split('.')[0] for name in all_of(path)}, path


def test_an_importer_runs_without_tensorflow():
    """The same, seen from outside: what the syntax trees do not show."""
    code = ('import runpy, sys\nsys.modules["tensorflow"] = None\nsys.argv = ["import_an4", "-h"]\n'
            'runpy.run_path("bin/import_an4.py", run_name="__main__")')
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and '--limit' in done.stdout, done.stderr


# Rule 1: flags end at `main`.

def reachable():
    """Modules of util/ that DeepSpeech.py imports, at whatever remove."""
    graph, seen = arrows(all_of), set()
    pending = [found for name in all_of(ROOT / 'DeepSpeech.py') if (found := inside(name))]
    while pending:
        module = pending.pop()
        if module not in seen:
            seen.add(module)
            pending += graph[module]
    return seen


def options_named(syntax):
    """(line, what) wherever code takes the parsed options, or reads a flag from them."""
    known = set(flags()) | {'warnings'}
    for node in ast.walk(syntax):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            for each in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
                kind = ast.unparse(each.annotation) if each.annotation else 'Any'
                if each.arg in OPTIONS and (kind.endswith(('Any', 'Flags', 'Options', 'Namespace'))
                                            or 'Flags' in kind or 'Options' in kind):
                    yield each.lineno, f'a parameter {each.arg}: {kind}'
        elif isinstance(node, ast.Attribute) and node.attr in known:
            base = node.value
            name = base.id if isinstance(base, ast.Name) else getattr(base, 'attr', '')
            if name in OPTIONS:
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == 'getattr':
            if ast.unparse(node.args[0]).split('.')[-1] in OPTIONS:
                yield node.lineno, ast.unparse(node)


@pytest.mark.parametrize('code, found', [
    ('def f(options): pass', 1), ('def f(o): return o.epoch', 2),
    ('x = self._options.beam_width', 1), ('f = lambda flags: flags.train', 2),
    ('def f(options: Any): pass', 1), ('getattr(FLAGS, "a" + b)', 1),
    ('class A:\n def __init__(self, *, opts): self.a = 1', 1),
    ('def f(options: Sequence[str]): pass', 0), ('def f(**options): pass', 0),
    ('settings.epoch', 0), ('config.gpu_options.allow_growth', 0)])
def test_options_are_seen(code, found):
    assert len(list(options_named(ast.parse(code)))) == found


def test_options_are_named_only_where_flags_end():
    modules = reachable()
    assert {'util.data.sets', 'util.cluster.guard', 'util.export.bundle'} <= modules
    named = {f'{module}:{line}: {what}' for module in modules - KNOW_THE_OPTIONS
             for line, what in options_named(tree(MODULES[module]))}
    assert named == set()


def test_nobody_else_asks_for_the_class_of_the_options():
    importers = {module for module, path in MODULES.items()
                 if 'util.flags' in map(inside, all_of(path))}
    assert importers == {'util.settings'}


def test_no_record_holds_the_options():
    """Nor does what is made of the flags: no attribute of Settings keeps them."""
    kept = [ast.unparse(node) for module in reachable() if module != 'util.flags'
            for node in ast.walk(tree(MODULES[module])) if isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store) and node.attr in OPTIONS]
    assert kept == []


# The tests' own house.

PARTS_OF_TESTS = [path for path in python_files('tests')
                  if path.name.startswith('test_') or path.name == 'conftest.py'
                  or TESTS / 'helpers' in path.parents]


def test_tests_import_one_another_only_as_helpers():
    files = {path.stem for path in python_files('tests')} - {'__init__'}
    files -= {path.stem for path in PROGRAMS}  # an example may be called as one
    assert {'test_tiny', 'conftest', 'golden', 'compare'} <= files and len(PARTS_OF_TESTS) > 80
    for path in PARTS_OF_TESTS:
        for line, name in imports(path):
            first, *rest = name.split('.')
            assert first not in files, f'{path}:{line}: {name}: write tests.helpers.{name}'
            assert first != 'tests' or rest[0] == 'helpers', (
                f'{path}:{line}: {name}: what tests share lives in tests/helpers')


def test_conftests_hold_fixtures_and_hooks_only():
    for path in python_files('tests'):
        if path.name == 'conftest.py':
            for node in tree(path).body:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith('pytest_'):
                    assert 'fixture' in ''.join(map(ast.unparse, node.decorator_list)), (
                        f'{path}:{node.lineno}: {node.name} is no fixture: tests/helpers')


def changes_of_the_path(path):
    """(line, code) of what a file does to sys.path."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith('sys.path.'):
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(
                node.ctx, ast.Load) and ast.unparse(node).startswith('sys.path'):
            yield node.lineno, ast.unparse(node)


def test_only_programs_put_the_root_on_the_path():
    """As those in bin/ do; for test modules pytest does it (pyproject.toml)."""
    found = 0
    for path in [*python_files('tests', 'bin'), *python_files('native_client/bench'),
                 *python_files('native_client/test')]:
        for line, code in changes_of_the_path(path):
            found += 1
            assert path not in PARTS_OF_TESTS, f'{path}:{line}: {code}'
            argument = code.removeprefix('sys.path.insert(0, ').removesuffix(')')
            assert argument != code and ('__file__' in argument or 'ROOT' in argument), (
                f'{path}:{line}: {code}')
    assert found > 40


# Debian package -> the programs, and the header, that tests ask for by `need_program` and `need`.
PACKAGES = {
    'espeak-ng': {'espeak-ng'}, 'flite': {'flite'}, 'ffmpeg': {'ffmpeg'},
    'shellcheck': {'shellcheck'}, 'pkg-config': {'pkg-config'}, 'clang': {'clang++'},
    'g++-aarch64-linux-gnu': {'aarch64-linux-gnu-g++', 'aarch64-linux-gnu-gcc'},
    'qemu-user': {'qemu-aarch64', 'qemu-x86_64'}, 'iproute2': {'ip'},
    'gcc': {'c++', 'g++', 'cc', 'readelf'},  # which brings binutils
    'make': {'make'}, 'chromium': {'chromium'}, 'nodejs': {'node'}, 'npm': {'npm'},
    'emscripten': {'emcc'},
}


OF_THE_HELPER = {TESTS / 'helpers' / 'need.py', TESTS / 'test_need.py'}


def calls(name):
    """Arguments of the calls of a function in all parts of the tests."""
    return [node.args for path in PARTS_OF_TESTS if path not in OF_THE_HELPER
            for node in ast.walk(tree(path)) if isinstance(node, ast.Call)
            and ast.unparse(node.func) == name]


def test_what_a_test_needs_is_installed_by_run_tests():
    script = (ROOT / 'bin' / 'run-tests.sh').read_text()
    asked = {each.value for args in calls('need_program') for each in args
             if isinstance(each, ast.Constant)}
    assert len(asked) >= 10 and asked <= set().union(*PACKAGES.values())
    words = set(script.split())
    for package, programs in PACKAGES.items():
        assert package in words or not programs & asked, package
    assert 'libsimde-dev' in words
    required = script + (ROOT / 'requirements-test.txt').read_text().replace('-', '_')
    modules = {args[0].value for args in calls('need_module') if isinstance(args[0], ast.Constant)}
    assert {'jiwer', 'ruff'} <= modules
    for module in modules - {'deepspeech', 'ds_ctcdecoder'}:
        assert module in required, module


def test_nothing_is_skipped_but_by_the_helper():
    for path in PARTS_OF_TESTS:
        if path not in OF_THE_HELPER:
            for node in ast.walk(tree(path)):
                if isinstance(node, (ast.Attribute, ast.Name)):
                    name = ast.unparse(node)
                    assert name not in {'pytest.skip', 'pytest.importorskip', 'pytest.mark.skip',
                                        'pytest.mark.skipif', 'pytest.mark.xfail', 'pytest.xfail',
                                        'importorskip'}, f'{path}:{node.lineno}: {name}'


def test_few_tests_are_skipped_in_ci():
    """Data and wheels of others, another processor, no root, a distribution's soundfile, podman."""
    assert len(calls('only_where')) <= 7


def test_every_module_has_a_test_of_its_own():
    """That is, a test module that imports it, and not only to compare a constant of it."""
    tested = {inside(name) for path in python_files('tests') for name in all_of(path)
              if path.name.startswith('test_') and path.name != 'test_equal.py'}
    untested = {module for module, path in MODULES.items() if path.name != '__init__.py'} - tested
    assert untested == {'util.corpora.importer'}  # run as its pages do: tests/corpora/conftest.py
