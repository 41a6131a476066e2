#!/usr/bin/env python3
"""Measure deepspeech-server on this machine: many live streams, many recordings, memory.

    python native_client/bench/bench_server.py [--streams 32] [--files 100] [--clients 8]
        [--requests 10000] [--idle 500] [--only live,idle,files,growth]

Model and speech: ../shared/data/compat. Parts: live (streams of 16 kHz speech in real time, in
pieces of 0.1 s; delay of a word: from the moment its last sample is sent to the partial text that
has it), idle (memory of a stream that waits), files (recordings by several
clients at a time, beside `deepspeech --jobs N` on the same files), growth (memory after so many
requests).
"""

import asyncio
import concurrent.futures
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from typing import Any

import aiohttp
import deepspeech
import numpy as np
from side_by_side import RATE, SHARED, chosen, parser_for

PARTS = ('live', 'idle', 'files', 'growth')
COMPAT = os.path.join(SHARED, 'data', 'compat')
MODEL = os.path.join(COMPAT, 'model256.pbmm')
PIECE = RATE // 10  # samples
CONFIG = json.dumps({'config': {'sample_rate': RATE}})
PATH = '/v1/audio/transcriptions'


class Server:
    """A server on any free port."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, '-m', 'deepspeech_server.main', '--model', MODEL, '--port', '0',
             '--wyoming-port', '0', '--streams', '10000', '--queue', '10000', '--idle', '600',
             *arguments], stderr=subprocess.PIPE, text=True)
        assert self.process.stderr
        line = next(line for line in self.process.stderr if 'listening on' in line)
        match = re.search(r'http://[^/]+', line)
        assert match
        self.url = match[0]
        self._log = concurrent.futures.ThreadPoolExecutor(1).submit(self.process.stderr.read)

    def kilobytes(self) -> int:
        """Return the memory that it holds."""
        with open(f'/proc/{self.process.pid}/statm', encoding='ascii') as file:
            return int(file.read().split()[1]) * os.sysconf('SC_PAGESIZE') // 1024

    def end(self) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait()


def speech() -> list[np.ndarray]:
    """Return the recordings."""
    folder = os.path.join(COMPAT, 'audio')
    return [np.asarray(deepspeech.read_audio(os.path.join(folder, name), RATE))
            for name in sorted(os.listdir(folder)) if name.endswith('.wav')]


# ---- live ----


async def one_stream(session: aiohttp.ClientSession, url: str, samples: np.ndarray, begin: float,
                     words: list[deepspeech.WordMetadata]) -> tuple[str, list[float]]:
    """Send a recording in real time; return its text and the delay of each word in seconds."""
    sent: list[float] = []
    delays: dict[int, float] = {}
    async with session.ws_connect(url) as link:
        await link.send_str(CONFIG)

        async def send() -> None:
            for number, at in enumerate(range(0, len(samples), PIECE)):
                due = begin + (number + 1) * PIECE / RATE  # when its last sample was spoken
                await asyncio.sleep(max(due - time.monotonic(), 0))
                sent.append(due)
                await link.send_bytes(samples[at:at + PIECE].tobytes())

        sender = asyncio.create_task(send())
        for _ in range(0, len(samples), PIECE):
            answer = json.loads((await link.receive()).data)
            now, said = time.monotonic(), answer.get('partial', answer.get('text', '')).split()
            for i, word in enumerate(words):
                if i not in delays and said[:i + 1] == [w.text for w in words[:i + 1]]:
                    piece = min(int(word.end_time * RATE) // PIECE, len(sent) - 1)
                    delays[i] = max(now - sent[piece], 0)
        await sender
        await link.send_str('{"eof": 1}')
        text = json.loads((await link.receive()).data)['text']
    return text, list(delays.values())


async def live(url: str, streams: int) -> None:
    """Run the streams, and print the delay of their words."""
    model = deepspeech.Model(MODEL)
    told = [(samples, model.sttWithMetadata(samples).transcripts[0]) for samples in speech()]
    chosen_ones = [told[i % len(told)] for i in range(streams)]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        begin = time.monotonic() + 2
        found = await asyncio.gather(*(
            one_stream(session, url, samples, begin + i * 0.037, best.words)
            for i, (samples, best) in enumerate(chosen_ones)))
    same = sum(text == best.text for (text, _), (_, best) in zip(found, chosen_ones))
    delays = sorted(delay for _, each in found for delay in each)
    seen, words = len(delays), sum(len(best.words) for _, best in chosen_ones)
    print(f'| live streams | {streams}; the same text as alone: {same} |')
    print(f'| a word in the partial text after | median {statistics.median(delays):.3f} s, 99 % '
          f'within {delays[int(0.99 * (len(delays) - 1))]:.3f} s ({seen} of {words} words; others '
          'only in the final text) |')


# ---- memory ----


async def idle(server: Server, count: int) -> None:
    """Open streams that wait; print what each holds."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        links: list[Any] = []
        for what, secs in (('that has sent nothing yet', 0), ('amid an utterance', 1)):
            before = 0
            for i in range(count + 50):
                if i == 50:  # what is made once is there
                    before = server.kilobytes()
                link = await session.ws_connect(server.url)
                await link.send_str(CONFIG)
                if secs:
                    await link.send_bytes(bytes(2 * RATE * secs))
                    await link.receive()
                links.append(link)
            print(f'| memory of a stream {what} | {(server.kilobytes() - before) / count:.0f} KB '
                  f'({count} of them) |')
        await asyncio.gather(*(link.close() for link in links))


