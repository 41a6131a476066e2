"""util/corpora/download.py against a server that does everything wrong."""

import contextlib
import gzip
import hashlib
import http.server
import os
import shutil
import socket
import threading
import time
import urllib.request
from collections import namedtuple

import pytest

from util.corpora import download as module
from util.corpora.download import checksum_file, download, sha256_of, verify
from util.corpora.listener import Listener
from util.errors import UserError

DATA = gzip.compress(bytes(range(256)) * 4000, 0)  # about 1 MB, starts like a .gz
FAST = {'pause_secs': 0, 'timeout_secs': 0.3}


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves DATA in the manner named by the path; counts requests in `server.log`."""

    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def do_GET(self):
        manner = self.path.strip('/').split('.')[0]
        log = self.server.log
        log.append(self.headers.get('Range'))
        start = int((self.headers.get('Range') or 'bytes=0-')[6:-1])
        tag = '"v1"'
        if manner == 'errorpage':
            return self.answer(200, b'<!DOCTYPE html><html>Sorry!</html>', {})
        if manner == 'missing':
            return self.answer(404, b'no', {})
        if manner == 'busy' and len(log) < 3:
            return self.answer(503, b'later', {})
        if manner == 'changed' and len(log) > 1:
            tag = '"v2"'
        if manner == 'noranges' or self.headers.get('If-Range', tag) != tag:
            start = 0
        if start >= len(DATA):
            return self.answer(416, b'', {'Content-Range': f'bytes */{len(DATA)}'})
        body = DATA[start:]
        headers = {'ETag': tag, 'Content-Length': str(len(body))}
        if start:
            headers['Content-Range'] = f'bytes {start}-{len(DATA) - 1}/{len(DATA)}'
        stop = len(body)
        if manner in ('cutoff', 'stall', 'changed', 'noranges') and len(log) < 4:
            stop = 300000
        if manner == 'alwayscut':
            stop = min(100 if start == 0 else 0, stop)
        self.answer(206 if start else 200, body[:stop], headers)
        if stop < len(body):
            if manner == 'stall':
                time.sleep(0.6)
            self.close_connection = True

    def answer(self, code, body, headers):
        self.send_response(code)
        for key, value in {'Content-Length': str(len(body)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


Server = namedtuple('Server', 'url log')


@pytest.fixture
def server():
    httpd = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    httpd.daemon_threads = True
    httpd.log = []
    threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True).start()
    yield Server(f'http://127.0.0.1:{httpd.server_address[1]}/', httpd.log)
    httpd.shutdown()
    httpd.server_close()


def test_plain(server, tmp_path):
    path = tmp_path / 'new' / 'a.gz'
    download(server.url + 'plain.gz', path, len(DATA), hashlib.sha256(DATA).hexdigest(), **FAST)
    assert path.read_bytes() == DATA
    assert checksum_file(path).read_text() == f'{hashlib.sha256(DATA).hexdigest()}  a.gz\n'
    assert sorted(p.name for p in path.parent.iterdir()) == ['a.gz', 'a.gz.sha256']
    download(server.url + 'plain.gz', path, **FAST)
    assert len(server.log) == 1, 'a file that is there is not fetched again'


@pytest.mark.parametrize('manner', ['cutoff', 'stall'])
def test_goes_on_after_a_break(server, tmp_path, manner):
    download(server.url + manner + '.gz', tmp_path / 'a.gz', **FAST)
    assert (tmp_path / 'a.gz').read_bytes() == DATA
    assert server.log[:4] == [None, 'bytes=300000-', 'bytes=600000-', 'bytes=900000-']


@pytest.mark.parametrize('manner', ['noranges', 'changed'])
def test_starts_again_when_it_must(server, tmp_path, manner):
    download(server.url + manner + '.gz', tmp_path / 'a.gz', **FAST)
    assert (tmp_path / 'a.gz').read_bytes() == DATA


def test_next_run_resumes(server, tmp_path):
    (tmp_path / 'a.gz.part').write_bytes(DATA[:1000])
    (tmp_path / 'a.gz.part.tag').write_text('"v1"')
    download(server.url + 'plain.gz', tmp_path / 'a.gz', **FAST)
    assert server.log == ['bytes=1000-'] and (tmp_path / 'a.gz').read_bytes() == DATA


def test_part_that_is_complete(server, tmp_path):
    (tmp_path / 'a.gz.part').write_bytes(DATA)
    (tmp_path / 'a.gz.part.tag').write_text('"v1"')
    download(server.url + 'plain.gz', tmp_path / 'a.gz', **FAST)
    assert (tmp_path / 'a.gz').read_bytes() == DATA


def test_busy_server_is_asked_again(server, tmp_path):
    download(server.url + 'busy.gz', tmp_path / 'a.gz', **FAST)
    assert len(server.log) == 3


def test_gives_up_and_keeps_what_came(server, tmp_path):
    with pytest.raises(UserError, match='cut off 2 times in a row, after 100 bytes'):
        download(server.url + 'alwayscut.gz', tmp_path / 'a.gz', tries=2, **FAST)
    assert (tmp_path / 'a.gz.part').read_bytes() == DATA[:100]


@pytest.mark.parametrize('manner, message', [
    ('errorpage', 'the server sent a web page'), ('missing', 'answered 404')])
def test_errors_are_one_sentence(server, tmp_path, manner, message):
    with pytest.raises(UserError, match=message):
        download(server.url + manner + '.gz', tmp_path / 'a.gz', **FAST)
    assert not (tmp_path / 'a.gz').exists() and not list(tmp_path.glob('*.part'))


ENDLESS = {  # what a server sends that never ends, and what is said of it
    'silent': ([], 'the server stalled'),
    'no head': ([b'HTTP/1.1 200 OK\r\n'], 'the server stalled'),
    'slow head': ([b'HTTP/1.1 200 OK\r\nX: ', *[b'x'] * 10_000], 'too slow'),
    'many heads': ([b'HTTP/1.1 200 OK\r\n', *[b'X: y\r\n'] * 10_000], 'broke|too slow'),
    'slow line': ([b'H', *[b'T'] * 10_000], 'too slow'),
    'only continue': ([b'HTTP/1.1 100 Continue\r\n\r\n'] * 10_000, 'too slow'),
    'slow body': ([b'HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n', DATA[:100],
                   *[b'x'] * 10_000], 'too slow'),
    'slow body without length': ([b'HTTP/1.1 200 OK\r\n\r\n', DATA[:100], *[b'x'] * 10_000],
                                 'too slow'),
    'slow chunks': ([b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
                     b'1\r\n\x1f\r\n', *[b'1\r\n\x8b\r\n'] * 10_000], 'too slow'),
    'slow chunk size': ([b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
                         *[b'0'] * 10_000], 'too slow'),
    'redirects': ([b'HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n'],
                  '302'),
    'silent body': ([b'HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n', DATA[:100]],
                    'the server stalled'),
    'endless body': ([b'HTTP/1.1 200 OK\r\n\r\n', DATA[:100], *[bytes(1 << 20)] * 64],
                     'more than 4,194,304 bytes and does not say'),
    'odd length': ([b'HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\n', DATA[:100],
                    *[bytes(1 << 20)] * 64], 'more than 4,194,304 bytes and does not say'),
    'huge length': ([b'HTTP/1.1 200 OK\r\nContent-Length: 9' + b'9' * 30 + b'\r\n\r\n'],
                    'bytes free')}


@pytest.mark.parametrize('kind', ENDLESS)
@pytest.mark.parametrize('begun', [False, True])
def test_a_server_that_never_ends(tmp_path, monkeypatch, kind, begun):
    """It is given up, whatever it sends and however slowly; the connections stay open."""
    pieces, message = ENDLESS[kind]
    monkeypatch.setattr(module, 'UNSIZED', 1 << 22)
    over = threading.Event()

    def answer(client):
        with contextlib.suppress(OSError), client:
            client.recv(65536)
            for piece in pieces:
                client.sendall(piece)
                if over.wait(0.02 if len(piece) < 1000 else 0):
                    return
            over.wait(60)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(listening.accept()[0],), daemon=True).start()

    with socket.create_server(('127.0.0.1', 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        if begun:
            (tmp_path / 'a.gz.part').write_bytes(DATA[:1000])
            (tmp_path / 'a.gz.part.tag').write_text('"v1"')
        with pytest.raises(UserError, match=message):
            download(f'http://127.0.0.1:{listening.getsockname()[1]}/a.gz', tmp_path / 'a.gz',
                     tries=2, pause_secs=0, timeout_secs=0.3, patience_secs=0.5)
        over.set()
        listening.shutdown(socket.SHUT_RDWR)
    assert not (tmp_path / 'a.gz').exists()


def test_a_server_that_sends_more_than_the_page_says(tmp_path):
    """Also where it does not say how many they are."""
    source = tmp_path / 'long'
    source.write_bytes(DATA)
    with pytest.raises(UserError, match='the server has .* expected 1,000'):
        download(source.as_uri(), tmp_path / 'a.gz', size=1000, **FAST)
    os.mkfifo(tmp_path / 'pipe')
    with pytest.raises(UserError, match='too slow'):
        download((tmp_path / 'pipe').as_uri(), tmp_path / 'b.gz', tries=1, patience_secs=0.2)


def test_steady_but_slow_is_fast_enough(tmp_path, monkeypatch):
    """More than SLOWEST bytes a second in each stretch of patience."""
    monkeypatch.setattr(module, 'SLOWEST', 100)

    def answer():
        client = listening.accept()[0]
        with client:
            client.recv(65536)
            client.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % 4000)
            for start in range(0, 4000, 100):
                client.sendall(DATA[start:start + 100])
                time.sleep(0.02)

    with socket.create_server(('127.0.0.1', 0)) as listening:
        threading.Thread(target=answer, daemon=True).start()
        download(f'http://127.0.0.1:{listening.getsockname()[1]}/a.gz', tmp_path / 'a.gz',
                 tries=1, pause_secs=0, timeout_secs=5, patience_secs=0.4)
    assert (tmp_path / 'a.gz').read_bytes() == DATA[:4000]


def test_a_thread_that_nobody_listens_to_ends(tmp_path):
    (tmp_path / 'big').write_bytes(bytes(1 << 24))
    before = threading.active_count()
    listener = Listener(urllib.request.Request((tmp_path / 'big').as_uri()), 5)
    assert listener.next(5)['Content-Length'] == str(1 << 24)
    listener.leave()
    while threading.active_count() > before:
        time.sleep(0.01)


def test_wrong_size(server, tmp_path):
    with pytest.raises(UserError, match=f'{len(DATA):,} bytes, expected 5'):
        download(server.url + 'plain.gz', tmp_path / 'a.gz', size=5, **FAST)


def test_wrong_checksum_is_thrown_away(server, tmp_path):
    with pytest.raises(UserError, match='expected 0000'):
        download(server.url + 'plain.gz', tmp_path / 'a.gz', sha256='0' * 64, **FAST)
    assert not list(tmp_path.glob('a.gz')) and not list(tmp_path.glob('*.part'))


def test_no_server(tmp_path):
    with pytest.raises(UserError, match='check the network'):
        download('http://127.0.0.1:9/a.gz', tmp_path / 'a.gz', tries=1, **FAST)


def test_disk_too_small(server, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(module.shutil, 'disk_usage', lambda path: usage._replace(free=10))
    with pytest.raises(UserError, match='10 bytes free'):
        download(server.url + 'plain.gz', tmp_path / 'a.gz', **FAST)


def test_verify_records_then_compares(tmp_path):
    path, record = tmp_path / 'a.gz', tmp_path / 'elsewhere' / 'a.gz.sha256'
    path.write_bytes(DATA)
    verify(path, record)
    verify(path, record, sha256_of(path))
    path.write_bytes(DATA[:-1])
    with pytest.raises(UserError, match='the one in .*a.gz.sha256'):
        verify(path, record)
    with pytest.raises(UserError, match='the published one is 1111'):
        verify(path, record, '1' * 64)
    assert not checksum_file(path).exists()
