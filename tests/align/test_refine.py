"""A round of training: what is asked of the trainer, and when there is nothing to do."""

import os
import shlex

import pytest

from util.align import refine
from util.align.results import kept
from util.errors import UserError

SHAPE = ['--n_hidden', '32', '--nobidirectional', '--layer_norm']


@pytest.fixture
def model(tmp_path):
    """Return a file that stands for a model, of which only counts which one it is."""
    path = tmp_path / 'seed.pbmm'
    path.write_bytes(b'a model')
    return str(path)


def asked(monkeypatch, *args):
    """Return the path of the model, and the flags if the trainer was asked."""
    asked_for = []

    def run(program, arguments, stdout):
        asked_for.append((program, list(arguments)))
        if program == refine.IMPORTER:
            os.makedirs(arguments[1])
        return shlex.join(['./DeepSpeech.py', '--checkpoint_dir', 'folder', *SHAPE])
    monkeypatch.setattr(refine, '_run', run)
    path = refine.train(*args)
    assert [program for program, _ in asked_for] in ([], [refine.TRAINER],
                                                     [refine.IMPORTER, refine.TRAINER])
    return path, asked_for[-1][1] if asked_for else []


def test_the_network_is_like_the_last_one(tmp_path, monkeypatch, outcomes, model):
    path, flags = asked(monkeypatch, tmp_path, kept(outcomes), model, 'de', ['--epoch=3'])
    assert flags[:len(SHAPE)] == SHAPE and '--export_language=de' in flags
    assert flags.index('--epoch=3') > flags.index('--epoch=30')  # the last one counts
    assert f'--export_dir={path.rpartition("/")[0]}' in flags
    assert (tmp_path / 'train.csv').exists() and (tmp_path / 'dev.csv').exists()


def test_a_training_is_of_its_clips_its_model_and_flags(tmp_path, monkeypatch, outcomes, model):
    def path(clips, model, *flags):
        return asked(monkeypatch, tmp_path, clips, model, 'de', list(flags))[0]
    first = path(kept(outcomes), model)
    assert path(kept(outcomes), model) == first
    other = tmp_path / 'other.pbmm'
    other.write_bytes(b'another model')
    others = {path(kept(outcomes), model, '--epoch=3'), path(kept(outcomes), str(other)),
              path(kept(outcomes)[:3], model)}
    assert len(others | {first}) == 4


def test_what_is_trained_is_not_trained_again(tmp_path, monkeypatch, outcomes, model):
    path, flags = asked(monkeypatch, tmp_path, kept(outcomes), model, 'de', [])
    assert flags
    os.makedirs(os.path.dirname(path))
    open(path, 'w').close()
    assert asked(monkeypatch, tmp_path, kept(outcomes), model, 'de', []) == (path, [])


def test_too_few_clips(tmp_path, monkeypatch, outcomes, model):
    with pytest.raises(UserError, match='too few to train on'):
        asked(monkeypatch, tmp_path, kept(outcomes)[:1], model, 'de', [])
    with pytest.raises(UserError, match='too few to train on'):
        asked(monkeypatch, tmp_path, [], model, 'de', [])
