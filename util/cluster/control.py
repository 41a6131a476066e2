"""Where the guards of a cluster meet: it starts, stops and ends all processes together.

The guard of worker 0 runs a `Control` on `--coord_host:--coord_port`. Every guard connects to it,
is let in by its `util.cluster.door` and exchanges the lines of `util.cluster.line` with it.

An attempt starts when all guards are there and none has a process running. A lost parameter server,
chief, or worker of the all-reduce ends the attempt, and the next one goes on from the newest
checkpoint; a lost worker beside parameter servers is started again by its guard, alone. Who is
bereft has ended because somebody else has: that one's guard says so, and is waited for.
"""
from __future__ import annotations

import selectors
import threading
import time

from util import log
from util.cluster.door import Door
from util.cluster.line import Line
from util.cluster.members import Cluster, Task
from util.errors import UserError

_FAREWELL_SECS = 15  # for the guards to end their processes and go
_BLAME_SECS = 5  # for the guard of a process that has died to say so


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
        try:
            self._door = Door(cluster.coordinator, cluster.token)
        except OSError as error:
            raise UserError(
                f'the coordinator cannot listen on {cluster.coordinator}: {error.strerror}; pass '
                f'another --coord_port, or the host of {cluster.leader} as --coord_host') from error

    def start(self) -> None:
        """Run beside the guard."""
        if self._door.open_to_others and not self._cluster.token:
            log.warn('this run has no --cluster_token: whoever reaches the coordinator at '
                     f'{self._cluster.coordinator} can end it')
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
            with selectors.PollSelector() as selector:
                for end in (*self._lines.values(), *self._door.ends):
                    selector.register(end, selectors.EVENT_READ)
                ready = [key.fileobj for key, _ in selector.select(0.5)]
            for line in ready:
                if isinstance(line, Line):
                    self._read(line)
                else:
                    self._door.accept()
            self._watch()

    def _read(self, line: Line) -> None:
        if not self._task_of(line):
            said = self._door.examine(line)
        else:
            try:
                said = line.receive()
            except OSError as error:
                self._drop(line, str(error))
                return
        self._hear(line, said)

    def _hear(self, line: Line, said: list[list[str]]) -> None:
        """Take in what a guard has said that knows the token."""
        try:
            for words in said:
                task = self._task_of(line)
                if task:
                    self._handle(task, words)
                elif not self._welcome(line, words):
                    break
        except OSError as error:
            self._drop(line, str(error))

    def _welcome(self, line: Line, words: list[str]) -> bool:
        """Admit a guard that says hello, or not; none of its processes runs yet."""
        if words[0] != 'hello':
            raise ConnectionAbortedError('no hello')
        task = Task(words[1], int(words[2]))
        if task not in self._cluster.tasks or int(words[3]) != self._cluster.digest:
            log.error(f'{task} at {line.peer} was started with different --ps_hosts, '
                      '--worker_hosts or --coord_host: all members need the same ones')
            self._door.refuse(line, 'hosts')
            if not self._attempt and self._cluster.token:  # it is one of us
                self._end(2)
            return False
        if task in self._lines:
            log.warn(f'{task} connected twice, now from {line.peer}; dropping the first connection')
            self._tell(task, 'end 2')
            if task in self._lines:
                self._door.see_off(self._lines.pop(task))
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
        return True

    def _rejoins(self, role: Task) -> bool:
        """Tell whether the attempt goes on without that process and takes it in again."""
        return bool(self._cluster.ps) and role.job == 'worker' and role != self._cluster.leader

    def _handle(self, task: Task, words: list[str]) -> None:
        if words[0] == 'hello':
            raise ConnectionAbortedError('a second hello')
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
        self._door.watch()
        for line in list(self._lines.values()):
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
