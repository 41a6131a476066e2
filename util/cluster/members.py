"""Who takes part in a training on several machines, and what this process is among them.

    cluster = Cluster.of(settings)   # None: a single process
    cluster.mine                     # Task('worker', 0)
    cluster.roles                    # [Task('worker', 0), Task('chief', 0)]: processes it starts

With parameter servers (`ps`) the weights lie there, every worker learns from batches of its own,
and one coordinator, the chief, hands them out. Without, the workers learn from shares of the same
batch and add their gradients up. The members come from the flags, from TF_CONFIG, or from Slurm.
"""
from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import zlib
from dataclasses import dataclass, field

from util.cluster.ports import MEMBER, Claim
from util.cluster.token import TOKEN
from util.errors import UserError

ROLE, HEARTBEAT = 'DEEPSPEECH_ROLE', 'DEEPSPEECH_HEARTBEAT'  # environment of a guard's children
_SLURM_PORT = 8888  # of the first task on each node, as TensorFlow has it
_PORT_SECS = 15
_PREFIXES = {'ps': '[ps     ', 'worker': '[worker ', 'chief': '[chief   '}


@dataclass(frozen=True)
class ClusterSettings:
    """What the flags of the same names say about the cluster."""

    ps_hosts: str = ''
    worker_hosts: str = ''
    job_name: str = 'localhost'
    task_index: int = 0
    coord_host: str = 'localhost'
    coord_port: int = 2500
    coord_retries: int = 100
    coord_timeout: float = 60.0
    cluster_token: str = field(default='', repr=False)
    slurm_ps: int = 0
    log_traffic: bool = False


@dataclass(frozen=True)
class Task:
    """One place in the cluster."""

    job: str
    index: int

    def __str__(self) -> str:
        return f'{self.job} {self.index}'

    @property
    def prefix(self) -> str:
        """What stands before each of its lines, as in 2017."""
        return f'{_PREFIXES[self.job]}{self.index}] '


