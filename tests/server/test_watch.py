"""What waits for a client ends when nothing moves, and only then."""

import asyncio
import time

import pytest

from tests.helpers.need import need_module

SECS = 0.2


@pytest.fixture
def watch():
    need_module('aiohttp')
    from deepspeech_server.watch import Watch
    return Watch


def test_it_ends_what_nothing_comes_for(watch):
    async def wait():
        with pytest.raises(asyncio.TimeoutError), watch(SECS):
            await asyncio.sleep(60)
        await asyncio.sleep(0)  # the task is not cancelled
        return 'went on'
    assert asyncio.run(wait()) == 'went on'


def test_it_lets_go_on_what_moves(watch):
    async def wait():
        begin = time.monotonic()
        with watch(SECS) as each:
            while time.monotonic() - begin < 4 * SECS:
                await asyncio.sleep(SECS / 20)
                each.moved()
        await asyncio.sleep(2 * SECS)  # and looks no more
    asyncio.run(wait())


@pytest.mark.parametrize('error', [ValueError, asyncio.CancelledError, ConnectionError])
def test_other_ends_are_what_they_were(watch, error):
    async def wait():
        with watch(SECS):
            raise error
    with pytest.raises(error):
        asyncio.run(wait())


def test_who_is_cancelled_by_another_is_cancelled(watch):
    async def wait():
        with watch(60):
            await asyncio.sleep(60)

    async def cancel():
        task = asyncio.create_task(wait())
        await asyncio.sleep(0.01)
        task.cancel()
        await task
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel())
