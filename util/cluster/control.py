"""Where the guards of a cluster meet: it starts, stops and ends all processes together.

The guard of worker 0 runs a `Control` on `--coord_host:--coord_port`. Every guard connects to it
and they exchange lines of a few plain words, those of `_FROM_GUARD` and `_TO_GUARD`; any other line
ends the connection. Nothing that arrives is evaluated.

    guard -> control                              control -> guard
    hello ROLE INDEX DIGEST  I am there           start N        start your processes, attempt N
    alive                    every few seconds    alive
    stopped                  mine have ended      stop           end your processes at once
    lost ROLE INDEX WHY      one died             signal N       tell those that train to save
    bereft ROLE INDEX        one lost the others  end STATUS     all is over: exit so
    done ROLE INDEX          training finished
    failed ROLE INDEX S      it cannot go on
    interrupted N            by the user

An attempt starts when all guards are there and none has a process running. A lost parameter server,
chief, or worker of the all-reduce ends the attempt, and the next one goes on from the newest
checkpoint; a lost worker beside parameter servers is started again by its guard, alone. Who is
bereft has ended because somebody else has: that one's guard says so, and is waited for.
"""
from __future__ import annotations

import contextlib
import re
import selectors
import socket
import threading
import time
from typing import Any

from util import log
from util.cluster.members import Cluster, Task, host_and_port
from util.errors import UserError

_FROM_GUARD = re.compile(
    r'alive|stopped|interrupted \d{1,2}|hello (?:ps|worker|chief) \d{1,5} \d{1,10}'
    r'|(?:bereft|done) (?:ps|worker|chief) \d{1,5}|failed (?:ps|worker|chief) \d{1,5} \d{1,3}'
    r'|lost (?:ps|worker|chief) \d{1,5} [\w ,.-]{1,80}')
_TO_GUARD = re.compile(r'alive|stop|(?:start|signal|end) \d{1,9}')
_LINE_LIMIT = 200  # bytes
_FAREWELL_SECS = 15  # for the guards to end their processes and go
_BLAME_SECS = 5  # for the guard of a process that has died to say so


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

    def close(self) -> None:
        """Close it."""
        self._socket.close()


log_traffic = threading.Event()  # --log_traffic


def _traffic(direction: str, line: Line, text: str) -> None:
    if log_traffic.is_set():
        log.debug(f'{direction} {line.peer}: {text}')


