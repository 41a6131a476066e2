"""Scorer packages: the published ones, ours, the checks, damage."""

import os
import random
import shutil
import struct
import subprocess
import sys

import pytest

from tests.helpers.peers import python_of
from util.errors import UserError
from util.lm import build, tools

ROOT = tools.ROOT
ALPHABET = os.path.join(ROOT, 'data', 'alphabet.txt')

ARPA = """\\data\\
ngram 1=6
ngram 2=2
ngram 3=1

\\1-grams:
-1\t<unk>
-1\t<s>\t-0.3
-1\t</s>
-1\tgo\t-0.3
-1\ton\t-0.3
-1\toff\t-0.3

\\2-grams:
-0.2\t<s> go\t-0.1
-0.2\tgo on\t-0.1

\\3-grams:
-0.1\t<s> go on

\\end\\
"""

UNREADABLE, INVALID, INVALID_LM = '8197', '8194', '8198'
NO_TRIE, INVALID_TRIE, OTHER_VERSION = '8199', '8200', '8201'


@pytest.fixture(scope='module')
def published(shared_data):
    return os.path.join(shared_data, 'deepspeech')


@pytest.fixture(scope='module')
def bare_lm(published, tmp_path_factory):
    """Return the language model of the published scorer, without its package."""
    with open(os.path.join(published, 'pruned_lm.scorer'), 'rb') as f:
        data = f.read()
    path = tmp_path_factory.mktemp('lm') / 'lm.binary'
    path.write_bytes(data[:data.rindex(b'EIRT')])
    return path


def package(tool, lm, vocab, out, *options):
    command = [tool('generate_scorer_package'), '--lm', lm, '--vocab', vocab, '--package', out]
    return subprocess.run([*map(str, command), *map(str, options)], capture_output=True, text=True)


