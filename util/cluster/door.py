"""The coordinator's port: it lets in who knows the run's token, and bounds what others cost.

Whoever connects is a visitor: it has to prove that it knows the token and to say hello within some
seconds, in short lines. When too many are there at once the oldest has to go: a member needs a
moment, and who waits for longer is none. So no visitor can keep the others out, use up the process'
file descriptors, or touch the run.
"""
from __future__ import annotations

import contextlib
import ipaddress
import socket
import time
from collections.abc import Callable

from util import log
from util.cluster import token as tokens
from util.cluster.line import Line
from util.cluster.members import host_and_port

INTRODUCTION_SECS = 10.0
MOST_VISITORS = 128
_AT_ONCE = 32  # accepted before those that are there have their turn
_PAUSE_SECS = 0.5  # after a failure to accept, such as a lack of file descriptors
_REPORT_SECS = 60


class _Visitor:
    """Who has connected and not been let in."""

    def __init__(self, line: Line) -> None:
        self.line, self.challenge = line, tokens.challenge()
        self.until = time.monotonic() + INTRODUCTION_SECS
        self.proven = self.refused = False


class Door:
    """Listens at a host:port and lets in whose first words are right.

    Args:
        address: host:port.
        token: of the run.

    Raises:
        OSError: the port cannot be used.
    """

    def __init__(self, address: str, token: str) -> None:
        self._token = token
        self._visitors: dict[Line, _Visitor] = {}  # the oldest first
        self._paused_until = 0.0
        self._turned_away, self._reported, self._report_at = 0, 0, 0.0
        self._last = ''
        host, port = host_and_port(address)
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        if place[0] == '127.0.1.1':  # how Debian's /etc/hosts calls this machine: not for us
            place = ('', port)
        self._server = socket.socket(family)
        try:
            self._server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._server.bind(place)
            self._server.listen(MOST_VISITORS)
        except OSError:
            self._server.close()
            raise
        self._server.setblocking(False)

    @property
    def open_to_others(self) -> bool:
        """Whether other machines may reach it."""
        return not ipaddress.ip_address(self._server.getsockname()[0]).is_loopback

    @property
    def ends(self) -> list[Line | socket.socket]:
        """What to wait for."""
        server = [self._server] if time.monotonic() >= self._paused_until else []
        return [*server, *self._visitors]

    def accept(self) -> None:
        """Let those in front of the door become visitors."""
        for _ in range(_AT_ONCE):
            try:
                connection = self._server.accept()[0]
            except BlockingIOError:
                return
            except OSError:
                self._paused_until = time.monotonic() + _PAUSE_SECS
                return
            with contextlib.suppress(OSError):  # it has gone again, as it will say once more
                line = Line.of_control(connection)
                visitor = self._visitors[line] = _Visitor(line)
                line.send(f'challenge {visitor.challenge}')
            self._limit()

    def examine(self, line: Line) -> list[list[str]]:
        """Read what somebody says who may be a visitor.

        Returns:
            What a visitor says, in words, who is let in thereby: from then on the line is the
            caller's. Mostly nothing.
        """
        visitor = self._visitors.get(line)
        if not visitor:  # it has had to go in the meantime
            return []
        try:
            said = line.receive()
            if said and not visitor.proven and not visitor.refused:
                self._judge(visitor, said.pop(0))
        except ConnectionResetError:  # it has gone, as those do who only look whether we are there
            self._remove(visitor)
            return []
        except OSError as error:
            self._turn_away(visitor, str(error))
            return []
        if not said or not visitor.proven:
            return []
        del self._visitors[line]
        return said

    def refuse(self, line: Line, why: str) -> None:
        """Tell a guard that it is not let in."""
        with contextlib.suppress(OSError):
            line.send(f'refused {why}')
        self.see_off(line)

    def see_off(self, line: Line) -> None:
        """Let the other end close a line, lest our last words be lost, and do not listen to it."""
        visitor = self._visitors[line] = _Visitor(line)
        visitor.refused = True
        self._limit()

    def watch(self) -> None:
        """Send away who has not introduced himself in time, and say now and then who that was."""
        now = time.monotonic()
        for visitor in list(self._visitors.values()):
            if now > visitor.until:
                self._turn_away(visitor, f'no introduction within {INTRODUCTION_SECS:g} s')
        if self._turned_away > self._reported and now >= self._report_at:
            log.warn(f"the coordinator's port has turned away {self._turned_away} connections, the "
                     f'last from {self._last}')
            self._reported, self._report_at = self._turned_away, now + _REPORT_SECS

    def _limit(self) -> None:
        if len(self._visitors) > MOST_VISITORS:
            oldest = next(iter(self._visitors.values()))
            self._turn_away(oldest, f'more than {MOST_VISITORS} at once')

    def _judge(self, visitor: _Visitor, words: list[str]) -> None:
        """Look at the first words of a visitor.

        Raises:
            OSError: they are not what is expected, or the connection is broken.
        """
        if words[0] != 'proof':
            raise ConnectionAbortedError('no proof that it knows the token')
        theirs, proof = words[1:]
        if tokens.proves(proof, self._token, 'guard', visitor.challenge, theirs):
            visitor.proven = True
            visitor.line.send(
                f'welcome {tokens.proof(self._token, "control", theirs, visitor.challenge)}')
        else:
            self._count(visitor, 'another token')
            self.refuse(visitor.line, 'token')

    def _turn_away(self, visitor: _Visitor, why: str) -> None:
        if not visitor.refused:
            self._count(visitor, why)
        self._remove(visitor)

    def _count(self, visitor: _Visitor, why: str) -> None:
        self._turned_away += 1
        self._last = f'{visitor.line.peer}: {why}'

    def _remove(self, visitor: _Visitor) -> None:
        self._visitors.pop(visitor.line, None)
        visitor.line.close()


def introduce(line: Line, token: str, hurried: Callable[[], bool]) -> str:
    """Prove to the coordinator that we know the token, and see that it does; a guard's first words.

    Args:
        line: to the coordinator.
        token: of the run.
        hurried: whether to give up.

    Returns:
        Why it is not our coordinator; '' if it is.

    Raises:
        OSError: the connection is broken, or the other end is no coordinator.
    """
    end = time.monotonic() + INTRODUCTION_SECS

    def reply(*expected: str) -> list[str]:
        while not (said := line.receive_within(0.2)):
            if hurried() or time.monotonic() > end:
                raise TimeoutError('it does not introduce itself')
        if len(said) > 1 or said[0][0] not in expected:
            raise ConnectionAbortedError('not a line of this protocol')
        return said[0]

    theirs, ours = reply('challenge')[1], tokens.challenge()
    line.send(f'proof {ours} {tokens.proof(token, "guard", theirs, ours)}')
    word, said = reply('welcome', 'refused')
    if word == 'refused':
        return 'it belongs to a run with another --cluster_token'
    if not tokens.proves(said, token, 'control', ours, theirs):
        return 'it does not know the --cluster_token of this run'
    return ''
