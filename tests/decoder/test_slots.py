"""Slots of free speech: a scorer with class words and a grammar, against all readings of all texts."""

import random

import numpy as np
import pytest

from tests.helpers import grammars, posteriors, reference
from tests.helpers.class_model import ClassModel, make_arpa
from tests.helpers.small_model import LABELS

FRAMES = 5  # so that every path can be visited
WORDS = ('a', 'ab', 'c', '[x]', '[top]')  # 'ba' and 'cab' are in slots only
ALPHA, BETA = 0.8, 0.6
UNFINISHED = -500.0  # texts whose last word or slot is not complete score below


@pytest.fixture
def made(d, alphabet, tmp_path):
    """Return a function that makes a random scorer and a random grammar, and what they mean."""
    def make(seed, unknown=False, frames=FRAMES, oov_cost=None, order=3):
        rng = random.Random(seed)
        path = tmp_path / f'{seed}.arpa'
        path.write_text(make_arpa(rng, WORDS, order))
        rules = grammars.make_rules(rng, unknown)
        text = grammars.as_jsgf(rules, public='')
        said = {name: grammars.sentences(tree, rules, frames, shares=True)
                for name, tree in rules.items()}
        model = ClassModel(path.read_text(), said, ALPHA, BETA, oov_cost)
        return d.Scorer(ALPHA, BETA, path, alphabet), d.Grammar(text, alphabet), model
    return make


def complete(found):
    return [out for out in found if out.confidence > UNFINISHED]


def spelt(out, alphabet):
    """Return the text as it is spelt, whatever of it is [unk]."""
    return alphabet.Decode(out.tokens)


@pytest.mark.parametrize('oov_cost', [None, 2.5], ids=['closed', 'open'])
@pytest.mark.parametrize('unknown', [False, True], ids=['known', 'unknown'])
@pytest.mark.parametrize('seed', range(12))
def test_all_texts_score_as_their_best_reading(d, alphabet, made, seed, unknown, oov_cost):
    frames = FRAMES - unknown
    scorer, grammar, model = made(seed, unknown, frames, oov_cost, 2 + seed % 2)
    probs = posteriors.random(frames, 5, 1.5, 1.0, np.random.default_rng(seed))
    found = complete(d.decode(probs, alphabet, 20000, 20000, scorer=scorer, grammar=grammar,
                              oov_cost=oov_cost))
    wanted = reference.exhaustive(probs, LABELS, model.bonus)
    scores = {spelt(out, alphabet): out.confidence for out in found}
    assert scores == pytest.approx({text: score for score, text in wanted}, abs=1e-3)
    assert scores[spelt(found[0], alphabet)] == pytest.approx(wanted[0][0], abs=1e-3)
