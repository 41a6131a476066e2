"""What clients do to a server, and what its owner does: others lose nothing."""

import asyncio
import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import aiohttp
import numpy as np
import pytest

from tests.helpers.need import need_module
from util.text.transcripts import char_error

CONFIG = json.dumps({'config': {'sample_rate': 16000}})
UPGRADE = (b'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
           b'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n')
POST = (b'POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n'
        b'Content-Type: multipart/form-data; boundary=a\r\n\r\n')
HALVES = [b'', b'G', b'GET / HTTP/1.1\r\nHost:', UPGRADE, UPGRADE + b'\x82',
          UPGRADE + b'\x82\xfe\xff', UPGRADE + b'\x82\x84abcd' + bytes(3),
          UPGRADE + b'\x82\x84abcd' + bytes(8),
          POST, POST + b'--a\r\nContent-Disposition: form-data; name="file"\r\n\r\nRIFF',
          b'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n', b'\x16\x03\x01\x02\0\x01\0']


def data_of(path):
    return np.asarray(need_module('deepspeech').read_audio(path, 16000)).tobytes()


async def transcript(server, data, wait=0.0):
    """Return the text of a live stream."""
    async with aiohttp.ClientSession() as session, session.ws_connect(server.url) as link:
        await link.send_str(CONFIG)
        for at in range(0, len(data), 16000):
            await link.send_bytes(data[at:at + 16000])
            await link.receive()
            await asyncio.sleep(wait)
        await link.send_str('{"eof": 1}')
        return json.loads((await link.receive()).data)['text']


def vanish(server, data, port=None):
    """Connect, send, and go without a word: as a process that was killed."""
    link = socket.create_connection(('127.0.0.1', port or server.port))
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
    if data:
        link.sendall(data)
        time.sleep(0.02)
    link.close()


def test_clients_that_vanish_in_any_state(server, speech):
    data = data_of(speech[0])

    async def run():
        live = asyncio.create_task(transcript(server, data, 0.05))
        for half in HALVES * 3:
            await asyncio.to_thread(vanish, server, half)
            await asyncio.to_thread(vanish, server, half, server.wyoming)
        return await live
    assert asyncio.run(run()) == speech[1]
    until(lambda: server.metric('streams') == server.metric('recordings') == 0)


# Connects, sends what it is told, and is there until it is killed.
CLIENT = """
import base64, json, socket, sys, time
told = json.load(sys.stdin)
links = [socket.create_connection(('127.0.0.1', port)) for port, _ in told]
for link, (_, data) in zip(links, told):
    link.sendall(base64.b64decode(data))
print('sent', flush=True)
time.sleep(600)
"""


def frame(data, kind=2):
    """Return a message of a WebSocket, of at most 65,535 bytes; 1 is text, 2 samples."""
    return bytes([0x80 | kind, 0xfe]) + len(data).to_bytes(2, 'big') + bytes(4) + data


