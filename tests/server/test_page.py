"""The page in a real browser: it hears a microphone, which is a file, and shows what is said."""

import asyncio
import base64
import contextlib
import json
import subprocess
import tempfile
import wave

import aiohttp
import numpy as np
import pytest

from tests.helpers.need import need_module, need_program

PHONE = {'width': 390, 'height': 844, 'deviceScaleFactor': 1, 'mobile': True}


@contextlib.contextmanager
def chromium(microphone):
    """Start a browser whose microphone is a file; yield the address of its debugger."""
    program = need_program('chromium')
    with tempfile.TemporaryDirectory() as profile:
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


@pytest.mark.slow
def test_it_shows_what_is_said(start, speech, tmp_path):
    server = start('--silence', 0.5)
    samples = np.asarray(need_module('deepspeech').read_audio(speech[0], 16000))
    quiet = np.zeros(16000, np.int16)
    with wave.open(str(tmp_path / 'microphone.wav'), 'wb') as file:
        file.setparams((1, 2, 16000, 0, 'NONE', ''))
        file.writeframes(np.concatenate([quiet, samples, quiet, quiet, quiet]).tobytes())

    async def run(address):
        async with aiohttp.ClientSession() as session:
            async with session.put(f'{address}/json/new?{server.url}/') as answer:
                tab = await answer.json()
            async with session.ws_connect(tab['webSocketDebuggerUrl'], max_msg_size=0) as link:
                page = Page(link)
                await page.call('Emulation.setDeviceMetricsOverride', **PHONE)
                await page.until('document.readyState == "complete" && typeof by == "function"')
                assert await page.value('document.documentElement.scrollWidth <= innerWidth')
                await page.value('by("button").click()')
                await page.until('by("button").textContent == "Stop"')
                partial = await page.until('by("partial").textContent')
                said = await page.until('document.querySelector("#text p")?.textContent')
                await page.value('by("button").click()')
                await page.until('by("button").textContent == "Speak"')
                picture = await page.call('Page.captureScreenshot')
                return partial, said, picture['data']
    with chromium(tmp_path / 'microphone.wav') as address:
        partial, said, picture = asyncio.run(run(address))
    assert partial
    assert len(set(said.split()) & set(speech[1].split())) >= 4, said
    (tmp_path / 'page.png').write_bytes(base64.b64decode(picture))
    print(tmp_path / 'page.png', said)
