"""The signs of life that a process gives to the guard that started it."""

from __future__ import annotations

import os
import threading
import time

LOST = 75  # exit status of a process that cannot reach the others: to be started again
_BEAT_SECS = 1.0


class Pulse:
    """What a process lets its guard know through the pipe: '.' alive, 's' steps made, 'r' at rest.

    In a process without a guard it does nothing.
    """

    def __init__(self) -> None:
        self._state = b'.'

    def start(self, pipe: int) -> None:
        """Beat from now on."""
        threading.Thread(target=self._beat, args=(pipe,), daemon=True).start()

    def step(self) -> None:
        """Note that a step has been made."""
        self._state = b's'

    def rest(self) -> None:
        """Note that the next task may take long without a step."""
        self._state = b'r'

    def _beat(self, pipe: int) -> None:
        while True:
            state, self._state = self._state, b'.'
            try:
                os.write(pipe, state)
            except OSError:
                os._exit(LOST)
            time.sleep(_BEAT_SECS)


pulse = Pulse()
