"""Odd sounds, and a thousand rounds of opening, transcribing and freeing."""

import subprocess

import numpy as np
import pytest

from tests.helpers.golden import clip
from tests.helpers.need import SANITIZED


def odd_sounds() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    at = np.arange(32000)
    tone = np.sin(2 * np.pi * 440 / 16000 * at)
    sounds = {
        'no sample': np.zeros(0), 'one sample': np.array([12345]), 'silence': np.zeros(32000),
        'white noise': 3000 * rng.standard_normal(32000), 'faint noise': rng.integers(-1, 2, 32000),
        'tone': 10000 * tone, 'constant': np.full(32000, 12000), 'lowest': np.full(32000, -32768),
        'clipping': 1e6 * tone, 'square at full scale': np.where(at % 2, 32767, -32768),
        'clicks': np.where(at % 4000 == 0, 32767, 0),
    }
    return {name: np.clip(np.rint(s), -32768, 32767).astype('<i2') for name, s in sounds.items()}


def probed(build, model, samples, *arguments):
    done = subprocess.run([build / 'api_probe', model, *arguments], input=samples.tobytes(),
                          capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.decode().splitlines()
    return {label: [line.removeprefix(label) for line in lines if line.startswith(label)]
            for label in ('text', 'stream', 'candidate')}


@pytest.mark.parametrize('kind', ['forward', 'bidirectional', 'bidirectional_layer_norm',
                                  'bidirectional_features_0.9.3'])
@pytest.mark.parametrize('sound', odd_sounds())
def test_odd_sounds_give_text_or_nothing(build, golden, kind, sound):
    """The network has random weights, so that any text may come; whole and in pieces the same."""
    for name, *options in ((f'{kind}.pbmm',), (f'{kind}.pb', 'fp32=1')):
        got = probed(build, golden / name, odd_sounds()[sound], *options, 'beam=16', 'chunk=777')
        assert got['text'] == got['stream'] and '(null)' not in got['text'][0]
        confidence = float(got['candidate'][0].split()[0])
        assert np.isfinite(confidence) and confidence < 1e-3


@pytest.mark.parametrize('name', ['forward.pbmm', 'bidirectional.pb'])
def test_a_thousand_rounds_leak_nothing(build, golden, shared_data, name):
    scorer = f'{shared_data}/deepspeech/pruned_lm.scorer'
    done = subprocess.run([build / 'rounds_test', golden / name, '1000', scorer],
                          input=clip(0.2).tobytes(), capture_output=True, timeout=600)
    assert done.returncode == 0, done.stderr.decode()
    early, late = map(int, done.stdout.split())
    # The address sanitizer finds leaks by itself, and keeps what was freed.
    assert SANITIZED or late < early + 500, f'{early} kB after 100 rounds, {late} kB after 1000'
