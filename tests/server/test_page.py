"""The page in a real browser: it hears a microphone, which is a file, and shows what is said."""

import asyncio
import base64

import numpy as np
import pytest

from tests.helpers.browser import chromium, microphone, opened
from tests.helpers.need import need_module

PHONE = {'width': 390, 'height': 844, 'deviceScaleFactor': 1, 'mobile': True}


@pytest.mark.slow
def test_it_shows_what_is_said(start, speech, tmp_path):
    server = start('--silence', 0.5)
    samples = np.asarray(need_module('deepspeech').read_audio(speech[0], 16000))

    async def run(address):
        async with opened(address, f'{server.url}/') as page:
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
    with chromium(microphone(tmp_path / 'microphone.wav', samples)) as address:
        partial, said, picture = asyncio.run(run(address))
    assert partial
    assert len(set(said.split()) & set(speech[1].split())) >= 4, said
    (tmp_path / 'page.png').write_bytes(base64.b64decode(picture))
    print(tmp_path / 'page.png', said)
