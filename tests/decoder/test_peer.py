"""Against ds_ctcdecoder 0.9.3 (its own Python 3.9) and what the wheels of 0.9.3 recorded."""

import json
import os

import numpy as np
import pytest

from tests.helpers import cases as case_maker
from tests.helpers import posteriors
from tests.helpers.agreement import agreement, ours, peer
from tests.helpers.peers import python_of


def total(counts):
    return {key: sum(count[key] for count in counts.values())
            for key in ('cases', 'crashed', 'text', 'confidence', 'timesteps', 'nbest')}


def test_equals_0_9_3_on_made_up_posteriors(d, shared_data, tmp_path):
    python_of('decoder')
    rng = np.random.default_rng(0)
    labels = [case_maker.ENGLISH.index(c) for c in 'he was a very old friend of the house']
    made = [posteriors.spelling(labels, 29, sure, rng) for sure in (0.5, 0.8, 0.95)]
    cases, arrays = case_maker.make(30, 2, shared_data, made, beam_size=100)
    result = total(agreement(cases, peer(cases, arrays, str(tmp_path)),
                             ours(cases, arrays)))
    usable = 30 - result['crashed']
    assert usable >= 25
    assert result['text'] == result['confidence'] == usable
    assert result['timesteps'] >= usable - 1


@pytest.mark.slow
def test_equals_0_9_3_on_2000_cases(d, shared_data, tmp_path):
    python_of('decoder')
    real = posteriors.real(shared_data, posteriors.recordings(shared_data))
    cases, arrays = case_maker.make(2000, 1, shared_data, list(real.values()))
    result = total(agreement(cases, peer(cases, arrays, str(tmp_path)),
                             ours(cases, arrays)))
    usable = 2000 - result['crashed']
    assert result['crashed'] <= 20
    assert result['text'] >= 0.995 * usable and result['confidence'] >= 0.995 * usable


@pytest.mark.slow
def test_equals_what_the_wheels_recorded(d, shared_data):
    """Text, confidence and time steps of the 0.9.3 client at three beam widths."""
    with open(os.path.join(shared_data, 'compat/expected_deepspeech.json')) as f:
        expected = json.load(f)['cases']
    folder = os.path.join(shared_data, 'deepspeech')
    alphabet = d.Alphabet(os.path.join(folder, 'alphabet.txt'))
    names = {case['audio'] for case in expected}
    probs = posteriors.real(shared_data, [
        path for path in posteriors.recordings(shared_data) if os.path.basename(path) in names])
    texts = timesteps = 0
    for case in expected:
        config, scorer, hot_words = case['config'], None, {}
        if config.startswith('scorer'):
            weights = (0.75, 1.85) if 'alpha 0.75' in config else (None, None)
            scorer = d.Scorer(*weights, os.path.join(folder, 'pruned_lm.scorer'), alphabet)
            hot_words = {'friend': 7.5, 'enemy': -3.0} if 'hot words' in config else {}
        outputs = d.decode(probs[case['audio']], alphabet, case['beam_width'], 1, scorer=scorer,
                           hot_words=hot_words)
        best = case['metadata'][0]
        texts += outputs[0].text == best['text']
        timesteps += list(outputs[0].timesteps) == best['timesteps']
        assert outputs[0].confidence == pytest.approx(best['confidence'], abs=2e-2), case['audio']
    assert texts == len(expected)
    assert timesteps >= 0.98 * len(expected)
