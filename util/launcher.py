"""A whole cluster on this machine: what `bin/run-cluster.sh` runs.

Starts the guard (`util.guard`) of each parameter server and worker, shows their lines, starts a
guard again that was killed, passes Ctrl-C and SIGTERM on, and exits with 0 only if all succeeded.
"""
from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import types

from util import log

HELP = """Trains on a cluster of processes on this machine; see doc/Distributed.md.

  bin/run-cluster.sh [--help] [--script script] [p:w:g] <arg>*

  p:w:g     parameter servers, workers, and GPUs of each worker (default 1:2:0);
            without parameter servers the workers train in step (all-reduce)
  --script  what to start instead of DeepSpeech.py, such as bin/run-ldc93s1.sh; it must pass its
            arguments on to DeepSpeech.py
  <arg>*    for DeepSpeech.py

Parameter server i listens on localhost:2000+i, worker i on localhost:3000+i, the coordinator on
2500 and 2501 (--coord_port)."""
_RESTARTS = 100  # of a guard that was killed
_GRACE_SECS = 20  # for the others, once worker 0 has ended
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Launcher:
    """The guards of a cluster.

    Args:
        ps, workers, gpus: how many; gpus of each worker.
        command: what to start.
    """

    def __init__(self, ps: int, workers: int, gpus: int, command: list[str]) -> None:
        self._gpus = gpus
        hosts = ['--ps_hosts', ','.join(f'localhost:{2000 + i}' for i in range(ps)),
                 '--worker_hosts', ','.join(f'localhost:{3000 + i}' for i in range(workers))]
        self._commands = {(job, i): [*command, *hosts, '--job_name', job, '--task_index', str(i)]
                          for job, n in (('ps', ps), ('worker', workers)) for i in range(n)}
        self._guards: dict[tuple[str, int], subprocess.Popen] = {}
        self._statuses: dict[tuple[str, int], int] = {}
        self._interrupts = 0

    def run(self) -> int:
        """Run to the end; return the exit status."""
        for number in _SIGNALS:
            signal.signal(number, self._interrupted)
        try:
            for task in self._commands:
                self._start(task)
            restarts, last_secs = 0, float('inf')
            while self._guards and time.monotonic() < last_secs:
                time.sleep(0.1)
                for task, guard in list(self._guards.items()):
                    status = guard.poll()
                    if status is None:
                        continue
                    del self._guards[task]
                    if status < 0 and restarts < _RESTARTS and not self._interrupts:
                        restarts += 1
                        log.warn(f'{task[0]} {task[1]} was killed by signal {-status}: it is '
                                 'started again')
                        self._start(task)
                        continue
                    self._statuses[task] = status if status >= 0 else 128 - status
                    if task == ('worker', 0) or status:
                        last_secs = min(last_secs, time.monotonic() + _GRACE_SECS)
        finally:
            late = [f'{job} {i}' for job, i in self._guards]
            for guard in self._guards.values():
                guard.kill()  # its processes die with it
                guard.wait()
        if late:
            log.warn(f'{", ".join(late)} did not end by itself')
        return max(self._statuses.values(), default=1) or int(bool(late))

    def _start(self, task: tuple[str, int]) -> None:
        job, index = task
        first = index * self._gpus
        visible = ','.join(str(i) for i in range(first, first + self._gpus))
        guard = subprocess.Popen(
            self._commands[task], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, 'CUDA_VISIBLE_DEVICES': visible if job == 'worker' else ''})
        self._guards[task] = guard
        threading.Thread(target=_show, args=(guard, f'[{job:<6} {index}] '), daemon=True).start()

    def _interrupted(self, number: int, frame: types.FrameType | None) -> None:
        """Once: let the training save and end. Twice: end at once. Three times: kill."""
        self._interrupts += 1
        for guard in list(self._guards.values()):
            guard.send_signal(number if self._interrupts < 3 else signal.SIGKILL)


def _show(guard: subprocess.Popen, prefix: str) -> None:
    """Print its lines; those that a guard says itself get its name."""
    assert guard.stdout
    for line in guard.stdout:
        text = line.decode(errors='replace').rstrip('\n')
        named = re.match(r'\[(?:ps|worker|chief) +\d+\] ', text)
        sys.stdout.write(f'{text if named else prefix + text}\n')
        sys.stdout.flush()


def parse(argv: list[str]) -> Launcher | int:
    """The launcher that the command line asks for, or the exit status of one that asks for none."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    rest, script = list(argv), ''
    template = '1:2:0'
    while rest:
        if rest[0] in ('--help', '-h'):
            print(HELP)
            return 0
        if rest[0] == '--script':
            if len(rest) < 2:
                print('E --script needs the name of a script', file=sys.stderr)
                return 2
            script, rest = rest[1], rest[2:]
        elif re.fullmatch(r'\d+:\d+:\d+', rest[0]):
            template, rest = rest[0], rest[1:]
        else:
            break
    ps, workers, gpus = map(int, template.split(':'))
    if not workers or ps > 500 or workers > 1000:
        print(f'E {template}: expected p:w:g with at least one worker', file=sys.stderr)
        return 2
    if script and not os.path.isfile(script):
        print(f"E --script: there is no file '{script}'", file=sys.stderr)
        return 2
    if not script:
        command = [sys.executable, '-u', os.path.join(root, 'DeepSpeech.py')]
    elif script.endswith('.py'):
        command = [sys.executable, '-u', script]
    else:
        command = ['bash', script]
    return Launcher(ps, workers, gpus, [*command, *rest])


def main(argv: list[str]) -> int:
    """What bin/run-cluster.sh does."""
    launcher = parse(argv)
    return launcher if isinstance(launcher, int) else launcher.run()


if __name__ == '__main__':
    log.run(main, sys.argv[1:])
