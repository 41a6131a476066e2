"""A training that is killed and started again reaches the same weights as one that is not."""
import os
import random
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

from tests.helpers.tones import make_corpus
from util.training import checkpoints

pytestmark = pytest.mark.long
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
EPOCHS, UTTERANCES, BATCH = 3, 42, 2  # 21 steps an epoch


def child(folder, corpus, die_after=0, delay=0.0, in_save=False, more=()):
    """Train in a process of its own, which may kill itself; return its status and output."""
    os.makedirs(folder, exist_ok=True)
    train, dev = corpus
    return subprocess.run(
        [sys.executable, os.path.join(HERE, 'resume_child.py'), str(die_after), str(delay),
         str(int(in_save)), '--train_files', train, '--dev_files', dev, '--validation_step', '1',
         '--alphabet_config_path', os.path.join(os.path.dirname(train), 'alphabet.txt'),
         '--n_hidden', '16', '--train_batch_size', '1', '--gradient_accumulation', str(BATCH),
         '--dev_batch_size', '4',
         '--epoch', str(EPOCHS), '--notest', '--dropout_rate', '0.2', '--dropout_rate4', '0.1',
         '--earlystop_nsteps', '30', '--lr_schedule', 'cosine', '--reduce_lr_on_plateau',
         '--plateau_epochs', '1', '--enable_op_determinism', '--checkpoint_dir', 'ck',
         '--noshow_progressbar', *more],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False)


def order(folder):
    """Return step -> utterances of the batch; a step repeated after a kill must be the same."""
    steps = {}
    with open(os.path.join(folder, 'order.txt'), encoding='utf-8') as file:
        for line in file:
            step, batch = line.split(' ', 1)
            assert steps.setdefault(int(step), batch) == batch
    return steps


@pytest.fixture(scope='module')
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp('corpus')
    return make_corpus(folder, 'train', UTTERANCES, 1), make_corpus(folder, 'dev', 5, 2)


@pytest.fixture(scope='module')
def undisturbed(corpus, tmp_path_factory):
    folder = str(tmp_path_factory.mktemp('undisturbed'))
    result = child(folder, corpus)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


def check_equal(folder, undisturbed):
    expected = checkpoints.newest(os.path.join(undisturbed, 'ck'))
    reached = checkpoints.newest(os.path.join(folder, 'ck'))
    assert reached.state == expected.state
    assert reached.state['step'] == EPOCHS * 21 and len(reached.state['dev_losses']) == EPOCHS
    assert reached.tensors.keys() == expected.tensors.keys()
    assert any('adam_v' in name for name in expected.tensors)
    for name, value in expected.tensors.items():
        np.testing.assert_array_equal(value, reached.tensors[name], err_msg=name)
    assert order(folder) == order(undisturbed)


@pytest.mark.parametrize('times', [2, pytest.param(10, marks=pytest.mark.slow)])
def test_killed_at_many_moments(corpus, undisturbed, tmp_path, times):
    moments = random.Random(7)
    for number in range(times):  # each goes on by six steps at most: none may reach the end
        in_save = number % 3 == 1
        result = child(str(tmp_path), corpus, die_after=moments.randint(3, 5),
                       delay=moments.uniform(0, 0.05), in_save=in_save)
        assert result.returncode == -signal.SIGKILL, result.stdout + result.stderr
        if in_save:
            assert list((tmp_path / 'ck').glob('.saving-*')), 'it did not die inside a save'
    result = child(str(tmp_path), corpus)
    assert result.returncode == 0, result.stdout + result.stderr
    assert not list((tmp_path / 'ck').glob('.saving-*'))
    check_equal(tmp_path, undisturbed)


@pytest.mark.parametrize('keep_for, moments', [
    pytest.param(0, (11, 29), marks=pytest.mark.slow),
    pytest.param(2, (11, 29), marks=pytest.mark.slow), (2, (29,))])
def test_killed_while_augmenting(corpus, undisturbed, tmp_path, keep_for, moments):
    """Of every domain, by the clock, and combined with --vary; in the first epoch and later."""
    noise = os.path.dirname(corpus[0])
    more = ['--vary', '0.3', '--cache_for_epochs', str(keep_for),
            '--augment', f'overlay[p=0.4,source={noise},snr=20:5~5,layers=1:2]',
            '--augment', 'reverb[p=0.3,delay=5:30]', '--augment', 'resample[p=0.2,rate=6000]',
            '--augment', 'dropout[p=0.3,domain=signal]', '--augment', 'pitch[p=0.3]',
            '--augment', 'tempo[p=0.3]', '--augment', 'warp[p=0.3,wf=0.1]',
            '--augment', 'frequency_mask[p=0.3]', '--augment', 'time_mask[p=0.3,domain=features]',
            '--augment', 'add[p=0.3,stddev=0.1:1]', '--augment', 'multiply[p=0.3,stddev=0.1]']
    alone, killed = tmp_path / 'alone', tmp_path / 'killed'
    result = child(str(alone), corpus, more=more)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count('I Invalidating feature cache') == (2 if keep_for else 0)
    for die_after in moments:
        result = child(str(killed), corpus, die_after, 0.02, more=more)
        assert result.returncode == -signal.SIGKILL, result.stdout + result.stderr
    result = child(str(killed), corpus, more=more)
    assert result.returncode == 0, result.stdout + result.stderr
    check_equal(killed, alone)
    one, two = (checkpoints.newest(os.path.join(folder, 'ck')).tensors
                for folder in (alone, undisturbed))
    assert all((one[name] != two[name]).any() for name in one if 'weights' in name)


def test_truncated_newest_checkpoint_falls_back(corpus, undisturbed, tmp_path):
    assert child(str(tmp_path), corpus, die_after=14).returncode == -signal.SIGKILL
    prefix = checkpoints.kept(str(tmp_path / 'ck'))[0]
    data = prefix + '.data-00000-of-00001'
    os.truncate(data, os.path.getsize(data) // 2)
    result = child(str(tmp_path), corpus)
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(rf"W checkpoint '\S*{os.path.basename(prefix)}' cannot be read",
                     result.stdout)
    check_equal(tmp_path, undisturbed)


@pytest.mark.parametrize('number, status', [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupt_saves_and_says_how_to_go_on(corpus, tmp_path, number, status):
    with open(tmp_path / 'out.txt', 'w', encoding='utf-8') as out:
        train, dev = corpus
        process = subprocess.Popen(
            [sys.executable, os.path.join(ROOT, 'DeepSpeech.py'), '--train_files', train,
             '--dev_files', dev, '--alphabet_config_path',
             os.path.join(os.path.dirname(train), 'alphabet.txt'), '--n_hidden', '16', '--notest',
             '--epoch', '100000', '--checkpoint_dir', str(tmp_path / 'ck')],
            stdout=out, stderr=subprocess.STDOUT)
        try:
            while process.poll() is None and 'Training of Epoch 1 ' not in (
                    tmp_path / 'out.txt').read_text():
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(0.2)
            process.send_signal(number)
            assert process.wait(60) == status
        finally:
            process.kill()
    text = (tmp_path / 'out.txt').read_text()
    assert 'run the same command to resume' in text and 'Traceback' not in text
    checkpoint = checkpoints.newest(str(tmp_path / 'ck'))
    assert f"at step {checkpoint.state['step']}" in text
