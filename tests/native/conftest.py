"""The native client, built once for the tests in build/native-tests."""

import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tests'))


@pytest.fixture(scope='session')
def build() -> pathlib.Path:
    """The folder of the built programs and libraries; skips without CMake and a compiler.

    DEEPSPEECH_BUILD names a folder that was built with -DDS_TESTS=ON, by a sanitizer's preset for
    example, which is then taken as it is.
    """
    if os.environ.get('DEEPSPEECH_BUILD'):
        return pathlib.Path(os.environ['DEEPSPEECH_BUILD'], 'lib').resolve()
    cmake = shutil.which('cmake') or str(pathlib.Path(sys.executable).with_name('cmake'))
    if not pathlib.Path(cmake).exists() or not shutil.which('c++'):
        pytest.skip('needs CMake and a C++ compiler')
    folder = ROOT / 'build' / 'native-tests'
    steps = (
        [cmake, '-S', ROOT / 'native_client', '-B', folder, '-DDS_TESTS=ON'],
        [cmake, '--build', folder, '-j2'],
    )
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder / 'lib'


@pytest.fixture(scope='session')
def golden(tmp_path_factory) -> pathlib.Path:
    """A folder with the golden exports, their packed forms, and what TensorFlow says of a clip."""
    from golden import KINDS, write

    from util.export.pack import pack_graph

    folder = tmp_path_factory.mktemp('golden')
    for kind in KINDS:
        path = write(kind, str(folder))
        pack_graph(path, path + 'mm')
    return folder


class Probe:
    """Runs engine_probe."""

    def __init__(self, program: pathlib.Path) -> None:
        self.program = program

    def run(self, *args, samples=b'', env=None):
        data = samples if isinstance(samples, bytes) else np.asarray(samples, '<i2').tobytes()
        command = [str(self.program), *map(str, args)]
        return subprocess.run(command, input=data, capture_output=True, timeout=120, env=env)

    def floats(self, *args, samples, columns, env=None) -> np.ndarray:
        done = self.run(*args, samples=samples, env=env)
        assert done.returncode == 0, done.stderr.decode()
        return np.frombuffer(done.stdout, np.float32).reshape(-1, columns)


@pytest.fixture(scope='session')
def probe(build) -> Probe:
    return Probe(build / 'engine_probe')
