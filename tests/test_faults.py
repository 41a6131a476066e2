"""What users get wrong and machines refuse: one line that helps, before any training, no trace."""
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
import tensorflow as tf

import DeepSpeech
from tests.helpers.tones import make_corpus, speak, write_wav
from tests.helpers.trainer import flags, run
from util.cluster import crew
from util.errors import UserError
from util.training import checkpoints

ROOT = pathlib.Path(__file__).resolve().parents[1]


@pytest.fixture(scope='module')
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp('corpus')
    return {name: make_corpus(folder, name, 4, seed)
            for seed, name in enumerate(('train', 'dev', 'test'))}


@pytest.fixture(scope='module')
def trained(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp('trained')
    run(*flags(corpus, folder, '--epoch', 1, '--notest'))
    return folder


@pytest.mark.parametrize('flag, more', [
    ('--checkpoint_dir', []), ('--summary_dir', ['--summary_secs', 1]), ('--export_dir', []),
    ('--feature_cache', []), ('--test_output_file', [])])
def test_folders_that_cannot_be_written(corpus, tmp_path, capsys, flag, more):
    (tmp_path / 'file').write_text('')
    with pytest.raises(UserError, match=f"'.*/file/in' cannot be written .*another {flag}"):
        run(*flags(corpus, tmp_path / 'ck', flag,
                   tmp_path / 'file/in' / ('x.json' if 'file' in flag else ''), *more))
    assert 'STARTING' not in capsys.readouterr().out


@pytest.mark.parametrize('flag, value', [('--export_file_name', 'a/b'),
                                         ('--test_output_file', '.')])
def test_names_that_cannot_be_files(corpus, tmp_path, flag, value):
    with pytest.raises(UserError, match=f"{flag} '{value}'.*expected"):
        run(*flags(corpus, tmp_path, flag, value))


@pytest.mark.parametrize('error, line', [
    (MemoryError('Unable to allocate 298 GiB'),
     'E out of memory (Unable to allocate 298 GiB): reduce the batch size'),
    (tf.errors.ResourceExhaustedError(None, None, 'failed to allocate memory [Op:Mul]'),
     'E out of memory (failed to allocate memory): reduce the batch size'),
    (tf.errors.ResourceExhaustedError(None, None, '/x/y; No space left on device'),
     'E No space left on device\n')])
def test_memory_and_disk(capsys, error, line):
    def main():
        raise error
    with pytest.raises(SystemExit) as stop:
        crew.run_program(main)
    assert stop.value.code == 1
    out = capsys.readouterr().out
    assert out.startswith(line) and out.count('\n') == 1


def test_three_batches_without_a_finite_loss_end_the_training(corpus, tmp_path, capsys):
    with pytest.raises(UserError, match=r'three batches.*--learning_rate \(now 1e\+30\)'):
        run(*flags(corpus, tmp_path, '--learning_rate', 1e30, '--epoch', 9, '--notest',
                   '--train_batch_size', 1))
    warnings = [line for line in capsys.readouterr().out.splitlines() if line.startswith('W step')]
    assert len(warnings) == 3 and all('; check ' in w and '.wav' in w for w in warnings)
    assert checkpoints.newest(str(tmp_path)).state['step'] == int(warnings[-1].split()[2][:-1])


def steps(folder, name='model'):
    return [int(prefix.rpartition('-')[2]) for prefix in checkpoints.kept(str(folder), name)]


def test_beginning_anew_sets_old_checkpoints_aside(corpus, tmp_path, capsys):
    run(*flags(corpus, tmp_path, '--epoch', 3, '--notest', '--train_batch_size', 2))
    assert steps(tmp_path) == [6]
    run(*flags(corpus, tmp_path, '--epoch', 1, '--notest', '--load_train', 'init'))
    assert steps(tmp_path) == steps(tmp_path, 'best_dev') == [1]
    assert steps(tmp_path / 'aside-1') == [6]
    assert (f"W moved checkpoints newer than step 0 from '{tmp_path}' to "
            f"'{tmp_path}/aside-1'\n") in capsys.readouterr().out
    assert len((tmp_path / 'metrics.jsonl').read_text().splitlines()) == 2


@pytest.mark.parametrize('more, advice', [
    ([], 'run the same command to resume'),
    (['--load_train', 'init'], 'run the same command with --load_train auto to resume'),
    (['--max_to_keep', 0], 'nothing was saved (--max_to_keep 0)')])
def test_advice_after_an_interrupt(corpus, tmp_path, capsys, monkeypatch, more, advice):
    monkeypatch.setattr('DeepSpeech.Trainer._report_epoch', lambda *_: os.kill(
        os.getpid(), signal.SIGINT) or True)
    assert run(*flags(corpus, tmp_path, '--epoch', 9, *more)) == 130
    assert f'I Interrupted in epoch 1 at step 2: {advice}\n' in capsys.readouterr().out


def test_training_on_from_the_best(corpus, tmp_path, capsys):
    best = flags(corpus, tmp_path, '--notest', '--load_train', 'best', '--epoch', -1)
    run(*flags(corpus, tmp_path, '--epoch', 1, '--notest'))
    run(*flags(corpus, tmp_path, '--epoch', -2, '--notest', '--learning_rate', 1))
    assert steps(tmp_path) == [3, 1] and steps(tmp_path, 'best_dev') == [1]
    capsys.readouterr()
    run(*best)
    out = capsys.readouterr().out
    assert f"Resuming from '{tmp_path}/best_dev-1': epoch 1, step 1" in out
    assert steps(tmp_path) == [2, 1] and steps(tmp_path / 'aside-1') == [3]


def test_transfer_goes_on_where_it_was(corpus, trained, tmp_path, capsys):
    transfer = flags(corpus, tmp_path, '--load_checkpoint_dir', trained, '--save_checkpoint_dir',
                     tmp_path, '--drop_source_layers', 1, '--notest', '--epoch')
    run(*transfer, 1)
    assert f"Loaded '{trained}/model-1' except layer_6" in capsys.readouterr().out
    run(*transfer, 2)
    assert f"Resuming from '{tmp_path}/model-1': epoch 1" in capsys.readouterr().out
    with pytest.raises(UserError, match='--drop_source_layers makes a different model.*--save_ch'):
        run(*flags(corpus, trained, '--drop_source_layers', 1))


def test_transfer_from_nothing(corpus, tmp_path):
    source = ['--load_checkpoint_dir', tmp_path / 'none', '--drop_source_layers', 1]
    with pytest.raises(UserError, match=f"there is none in '{tmp_path}/none': pass another"):
        run(*flags(corpus, tmp_path, *source))
    with pytest.raises(UserError, match='--load_train init loads none'):
        run(*flags(corpus, tmp_path, *source, '--load_train', 'init'))


def test_a_folder_without_a_checkpoint_is_no_start(corpus, tmp_path):
    with pytest.raises(UserError, match=f"no checkpoint in --load_checkpoint_dir '{tmp_path}/none'"
                       ': correct it, or pass --load_train init to train from scratch'):
        run(*flags(corpus, tmp_path / 'ck', '--load_checkpoint_dir', tmp_path / 'none', '--epoch',
                   1, '--notest'))


def test_other_batches_than_before_the_interrupt(corpus, tmp_path, capsys, monkeypatch):
    count = DeepSpeech.Trainer._count

    def interrupted(trainer, *arguments):
        if trainer.state.position == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return count(trainer, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr('DeepSpeech.Trainer._count', interrupted)
        assert run(*flags(corpus, tmp_path, '--epoch', 2, '--train_batch_size', 1)) == 130
    step = checkpoints.newest(str(tmp_path)).state['step']
    assert step == checkpoints.newest(str(tmp_path)).state['position'] >= 2
    capsys.readouterr()
    run(*flags(corpus, tmp_path, '--epoch', 1, '--notest', '--train_batch_size', 4))
    assert 'W Epoch 0 starts over: its batches differ from the' in capsys.readouterr().out
    assert checkpoints.newest(str(tmp_path)).state['step'] == step + 1


@pytest.mark.parametrize('name, step', [('train', 0), ('dev', 1), ('test', 1)])
def test_recordings_that_vanish_after_the_check(tmp_path, monkeypatch, name, step):
    corpus = {name: make_corpus(tmp_path / name, name, 4) for name in ('train', 'dev', 'test')}
    model = DeepSpeech.Model

    def without_recordings(*arguments):
        for wav in (tmp_path / name).glob('*.wav'):
            wav.unlink()
        return model(*arguments)

    monkeypatch.setattr('DeepSpeech.Model', without_recordings)
    with pytest.raises(UserError, match=f'^{name}: none of the recordings can be read any mo'):
        run(*flags(corpus, tmp_path / 'ck', '--epoch', 1))
    assert steps(tmp_path / 'ck') == [step]


def test_validation_set_is_checked_also_where_nothing_validates(corpus, tmp_path, capsys):
    (tmp_path / 'dev.csv').write_text('wav_filename,wav_filesize,transcript\ngone.wav,1,a\n')
    with pytest.raises(UserError, match='dev: none of 1 utterance can be used'):
        run(*flags(corpus, tmp_path / 'ck', '--dev_files', tmp_path / 'dev.csv',
                   '--validation_step', 0))
    assert 'dev.csv:2: ' in capsys.readouterr().out


def test_results_of_no_test_are_said(corpus, tmp_path, capsys):
    run(*flags(corpus, tmp_path, '--epoch', 0, '--notest', '--test_output_file', 'x.json'))
    assert 'W --test_output_file needs a test: pass --test_files' in capsys.readouterr().out


def test_checkpoints_that_all_cannot_be_read(corpus, tmp_path, capsys):
    for name in ('model-5.index', 'model-5.data-00000-of-00001'):
        (tmp_path / name).write_text('damaged')
    with pytest.raises(UserError, match=f"no checkpoint in '{tmp_path}' can be read: --load_t"):
        run(*flags(corpus, tmp_path, '--epoch', 1))
    run(*flags(corpus, tmp_path, '--epoch', 1, '--notest', '--load_train', 'init'))
    assert steps(tmp_path) == [1] and (tmp_path / 'aside-1/model-5.index').exists()


def test_same_labels_in_another_order(corpus, trained, tmp_path):
    (tmp_path / 'alphabet.txt').write_text(' \nd\nb\nc\na\n')
    with pytest.raises(UserError, match='5 labels, the flags give one of 5; the same labels in a'):
        run(*flags(corpus, trained, '--alphabet_config_path', tmp_path / 'alphabet.txt'))
    assert len(checkpoints.kept(str(trained))) == 1


def test_odd_recording_is_said(corpus, trained, tmp_path, capsys):
    write_wav(tmp_path / 'slow.wav', speak('ab', rate=8000), rate=8000)
    assert run(*flags(corpus, trained, '--one_shot_infer', tmp_path / 'slow.wav')) == 0
    assert 'slow.wav has a different sample rate: resampled' in capsys.readouterr().out


def test_interrupt_while_packages_load(tmp_path):
    (tmp_path / 'tensorflow.py').write_text(
        'import pathlib, time\npathlib.Path(__file__).with_name("loading").touch()\n'
        'time.sleep(60)\n')
    (tmp_path / 'x.csv').write_text('wav_filename,transcript\n')
    process = subprocess.Popen(
        [sys.executable, str(ROOT / 'DeepSpeech.py'), '--train_files', tmp_path / 'x.csv'],
        env={**os.environ, 'PYTHONPATH': str(tmp_path)}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    while not (tmp_path / 'loading').exists():
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30)[0] == ''
    assert process.returncode == -signal.SIGINT  # 130 for a shell
