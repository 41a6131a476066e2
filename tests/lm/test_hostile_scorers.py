"""Scorers that no tool writes are refused with a line, or decode: never a crash, a hang, a leak."""

import os
import resource
import struct
import subprocess

import pytest

from tests.helpers import hostile_scorers
from tests.helpers.need import SANITIZED
from util.lm import tools

ARPA = """\\data\\
ngram 1=7
ngram 2=4
ngram 3=2

\\1-grams:
-1.0\t<unk>
0\t<s>\t-0.3
-1.0\t</s>
-0.8\tab\t-0.2
-0.9\tc\t-0.2
-0.9\tfade\t-0.2
-0.9\tjab\t-0.2

\\2-grams:
-0.3\t<s> ab\t-0.1
-0.4\tab c\t-0.1
-0.4\tab fade\t-0.1
-0.4\tc </s>

\\3-grams:
-0.2\t<s> ab c
-0.2\t<s> ab fade

\\end\\
"""
LETTERS = ' \n' + '\n'.join("abcdefghij'") + '\n'
# As build_binary makes them.
BINARIES = {'probing': ['probing'], 'trie': ['trie'], 'quantised': ['-q', '4', 'trie'],
            'array': ['-a', '64', 'trie'], 'quantised array': ['-a', '255', '-q', '8', 'trie']}
PACKAGES = {  # type of model, words, alphabet
    'words': ('quantised array', 'ab c fade jab', LETTERS),
    'words, probing': ('probing', 'ab c fade jab', LETTERS),
    'bytes': ('trie', 'c', None),
    'labels': ('trie', 'c', LETTERS[2:]),
}
LIMIT = 1500 << 20  # bytes of memory


@pytest.fixture(scope='module')
def sound(tool, tmp_path_factory):
    """Return sound scorers by name."""
    folder = tmp_path_factory.mktemp('sound')
    build, package = tool('build_binary'), tool(tools.OURS)
    (folder / 'lm.arpa').write_text(ARPA)
    found = {'arpa': ARPA.encode()}
    for name, options in BINARIES.items():
        subprocess.run([build, '-s', *options, folder / 'lm.arpa', folder / name], check=True,
                       capture_output=True)
        found[name] = (folder / name).read_bytes()
    for name, (model, words, alphabet) in PACKAGES.items():
        (folder / 'vocab.txt').write_text(words)
        (folder / 'alphabet.txt').write_text(alphabet or '')
        subprocess.run(
            [package, '--lm', folder / model, '--vocab', folder / 'vocab.txt', '--package',
             folder / 'made', f'--force_bytes_output_mode={str(alphabet is None).lower()}',
             '--alphabet', folder / 'alphabet.txt'], check=True, capture_output=True)
        found[name] = (folder / 'made').read_bytes()
    return found


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))


def run(build, contents):
    """Open scorers one after the other; return how often they were refused and worked."""
    options = os.environ.get('ASAN_OPTIONS', '')
    with subprocess.Popen(
            [build / 'scorer_cases_test'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, preexec_fn=None if SANITIZED else limit_memory,
            env={**os.environ, 'ASAN_OPTIONS': f'{options}:hard_rss_limit_mb={LIMIT >> 20}'}
    ) as process:
        said, errors = process.communicate(b''.join(
            struct.pack('<I', len(content)) + content for content in contents))
    return process.returncode, said, errors


def check(build, sound, name, every):
    """Open every so many of the cases made of a sound scorer; print the counts (-s)."""
    whole = sound[name]
    status, said, errors = run(build, [whole])
    assert status == 0 and said != b'3 0\n', errors  # some alphabet can use the sound one
    names, contents = zip(*list(hostile_scorers.cases(whole))[::every], strict=True)
    status, said, errors = run(build, contents)
    lines = errors.decode().split('\n')
    last = max((int(line) for line in lines if line.isdigit()), default=-1)
    assert status == 0, (names[last], '\n'.join(lines[-40:]))
    refused, worked = map(int, said.split())
    assert refused + worked == 3 * len(contents) and refused > 0 and worked > 0
    print(f'{name}: {len(contents)} scorers for 3 alphabets: {refused} refused, {worked} used')


@pytest.mark.parametrize('name', ['arpa', *BINARIES, *PACKAGES])
def test_some_of_them(build, sound, name):
    check(build, sound, name, 37)


@pytest.mark.slow
@pytest.mark.parametrize('name', ['arpa', *BINARIES, *PACKAGES])
def test_no_scorer_crashes(build, sound, name):
    """Every field, region, automaton, alphabet and line."""
    check(build, sound, name, 1)


def test_every_kind_of_harm_is_done(sound):
    """The generator goes through fields, regions, automata, alphabets and lines."""
    names = {name for kind in ('words', 'arpa')
             for name, content in hostile_scorers.cases(sound[kind]) if content != sound[kind]}
    for part in ('order = 0', 'order = 255', 'states = ', 'arc 0 next = ', 'region 2 twice',
                 'holds the file', 'over the next by 4', 'automaton of kind 7',
                 'alphabet: one label twice', 'line 1 all ones', 'nested'):
        assert any(part in name for name in names), part
    assert len(names) > 3000
