"""A whole cluster on this machine: what `bin/run-cluster.sh` runs.

Starts the guard (`util.cluster.guard`) of each parameter server and worker, shows their lines,
starts a guard again that was killed, passes interrupts on, and exits with 0 only if all succeeded.
"""
from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
import types

from util import errors, interrupt
from util.cluster.members import Task
from util.cluster.ports import CLUSTER, Claim
from util.cluster.relay import Relay
from util.cluster.request import HELP, Request
from util.cluster.token import TOKEN, new, out_of_sight

_RESTARTS = 100  # of a guard that was killed
_PORT_SECS = 3  # for a cluster that has just ended to leave its ports
_ASK_SECS, _GRACE_SECS = 5, 20  # for the others, once worker 0 has ended or one has failed


class Started:
    """The guard of a task, or a script that starts it: all that prints through it is one thing.

    Args:
        command: what to start.
        prefix: of lines that do not bear the name of a process yet.
        environment: beside our own.
        relay: prints the lines.
        guard: whether it is a guard, not a script.
    """

    def __init__(self, command: list[str], prefix: str, environment: dict[str, str],
                 relay: Relay, guard: bool) -> None:
        # In a session, and so a process group, of its own: a Ctrl-C reaches it through us
        with interrupt.held() if guard else contextlib.nullcontext():
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, start_new_session=True,
                env={**os.environ, **environment})
        self._prefix, self._relay = prefix, relay
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            text = line.decode(errors='replace').rstrip('\n')
            named = re.match(r'\[(?:ps|worker|chief) +\d+\] ', text)
            self._relay.line(text if named else self._prefix + text)

    def poll(self) -> int | None:
        """Exit status, negative for a signal, once nothing of it runs any more."""
        return None if self._reader.is_alive() else self._process.poll()

    def signal(self, number: int) -> None:
        """Send a signal to the script and to what it has started."""
        if self._process.returncode is None:  # not waited for: the number is nobody else's yet
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """End it at once, and wait for that. The processes of a guard die with it."""
        self.signal(signal.SIGKILL)
        self._process.wait()


class Launcher:
    """The guards of a cluster.

    Args:
        request: what they are to be.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._token = os.environ.get(TOKEN) or new()  # so that no other run's members join
        command = [*_program(request.script), *request.arguments, *request.flags]
        self._commands = {(job, i): [*command, '--job_name', job, '--task_index', str(i)]
                          for job, hosts in zip(('ps', 'worker'), request.hosts)
                          for i in range(len(hosts))}
        self._guards: dict[tuple[str, int], Started] = {}
        self._statuses: dict[tuple[str, int], int] = {}
        self._interrupt = self._interrupts = 0  # the last one, and how many
        self._relay = Relay()

    def run(self) -> int:
        """Run to the end; return the exit status.

        Raises:
            UserError: a port is in use.
        """
        ports = Claim(CLUSTER, self._request.ports, _PORT_SECS, self._request.other_ports)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # by nohup
                signal.signal(number, self._interrupted)
        try:
            for task in self._commands:
                self._start(task)
            restarts, over_secs, asked = 0, float('inf'), False
            while self._guards and time.monotonic() < over_secs + _GRACE_SECS:
                time.sleep(0.1)
                if time.monotonic() > over_secs + _ASK_SECS and not asked:
                    asked = True
                    for guard in self._guards.values():
                        guard.signal(signal.SIGTERM)
                for task, guard in list(self._guards.items()):
                    status = guard.poll()
                    if status is None:
                        continue
                    del self._guards[task]
                    if status < 0 and restarts < _RESTARTS and not (asked or self._interrupts):
                        restarts += 1
                        self._relay.line(f'{Task(*task).prefix}W {Task(*task)} was killed by '
                                         f'signal {-status}; restarting it')
                        self._start(task)
                        continue
                    self._statuses[task] = status if status >= 0 else 128 - status
                    if task == ('worker', 0) or status:
                        over_secs = min(over_secs, time.monotonic())
        finally:
            late = list(self._guards)
            for guard in self._guards.values():
                guard.kill()
            ports.close()
        for task in late:
            self._relay.line(f'{Task(*task).prefix}W {Task(*task)} did not stop; killed it')
        first_failure = next((status for status in self._statuses.values() if status), 0)
        return first_failure or int(bool(late))

    def _start(self, task: tuple[str, int]) -> None:
        job, index = task
        gpus = self._request.gpus
        visible = range(index * gpus, (index + 1) * gpus) if job == 'worker' else ()
        environment = {'CUDA_VISIBLE_DEVICES': ','.join(map(str, visible)), TOKEN: self._token}
        guard = self._guards[task] = Started(self._commands[task], Task(job, index).prefix,
                                             environment, self._relay,
                                             guard=not self._request.script)
        if self._interrupts:  # it came while we were starting
            guard.signal(self._interrupt)

    def _interrupted(self, number: int, frame: types.FrameType | None) -> None:
        """Let the training save and end; the second time end it at once, the third time kill it."""
        self._interrupts += 1
        self._interrupt = signal.SIGINT if number == signal.SIGINT else signal.SIGTERM
        for guard in list(self._guards.values()):
            guard.signal(self._interrupt if self._interrupts < 3 else signal.SIGKILL)


def _program(script: str) -> list[str]:
    """Return the command that starts the script, or else DeepSpeech.py."""
    if script and not script.endswith('.py'):
        return ['bash', script]
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return [sys.executable, '-u', script or os.path.join(root, 'DeepSpeech.py')]


def main(argv: list[str]) -> int:
    """Do the work of bin/run-cluster.sh and return the exit status."""
    out_of_sight()
    try:
        request = Request.of(argv)
    except ValueError as error:
        print(f'E {error}; see --help', file=sys.stderr)
        return 2
    if not request:
        print(HELP)
        return 0
    return Launcher(request).run()


if __name__ == '__main__':
    errors.run(main, sys.argv[1:])
