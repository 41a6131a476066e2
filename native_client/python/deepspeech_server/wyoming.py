"""The door of Wyoming, the protocol of home assistants: events on a TCP connection.

An event is a line of JSON, then as many bytes of JSON as its `data_length` says, then as many bytes
of payload as its `payload_length` says.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import Any

import deepspeech
import numpy as np
from deepspeech.hearing import Hearing

from .models import Models
from .places import MOST_AUDIO, RATES, FullError, Streams
from .settings import Settings

MOST_LINE, MOST_DATA = 1 << 16, 1 << 20  # bytes
WIDTHS, CHANNELS = (1, 2, 4), range(1, 33)


class WrongError(Exception):
    """An event that cannot be followed; the text is for the client."""


@dataclass(frozen=True)
class Event:
    """What one side says to the other."""

    type: str
    data: dict[str, Any] = field(default_factory=dict)
    payload: bytes = b''


async def read_event(reader: asyncio.StreamReader) -> Event | None:
    """Read an event; None at the end.

    Raises:
        WrongError: this is none.
    """
    try:
        line = await reader.readline()
    except ValueError as error:
        raise WrongError(f'a line of more than {MOST_LINE} bytes') from error
    if not line:
        return None
    head = _object(line)
    data = head.get('data') or {}
    if not isinstance(head.get('type'), str) or not isinstance(data, dict):
        raise WrongError('an event without a type')
    if length := _length(head, 'data_length', MOST_DATA):
        data = {**data, **_object(await reader.readexactly(length))}
    payload = b''
    if length := _length(head, 'payload_length', MOST_AUDIO):
        payload = await reader.readexactly(length)
    return Event(head['type'], data, payload)


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError as error:
        raise WrongError('this is no JSON') from error
    if not isinstance(found, dict):
        raise WrongError('expected a JSON object')
    return found


def _length(head: dict[str, Any], name: str, most: int) -> int:
    length = head.get(name) or 0
    if not isinstance(length, int) or not 0 <= length <= most:
        raise WrongError(f'{name} {length!r}: expected 0 to {most}')
    return length


def as_bytes(event: Event) -> bytes:
    """Write an event down."""
    head: dict[str, Any] = {'type': event.type, 'version': '1.5.0'}
    data = json.dumps(event.data, ensure_ascii=False).encode() if event.data else b''
    if data:
        head['data_length'] = len(data)
    if event.payload:
        head['payload_length'] = len(event.payload)
    return json.dumps(head).encode() + b'\n' + data + event.payload


class Wyoming:
    """Serves connections.

    Args:
        models: to hear with.
        streams: places for them.
        settings: bounds.
        count: is told the outcome of each, seconds of audio, and the text.
    """

    def __init__(self, models: Models, streams: Streams, settings: Settings,
                 count: Callable[[str, float, str], None]) -> None:
        self._models, self._streams, self._settings, self._count = models, streams, settings, count
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> asyncio.Server:
        """Listen."""
        return await asyncio.start_server(self._serve, self._settings.host,
                                          self._settings.wyoming_port, limit=MOST_LINE)

    async def end(self) -> None:
        """Close all connections."""
        for writer in list(self._writers):
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            try:
                await self._converse(reader, writer)
            except (FullError, WrongError) as error:
                outcome = 'full' if isinstance(error, FullError) else 'refused'
                self._count(outcome, 0, '')
                await self._say(writer, Event('error', {'text': str(error), 'code': outcome}))
        except asyncio.TimeoutError:
            self._count('idle', 0, '')
        except (ConnectionError, asyncio.IncompleteReadError):
            self._count('gone', 0, '')
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer events until the end."""
        hearing: Hearing | None = None
        form = (0, 2, 1)
        try:
            while event := await asyncio.wait_for(read_event(reader), self._settings.idle_secs):
                if event.type == 'describe':
                    await self._say(writer, Event('info', info(self._models.language)))
                elif event.type == 'ping':
                    await self._say(writer, Event('pong', {'text': event.data.get('text', '')}))
                elif event.type == 'audio-start':
                    form = _form(event)
                elif event.type == 'audio-chunk':
                    if form != _form(event) and hearing is not None:
                        raise WrongError('audio of another form amid an utterance')
                    form = _form(event)
                    if hearing is None:
                        self._streams.enter()
                        hearing = Hearing(self._models.current, form[0], 0)
                    await self._models.compute(hearing.feed,
                                               mono(event.payload, form[1], form[2]))
                elif event.type == 'audio-stop':
                    text, secs = '', 0.0
                    if hearing is not None:
                        text = (await self._models.compute(hearing.finish)).text
                        secs, hearing = hearing.secs, None
                        self._streams.leave()
                    await self._say(writer, Event('transcript', {
                        'text': text, 'language': self._models.language}))
                    self._count('ok', secs, text)
            if hearing is not None:
                raise ConnectionResetError('gone amid an utterance')
        finally:
            if hearing is not None:
                self._streams.leave()
                await self._models.compute(hearing.close)

    async def _say(self, writer: asyncio.StreamWriter, event: Event) -> None:
        """Send an event; raise `TimeoutError` if the client reads nothing for too long."""
        writer.write(as_bytes(event))
        try:
            await asyncio.wait_for(writer.drain(), self._settings.idle_secs)
        except asyncio.TimeoutError:
            writer.transport.abort()
            raise


def _form(event: Event) -> tuple[int, int, int]:
    """Return rate, bytes of a sample and channels of audio."""
    return (_one_of(event, 'rate', RATES), _one_of(event, 'width', WIDTHS),
            _one_of(event, 'channels', CHANNELS))


def _one_of(event: Event, name: str, good: Container[int]) -> int:
    value = event.data.get(name)
    if not isinstance(value, int) or value not in good:
        raise WrongError(f'{name} {value!r}: expected 1000 to 768000 Hz, 1, 2 or 4 bytes, 1 to 32 '
                         'channels')
    return value


def mono(payload: bytes, width: int, channels: int) -> bytes:
    """Return samples as int16, mono; 8 bits are unsigned, as in WAV.

    Args:
        payload: frames, little endian; a last one that is not whole is dropped.
        width: bytes of a sample.
        channels: in a frame.
    """
    if (width, channels) == (2, 1):
        return payload
    whole = len(payload) // (width * channels) * (width * channels)
    kind = {1: 'u1', 2: '<i2', 4: '<i4'}[width]
    samples = np.frombuffer(payload[:whole], kind).reshape(-1, channels)
    if width == 1:
        samples = (samples.astype(np.int16) - 128) << 8
    elif width == 4:
        samples = samples >> 16
    return samples.mean(axis=1).round().astype('<i2').tobytes()


def info(language: str) -> dict[str, Any]:
    """Describe what is served: a model of a language, or of nobody knows which."""
    about = {'attribution': {'name': 'DeepSpeech', 'url': 'https://arxiv.org/abs/1412.5567'},
             'installed': True, 'version': deepspeech.version()}
    languages = [language] if language else []
    return {'asr': [{'name': 'deepspeech', 'description': 'Offline speech recognition', **about,
                     'supports_transcript_streaming': False, 'requires_external_vad': False,
                     'models': [{'name': 'deepspeech', 'description': 'The model of this server',
                                 'languages': languages, **about}]}],
            'tts': [], 'handle': [], 'intent': [], 'wake': [], 'mic': [], 'snd': []}
