"""Strangers at the coordinator's port: none can stop, hijack or hold up a run."""
import contextlib
import itertools
import os
import random
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import time

import pytest

from tests.helpers.guards import connect, hear, join
from tests.helpers.places import ROOT
from tests.helpers.ports import free_base, free_port
from util.cluster import door
from util.cluster.control import Control
from util.cluster.door import introduce
from util.cluster.line import Line
from util.cluster.members import Cluster, ClusterSettings
from util.cluster.request import SPAN
from util.cluster.token import TOKEN, proof, proves

SECRET = 'correct horse battery staple'
CASES = int(os.environ.get('DEEPSPEECH_TEST_CASES', '40'))  # of random ones, of each kind
SPOKEN = [b'alive', b'stopped', b'interrupted 2', b'interrupted 15', b'hello worker 0 %d',
          b'hello worker 1 %d', b'hello ps 0 %d', b'hello chief 0 %d', b'hello worker 1 1',
          b'lost worker 1 was killed by signal 9', b'bereft worker 0', b'done worker 0',
          b'done worker 1', b'failed worker 0 1', b'failed worker 1 3', b'start 1', b'stop',
          b'signal 2', b'end 0', b'end 2', b'challenge ' + b'0' * 32, b'welcome ' + b'0' * 64,
          b'refused token', b'refused hosts', b'proof', b'proof ' + b'0' * 32,
          b'proof ' + b'0' * 32 + b' ' + b'0' * 64, b'proof ' + b'0' * 32 + b' ' + b'0' * 63]


def settings(**given):
    return ClusterSettings(**{'worker_hosts': 'localhost:1,localhost:2', 'job_name': 'worker',
                              'coord_port': free_port(), 'cluster_token': SECRET, **given})


class Training:
    """A run of two workers that is under way; no real process belongs to it."""

    def __init__(self, **given):
        self.cluster = Cluster.of(settings(**given))
        self.control = Control(self.cluster)
        self.control.start()
        self.lines = members(self.cluster)
        for line in self.lines:
            hear(line, 'start', '1')

    def knock(self):
        """Connect as a stranger."""
        return socket.create_connection(('localhost', self.cluster.coordinator.rsplit(':')[-1]), 10)

    def unharmed(self):
        """Whether nobody has been told anything, and the run ends as its members say."""
        self.lines[1].send('alive')
        self.control.check()
        heard = []
        for line in self.lines:
            while words := line.receive_within(0.6 if line is self.lines[0] else 0):
                heard += words
        assert set(map(tuple, heard)) <= {('alive',)}, heard
        self.lines[1].send('failed worker 1 3')
        for line in self.lines:
            assert set(map(tuple, hear(line, 'end', '3'))) <= {('alive',), ('end', '3')}
            line.close()
        self.control.farewell()
        self.control.check()


@pytest.fixture
def training():
    return Training()


def end(control, lines):
    """Have the members of a run end it: its thread would speak in other tests."""
    for line in lines:
        hear(line, 'start', '1')
    lines[-1].send(f'failed worker {len(lines) - 1} 3')
    for line in lines:
        hear(line, 'end', '3')
        line.close()
    control.farewell()


def members(cluster, count=2):
    """Return the lines of workers that have joined."""
    return [join(cluster, f'worker {i}') for i in range(count)]


def answer(stranger):
    """Read until the other end closes, or says nothing for long."""
    stranger.settimeout(30)
    said = b''
    with contextlib.suppress(ConnectionResetError):
        while more := stranger.recv(1000):
            said += more
            if b'refused' in said:  # it waits for us to close
                break
    return said


def say(training, words):
    """Say something as a stranger and be turned away."""
    with training.knock() as stranger:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            stranger.sendall(words)
        said = answer(stranger)
    assert not said or said.startswith(b'challenge ')
    assert b'welcome' not in said and b'start' not in said


def beside_reports(said, began):
    """Return what else has been said: of the strangers there is a line, and one a minute."""
    lines = said.splitlines()
    reports = [line for line in lines if re.match(
        r"W the coordinator's port has turned away \d+ connections, the last from "
        r'127\.0\.0\.1: ', line)]
    assert 1 <= len(reports) <= 1 + (time.monotonic() - began) // door._REPORT_SECS
    return [line for line in lines if line not in reports]


