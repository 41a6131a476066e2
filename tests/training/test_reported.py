"""What a run says of itself: the epoch its weights were trained to, and which one was the best."""
import dataclasses
import math
import os

import pytest

import DeepSpeech
from tests.helpers.tones import make_corpus
from util.training import checkpoints


@pytest.fixture(scope='module')
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp('corpus')
    return {name: make_corpus(folder, name, 4, seed)
            for seed, name in enumerate(('train', 'dev', 'test'))}


def run(corpus, folder, *more):
    """Run the command line in this process."""
    arguments = ['--train_files', corpus['train'], '--dev_files', corpus['dev'], '--test_files',
                 corpus['test'], '--alphabet_config_path',
                 os.path.join(os.path.dirname(corpus['train']), 'alphabet.txt'), '--n_hidden', 32,
                 '--train_batch_size', 4, '--dev_batch_size', 4, '--test_batch_size', 4,
                 '--checkpoint_dir', folder, '--noshow_progressbar', '--beam_width', 16, *more]
    return DeepSpeech.main(DeepSpeech.flag.parse(['DeepSpeech.py', *map(str, arguments)]))


@pytest.mark.parametrize('before, more, epoch', [
    (0, ['--epoch', 2], 2), (0, ['--epoch', -2], 2), (1, ['--epoch', -2], 3),
    (1, ['--epoch', 2], 2), (2, ['--epoch', 1], 2),  # nothing to train: what was loaded
    (0, ['--epoch', 9, '--validation_step', 1, '--earlystop_nsteps', 3, '--estop_mean_thresh', 1e9,
         '--estop_std_thresh', 1e9], 3)])  # stopped early
def test_test_of_what_was_not_saved_names_its_epoch(corpus, tmp_path, capsys, before, more, epoch):
    if before:
        run(corpus, tmp_path, '--epoch', before, '--notest')
        capsys.readouterr()
    assert run(corpus, tmp_path, '--max_to_keep', 0, *more) == 0
    assert f'I Test of Epoch {epoch} - ' in capsys.readouterr().out


NAN, INF = math.nan, math.inf


@pytest.mark.parametrize('losses, best', [
    ([NAN, NAN], None), ([NAN, 5.0, 6.0], 2), ([5.0, NAN, NAN], 1), ([INF, 5.0, 4.0], 3),
    ([5.0, INF, NAN, 4.0], 4)])
def test_validation_without_a_finite_loss(corpus, tmp_path, monkeypatch, losses, best):
    """It is never the best one if it is NaN, and the training goes on to its end."""
    evaluate, coming = DeepSpeech.evaluate, iter(losses)

    def with_loss(*arguments, **named):
        loss = next(coming)
        return [dataclasses.replace(sample, loss=loss, word_edits=1, words=1)
                for sample in evaluate(*arguments, **named)]

    monkeypatch.setattr(DeepSpeech, 'evaluate', with_loss)
    assert run(corpus, tmp_path, '--validation_step', 1, '--noearly_stop', '--notest', '--epoch',
               len(losses)) == 0
    assert checkpoints.newest(str(tmp_path)).state['epoch'] == len(losses)
    kept = [int(prefix.rpartition('-')[2])
            for prefix in checkpoints.kept(str(tmp_path), 'best_dev')]
    assert kept == ([best] if best else [])
