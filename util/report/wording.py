"""How the page says numbers and lines."""

from __future__ import annotations

from html import escape


def faint(line: str) -> str:
    """Return a line that steps back, of plain text."""
    return f'<p class="faint">{escape(line)}</p>'


def many(count: int, what: str) -> str:
    """Return `1 word`, `2,000 words`."""
    return f'{count:,} {what}{"s" * (count != 1)}'


def percent(rate: float) -> str:
    """Return `12.3 %`."""
    return f'{100 * rate:.1f}\N{NO-BREAK SPACE}%'


def lasting(secs: float) -> str:
    """Return `90 s`, `3.0 minutes`, `2.5 hours`."""
    return (f'{secs / 3600:.1f} hours' if secs >= 7200 else f'{secs / 60:.1f} minutes'
            if secs >= 120 else f'{secs:.0f} s')
