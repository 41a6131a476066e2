"""The same transcripts, confidences and times on another processor, bit by bit."""

import os
import subprocess
from glob import glob

import numpy as np
import pytest

from tests.helpers import posteriors
from tests.helpers.need import need_program
from util.lm import tools

HERE = os.path.dirname(os.path.abspath(__file__))
NATIVE, ARM = 'g++', 'aarch64-linux-gnu-g++'


def decode_probe(compiler, monkeypatch):
    """decode_probe.cc built by a compiler, kept in the user's cache."""
    folders = [os.path.join(tools.NATIVE, name) for name in ('decoder', 'grammar')]
    decoder = sorted(s for folder in folders for s in glob(os.path.join(folder, '*.cc'))
                     if not s.endswith('decoder_c.cc'))
    sources = [*decoder, os.path.join(HERE, 'decode_probe.cc')]
    headers = [h for folder in folders for h in glob(os.path.join(folder, '*.h'))]
    contents = tools.digest(*map(tools.read, [*sources, *sorted(headers)]),
                            tools.tool_path(tools.OURS).encode())
    program = os.path.join(tools.cache_folder(), f'decode_probe-{compiler}-{contents}')
    if not os.path.exists(program):
        os.makedirs(tools.cache_folder(), exist_ok=True)
        monkeypatch.setenv('CXX', compiler)
        # The digest: objects depend on the decoder's headers too.
        options = ['-ffp-contract=off', '-static', f'-DPROBE_CONTENTS={contents[:8]}']
        tools.build_over_scorer(sources, program, options)
    return program


@pytest.mark.slow
def test_aarch64_says_the_same(shared_data, tmp_path, monkeypatch):
    need_program(NATIVE, ARM, 'qemu-aarch64')
    rng = np.random.default_rng(4567)
    path = tmp_path / 'posteriors'
    with open(path, 'wb') as f:
        for i in range(24):
            if i % 3:
                text = rng.integers(0, 28, rng.integers(5, 30)).tolist()
                probs = posteriors.spelling(text, 29, rng.uniform(0.3, 0.95), rng)
            else:
                probs = posteriors.random(rng.integers(10, 80), 29, 2.0, 2.0, rng)
            f.write(np.array(probs.shape, '<u4').tobytes() + probs.astype('<f4').tobytes())
    folder = os.path.join(shared_data, 'deepspeech')
    alphabet, scorer = (os.path.join(folder, name) for name in ('alphabet.txt', 'pruned_lm.scorer'))
    here, there = decode_probe(NATIVE, monkeypatch), decode_probe(ARM, monkeypatch)
    for settings in (['-', '0', '0', '500', '1', '-'], ['-', '0', '0', '50', '0.999', 'the cat'],
                     [scorer, '0.93', '1.18', '500', '1', '-'],
                     [scorer, '0.75', '1.85', '100', '0.99', 'experience']):
        said = [subprocess.run([*runner, alphabet, *settings, path], capture_output=True, text=True,
                               check=True).stdout for runner in ([here], ['qemu-aarch64', there])]
        assert said[0].count('\n') == 3 * 24 and said[0] == said[1]
