"""What the server is told on its command line."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass

DESCRIPTION = '''Serve speech recognition by one model, to programs that speak

  vosk-server's protocol      WebSocket on /
  OpenAI's transcriptions     POST /v1/audio/transcriptions
  Wyoming                     TCP, a port of its own

and, with a browser, on http://HOST:PORT/. Also: /health, /metrics (Prometheus).

It listens on this machine only unless --host says otherwise. It speaks no TLS: to be reached from
outside, put a proxy before it (nginx, Caddy). SIGHUP reads the model again; SIGTERM ends it when
what is under way is done.'''
ENVIRONMENT = '''Defaults come from $VOSK_MODEL_PATH, $VOSK_SERVER_INTERFACE, $VOSK_SERVER_PORT and
$VOSK_SAMPLE_RATE where they are set, and the token from $DEEPSPEECH_SERVER_TOKEN, where no list of
processes shows it.'''


@dataclass(frozen=True)
class Settings:
    """What the server does.

    Attributes:
        model: a path, or the name of a model.
        scorer: a path; no scorer: ''.
        host, port: of HTTP and WebSocket.
        wyoming_port: of Wyoming; 0: none.
        token: that requests must show; '' for none.
        jobs: computations at a time.
        streams: live streams at a time.
        queue: recordings that may wait for their turn.
        most_bytes: of a request.
        idle_secs: after which a silent connection is closed.
        grace_secs: that what is under way has at the end.
        silence_secs: after which an utterance has ended.
        rate: of live audio whose sender does not tell, in Hz.
        log_text: whether logs may hold what was said.
    """

    model: str
    scorer: str = ''
    host: str = '127.0.0.1'
    port: int = 2700
    wyoming_port: int = 10300
    token: str = ''
    jobs: int = 1
    streams: int = 64
    queue: int = 64
    most_bytes: int = 26214400
    idle_secs: float = 60.0
    grace_secs: float = 10.0
    silence_secs: float = 0.8
    rate: int = 8000
    log_text: bool = False


def parse(argv: Sequence[str] | None = None) -> Settings:
    """Read the command line and the environment; end the program where they are wrong."""
    at = os.environ.get
    p = argparse.ArgumentParser(prog='deepspeech-server', description=DESCRIPTION,
                                formatter_class=argparse.RawDescriptionHelpFormatter,
                                epilog=ENVIRONMENT)
    p.add_argument('--model', default=at('VOSK_MODEL_PATH'), required=not at('VOSK_MODEL_PATH'),
                   help='exported .pbmm, .pb or .tflite, or a name that '
                        'deepspeech --list_models prints')
    p.add_argument('--scorer', default='', help='language model')
    p.add_argument('--host', default=at('VOSK_SERVER_INTERFACE') or '127.0.0.1',
                   help='address to listen on; 0.0.0.0: all (%(default)s)')
    p.add_argument('--port', type=_Whole(0, 65535), default=at('VOSK_SERVER_PORT') or 2700,
                   metavar='N', help='of HTTP and WebSocket; 0: any free one (%(default)s)')
    p.add_argument('--wyoming-port', type=_Whole(0, 65535), metavar='N',
                   help='of Wyoming; 0: none (10300; none with --token, which it does not know)')
    p.add_argument('--token', default=at('DEEPSPEECH_SERVER_TOKEN') or '', metavar='T',
                   help='requests must have "Authorization: Bearer T"')
    p.add_argument('--jobs', type=_Whole(1, 1024), default=os.cpu_count() or 1, metavar='N',
                   help='computations at a time (%(default)s)')
    p.add_argument('--streams', type=_Whole(1, 100000), default=64, metavar='N',
                   help='live streams at a time (%(default)s)')
    p.add_argument('--queue', type=_Whole(0, 100000), default=64, metavar='N',
                   help='recordings that may wait (%(default)s)')
    p.add_argument('--max-bytes', type=_Whole(1024, 1 << 40), default=26214400, metavar='N',
                   help='of a recording (%(default)s)')
    p.add_argument('--idle', type=_Secs(1), default=60.0, metavar='SECS',
                   help='close connections that send nothing for so long (%(default)s)')
    p.add_argument('--grace', type=_Secs(0), default=10.0, metavar='SECS',
                   help='that what is under way has at the end (%(default)s)')
    p.add_argument('--silence', type=_Secs(0.1), default=0.8, metavar='SECS',
                   help='that ends an utterance (%(default)s)')
    p.add_argument('--rate', type=_Whole(1000, 768000), default=at('VOSK_SAMPLE_RATE') or 8000,
                   metavar='HZ', help='of live audio whose sender does not tell (%(default)s)')
    p.add_argument('--log-text', action='store_true', help='what is said may stand in the log')
    o = p.parse_args(argv)
    if o.wyoming_port and o.token:
        p.error('--wyoming-port: Wyoming knows no tokens, so --token leaves it closed')
    wyoming = o.wyoming_port if o.wyoming_port is not None else 0 if o.token else 10300
    return Settings(o.model, o.scorer, o.host, o.port, wyoming, o.token, o.jobs, o.streams,
                    o.queue, o.max_bytes, o.idle, o.grace, o.silence, o.rate, o.log_text)


class _Whole:
    """A whole number within bounds, for argparse."""

    def __init__(self, low: int, high: int) -> None:
        self._low, self._high = low, high

    def __call__(self, text: str) -> int:
        if text.isdecimal() and self._low <= int(text) <= self._high:
            return int(text)
        raise argparse.ArgumentTypeError(
            f'{text!r}: expected a whole number from {self._low} to {self._high}')


class _Secs:
    """Seconds, for argparse."""

    def __init__(self, low: float) -> None:
        self._low = low

    def __call__(self, text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float('nan')
        if self._low <= value <= 86400:
            return value
        raise argparse.ArgumentTypeError(f'{text!r}: expected {self._low:g} to 86400 seconds')
