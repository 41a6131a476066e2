"""The server's life: from the first log line to the last."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable

from aiohttp import web

from .metrics import Metrics
from .models import Models
from .places import Queue, Streams
from .settings import Settings
from .transcriptions import Transcriptions
from .vosk import Vosk
from .web import application
from .wyoming import Wyoming

SWITCH_SECS = 0.0005  # after which a thread that computed gets the interpreter from the loop
log = logging.getLogger('deepspeech-server')


def run(settings: Settings) -> int:
    """Serve until a signal ends it; return the exit status."""
    sys.setswitchinterval(SWITCH_SECS)
    logging.basicConfig(format='%(asctime)s %(levelname).1s %(message)s', stream=sys.stderr)
    log.setLevel(logging.INFO)
    try:
        models = Models(settings)
    except RuntimeError as error:
        print(f'deepspeech-server: {settings.model}: {error}', file=sys.stderr)
        return 1
    try:
        return asyncio.run(_serve(settings, models))
    except OSError as error:
        print(f'deepspeech-server: cannot listen on {settings.host}: {error.strerror or error}',
              file=sys.stderr)
        return 1
    finally:
        models.close()


async def _serve(settings: Settings, models: Models) -> int:
    streams, queue = Streams(settings.streams), Queue(settings.jobs, settings.queue)
    metrics = Metrics({
        'streams': ('Live streams now.', lambda: streams.open),
        'recordings': ('Recordings being transcribed or waiting.', lambda: queue.count),
        'model_loads': ('How often the model was opened.', lambda: models.loads)})
    vosk = Vosk(models, streams, settings, _counter('vosk', metrics, settings))
    wyoming = Wyoming(models, streams, settings, _counter('wyoming', metrics, settings))
    transcriptions = Transcriptions(models, queue, settings,
                                    _counter('transcriptions', metrics, settings))
    app = application(settings, models, vosk, transcriptions, metrics)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=settings.grace_secs,
                           keepalive_timeout=settings.idle_secs)
    await runner.setup()
    site = web.TCPSite(runner, settings.host, settings.port, backlog=1024)
    await site.start()
    port = runner.addresses[0][1]
    door = await wyoming.start() if settings.wyoming_port else None
    log.info('listening on http://%s:%d/%s', settings.host, port,
             f', Wyoming on tcp://{settings.host}:{settings.wyoming_port}' if door else '')
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    def reload() -> None:
        tasks.add(task := loop.create_task(models.reload()))
        task.add_done_callback(tasks.discard)

    hear_signals(loop, {signal.SIGINT: stop.set, signal.SIGTERM: stop.set, signal.SIGHUP: reload})
    await stop.wait()
    log.info('ending: %d streams, %d recordings are under way', streams.open, queue.count)
    await site.stop()
    if door:
        door.close()
    try:
        await asyncio.wait_for(_idle(streams, queue), settings.grace_secs)
    except asyncio.TimeoutError:
        log.warning('cut off: %d streams, %d recordings', streams.open, queue.count)
    await vosk.end()
    await wyoming.end()
    await runner.cleanup()
    log.info('ended')
    return 0


def hear_signals(loop: asyncio.AbstractEventLoop, acts: dict[int, Callable[[], object]]) -> None:
    """Have a loop do what signals ask for.

    `loop.add_signal_handler` would send them through what wakes the loop, and they are lost where
    that is full: when a thousand clients go at once.
    """
    for number, act in acts.items():
        signal.signal(number, lambda *_, act=act: loop.call_soon_threadsafe(act))


async def _idle(streams: Streams, queue: Queue) -> None:
    """Wait until nothing is under way."""
    while streams.open or queue.count:
        await asyncio.sleep(0.05)


def _counter(door: str, metrics: Metrics, settings: Settings
             ) -> Callable[[str, float, str], None]:
    """Return what a door tells the outcome of a request to; an utterance alone has none."""
    def count(outcome: str, secs: float, text: str) -> None:
        if outcome:
            metrics.request(door, outcome)
            metrics.audio(door, secs)
            log.info('%s: %s, %.1f s of audio', door, outcome, secs)
        if text and settings.log_text:
            log.info('%s: %r', door, text)
    return count
