"""Who takes part in a cluster: from flags, TF_CONFIG and Slurm; and what the launcher starts."""
import ast
import dataclasses
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.helpers.cluster import alive
from tests.helpers.guards import hear, join
from tests.helpers.places import ROOT
from tests.helpers.ports import free_base, free_port
from util import interrupt
from util.cluster import guard
from util.cluster.control import Control
from util.cluster.members import Cluster, ClusterSettings, Task
from util.cluster.relay import Relay
from util.cluster.request import SPAN
from util.cluster.token import TOKEN, proof
from util.errors import UserError
from util.flags import Flags


def of(*arguments):
    flag = Flags('A cluster.')
    for field in dataclasses.fields(ClusterSettings):
        flag(field.name, field.default, '', 'x')
    return Cluster.of(flag.parse(['x', *map(str, arguments)]).record(ClusterSettings))


def test_flags_of_2017():
    hosts = '--ps_hosts', 'a:2000', '--worker_hosts', 'b:3000,c:3000'
    first = of(*hosts, '--job_name', 'worker')
    assert first.roles == [Task('worker', 0), Task('chief', 0)]
    assert first.coordinator == 'b:2500' and first.address(Task('chief', 0)) == 'b:2501'
    assert first.trainers == [Task('chief', 0)]
    second = of(*hosts, '--job_name', 'worker', '--task_index', 1)
    assert second.roles == [Task('worker', 1)] and second.digest == first.digest
    assert of(*hosts, '--job_name', 'ps').roles == [Task('ps', 0)]
    alone = of('--worker_hosts', 'b:3000,c:3000', '--job_name', 'worker', '--coord_host', 'd')
    assert alone.roles == [Task('worker', 0)] and alone.coordinator == 'd:2500'
    assert [task.prefix for task in (Task('ps', 0), Task('worker', 1), Task('chief', 0))] == [
        '[ps     0] ', '[worker 1] ', '[chief   0] ']


def test_none_of_it_is_one_process(monkeypatch):
    monkeypatch.delenv('TF_CONFIG', raising=False)
    assert of() is None


@pytest.mark.parametrize('arguments, message', [
    (['--worker_hosts', 'b'], "worker 0 is 'b': expected host:port"),
    (['--worker_hosts', 'b:0'],
     "worker 0 is 'b:0': expected host:port, with a port from 1 to 65535"),
    (['--worker_hosts', 'b:1', '--ps_hosts', 'b:65536'], "ps 0 is 'b:65536'"),
    (['--worker_hosts', 'b:1,b:1', '--job_name', 'worker'], 'is used twice'),
    (['--worker_hosts', 'b:2500', '--job_name', 'worker'], "'b:2500' is used twice"),
    (['--worker_hosts', 'b:1', '--ps_hosts', 'b:2501', '--job_name', 'ps'],
     "'b:2501' is used twice in the cluster, whose coordinator is at b:2500 and b:2501"),
    (['--ps_hosts', 'b:1', '--job_name', 'ps'], 'at least one worker'),
    (['--job_name', 'worker'], '--worker_hosts'),
    (['--worker_hosts', 'b:1'], '--job_name localhost: the cluster has no such job'),
    (['--worker_hosts', 'b:1', '--job_name', 'ps'], 'expected worker'),
    (['--worker_hosts', 'b:1', '--job_name', 'worker', '--task_index', '1'],
     'expected 0 to 0, the cluster has 1 of job worker')])
def test_what_makes_no_sense_is_named(arguments, message):
    with pytest.raises(UserError, match=message):
        of(*arguments)


def test_tf_config(monkeypatch):
    def config(cluster, job, index):
        monkeypatch.setenv('TF_CONFIG', json.dumps(
            {'cluster': cluster, 'task': {'type': job, 'index': index}}))
        return of()

    workers = {'worker': ['b:1', 'c:1']}
    assert config(workers, 'worker', 1).mine == Task('worker', 1)
    assert config(workers | {'ps': ['p:1']}, 'worker', 0).roles[1] == Task('chief', 0)
    apart = workers | {'ps': ['p:1'], 'chief': ['a:5']}
    assert config(apart, 'chief', 0).roles == [Task('chief', 0)]
    assert config(apart, 'worker', 0).roles == [Task('worker', 0)]
    assert config(apart, 'worker', 0).coordinator == 'a:5'
    reduced = config(workers | {'chief': ['a:5']}, 'worker', 1)
    assert reduced.workers == ('a:5', 'b:1', 'c:1') and reduced.mine == Task('worker', 2)
    monkeypatch.setenv('TF_CONFIG', '{"cluster": {"chief": ["a:65535"], "ps": ["p:1"], "worker": '
                       '["b:1"]}, "task": {"type": "chief", "index": 0}}')
    with pytest.raises(UserError, match="chief 0 is 'a:65535'"):
        of()
    with pytest.raises(UserError, match='--task_index -1: expected 0 to 1, the cluster has 2 of'):
        config(workers, 'worker', -1)
    for bad in ('{', '{"cluster": {"worker": 1}}', '[]'):
        monkeypatch.setenv('TF_CONFIG', bad)
        with pytest.raises(UserError, match='TF_CONFIG does not have the form'):
            of()


