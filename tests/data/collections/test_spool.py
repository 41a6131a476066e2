"""Archives that lie elsewhere or are compressed: the same as the plain file, or one clear line."""

import bz2
import functools
import gzip
import http.server
import lzma
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.clips import noise
from tests.helpers.databases import make_tar
from util.audio.reading import read_audio
from util.data.collections import spool
from util.data.feature_cache import FeatureCache
from util.data.read import check_sets_named, read_utterances
from util.errors import UserError
from util.features import FeatureSettings


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Return a folder with an archive, plain and compressed."""
    folder = tmp_path_factory.mktemp('archives')
    files = {}
    for i in range(3):
        files[f'{i}.wav'] = noise(folder / f'{i}.wav', 0.2 + i / 10).read_bytes()
        files[f'{i}.txt'] = f'said {i}'.encode()
    tar = make_tar(files)
    for name, content in (('a.tar', tar), ('a.tar.gz', gzip.compress(tar)),
                          ('a.tgz', gzip.compress(tar)), ('a.csv', bz2.compress(tar)),
                          ('a.tar.xz', lzma.compress(tar)), ('cut.tgz', gzip.compress(tar)[:-20]),
                          ('page.tar', b'<html>' * 100)):
        (folder / name).write_bytes(content)
    return folder


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files; says too great a length of what it calls short."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        if 'short' not in self.path:
            return super().do_GET()
        self.send_response(200)
        self.send_header('Content-Length', '99999')
        self.end_headers()
        self.wfile.write(b'x' * 500)
        return None


@pytest.fixture(scope='module')
def server(folder):
    """Return the address of a server of the folder on this machine."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f'http://127.0.0.1:{server.server_port}'
        server.shutdown()
        thread.join()


def away(folder, server):
    """Return sources that hold the same as a.tar."""
    return [*(str(folder / name) for name in ('a.tar.gz', 'a.tgz', 'a.csv', 'a.tar.xz')),
            f'{server}/a.tar', f'pipe:cat {folder}/a.tar', f'pipe:gzip -dc < {folder}/a.tgz']


def test_they_give_what_the_plain_archive_gives(folder, server, capsys):
    plain = read_utterances([str(folder / 'a.tar')])
    for source in away(folder, server):
        check_sets_named([source])
        found = read_utterances([source])
        assert [each.transcript for each in found] == ['said 0', 'said 1', 'said 2']
        for mine, own, number in zip(found, plain, range(3), strict=True):
            assert mine.wav == f'{source}:{number}.wav' and mine.source == source
            assert (read_audio(mine.wav) == read_audio(own.wav)).all()
        assert capsys.readouterr().out.count('copying to') == 1  # once a run


def test_nothing_is_left_of_a_copy(folder, tmp_path, monkeypatch):
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    spool.brought(f'pipe:cat {folder}/a.tar # {tmp_path}')
    assert os.listdir(tmp_path) == []


def test_the_feature_cache_knows_the_same_content_again(folder, tmp_path):
    path = tmp_path / 'a.tgz'
    path.write_bytes((folder / 'a.tgz').read_bytes())
    cache = FeatureCache(FeatureSettings(), str(tmp_path / 'cache'), 0)

    def known():  # as a later run
        spool._copy.cache_clear()
        return cache.find(read_utterances([str(path)])[0].wav) is not None

    assert not known()
    wav = read_utterances([str(path)])[0].wav
    cache.add(wav, np.zeros([3, 26], np.float32))
    assert known()
    path.write_bytes(gzip.compress(make_tar({'0.wav': b'RIFF', '0.txt': b'x'})))
    assert not known()


@pytest.mark.parametrize('source, message', [
    ('{server}/none.tar', 'the server answered 404 File not found: check the address'),
    ('http://127.0.0.1:1/a.tar', 'Connection refused: check the address and the network'),
    ('http://127.0.0.1:x/a.tar', 'this is no address'),
    ('{server}/short.tar', 'cut off after 500 of 99,999 bytes'),
    ('{server}/page.tar', 'this is no tar archive'),
    ('pipe:echo one >&2; echo no such bucket >&2; exit 3', 'ended with status 3: no such bucket'),
    ('pipe:exit 4', 'the command ended with status 4'),
    ('pipe:true', 'this is no tar archive'),
    ('s3://bucket/a.tar', "S3 is not read directly: pass 'pipe:aws s3 cp s3://bucket/a.tar -'"),
    ('{folder}/cut.tgz', 'the compressed archive is damaged')])
def test_one_line_where_they_cannot_be_had(folder, server, source, message):
    source = source.format(server=server, folder=folder)
    for read in (check_sets_named, read_utterances):
        with pytest.raises(UserError) as refusal:
            read([source])
        assert str(refusal.value).startswith(f'{source}: ') and message in str(refusal.value)
        assert '\n' not in str(refusal.value)


def test_disk_that_is_full(folder, monkeypatch):
    monkeypatch.setattr('tempfile.TemporaryFile', lambda: open('/dev/full', 'wb', buffering=0))
    with pytest.raises(UserError, match='No space left on device.: set TMPDIR to a folder'):
        spool.brought(f'pipe:cat {Path(folder)}/a.tar # full')
