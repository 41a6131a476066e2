"""A server on free ports, and what the model says without one."""

import pytest

from tests.helpers.need import need_module
from tests.helpers.served import Server


@pytest.fixture(scope='session')
def start(environment, compat, tmp_path_factory):
    """Return what starts a server of the English model; all are ended, with status 0."""
    need_module('aiohttp')
    servers = []

    def begin(*arguments, model=compat / 'model256.pbmm'):
        log = tmp_path_factory.mktemp('server') / 'log'
        servers.append(Server(environment, log, '--model', model, *arguments))
        return servers[-1]

    yield begin
    for server in servers:
        server.end()


@pytest.fixture(scope='module')
def server(start):
    return start('--idle', 30, '--grace', 3)


@pytest.fixture(scope='session')
def model(compat):
    return need_module('deepspeech').Model(compat / 'model256.pbmm')


@pytest.fixture(scope='session')
def recordings(compat, model):
    """Map recordings to what the model says of each."""
    ds = need_module('deepspeech')
    paths = sorted((compat / 'audio').glob('*.wav'))
    return {path: model.stt(ds.read_audio(path, model.sampleRate())) for path in paths}


@pytest.fixture
def speech(recordings):
    """Return a recording of 16 kHz and its text."""
    path = next(path for path in recordings if path.name == 'espeak_000.wav')
    return path, recordings[path]
