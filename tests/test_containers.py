"""The Dockerfiles: what they say, and, where podman has Debian's image, what comes out of them."""

import json
import os
import re
import shlex
import shutil
import subprocess
import time
import urllib.request

import pytest
import soundfile

from tests.helpers.need import need_module, only_where
from tests.helpers.places import ROOT
from tests.helpers.ports import free_port

FOLDER = ROOT / 'bin' / 'containers'
FILES = sorted(FOLDER.glob('*.Dockerfile'))
KEPT = [line[1:] for line in (ROOT / '.dockerignore').read_text().splitlines()
        if line.startswith('!')]
LEFT_OUT = {'.ci', '.clang-format', '.dockerignore', '.gitignore', '.pre-commit-config.yaml',
            'CONTRIBUTING.md', 'Makefile', 'README.md', 'doc', 'requirements-augment.txt',
            'requirements-test.txt', 'requirements-wheels.txt', 'setup.cfg', 'tests'}
MOST = 150_000_000  # bytes of the server


def instructions(path) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile with their arguments, in lower case."""
    text = re.sub(r'^#.*\n', '', path.read_text(), flags=re.M).replace('\\\n', ' ')
    return [(line.split()[0].lower(), line.partition(' ')[2].strip())
            for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_dockerfiles_end_small_and_without_rights(path):
    steps = instructions(path)
    stages = [at for at, (name, _) in enumerate(steps) if name == 'from']
    assert len(stages) > 1
    assert {steps[at][1].split()[0] for at in stages} <= {'debian:12-slim', 'scratch'}
    last = steps[stages[-1]:]
    users = [argument for name, argument in last if name == 'user']
    assert len(users) == 1 and users[0] not in ('root', '0')
    assert not any('g++' in argument for _, argument in last)
    starts = [argument for name, argument in last if name in ('entrypoint', 'cmd')]
    assert starts and all(isinstance(json.loads(argument), list) for argument in starts)


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_what_they_copy_is_there_and_not_ignored(path):
    for name, argument in instructions(path):
        if name != 'copy' or argument.startswith('--from'):
            continue
        for source in argument.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert source == '.' or source in KEPT or source.endswith('.py') and '*.py' in KEPT


def test_nothing_of_the_repository_is_left_out_by_mistake():
    known = subprocess.run(['git', 'ls-files'], cwd=ROOT, capture_output=True, text=True,
                           check=True).stdout.split('\n')
    for path in filter(None, known):
        ignored = path.split('/')[0] in LEFT_OUT
        kept = any(path == name or path.startswith(f'{name}/') for name in KEPT)
        assert ignored != (kept or '/' not in path and path.endswith('.py')), path


def podman(*command, **options) -> str:
    done = subprocess.run(['podman', *map(str, command)], capture_output=True, text=True,
                          **options)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture
def built(request):
    """Return a function of a Dockerfile's name -> name of the image, which the end removes.

    DEEPSPEECH_CONTAINER_ARGS: what `podman build` needs here to reach Debian and Python's index.
    The rest (storage, runtime, isolation) is podman's own configuration. The trainer has 3.3 GB,
    and podman's vfs copies that several times.
    """
    def has_debian():
        return any(subprocess.run(['podman', *command, 'debian:12-slim'],
                                  capture_output=True).returncode == 0
                   for command in (('image', 'exists'), ('pull',)))

    def build(name):
        only_where(shutil.which('podman') and has_debian(), 'podman and the image debian:12-slim')
        image = f'deepspeech-{name}-test'
        podman('build', '--layers=false', '--force-rm',
               *shlex.split(os.environ.get('DEEPSPEECH_CONTAINER_ARGS', '')),
               '-f', FOLDER / f'{name}.Dockerfile', '-t', image, ROOT)
        request.addfinalizer(lambda: podman('rmi', image))
        return image
    return build


@pytest.mark.slow
def test_the_server_serves_in_its_container(built, compat, tmp_path):
    """It is not too large, transcribes a recording, has no rights, and is stopped gracefully."""
    image = built('server')
    assert int(podman('image', 'inspect', '--format', '{{.Size}}', image)) < MOST
    port = free_port()
    name = podman('run', '-d', '--network=host', '-v', f'{compat}:/models:ro', image,
                  '--model', '/models/model256.pbmm', '--port', port,
                  '--wyoming-port', free_port(), '--host', '127.0.0.1').strip()
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f'http://127.0.0.1:{port}/health').close()
                break
            except OSError:
                time.sleep(0.1)
        ds = need_module('deepspeech')
        path = compat / 'audio' / 'espeak_000.wav'
        said = ds.Model(compat / 'model256.pbmm').stt(ds.read_audio(path, 16000))
        soundfile.write(tmp_path / 'a.flac', *soundfile.read(path, dtype='int16'))
        assert said and posted(port, path) == posted(port, tmp_path / 'a.flac') == said
        assert podman('exec', name, 'python3', '-c', 'import os; print(os.getuid())') == '10001\n'
        podman('stop', name)
        assert podman('inspect', '--format', '{{.State.ExitCode}}', name) == '0\n'
    finally:
        podman('rm', '-f', name)


def posted(port, path) -> str:
    """Return what the server hears in a recording."""
    request = urllib.request.Request(
        f'http://127.0.0.1:{port}/v1/audio/transcriptions', method='POST',
        headers={'Content-Type': 'multipart/form-data; boundary=edge'},
        data=(b'--edge\r\nContent-Disposition: form-data; name="model"\r\n\r\nany\r\n'
              b'--edge\r\nContent-Disposition: form-data; name="response_format"\r\n\r\ntext'
              b'\r\n--edge\r\nContent-Disposition: form-data; name="file"; filename="a"'
              b'\r\n\r\n' + path.read_bytes() + b'\r\n--edge--\r\n'))
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode().strip()


TRAINING = '''set -e
./DeepSpeech.py --train_files data/demo/dev.csv --train_batch_size 8 --n_hidden 16 --epoch 1 \\
    --checkpoint_dir /data/checkpoints --export_dir /data/model --noshow_progressbar
tail -n +2 data/demo/train.csv | cut -d, -f3 >/data/text
bin/make_scorer.py --text /data/text --out /data/lm.scorer
deepspeech --model /data/model/output_graph.pbmm --scorer /data/lm.scorer \\
    --audio data/demo/test/0000-*.opus
. bin/environment.sh
use_environment
install_missing requirements.txt
install_client
id -u'''


@pytest.mark.slow
def test_the_trainer_trains_in_its_container(built, tmp_path):
    """From recordings to a transcript; nothing is missing that scripts would install."""
    image = built('training')
    tmp_path.chmod(0o777)
    said = podman('run', '--rm', '--network=none', '-v', f'{tmp_path}:/data', image,
                  'bash', '-c', TRAINING, stderr=None)
    assert said.endswith('10001\n')
    assert (tmp_path / 'model' / 'output_graph.pbmm').stat().st_uid == 10001
