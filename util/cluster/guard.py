"""Keep the processes of one task of a cluster alive, and end them.

Every `DeepSpeech.py` that is started as part of a cluster becomes a guard before TensorFlow is
loaded. It starts the processes of its task (in worker 0 of a cluster with parameter servers also
the chief), puts their names before their lines, and does what `util.cluster.control` says. A
process that dies is reported; one that gives no sign of life for `--coord_timeout` seconds is
killed. Ctrl-C or SIGTERM at any guard lets the training save a checkpoint and ends the whole run.
"""
from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import types

from util import errors, interrupt, log
from util.cluster.control import Control
from util.cluster.door import introduce
from util.cluster.line import Line, log_traffic
from util.cluster.members import HEARTBEAT, ROLE, Cluster, ClusterSettings, Task, host_and_port
from util.cluster.pulse import LOST, pulse
from util.cluster.relay import Relay
from util.cluster.token import out_of_sight
from util.errors import UserError

_STUCK_STEPS = 20  # times the longest time between two steps without one: alive, but stuck ...
_STUCK_TIMEOUTS = 3, 10  # ... but at least and at most so many times the timeout
_RETRY_SECS = (0.2, 0.5, 1, 2, 5, 10)  # between tries to reach the control; then always the last
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Child:
    """A process of ours: its lines, and its signs of life.

    Args:
        role: its place in the cluster.
        command: its command line.
        environment: beside our own.
        relay: prints its lines.
    """

    def __init__(self, role: Task, command: list[str], environment: dict[str, str],
                 relay: Relay) -> None:
        self.role, self._relay = role, relay
        read_end, write_end = os.pipe()
        os.set_inheritable(write_end, True)
        # In a session of its own: Ctrl-C reaches it through the control, when all can save
        with interrupt.held():
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, start_new_session=True, pass_fds=[write_end],
                env={**os.environ, **environment, ROLE: str(role), HEARTBEAT: str(write_end)})
        os.close(write_end)
        self._beats = read_end
        os.set_blocking(read_end, False)
        self._heard = time.monotonic()
        self._stepped = float('inf')
        self._slowest = 0.0  # seconds between two steps
        self._talk = threading.Thread(target=self._print, daemon=True)
        self._talk.start()

    def _print(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            text = line.decode(errors='replace').rstrip('\n')
            self._relay.line(self.role.prefix + text)

    @property
    def silent_secs(self) -> float:
        """Since the last sign of life."""
        with contextlib.suppress(BlockingIOError):
            said = os.read(self._beats, 4096)
            if said:
                self._heard = time.monotonic()
            if b's' in said:
                self._slowest = max(self._slowest, self._heard - self._stepped)
                self._stepped = self._heard
            if said.strip(b'.').endswith(b'r'):
                self._stepped = float('inf')
        return time.monotonic() - self._heard

    @property
    def stuck_secs(self) -> float:
        """Since the last step, while it makes steps."""
        return time.monotonic() - self._stepped

    def step_patience(self, timeout: float) -> float:
        """Return the seconds without a step after which it counts as stuck.

        Args:
            timeout: `--coord_timeout`, in seconds; what holds this one up is noticed first.
        """
        least, most = (count * timeout for count in _STUCK_TIMEOUTS)
        return min(most, max(least, _STUCK_STEPS * self._slowest))

    def poll(self) -> int | None:
        """Exit status, negative for a signal, once it has ended."""
        return self._process.poll()

    def signal(self, number: int) -> None:
        """Send it a signal."""
        if self.poll() is None:
            self._process.send_signal(number)

    def end(self, wait: float = 0) -> None:
        """End it, and wait until it has ended.

        Args:
            wait: seconds it may take to end by itself.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(wait)
        if self.poll() is None:
            self._process.kill()
            self._process.wait()
        self._talk.join(5)
        os.close(self._beats)


class Guard:
    """Starts the processes of this task when the control says so.

    Args:
        cluster: who takes part, and what we are.
        command: the command line of the processes.
    """

    def __init__(self, cluster: Cluster, command: list[str]) -> None:
        self._cluster, self._command = cluster, command
        self._children: dict[Task, Child] = {}
        self._line: Line | None = None
        self._tries, self._next_try, self._first_try = 0, 0.0, 0.0
        self._signal = 0  # the last interrupt
        self._signal_said = False  # to the control
        self._attempt = 0
        self._said_alive = 0.0
        self._interrupts = 0
        self._asked_to_save = False
        self._relay = Relay()

    def run(self) -> int:
        """Guard until the end and return the exit status."""
        for number in _SIGNALS:
            signal.signal(number, self._interrupted)
        self._wait_for_hosts()
        if not self._signal and (strange := self._cluster.strange_host()):
            log.warn(strange)
        ports = self._cluster.claim_ports()
        control = None
        if self._cluster.mine == self._cluster.leader:
            control = Control(self._cluster)
            control.start()
        try:
            while True:
                if control:
                    control.check()
                status = self._turn()
                if status is not None:
                    break
        finally:
            self._end_children()
        if self._line:
            self._line.close()
        ports.close()
        if control:
            control.farewell()
        return status

    def _wait_for_hosts(self) -> None:
        """Wait until all hosts are known: those started at the same time may take a moment."""
        end, tries = time.monotonic() + self._cluster.timeout, 0
        while (unknown := self._cluster.unknown_host()) and not self._signal:
            if time.monotonic() > end:
                raise UserError(unknown)
            if tries % 10 == 0:
                log.warn(unknown)
            tries += 1
            time.sleep(1)

    def _turn(self) -> int | None:
        """Do what is due; the exit status at the end."""
        if not self._line and time.monotonic() >= self._next_try:
            self._connect()
        if self._signal and not self._line:
            return 128 + self._signal
        try:
            status = self._listen()
            if status is not None:
                return status
            if self._signal and self._line and not self._signal_said:
                self._signal_said = True
                self._send(f'interrupted {self._signal}')
            self._look_after_children()
            if time.monotonic() - self._said_alive > min(5, self._cluster.timeout / 4):
                self._said_alive = time.monotonic()
                self._send('alive')
        except OSError as error:
            log.warn(f'{self._cluster.mine}: lost the coordinator at '
                     f'{self._cluster.coordinator} ({error.strerror or error})')
            self._forget()
        return None

    def _connect(self) -> None:
        """Try to reach the control.

        Raises:
            UserError: it is not ours, or it has been tried `--coord_retries` times, for 10 s each.
        """
        cluster = self._cluster
        try:
            connection = socket.create_connection(host_and_port(cluster.coordinator), 10)
            self._line = Line.of_guard(connection)
            stranger = introduce(self._line, cluster.token, lambda: self._signal != 0)
            if stranger:
                raise UserError(f'{cluster.mine}: the coordinator at {cluster.coordinator} is not '
                                f'ours: {stranger}')
            self._line.send(f'hello {cluster.mine} {cluster.digest}')
            self._tries = 0
        except OSError as error:
            if self._line:
                self._line.close()
            self._line = None
            self._tries += 1
            if self._tries == 1:
                self._first_try = time.monotonic()
            waited = time.monotonic() - self._first_try
            reason = error.strerror or error
            if self._tries > cluster.retries and waited >= cluster.retries * _RETRY_SECS[-1]:
                raise UserError(
                    f'{cluster.mine}: no coordinator at {cluster.coordinator} after {self._tries} '
                    f'attempts ({reason}): start {cluster.leader}, or pass the right --coord_host '
                    'and --coord_port') from error
            if self._tries >= len(_RETRY_SECS):
                log.info(f'{cluster.mine}: no coordinator at {cluster.coordinator} yet ({reason}), '
                         f'attempt {self._tries}')
            self._next_try = time.monotonic() + _RETRY_SECS[min(self._tries, len(_RETRY_SECS)) - 1]

    def _listen(self) -> int | None:
        """Wait a moment for the control, and obey it; the exit status if it gives one."""
        if not self._line:
            time.sleep(0.1)
            return None
        if said := self._line.receive_within(0.2):
            for words in said:
                if words[0] == 'start':
                    self._attempt = int(words[1])
                    self._end_children()
                    for role in self._cluster.roles:
                        self._start(role)
                elif words[0] == 'stop':
                    self._end_children()
                    self._send('stopped')
                elif words[0] == 'signal':
                    self._asked_to_save = True
                    for child in self._children.values():
                        if self._cluster.trains(child.role):
                            child.signal(int(words[1]))
                elif words[0] == 'refused':
                    log.error(f'{self._cluster.mine}: refused by the coordinator at '
                              f'{self._cluster.coordinator}; its output says why')
                    return 2
                elif words[0] == 'end':
                    if words[1] == '2' and not self._attempt:
                        log.error(f'{self._cluster.mine}: the coordinator at '
                                  f'{self._cluster.coordinator} ended the run; its output says why')
                    return int(words[1])
        elif time.monotonic() - self._line.heard > self._cluster.timeout:
            raise TimeoutError(f'no heartbeat for {self._cluster.timeout:g} s')
        return None

    def _start(self, role: Task) -> None:
        environment = {}
        if role.job != 'worker':  # only workers compute
            environment['CUDA_VISIBLE_DEVICES'] = ''
        if self._attempt > 1:
            environment['DEEPSPEECH_ATTEMPT'] = str(self._attempt)
        self._children[role] = Child(role, self._command, environment, self._relay)

    def _look_after_children(self) -> None:
        for role, child in list(self._children.items()):
            status = child.poll()
            if status is None:
                # TensorFlow may hold the chief up while a worker hangs: its guard comes first
                patience = self._cluster.timeout * (2 if role.job == 'chief' else 1)
                if child.silent_secs > patience:
                    self._gone(role, f'sent no heartbeat for {patience:g} s')
                elif child.stuck_secs > child.step_patience(self._cluster.timeout):
                    self._gone(role, f'completed no step for {child.stuck_secs:.0f} s')
            elif status == LOST:
                self._gone(role, '', f'bereft {role}')
            elif status == 0 and self._cluster.trains(role):
                self._gone(role, '', f'done {role}')
            elif status > 0 or status and self._asked_to_save:
                self._gone(role, '', f'failed {role} {status if status > 0 else 128 - status}')
            else:
                self._gone(role, f'was killed by signal {-status}' if status else 'ended')

    def _gone(self, role: Task, why: str, report: str = '') -> None:
        """Report a process that has ended; start a worker beside parameter servers again."""
        self._children.pop(role).end()
        self._send(report or f'lost {role} {why}')
        if not report and self._cluster.ps and role.job == 'worker':
            self._start(role)

    def _end_children(self) -> None:
        for child in self._children.values():
            child.end()
        self._children.clear()

    def _forget(self) -> None:
        """Drop the control, and end everything: without it the others may go on without us."""
        if self._line:
            self._line.close()
        self._line, self._next_try = None, time.monotonic() + _RETRY_SECS[0]
        self._end_children()

    def _send(self, words: str) -> None:
        if self._line:
            self._line.send(words)

    def _interrupted(self, number: int, frame: types.FrameType | None) -> None:
        self._interrupts += 1
        self._signal, self._signal_said = number, False
        if self._interrupts > 2:  # the user is in earnest
            for child in self._children.values():
                child.signal(signal.SIGKILL)
            os._exit(128 + number)


def guard(settings: ClusterSettings, argv: list[str]) -> None:
    """Become a guard if the command line or the environment asks for a cluster, and never return.

    In a process that a guard has started: give signs of life, and return.
    """
    interrupt.let_through()
    if ROLE in os.environ:
        _give_signs_of_life(int(os.environ[HEARTBEAT]))
        return

    try:
        cluster = Cluster.of(settings)
    except UserError as error:
        log.error(error)
        sys.exit(1)
    if cluster:
        out_of_sight()
        if settings.log_traffic:
            log_traffic.set()
        errors.run(Guard(cluster, [sys.executable, '-u', *argv]).run)


def _give_signs_of_life(pipe: int) -> None:
    """Write to the guard's pipe all the time, and die with the guard, even when stopped."""
    os.set_inheritable(pipe, False)
    parent = os.getppid()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(LOST)

    pulse.start(pipe)