def test_slurm(monkeypatch):
    for name, value in {'SLURM_PROCID': 2, 'SLURM_STEP_NUM_TASKS': 4,
                        'SLURM_STEP_NODELIST': 'node[1-2]', 'SLURM_STEP_TASKS_PER_NODE': '2(x2)',
                        'TF_CONFIG': ''}.items():
        monkeypatch.setenv(name, str(value))
    cluster = of('--job_name', 'slurm', '--slurm_ps', 1)
    assert cluster.ps == ('node1:8888',) and cluster.mine == Task('worker', 1)
    assert cluster.workers == ('node1:8889', 'node2:8888', 'node2:8889')
    assert cluster.coordinator == 'node1:2500'
    monkeypatch.setenv('DEEPSPEECH_ROLE', 'worker 1')  # the process that its guard starts
    assert of('--job_name', 'slurm', '--slurm_ps', 1) == cluster


def begun(cluster):
    """Return a control, and the lines from two workers' guards that have said hello."""
    control = Control(cluster)
    control.start()
    return control, [join(cluster, f'worker {i}') for i in range(2)]


def test_the_first_guard_may_hear_of_the_end_last():
    """When the other guards have gone the control's thread ends: that is no failure."""
    cluster = of('--worker_hosts', 'localhost:1,localhost:2', '--job_name',
                 'worker', '--coord_port', free_port())
    control, lines = begun(cluster)
    hear(lines[1], 'start', '1')
    for i, line in enumerate(lines):
        line.send(f'done worker {i}')
    hear(lines[1], 'end', '0')
    lines[1].close()
    control.farewell()
    control.check()
    hear(lines[0], 'end', '0')
    lines[0].close()


def test_the_first_guard_may_come_when_all_is_over():
    """Its control has refused another before it said hello itself: it must hear of that."""
    cluster = of('--worker_hosts', 'localhost:1,localhost:2', '--job_name',
                 'worker', '--coord_port', free_port(), '--cluster_token', 'secret')
    control = Control(cluster)
    control.start()
    other = join(cluster, 'worker 1', cluster.digest + 1)
    assert hear(other, 'refused', 'hosts') == [['refused', 'hosts']]
    other.close()
    time.sleep(1)  # the thread looks twice a second
    first = join(cluster, 'worker 0')
    assert hear(first, 'end', '2') == [['end', '2']]
    first.close()
    control.farewell()
    control.check()


def guards(*hosts_and_index, token):
    """Status and lines of the guards of workers that are started with these."""
    port = str(free_port())
    runs = []
    for hosts, index in hosts_and_index:
        command = [sys.executable, 'DeepSpeech.py', '--worker_hosts', hosts, '--job_name', 'worker',
                   '--task_index', str(index), '--coord_port', port]
        runs.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT,
                                     env={**os.environ, TOKEN: token}))
    try:
        return [(run.communicate(timeout=60)[0], run.returncode) for run in runs]
    finally:
        for run in runs:
            run.kill()
            run.communicate()


def test_members_that_do_not_agree_are_told():
    a, b, c = (f'localhost:{free_port()}' for _ in range(3))
    (first, status), (second, second_status) = guards((f'{a},{b}', 0), (f'{a},{c}', 1), token='s')
    assert status == second_status == 2
    assert 'E worker 1 at 127.0.0.1 was started with different --ps_hosts, --worker_hosts' in first
    assert 'E worker 1: refused by the coordinator at localhost:' in second


def test_who_comes_a_second_time_takes_the_place_of_the_first(capsys):
    cluster = of('--worker_hosts', 'localhost:1,localhost:2,localhost:3', '--job_name', 'worker',
                 '--coord_port', free_port())
    _, lines = begun(cluster)
    again = join(cluster, 'worker 1')
    hear(lines[1], 'end', '2')
    assert capsys.readouterr().out == (
        'W worker 1 connected twice, now from 127.0.0.1; dropping the first connection\n')
    third = join(cluster, 'worker 2')
    hear(again, 'start', '1')
    again.send('failed worker 1 3')
    hear(again, 'end', '3')
    for line in (*lines, again, third):
        line.close()