@dataclass(frozen=True)
class Cluster:
    """The members of a training.

    Attributes:
        ps: host:port of each parameter server; none: all-reduce.
        workers: host:port of each worker.
        coordinator: host:port where the guards meet (`util.cluster.control`); TensorFlow's part
            of the coordinator takes the port after it.
        mine: this process' task.
        retries: failures after which the run gives up, and tries to reach the coordinator.
        timeout: seconds without a sign of life that make a failure.
        apart: the chief is a task of its own (TF_CONFIG), not a child of worker 0.
        token: secret of the run.
    """

    ps: tuple[str, ...]
    workers: tuple[str, ...]
    coordinator: str
    mine: Task
    retries: int = 100
    timeout: float = 60
    apart: bool = False
    token: str = field(default='', repr=False)

    @classmethod
    def of(cls, settings: ClusterSettings) -> Cluster | None:
        """Return the cluster that the flags or the environment describe; None without one.

        Raises:
            UserError: the description makes no sense; the message says where.
        """
        if settings.job_name == 'slurm':
            return cls._of_config(_slurm_config(settings.slurm_ps), settings)
        if settings.worker_hosts or settings.ps_hosts:
            return cls._of_hosts(_split(settings.ps_hosts), _split(settings.worker_hosts),
                                 Task(settings.job_name, settings.task_index), settings)
        if settings.job_name != 'localhost':
            raise UserError(f'--job_name {settings.job_name} needs --worker_hosts: list the '
                            'workers of the cluster')
        text = os.environ.get('TF_CONFIG', '')
        if not text:
            return None
        try:
            config = json.loads(text)
            if not config.get('cluster'):
                return None
            return cls._of_config(config, settings)
        except (json.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise UserError('TF_CONFIG does not have the form {"cluster": {"worker": ["host:port", '
                            f'...]}}, "task": {{"type": "worker", "index": 0}}}}: {error!r}'
                            ) from error

    @classmethod
    def _of_config(cls, config: dict, settings: ClusterSettings) -> Cluster | None:
        """Read the record that TF_CONFIG holds."""
        jobs = {job: tuple(hosts) for job, hosts in config['cluster'].items()}
        task = Task(str(config['task']['type']), int(config['task']['index']))
        chief, workers = jobs.get('chief', ()), jobs.get('worker', ())
        ps = jobs.get('ps', ())
        if not chief or ps:
            return cls._of_hosts(ps, workers, task, settings, chief[0] if chief else '')
        # all-reduce has no chief of its own: it is worker 0
        task = Task('worker', 0 if task.job == 'chief' else task.index + 1)
        return cls._of_hosts((), chief + workers, task, settings)

    @classmethod
    def _of_hosts(cls, ps: tuple[str, ...], workers: tuple[str, ...], mine: Task,
                  settings: ClusterSettings, chief: str = '') -> Cluster:
        for job, hosts in (('chief', (chief,) if chief else ()), ('ps', ps), ('worker', workers)):
            last_port = 65534 if job == 'chief' else 65535  # it takes two
            for i, host in enumerate(hosts):
                match = re.fullmatch(r'(?:[^\s:,]+|\[[\da-fA-F:.]+\]):(\d{1,5})', host)
                if not match or not 1 <= int(match[1]) <= last_port:
                    raise UserError(f"{job} {i} is '{host}': expected host:port, with a port "
                                    f'from 1 to {last_port}')
        if not workers:
            raise UserError('a cluster needs at least one worker: pass --worker_hosts')
        limit = {'ps': len(ps), 'worker': len(workers), 'chief': 1 if chief else 0}.get(mine.job, 0)
        if not limit:
            raise UserError(f'--job_name {mine.job}: the cluster has no such job; expected '
                            + ('worker or ps' if ps else 'worker'))
        if not 0 <= mine.index < limit:
            raise UserError(f'--task_index {mine.index}: expected 0 to {limit - 1}, the '
                            f'cluster has {limit} of job {mine.job}')
        host = settings.coord_host
        if host == 'localhost':  # nobody else could reach that: the coordinator is with worker 0
            host = workers[0].rsplit(':', 1)[0]
        cluster = cls(ps, workers, chief or f'{host}:{settings.coord_port}', mine,
                      settings.coord_retries, settings.coord_timeout, bool(chief),
                      settings.cluster_token or os.environ.get(TOKEN, ''))
        chiefs = (cluster.address(Task('chief', 0)),) if ps else ()
        everyone = (*ps, *workers, cluster.coordinator, *chiefs)
        for address in everyone:
            if everyone.count(address) > 1:
                raise UserError(f"'{address}' is used twice in the cluster, whose coordinator "
                                f'is at {" and ".join((cluster.coordinator, *chiefs))}: each '
                                'process needs its own port')
        return cluster

    @property
    def tasks(self) -> list[Task]:
        """Every task that is started somewhere, each with a guard."""
        return ([Task('chief', 0)] if self.apart else []) + \
            [Task('ps', i) for i in range(len(self.ps))] + \
            [Task('worker', i) for i in range(len(self.workers))]

    @property
    def leader(self) -> Task:
        """The task whose guard the others report to."""
        return Task('chief', 0) if self.apart else Task('worker', 0)

    @property
    def roles(self) -> list[Task]:
        """The processes this task starts: itself, and in worker 0 the chief."""
        if self.ps and self.mine == self.leader and not self.apart:
            return [self.mine, Task('chief', 0)]
        return [self.mine]

    def trains(self, role: Task) -> bool:
        """Tell whether that process runs the training, rather than serving one that does."""
        return role.job == 'chief' or not self.ps

    @property
    def trainers(self) -> list[Task]:
        """The processes that run the training."""
        return [Task('chief', 0)] if self.ps else self.tasks

    def address(self, role: Task) -> str:
        """Return the host:port where TensorFlow listens in that process."""
        if role.job == 'chief':
            host, port = self.coordinator.rsplit(':', 1)
            return f'{host}:{int(port) + 1}'
        return (self.ps if role.job == 'ps' else self.workers)[role.index]

    @property
    def digest(self) -> int:
        """A number that is equal where all members are."""
        return zlib.crc32(repr((self.ps, self.workers, self.coordinator)).encode())

    def unknown_host(self) -> str:
        """Return which task's host has no address here, and why; '' if all have one."""
        for task in self.tasks:
            host = host_and_port(self.address(task))[0]
            try:
                socket.getaddrinfo(host, None)
            except OSError as error:
                return f"host '{host}' of {task} cannot be resolved here: {error.strerror}"
        return ''

    def strange_host(self) -> str:
        """Return which of our addresses is not of this machine, as far as visible; '' if none."""
        for role in self.roles:
            host = host_and_port(self.address(role))[0]
            for family, _, _, _, address in socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM):
                with contextlib.suppress(OSError), socket.socket(family) as probe:
                    probe.bind(address)
                    break
            else:
                return (f"'{self.address(role)}' of {role} is not an address of this machine: "
                        'unless traffic is forwarded here, other members cannot reach it')
        return ''

    def claim_ports(self) -> Claim:
        """Claim our own ports, before any process is started; one may be about to be left.

        Raises:
            UserError: one is in use.
        """
        ports = {str(role): host_and_port(self.address(role))[1] for role in self.roles}
        return Claim(MEMBER, ports, _PORT_SECS, 'stop what uses it, or choose another')


