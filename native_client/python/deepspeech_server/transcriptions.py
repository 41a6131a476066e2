"""OpenAI's door: POST /v1/audio/transcriptions, a recording in, its transcript out."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import deepspeech
import numpy as np
import soxr
from aiohttp import BodyPartReader, web

from .models import Models
from .places import FullError, Queue
from .results import Transcript, srt, usage, verbose, vtt
from .settings import Settings
from .watch import Watch

PATH = '/v1/audio/transcriptions'
FORMATS = ('json', 'text', 'srt', 'verbose_json', 'vtt')
DONE = 'transcript.text.done'  # the last event
RAW = ('audio/pcm', 'audio/raw')  # s16le
RAW_RATE = 16000  # Hz
MOST_FIELD = 1 << 20  # bytes of a field that is no file
PIECE = 1 << 18  # bytes
log = logging.getLogger('deepspeech-server')


class RefusedError(Exception):
    """A request that cannot be answered."""

    def __init__(self, status: int, message: str, param: str | None = None,
                 code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.param, self.code = status, param, code

    def answer(self) -> web.Response:
        """Return OpenAI's error."""
        kind = {401: 'authentication_error', 429: 'rate_limit_error',
                500: 'server_error', 503: 'server_error'}.get(self.status, 'invalid_request_error')
        headers = {'Retry-After': '1'} if self.status in (429, 503) else None
        return web.json_response({'error': {'message': str(self), 'type': kind,
                                            'param': self.param, 'code': self.code}},
                                 status=self.status, headers=headers)


@dataclass
class _Form:
    """The fields of a request."""

    fields: dict[str, str] = field(default_factory=dict)
    granularities: list[str] = field(default_factory=list)
    file: str = ''
    raw: bool = False

    def check(self) -> None:
        """Raise `RefusedError` where they cannot be followed."""
        if not self.file:
            raise RefusedError(400, 'file: there is none: send the recording as a multipart field',
                               'file')
        if 'model' not in self.fields:
            raise RefusedError(400, 'model: it is missing; any name will do', 'model')
        if self.format not in FORMATS:
            raise RefusedError(400, f'response_format: {self.format!r}: expected '
                               + ', '.join(FORMATS), 'response_format')
        for each in self.granularities:
            if each not in ('word', 'segment'):
                raise RefusedError(400, f'timestamp_granularities[]: {each!r}: expected word or '
                                   'segment', 'timestamp_granularities')
        if self.granularities and self.format != 'verbose_json':
            raise RefusedError(400, 'timestamp_granularities[]: only with response_format '
                               'verbose_json', 'timestamp_granularities')
        try:
            good = 0 <= float(self.fields.get('temperature') or 0) <= 1
        except ValueError:
            good = False
        if not good:
            raise RefusedError(400, f'temperature: {self.fields["temperature"]!r}: expected 0 to 1',
                               'temperature')

    @property
    def format(self) -> str:
        """The form of the answer."""
        return self.fields.get('response_format') or 'json'

    @property
    def stream(self) -> bool:
        """Whether text is to come as it is found."""
        return self.fields.get('stream', '').lower() in ('true', '1')


