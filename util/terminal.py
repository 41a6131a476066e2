"""Rows at the bottom of a terminal, drawn again and again below what is logged.

The cursor waits in an empty row above them. So what others write, such as native libraries, or
`tee` behind our standard output, stays whole there, and the rows come back beneath it.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO

REDRAW_SECS = 0.1
LEAST_BAR = 5  # columns
_ERASE = '\r\033[J'  # from here to the end of the screen


def draws(stream: TextIO) -> bool:
    """Tell whether a stream is a terminal that moves its cursor."""
    return stream.isatty() and os.environ.get('TERM', 'dumb') != 'dumb'


class Footer:
    """What is drawn at the bottom.

    Args:
        stream: the terminal.
        rows: function of the columns there are -> rows.
    """

    def __init__(self, stream: TextIO, rows: Callable[[int], list[str]]) -> None:
        self._stream, self._rows = stream, rows
        self._lock = threading.RLock()  # a signal may come while this thread draws
        self._hidden, self._due = False, 0.0
        self.draw()

    def draw(self, always: bool = True) -> None:
        """Draw the rows anew; with `always` off no more often than anybody sees."""
        with self._lock:
            if self._hidden or not (always or time.monotonic() >= self._due):
                return
            rows = self._fitting()
            self._write(_ERASE + ''.join(f'\n{row}' for row in rows) + f'\r\033[{len(rows)}A')
            self._due = time.monotonic() + REDRAW_SECS

    @contextlib.contextmanager
    def hidden(self) -> Iterator[None]:
        """Make way for lines that are printed meanwhile."""
        with self._lock:
            if self._hidden:
                yield
                return
            self._write(_ERASE)
            self._hidden = True
            yield
            self._hidden = False
            self.draw()

    def close(self, leaving: bool) -> None:
        """Take the rows away, or leave them behind as lines."""
        with self._lock:
            self._hidden = True
            self._write(_ERASE + ''.join(f'{row}\n' for row in self._fitting() if leaving))

    def _fitting(self) -> list[str]:
        """Return at least one row, none of which reaches the last column, where some wrap."""
        try:
            columns, lines = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            columns, lines = 0, 0
        columns = (columns or 80) - 1
        rows = self._rows(columns)[:max((lines or 24) - 2, 1)]
        encoding = self._stream.encoding or 'utf-8'
        return [_clipped(row.encode(encoding, 'replace').decode(encoding), columns)
                for row in rows]

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def fitted(parts: Iterable[tuple[int, str]], columns: int) -> str:
    """Join parts by commas; where there is no room, those of the highest ranks are left out.

    Args:
        parts: (rank, text), in the order in which they are read.
        columns: the room.
    """
    kept = [(rank, text) for rank, text in parts if text]
    while kept and width(joined := ', '.join(text for _, text in kept)) > columns:
        kept.remove(max(kept))
    return joined if kept else ''


def with_bar(label: str, share: float, parts: Iterable[tuple[int, str]], columns: int) -> str:
    """Return a row of a label, a bar that fills what room there is, and parts as for `fitted`.

    Args:
        label: never left out.
        share: of the work that is done.
        parts: what follows the bar.
        columns: of the row.
    """
    label = f'{label} ' if label else ''
    room = columns - width(label) - 3  # the bar's ends and a blank
    text = fitted(parts, room - LEAST_BAR)
    room -= width(text)
    if room < LEAST_BAR:
        return label + text
    filled = '#' * int(room * min(share, 1))
    return f'{label}|{filled:{room}}| {text}'.rstrip()


def width(text: str) -> int:
    """Return the columns that a text takes."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in 'FW'
               else 1 for c in text)


def _clipped(text: str, columns: int) -> str:
    text = ''.join(c if c.isprintable() else '?' for c in text)
    while width(text) > columns:
        text = text[:-1]
    return text
