"""The engine as a program to ask."""

import pathlib
import subprocess

import numpy as np
import pytest


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