def test_who_died_is_named_and_not_who_lost_it(capsys):
    cluster = of('--worker_hosts', 'localhost:1,localhost:2', '--job_name', 'worker',
                 '--coord_port', free_port(), '--coord_retries', 0)
    _, lines = begun(cluster)
    hear(lines[0], 'start', '1')
    lines[0].send('bereft worker 0')
    time.sleep(1)
    lines[1].send('lost worker 1 was killed by signal 9')
    hear(lines[0], 'end', '1')
    assert capsys.readouterr().out.startswith(
        'E worker 1 (localhost:2) was killed by signal 9: failure 1 exceeds --coord_retries 0; '
        'giving up\n')
    for line in lines:
        line.close()


def test_a_taken_coordinator_port_is_named():
    with socket.create_server(('', 0)) as taken:
        cluster = of('--worker_hosts', 'localhost:1', '--job_name', 'worker', '--coord_port',
                     taken.getsockname()[1])
        with pytest.raises(UserError, match='the coordinator cannot listen on localhost:.*in '
                           'use; pass another --coord_port'):
            Control(cluster)


@pytest.mark.parametrize('path', ['DeepSpeech.py'] + [
    f'util/cluster/{name}.py' for name in (
        'members', 'control', 'crew', 'door', 'guard', 'launcher', 'line', 'token')])
