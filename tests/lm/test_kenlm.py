"""KenLM through our shim against the `kenlm` Python module, on the three novels."""

import math
import os
from collections import Counter

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