def test_what_only_members_may_say(training, capsys):
    """Every line of the protocol, alone, and after each of the others."""
    began = time.monotonic()
    digest = training.cluster.digest
    lines = [line % digest if b'%d' in line else line for line in SPOKEN]
    tried = lines + [b'\n'.join(pair) for pair in itertools.product(lines, lines)]
    for words in tried:
        say(training, words + b'\n')
    training.unharmed()
    said = capsys.readouterr().out
    assert SECRET not in said and len(beside_reports(said, began)) <= 1  # also of the many


@pytest.mark.parametrize('kind', ['bytes', 'letters', 'lines', 'mutations'])
def test_nonsense(training, kind):
    chance = random.Random(kind)
    for _ in range(CASES):
        size = chance.choice([1, 5, 199, 200, 201, 4095, 4096, 4097, 20000])
        if kind == 'bytes':
            words = chance.randbytes(size)
        elif kind == 'letters':
            words = bytes(chance.choices(b'abcdefghijklmnopqrstuvwxyz 0123456789', k=size)) + b'\n'
        elif kind == 'lines':
            words = b'\n' * size
        else:
            words = bytearray(b'proof ' + chance.randbytes(16).hex().encode() + b' '
                              + chance.randbytes(32).hex().encode() + b'\n')
            for _ in range(chance.randint(1, 3)):
                place = chance.randrange(len(words))
                words[place:place + chance.randint(0, 2)] = chance.randbytes(chance.randint(0, 2))
        say(training, bytes(words) + b'\n' * (kind != 'letters'))
    training.unharmed()


@pytest.mark.parametrize('other', ['', 'x', SECRET[:-1], SECRET + ' ', SECRET.upper(), SECRET[::-1],
                                   SECRET + '\0', 'é', '\udcff', 'x' * 100000])
def test_another_token_is_refused(training, other):
    line, stranger = connect(training.cluster, other)
    assert stranger == 'it belongs to a run with another --cluster_token'
    line.send(f'hello worker 1 {training.cluster.digest}')  # nobody listens any more
    line.send('interrupted 2')
    line.close()
    training.unharmed()


def test_a_proof_serves_once_and_one_end_only(training):
    """Neither what another connection has shown nor the coordinator's own proof lets anybody in."""
    with training.knock() as first:
        challenge = first.recv(1000).split()[1].decode()
        shown = f'proof {"1" * 32} {proof(SECRET, "guard", challenge, "1" * 32)}\n'.encode()
        first.sendall(shown)
        welcome = first.recv(1000).split()[1]
        assert proves(welcome.decode(), SECRET, 'control', '1' * 32, challenge)
        say(training, shown)
        say(training, b'proof ' + b'1' * 32 + b' ' + welcome + b'\n')
        with training.knock() as reflecting:
            theirs = reflecting.recv(1000).split()[1].decode()
            assert theirs != challenge
            reflecting.sendall(f'proof {theirs} {proof(SECRET, "control", theirs, theirs)}\n'
                               .encode())
            assert b'refused token' in answer(reflecting)
    training.unharmed()


def test_endless_lines(training):
    for begin, more in ((b'', b'x' * 4096), (b'alive\n', b'alive\n' * 700), (b'', b'\0' * 4096),
                        (b'proof ', b'0' * 4096), (b'', b'\n' * 4096), (b'', b' ' * 4096)):
        with training.knock() as stranger:
            stranger.settimeout(30)
            stranger.sendall(begin)
            with pytest.raises((ConnectionResetError, BrokenPipeError)):
                while True:
                    stranger.sendall(more)
    training.unharmed()


def test_who_is_silent_or_slow_has_so_many_seconds(monkeypatch, capsys):
    monkeypatch.setattr(door, 'INTRODUCTION_SECS', 2)
    training = Training()
    visitors = [training.knock() for _ in range(10)]
    for visitor in visitors:
        visitor.settimeout(30)
        assert visitor.recv(1000).startswith(b'challenge ')
    left = set(visitors[:5])  # the others are silent
    end = time.monotonic() + 30
    while left:
        assert time.monotonic() < end
        for visitor in list(left):
            try:
                visitor.sendall(b'p')
            except OSError:
                left.remove(visitor)
        time.sleep(0.3)
    for visitor in visitors:
        assert answer(visitor) == b''
        visitor.close()
    line, stranger = connect(training.cluster)  # a member is no better, until it says hello
    assert not stranger
    with pytest.raises(OSError):
        while True:
            line.receive()
    line.close()
    training.unharmed()
    assert 'no introduction within 2 s' in capsys.readouterr().out


