"""Wyoming: events as home assistants send them, and as nobody should."""

import json
import socket

import numpy as np
import pytest

from tests.helpers.need import need_module


class Talk:
    """A connection."""

    def __init__(self, server):
        self.link = socket.create_connection(('127.0.0.1', server.wyoming), 60)
        self.file = self.link.makefile('rb')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.link.close()

    def say(self, kind, payload=b'', apart=False, **data):
        """Send an event, its data in the line or behind it."""
        head, body = {'type': kind}, b''
        if apart:
            body = json.dumps(data).encode()
            head['data_length'] = len(body)
        else:
            head['data'] = data
        if payload:
            head['payload_length'] = len(payload)
        self.link.sendall(json.dumps(head).encode() + b'\n' + body + payload)

    def hear(self):
        """Return the next event; None at the end."""
        line = self.file.readline()
        if not line:
            return None
        head = json.loads(line)
        data = json.loads(self.file.read(head['data_length'])) if head.get('data_length') else {}
        return head['type'], {**(head.get('data') or {}), **data}


def form(rate=16000, width=2, channels=1):
    return {'rate': rate, 'width': width, 'channels': channels}


def samples_of(path):
    return np.asarray(need_module('deepspeech').read_audio(path, 16000))


def test_what_is_served(server):
    with Talk(server) as talk:
        talk.say('describe')
        kind, info = talk.hear()
        (program,) = info['asr']
        assert kind == 'info' and program['installed'] and program['models'][0]['languages'] == []
        assert {'name', 'url'} == set(program['attribution'])
        talk.say('ping', text='hello')
        assert talk.hear() == ('pong', {'text': 'hello'})


@pytest.mark.parametrize('size, apart', [(1024, False), (1023, True), (10**6, True)])
def test_recordings_one_after_the_other(server, recordings, size, apart):
    with Talk(server) as talk:
        for path, text in list(recordings.items())[:3]:
            data = samples_of(path).tobytes()
            talk.say('transcribe', language='en', apart=apart)
            talk.say('audio-start', **form(), apart=apart)
            for at in range(0, len(data), size):
                talk.say('audio-chunk', data[at:at + size], **form(), timestamp=at, apart=apart)
            talk.say('audio-stop', timestamp=5)
            assert talk.hear() == ('transcript', {'text': text, 'language': ''})
        talk.say('audio-start', **form())
        talk.say('audio-stop')
        assert talk.hear() == ('transcript', {'text': '', 'language': ''})


@pytest.mark.parametrize('width, channels', [(4, 1), (2, 2), (4, 3), (2, 1)])
def test_other_samples(server, speech, width, channels):
    samples = samples_of(speech[0])
    wide = samples.astype('<i4') << 16 if width == 4 else samples
    data = np.repeat(wide[:, None], channels, 1).tobytes()
    with Talk(server) as talk:
        talk.say('audio-start', **form(16000, width, channels))
        talk.say('audio-chunk', data, **form(16000, width, channels))
        talk.say('audio-stop')
        assert talk.hear()[1]['text'] == speech[1]


@pytest.mark.parametrize('data', [
    b'no JSON\n', b'[]\n', b'{"data": {}}\n', b'{"type": 5}\n', b'{"type": "x", "data": 5}\n',
    b'{"type": "x", "data_length": -1}\n', b'{"type": "x", "data_length": 99999999}\n',
    b'{"type": "x", "payload_length": "5"}\n', b'{"type": "x", "payload_length": 1e30}\n',
    b'{"type": "x", "data_length": 2}\n[]', b'{"type": "audio-start"}\n', b'x' * 70000,
    b'{"type": "audio-chunk", "data": {"rate": 5, "width": 2, "channels": 1}}\n',
    b'{"type": "audio-start", "data": {"rate": 16000, "width": 3, "channels": 1}}\n',
    b'{"type": "audio-start", "data": {"rate": [1], "width": 2, "channels": {}}}\n'])
def test_wrong_events(server, speech, data):
    with Talk(server) as talk:
        talk.link.sendall(data)
        kind, error = talk.hear()
        assert kind == 'error' and error['text'] and talk.hear() is None
    with Talk(server) as talk:  # others go on
        talk.say('ping')
        assert talk.hear() == ('pong', {'text': ''})


def test_events_that_end_too_soon(server):
    for data in (b'{"type"', b'{"type": "x", "payload_length": 10}\nabc'):
        with Talk(server) as talk:
            talk.link.sendall(data)
            talk.link.shutdown(socket.SHUT_WR)
            answer = talk.hear()
            assert answer is None or answer[0] == 'error'


def test_who_goes_amid_an_utterance_is_counted(start, speech):
    server = start()
    with Talk(server) as talk:  # a whole one, which is nobody's loss
        talk.say('audio-start', **form())
        talk.say('audio-stop')
        assert talk.hear()[0] == 'transcript'
    with Talk(server) as talk:
        talk.say('audio-chunk', samples_of(speech[0])[:16000].tobytes(), **form())
    server.wait_for('wyoming: gone')
    for outcome in ('ok', 'gone'):
        assert server.metric(f'requests_total{{door="wyoming",outcome="{outcome}"}}') == 1
    assert server.metric('streams') == 0


def test_the_form_may_not_change_amid_an_utterance(server):
    with Talk(server) as talk:
        talk.say('audio-start', **form())
        talk.say('audio-chunk', bytes(3200), **form())
        talk.say('audio-chunk', bytes(3200), **form(8000))
        assert talk.hear()[0] == 'error'


def test_samples_become_mono():
    need_module('aiohttp')
    from deepspeech_server.wyoming import mono
    assert np.frombuffer(mono(bytes([128, 255, 0]), 1, 1), '<i2').tolist() == [0, 32512, -32768]
    assert np.frombuffer(mono(np.array([100, 300, -5, -6, 9], '<i2').tobytes(), 2, 2),
                         '<i2').tolist() == [200, -6]
    assert np.frombuffer(mono(np.array([1 << 30, -1], '<i4').tobytes(), 4, 1),
                         '<i2').tolist() == [16384, -1]
    assert mono(b'', 4, 2) == b''
