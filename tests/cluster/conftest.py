"""Fixtures that start clusters of real processes on this machine."""

import os
import sys
import threading
import time

import pytest

from tests.helpers import network
from tests.helpers.cluster import LAUNCHER, Run
from tests.helpers.tones import make_corpus


@pytest.fixture(autouse=True)
def no_coordinator_is_left():
    """Fail a test whose coordinator goes on: it would speak in the middle of others."""
    yield
    deadline = time.monotonic() + 20
    while (left := [thread for thread in threading.enumerate()
                    if getattr(thread, '_target', None) is not None
                    and thread.name.endswith('(_run)')]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left


@pytest.fixture(scope='session')
def machine():
    """Return a command prefix that leaves all ports free; empty without root."""
    if not network.available():
        yield []
        return
    with network.Network(1) as machines:
        yield machines.on(0)


@pytest.fixture(scope='session')
def corpus(tmp_path_factory):
    """Return the flags of a small corpus and a tiny network."""
    folder = tmp_path_factory.mktemp('tones')
    flags = ['--alphabet_config_path', str(folder / 'alphabet.txt')]
    for seed, (name, count) in enumerate((('train', 24), ('dev', 5), ('test', 5)), 1):
        flags += [f'--{name}_files', make_corpus(folder, name, count, seed)]
    return [*flags, '--n_hidden', '16', '--train_batch_size', '2', '--dev_batch_size', '2',
            '--test_batch_size', '2', '--noearly_stop', '--learning_rate', '0.005',
            '--beam_width', '8', '--report_count', '1', '--intra_op_parallelism_threads', '1',
            '--inter_op_parallelism_threads', '1', '--noshow_progressbar']


@pytest.fixture
def start(tmp_path, corpus, machine):
    """Return a function that starts bin/run-cluster.sh; end what it started after the test."""
    runs = []

    def run(template, *flags, command=None, name='run', on=machine, **variables):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        command = command or [LAUNCHER, template]
        runs.append(Run([*on, *command, *corpus, '--checkpoint_dir', str(folder / 'ck'),
                         *map(str, flags)], folder,
                        {'PATH': os.path.dirname(sys.executable) + ':' + os.environ['PATH'],
                         **{name: str(value) for name, value in variables.items()}}))
        return runs[-1]

    yield run
    for started in runs:
        started.clean_up()
