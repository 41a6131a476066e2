"""A headless Chromium whose microphone is a file, by Chrome's protocol."""

import asyncio
import contextlib
import json
import subprocess
import tempfile
import wave

import aiohttp
import numpy as np

from tests.helpers.need import need_program


def microphone(path, samples):
    """Write what the microphone hears: int16 samples at 16 kHz between silences."""
    quiet = np.zeros(16000, np.int16)
    with wave.open(str(path), 'wb') as file:
        file.setparams((1, 2, 16000, 0, 'NONE', ''))
        file.writeframes(np.concatenate([quiet, samples, quiet, quiet, quiet]).tobytes())
    return path


@contextlib.contextmanager
def chromium(microphone):
    """Start a browser whose microphone is a file; yield the address of its debugger."""
    program = need_program('chromium')
    # Its children may still write there when it has gone.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [program, '--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run',
             '--remote-debugging-port=0', f'--user-data-dir={profile}',
             '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
             f'--use-file-for-fake-audio-capture={microphone}%noloop', 'about:blank'],
            stderr=subprocess.PIPE, text=True)
        try:
            for line in process.stderr:
                if 'DevTools listening on ' in line:
                    yield line.split()[-1].split('/devtools')[0].replace('ws:', 'http:')
                    break
        finally:
            process.kill()
            process.wait()


class Page:
    """A tab, by Chrome's protocol."""

    def __init__(self, link):
        self.link, self.count = link, 0

    async def call(self, method, **params):
        self.count += 1
        await self.link.send_str(json.dumps({'id': self.count, 'method': method,
                                             'params': params}))
        while True:
            answer = json.loads((await self.link.receive(timeout=120)).data)
            if answer.get('id') == self.count:
                return answer['result']

    async def value(self, script):
        result = await self.call('Runtime.evaluate', expression=script, returnByValue=True,
                                 awaitPromise=True, userGesture=True)
        assert 'exceptionDetails' not in result, result
        return result['result'].get('value')

    async def until(self, script):
        for _ in range(600):
            if value := await self.value(script):
                return value
            await asyncio.sleep(0.1)
        raise AssertionError(f'{script}: never true; {await self.value("document.body.innerText")}')


@contextlib.asynccontextmanager
async def opened(address, url):
    """Open a page in a new tab of the browser at `address`."""
    async with aiohttp.ClientSession() as session:
        async with session.put(f'{address}/json/new?{url}') as answer:
            tab = await answer.json()
        async with session.ws_connect(tab['webSocketDebuggerUrl'], max_msg_size=0) as link:
            yield Page(link)
