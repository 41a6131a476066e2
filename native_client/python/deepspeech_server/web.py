"""HTTP: which address leads to which door, and who may come in."""

from __future__ import annotations

import hmac
import importlib.resources
from collections.abc import Awaitable, Callable

from aiohttp import web

from .metrics import TEXT, Metrics
from .models import Models
from .settings import Settings
from .transcriptions import MOST_FIELD, PATH, RefusedError, Transcriptions
from .vosk import Vosk

OPEN = ('/health',)  # to everybody
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(settings: Settings, models: Models, vosk: Vosk, transcriptions: Transcriptions,
                metrics: Metrics) -> web.Application:
    """Put the doors together."""
    page = importlib.resources.files(__package__).joinpath('page.html').read_text('utf-8')

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if settings.token and request.path not in OPEN and not _knows(request, settings.token):
            if request.path == '/' and not _is_socket(request):
                return await handler(request)  # the page asks for the token
            metrics.request('http', 'unauthorized')
            return RefusedError(401, 'the token is missing or wrong: send "Authorization: Bearer '
                                'TOKEN"', code='invalid_api_key').answer()
        return await handler(request)

    async def root(request: web.Request) -> web.StreamResponse:
        if _is_socket(request):
            return await vosk.answer(request)
        return web.Response(text=page, content_type='text/html')

    async def health(request: web.Request) -> web.Response:
        return web.json_response({'status': 'ok'})

    async def figures(request: web.Request) -> web.Response:
        return web.Response(body=metrics.text().encode(), headers={'Content-Type': TEXT})

    app = web.Application(middlewares=[guard],
                          client_max_size=settings.most_bytes + MOST_FIELD)
    app.add_routes([web.get('/', root), web.get('/health', health), web.get('/metrics', figures),
                    web.post(PATH, transcriptions.answer)])
    return app


def _is_socket(request: web.Request) -> bool:
    return request.headers.get('Upgrade', '').lower() == 'websocket'


def _knows(request: web.Request, token: str) -> bool:
    """Tell whether a request shows the token; browsers can send no header with a WebSocket."""
    given = request.headers.get('Authorization', '').removeprefix('Bearer ').strip()
    if not given and _is_socket(request):
        given = request.query.get('token', '')
    return hmac.compare_digest(given.encode('utf-8', 'surrogateescape'), token.encode())
