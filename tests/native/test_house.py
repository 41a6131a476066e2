"""The house of native_client: which folder may use which, who opens files, who throws what."""

import pathlib
import re

import pytest

from tests.helpers.sources import circle

NATIVE = pathlib.Path(__file__).resolve().parents[2] / 'native_client'

# In this order each folder uses only folders above it, and only these. All may use the
# public deepspeech.h.
USES = {
    'base': '',
    'kernels': 'base',
    'features': 'base',
    'segment': 'base features',
    'model': 'base kernels features',
    'engine': 'base kernels model',
    'kenlm': 'base',
    'scorer': 'base kenlm',
    'grammar': 'base',
    'keywords': 'base grammar',
    'decoder': 'base scorer grammar keywords',
    'confidence': 'base decoder',
    'align': 'base',
    'api': 'base features segment model engine scorer grammar keywords decoder confidence align',
    'client': 'base',
    'python': 'decoder client',
    'javascript': 'client',
    'wasm': '',
    'examples': '',
    'test': 'base kernels features segment model engine scorer grammar keywords decoder '
            'confidence align api client',
    'bench': 'base model engine',
}
SOURCES = sorted(path for folder in USES for path in (NATIVE / folder).rglob('*')
                 if path.suffix in ('.h', '.c', '.cc', '.inc', '.i'))
LIBRARY = [path for path in SOURCES
           if path.relative_to(NATIVE).parts[0] not in ('python', 'examples', 'test', 'bench')]


def code(path: pathlib.Path) -> str:
    """Return a file without its comments and the contents of its strings."""
    text = re.sub(r'R"\(.*?\)"', '""', path.read_text(), flags=re.S)
    return re.sub(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/',
                  lambda m: '""' if m[0][0] == '"' else '', text, flags=re.S)


def included(path: pathlib.Path) -> list[str]:
    return re.findall(r'^[#%]include "([^"]+)"', path.read_text(), flags=re.M)


def wrong_arrows(folder: str, names: list[str]) -> list[str]:
    """Of the files included from a folder, those it may not use; our own have a folder's name."""
    return [name for name in names if '/' in name and name.split('/')[0] in USES
            and name.split('/')[0] not in (folder, *USES[folder].split())]


def test_folders_use_only_those_above_them():
    order = list(USES)
    for folder, used in USES.items():
        assert all(order.index(other) < order.index(folder) for other in used.split()), folder
    wrong = [(str(path.relative_to(NATIVE)), name) for path in SOURCES
             for name in wrong_arrows(path.relative_to(NATIVE).parts[0], included(path))]
    assert wrong == []
    assert wrong_arrows('decoder', ['kenlm/kenlm_shim.h', 'base/alphabet.h']) == [
        'kenlm/kenlm_shim.h']
    assert {folder.name for folder in NATIVE.iterdir()
            if (folder / 'CMakeLists.txt').exists()} | {'examples'} == set(USES)


def test_no_files_include_each_other():
    assert circle({str(path.relative_to(NATIVE)): set(included(path)) for path in SOURCES}) == []


@pytest.mark.parametrize('folder', [f for f in USES if f not in ('python', 'examples')])
def test_each_folder_lists_its_sources(folder):
    listed = (NATIVE / folder / 'CMakeLists.txt').read_text()
    for path in (NATIVE / folder).glob('*.c*'):
        assert re.search(rf'\b{re.escape(path.name)}\b', listed), path.name


# What owns files, what owns memory, and the one kind of error. What stands in for KenLM's own files
# does as KenLM does; libsndfile's function is called open too.
OPENS = r'\b(open|creat|fopen|fdopen|freopen|mmap|munmap|rename|unlink)\s*\(|\b[io]?fstream\b'
RULES = {
    'files are opened, mapped and renamed in base/ only': (
        OPENS, ('base/', 'kenlm/guarded_', 'client/sndfile.cc')),
    'ds::Error is what is thrown': (
        r'\bthrow\s+std::(?!bad_alloc\b)\w+', ()),
    'new stands in factories only': (
        r'\bnew\s+[\w:<]', ('kenlm/guarded_mmap.cc',)),
}


@pytest.mark.parametrize('rule', RULES)
def test_owners_and_errors(rule):
    pattern, exceptions = RULES[rule]
    wrong = [(str(path.relative_to(NATIVE)), match[0]) for path in LIBRARY
             if not str(path.relative_to(NATIVE)).startswith(exceptions or ('-',))
             for match in re.finditer(pattern, code(path))]
    assert wrong == []


def test_the_rules_can_fail():
    for rule, text in zip(RULES, ('std::ofstream file(path);', 'throw std::runtime_error("")',
                                  'return new Model(path);')):
        assert re.search(RULES[rule][0], text)
        assert not re.search(RULES[rule][0], 'Fd::OpenRead(path); throw Error(""); new (at) int')