def host_and_port(address: str) -> tuple[str, int]:
    """Split host:port; IPv6 addresses stand in brackets."""
    host, port = address.rsplit(':', 1)
    return host.strip('[]'), int(port)


def my_role() -> Task | None:
    """Return the role in which a guard started this process; None if none did."""
    match = re.fullmatch(r'(ps|worker|chief) (\d+)', os.environ.get(ROLE, ''))
    return Task(match[1], int(match[2])) if match else None


def _split(hosts: str) -> tuple[str, ...]:
    return tuple(host.strip() for host in hosts.split(',') if host.strip())


_SLURM = '''
import json, os, sys
n_ps, port = int(sys.argv[1]), int(sys.argv[2])
n_tasks = int(os.environ.get('SLURM_STEP_NUM_TASKS') or os.environ['SLURM_NTASKS'])
jobs = {'ps': n_ps, 'worker': n_tasks - n_ps} if n_ps else {'worker': n_tasks}
import tensorflow as tf
gpus = len(tf.config.list_physical_devices('GPU'))
gpu = {} if gpus else {'gpus_per_node': n_tasks, 'gpus_per_task': 1}  # it cannot count to none
resolver = tf.distribute.cluster_resolver.SlurmClusterResolver(
    jobs, port_base=port, auto_set_gpu=gpus > 0, **gpu)
cluster = resolver.cluster_spec().as_dict()
job, index = resolver.get_task_info()
print(json.dumps({'cluster': cluster, 'task': {'type': job, 'index': index},
                  'gpus': os.environ.get('CUDA_VISIBLE_DEVICES', '')}))
'''


def _slurm_config(n_ps: int) -> dict:
    """Return what TensorFlow's resolver makes of Slurm's variables, asked in another process."""
    if os.environ.get(ROLE):  # the guard has asked already
        return json.loads(os.environ['TF_CONFIG'])
    if 'SLURM_PROCID' not in os.environ:
        raise UserError('--job_name slurm: not started by srun; see bin/job-template.sbatch')
    result = subprocess.run([sys.executable, '-c', _SLURM, str(n_ps), str(_SLURM_PORT)],
                            capture_output=True, text=True, check=False)
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ['no reason given'])[-1]
        raise UserError(f'--job_name slurm: cannot find out which task this is: {reason}')
    config = json.loads(result.stdout.splitlines()[-1])
    os.environ['TF_CONFIG'] = json.dumps(config)
    if config['gpus']:
        os.environ['CUDA_VISIBLE_DEVICES'] = config['gpus']
    return config
