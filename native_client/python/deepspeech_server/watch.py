"""Who sends nothing for too long is waited for no longer."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Watch:
    """Ends what waits in it, with `TimeoutError`, when nothing has moved for too long.

    `asyncio.wait_for` would make a task of each piece of a recording.

    Args:
        secs: how long is too long.
    """

    def __init__(self, secs: float) -> None:
        self._secs, self._expired = secs, False

    def __enter__(self) -> Watch:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self.moved()
        self._timer = self._loop.call_later(self._secs, self._look)
        return self

    def moved(self) -> None:
        """Tell that something came."""
        self._last = self._loop.time()

    def _look(self) -> None:
        left = self._last + self._secs - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        elif self._task:
            self._expired = True
            self._task.cancel()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._timer.cancel()
        if self._expired and kind is asyncio.CancelledError:
            if self._task and hasattr(self._task, 'uncancel'):  # since Python 3.11
                self._task.uncancel()
            raise asyncio.TimeoutError from error
