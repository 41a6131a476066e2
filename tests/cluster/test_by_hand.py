"""Clusters whose members are started one by one, as on machines of their own."""
import json
import os
import re
import signal
import sys

import pytest

from tests.helpers.cluster import STEPS, trained

pytestmark = pytest.mark.cluster

PROGRAM = [sys.executable, '-u', 'DeepSpeech.py']
HOSTS = ['--ps_hosts', 'localhost:2000', '--worker_hosts', 'localhost:3000,localhost:3001']


def test_command_lines_of_2017(start):
    """With the flags that have no meaning any more, and the ones that kept theirs."""
    flags = [*HOSTS, '--coord_host', 'localhost', '--coord_port', 2600, '--coord_retries', 7,
             '--epoch', 2]
    server = start('', *flags, '--job_name', 'ps', command=PROGRAM, name='server')
    second = start('', *flags, '--job_name', 'worker', '--task_index', 1, command=PROGRAM,
                   name='second')
    first = start('', *flags, '--job_name', 'worker', '--task_index', 0, '--iters_per_worker', 2,
                  '--replicas', 2, '--replicas_to_agg', 2, '--log_traffic', '--log_level', 0,
                  command=PROGRAM, name='first')
    trained(first, 2, STEPS)
    assert second.end(60) == server.end(60) == 0, second.text + server.text
    for flag in ('iters_per_worker', 'replicas', 'replicas_to_agg'):
        assert first.text.count(f'W --{flag} has no effect') == 1, first.text
    assert ' W ' not in second.text + server.text
    assert re.search(r'^D from \S+: hello ps 0 \d+$', first.text, re.M), first.text
    assert re.search(r'^D to \S+: start 1$', first.text, re.M), first.text
    for run in (server, second):
        assert not run.processes() and not os.path.exists(run.folder + '/ck')
    assert 'Traceback' not in first.text + second.text + server.text


@pytest.mark.parametrize('jobs', ['chief ps worker', 'chief worker worker', 'worker worker ps',
                                  'worker worker worker'])
def test_tf_config(start, jobs):
    jobs, cluster, tasks = jobs.split(), {}, []
    for port, job in zip((3000, 3010, 3020), jobs):
        hosts = cluster.setdefault(job, [])
        tasks.append({'type': job, 'index': len(hosts)})
        hosts.append(f'localhost:{port}')
    runs = [start('', '--epoch', 2, '--replicas', 3, command=PROGRAM, name=f'task-{i}',
                  TF_CONFIG=json.dumps({'cluster': cluster, 'task': task}))
            for i, task in enumerate(tasks)]
    workers = len(cluster['worker']) if 'ps' in cluster else 3
    trained(runs[0], 2, STEPS if 'ps' in cluster else STEPS // 3)
    assert f'workers: {workers}, ' in runs[0].text
    assert [run.end(60) for run in runs] == [0] * 3, '\n'.join(run.text for run in runs)
    assert not any(run.processes() for run in runs)
    assert sum(run.text.count('W --replicas has no effect') for run in runs) == 1


def test_an_interrupt_of_one_ends_all(start):
    runs = [start('', *HOSTS, '--epoch', 100000, '--job_name', job, '--task_index', index,
                  command=PROGRAM, name=f'{job}-{index}')
            for job, index in (('worker', 0), ('worker', 1), ('ps', 0))]
    runs[0].wait_for('Training of Epoch 1 ')
    os.kill(runs[1].process.pid, signal.SIGINT)
    assert [run.end(60) for run in runs] == [130] * 3, '\n'.join(run.text for run in runs)
    assert runs[0].checkpoint().state['step'] > STEPS
    assert not any(run.processes() for run in runs)
