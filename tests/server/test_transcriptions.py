"""POST /v1/audio/transcriptions: every form of answer, every refusal, many at a time."""

import asyncio
import json
import re
import resource
import socket

import aiohttp
import numpy as np
import pytest

from tests.helpers.need import need_module

PATH = '/v1/audio/transcriptions'


def post(server, fields, headers=None, path=PATH):
    """Return status, headers and text of an answer."""
    async def send():
        form = aiohttp.FormData(quote_fields=False)
        for name, *value in fields:
            form.add_field(name, value[0], **(value[1] if len(value) > 1 else {}))
        async with aiohttp.ClientSession() as session, session.post(
                server.url + path, data=form, headers=headers) as answer:
            return answer.status, answer.headers, await answer.text()
    return asyncio.run(send())


def recording(path, **options):
    return 'file', path.read_bytes(), {'filename': 'a.wav', **options}


def test_every_recording_reads_as_without_a_server(server, recordings):
    for path, text in recordings.items():
        status, headers, body = post(server, [recording(path), ('model', 'whisper-1')])
        assert (status, headers['Content-Type']) == (200, 'application/json; charset=utf-8')
        answer = json.loads(body)
        assert answer['text'] == text and answer['usage']['type'] == 'duration'


def test_every_form(server, speech, model):
    path, text = speech
    words = model.sttWithMetadata(need_module('deepspeech').read_audio(path)).transcripts[0].words
    fields = [recording(path), ('model', 'x'), ('language', 'en'), ('prompt', 'x'),
              ('temperature', '0.5'), ('include[]', 'logprobs'), ('chunking_strategy', 'auto')]
    assert post(server, [*fields, ('response_format', 'text')])[2] == f'{text}\n'
    status, headers, body = post(server, [*fields, ('response_format', 'srt')])
    assert headers['Content-Type'].startswith('application/x-subrip')
    assert body.startswith('1\n00:00:0') and text in body.replace('\n', ' ')
    status, headers, body = post(server, [*fields, ('response_format', 'vtt')])
    assert headers['Content-Type'].startswith('text/vtt') and body.startswith('WEBVTT\n\n00:00:0')
    answer = json.loads(post(server, [*fields, ('response_format', 'verbose_json')])[2])
    assert answer['text'] == text and answer['task'] == 'transcribe' and 'words' not in answer
    assert ' '.join(segment['text'] for segment in answer['segments']) == text
    answer = json.loads(post(server, [*fields, ('response_format', 'verbose_json'),
                                      ('timestamp_granularities[]', 'word')])[2])
    assert [word['word'] for word in answer['words']] == text.split() and 'segments' not in answer
    assert [word['start'] for word in answer['words']] == [
        pytest.approx(word.start_time, abs=0.001) for word in words]


def test_a_stream_of_events(server, speech):
    path, text = speech
    _, headers, body = post(server, [recording(path), ('model', 'x'), ('stream', 'true')])
    assert headers['Content-Type'].startswith('text/event-stream')
    events = [json.loads(line.removeprefix('data: ')) for line in body.split('\n\n') if line]
    assert {event['type'] for event in events[:-1]} == {'transcript.text.delta'}
    assert events[-1]['type'] == 'transcript.text.done'
    assert ''.join(event['delta'] for event in events[:-1]) == events[-1]['text']
    assert events[-1]['text'].split()[1:] == text.split()[1:]


def test_samples_without_a_header(server, speech, model):
    path, text = speech
    samples = np.asarray(need_module('deepspeech').read_audio(path, 16000))
    for kind in ('audio/pcm', 'audio/raw; rate=16000'):
        body = post(server, [('file', samples.tobytes(), {'content_type': kind, 'filename': 'a'}),
                             ('model', 'x')])[2]
        assert json.loads(body)['text'] == text


def test_bad_recordings(server, shared_data):
    for name, data in (('nothing', b''), ('noise', bytes(range(256)) * 40),
                       ('header', b'RIFF\0\0\0\0WAVEfmt '), ('page', b'<!doctype html><p>no')):
        status, _, body = post(server, [('file', data, {'filename': name}), ('model', 'x')])
        error = json.loads(body)['error']
        assert status == 400 and error['code'] == 'invalid_audio' and error['param'] == 'file'
        assert '/tmp' not in error['message'] and '\n' not in error['message']


@pytest.mark.parametrize('fields, param', [
    ([('model', 'x')], 'file'), ([('response_format', 'pdf'), ('model', 'x')], 'response_format'),
    ([], 'model'), ([('model', 'x'), ('temperature', '2')], 'temperature'),
    ([('model', 'x'), ('temperature', 'hot')], 'temperature'),
    ([('model', 'x'), ('timestamp_granularities[]', 'word')], 'timestamp_granularities'),
    ([('model', 'x'), ('response_format', 'verbose_json'),
      ('timestamp_granularities[]', 'letter')], 'timestamp_granularities'),
    ([('model', 'x' * (1 << 21))], 'model')])
