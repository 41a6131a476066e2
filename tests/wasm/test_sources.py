"""The package's scripts without the engine: what they share with the C API, and the resampler."""

import json
import re
import subprocess

import numpy as np
import pytest

from tests.helpers.need import need_program
from tests.helpers.places import ROOT

WASM = ROOT / 'native_client' / 'wasm'
HEADER = (ROOT / 'native_client' / 'deepspeech.h').read_text()


def source(name: str) -> str:
    return (WASM / 'src' / f'{name}.js').read_text()


def test_the_module_has_the_functions_that_are_called_and_no_other():
    listed = re.search(r'set\(DS_WASM_CALLS(.*?)\)', (WASM / 'CMakeLists.txt').read_text(), re.S)
    functions = {name for name in listed[1].split() if name.startswith('DS_')}
    calls = re.findall(r"\.(?:call|check|list)\(\s*'(\w+)'", source('model'))
    called = {f'DS_{name}' for name in calls}
    assert called == functions
    assert all(re.search(rf'\b{name}\(', HEADER) for name in functions)


def test_the_usual_endpoint_rules_are_those_of_the_library():
    usual = re.search(r'DS_ENDPOINT_RULES \{sizeof\(EndpointRules\), (.*?)\}', HEADER)[1]
    ours = re.search(r'silence_before = (\S+), silence_after = (\S+), longest = (\S+)\}',
                     source('model')).groups()
    assert [float(value) for value in ours] == [float(value.rstrip('f'))
                                                for value in usual.split(', ')]


def test_every_method_of_the_promises_has_its_answer_in_the_worker():
    called = set(re.findall(r"calls\.call\('(\w+)'", source('deepspeech')))
    called |= set(re.findall(r"'(\w+)'", re.search(r'for \(const name of \[(.*?)\]',
                                                   source('deepspeech'), re.S)[1]))
    methods = source('worker').partition('const METHODS = {')[2].partition('\n};')[0]
    assert called == set(re.findall(r'^  (?:async )?(\w+)(?:\(|:)', methods, re.M))


def resampled(pieces: list[np.ndarray], before: int, after: int) -> np.ndarray:
    """Return what resampler.js makes of pieces of float32 samples."""
    script = (source('resampler') + '''
        const {pieces, before, after} = JSON.parse(require('fs').readFileSync(0, 'utf8'));
        const resampler = new Resampler(before, after);
        const heard = pieces.map((piece) => [...resampler.feed(Float32Array.from(piece))]);
        console.log(JSON.stringify([...heard, [...resampler.finish()]].flat()));''')
    done = subprocess.run(
        [need_program('node'), '-e', script], capture_output=True, text=True, check=True,
        input=json.dumps({'pieces': [piece.tolist() for piece in pieces], 'before': before,
                          'after': after}))
    return np.asarray(json.loads(done.stdout))


@pytest.mark.parametrize('before, after', [(48000, 16000), (44100, 16000), (8000, 16000),
                                           (22050, 8000), (16000, 16000)])
def test_tones_stay_and_what_is_too_high_goes(before, after):
    half = min(before, after) / 2
    times = np.arange(before // 2) / before
    kept, lost = 0.3 * half, 1.15 * half  # Hz
    tone = 0.4 * np.sin(2 * np.pi * kept * times)
    if lost < before / 2:
        tone += 0.4 * np.sin(2 * np.pi * lost * times)
    cuts = np.sort(np.random.default_rng(1).integers(0, len(tone), 9))
    ours = resampled(np.split(tone, cuts), before, after)
    assert len(ours) == len(times) * after // before
    expected = 0.4 * 32768 * np.sin(2 * np.pi * kept * np.arange(len(ours)) / after)
    middle = slice(200, -200)
    error = np.sqrt(np.mean((ours - expected)[middle] ** 2))
    assert error < 0.001 * 32768, error  # -60 dB


def test_pieces_make_no_difference():
    sound = np.random.default_rng(2).uniform(-1, 1, 5000).astype(np.float32)
    whole = resampled([sound], 44100, 16000)
    assert np.array_equal(resampled(np.split(sound, [1, 2, 700, 701, 4000]), 44100, 16000), whole)