def test_a_client_that_is_killed(server, speech):
    """One process, with connections in every state, and streams and a recording under way."""
    data, posted = data_of(speech[0]), speech[0].read_bytes()
    event = json.dumps({'type': 'audio-chunk', 'payload_length': 40000,
                        'data': {'rate': 16000, 'width': 2, 'channels': 1}}).encode()
    body = (b'--a\r\nContent-Disposition: form-data; name="model"\r\n\r\nx\r\n--a\r\n'
            b'Content-Disposition: form-data; name="file"\r\n\r\n' + posted + b'\r\n--a--\r\n')
    told = [(port, half) for half in HALVES for port in (server.port, server.wyoming)]
    told += [(server.port, UPGRADE + frame(CONFIG.encode(), 1) + frame(data[:50000]) * 5),
             (server.wyoming, event + b'\n' + data[:40000]),
             (server.port, POST.replace(b'100000', str(len(body)).encode()) + body)]
    process = subprocess.Popen([sys.executable, '-c', CLIENT], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    try:
        json.dump([(port, base64.b64encode(each).decode()) for port, each in told], process.stdin)
        process.stdin.close()
        assert process.stdout.readline() == 'sent\n'
        until(lambda: server.metric('streams') >= 2)
        before = server.metric('requests_total{door="vosk",outcome="gone"}')
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert asyncio.run(transcript(server, data)) == speech[1]
    until(lambda: server.metric('streams') == server.metric('recordings') == 0)
    until(lambda: server.metric('requests_total{door="vosk",outcome="gone"}') > before)


def until(done):
    for _ in range(600):
        if done():
            return
        time.sleep(0.05)
    raise AssertionError('it never was')


def test_500_connections_that_say_nothing(server, speech):
    links = []
    try:
        for i in range(500):
            links.append(socket.create_connection(
                ('127.0.0.1', server.port if i % 5 else server.wyoming)))
            links[-1].sendall(HALVES[i % 3])
        assert asyncio.run(transcript(server, data_of(speech[0]))) == speech[1]
    finally:
        for link in links:
            link.close()


def test_a_flood_of_samples_takes_no_memory(server):
    """Hours in one stream: what was heard is forgotten; a message has its limit."""
    async def run():
        async with aiohttp.ClientSession() as session, session.ws_connect(server.url) as link:
            await link.send_str(CONFIG)
            before = 0
            for i in range(40):
                await link.send_bytes(bytes(1 << 20))
                await link.receive(timeout=120)
                if i == 9:
                    before = server.kilobytes()
            grown = server.kilobytes() - before
            with contextlib.suppress(ConnectionError):  # it may close before all is sent
                await link.send_bytes(bytes((8 << 20) + 1))
            while (await link.receive(timeout=120)).type == aiohttp.WSMsgType.TEXT:
                pass
            return grown
    assert asyncio.run(run()) < 20000
    server.wait_for('vosk: refused, 13')


@pytest.mark.slow
def test_two_gigabytes_in_one_stream(server, speech):
    """Of the highest rate, which makes 23 minutes of them; then somebody speaks."""
    data, rate, size = data_of(speech[0]), 768000, 4 << 20
    spoken = np.repeat(np.frombuffer(data, np.int16), rate // 16000).tobytes()

    async def run():
        async with aiohttp.ClientSession() as session, session.ws_connect(server.url) as link:
            await link.send_str(json.dumps({'config': {'sample_rate': rate}}))
            before, said = 0, []
            for i in range((2 << 30) // size):
                await link.send_bytes(bytes(size))
                said.append(json.loads((await link.receive(timeout=300)).data))
                if i == 19:
                    before = server.kilobytes()
            grown = server.kilobytes() - before
            for at in range(0, len(spoken), size):
                await link.send_bytes(spoken[at:at + size])
                said.append(json.loads((await link.receive(timeout=300)).data))
            await link.send_str('{"eof": 1}')
            said.append(json.loads((await link.receive(timeout=300)).data))
            return grown, said
    grown, said = asyncio.run(run())
    assert grown < 20000
    final = [answer for answer in said if answer.get('text')]
    assert len(final) == 1 and char_error(speech[1], final[0]['text'])[0] <= 5
    start = (2 << 30) / 2 / rate
    assert start <= final[0]['result'][0]['start'] < start + 1


def test_another_model_while_streams_go_on(start, compat, golden, speech, tmp_path):
    path = tmp_path / 'model.pbmm'
    shutil.copy(compat / 'model256.pbmm', path)
    server = start(model=path)
    data = data_of(speech[0])

    async def run():
        live = asyncio.create_task(transcript(server, data, 0.2))
        await asyncio.sleep(0.5)
        shutil.copy(golden / 'forward.pbmm', tmp_path / 'new')
        os.replace(tmp_path / 'new', path)
        server.process.send_signal(signal.SIGHUP)
        await asyncio.to_thread(server.wait_for, 'read .* again')
        return await live, await transcript(server, data)
    begun, after = asyncio.run(run())
    assert begun == speech[1] and after != speech[1]
    assert server.metric('model_loads') == 2
    (tmp_path / 'bad').write_bytes(b'nonsense')
    os.replace(tmp_path / 'bad', path)
    server.process.send_signal(signal.SIGHUP)
    server.wait_for('the model stays as it was')
    assert asyncio.run(transcript(server, data)) == after


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_the_end_waits_for_what_is_under_way(start, speech, number):
    server = start('--grace', 30)
    data = data_of(speech[0])

    async def run():
        live = asyncio.create_task(transcript(server, data, 0.1))
        await asyncio.sleep(0.3)
        server.process.send_signal(number)
        await asyncio.to_thread(server.wait_for, 'ending: 1 streams')
        with pytest.raises(aiohttp.ClientConnectionError):
            await transcript(server, data)
        return await live
    assert asyncio.run(run()) == speech[1]
    assert server.process.wait(30) == 0


SIGNALS = """
import asyncio, os, signal, threading, time
from deepspeech_server.serve import hear_signals

async def run():
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    hear_signals(loop, {signal.SIGTERM: stop.set})

    def many():
        for _ in range(5000):
            loop.call_soon_threadsafe(lambda: None)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=many)
    thread.start()
    while thread.is_alive():  # the loop does not come to what wakes it
        time.sleep(0.01)
    await asyncio.wait_for(stop.wait(), 5)
asyncio.run(run())
"""


def test_a_signal_is_heard_whatever_else_wakes_the_loop(environment):
    """As when threads end work for a thousand clients; `add_signal_handler` of 3.11 loses it."""
    need_module('aiohttp')
    done = subprocess.run([sys.executable, '-c', SIGNALS], env=environment, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr


def test_the_end_does_not_wait_for_ever(start):
    server = start('--grace', 0.2)

    async def run():
        async with aiohttp.ClientSession() as session, session.ws_connect(server.url) as link:
            await link.send_bytes(bytes(1000))
            await link.receive()
            server.process.send_signal(signal.SIGTERM)
            answer = await link.receive(timeout=60)
            return answer.type, link.close_code
    kind, code = asyncio.run(run())
    assert kind in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED) and code == 1001
    assert server.process.wait(30) == 0 and 'cut off: 1 streams' in server.log.read_text()
