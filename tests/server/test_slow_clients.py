"""Clients that stop halfway, read nothing, or send without end: they hold nothing for long."""

import asyncio
import contextlib
import json
import socket
import struct
import wave

import aiohttp
import pytest

from tests.helpers.need import need_module

PATH = '/v1/audio/transcriptions'
HEAD = f'POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=a\r\n'
UPGRADE = (b'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
           b'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n')
PART = b'--a\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
MODEL = b'--a\r\nContent-Disposition: form-data; name="model"\r\n\r\nx\r\n'
STREAM = b'--a\r\nContent-Disposition: form-data; name="stream"\r\n\r\ntrue\r\n'


def connect(port, receives=None):
    """Connect; where it says so, take only few bytes that nobody reads."""
    link = socket.socket()
    if receives:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    link.settimeout(60)
    link.connect(('127.0.0.1', port))
    return link


async def transcript(server, path):
    """Return the text of a recording."""
    form = aiohttp.FormData({'model': 'x'})
    form.add_field('file', path.read_bytes(), filename='a.wav')
    async with aiohttp.ClientSession() as session, session.post(
            server.url + PATH, data=form) as answer:
        return (await answer.json())['text']


@pytest.mark.parametrize('begun', [b'', b'--a', PART[:30], PART, PART + b'RIFF',
                                   MODEL + b'--a', MODEL[:-3]])
def test_who_stops_amid_a_body_is_asked_to_go(start, begun):
    server = start('--idle', 1)
    with connect(server.port) as link:
        link.sendall(f'{HEAD}Content-Length: 100000\r\n\r\n'.encode() + begun)
        status, _, rest = link.recv(1 << 16).partition(b'\r\n')
        assert b' 408 ' in status
        error = json.loads(rest.partition(b'\r\n\r\n')[2])['error']
        assert error['message'] == 'nothing came for 1 seconds'
    server.wait_for('transcriptions: idle')


@pytest.mark.slow
def test_who_reads_no_events_delays_nobody(compat, speech):
    """More events than a connection holds, which is little here, and one turn for all."""
    need_module('aiohttp')
    from deepspeech_server import metrics, models, places, settings, transcriptions, vosk, web
    with wave.open(str(speech[0])) as file:
        word = file.readframes(7000) + bytes(32000)
    head = struct.pack('<4sI4s4sIHHIIHH4sI', b'RIFF', 0, b'WAVE', b'fmt ', 16, 1, 1, 16000, 32000,
                       2, 16, b'data', len(word) * 2000)
    body = MODEL + STREAM + PART + head + word * 2000 + b'\r\n--a--\r\n'
    listening = socket.create_server(('127.0.0.1', 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4608)
    outcomes = []

    async def run():
        told = settings.Settings(str(compat / 'model256.pbmm'), jobs=1, idle_secs=2,
                                 most_bytes=1 << 30)
        held, queue = models.Models(told), places.Queue(1, 1)
        door = transcriptions.Transcriptions(held, queue, told, lambda *all_: outcomes.append(all_))
        live = vosk.Vosk(held, places.Streams(1), told, lambda *_: None)
        runner = aiohttp.web.AppRunner(web.application(told, held, live, door, metrics.Metrics({})))
        await runner.setup()
        await aiohttp.web.SockSite(runner, listening).start()
        with connect(listening.getsockname()[1], 2304) as link:
            await asyncio.to_thread(link.sendall, f'{HEAD}Content-Length: {len(body)}\r\n\r\n'
                                    .encode() + body)
            while not outcomes:  # it is cut off
                await asyncio.sleep(0.05)
            assert queue.count == 0
        await runner.cleanup()
        held.close()
    asyncio.run(run())
    assert [outcome for outcome, *_ in outcomes] == ['gone']


def test_who_reads_nothing_of_wyoming_is_cut_off(start):
    server = start('--idle', 1)
    event = json.dumps({'type': 'ping', 'data': {'text': 'x' * 60000}}).encode() + b'\n'
    with connect(server.wyoming, 2304) as link, pytest.raises(ConnectionError):
        while True:
            link.sendall(event)
    server.wait_for('wyoming: idle')


GIGABYTE = 1 << 30


def test_a_body_of_a_gigabyte_without_a_length(start, speech):
    """It is refused when it is too large, and what comes after that is thrown away."""
    server = start('--max-bytes', 1 << 20)
    asyncio.run(transcript(server, speech[0]))
    before, piece = server.kilobytes(), b'40000\r\n' + bytes(0x40000) + b'\r\n'
    with connect(server.port) as link:
        link.sendall(f'{HEAD}Transfer-Encoding: chunked\r\n\r\n{len(PART):x}\r\n'.encode() + PART
                     + b'\r\n')
        with contextlib.suppress(ConnectionError):
            for _ in range(GIGABYTE // 0x40000):
                link.sendall(piece)
        with contextlib.suppress(ConnectionError):
            assert b' 413 ' in link.recv(1 << 16).split(b'\r\n')[0]
    server.wait_for('transcriptions: refused')
    assert asyncio.run(transcript(server, speech[0])) == speech[1]
    assert server.kilobytes() - before < 30000


def test_messages_that_say_they_have_a_gigabyte(start, speech):
    server = start()
    before = server.kilobytes()
    event = {'type': 'audio-chunk', 'payload_length': GIGABYTE}
    with connect(server.wyoming) as link:
        link.sendall(json.dumps(event).encode() + b'\n')
        answer = json.loads(link.makefile().readline())
        assert answer['type'] == 'error'
    server.wait_for('wyoming: refused')
    with connect(server.port) as link:
        link.sendall(UPGRADE + b'\x82\xff' + GIGABYTE.to_bytes(8, 'big') + bytes(4))
        server.wait_for('vosk: refused')
    assert asyncio.run(transcript(server, speech[0])) == speech[1]
    assert server.kilobytes() - before < 30000
