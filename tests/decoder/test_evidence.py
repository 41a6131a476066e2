"""What speaks for a text and its words: against plain sums over the frames and the hypotheses."""

import math

import numpy as np
import pytest

from tests.helpers import posteriors
from tests.helpers.small_model import LABELS

BLANK = len(LABELS)


def best_path(logs, labels):
    """Return the most probable path that spells `labels`: for each frame which of them, or None.

    Args:
        logs: log probabilities [frames, labels + 1], blank last.
        labels: the text.
    """
    states = [BLANK]
    for label in labels:
        states += [label, BLANK]
    score = np.full(len(states), -np.inf)
    score[0] = 0
    back = []
    for t, row in enumerate(logs):
        before = [[s] + [s - 1] * (s > 0)
                  + [s - 2] * (s > 1 and states[s] not in (BLANK, states[s - 2]))
                  for s in range(len(states))]
        if t == 0:
            before = [[0]] + [[0]] * (len(states) > 1) + [[s] for s in range(2, len(states))]
        chosen = [max(from_, key=score.__getitem__) for from_ in before]
        score = np.array([score[from_] + row[label] for from_, label in zip(chosen, states)])
        back.append(chosen)
    state = max(range(max(0, len(states) - 2), len(states)), key=score.__getitem__)
    path = []
    for chosen in reversed(back):
        path.append((state - 1) // 2 if state % 2 else None)
        state = chosen[state]
    return path[::-1]


def peaked(text, rng, doubt=0.2):
    """Return frames that spell a text, a label and a blank each, and what the labels really are."""
    rows = []
    for letter in text:
        for sure in (LABELS.index(letter), BLANK):
            row = rng.uniform(0.1, 1, BLANK + 1) * doubt / 10
            row[sure] = 1 - doubt
            rows.append(row / row.sum())
    return np.array(rows)


@pytest.mark.parametrize('seed', range(5))
@pytest.mark.parametrize('text', ['ab c', 'a', 'cab ba c ab', 'abba'])
def test_a_free_search_fits_where_nothing_constrains_it(d, alphabet, seed, text):
    probs = peaked(text, np.random.default_rng(seed))
    out = d.decode(probs, alphabet, 50)[0]
    assert out.text == text
    assert out.evidence.fit == pytest.approx(1, abs=1e-5)
    assert all(word.evidence.fit == pytest.approx(1, abs=1e-5) for word in out.words)


@pytest.mark.parametrize('seed', range(4))
@pytest.mark.parametrize('said', ['ab cc', 'bb ab', 'abc c', 'c bb c', 'cab', 'b', 'abab'])
def test_fit_is_how_far_a_path_lies_behind_the_free_one(d, alphabet, arpa, seed, said):
    """The network spells what the scorer lacks: the path written against the free one.

    The search follows the more probable of the paths into each label, which may be a little less
    than the most probable of all.
    """
    probs = peaked(said, np.random.default_rng(seed))
    out = d.decode(probs, alphabet, 200, scorer=d.Scorer(0.5, 1.0, arpa, alphabet))[0]
    assert out.text != said
    logs = np.log(probs)
    path = best_path(logs, out.tokens)
    lag = np.array([row[BLANK if at is None else out.tokens[at]] - row.max()
                    for row, at in zip(logs, path)])
    assert lag.min() < -1
    best = math.exp(lag.sum() / max(1, len(out.tokens)))
    assert 0.9 * best < out.evidence.fit < 1.001 * best
    if out.evidence.fit < 0.999 * best:
        return  # another path, with other places
    starts = [path.index(at) for at in range(len(out.tokens))] + [len(path)]
    first = 0
    for word in out.words:
        after = first + len(word.text)
        behind = lag[starts[first]:starts[after]].sum()
        assert word.evidence.fit == pytest.approx(math.exp(behind / len(word.text)), rel=1e-3)
        first = after + 1


@pytest.mark.parametrize('seed', range(6))
@pytest.mark.parametrize('scored', [False, True])
def test_share_is_that_of_the_hypotheses(d, alphabet, arpa, seed, scored):
    probs = posteriors.random(12, 5, 2.0, 0.5, np.random.default_rng(seed))
    scorer = d.Scorer(0.5, 1.0, arpa, alphabet) if scored else None
    width = 15  # fewer than are compared for words
    outputs = d.decode(probs, alphabet, width, 100, scorer=scorer)
    scores = np.array([out.confidence for out in outputs])
    shares = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
    for out, share in zip(outputs, shares):
        assert out.evidence.share == pytest.approx(share, rel=1e-4, abs=1e-12)
        assert 0 <= out.evidence.fit <= 1
        for word in out.words:
            # at least with itself, and no more than all texts that have it anywhere
            most = sum(s for o, s in zip(outputs, shares) if word.text in o.text.split())
            assert share - 1e-6 <= word.evidence.share <= most + 1e-6
            assert 0 <= word.evidence.fit <= 1
            assert word.evidence.raw == word.evidence.fit * word.evidence.share


def test_a_word_is_the_same_where_others_differ(d, alphabet):
    """Two words, the second in doubt: the first has all hypotheses, the second its part."""
    rng = np.random.default_rng(1)
    probs = peaked('ab c', rng, 0.001)
    probs[6] = [0.0001, 0.0001, 0.35, 0.6497, 0.0001]  # b or c
    out, other = d.decode(probs, alphabet, 100, 2)
    assert (out.text, other.text) == ('ab c', 'ab b')
    assert out.words[0].evidence.share == other.words[0].evidence.share > 0.99
    assert out.words[1].evidence.share == pytest.approx(0.65, abs=0.01)
    assert other.words[1].evidence.share == pytest.approx(0.35, abs=0.01)


def test_nothing_said(d, alphabet):
    silence = np.full((50, 5), 1e-6)
    silence[:, BLANK] = 1
    for probs in silence[:0], silence:
        out = d.decode(probs, alphabet)[0]
        assert out.text == '' and out.words == ()
        assert out.evidence.fit == pytest.approx(1) and out.evidence.share > 0.99


def test_evidence_of_a_long_stream(d, alphabet):
    """What was settled long ago costs nothing, and says the same as in a short one."""
    rng = np.random.default_rng(2)
    text = 'ab c ba ' * 300 + 'c'
    decoder = d.Decoder(alphabet, 20)
    decoder.step(peaked(text, rng))
    out = decoder.decode(3)[0]
    assert out.text == text and len(out.words) == 901
    assert all(word.evidence.fit > 0.999 for word in out.words)
    assert all(word.evidence.share == 1 for word in out.words[:800])
