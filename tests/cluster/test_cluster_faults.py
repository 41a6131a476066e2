"""What a cluster does when it is hurt, and that it computes what one process does."""
import os
import random
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.helpers.cluster import CHILD, LAUNCHER, STEPS, trained

pytestmark = pytest.mark.cluster


def steps(text):
    """(epoch, position) -> (loss, utterances) as they came last, from one process."""
    return {(int(epoch), int(position)): (float(loss), [int(i) for i in index.split(',')])
            for epoch, position, loss, index in re.findall(
                r'STEP (\d+) (\d+) (\S+) ([-\d,]+)', text)}


@pytest.mark.parametrize('template', ['2:3:0', '0:1:0'])
def test_other_templates_train(start, template):
    run = start(template, '--epoch', 3, '--validation_step', 1)
    trained(run, 3, STEPS)


def test_all_reduce_learns_as_one_process_does(start):
    # 6, 6, 6 and 1 utterances: of the last batch the second worker has no share
    flags = ['--epoch', 5, '--limit_train', 19, '--dropout_rate', 0, '--notest', '--max_to_keep', 0,
             '--augment', 'reverb[p=0.5,delay=20~10]', '--augment', 'pitch[p=0.4]',
             '--augment', 'add[p=0.5,stddev=1]']  # drawn by epoch and utterance, wherever it is
    two = start('', *flags, '--train_batch_size', 1, '--gradient_accumulation', 3,
                command=[LAUNCHER, '--script', CHILD, '0:2:0'], name='two')
    assert two.end() == 0, two.text
    one = start('', *flags, '--train_batch_size', 6, command=[sys.executable, CHILD], name='one')
    assert one.end() == 0, one.text
    expected = steps(one.text)
    assert len(expected) == 20
    per_worker = [steps('\n'.join(line for line in two.lines if line.startswith(f'[worker {i}]')))
                  for i in range(2)]
    for key, (loss, index) in expected.items():
        for found in per_worker:
            assert abs(found[key][0] - loss) < 1e-4, key
        shares = [i for found in per_worker for i in found[key][1] if i >= 0]
        assert sorted(shares) == sorted(index)
    assert min(len(index) for _, index in expected.values()) == 1


def test_evaluation_spread_over_workers_gives_the_same_numbers(start, tmp_path):
    first = start('', '--epoch', 1, '--notest', command=[sys.executable, 'DeepSpeech.py'])
    assert first.end() == 0, first.text
    lines = {}
    for template in ('', '0:2:0', '1:2:0'):
        command = [LAUNCHER, template] if template else [sys.executable, 'DeepSpeech.py']
        run = start('', '--notrain', command=command)
        assert run.end() == 0, run.text
        lines[template] = [re.sub(r'^\[.*?\] ', '', line) for line in run.lines
                           if 'WER' in line or '- res' in line]
        assert len(lines[template]) > 3
    assert lines[''] == lines['0:2:0'] == lines['1:2:0']


@pytest.mark.parametrize('template, seed', [('1:2:0', 1), ('0:2:0', 2)])
def test_five_kills_at_random_moments(start, template, seed):
    chance = random.Random(seed)
    epochs = 40
    run = start('', '--epoch', epochs, '--checkpoint_secs', 1,
                command=[LAUNCHER, '--script', CHILD, template], DEEPSPEECH_TEST_COUNT=1)
    roles = (['worker 0', 'worker 1', 'ps 0', 'chief 0'] if template[0] == '1'
             else ['worker 0', 'worker 1'])
    seen = run.wait_for(r'Training of Epoch 0 ')
    victims = [*roles[1:], *chance.choices(roles, k=5)][:5]
    for victim in victims:
        time.sleep(chance.uniform(0, 1.5))
        run.hurt(victim)
        seen = run.wait_for(f'W {victim} .* was killed by signal 9', after=seen)
        seen = run.wait_for('STEP ', after=seen)
    n_steps = STEPS if template[0] == '1' else STEPS // 2
    trained(run, epochs, n_steps)
    state = run.checkpoint().state
    learnt = run.checkpoint().tensors['learnt']  # how often each batch is in the weights
    assert learnt[:state['step']].min() == 1 and not learnt[state['step']:].any()
    twice = learnt.sum() - state['step']
    if template[0] == '0':
        assert twice == 0
    else:  # at most one batch for each death of a worker
        assert twice <= sum(victim.startswith('worker') for victim in victims)
    speakers = ['[chief   0]'] if template[0] == '1' else ['[worker 0]', '[worker 1]']
    found = [steps('\n'.join(line for line in run.lines if line.startswith(speaker)))
             for speaker in speakers]
    for epoch in range(epochs):  # every utterance, once
        index = [i for one in found for (e, _), (_, indices) in one.items() if e == epoch
                 for i in indices if i >= 0]
        assert sorted(index) == list(range(24)), epoch


@pytest.mark.parametrize('template', ['1:2:0', '0:2:0'])
def test_a_stopped_worker_is_noticed(start, template):
    run = start(template, '--epoch', 80, '--checkpoint_secs', 2, '--coord_timeout', 6)
    run.wait_for('Training of Epoch 0 ')
    run.hurt('worker 1', signal.SIGSTOP)
    run.wait_for('W worker 1 .* sent no heartbeat for 6 s')
    trained(run, 80, STEPS if template[0] == '1' else STEPS // 2)


@pytest.mark.parametrize('template', ['1:2:0', '0:2:0'])
@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_interrupt_saves_and_ends_all(start, template, number):
    bystander = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])
    try:
        run = start(template, '--epoch', 100000)
        run.wait_for('Training of Epoch 1 ')
        os.kill(run.process.pid, number)
        assert run.end(60) == 128 + number, run.text
        assert re.search(r'I Interrupted in epoch \d+ at step (\d+)', run.text), run.text
        # Two epochs at least: in step, an epoch has half as many steps.
        assert run.checkpoint().state['step'] >= STEPS
        assert not run.processes() and bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_second_interrupt_ends_at_once(start):
    run = start('', '--epoch', 100000, command=[LAUNCHER, '--script', CHILD, '0:2:0'],
                DEEPSPEECH_TEST_HOLD=2)
    run.wait_for('HOLD')  # here nobody gets to save
    os.kill(run.process.pid, signal.SIGINT)
    time.sleep(2)
    assert run.process.poll() is None
    os.kill(run.process.pid, signal.SIGINT)
    assert run.end(60) == 130, run.text
    assert not run.processes()


