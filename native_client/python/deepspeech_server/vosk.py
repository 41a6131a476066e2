"""The door of vosk-server: a WebSocket that takes samples, and answers each message of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web
from deepspeech.hearing import Hearing, Said

from .models import Models
from .places import MOST_AUDIO, RATES, FullError, Streams
from .settings import Settings

MOST_ALTERNATIVES = 100
PING_SECS = 20.0


class _WrongError(Exception):
    """A message that cannot be followed; the text is for the client."""


class Vosk:
    """Serves connections.

    Args:
        models: to hear with.
        streams: places for them.
        settings: bounds.
        count: is told the outcome of each, seconds of audio, and the text of an utterance.
    """

    def __init__(self, models: Models, streams: Streams, settings: Settings,
                 count: Callable[[str, float, str], None]) -> None:
        self._models, self._streams, self._settings, self._count = models, streams, settings, count
        self._open: set[web.WebSocketResponse] = set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection to its end."""
        socket = web.WebSocketResponse(max_msg_size=MOST_AUDIO, heartbeat=PING_SECS)
        await socket.prepare(request)
        self._open.add(socket)
        connection = _Connection(self._models, self._streams, self._settings, self._count)
        outcome = 'gone'
        try:
            outcome = await connection.serve(socket)
        except ConnectionError:
            pass  # who went does not hear of it
        finally:
            self._open.discard(socket)
            self._count(outcome, await connection.close(), '')
        return socket

    async def end(self) -> None:
        """Close all connections: the server ends."""
        await asyncio.gather(*(socket.close(code=1001, message=b'the server ends')
                               for socket in list(self._open)), return_exceptions=True)


class _Connection:
    """One of them."""

    def __init__(self, models: Models, streams: Streams, settings: Settings,
                 count: Callable[[str, float, str], None]) -> None:
        self._models, self._streams, self._settings, self._count = models, streams, settings, count
        self._hearing: Hearing | None = None
        self._rate, self._words, self._alternatives = settings.rate, True, 0
        self._phrases = ''  # a list in JSON

    async def serve(self, socket: web.WebSocketResponse) -> str:
        """Answer messages until the end; return how it came."""
        while True:
            try:
                message = await socket.receive(timeout=self._settings.idle_secs)
            except asyncio.TimeoutError:
                await socket.close(code=1001, message=b'nothing came for too long')
                return 'idle'
            try:
                if message.type == WSMsgType.BINARY:
                    await self._take(socket, message.data)
                elif message.type == WSMsgType.TEXT:
                    if await self._command(socket, message.data):
                        await socket.close()
                        return 'ok'
                else:  # an error is a frame that is none, or too large
                    return 'refused' if message.type == WSMsgType.ERROR else 'gone'
            except (_WrongError, FullError) as error:
                full = isinstance(error, FullError)
                await socket.send_str(_pretty({'error': str(error)}))
                await socket.close(code=1013 if full else 1003, message=str(error).encode()[:120])
                return 'full' if full else 'refused'

    async def _take(self, socket: web.WebSocketResponse, data: bytes) -> None:
        """Hear samples, and answer with what ended, or what was heard so far."""
        heard = await self._models.compute((await self._hear()).feed, data)
        if not heard.ended:
            await socket.send_str(_pretty({'partial': heard.partial}))
            return
        await socket.send_str(self._result(heard.ended))

    async def _hear(self) -> Hearing:
        if self._hearing is None:
            self._streams.enter()
            try:
                self._hearing = await self._models.compute(
                    Hearing, self._models.current, self._rate, self._settings.silence_secs,
                    max(self._alternatives, 1), self._phrases)
            except RuntimeError as error:
                raise _WrongError(f'config: phrase_list: {error}') from error
            finally:
                if self._hearing is None:
                    self._streams.leave()
        return self._hearing

    async def _command(self, socket: web.WebSocketResponse, text: str) -> bool:
        """Follow a text message; tell whether it was the last."""
        try:
            command = json.loads(text)
        except ValueError as error:
            raise _WrongError(f'this is no JSON: {text[:60]!r}') from error
        if not isinstance(command, dict):
            raise _WrongError(f'expected an object, not {text[:60]!r}')
        if 'config' in command:
            self._configure(command['config'])
        elif command.get('eof') or command.get('reset'):
            said = await self._models.compute((await self._hear()).finish)
            await socket.send_str(self._result((said,)))
            return bool(command.get('eof'))
        else:
            raise _WrongError('expected config, eof or reset, not '
                              + (', '.join(map(repr, command))[:60] or '{}'))
        return False

    def _configure(self, config: Any) -> None:
        if not isinstance(config, dict):
            raise _WrongError('config: expected an object')
        if config.get('model'):
            raise _WrongError('config: model is not supported here')
        if 'phrase_list' in config:
            self._phrases = _phrases(config['phrase_list'])
        rate = config.get('sample_rate', self._rate)
        try:
            self._rate = int(float(rate))
        except (TypeError, ValueError, OverflowError):
            self._rate = 0
        if self._rate not in RATES:
            raise _WrongError(f'config: sample_rate {rate!r}: expected 1000 to 768000')
        self._words = bool(config.get('words', self._words))
        alternatives = config.get('max_alternatives', self._alternatives)
        if not isinstance(alternatives, int) or not 0 <= alternatives <= MOST_ALTERNATIVES:
            raise _WrongError(f'config: max_alternatives {alternatives!r}: expected 0 to '
                              f'{MOST_ALTERNATIVES}')
        self._alternatives = alternatives
        if self._hearing is not None:
            raise _WrongError('config: it comes before the first samples')

    def _result(self, ended: tuple[Said, ...]) -> str:
        """Return what was said as Vosk writes it."""
        for said in ended:
            if said.text:
                self._count('', 0, said.text)
        if self._alternatives:
            return _pretty({'alternatives': [
                {'confidence': other.confidence, 'text': other.text,
                 **({'result': [_word(word, said.start) for word in other.words]}
                    if self._words else {})} for said in ended for other in said.others]})
        answer: dict[str, Any] = {}
        words = [{'conf': round(word.confidence, 6), **_word(word)}
                 for said in ended for word in said.words]
        if self._words and words:
            answer['result'] = words
        answer['text'] = ' '.join(said.text for said in ended if said.text)
        return _pretty(answer)

    async def close(self) -> float:
        """Free what is held; return the seconds of audio that came."""
        if self._hearing is None:
            return 0.0
        self._streams.leave()
        await self._models.compute(self._hearing.close)
        return self._hearing.secs


def _phrases(given: Any) -> str:
    """Return a list of phrases as a grammar; '' for an empty one, which frees what may be said."""
    if isinstance(given, str):  # clients send it as a text too
        try:
            given = json.loads(given)
        except ValueError:
            pass
    if not isinstance(given, list) or not all(isinstance(phrase, str) for phrase in given):
        raise _WrongError('config: phrase_list: expected a list of phrases')
    return json.dumps(given) if any(phrase.split() for phrase in given) else ''


def _word(word: Any, start: float = 0.0) -> dict[str, Any]:
    return {'end': round(word.end_time + start, 6), 'start': round(word.start_time + start, 6),
            'word': word.text}


def _pretty(answer: dict[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False, indent=2, separators=(',', ' : '))
