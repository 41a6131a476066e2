"""What `bin/run-cluster.sh` is asked for: how many processes, on which ports, and what they run."""
from __future__ import annotations

import os
import re
from dataclasses import dataclass

HELP = """Train on a cluster of processes on this machine; see doc/guide/distributed.md.

  bin/run-cluster.sh [--help] [--script script] [--port_base port] [p:w:g] <arg>*

  p:w:g        parameter servers, workers, and GPUs per worker (default 1:2:0);
               without parameter servers the workers train in step (all-reduce)
  --script     script to start instead of DeepSpeech.py, such as bin/run-ldc93s1.sh; it must pass
               its arguments on to DeepSpeech.py
  --port_base  first port (default 2000), such as 4000 for a second cluster on the same machine
  <arg>*       arguments for DeepSpeech.py

Parameter server i listens on localhost:2000+i, worker i on localhost:3000+i, the coordinator on
2500 and 2501 (--coord_port). With --port_base all of them move by the same distance."""
PORT_BASE = 2000  # of 2017, like what follows
_COORDINATOR, _WORKERS, SPAN = 500, 1000, 2000  # ports after the base, and from one to the next
_LAST_BASE = 65536 - SPAN
_MOST_PS, _MOST_WORKERS = _COORDINATOR, SPAN - _WORKERS  # so that the ports do not overlap
_MOST_GPUS = 64


@dataclass(frozen=True)
class Request:
    """A cluster on this machine.

    Attributes:
        ps, workers, gpus: how many; gpus of each worker.
        port_base: first of the ports.
        script: to start instead of DeepSpeech.py, if any.
        arguments: for DeepSpeech.py or the script.
    """

    ps: int
    workers: int
    gpus: int
    port_base: int
    script: str
    arguments: tuple[str, ...]

    @classmethod
    def of(cls, argv: list[str]) -> Request | None:
        """Read the command line; None if it asks for help.

        Raises:
            ValueError: it cannot be understood; the message is one line for the user.
        """
        base, rest = _port_base(argv)
        script = template = ''
        while rest:
            if rest[0] in ('--help', '-h'):
                return None
            if rest[0] == '--script':
                if len(rest) < 2:
                    raise ValueError('--script needs the name of a script')
                script, rest = rest[1], rest[2:]
                if not os.path.isfile(script):
                    raise ValueError(f'--script {_quoted(script)}: there is no such file')
            elif not template and _for_us(rest[0], script):
                template, rest = rest[0], rest[1:]
                ps, workers, gpus = _counts(template)
            else:
                break
        if not template:
            ps, workers, gpus = 1, 2, 0
        elif rest and _for_us(rest[0], script) and (rest[0] or not script):
            raise ValueError(f'{_quoted(rest[0])}: expected flags after {template}')
        request = cls(ps, workers, gpus, base, script, tuple(rest))
        users: dict[int, str] = {}
        for user, port in request.ports.items():
            if port in users:
                raise ValueError(f'--coord_port {request.coordinator_port}: {user} would have the '
                                 f'port of {users[port]}')
            users[port] = user
        return request

    @property
    def hosts(self) -> tuple[list[str], list[str]]:
        """host:port of each parameter server, and of each worker."""
        first = self.port_base + _WORKERS
        return ([f'localhost:{self.port_base + i}' for i in range(self.ps)],
                [f'localhost:{first + i}' for i in range(self.workers)])

    @property
    def coordinator_port(self) -> int:
        """Where the coordinator listens: 0 where that is for DeepSpeech.py to find out."""
        given = _given('coord_port', self.arguments)
        if given or self.port_base == PORT_BASE and _given('flagfile', self.arguments):
            sound = re.fullmatch('[0-9]{1,5}', given) and int(given) < 65535
            return int(given) if sound else 0
        return self.port_base + _COORDINATOR

    @property
    def flags(self) -> list[str]:
        """What tells DeepSpeech.py where the members are."""
        ps, workers = map(','.join, self.hosts)
        flags = ['--ps_hosts', ps, '--worker_hosts', workers]
        if self.port_base != PORT_BASE and not _given('coord_port', self.arguments):
            flags = ['--coord_port', str(self.coordinator_port), *flags]
        return flags

    @property
    def ports(self) -> dict[str, int]:
        """Every port that is known, by what uses it."""
        ports = {f'{job} {i}': int(host.rsplit(':', 1)[1])
                 for job, hosts in zip(('ps', 'worker'), self.hosts)
                 for i, host in enumerate(hosts)}
        if self.coordinator_port:
            ports['the coordinator'] = self.coordinator_port
            if self.ps:
                ports['chief 0'] = self.coordinator_port + 1
        return ports

    @property
    def other_ports(self) -> str:
        """What to do if one is in use."""
        other = self.port_base + SPAN
        if other > _LAST_BASE:
            other = PORT_BASE
        return ('if that is another cluster, wait for its end or pass another --port_base, such as '
                f'{other}')


def _for_us(word: str, script: str) -> bool:
    """Tell whether a word that should be p:w:g or a flag is to be read as p:w:g, right or wrong.

    A script may have arguments of its own: of those only what looks like an attempt is ours.
    """
    if script:
        return re.fullmatch(r'\s*|[-+\s]*[\w.]*\s*(:[-+\w.\s]*)+', word) is not None
    return re.match(r'--?[a-zA-Z]', word) is None


def _counts(template: str) -> tuple[int, int, int]:
    """Return the three numbers of p:w:g.

    Raises:
        ValueError: it is not of that form, or a number is out of range.
    """
    match = re.fullmatch(r'([0-9]{1,9}):([0-9]{1,9}):([0-9]{1,9})', template)
    if not match:
        raise ValueError(f'{_quoted(template)}: expected p:w:g, such as 1:2:0, followed by flags')
    ps, workers, gpus = map(int, match.groups())
    if not 1 <= workers <= _MOST_WORKERS or ps > _MOST_PS or gpus > _MOST_GPUS:
        raise ValueError(f'{_quoted(template)}: expected p:w:g with 1 to {_MOST_WORKERS} workers, '
                         f'up to {_MOST_PS} parameter servers and up to {_MOST_GPUS} GPUs each')
    return ps, workers, gpus


def _port_base(argv: list[str]) -> tuple[int, list[str]]:
    """Return --port_base, wherever it stands, and all other words.

    Raises:
        ValueError: it is no port that leaves room for the others.
    """
    base, others, words = PORT_BASE, [], iter(argv)
    for word in words:
        name, given, value = word.partition('=')
        if name != '--port_base':
            others.append(word)
            continue
        text = value if given else next(words, '')
        if not re.fullmatch('[0-9]{1,5}', text) or not 1 <= int(text) <= _LAST_BASE:
            raise ValueError(f'--port_base {_quoted(text)}: expected a port from 1 to '
                             f'{_LAST_BASE}, such as {PORT_BASE + SPAN}')
        base = int(text)
    return base, others


def _given(flag: str, arguments: tuple[str, ...]) -> str:
    """Return the value that arguments give to a flag; '' if none."""
    value = ''
    for word, following in zip(arguments, (*arguments[1:], '')):
        name, equals, text = word.partition('=')
        if name in (f'--{flag}', f'-{flag}'):
            value = text if equals else following
    return value


def _quoted(word: str) -> str:
    """Return it on one line of bearable length."""
    return repr(word if len(word) <= 60 else word[:57] + '...')
