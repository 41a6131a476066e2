"""Lines of other processes, printed as our own."""

from __future__ import annotations

import os
import signal
import sys
import threading

from util.log import whole_line


class Relay:
    """Prints lines of other processes on stdout, from any thread.

    If stdout is closed, this process gets one SIGTERM, and later lines are discarded.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def line(self, text: str) -> None:
        """Print a line."""
        with self._lock:
            try:
                whole_line(text, sys.stdout)
            except BrokenPipeError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                os.kill(os.getpid(), signal.SIGTERM)