class Control:
    """Runs in a thread of the first guard until all is over.

    Args:
        cluster: who takes part.

    Raises:
        UserError: the port cannot be used.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._lines: dict[Task, Line] = {}  # guards that are there
        self._strangers: list[Line] = []  # ... that have not said who they are
        self._busy: set[Task] = set()  # guards whose processes may be running
        self._phase = 'gathering'  # running, stopping, saving, ended
        self._attempt = 0
        self._failures = 0
        self._ended: dict[Task, int] = {}  # processes that train and have ended -> their status
        self._bereft: dict[Task, float] = {}  # those that lost the others -> since when
        self._interrupters: set[Task] = set()
        self._status = 0
        self._leader_knows = False  # ... how it ended
        self._deadline = float('inf')  # in 'saving'
        self._since = self._said_waiting = time.monotonic()  # ... of the last attempt's end
        self._said_alive = 0.0
        self._server = self._listen()

    def _listen(self) -> socket.socket:
        cluster = self._cluster
        host, port = host_and_port(cluster.coordinator)
        try:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            if address[0] == '127.0.1.1':  # how Debian's /etc/hosts calls this machine: not for us
                address = ('', port)
            server = socket.socket(family)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(address)
        except OSError as error:
            raise UserError(
                f'the coordinator cannot listen on {cluster.coordinator}: {error.strerror}; pass '
                f'another --coord_port, or the host of {cluster.leader} as --coord_host') from error
        server.listen(128)
        server.setblocking(False)
        return server

    def start(self) -> None:
        """Run beside the guard."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise an error if the thread has ended otherwise than by the end of the run."""
        if not self._thread.is_alive() and self._phase != 'ended':
            raise RuntimeError('the coordinator has failed')

    def farewell(self) -> None:
        """Wait until the other guards have gone, so that all hear how it ended."""
        self._thread.join(_FAREWELL_SECS)

    def _run(self) -> None:
        while (self._phase != 'ended' or not self._leader_knows
               or set(self._lines) - {self._cluster.leader}):
            with selectors.DefaultSelector() as selector:
                ends: list[Any] = [self._server, *self._lines.values(), *self._strangers]
                for end in ends:
                    selector.register(end, selectors.EVENT_READ)
                ready = [key.fileobj for key, _ in selector.select(0.5)]
            for end in ready:
                if end is self._server:
                    with contextlib.suppress(OSError):  # it has gone again
                        self._strangers.append(Line.of_control(self._server.accept()[0]))
                else:
                    self._read(end)  # type: ignore[arg-type]
            self._watch()

    def _read(self, line: Line) -> None:
        try:
            for words in line.receive():
                if words[0] == 'hello':
                    self._welcome(line, words)
                else:
                    task = self._task_of(line)
                    if task is None:
                        raise ConnectionAbortedError('no hello')
                    self._handle(task, words)
        except OSError as error:
            self._drop(line, str(error))

    def _welcome(self, line: Line, words: list[str]) -> None:
        """Admit a guard that has said hello; none of its processes runs yet."""
        task = Task(words[1], int(words[2]))
        if task not in self._cluster.tasks or int(words[3]) != self._cluster.digest:
            log.error(f'{task} at {line.peer} was started with different --ps_hosts, '
                      '--worker_hosts or --coord_host: all members need the same ones')
            line.send('end 2')
            if not self._attempt:
                self._end(2)
            return
        if line not in self._strangers:
            raise ConnectionAbortedError('a second hello')
        if task in self._lines:
            log.warn(f'{task} connected twice, now from {line.peer}; dropping the first connection')
            self._tell(task, 'end 2')
            if task in self._lines:
                self._lines.pop(task).close()
        self._strangers.remove(line)
        self._lines[task] = line
        known_busy = task in self._busy
        self._busy.discard(task)
        if self._phase in ('running', 'saving'):
            if self._rejoins(task):
                self._busy.add(task)
                self._tell(task, f'start {self._attempt}')
            elif known_busy:
                self._failed(task, 'was restarted')
        elif self._phase == 'ended':
            self._tell(task, f'end {self._status}')

    def _rejoins(self, role: Task) -> bool:
        """Tell whether the attempt goes on without that process and takes it in again."""
        return bool(self._cluster.ps) and role.job == 'worker' and role != self._cluster.leader

    def _handle(self, task: Task, words: list[str]) -> None:
        if words[0] == 'stopped':
            self._busy.discard(task)
        elif words[0] == 'interrupted':
            self._interrupt(task, int(words[1]))
        elif words[0] in ('lost', 'bereft', 'done', 'failed'):
            role = Task(words[1], int(words[2]))
            if role not in (task, Task('chief', 0)):
                raise ConnectionAbortedError(f'{role} is not started by {task}')
            if self._phase in ('running', 'saving'):  # otherwise it was we who ended it
                self._gone(role, words[0], words[3:])

    def _gone(self, role: Task, how: str, details: list[str]) -> None:
        """Handle the end of a process of this attempt."""
        status = int(details[0]) if how == 'failed' else 0
        if how == 'lost':
            self._failed(role, ' '.join(details))
        elif how == 'bereft' and self._phase == 'running':
            self._bereft[role] = time.monotonic()
        elif 0 < status <= 128:
            if self._phase != 'saving':
                log.error(f'{role} ({self._cluster.address(role)}) ended with status {status}; '
                          'stopping the run')
            self._end(status)
        else:
            self._ended[role] = self._status if how == 'bereft' else status
            if self._ended.keys() >= set(self._cluster.trainers):
                self._end(max(self._ended.values()))
            elif status and self._phase == 'running':  # somebody interrupted that process alone
                self._interrupt(role, status - 128)

    def _failed(self, role: Task, why: str) -> None:
        """Count a failure; start again what it takes, or give up."""
        self._failures += 1
        what = f'{role} ({self._cluster.address(role)}) {why}'
        if self._failures > self._cluster.retries:
            log.error(f'{what}: failure {self._failures} exceeds --coord_retries '
                      f'{self._cluster.retries}; giving up')
            self._end(1)
            return
        alone = bool(self._cluster.ps) and role.job == 'worker' and 'not been heard' not in why
        count = f'failure {self._failures} of {self._cluster.retries} allowed'
        if alone:
            log.warn(f'{what}; restarting it ({count})')
            return
        if self._phase == 'saving':
            log.warn(f'{what} while the run was stopping')
            self._end(self._status)
            return
        log.warn(f'{what}; restarting all from the newest checkpoint ({count})')
        self._phase, self._since = 'stopping', time.monotonic()
        self._ended.clear()
        self._bereft.clear()
        for task in list(self._lines):
            self._tell(task, 'stop')

    def _interrupt(self, task: Task, number: int) -> None:
        """Let those that train save and end; asked twice by the same, end at once."""
        if self._phase == 'saving' and task not in self._interrupters:
            self._interrupters.add(task)
            return
        self._status = 128 + number
        if self._phase != 'running':
            self._end(self._status)
            return
        self._interrupters.add(task)
        self._phase = 'saving'
        self._deadline = time.monotonic() + 2 * self._cluster.timeout + 60
        for other in list(self._lines):
            self._tell(other, f'signal {number}')

    def _watch(self) -> None:
        """Handle what comes with time: signs of life, silence, a complete crew."""
        now, cluster = time.monotonic(), self._cluster
        if now - self._said_alive > min(5, cluster.timeout / 4):
            self._said_alive = now
            for task in list(self._lines):
                self._tell(task, 'alive')
        for line in (*self._lines.values(), *self._strangers):
            if now - line.heard > cluster.timeout:
                self._drop(line, f'has not been heard from for {cluster.timeout:g} s')
        if self._bereft and self._phase == 'running':
            role, since = next(iter(self._bereft.items()))
            others = set(cluster.trainers) - self._bereft.keys() - self._ended.keys()
            if now - since > (cluster.timeout if others else _BLAME_SECS):
                self._failed(role, 'lost contact with the others')
        if self._phase in ('gathering', 'stopping') and not self._busy:
            self._gather(now)
        if self._phase == 'saving' and now > self._deadline:
            log.warn('the training processes did not stop in time after the interrupt')
            self._end(self._status)

    def _gather(self, now: float) -> None:
        """Begin an attempt if all guards are there; none has a process running."""
        missing = [task for task in self._cluster.tasks if task not in self._lines]
        if not missing:
            self._attempt += 1
            self._phase = 'running'
            for task in list(self._lines):
                self._busy.add(task)
                self._tell(task, f'start {self._attempt}')
            return
        names = ', '.join(f'{task} ({self._cluster.address(task)})' for task in missing)
        if now - self._since > max(10 * self._cluster.retries, self._cluster.timeout):
            log.error(f'{names} never connected; giving up')
            self._end(1)
        elif now - self._said_waiting > 10:
            self._said_waiting = now
            log.info(f'waiting for {names}')

    def _drop(self, line: Line, why: str) -> None:
        """Drop a guard that is gone or speaks nonsense."""
        line.close()
        if line in self._strangers:
            self._strangers.remove(line)
            return
        task = self._task_of(line)
        if task is None:
            return
        del self._lines[task]
        busy = task in self._busy
        self._busy.discard(task)
        if busy and self._phase in ('running', 'saving'):
            self._failed(task, why if why.startswith('has not') else 'is gone')

    def _task_of(self, line: Line) -> Task | None:
        """Return whose line it is; None for a guard that has not said, or a line that is gone."""
        return next((task for task, other in self._lines.items() if other is line), None)

    def _tell(self, task: Task, words: str) -> None:
        line = self._lines.get(task)
        if line:
            try:
                line.send(words)
                self._leader_knows |= task == self._cluster.leader and words.startswith('end ')
            except OSError as error:
                self._drop(line, str(error))

    def _end(self, status: int) -> None:
        if self._phase == 'ended':
            return
        self._phase, self._status = 'ended', status
        for task in list(self._lines):
            self._tell(task, f'end {status}')