def test_wrong_fields(server, speech, fields, param):
    fields = fields if param == 'file' else [recording(speech[0]), *fields]
    status, _, body = post(server, fields)
    error = json.loads(body)['error']
    assert status == (413 if len(str(fields)) > 1 << 21 else 400)
    assert error['param'] == param and error['type'] == 'invalid_request_error'


@pytest.mark.parametrize('headers, body', [
    ('Content-Type: application/json', '{}'), ('Content-Type: multipart/form-data', 'x'),
    ('Content-Type: multipart/form-data; boundary=a', 'nothing of the kind'),
    ('Content-Type: multipart/form-data; boundary=a', '--a\r\n\r\nx\r\n--a--\r\n'),
    ('Content-Type: text/plain', ''),
    ('Content-Type: multipart/form-data; boundary=a',
     '--a\r\nContent-Disposition: form-data; name="file"\r\n\r\nends too soon')])
def test_bodies_that_are_none(server, headers, body):
    with socket.create_connection(('127.0.0.1', server.port)) as link:
        link.sendall(f'POST {PATH} HTTP/1.1\r\nHost: x\r\n{headers}\r\nConnection: close\r\n'
                     f'Content-Length: {len(body)}\r\n\r\n{body}'.encode())
        answer = b''.join(iter(lambda: link.recv(65536), b'')).decode()
    assert re.match(r'HTTP/1.1 400 ', answer), answer
    assert 'error' in json.loads(answer.partition('\r\n\r\n')[2])


def test_what_is_too_large(start, speech):
    server = start('--max-bytes', 50000)
    assert speech[0].stat().st_size > 50000
    status, _, body = post(server, [recording(speech[0]), ('model', 'x')])
    assert status == 413 and '50,000' in json.loads(body)['error']['message']
    with socket.create_connection(('127.0.0.1', server.port)) as link:  # and says so beforehand
        link.sendall(f'POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n'
                     'Content-Type: multipart/form-data; boundary=a\r\n\r\n'.encode())
        assert b' 413 ' in link.recv(65536).split(b'\r\n')[0]


def test_a_full_disk(start, speech):
    """One with room for this recording, but for none twice as long, is as full."""
    server, data = start(), speech[0].read_bytes()
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (len(data), len(data)))
    status, _, body = post(server, [('file', 2 * data, {'filename': 'a.wav'}), ('model', 'x')])
    assert status == 500 and 'no room' in json.loads(body)['error']['message']
    server.wait_for('a recording cannot be kept: File too large\n')
    status, _, body = post(server, [recording(speech[0]), ('model', 'x')])
    assert (status, json.loads(body)['text']) == (200, speech[1])
    assert server.metric('requests_total{door="transcriptions",outcome="failed"}') == 1


def test_no_recording_stays_on_the_disk(start, speech, environment, tmp_path, monkeypatch):
    monkeypatch.setitem(environment, 'TMPDIR', str(tmp_path))
    server = start()
    for fields in ([recording(speech[0]), ('model', 'x')], [recording(speech[0])],
                   [recording(speech[0]), ('model', 'x'), ('stream', 'true')],
                   [('file', b'RIFF', {'filename': 'a.wav'}), ('model', 'x')]):
        post(server, fields)
    assert not list(tmp_path.glob('deepspeech-server-*'))
    said = ' '.join(server.log.read_text().splitlines()[1:])
    assert [said.count(each) for each in (': ok,', ': refused,')] == [2, 2], said


def test_more_than_may_wait(start, speech):
    server = start('--jobs', 1, '--queue', 1)

    async def send_all():
        data = speech[0].read_bytes()
        async with aiohttp.ClientSession() as session:
            async def send():
                form = aiohttp.FormData({'model': 'x'})
                form.add_field('file', data, filename='a.wav')
                async with session.post(server.url + PATH, data=form) as answer:
                    return answer.status, answer.headers.get('Retry-After'), await answer.json()
            return await asyncio.gather(*(send() for _ in range(12)))
    answers = asyncio.run(send_all())
    good = [answer['text'] for status, _, answer in answers if status == 200]
    assert good and set(good) == {speech[1]}
    for status, retry, answer in answers:
        if status != 200:
            assert (status, retry, answer['error']['type']) == (429, '1', 'rate_limit_error')
    assert server.metric('requests_total{door="transcriptions",outcome="ok"}') == len(good)


def test_a_token(start, speech):
    server = start('--token', 'secret')
    fields = [recording(speech[0]), ('model', 'x')]
    for headers in (None, {'Authorization': 'Bearer wrong'}, {'Authorization': 'secrets'}):
        status, _, body = post(server, fields, headers)
        assert status == 401 and json.loads(body)['error']['code'] == 'invalid_api_key'
    status, _, body = post(server, fields, {'Authorization': 'Bearer secret'})
    assert status == 200 and json.loads(body)['text'] == speech[1]
    assert server.get('/health') == '{"status": "ok"}' and '<!doctype html>' in server.get('/')
    assert speech[1] not in server.log.read_text()


def test_the_log_has_text_only_when_asked(start, speech):
    server = start('--log-text')
    post(server, [recording(speech[0]), ('model', 'x')])
    assert speech[1] in server.log.read_text()