def with_peer(script, *args):
    """Run a script under the published decoder 0.9.3; skips where that is not installed."""
    done = subprocess.run([python_of('decoder'), '-c', script, *map(str, args)],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


DECODE = '''
import sys, numpy as np, ds_ctcdecoder as d
alphabet = d.Alphabet(sys.argv[1])
scorer = d.Scorer(0.75, 1.85, sys.argv[2], alphabet)
draw = np.random.RandomState(1)
for case in range(5):
    p = np.exp(3 * draw.randn(60, 29))
    p /= p.sum(1, keepdims=True)
    print(*d.ctc_beam_search_decoder(p, alphabet, 100, scorer=scorer)[0])
'''


def test_published_packages_hold_their_vocabulary(probe, published):
    for name, alphabet, vocab in (
            ('pruned_lm.scorer', ALPHABET, 'vocab.pruned.txt'),
            ('pruned_lm.bytes.scorer', 'bytes', 'vocab.pruned.bytes.txt')):
        with open(os.path.join(published, vocab)) as f:
            words = set(f.read().split())
        space = '' if alphabet == 'bytes' else ' '
        found = probe('words', os.path.join(published, name), alphabet)
        assert len(found) == len(words)
        assert set(found) == {word + space for word in words}


def test_published_weights_and_modes(probe, published):
    code, message, facts = probe('open', os.path.join(published, 'pruned_lm.scorer'), ALPHABET)
    assert (code, message) == ('0', '')
    assert facts.split() == ['0.75', '1.8500000238418579', '0', '0', '3451']
    facts = probe('open', os.path.join(published, 'pruned_lm.bytes.scorer'), 'bytes')[2]
    assert facts.split()[2] == '1'


def test_our_package_equals_the_published_one(tool, probe, published, bare_lm, tmp_path):
    """Same vocabulary, as few states as OpenFst's minimisation; in bytes mode the same bytes."""
    ours = tmp_path / 'ours.scorer'
    done = package(tool, bare_lm, os.path.join(published, 'vocab.pruned.txt'), ours,
                   '--alphabet', ALPHABET, '--default_alpha', 0.75, '--default_beta', 1.85)
    assert done.returncode == 0, done.stderr
    theirs = os.path.join(published, 'pruned_lm.scorer')
    assert probe('words', ours, ALPHABET) == probe('words', theirs, ALPHABET)
    assert probe('open', ours, ALPHABET)[2].split()[4] == '3451'

    with open(os.path.join(published, 'pruned_lm.bytes.scorer'), 'rb') as f:
        data = f.read()
    lm = tmp_path / 'bytes.binary'
    lm.write_bytes(data[:data.rindex(b'EIRT')])
    done = package(tool, lm, os.path.join(published, 'vocab.pruned.bytes.txt'), ours)
    assert 'on, because every word is a single character' in done.stderr
    made = ours.read_bytes()
    start = data.rindex(b'EIRT')
    weights = slice(start + 9, start + 25)  # theirs went through float
    assert made[:weights.start] == data[:weights.start]
    assert made[weights.stop:] == data[weights.stop:]


def test_0_9_3_reads_our_package(tool, published, bare_lm, tmp_path):
    ours = tmp_path / 'ours.scorer'
    done = package(tool, bare_lm, os.path.join(published, 'vocab.pruned.txt'), ours,
                   '--alphabet', ALPHABET)
    assert done.returncode == 0, done.stderr
    mine = with_peer(DECODE, ALPHABET, ours)
    assert len(mine) == 5
    assert mine == with_peer(DECODE, ALPHABET, os.path.join(published, 'pruned_lm.scorer'))


def made_up_words(count, seed=4567):
    draw, words = random.Random(seed), set()
    while len(words) < count:
        words.add(''.join(draw.choices("etaoinshrdlucmfwypvbgkjqxz'", k=draw.randint(3, 12))))
    return sorted(words)


@pytest.mark.slow
def test_half_a_million_words(tool, probe, published, bare_lm, tmp_path):
    """Written by us, read by 0.9.3; mapped, not copied."""
    with open(os.path.join(published, 'vocab.pruned.txt')) as f:  # the model knows these
        words = sorted({*made_up_words(500_000), *f.read().split()})
    vocab, ours = tmp_path / 'vocab.txt', tmp_path / 'ours.scorer'
    vocab.write_text('\n'.join(words))
    done = package(tool, bare_lm, vocab, ours, '--alphabet', ALPHABET)
    assert done.returncode == 0, done.stderr
    assert sorted(probe('words', ours, ALPHABET)) == sorted(word + ' ' for word in words)
    assert float(probe('time', ours, ALPHABET)[0].split()[1]) < 1000  # KB
    lines = with_peer(DECODE, ALPHABET, ours)
    assert all(word in set(words) for line in lines for word in line.split()[1:-1])


def test_plain_language_models(probe, tmp_path):
    """An ARPA file's own words become the lexicon, as far as the alphabet spells them."""
    arpa = tmp_path / 'lm.arpa'
    arpa.write_text('\\data\\\nngram 1=6\nngram 2=2\n\n\\1-grams:\n-1\t<unk>\n-1\t<s>\t-0.3\n'
                    "-1\t</s>\n-1\tdon't\t-0.3\n-1\tgo\t-0.3\n-1\tcaf\u00e9\t-0.3\n\n\\2-grams:\n"
                    "-0.2\t<s> don't\n-0.2\tdon't go\n\n\\end\\\n", encoding='utf-8')
    assert probe('words', arpa, ALPHABET) == ["don't ", 'go ']
    assert probe('open', arpa, ALPHABET)[2].split()[3] == '1'  # left out: cafe with an accent


def arpa_of_order(order):
    """Return an ARPA file with one n-gram of each order beyond the words."""
    grams = [['<unk>', '<s>', '</s>', 'go'], *([' '.join(['go'] * n)] for n in range(2, order + 1))]
    parts = [f'\\{n}-grams:\n'
             + ''.join(f'-1\t{gram}' + ('\t-0.3' if n < order else '') + '\n' for gram in of_n)
             for n, of_n in enumerate(grams, 1)]
    counts = ''.join(f'ngram {n}={len(of_n)}\n' for n, of_n in enumerate(grams, 1))
    return ('\\data\\\n' + counts + '\n' + '\n'.join(parts) + '\n\\end\\\n').encode()


def test_arpa_files_of_every_supported_order(probe, tmp_path):
    for order in range(2, 7):
        for ends in (b'\n', b'\r\n'):
            (tmp_path / 'lm.arpa').write_bytes(arpa_of_order(order).replace(b'\n', ends))
            assert probe('words', tmp_path / 'lm.arpa', ALPHABET) == ['go ']


@pytest.mark.parametrize('harm, code, says', [
    (lambda data, lm: b'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
     UNREADABLE, 'Git LFS pointer'),
    (lambda data, lm: b'', UNREADABLE, 'is empty'),
    (lambda data, lm: b'no model at all, just text\n', INVALID_LM, 'neither a KenLM binary'),
    (lambda data, lm: b'\\data\\\nngram 1=5\nngram 2=90000000000\n\n\\end\\\n', INVALID_LM,
     'too few for the n-grams it declares'),
    (lambda data, lm: b'\n \n# made by hand\n' + ARPA.encode()[:-40], INVALID_LM,
     'is a damaged ARPA file ('),
    (lambda data, lm: ARPA.replace('\tgo', '\tgo\tto').encode(), INVALID_LM,
     'is a damaged ARPA file ('),
    (lambda data, lm: ARPA.replace('ngram 2=2', 'ngram 2=3').encode(), INVALID_LM,
     'is a damaged ARPA file ('),
    (lambda data, lm: arpa_of_order(1), INVALID_LM,
     'has n-grams of order 1, orders 2 to 6 are supported'),
    (lambda data, lm: arpa_of_order(7), INVALID_LM,
     'has n-grams of order 7, orders 2 to 6 are supported'),
    (lambda data, lm: data[:88] + b'\0' + data[89:], INVALID_LM, 'has n-grams of order 0,'),
    (lambda data, lm: data[:88] + b'\xff' + data[89:], INVALID_LM, 'has n-grams of order 255,'),
    (lambda data, lm: data[:1000], INVALID_LM, 'has 1000 bytes, too few for 13119 2-grams'),
    (lambda data, lm: data[:99999], INVALID_LM, 'is cut off: 99999 bytes, its header declares'),
    (lambda data, lm: data[:60], INVALID_LM, 'ends inside the header'),
    (lambda data, lm: data[:lm], NO_TRIE, 'was built without its words'),
    (lambda data, lm: data[:lm + 10], INVALID_TRIE, 'ends inside its package header'),
    (lambda data, lm: data[:-5], INVALID_TRIE, 'is cut off'),
    (lambda data, lm: data[:lm + 4] + struct.pack('<i', 5) + data[lm + 8:], OTHER_VERSION,
     'has package version 5, expected version 6: rebuild it'),
    (lambda data, lm: data[:lm + 8] + b'\1' + data[lm + 9:], INVALID, 'made for bytes output'),
    (lambda data, lm: data[:lm + 25] + b'\0' + data[lm + 26:], INVALID_TRIE, 'not an OpenFst'),
])
def test_every_fault_has_its_line_and_code(probe, published, tmp_path, harm, code, says):
    with open(os.path.join(published, 'pruned_lm.scorer'), 'rb') as f:
        data = f.read()
    path = tmp_path / 'harmed.scorer'
    path.write_bytes(harm(data, data.rindex(b'EIRT')))
    got, message = probe('open', path, ALPHABET)
    assert got == code and says in message and str(path) in message


def test_a_missing_file_and_a_folder(probe, tmp_path):
    for path in (tmp_path / 'none.scorer', tmp_path):
        assert probe('open', path, ALPHABET)[0] == UNREADABLE


def test_alphabets_are_compared(tool, probe, published, bare_lm, tmp_path):
    """Ours carry their alphabet; of older packages the labels that occur are looked at."""
    ours, other = tmp_path / 'ours.scorer', tmp_path / 'other.txt'
    package(tool, bare_lm, os.path.join(published, 'vocab.pruned.txt'), ours,
            '--alphabet', ALPHABET)
    with open(ALPHABET) as f:
        other.write_text(f.read().replace('\nb\n', '\n\u00e9\n'))
    code, message = probe('open', ours, other)
    assert code == INVALID
    assert message.endswith("label 2 is 'b' in the scorer and '\u00e9' in the model")

    theirs = os.path.join(published, 'pruned_lm.scorer')
    letters = [*"abcdefghijklmnopqrstuvwxyz'"]
    for labels, says in (
            (['a', ' '], "words end with label 0, the model's space is label 1"),
            ([*letters, ' '], "words end with label 0, the model's space is label 27"),
            ([' ', *letters[:20]], 'uses label 2')):
        other.write_text('\n'.join(labels) + '\n')
        code, message = probe('open', theirs, other)
        assert code == INVALID and 'made for a different alphabet' in message
        assert says in message


LETTERS = [*"abcdefghijklmnopqrstuvwxyz'"]
OTHER_LETTERS = {
    'in other order': [' ', *random.Random(1).sample(LETTERS, 27)],
    'backwards': [' ', *reversed(LETTERS)],
    'moved by one': [' ', *LETTERS[1:], LETTERS[0]],
    'Russian': [' ', *'абвгдеёжзийклмнопрстуфхцчшщ'],
    'Greek, and more of them': [' ', *'αβγδεζηθικλμνξοπρστυφχψωςάέήίό'],
}
DIGITS = 'zero one two three four five six seven eight nine'.split()


def without_alphabet(path):
    """Make a package what older tools make it: without its alphabet."""
    data = path.read_bytes()
    path.write_bytes(data[:data.rindex(b'ALPH')])


def digits_scorer(tool, folder, alphabet=ALPHABET):
    """Make a package of ten words and of nothing that tells its alphabet."""
    grams = ['<unk>', '<s>', '</s>', *DIGITS]
    (folder / 'lm.arpa').write_text(
        f'\\data\\\nngram 1={len(grams)}\nngram 2=1\n\n\\1-grams:\n'
        + ''.join(f'-1\t{gram}\t-0.1\n' for gram in grams)
        + '\n\\2-grams:\n-0.5\tone two\n\n\\end\\\n')
    build.make_binary(str(folder / 'lm.arpa'), str(folder / 'lm.binary'))
    (folder / 'vocab.txt').write_text('\n'.join(DIGITS))
    done = package(tool, folder / 'lm.binary', folder / 'vocab.txt', folder / 'digits.scorer',
                   '--alphabet', alphabet)
    assert done.returncode == 0, done.stderr
    without_alphabet(folder / 'digits.scorer')
    return folder / 'digits.scorer'


@pytest.mark.parametrize('letters', OTHER_LETTERS.values(), ids=OTHER_LETTERS)
def test_a_scorer_of_other_letters_is_refused(tool, probe, published, tmp_path, letters):
    """The labels fit; what they spell is in no language."""
    (tmp_path / 'other.txt').write_text('\n'.join(letters) + '\n', encoding='utf-8')
    digits = digits_scorer(tool, tmp_path)
    for scorer in (os.path.join(published, 'pruned_lm.scorer'), digits):
        assert probe('open', scorer, ALPHABET)[0] == '0'
        code, message = probe('open', scorer, tmp_path / 'other.txt')
        assert code == INVALID and 'was made for a different alphabet' in message
        assert 'its language model knows' in message


def test_scorers_that_fit_are_not_refused(tool, probe, published, bare_lm, tmp_path):
    """Words that the model does not know among many; more labels than the scorer's; few words."""
    with open(ALPHABET) as f:
        more = [line for line in f.read().splitlines() if not line.startswith('#')] + ['é', '-']
    (tmp_path / 'more.txt').write_text('\n'.join(more) + '\n', encoding='utf-8')
    vocab, ours = tmp_path / 'many.txt', tmp_path / 'ours.scorer'
    with open(os.path.join(published, 'vocab.pruned.txt')) as f:
        vocab.write_text(f.read() + '\n'.join(made_up_words(100_000)))
    done = package(tool, bare_lm, vocab, ours, '--alphabet', ALPHABET)
    assert done.returncode == 0, done.stderr
    theirs = os.path.join(published, 'pruned_lm.scorer')
    for scorer in (ours, theirs, digits_scorer(tool, tmp_path)):
        for alphabet in (ALPHABET, tmp_path / 'more.txt'):
            assert probe('open', scorer, alphabet)[:2] == ['0', ''], (scorer, alphabet)
    without_alphabet(ours)
    assert probe('open', ours, ALPHABET)[0] == '0'
    of_bytes = os.path.join(published, 'pruned_lm.bytes.scorer')
    assert probe('open', of_bytes, 'bytes')[0] == '0'


def test_a_package_of_two_texts_is_refused(tool, probe, bare_lm, tmp_path):
    """The model knows none of the vocabulary: nothing could ever be said."""
    vocab, ours = tmp_path / 'vocab.txt', tmp_path / 'ours.scorer'
    vocab.write_text('\n'.join(made_up_words(5000)))
    package(tool, bare_lm, vocab, ours, '--alphabet', ALPHABET)
    code, message = probe('open', ours, ALPHABET)
    assert code == INVALID and 'knows 0 of ' in message and 'or of two texts' in message


SPACELESS = '的一是不了人我在有他'


def spaceless_scorer(tool, folder, words, *options):
    """Make a package of an alphabet without a space; returns what the program did."""
    grams = ['<unk>', '<s>', '</s>', *words]
    (folder / 'lm.arpa').write_text(
        f'\\data\\\nngram 1={len(grams)}\nngram 2=1\n\n\\1-grams:\n'
        + ''.join(f'-1\t{gram}\t-0.1\n' for gram in grams)
        + f'\n\\2-grams:\n-0.5\t{words[0]} {words[1]}\n\n\\end\\\n', encoding='utf-8')
    build.make_binary(str(folder / 'lm.arpa'), str(folder / 'lm.binary'))
    (folder / 'vocab.txt').write_text('\n'.join(words), encoding='utf-8')
    (folder / 'alphabet.txt').write_text('\n'.join(SPACELESS), encoding='utf-8')
    return package(tool, folder / 'lm.binary', folder / 'vocab.txt', folder / 'my.scorer',
                   '--alphabet', folder / 'alphabet.txt', *options)


def test_without_a_space_each_label_is_a_word(tool, probe, tmp_path):
    done = spaceless_scorer(tool, tmp_path, [*SPACELESS[:5], '人我'])
    assert done.returncode == 0, done.stderr
    assert 'off, because' in done.stderr and '1 words left out' in done.stderr
    opened = (tmp_path / 'my.scorer', tmp_path / 'alphabet.txt')
    for _ in range(2):  # with its alphabet and without
        assert probe('open', *opened)[0] == '0'
        assert probe('words', *opened) == list(SPACELESS[:5])
        assert probe('open', tmp_path / 'my.scorer', ALPHABET)[0] == INVALID
        if b'ALPH' in (tmp_path / 'my.scorer').read_bytes():
            without_alphabet(tmp_path / 'my.scorer')
    done = spaceless_scorer(tool, tmp_path, ['人我', '在有'])
    assert done.returncode == 1 and 'its words are single labels' in done.stderr
    # The model alone gives the same.
    spaceless_scorer(tool, tmp_path, [*SPACELESS[:5], '人我'])
    assert probe('words', tmp_path / 'lm.arpa', tmp_path / 'alphabet.txt') == list(SPACELESS[:5])


def test_long_words_without_a_space_are_refused(probe, published, tmp_path):
    """What nothing ends can never be scored: packages of older tools are like that."""
    (tmp_path / 'other.txt').write_text('\n'.join(['_', *LETTERS]) + '\n')
    code, message = probe('open', os.path.join(published, 'pruned_lm.scorer'),
                          tmp_path / 'other.txt')
    assert code == INVALID and 'no space to end them' in message


@pytest.mark.parametrize('name, alphabet, rounds', [
    ('pruned_lm.scorer', ALPHABET, 300), ('pruned_lm.bytes.scorer', 'bytes', 3000)])
def test_damage_gives_a_code_and_no_crash(probe, published, name, alphabet, rounds):
    refused, used = map(int, probe('damage', os.path.join(published, name), alphabet,
                                   rounds)[0].split())
    assert refused + used == rounds and refused > rounds // 4 and used > 0


def test_a_full_hash_table_is_refused(tool, probe, tmp_path):
    """KenLM looks a word up until it meets an empty slot: without one it would never end."""
    arpa, binary = tmp_path / 'lm.arpa', tmp_path / 'lm.binary'
    arpa.write_text(ARPA)
    build.make_binary(str(arpa), str(binary), kind='probing')
    assert len(probe('score', binary, stdin='go on\n')[0].split()) == 3
    data = binary.read_bytes()
    counts = struct.unpack_from('<3Q', data, 108)
    assert counts == (6, 2, 1)
    # Header; vocabulary (8 bytes, slots of 12), unigrams, bigrams (slots of 16), trigrams (of 12).
    vocabulary = 132 + 4 + 8
    bigrams = vocabulary + 9 * 12 + 7 * 8
    trigrams = bigrams + 3 * 16
    for start, slots, size in ((vocabulary, 9, 12), (bigrams, 3, 16), (trigrams, 2, 12)):
        full = bytearray(data)
        keys = range(start, start + slots * size, size)
        empty = [at for at in keys if full[at:at + 8] == bytes(8)]
        assert empty
        for at in empty:
            full[at] = 1
        binary.write_bytes(full)
        code, message = probe('open', binary, ALPHABET)
        assert code == INVALID_LM and 'one of its hash tables is full' in message


def test_the_published_scorer_is_opened_without_being_read(probe, published):
    path = os.path.join(published, 'pruned_lm.scorer')
    assert float(probe('time', path, ALPHABET)[0].split()[1]) < 1000  # KB


@pytest.mark.parametrize('arguments, status, says', [
    ([], 2, '--lm is missing'),
    (['--lm', 'x', '--vocab', 'y'], 2, '--package is missing'),
    (['--frob', 'x'], 2, 'unknown option --frob'),
    (['--lm', 'x', '--vocab', 'none.txt', '--package', 'z'], 1, "'none.txt' cannot be read"),
    (['--default_alpha', 'much'], 2, "'much': expected a number"),
])
def test_misuse_of_the_command(tool, arguments, status, says):
    done = subprocess.run([tool('generate_scorer_package'), *arguments], capture_output=True,
                          text=True)
    assert done.returncode == status and says in done.stderr and done.stderr.count('\n') == 1


def test_the_script_runs_the_program(tool):
    tool('generate_scorer_package')
    done = subprocess.run([sys.executable, os.path.join(ROOT, 'data/lm/generate_scorer_package'),
                           '--help'], capture_output=True, text=True)
    assert done.returncode == 0 and '--force_bytes_output_mode' in done.stdout


def test_without_a_compiler_one_line_says_so(monkeypatch):
    monkeypatch.delenv('CXX', raising=False)
    monkeypatch.setattr(shutil, 'which', lambda name: None)
    with pytest.raises(UserError, match='apt-get install g'):
        tools.find_compiler('lmplz')


def test_without_boost_one_line_names_the_packages(monkeypatch):
    monkeypatch.setattr(tools, 'BOOST_LIBRARIES', ['-lno_such_boost'])
    with pytest.raises(UserError, match='libboost-program-options-dev'):
        tools.check_boost('lmplz')