def test_half_open_and_broken_connections(training):
    for ending in range(4):
        for _ in range(10):
            stranger = training.knock()
            if ending == 1:  # nothing more from us
                stranger.shutdown(socket.SHUT_WR)
            elif ending == 2:  # a reset instead of an end
                stranger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            elif ending == 3:  # half a line, and gone
                stranger.sendall(b'proof 00')
            stranger.close()
    training.unharmed()


SWARM = '''
import resource, socket, sys, time
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
many = []
for _ in range(500):
    try:
        many.append(socket.create_connection(('localhost', int(sys.argv[1])), 5))
    except OSError:
        pass
print(len(many), flush=True)
time.sleep(1000)
'''


def test_two_thousand_connections_keep_no_member_out(capsys):
    """Nor do they use up the descriptors of the process, of which it has few more than it needs."""
    cluster = Cluster.of(settings(worker_hosts='localhost:1,localhost:2,localhost:3'))
    control = Control(cluster)
    control.start()
    lines = members(cluster)
    most, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    in_use = max(map(int, os.listdir('/proc/self/fd')))
    resource.setrlimit(resource.RLIMIT_NOFILE, (in_use + door.MOST_VISITORS + 40, hard))
    port, began = cluster.coordinator.rsplit(':')[-1], time.monotonic()
    swarms = [subprocess.Popen([sys.executable, '-c', SWARM, port], stdout=subprocess.PIPE,
                               text=True) for _ in range(4)]
    try:
        assert sum(int(swarm.stdout.readline()) for swarm in swarms) == 2000
        lines.append(join(cluster, 'worker 2'))
        end(control, lines)
        control.check()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        for swarm in swarms:
            swarm.kill()
            swarm.communicate()
    assert all(re.match(r'I waiting for worker 2 |E worker 2 .* ended', line)
               for line in beside_reports(capsys.readouterr().out, began))


def test_no_descriptor_left_is_waited_out(training):
    most, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    waiting = [socket.socket() for _ in range(20)]
    spare = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, os.listdir('/proc/self/fd'))) + 8,
                                                hard))
    try:
        with contextlib.suppress(OSError):
            while True:
                spare.append(socket.socket())
        for stranger in waiting:
            stranger.connect(('127.0.0.1', int(training.cluster.coordinator.rsplit(':')[-1])))
        time.sleep(1.5)
        training.control.check()
    finally:
        for each in (*waiting, *spare):
            each.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    training.unharmed()


FALSE = {'silence': b'', 'noise': bytes(range(256)) * 40,
         'a web server': b'HTTP/1.1 400 Bad Request\r\n\r\n',
         'an endless line': b'x' * 100000, 'orders at once': b'start 1\nend 0\n',
         'orders behind': b'challenge ' + b'0' * 32 + b'\nend 0\n',
         'a long challenge': b'challenge ' + b'0' * 33 + b'\n',
         'a proof of ours': b'proof ' + b'0' * 32 + b' ' + b'0' * 64 + b'\n'}


@pytest.mark.parametrize('kind', FALSE)
def test_a_guard_obeys_no_false_coordinator(kind, monkeypatch):
    monkeypatch.setattr(door, 'INTRODUCTION_SECS', 1)
    with socket.create_server(('localhost', 0)) as server:
        guard = Line.of_guard(socket.create_connection(server.getsockname()))
        false, _ = server.accept()
        with false:
            false.sendall(FALSE[kind])
            with pytest.raises(OSError):  # it tries again
                introduce(guard, SECRET, lambda: False)
            guard.close()


@pytest.mark.parametrize('welcome, why', [
    (b'welcome ' + b'0' * 64, 'it does not know the --cluster_token of this run'),
    (b'welcome mirrored', 'it does not know the --cluster_token of this run'),
    (b'refused token', 'it belongs to a run with another --cluster_token')])
def test_a_guard_tells_another_runs_coordinator(welcome, why):
    with socket.create_server(('localhost', 0)) as server:
        port = server.getsockname()[1]
        guard = subprocess.Popen(
            [sys.executable, 'DeepSpeech.py', '--worker_hosts',
             f'localhost:{free_port()},localhost:{free_port()}', '--job_name', 'worker',
             '--task_index', '1', '--coord_port', str(port)],
            stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, TOKEN: SECRET})
        with server.accept()[0] as false, false.makefile() as said:
            false.sendall(b'challenge ' + b'0' * 32 + b'\n')
            shown = said.readline().split()[2].encode()
            false.sendall(welcome.replace(b'mirrored', shown) + b'\n')
            out, _ = guard.communicate(timeout=60)
    assert guard.returncode == 1
    assert out == f'E worker 1: the coordinator at localhost:{port} is not ours: {why}\n'


