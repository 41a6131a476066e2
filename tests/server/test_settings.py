"""The command line of the server, its environment, and what it says when it cannot begin."""

import os
import subprocess
import sys

import pytest

from tests.helpers.need import need_module
from tests.helpers.ports import free_port


@pytest.fixture
def parse():
    need_module('deepspeech')
    from deepspeech_server.settings import parse
    return parse


def test_defaults(parse, monkeypatch):
    for name in list(os.environ):
        if name.startswith(('VOSK_', 'DEEPSPEECH_')):
            monkeypatch.delenv(name)
    settings = parse(['--model', 'm'])
    assert (settings.host, settings.port, settings.wyoming_port, settings.rate) == (
        '127.0.0.1', 2700, 10300, 8000)
    assert settings.most_bytes == 26214400 and not settings.log_text
    assert parse(['--model', 'm', '--token', 't']).wyoming_port == 0


def test_the_environment_of_vosk(parse, monkeypatch):
    for name, value in (('MODEL_PATH', 'm'), ('SERVER_INTERFACE', '0.0.0.0'),
                        ('SERVER_PORT', '2701'), ('SAMPLE_RATE', '16000')):
        monkeypatch.setenv(f'VOSK_{name}', value)
    monkeypatch.setenv('DEEPSPEECH_SERVER_TOKEN', 'secret')
    settings = parse([])
    assert (settings.model, settings.host, settings.port, settings.rate, settings.token) == (
        'm', '0.0.0.0', 2701, 16000, 'secret')
    monkeypatch.setenv('VOSK_SERVER_PORT', 'many')
    with pytest.raises(SystemExit):
        parse([])


@pytest.mark.parametrize('arguments', [
    [], ['--port', '65536'], ['--port', '-1'], ['--port', 'x'], ['--jobs', '0'], ['--idle', '0'],
    ['--silence', 'nan'], ['--grace', '-1'], ['--max-bytes', '5'], ['--streams', '0'],
    ['--token', 't', '--wyoming-port', '10300'], ['--nonsense']])
def test_misuse(parse, arguments, capsys):
    given = ['--model', 'm', *arguments] if arguments else []
    with pytest.raises(SystemExit) as ended:
        parse(given)
    assert ended.value.code == 2
    assert (arguments[-2] if len(arguments) > 1 else '--') in capsys.readouterr().err


def run(environment, *arguments, **more):
    done = subprocess.run([sys.executable, '-m', 'deepspeech_server.main', *map(str, arguments)],
                          capture_output=True, text=True, env={**environment, **more}, timeout=120)
    assert 'Traceback' not in done.stderr
    return done.returncode, done.stderr.splitlines()


def test_what_cannot_be_served(environment, compat, tmp_path, start):
    status, lines = run(environment, '--model', tmp_path / 'no.pbmm')
    assert status == 1 and len(lines) == 1 and 'no.pbmm' in lines[0]
    status, lines = run(environment, '--model', compat / 'model256.pbmm', '--scorer', tmp_path)
    assert status == 1 and len(lines) == 1
    taken = start().port
    status, lines = run(environment, '--model', compat / 'model256.pbmm', '--port', taken,
                        '--wyoming-port', free_port())
    assert status == 1 and len(lines) == 1 and 'cannot listen' in lines[0]


def test_without_its_libraries(environment, compat, tmp_path):
    (tmp_path / 'aiohttp.py').write_text(
        "raise ModuleNotFoundError(\"No module named 'aiohttp'\", name='aiohttp')\n")
    path = os.pathsep.join([str(tmp_path), environment['PYTHONPATH']])
    status, lines = run(environment, '--model', compat / 'model256.pbmm', PYTHONPATH=path)
    assert status == 1
    assert lines == ["deepspeech-server needs aiohttp: pip install 'deepspeech[server]'"]
    status, _ = run(environment, '--help', PYTHONPATH=path)
    assert status == 0
