"""KenLM through our shim against the `kenlm` Python module, on the three novels."""

import itertools
import math
import os
import random
import subprocess
from collections import Counter

import numpy as np
import pytest

from tests.helpers.need import need_module
from util.lm import build

NOVELS = ('sense_and_sensibility', 'pride_and_prejudice', 'sherlock_holmes')


@pytest.fixture(scope='module')
def kenlm():
    return need_module('kenlm')


def sentences(shared_data, novel):
    with open(os.path.join(shared_data, 'lm', f'{novel}.norm.txt')) as f:
        return f.read().splitlines()


def compare(kenlm, probe, path, lines):
    """Largest difference of a word's log10 probability."""
    model = kenlm.Model(str(path))
    worst = 0.0
    for line, scores in zip(lines, probe('score', path, stdin='\n'.join(lines)), strict=True):
        expected = [score for score, _, _ in model.full_scores(line)]
        ours = [float(score) for score in scores.split()]
        assert len(ours) == len(expected)
        worst = max([worst, *(abs(a - b) for a, b in zip(ours, expected))])
    return worst


def write_arpa(lines, path):
    """Write a backoff bigram model, estimated in the plainest way that is a valid ARPA file."""
    unigrams, bigrams = Counter(), Counter()
    for line in lines:
        words = ['<s>', *line.split(), '</s>']
        unigrams.update(words)
        bigrams.update(zip(words, words[1:]))
    total = sum(unigrams.values())
    with open(path, 'w') as f:
        f.write(f'\\data\\\nngram 1={len(unigrams) + 1}\nngram 2={len(bigrams)}\n\n\\1-grams:\n')
        f.write('-7\t<unk>\n')
        for word, count in unigrams.items():
            f.write(f'{math.log10(count / (total + 1)):.6f}\t{word}\t-0.4\n')
        f.write('\n\\2-grams:\n')
        for (a, b), count in bigrams.items():
            f.write(f'{math.log10(0.6 * count / unigrams[a]):.6f}\t{a} {b}\n')
        f.write('\n\\end\\\n')


def test_arpa_scores(kenlm, probe, shared_data, tmp_path):
    path = tmp_path / 'lm.arpa'
    write_arpa(sentences(shared_data, NOVELS[0])[:500], path)
    for novel in NOVELS:  # the other two bring unknown words
        assert compare(kenlm, probe, path, sentences(shared_data, novel)[:200]) < 1e-6


def test_published_scorer_scores(kenlm, probe, shared_data):
    """A quantised trie with array-compressed pointers, inside a package."""
    path = os.path.join(shared_data, 'deepspeech', 'pruned_lm.scorer')
    assert compare(kenlm, probe, path, sentences(shared_data, NOVELS[1])[:1000]) < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize('novel', NOVELS)
@pytest.mark.parametrize('kind', ['trie', 'probing'])
def test_estimated_models(kenlm, probe, tool, shared_data, tmp_path, novel, kind):
    """5-grams by lmplz, as binaries of both structures, with and without quantisation."""
    for name in ('lmplz', 'build_binary'):
        tool(name)
    lines = sentences(shared_data, novel)
    text, arpa, binary = (str(tmp_path / name) for name in ('text', 'lm.arpa', 'lm.binary'))
    build.write_lines(lines, text)
    build.estimate(text, arpa, 5, [0, 0, 1], '200M', str(tmp_path))
    build.make_binary(arpa, binary, kind=kind)
    assert compare(kenlm, probe, binary, lines) < 1e-6


# What build_binary can make: its arguments, and whether the words are in the file.
KINDS = {'default': [], 'probing': ['probing'], 'bare probing': ['-v', 'probing'],
         'trie': ['trie'], 'quantised trie': ['-q', '8', '-b', '7', 'trie'],
         'array trie': ['-a', '64', 'trie'], 'bare array trie': ['-a', '255', '-v', 'trie'],
         'quantised array trie': ['-q', '6', '-a', '255', 'trie']}


def write_random_arpa(path, order, unknown):
    """Write n-grams of random sentences over 35 words, with random weights; <unk> or not."""
    draw = random.Random(order)
    words = [''.join(draw.choices('etaoinshr', k=draw.randint(1, 7))) + str(i) for i in range(35)]
    lines = [['<s>', *draw.choices(words, k=draw.randint(1, 9)), '</s>'] for _ in range(60)]
    grams = [sorted({tuple(line[i:i + n]) for line in lines for i in range(len(line) - n + 1)})
             for n in range(1, order + 1)]
    if unknown:
        grams[0].append(('<unk>',))
    with open(path, 'w') as f:
        f.write('\\data\\\n' + ''.join(f'ngram {n}={len(of_n)}\n'
                                       for n, of_n in enumerate(grams, 1)))
        for n, of_n in enumerate(grams, 1):
            f.write(f'\n\\{n}-grams:\n')
            for gram in of_n:
                backoff = f'\t{-draw.random():.6f}' if n < order and gram[-1] != '</s>' else ''
                f.write(f'{-3 * draw.random():.6f}\t{" ".join(gram)}{backoff}\n')
        f.write('\n\\end\\\n')
    asked = [[draw.choice([*words, 'unheard']) for _ in range(draw.randint(0, 9))]
             for _ in range(60)]
    return words, [' '.join(line[1:-1]) for line in lines] + [' '.join(line) for line in asked]


@pytest.mark.parametrize('unknown', [True, False], ids=['unk', 'no unk'])
@pytest.mark.parametrize('order', range(2, 7))
def test_every_binary_scores_as_kenlm_does(kenlm, probe, tool, tmp_path, order, unknown):
    """Bit for bit, known words and others; with and without the words in the file."""
    arpa, binary = tmp_path / 'lm.arpa', tmp_path / 'lm.binary'
    words, lines = write_random_arpa(arpa, order, unknown)
    build_binary = tool('build_binary')
    alphabet = tmp_path / 'alphabet.txt'
    alphabet.write_text('\n'.join(' etaoinshr0123456789'))
    for kind, options in KINDS.items():
        done = subprocess.run([build_binary, *options, arpa, binary], capture_output=True,
                              text=True)
        assert done.returncode == 0, (kind, done.stderr)
        model = kenlm.Model(str(binary))
        expected = np.float32([score for line in lines for score, _, _ in model.full_scores(line)])
        told = probe('score', binary, stdin='\n'.join(lines))
        assert np.array_equal(np.float32(' '.join(told).split()), expected), kind
        if '-v' not in options:
            assert probe('words', binary, alphabet) == sorted(
                (word + ' ' for word in words),
                key=lambda word: [' etaoinshr0123456789'.index(c) for c in word]), kind


def test_the_random_models_are_told_apart(kenlm, tmp_path):
    """Two orders, with and without <unk>: four models that score differently."""
    scores = set()
    for order, unknown in itertools.product((2, 5), (True, False)):
        _, lines = write_random_arpa(tmp_path / 'lm.arpa', order, unknown)
        model = kenlm.Model(str(tmp_path / 'lm.arpa'))
        scores.add(tuple(model.score(line + ' unheard') for line in lines[:9]))
    assert len(scores) == 4