def test_without_a_token_one_of_another_run_ends_nothing(capsys):
    """It has other hosts: who has the same ones cannot be told apart."""
    cluster = Cluster.of(settings(cluster_token=''))
    control = Control(cluster)
    control.start()
    first = join(cluster, 'worker 0')
    other = join(cluster, 'worker 1', cluster.digest + 1)
    assert hear(other, 'refused', 'hosts') == [['refused', 'hosts']]
    other.send('interrupted 2')
    other.close()
    lines = [first, join(cluster, 'worker 1')]
    for line in lines:
        hear(line, 'start', '1')
        line.send('failed worker 1 3' if line is not first else 'alive')
    for line in lines:
        hear(line, 'end', '3')
        line.close()
    control.farewell()
    assert 'E worker 1 at 127.0.0.1 was started with different' in capsys.readouterr().out


@pytest.mark.parametrize('host, token, warned', [
    ('localhost', '', False), ('127.0.0.1', '', False), ('0.0.0.0', '', True),
    ('0.0.0.0', SECRET, False)])
def test_a_run_that_others_can_end_says_so(host, token, warned, capsys):
    cluster = Cluster.of(settings(cluster_token=token, coord_host=host))
    control = Control(cluster)
    control.start()
    assert ('W this run has no --cluster_token' in capsys.readouterr().out) == warned
    end(control, members(cluster))


@pytest.mark.parametrize('given', ['two words', 'one word', 'a single dash', 'a variable',
                                   'a flag file'])
def test_a_token_is_shown_nowhere(given, tmp_path):
    (tmp_path / 'flags').write_text(f'--cluster_token={SECRET}\n')
    words = {'two words': ['--cluster_token', SECRET], 'one word': [f'--cluster_token={SECRET}'],
             'a single dash': ['-cluster_token', SECRET], 'a variable': [],
             'a flag file': [f'--flagfile={tmp_path}/flags']}[given]
    environment = {**os.environ, **({TOKEN: SECRET} if given == 'a variable' else {})}
    cluster = Cluster.of(settings())
    control = Control(cluster)
    control.start()
    guard = subprocess.Popen(
        [sys.executable, '-u', 'DeepSpeech.py', '--worker_hosts', ','.join(cluster.workers),
         *words, '--job_name', 'worker', '--task_index', '1', '--coord_port',
         cluster.coordinator.rsplit(':')[-1], '--log_traffic', '--log_level', '0'],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment)
    said = []
    while not said or 'hello worker 1' not in said[-1]:
        said.append(guard.stdout.readline())
        assert said[-1], said
    with open(f'/proc/{guard.pid}/cmdline', encoding='utf-8') as file:
        command = file.read()
    guard.send_signal(signal.SIGKILL)
    said += guard.communicate()[0].splitlines()
    assert 'worker_hosts' in command and SECRET not in command
    assert SECRET not in '\n'.join(said)
    assert not re.search('[0-9a-f]{32}', '\n'.join(said))  # nor what a weak one could be found by
    assert any(line.startswith('D to 127.0.0.1: proof ... ...') for line in said), said
    end(control, members(cluster))


def test_a_launcher_gives_each_run_a_token_of_its_own(tmp_path):
    script = tmp_path / 'script.sh'
    script.write_text(f'echo "token ${TOKEN} of $*"\ntr "\\0" " " < /proc/$PPID/cmdline; echo\n')
    tokens = []
    for words in ([], [], ['--cluster_token', SECRET]):
        run = subprocess.run(
            [sys.executable, '-m', 'util.cluster.launcher', '--script', str(script), '1:2:0',
             '--port_base', str(free_base(SPAN)), *words], capture_output=True, text=True,
            check=True, cwd=ROOT, env={name: value for name, value in os.environ.items()
                                       if name != TOKEN})
        said = [line.partition('token ')[2].partition(' of ') for line in run.stdout.splitlines()
                if 'token ' in line]
        assert len(said) == 3 and len({token for token, _, _ in said}) == 1
        assert SECRET not in ''.join(arguments for _, _, arguments in said)
        assert run.stdout.count(SECRET) == (3 if words else 0)  # not in the launcher's own line
        tokens.append(said[0][0])
    assert tokens[2] == SECRET and len(set(tokens)) == 3
    assert all(len(token) == 32 for token in tokens[:2])
