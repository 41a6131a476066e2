"""How the processes of a training share its work. The training itself does not know how many.

    Crew          one process: calls everything itself
    AllReduce     some workers, each with its share of every batch (MultiWorkerMirroredStrategy)
    Coordinator   the chief of some workers whose weights are on parameter servers

A crew hands out data (`share`, `portion`), carries out calls (`map`), and lets the processes tell
each other what they found (`gather`, `from_chief`).
"""
from __future__ import annotations

import collections
import contextlib
import dataclasses
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from util import errors, log
from util.cluster.devices import DeviceSettings, configure, local_strategy
from util.cluster.members import Cluster, Task, my_role
from util.cluster.pulse import LOST, pulse
from util.data.dataset import lone_batch
from util.errors import UserError

_SERVER_THREADS = 16  # that wait for the network rather than compute
_WINDOW = 2  # calls under way for each worker of a coordinator
_FETCH_SECS = 0.5  # between tries to fetch a result that was lost
_WORKER_ERRORS = (tf.errors.UnavailableError, tf.errors.AbortedError,
                  tf.errors.InvalidArgumentError)  # of a worker that is gone, or that is another
_LOST_ERRORS = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError,
                tf.errors.DeadlineExceededError, tf.errors.InternalError,
                tf.errors.FailedPreconditionError, tf.errors.UnknownError)


