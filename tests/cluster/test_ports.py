"""Two clusters on one machine: whoever comes second is told before anything starts."""
import re
import signal
import socket
import subprocess
import sys

import pytest

from tests.helpers.places import ROOT
from tests.helpers.ports import free_base, free_port
from util.cluster.ports import CLUSTER, MEMBER, Claim
from util.cluster.request import SPAN, Request
from util.errors import UserError

LAUNCH = [sys.executable, '-m', 'util.cluster.launcher']


def claim(who, *ports):
    return Claim(who, {f'user {i}': port for i, port in enumerate(ports)}, 0, 'do so')


@pytest.mark.parametrize('first, second, refused', [
    (CLUSTER, CLUSTER, True), (MEMBER, MEMBER, True), (MEMBER, CLUSTER, True),
    (CLUSTER, MEMBER, False)])  # a launcher starts members
def test_a_claim_keeps_others_off_while_it_is_held(first, second, refused):
    port = free_port()
    held = claim(first, port)
    if refused:
        with pytest.raises(UserError, match=f'^port {port} of user 0 cannot be used: Address '
                                            'already in use; do so$'):
            claim(second, port)
    else:
        claim(second, port).close()
    held.close()
    claim(second, port).close()


def test_a_claim_that_fails_holds_nothing():
    free, taken = free_port(), free_port()
    held = claim(CLUSTER, taken)
    for _ in range(2):
        with pytest.raises(UserError, match=f'port {taken} of user 1'):
            claim(CLUSTER, free, taken)
    held.close()
    claim(CLUSTER, free, taken).close()


ADDRESSES = [(socket.AF_INET, '127.0.0.1'), (socket.AF_INET, '')]
if socket.has_dualstack_ipv6():
    ADDRESSES += [(socket.AF_INET6, '::1'), (socket.AF_INET6, '::')]


@pytest.mark.parametrize('family, address', ADDRESSES)
@pytest.mark.parametrize('who', [CLUSTER, MEMBER])
def test_a_listener_of_any_kind_is_noticed(family, address, who):
    with socket.socket(family) as server:
        server.bind((address, 0))
        server.listen()
        with pytest.raises(UserError, match='cannot be used'):
            claim(who, server.getsockname()[1])


def test_a_port_just_left_is_free():
    """The kernel keeps what is left of a connection for a minute: that is no listener."""
    with socket.create_server(('localhost', 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(('localhost', port))
        server.accept()[0].close()
        client.close()
    claim(MEMBER, port).close()


WAITS = 'echo started; exec sleep 1000\n'


@pytest.fixture
def script(tmp_path):
    """Return a script that starts no guard, so that no port is bound."""
    path = tmp_path / 'script.sh'
    path.write_text(WAITS)
    return str(path)


def launch(script, base, template='1:2:0', *more):
    return subprocess.Popen([*LAUNCH, '--script', script, template, '--port_base', str(base),
                             *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            cwd=ROOT)


def test_a_second_cluster_is_refused_in_one_line_and_another_base_is_not(script):
    base = free_base(2 * SPAN)
    first = launch(script, base)
    others = []
    try:
        assert first.stdout.readline().endswith('started\n')
        second = launch(script, base)
        said, _ = second.communicate(timeout=60)
        assert second.returncode == 1
        assert said == (f'E port {base} of ps 0 cannot be used: Address already in use; if that is '
                        f'another cluster, wait for its end or pass another --port_base, such as '
                        f'{base + SPAN}\n')
        others.append(launch(script, base + SPAN))
        assert others[0].stdout.readline().endswith('started\n')
        assert first.poll() is None
    finally:
        for run in (first, *others):
            run.send_signal(signal.SIGTERM)
            said, _ = run.communicate(timeout=60)
            assert run.returncode == 143 and set(said.splitlines()) <= {
                f'[{task}] started' for task in ('ps     0', 'worker 0', 'worker 1')}


def test_of_clusters_that_start_together_one_runs(script):
    base = free_base(SPAN)
    runs = [launch(script, base) for _ in range(4)]
    first_lines = [run.stdout.readline() for run in runs]
    refused = [i for i, line in enumerate(first_lines) if ' cannot be used: ' in line]
    assert len(refused) == 3, first_lines
    for i, run in enumerate(runs):
        if i in refused:
            assert run.communicate(timeout=60)[0] == '' and run.returncode == 1
        else:
            run.send_signal(signal.SIGTERM)
            run.communicate(timeout=60)


@pytest.mark.parametrize('user', Request.of(['2:3:0']).ports)
def test_every_port_is_looked_at(script, user):
    base = free_base(SPAN)
    port = Request.of(['2:3:0', '--port_base', str(base)]).ports[user]
    with socket.create_server(('', port)):
        run = launch(script, base, '2:3:0')
        said, _ = run.communicate(timeout=60)
    assert run.returncode == 1
    assert re.fullmatch(f'E port {port} of {user} cannot be used: .*\n', said)


def test_what_the_check_covers_is_what_the_members_use():
    from util.cluster.members import Cluster, ClusterSettings
    for words in (['2:3:0'], ['0:2:0'], ['1:1:0', '--port_base', '7000'],
                  ['1:2:0', '--coord_port', '2600']):
        request = Request.of(words)
        flags = [*request.arguments, *request.flags]
        value = dict(zip(flags[::2], flags[1::2]))
        used = set()
        for job, hosts in zip(('ps', 'worker'), request.hosts):
            for i in range(len(hosts)):
                mine = Cluster.of(ClusterSettings(
                    ps_hosts=value['--ps_hosts'], worker_hosts=value['--worker_hosts'],
                    coord_port=int(value.get('--coord_port', 2500)), job_name=job, task_index=i))
                used |= {mine.address(role) for role in mine.roles} | {mine.coordinator}
        assert {int(address.rsplit(':', 1)[1]) for address in used} == set(request.ports.values())


def test_members_started_by_hand_notice_one_another():
    worker, port = free_port(), str(free_port())
    command = [sys.executable, 'DeepSpeech.py', '--worker_hosts',
               f'localhost:{free_port()},localhost:{worker}', '--job_name', 'worker',
               '--task_index', '1', '--coord_port', port]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert 'no coordinator at' in first.stdout.readline()
        with pytest.raises(UserError, match=f'port {worker} '):
            claim(MEMBER, worker)
        with pytest.raises(UserError, match=f'port {worker} '):
            claim(CLUSTER, worker)
    finally:
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=60)
