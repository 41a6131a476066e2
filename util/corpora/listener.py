"""Listening to a server in a thread: who waits for it can give up.

A server may say nothing, or one byte now and then, in its answer's head as well as in its body. No
timeout of a socket ends that, since each byte begins it anew.
"""

import queue
import threading
import urllib.request
from typing import Any

CHUNK = 1 << 18  # bytes


class Interrupted(Exception):
    """The connection stalled or broke; what came so far is kept."""


class Listener:
    """A thread that asks for a file and reads what comes; its blocks are taken by `next`."""

    def __init__(self, request: urllib.request.Request, timeout_secs: float) -> None:
        self._came: queue.Queue[Any] = queue.Queue(8)
        self._left = threading.Event()
        threading.Thread(target=self._listen, args=(request, timeout_secs), daemon=True).start()

    def _listen(self, request: urllib.request.Request, timeout_secs: float) -> None:
        try:
            with urllib.request.urlopen(request, timeout=timeout_secs) as response:
                came = response.headers
                while self._give(came) and came != b'':
                    came = response.read1(CHUNK)
        except Exception as e:  # of the network: for who waits
            self._give(e)

    def _give(self, what: Any) -> bool:
        """Hand something over; return whether anybody still waits."""
        while not self._left.is_set():
            try:
                self._came.put(what, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def next(self, secs: float) -> Any:
        """Return the answer's headers, then blocks, then b''; raise what went wrong."""
        try:
            came = self._came.get(timeout=max(secs, 0))
        except queue.Empty:
            raise Interrupted('the server is too slow') from None
        if isinstance(came, Exception):
            raise came
        return came

    def leave(self) -> None:
        """Let the thread end when it wants to go on."""
        self._left.set()
