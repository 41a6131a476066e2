"""The npm package for browsers, built; recordings as the engine takes them."""

import json
import os
import pathlib
import subprocess

import numpy as np
import pytest

from tests.helpers.need import need_module, need_program
from tests.helpers.places import ROOT


@pytest.fixture(scope='session')
def package() -> pathlib.Path:
    """Build the package; skip without Emscripten and Node.

    DEEPSPEECH_WASM names a folder that holds it built, which is then taken as it is.
    """
    if os.environ.get('DEEPSPEECH_WASM'):
        return pathlib.Path(os.environ['DEEPSPEECH_WASM']).resolve()
    need_program('emcc', 'node', 'make')
    done = subprocess.run(['make', '-C', ROOT / 'native_client', 'wasm', 'JOBS=2'],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return ROOT / 'native_client' / 'build-wasm' / 'package'


@pytest.fixture(scope='session')
def recordings(compat, tmp_path_factory) -> dict[str, tuple[pathlib.Path, np.ndarray]]:
    """Map names to a file of 16-bit samples at 16 kHz, and these samples."""
    folder = tmp_path_factory.mktemp('samples')
    heard = {}
    for path in sorted((compat / 'audio').glob('*.wav')):
        samples = np.asarray(need_module('deepspeech').read_audio(path, 16000))
        samples.tofile(folder / path.stem)
        heard[path.stem] = folder / path.stem, samples
    return heard


@pytest.fixture(scope='session')
def probe(package):
    """Return what runs a job of probe.js in a Node of its own."""
    def run(job: str, **arguments):
        done = subprocess.run(
            ['node', pathlib.Path(__file__).with_name('probe.js'),
             package / 'dist' / 'stt_wasm.js'],
            input=json.dumps({'job': job, **arguments}, default=str), capture_output=True,
            text=True)
        assert done.returncode == 0 and not done.stderr, done.stderr
        return json.loads(done.stdout)
    return run
