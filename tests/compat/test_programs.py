"""Programs of the kinds that were written for 0.9.3 print the same with the wheels and ours."""

import difflib
import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest

from tests.helpers import recorded
from tests.helpers.peers import for_peers, python_of
from tests.helpers.places import TESTS

PROGRAMS = TESTS / 'compat' / 'programs'
NAMES = ('espeak_000', 'espeak_010', 'espeak_020')


@pytest.fixture
def wavs(compat):
    return [compat / 'audio' / f'{name}.wav' for name in NAMES]


@pytest.fixture
def both(environment):
    """Return a function that runs a program with the peer's packages and with ours."""
    def printed(python: pathlib.Path, env: dict[str, str], name: str, args: tuple) -> str:
        command = [python] if name.endswith('.py') else ['bash']
        path = f'{python.parent}{os.pathsep}{os.environ["PATH"]}'
        done = subprocess.run([*command, PROGRAMS / name, *map(str, args)], capture_output=True,
                              text=True, timeout=300, env={**env, 'PATH': path})
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def of_both(name: str, peer: str, *args: object) -> list[str]:
        return [printed(python_of(peer), for_peers(), name, args),
                printed(pathlib.Path(sys.executable), environment, name, args)]
    return of_both


def test_transcribing(both, compat, wavs):
    theirs, ours = both('transcribe.py', 'ds', compat / 'model256.pbmm', recorded.SCORER, *wavs)
    assert theirs == ours and len(theirs.splitlines()) == len(wavs)


def test_listening(both, compat, wavs):
    theirs, ours = both('listen_live.py', 'ds', compat / 'model256.pbmm', *wavs)
    lines = list(zip(theirs.splitlines(), ours.splitlines(), strict=True))
    assert len(lines) >= len(wavs)
    for one, other in lines:  # int8 here: speech that begins in its middle may differ by a letter
        assert difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() > 0.97


def test_a_folder(both, compat, wavs, tmp_path):
    for wav in wavs:
        shutil.copy(wav, tmp_path)
    theirs, ours = both('folder.sh', 'ds', compat / 'model256.pbmm', recorded.SCORER, tmp_path)
    *texts, count = theirs.splitlines()
    assert ours.splitlines() == [*texts, str(2 * int(count))] and int(count) == len(wavs)


def test_subtitles(both, compat, wavs):
    theirs, ours = both('subtitles.py', 'ds', '--json', '--extended', compat / 'model256.pb', *wavs)
    assert theirs == ours and theirs.count('-->') > 15


def test_evaluating(both, shared_data, tmp_path):
    labels = [' ', *'abcdefghijklmnopqrstuvwxyz', "'"]
    random = np.random.default_rng(5)
    vocabulary = recorded.SCORER.with_name('vocab.pruned.txt').read_text().split()
    texts = [' '.join(random.choice(vocabulary, 4)) for _ in range(8)]
    probs = np.zeros((len(texts), 2 * max(map(len, texts)), len(labels) + 1), np.float32)
    for row, text in zip(probs, texts):
        row[:] = random.dirichlet(np.full(len(labels) + 1, 0.3), len(row))
        for t in range(2 * len(text)):
            row[t, labels.index(text[t // 2]) if t % 2 == 0 else len(labels)] += 0.7
    lengths = np.array([2 * len(text) for text in texts], np.int32)
    np.savez(tmp_path / 'posteriors.npz', texts=texts, lengths=lengths,
             probs=probs / probs.sum(2, keepdims=True))
    args = (f'{shared_data}/deepspeech/alphabet.txt', recorded.SCORER, tmp_path / 'posteriors.npz')
    theirs, ours = both('evaluate.py', 'decoder', *args)
    assert theirs == ours and theirs.count('|') == len(texts)
    assert 0 < float(theirs.split()[-1]) < 1