class Crew:
    """A single process, which does all itself."""

    n_workers = 1
    index = 0
    processes = 1  # that take part in each step

    def __init__(self, strategy: tf.distribute.Strategy | None = None) -> None:
        self.strategy = strategy or tf.distribute.get_strategy()
        self.pulse = pulse

    @property
    def chief(self) -> bool:
        """Whether this process writes the checkpoints and reports."""
        return self.index == 0

    def share(self, plan: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
        """Return our utterances of each batch that is learnt from."""
        return plan

    def portion(self, plan: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
        """Return our batches of a set that is evaluated."""
        return plan

    def every(self, batches: Iterable[dict], first: int, last: int, n_input: int,
              n_context: int) -> Iterable[dict]:
        """Yield a batch for every position from first to last, if all must take every step."""
        return batches

    def map(self, function: Callable, calls: Iterable[tuple]) -> Iterator[tuple[tuple, Any]]:
        """Yield the arguments and results of every call, in order.

        Args:
            function: compiled by `tf.function`.
            calls: arguments, made while earlier calls are under way.
        """
        for call in calls:
            yield call, function(*call)
            self.pulse.step()
        self.pulse.rest()

    def gather(self, words: bytes) -> list[bytes]:
        """Return what each process says, in the order of the workers."""
        return [words]

    def any(self, flag: object) -> bool:
        """Tell whether the flag is set in any process."""
        return any(self.gather(b'1' if flag else b''))

    def from_chief(self, words: bytes) -> bytes:
        """Return what the chief says, in all processes."""
        return self.gather(words if self.chief else b'')[0]

    def spread(self, variables: Iterable[tf.Variable]) -> None:
        """Give the variables the chief's values, in all processes."""

    def farewell(self) -> None:
        """Wait until the chief has finished: it needs the others to the last."""


class AllReduce(Crew):
    """Workers that take every step together.

    Args:
        cluster: who takes part.
        role: which worker we are.
        gpus: ours.
    """

    def __init__(self, cluster: Cluster, role: Task, gpus: list) -> None:
        resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
            tf.train.ClusterSpec({'worker': list(cluster.workers)}), task_type='worker',
            task_id=role.index, rpc_layer='grpc')
        # Left to itself TensorFlow sends what GPUs have computed through its own ring over gRPC
        kinds = tf.distribute.experimental.CommunicationImplementation
        options = tf.distribute.experimental.CommunicationOptions(
            implementation=kinds.NCCL if gpus else kinds.RING)
        super().__init__(tf.distribute.MultiWorkerMirroredStrategy(
            resolver, communication_options=options))
        self.n_workers = self.processes = len(cluster.workers)
        self.index = role.index
        self._reduce = tf.function(self._sum, autograph=False, reduce_retracing=True)

    def share(self, plan: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
        """Cut each batch: every worker takes its utterances of all."""
        return [batch[self.index::self.n_workers] for batch in plan]

    def portion(self, plan: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
        """Deal the batches out."""
        return plan[self.index::self.n_workers]

    def every(self, batches: Iterable[dict], first: int, last: int, n_input: int,
              n_context: int) -> Iterable[dict]:
        """Fill up where our share of a batch is empty, with an utterance that does not count."""
        due = first
        for batch in batches:
            for position in range(due, int(batch['position'])):
                yield _filler(position, n_input, n_context)
            due = int(batch['position']) + 1
            yield batch
        for position in range(due, last):
            yield _filler(position, n_input, n_context)

    def gather(self, words: bytes) -> list[bytes]:
        """Exchange sizes, then words, as sums to which each worker adds its row of a table."""
        sizes = np.zeros(self.n_workers, np.int32)
        sizes[self.index] = len(words)
        sizes = self._reduce(tf.constant(sizes)).numpy()
        if not sizes.max():
            return [b''] * self.n_workers
        table = np.zeros([self.n_workers, sizes.max()], np.int32)
        table[self.index, :len(words)] = np.frombuffer(words, np.uint8)
        table = self._reduce(tf.constant(table)).numpy()
        return [row[:size].astype(np.uint8).tobytes() for row, size in zip(table, sizes)]

    def spread(self, variables: Iterable[tf.Variable]) -> None:
        """Add the chief's values up with zeros of the others."""
        for variable in variables:
            value = variable.numpy()
            value = self._reduce(tf.constant(value if self.chief else np.zeros_like(value)))
            variable.assign(value)

    def farewell(self) -> None:
        """Meet the others once more."""
        # The first to leave may be gone before its last words have reached everyone
        with contextlib.suppress(*_LOST_ERRORS):
            self.gather(b'')

    def _sum(self, value: tf.Tensor) -> tf.Tensor:
        """Return the sum over the workers; with several GPUs the first speaks for its worker."""
        local = self.strategy.num_replicas_in_sync // self.n_workers

        def share() -> tf.Tensor:
            replica = tf.distribute.get_replica_context()
            mine = tf.identity(value)  # on this device
            if local > 1:
                first = replica.replica_id_in_sync_group % local == 0
                mine = tf.where(first, mine, tf.zeros_like(mine))
            return replica.all_reduce(tf.distribute.ReduceOp.SUM, mine)

        return self.strategy.experimental_local_results(self.strategy.run(share))[0]


class Coordinator(Crew):
    """The chief of workers whose weights are on parameter servers.

    It makes the batches itself and hands them out; each is learnt from at least once, a second time
    only if its worker died before it could say that it had finished.

    Args:
        cluster: who takes part.
    """

    def __init__(self, cluster: Cluster) -> None:
        spec = _spec(cluster, chief=True)
        resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
            spec, task_type='chief', task_id=0, rpc_layer='grpc')
        super().__init__(tf.distribute.ParameterServerStrategy(resolver))
        self.n_workers = len(cluster.workers)
        self._coordinator = tf.distribute.coordinator.ClusterCoordinator(self.strategy)

    def map(self, function: Callable, calls: Iterable[tuple]) -> Iterator[tuple[tuple, Any]]:
        """Hand the calls out to the workers; yield results in the order of the calls."""
        under_way: collections.deque = collections.deque()
        for call in calls:
            under_way.append((call, self._coordinator.schedule(function, args=call)))
            if len(under_way) >= _WINDOW * self.n_workers:
                call, result = under_way.popleft()
                yield call, self._fetch(result)
                self.pulse.step()
        while under_way:
            call, result = under_way.popleft()
            yield call, self._fetch(result)
            self.pulse.step()
        self.pulse.rest()

    def _fetch(self, result: Any) -> Any:
        """Wait for a result. One lost with its worker on the way to us is computed again."""
        while True:
            try:
                return result.fetch()
            except _WORKER_ERRORS as error:
                if '/job:worker' not in str(error):
                    raise
            self._coordinator.done()  # raises what cannot be mended
            time.sleep(_FETCH_SECS)


def set_up(devices: DeviceSettings, seed: int, cluster: Cluster | None, batch_size: int) -> Crew:
    """Configure TensorFlow, join the others, and say in one line what the cluster is.

    Args:
        devices: what to run on.
        seed: of TensorFlow.
        cluster: None for a single process.
        batch_size: utterances in a worker's batch, for that line.
    """
    gpus = configure(devices, seed)
    role = my_role()
    if not cluster or not role:
        return Crew(local_strategy(gpus))
    n = len(cluster.workers)
    if cluster.ps:
        log.info(f'Cluster: parameter servers: {len(cluster.ps)}, workers: {n}, each training '
                 f'by itself on batches of {batch_size} (asynchronous)')
        return Coordinator(cluster)
    if n == 1:
        log.info('Cluster: one worker, equivalent to a single process')
        return Crew(local_strategy(gpus))
    log.info(f'Cluster: parameter servers: none, workers: {n}, all training together on batches '
             f'of {n} x {batch_size} (synchronous all-reduce{", NCCL" if gpus else ""})')
    return AllReduce(cluster, role, gpus)


def serve(devices: DeviceSettings, cluster: Cluster, role: Task) -> None:
    """Be a parameter server, or a worker of a coordinator, until ended by the guard."""
    # With few inter-op threads (one processor is enough) servers wait for one another for ever
    threads = max(_SERVER_THREADS, 2 * (len(cluster.ps) + len(cluster.workers)))
    configure(dataclasses.replace(devices, inter_op_threads=threads), 0)
    config = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=devices.intra_op_threads,
                                      inter_op_parallelism_threads=threads)
    config.gpu_options.allow_growth = devices.allow_growth
    tf.distribute.Server(_spec(cluster), job_name=role.job, task_index=role.index,
                         protocol='grpc', config=config).join()


def run_program(main: Callable[[], int]) -> None:
    """Run `main` by `errors.run`; a process of a cluster then ends without waiting for others."""
    if not my_role():
        errors.run(lambda: _within_memory(main))
        return
    try:
        errors.run(lambda: _unless_lost(main))
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # whatever it is, this process must end now, and say so
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _unless_lost(main: Callable[[], int]) -> int:
    try:
        return _within_memory(main)
    except _LOST_ERRORS as error:
        log.warn(f'{my_role()} lost contact with the others: {type(error).__name__}: '
                 f'{_cause(error.message)}')
        return LOST


def _cause(message: str) -> str:
    """Return the cause on one line, without the lines of our program listed before it."""
    lines = [line.strip() for line in message.splitlines() if not line.startswith('  File ')]
    told = ' '.join(line for line in lines if line and not line.startswith(
        ('Graph execution error:', 'Detected at node')))
    return told[:300]


def _within_memory(main: Callable[[], int]) -> int:
    try:
        return main()
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        if 'No space left' in str(error):
            raise UserError(errors.reason(error)) from error
        raise UserError(f'out of memory ({errors.reason(error)}): reduce the batch size, '
                        'with --gradient_accumulation in its place, or --n_hidden, or drop long '
                        'recordings') from error


def _spec(cluster: Cluster, chief: bool = False) -> tf.train.ClusterSpec:
    jobs = {'ps': list(cluster.ps), 'worker': list(cluster.workers)}
    if chief:
        jobs['chief'] = [cluster.address(Task('chief', 0))]
    return tf.train.ClusterSpec(jobs)


def _filler(position: int, n_input: int, n_context: int) -> dict:
    """Return a batch of one short utterance that does not count."""
    return lone_batch(tf.zeros([4 + 2 * n_context, n_input]), n_context, -1, position)