def test_ends_when_nobody_reads_its_lines(start):
    run = start('', '--epoch', 100000, command=[
        'bash', '-c', '"$0" 1:2:0 "$@" | grep -m1 "Training of Epoch 1"; '
        'echo "status ${PIPESTATUS[0]}"', LAUNCHER])
    assert run.end(300) == 0
    assert 'status 143' in run.text
    assert run.checkpoint().state['step'] > STEPS
    assert not run.processes()


TAKE_PORT = '''
import socket, time
taken = socket.create_server(('', 3001))
print('taken', flush=True)
time.sleep(1000)
'''


def test_taken_port_is_named(start):
    taker = start('', command=[sys.executable, '-c', TAKE_PORT], name='taker')
    taker.wait_for('taken')
    run = start('0:2:0', '--epoch', 1)
    assert run.end(120) == 1
    assert 'E port 3001 of worker 1 cannot be used' in run.text
    assert 'did not stop; killed it' not in run.text
    assert not run.processes()


def test_two_clusters_on_one_machine_leave_each_other_alone(start):
    first = start('', '--epoch', 2, '--coord_timeout', 600, name='first',
                  command=[LAUNCHER, '--script', CHILD, '1:2:0'], DEEPSPEECH_TEST_HOLD=STEPS + 2)
    first.wait_for(r'^\[chief   0\] I Cluster: ')  # TensorFlow is about to listen
    second = start('1:2:0', '--epoch', 1, name='second')
    assert second.end(60) == 1
    assert second.text == ('E port 2000 of ps 0 cannot be used: Address already in use; if that is '
                           'another cluster, wait for its end or pass another --port_base, such as '
                           '4000')
    third = start('1:2:0', '--epoch', 1, '--port_base', 4000, name='third')
    trained(third, 1, STEPS)
    first.wait_for(r'^\[chief   0\] HOLD')
    first.go_on()
    trained(first, 2, STEPS)
    assert not re.search('failure|connected twice|turned away', first.text + third.text)


def test_unknown_host_is_named(start):
    run = start('', '--worker_hosts', 'localhost:3000,nowhere.invalid:3001', '--job_name', 'worker',
                '--coord_timeout', 3, command=[sys.executable, 'DeepSpeech.py'])
    assert run.end(60) == 1
    assert "E host 'nowhere.invalid' of worker 1 cannot be resolved here" in run.text


def test_missing_coordinator_is_named(start):
    run = start('', '--worker_hosts', 'localhost:3000,localhost:3001', '--job_name', 'worker',
                '--task_index', 1, '--coord_retries', 1, command=[sys.executable, 'DeepSpeech.py'])
    assert run.end(60) == 1
    assert re.search(r'E worker 1: no coordinator at localhost:2500 after 7 attempts', run.text)


def test_late_worker_is_waited_for(start):
    flags = ['--worker_hosts', 'localhost:3000,localhost:3001', '--job_name', 'worker', '--epoch',
             1]
    command = [sys.executable, 'DeepSpeech.py']
    first = start('', *flags, command=command)
    time.sleep(60)
    first.wait_for(r'I waiting for worker 1 \(localhost:3001\)')
    second = start('', *flags, '--task_index', 1, command=command)
    assert second.end() == 0 and first.end() == 0, first.text + second.text
    assert first.checkpoint().state['epoch'] == 1


@pytest.mark.parametrize('template', ['1:2:0', '0:2:0'])
def test_gives_up_after_so_many_failures(start, template):
    run = start(template, '--epoch', 100000, '--coord_retries', 1)
    seen = run.wait_for('Training of Epoch 0 ')
    run.hurt('worker 1')
    seen = run.wait_for('failure 1 of 1 allowed', after=seen)
    run.wait_for('Training of Epoch ', after=seen)
    run.hurt('worker 1')
    assert run.end(60) == 1
    assert re.search(r'E worker 1 \(localhost:3001\) was killed by signal 9: failure 2 exceeds '
                     '--coord_retries 1; giving up', run.text), run.text
    assert not run.processes()


def test_killed_guard_is_started_again(start):
    run = start('1:2:0', '--epoch', 40, '--checkpoint_secs', 2)
    run.wait_for('Training of Epoch 0 ')
    worker = run.processes('worker 1')[0]
    with open(f'/proc/{worker}/stat', encoding='utf-8') as file:
        guard = int(file.read().rsplit(') ', 1)[1].split()[1])
    os.kill(guard, signal.SIGKILL)
    run.wait_for(r'^\[worker 1\] W worker 1 was killed by signal 9; restarting it')
    trained(run, 40, STEPS)


def test_misuse_ends_the_run_with_its_status(start):
    run = start('1:2:0', '--train_files', 'missing.csv')
    assert run.end(60) == 1
    assert re.search(r'\[chief   0\] E .*missing\.csv', run.text), run.text
    assert 'E chief 0 (localhost:2501) ended with status 1; stopping the run' in run.text
    assert not run.processes()
