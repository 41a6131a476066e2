"""The lines that guards and their control exchange: a few plain words, and nothing else.

    guard -> control                              control -> guard
    proof CHALLENGE PROOF    I know the token     challenge CHALLENGE   who are you?
    hello ROLE INDEX DIGEST  I am there           welcome PROOF         so do I
    alive                    every few seconds    refused WHY  not one of us
    stopped                  mine have ended      alive
    lost ROLE INDEX WHY      one died             start N      start your processes, attempt N
    bereft ROLE INDEX        one lost the others  stop         end your processes at once
    done ROLE INDEX          training finished    signal N     tell those that train to save
    failed ROLE INDEX S      it cannot go on      end STATUS   all is over: exit so
    interrupted N            by the user

Any other line ends the connection. Nothing that arrives is evaluated.
"""
from __future__ import annotations

import re
import selectors
import socket
import threading
import time

from util import log

_FROM_GUARD = re.compile(
    r'alive|stopped|interrupted \d{1,2}|hello (?:ps|worker|chief) \d{1,5} \d{1,10}'
    r'|(?:bereft|done) (?:ps|worker|chief) \d{1,5}|failed (?:ps|worker|chief) \d{1,5} \d{1,3}'
    r'|lost (?:ps|worker|chief) \d{1,5} [\w ,.-]{1,80}|proof [0-9a-f]{32} [0-9a-f]{64}')
_TO_GUARD = re.compile(r'alive|stop|(?:start|signal|end) \d{1,9}|challenge [0-9a-f]{32}'
                       r'|welcome [0-9a-f]{64}|refused (?:token|hosts)')
_LINE_LIMIT = 200  # bytes


class Line:
    """A connection that carries lines, and the time it was last heard from."""

    def __init__(self, connection: socket.socket, pattern: re.Pattern) -> None:
        self._socket, self._pattern, self._rest = connection, pattern, b''
        self.heard = time.monotonic()
        connection.settimeout(5)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @classmethod
    def of_guard(cls, connection: socket.socket) -> Line:
        """Make the guard's end."""
        return cls(connection, _TO_GUARD)

    @classmethod
    def of_control(cls, connection: socket.socket) -> Line:
        """Make the control's end."""
        return cls(connection, _FROM_GUARD)

    def fileno(self) -> int:
        """Return the file descriptor, for selectors."""
        return self._socket.fileno()

    @property
    def peer(self) -> str:
        """Address of the other end."""
        try:
            return str(self._socket.getpeername()[0])
        except OSError:
            return 'somebody'

    def send(self, line: str) -> None:
        """Send a line.

        Raises:
            OSError: the connection is broken.
        """
        _traffic('to', self, line)
        self._socket.sendall(line.encode() + b'\n')

    def receive(self) -> list[list[str]]:
        """Return the words of each line that has arrived; call it when there is something to read.

        Raises:
            OSError: the connection is broken or closed, or a line is not of this protocol.
        """
        data = self._socket.recv(4096)
        if not data:
            raise ConnectionResetError('closed')
        self.heard = time.monotonic()
        *lines, self._rest = (self._rest + data).split(b'\n')
        words = []
        for line in lines:
            text = line.decode('ascii', 'replace')
            if not self._pattern.fullmatch(text):
                raise ConnectionAbortedError('not a line of this protocol')
            _traffic('from', self, text)
            words.append(text.split())
        if len(self._rest) > _LINE_LIMIT:
            raise ConnectionAbortedError('not a line of this protocol')
        return words

    def receive_within(self, secs: float) -> list[list[str]]:
        """Return the words of each line that arrives in a moment, maybe none; raises likewise."""
        with selectors.PollSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            return self.receive() if selector.select(secs) else []

    def close(self) -> None:
        """Close it."""
        self._socket.close()


log_traffic = threading.Event()  # --log_traffic


def _traffic(direction: str, line: Line, text: str) -> None:
    if log_traffic.is_set():
        log.debug(f'{direction} {line.peer}: ' + re.sub('[0-9a-f]{32,}', '...', text))
