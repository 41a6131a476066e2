"""How many may come in: live streams at a time, and recordings that wait for their turn."""

from __future__ import annotations

import asyncio
from types import TracebackType

RATES = range(1000, 768001)  # Hz, of live audio
MOST_AUDIO = 8 << 20  # bytes of it in one message
AHEAD = 2  # recordings that lie ready for the threads that end one


class FullError(Exception):
    """There is no place left; the text is for the client."""


class Streams:
    """Counts live streams: connections that have sent samples."""

    def __init__(self, most: int) -> None:
        self._most, self.open = most, 0

    def enter(self) -> None:
        """Take a place; raise `FullError` if there is none."""
        if self.open >= self._most:
            raise FullError(f'{self.open} streams are open, which is all this server takes: try '
                            'again later')
        self.open += 1

    def leave(self) -> None:
        """Give it back."""
        self.open -= 1


class Queue:
    """Lets recordings in, a few more than there are threads: `async with queue.place(): ...`.

    Args:
        jobs: threads.
        most: recordings that may wait for one.
    """

    def __init__(self, jobs: int, most: int) -> None:
        self._turns, self._most = asyncio.Semaphore(jobs + AHEAD), jobs + most
        self.count = 0

    def place(self) -> Queue:
        """Ask for a place; raise `FullError` if too many wait already."""
        if self.count >= self._most:
            raise FullError(f'{self.count} recordings wait already: try again later')
        return self

    async def __aenter__(self) -> Queue:
        self.count += 1
        try:
            await self._turns.acquire()
        except BaseException:
            self.count -= 1
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        self._turns.release()
        self.count -= 1