class Transcriptions:
    """Answers the requests.

    Args:
        models: to transcribe with.
        queue: for those that wait.
        settings: bounds.
        count: is told the outcome of each, seconds of audio, and the text.
    """

    def __init__(self, models: Models, queue: Queue, settings: Settings,
                 count: Callable[[str, float, str], None]) -> None:
        self._models, self._queue, self._settings, self._count = models, queue, settings, count

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one."""
        try:
            with _temporary_path() as path:
                form = await self._read(request, path)
                form.check()
                if form.stream:
                    return await self._stream(request, form)
                async with self._queue.place():
                    found = await self._models.compute(
                        transcribe, self._models.current, form.file, form.raw,
                        self._models.language)
        except FullError as error:
            self._count('full', 0, '')
            return RefusedError(429, str(error), code='rate_limit_exceeded').answer()
        except RefusedError as error:
            self._count('idle' if error.status == 408 else 'refused', 0, '')
            return error.answer()
        except ConnectionError:
            self._count('gone', 0, '')
            return web.Response(status=499)  # nobody reads it
        except OSError as error:
            self._count('failed', 0, '')
            log.error('a recording cannot be kept: %s', error.strerror or error)
            return RefusedError(500, 'file: the server has no room for it', 'file').answer()
        self._count('ok', found.secs, found.text)
        return _answer(form, found)

    def _too_large(self) -> RefusedError:
        return RefusedError(413, 'file: it is too large: at most '
                            f'{self._settings.most_bytes:,} bytes are taken', 'file')

    async def _read(self, request: web.Request, path: str) -> _Form:
        """Read the fields; the file goes to the disk as it comes."""
        # request.content_type would have `email` parse it: a millisecond
        kind = request.headers.get('Content-Type', 'application/octet-stream')
        if not kind.lower().startswith('multipart/'):
            raise RefusedError(400, f'the body is {kind}: expected multipart/form-data', 'file')
        if (request.content_length or 0) > self._settings.most_bytes + MOST_FIELD:
            raise self._too_large()
        form = _Form()
        try:
            with Watch(self._settings.idle_secs) as watch:
                parts = await request.multipart()
                while (part := await parts.next()) is not None:
                    watch.moved()
                    # aiohttp parses the header whenever it is asked for the name.
                    name = part.name if isinstance(part, BodyPartReader) else None
                    if not isinstance(part, BodyPartReader) or not name:
                        raise RefusedError(400, 'a part of the body has no name')
                    if name == 'file':
                        form.file = path
                        form.raw = part.headers.get('Content-Type', '').split(';')[0] in RAW
                        await self._save(part, path, watch)
                        continue
                    value = await self._field(part, name, watch)
                    if name in ('timestamp_granularities[]', 'timestamp_granularities'):
                        form.granularities.append(value)
                    else:
                        form.fields[name] = value
        except asyncio.TimeoutError as error:
            raise RefusedError(408, f'nothing came for {self._settings.idle_secs:g} seconds'
                               ) from error
        except (ValueError, AssertionError, RuntimeError) as error:  # of a body that is no such one
            raise RefusedError(400, 'the body is no multipart/form-data, or ends too soon'
                               ) from error
        return form

    async def _save(self, part: BodyPartReader, path: str, watch: Watch) -> None:
        size = 0
        with open(path, 'wb') as file:  # the last of several counts
            while piece := await part.read_chunk(PIECE):
                watch.moved()
                size += len(piece)
                if size > self._settings.most_bytes:
                    raise self._too_large()
                file.write(piece)

    async def _field(self, part: BodyPartReader, name: str, watch: Watch) -> str:
        data = b''
        while piece := await part.read_chunk(PIECE):
            watch.moved()
            data += piece
            if len(data) > MOST_FIELD:
                raise RefusedError(413, f'{name}: it is too long', name)
        return data.decode('utf-8', 'replace')

    async def _stream(self, request: web.Request, form: _Form) -> web.StreamResponse:
        """Send an utterance as soon as it is transcribed, as server-sent events.

        Who reads slowly delays no other recording: they are sent by a task of its own.
        """
        model = self._models.current
        rate, texts = model.sampleRate(), list[str]()
        events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        response = web.StreamResponse(headers={'Content-Type': 'text/event-stream',
                                               'Cache-Control': 'no-cache'})
        async with self._queue.place():
            samples = await self._models.compute(load, model, form.file, form.raw)
            await response.prepare(request)
            sender = asyncio.create_task(self._send(request, response, events))
            segmenter = deepspeech.Segmenter(rate)
            try:
                for start, end in segmenter.feed(samples) + segmenter.finish():
                    text = await self._models.compute(model.stt, samples[start:end])
                    if sender.done():  # there is nobody any more
                        break
                    if text:
                        texts.append(' ' * bool(texts) + text)
                        events.put_nowait({'type': 'transcript.text.delta', 'delta': texts[-1]})
            except BaseException:
                sender.cancel()
                raise
        whole, secs = ''.join(texts), len(samples) / rate
        events.put_nowait({'type': DONE, 'text': whole, 'usage': usage(secs)})
        await sender
        self._count('ok', secs, whole)
        return response

    async def _send(self, request: web.Request, response: web.StreamResponse,
                    events: asyncio.Queue[dict[str, Any]]) -> None:
        """Send events, to the last.

        Raises:
            ConnectionError: the client is gone, or has read nothing for too long.
        """
        kind = ''
        while kind != DONE:
            event = await events.get()
            kind = event['type']
            line = b'data: ' + json.dumps(event, ensure_ascii=False).encode() + b'\n\n'
            try:
                await asyncio.wait_for(response.write(line), self._settings.idle_secs)
            except asyncio.TimeoutError as error:
                if request.transport:
                    request.transport.abort()
                raise ConnectionResetError('it reads nothing') from error
        await response.write_eof()


@contextlib.contextmanager
def _temporary_path() -> Iterator[str]:
    """Give the path of a file that is there for so long, unless it is removed before."""
    number, path = tempfile.mkstemp(prefix='deepspeech-server-')
    os.close(number)
    try:
        yield path
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def load(model: deepspeech.Model, path: str, raw: bool) -> np.ndarray:
    """Return the samples of a recording, int16 at the model's rate, and remove the file.

    Removing it can take milliseconds, in which the loop would serve nobody.

    Raises:
        RefusedError: there are none.
    """
    rate = model.sampleRate()
    if raw:
        data = np.fromfile(path, '<i2')
        samples = data if rate == RAW_RATE else soxr.resample(data, RAW_RATE, rate)
    else:
        try:
            samples = np.frombuffer(deepspeech.read_audio(path, rate), np.int16)
        except ValueError as error:
            reason = str(error).removeprefix(f'{path}: ')
            raise RefusedError(400, f'file: {reason}', 'file', 'invalid_audio') from error
    os.unlink(path)
    if not len(samples):
        raise RefusedError(400, 'file: the recording holds no samples', 'file', 'invalid_audio')
    return samples


def transcribe(model: deepspeech.Model, path: str, raw: bool, language: str = '') -> Transcript:
    """Transcribe a recording.

    Raises:
        RefusedError: it cannot be read.
    """
    samples = load(model, path, raw)
    best = model.sttWithMetadata(samples).transcripts[0]
    return Transcript(best.text, tuple(best.words), len(samples) / model.sampleRate(), language)


def _answer(form: _Form, found: Transcript) -> web.Response:
    if form.format == 'text':
        return web.Response(text=found.text + '\n')
    if form.format == 'srt':
        return web.Response(text=srt(found), content_type='application/x-subrip')
    if form.format == 'vtt':
        return web.Response(text=vtt(found), content_type='text/vtt')
    if form.format == 'json':
        return _json({'text': found.text, 'usage': usage(found.secs)})
    return _json(verbose(found, 'word' in form.granularities,
                         'segment' in form.granularities or not form.granularities))


def _json(data: dict[str, Any]) -> web.Response:
    return web.json_response(text=json.dumps(data, ensure_ascii=False))
