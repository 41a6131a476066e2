"""How workers share out their data, and what a chief does with results that are lost."""
import types

import numpy as np
import pytest
import tensorflow as tf

from util.cluster import crew
from util.cluster.members import Cluster, Task


class Result:
    """Of a call; the first tries to fetch it fail."""

    def __init__(self, *errors):
        self._errors = list(errors)

    def fetch(self):
        if self._errors:
            raise self._errors.pop(0)
        return 5


def unavailable(where):
    return tf.errors.UnavailableError(None, None, f'/job:{where}/replica:0/task:1 is gone')


@pytest.fixture
def coordinator(monkeypatch):
    monkeypatch.setattr(crew, '_FETCH_SECS', 0)
    chief = object.__new__(crew.Coordinator)
    chief._coordinator = types.SimpleNamespace(done=lambda: False)
    return chief


def test_a_result_lost_with_its_worker_is_waited_for(coordinator):
    assert coordinator._fetch(Result(*[unavailable('worker')] * 3)) == 5


def test_what_cannot_be_mended_is_raised(coordinator):
    with pytest.raises(tf.errors.UnavailableError):
        coordinator._fetch(Result(unavailable('ps')))

    def done():
        raise tf.errors.CancelledError(None, None, 'a parameter server is gone')
    coordinator._coordinator.done = done
    with pytest.raises(tf.errors.CancelledError):
        coordinator._fetch(Result(unavailable('worker')))


def worker(n_workers, index):
    """Make a worker of the all-reduce that has not met the others."""
    one = object.__new__(crew.AllReduce)
    one.n_workers, one.index = n_workers, index
    return one


@pytest.mark.parametrize('n_workers', [1, 2, 3, 5, 8])
def test_each_utterance_is_used_once_whatever_the_number_of_workers(n_workers):
    plan = np.split(np.random.default_rng(n_workers).permutation(31), range(4, 31, 4))
    workers = [worker(n_workers, i) for i in range(n_workers)]
    for shares in zip(plan, *(one.share(plan) for one in workers)):
        batch, parts = shares[0], shares[1:]
        assert sorted(np.concatenate(parts)) == sorted(batch)
        assert max(map(len, parts)) - min(map(len, parts)) <= 1
    portions = [one.portion(plan) for one in workers]
    assert sorted(np.concatenate(sum(portions, [])).tolist()) == list(range(31))
    assert max(map(len, portions)) - min(map(len, portions)) <= 1


def test_who_has_no_share_of_a_batch_takes_the_step_all_the_same():
    real = [{'position': tf.constant(i)} for i in (1, 4)]
    filled = list(worker(2, 1).every(real, 1, 7, 26, 9))
    assert [int(batch['position']) for batch in filled] == [1, 2, 3, 4, 5, 6]
    assert [filled[0], filled[3]] == real
    assert [int(filled[i]['index'][0]) for i in (1, 2, 4, 5)] == [-1] * 4


@pytest.mark.parametrize('gpus, expected', [([], 'RING'), (['/physical_device:GPU:0'], 'NCCL')])
def test_gpus_add_their_gradients_up_by_nccl(monkeypatch, gpus, expected):
    chosen = []

    def strategy(resolver, communication_options):
        chosen.append(communication_options.implementation.value)
        return types.SimpleNamespace()
    monkeypatch.setattr(tf.distribute, 'MultiWorkerMirroredStrategy', strategy)
    cluster = Cluster((), ('localhost:1', 'localhost:2'), 'localhost:3', Task('worker', 0))
    crew.AllReduce(cluster, Task('worker', 0), gpus)
    assert chosen == [expected]


LOST = """Graph execution error:

Detected at node CollectiveReduceV2 defined at (most recent call last):
  File "/DeepSpeech/DeepSpeech.py", line 857, in <module>

  File "/DeepSpeech/util/cluster/crew.py", line 146, in gather

Collective ops is aborted by: failed to connect to ipv4:10.77.0.9:3001: No route to host
Additional GRPC error information from remote target /job:worker/replica:0/task:1"""


def test_who_lost_the_others_says_why_and_not_where_in_the_program():
    assert crew._cause(LOST) == (
        'Collective ops is aborted by: failed to connect to ipv4:10.77.0.9:3001: No route to host '
        'Additional GRPC error information from remote target /job:worker/replica:0/task:1')
