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
from util.cluster.relay import Relay

HELP = """Train on a cluster of processes on this machine; see doc/guide/distributed.md.

  bin/run-cluster.sh [--help] [--script script] [p:w:g] <arg>*

  p:w:g     parameter servers, workers, and GPUs per worker (default 1:2:0);
            without parameter servers the workers train in step (all-reduce)
  --script  script to start instead of DeepSpeech.py, such as bin/run-ldc93s1.sh; it must pass
            its arguments on to DeepSpeech.py
  <arg>*    arguments for DeepSpeech.py

Parameter server i listens on localhost:2000+i, worker i on localhost:3000+i, the coordinator on
2500 and 2501 (--coord_port)."""
_RESTARTS = 100  # of a guard that was killed
_ASK_SECS, _GRACE_SECS = 5, 20  # for the others, once worker 0 has ended or one has failed
_MOST_SERVERS, _MOST_WORKERS = 500, 1000  # so that the ports do not overlap


class Started:
    """The guard of a task, or a script that starts it: all that prints through it is one thing.

    Args:
        command: what to start.
        prefix: of lines that do not bear the name of a process yet.
        gpus: value of CUDA_VISIBLE_DEVICES.
        relay: prints the lines.
        guard: whether it is a guard, not a script.
    """

    def __init__(self, command: list[str], prefix: str, gpus: str, relay: Relay,
                 guard: bool) -> None:
        # In a session, and so a process group, of its own: a Ctrl-C reaches it through us
        with interrupt.held() if guard else contextlib.nullcontext():
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, start_new_session=True,
                env={**os.environ, 'CUDA_VISIBLE_DEVICES': gpus})
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
        ps, workers, gpus: how many; gpus of each worker.
        command: what to start.
        guard: whether that is a guard, not a script.
    """

    def __init__(self, ps: int, workers: int, gpus: int, command: list[str], guard: bool) -> None:
        self._gpus, self._guard = gpus, guard
        hosts = ['--ps_hosts', ','.join(f'localhost:{2000 + i}' for i in range(ps)),
                 '--worker_hosts', ','.join(f'localhost:{3000 + i}' for i in range(workers))]
        self._commands = {(job, i): [*command, *hosts, '--job_name', job, '--task_index', str(i)]
                          for job, n in (('ps', ps), ('worker', workers)) for i in range(n)}
        self._guards: dict[tuple[str, int], Started] = {}
        self._statuses: dict[tuple[str, int], int] = {}
        self._interrupt = self._interrupts = 0  # the last one, and how many
        self._relay = Relay()

    def run(self) -> int:
        """Run to the end; return the exit status."""
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
        for task in late:
            self._relay.line(f'{Task(*task).prefix}W {Task(*task)} did not stop; killed it')
        first_failure = next((status for status in self._statuses.values() if status), 0)
        return first_failure or int(bool(late))

    def _start(self, task: tuple[str, int]) -> None:
        job, index = task
        first = index * self._gpus
        visible = range(first, first + self._gpus) if job == 'worker' else ()
        guard = self._guards[task] = Started(self._commands[task], Task(job, index).prefix,
                                             ','.join(map(str, visible)), self._relay,
                                             self._guard)
        if self._interrupts:  # it came while we were starting
            guard.signal(self._interrupt)

    def _interrupted(self, number: int, frame: types.FrameType | None) -> None:
        """Let the training save and end; the second time end it at once, the third time kill it."""
        self._interrupts += 1
        self._interrupt = signal.SIGINT if number == signal.SIGINT else signal.SIGTERM
        for guard in list(self._guards.values()):
            guard.signal(self._interrupt if self._interrupts < 3 else signal.SIGKILL)


def parse(argv: list[str]) -> Launcher | int:
    """Return the launcher that the command line asks for, or an exit status if there is none."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    rest, script = list(argv), ''
    template = '1:2:0'
    while rest:
        if rest[0] in ('--help', '-h'):
            print(HELP)
            return 0
        if rest[0] == '--script':
            if len(rest) < 2:
                return _misuse('--script needs the name of a script')
            script, rest = rest[1], rest[2:]
        elif re.fullmatch(r'\d+:\d+:\d+', rest[0]):
            template, rest = rest[0], rest[1:]
        else:
            break
    ps, workers, gpus = map(int, template.split(':'))
    if rest and (re.fullmatch(r'[\w.]*(:[\w.-]*)+', rest[0]) if script else rest[0][:1] != '-'):
        return _misuse(f"'{rest[0]}': expected p:w:g, such as 1:2:0, followed by flags")
    if not 1 <= workers <= _MOST_WORKERS or ps > _MOST_SERVERS:
        return _misuse(f"'{template}': expected p:w:g with 1 to {_MOST_WORKERS} workers and up to "
                       f'{_MOST_SERVERS} parameter servers')
    if script and not os.path.isfile(script):
        return _misuse(f"--script '{script}': there is no such file")
    if not script:
        command = [sys.executable, '-u', os.path.join(root, 'DeepSpeech.py')]
    elif script.endswith('.py'):
        command = [sys.executable, '-u', script]
    else:
        command = ['bash', script]
    return Launcher(ps, workers, gpus, [*command, *rest], guard=not script)


def _misuse(what: str) -> int:
    print(f'E {what}; see --help', file=sys.stderr)
    return 2


def main(argv: list[str]) -> int:
    """Do the work of bin/run-cluster.sh and return the exit status."""
    launcher = parse(argv)
    return launcher if isinstance(launcher, int) else launcher.run()


if __name__ == '__main__':
    errors.run(main, sys.argv[1:])