def test_nothing_that_arrives_can_be_unpickled_or_evaluated(path):
    with open(os.path.join(ROOT, path), encoding='utf-8') as file:
        nodes = list(ast.walk(ast.parse(file.read())))
    imported = {alias.name for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))
                for alias in node.names} | {
        node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    called = {node.func.id for node in nodes
              if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not imported & {'pickle', 'marshal', 'shelve', 'dill', 'multiprocessing', 'xmlrpc'}
    assert not called & {'eval', 'exec', 'compile', '__import__'}


STEPS_AND_STOPS = '''
import os, time
pipe = int(os.environ['DEEPSPEECH_HEARTBEAT'])
for _ in range(4):  # steps of half a second
    time.sleep(0.5)
    os.write(pipe, b's')
while True:
    time.sleep(0.1)
    os.write(pipe, b'.')
'''


def test_who_lives_but_makes_no_step_is_stuck_by_the_measure_of_its_steps():
    child = guard.Child(Task('chief', 0), [sys.executable, '-c', STEPS_AND_STOPS], {}, Relay())
    try:
        end = time.monotonic() + 60
        while child.stuck_secs < 2:  # also while it has made no step yet
            assert child.silent_secs < 60 and time.monotonic() < end
            time.sleep(0.02)
        assert child.silent_secs < child.stuck_secs - 1
        assert 0.4 * 20 < child.step_patience(1) < 0.9 * 20
        assert child.step_patience(0.1) == 1  # at most ten times the timeout
        assert child.step_patience(60) == 180  # and three times at least
    finally:
        child.end()


def launch(script):
    """Return a command that starts a cluster of the script where no other is."""
    return [sys.executable, '-m', 'util.cluster.launcher', '--script', str(script), '--port_base',
            str(free_base(SPAN))]


def test_launcher_puts_a_name_before_its_own_lines_too(tmp_path):
    script = tmp_path / 'script.sh'
    script.write_text(f'[ -f {tmp_path}/begun ] && exit 0\ntouch {tmp_path}/begun\nkill -9 $$\n')
    result = subprocess.run([*launch(script), '0:1:0'], capture_output=True, text=True,
                            check=False, cwd=ROOT)
    assert (result.returncode, result.stdout, result.stderr) == (
        0, '[worker 0] W worker 0 was killed by signal 9; restarting it\n', '')


def test_a_member_on_another_machine_than_its_flags_say_is_told():
    here = of('--worker_hosts', '127.0.0.1:1,192.0.2.1:1', '--job_name', 'worker')
    assert here.strange_host() == ''
    elsewhere = of('--worker_hosts', 'localhost:1,192.0.2.1:1', '--job_name', 'worker',
                   '--task_index', 1)  # addresses that no machine has, RFC 5737
    assert elsewhere.strange_host().startswith(
        "'192.0.2.1:1' of worker 1 is not an address of this machine")


def test_launcher_passes_flags_and_gpus_to_a_script(tmp_path):
    script, base = tmp_path / 'script.sh', free_base(SPAN)
    script.write_text('echo "$CUDA_VISIBLE_DEVICES $*"\n[[ $* == *"--task_index 0" ]]\n')
    run = [os.path.join(ROOT, 'bin', 'run-cluster.sh'), '--script', str(script)]
    environment = {**os.environ, 'PATH': os.path.dirname(sys.executable) + ':' + os.environ['PATH']}
    result = subprocess.run([*run, '1:2:2', '--port_base', str(base), '--train_files', 'x  "y"'],
                            capture_output=True, text=True, check=False, env=environment)
    hosts = (f'--coord_port {base + 500} --ps_hosts localhost:{base} '
             f'--worker_hosts localhost:{base + 1000},localhost:{base + 1001}')
    assert sorted(result.stdout.splitlines()) == [
        f'[ps     0]  --train_files x  "y" {hosts} --job_name ps --task_index 0',
        f'[worker 0] 0,1 --train_files x  "y" {hosts} --job_name worker --task_index 0',
        f'[worker 1] 2,3 --train_files x  "y" {hosts} --job_name worker --task_index 1']
    assert result.returncode == 1


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_who_waits_for_the_coordinator(number):
    hosts = f'localhost:{free_port()},localhost:{free_port()}'
    command = [sys.executable, 'DeepSpeech.py', '--worker_hosts', hosts, '--job_name', 'worker',
               '--task_index', '1', '--coord_port', str(free_port())]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert 'I worker 1: no coordinator at ' in run.stdout.readline()
    run.send_signal(number)
    try:
        assert run.wait(30) == 128 + number
    finally:
        run.kill()
        run.communicate()


def test_an_interrupt_while_python_begins_leaves_no_trace():
    with interrupt.held():
        run = subprocess.Popen([sys.executable, 'DeepSpeech.py', '--worker_hosts', 'localhost:1',
                                '--job_name', 'worker'], stderr=subprocess.PIPE, text=True,
                               cwd=ROOT)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert run.returncode == -signal.SIGINT and not said


def test_an_interrupt_ends_who_loses_the_coordinator():
    with socket.create_server(('localhost', 0)) as server:
        hosts = f'localhost:{free_port()},localhost:{free_port()}'
        command = [sys.executable, 'DeepSpeech.py', '--worker_hosts', hosts, '--job_name', 'worker',
                   '--task_index', '1', '--coord_port', str(server.getsockname()[1])]
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
        with server.accept()[0] as line, line.makefile() as said:
            line.sendall(b'challenge ' + b'0' * 32 + b'\n')
            theirs = said.readline().split()[1]
            line.sendall(f'welcome {proof("", "control", theirs, "0" * 32)}\n'.encode())
            assert said.readline().startswith('hello worker 1 ')
            run.send_signal(signal.SIGINT)
            while said.readline() != 'interrupted 2\n':
                pass
    try:
        assert run.wait(30) == 130
    finally:
        run.kill()
        run.wait()


def test_launcher_ends_the_others_when_one_has_failed(tmp_path):
    script = tmp_path / 'script.sh'
    script.write_text('[[ "$*" == *"--task_index 0" ]] && exit 3\nexec sleep 1000\n')
    result = subprocess.run([*launch(script), '1:2:0'], capture_output=True, text=True,
                            check=False, cwd=ROOT)
    assert result.returncode == 3
    assert not result.stdout + result.stderr


SLOW_TO_END = '''
import os, signal, time
def end(*_):
    time.sleep(1)
    os.write(1, b'saved\\n')
    os._exit(3)
signal.signal(signal.SIGINT, end)
signal.signal(signal.SIGTERM, end)
os.write(1, b'begun %d\\n' % os.getpid())  # a signal inside of print could not print itself
time.sleep(1000)
'''


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_reaches_what_a_script_has_started(tmp_path, number):
    script, program = tmp_path / 'script.sh', tmp_path / 'program.py'
    program.write_text(SLOW_TO_END)
    script.write_text(f'{sys.executable} {program}\nexit $?\n')
    before = signal.signal(number, signal.SIG_DFL)  # nohup may have us and our children ignore it
    try:
        run = subprocess.Popen([*launch(script), '0:2:0'], stdout=subprocess.PIPE, text=True,
                               cwd=ROOT)
    finally:
        signal.signal(number, before)
    begun = [run.stdout.readline() for _ in range(2)]
    assert all(re.fullmatch(r'\[worker [01]\] begun \d+\n', line) for line in begun), begun
    run.send_signal(number)
    said, _ = run.communicate(timeout=60)
    assert sorted(said.splitlines()) == ['[worker 0] saved', '[worker 1] saved']
    assert run.returncode == (143 if number != signal.SIGINT else 3)
    assert not any(alive(line.split()[-1]) for line in begun)