async def post_all(url: str, files: list[bytes], clients: int) -> list[str]:
    """Send recordings from several clients at a time; return their texts."""
    texts = [''] * len(files)
    waiting = list(enumerate(files))
    async with aiohttp.ClientSession() as session:
        async def client() -> None:
            while waiting:
                number, data = waiting.pop()
                form = aiohttp.FormData({'model': 'x'})
                form.add_field('file', data, filename='a.wav')
                async with session.post(url + PATH, data=form) as answer:
                    texts[number] = (await answer.json())['text']
        await asyncio.gather(*(client() for _ in range(clients)))
    return texts


async def growth(server: Server, requests: int, clients: int) -> None:
    """Print the memory after a tenth of the requests, and after all."""
    with tempfile.TemporaryDirectory() as folder:
        data = as_wav(os.path.join(folder, 'a.wav'), speech()[0][:RATE // 5])
    await post_all(server.url, [data] * (requests // 10), clients)
    before = server.kilobytes()
    await post_all(server.url, [data] * (requests - requests // 10), clients)
    print(f'| memory after {requests // 10:,} and {requests:,} requests | {before / 1024:.1f} and '
          f'{server.kilobytes() / 1024:.1f} MB |')


# ---- recordings ----


def as_wav(path: str, samples: np.ndarray) -> bytes:
    """Write a WAV; return its bytes."""
    with wave.open(path, 'wb') as file:
        file.setparams((1, 2, RATE, 0, 'NONE', ''))
        file.writeframes(samples.tobytes())
    with open(path, 'rb') as file:
        return file.read()


def files(server: Server, count: int, clients: int, rounds: int) -> None:
    """Print how the server keeps up with the command."""
    jobs = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        spoken = speech()
        paths = [os.path.join(folder, f'{i:03d}.wav') for i in range(count)]
        data = [as_wav(path, np.tile(spoken[i % len(spoken)], 1 + i % 3))
                for i, path in enumerate(paths)]
        secs: dict[str, list[float]] = {'server': [], 'command': []}
        for _ in range(rounds):
            start = time.perf_counter()
            texts = asyncio.run(post_all(server.url, data, clients))
            secs['server'].append(time.perf_counter() - start)
            start = time.perf_counter()
            done = subprocess.run(['deepspeech', MODEL, *paths, '--jobs', str(jobs)], check=True,
                                  capture_output=True, text=True)
            secs['command'].append(time.perf_counter() - start)
        said = [line.split('\t')[-1] for line in done.stdout.splitlines()]
        same = sum(text in said for text in texts)
    server_secs, command = (statistics.median(secs[name]) for name in ('server', 'command'))
    ratios = [b / a for a, b in zip(secs['server'], secs['command'])]
    print(f'| {count} recordings by {clients} clients | {server_secs:.2f} s; `deepspeech --jobs '
          f'{jobs}` {command:.2f} s: {100 * statistics.median(ratios):.0f} % of its speed '
          f'({100 * min(ratios):.0f} to {100 * max(ratios):.0f}); {same} texts the same |')


def main() -> None:
    """Measure what is asked for."""
    p = parser_for(__doc__, PARTS)
    for name, value in (('streams', 32), ('files', 100), ('clients', 8), ('requests', 10000),
                        ('idle', 500)):
        p.add_argument(f'--{name}', type=int, default=value)
    o = p.parse_args()
    print('| deepspeech-server | |\n|---|---|')
    for part in chosen(p, o, PARTS):
        server = Server()
        try:
            if part == 'live':
                asyncio.run(live(server.url, o.streams))
            elif part == 'idle':
                asyncio.run(idle(server, o.idle))
            elif part == 'growth':
                asyncio.run(growth(server, o.requests, o.clients))
            else:
                files(server, o.files, o.clients, o.rounds)
        finally:
            server.end()


if __name__ == '__main__':
    main()
