"""The page in a real browser: no wider than it, without complaint, and its sound plays."""

import asyncio

import pytest

from tests.helpers.browser import chromium, opened
from tests.helpers.runs import CLIPS, HOSTILE, write_run
from tests.helpers.scripts import tool

LOOKS = [(width, look) for width in (390, 1280) for look in ('light', 'dark')]
# Everything that hangs over the page, but for what scrolls in a frame of its own.
WIDE = '''[...document.querySelectorAll('body *')].filter(each => !each.closest('.scroll')
  && each.getBoundingClientRect().right > innerWidth + 1).map(each => each.outerHTML)'''
SEEK = '''(async () => {
  const sound = document.querySelector('audio');
  while (!(sound.readyState > 0)) await new Promise(done => setTimeout(done, 50));
  sound.muted = true;
  const strip = document.querySelector('.strip'), box = strip.getBoundingClientRect();
  strip.dispatchEvent(new MouseEvent('click', {clientX: box.left + box.width / 2}));
  while (sound.currentTime < 0.6 * sound.duration) await new Promise(done => setTimeout(done, 50));
  return [sound.duration, parseFloat(document.querySelector('.now').style.left)];
})()'''


@pytest.mark.slow
def test_wide_and_narrow_light_and_dark(tmp_path):
    clips = {**CLIPS, 'e.wav': (9.0, 'eve', 'w' * 300, 'v' * 300, f'{HOSTILE * 20} {"v" * 200}')}
    folder = write_run(tmp_path / 'a run', clips=clips)
    tool('report.py', folder, folder / 'test-alone.json')
    found = {}

    async def run(address):
        async with opened(address, (folder / 'report.html').as_uri()) as page:
            await page.call('Runtime.enable')
            await page.call('Page.enable')
            for width, look in LOOKS:
                await page.call('Emulation.setDeviceMetricsOverride', width=width, height=844,
                                deviceScaleFactor=1, mobile=width < 500)
                await page.call('Emulation.setEmulatedMedia', features=[
                    {'name': 'prefers-color-scheme', 'value': look}])
                await page.until('document.readyState == "complete" && innerWidth')
                assert await page.value(WIDE) == []
                assert await page.value('document.documentElement.scrollWidth <= innerWidth')
                found[width, look] = await page.value('getComputedStyle(document.body).color')
            return await page.value(SEEK)
    with chromium('/dev/null') as address:
        duration, at = asyncio.run(run(address))
    assert duration == pytest.approx(9.0, abs=0.01) and 50 < at <= 100
    assert found[390, 'light'] == found[1280, 'light'] != found[390, 'dark']
