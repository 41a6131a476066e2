"""Figures for Prometheus, in its text format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

TEXT = 'text/plain; version=0.0.4; charset=utf-8'


class Metrics:
    """Counts what the server does.

    Args:
        gauges: name -> (what it is, function that tells its value now).
    """

    def __init__(self, gauges: dict[str, tuple[str, Callable[[], float]]]) -> None:
        self._gauges = gauges
        self._requests: Counter[tuple[str, str]] = Counter()
        self._audio: Counter[str] = Counter()

    def request(self, door: str, outcome: str) -> None:
        """Count a request or connection that has ended: 'ok', or why not, in a word."""
        self._requests[door, outcome] += 1

    def audio(self, door: str, secs: float) -> None:
        """Add audio that was heard."""
        self._audio[door] += secs  # type: ignore[assignment]

    def text(self) -> str:
        """Return all of them."""
        lines = []
        for name, (what, value) in self._gauges.items():
            lines += [f'# HELP deepspeech_{name} {what}', f'# TYPE deepspeech_{name} gauge',
                      f'deepspeech_{name} {value():g}']
        lines += ['# HELP deepspeech_requests_total Requests and connections that have ended.',
                  '# TYPE deepspeech_requests_total counter']
        lines += [f'deepspeech_requests_total{{door="{door}",outcome="{outcome}"}} {count}'
                  for (door, outcome), count in sorted(self._requests.items())]
        lines += ['# HELP deepspeech_audio_seconds_total Audio that was heard.',
                  '# TYPE deepspeech_audio_seconds_total counter']
        lines += [f'deepspeech_audio_seconds_total{{door="{door}"}} {secs:.3f}'
                  for door, secs in sorted(self._audio.items())]
        return '\n'.join(lines) + '\n'
