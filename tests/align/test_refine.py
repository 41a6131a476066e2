"""A round of training: what is asked of the trainer, and when there is nothing to do."""

import pytest

from tests.helpers.need import need_module
from util.align import refine
from util.align.results import kept
from util.errors import UserError


def info(**changes):
    return need_module('deepspeech').ModelInfo(**{
        'language': 'de', 'version': '', 'feature_type': '2017', 'labels': [' ', 'a', '#'],
        'bytes_output': False, 'n_hidden': 32, 'n_input': 26, 'n_context': 9,
        'bidirectional': False, 'layer_norm': True, 'step_seconds': 0.02, 'precision': 'int8',
        'instruction_set': '', 'threads': 1, **changes})


def asked(monkeypatch, *args):
    """Return the path of the model, and the flags if the trainer was asked."""
    flags = []
    monkeypatch.setattr(refine, '_run', flags.extend)
    return refine.train(*args), flags


@pytest.mark.parametrize('changes, present, absent', [
    ({}, ['--n_hidden=32', '--feature_type=2017', '--bidirectional=False', '--layer_norm=True',
          '--export_language=de'], ['--bytes_output_mode']),
    ({'bytes_output': True}, ['--bytes_output_mode'], ['--alphabet_config_path'])])
def test_the_network_is_like_the_last_one(tmp_path, monkeypatch, outcomes, changes, present,
                                          absent):
    model, flags = asked(monkeypatch, tmp_path, kept(outcomes), info(**changes), ['--epoch=3'])
    assert set(present) < set(flags) and not any(
        flag.startswith(name) for flag in flags for name in absent)
    assert flags.index('--epoch=3') > flags.index('--epoch=30')  # the last one counts
    assert f'--export_dir={model.rpartition("/")[0]}' in flags
    assert (tmp_path / 'alphabet.txt').read_text() == ' \na\n\\#\n'
    assert (tmp_path / 'train.csv').exists() and (tmp_path / 'dev.csv').exists()


def test_a_training_is_of_its_clips_and_flags(tmp_path, monkeypatch, outcomes):
    first, _ = asked(monkeypatch, tmp_path, kept(outcomes), info(), [])
    same, _ = asked(monkeypatch, tmp_path, kept(outcomes), info(), [])
    assert first == same
    others = {asked(monkeypatch, tmp_path, kept(outcomes), info(), ['--epoch=3'])[0],
              asked(monkeypatch, tmp_path, kept(outcomes), info(n_hidden=64), [])[0],
              asked(monkeypatch, tmp_path, kept(outcomes)[:3], info(), [])[0]}
    assert len(others | {first}) == 4


def test_too_few_clips(tmp_path, monkeypatch, outcomes):
    with pytest.raises(UserError, match='too few to train on'):
        asked(monkeypatch, tmp_path, kept(outcomes)[:1], info(), [])
    with pytest.raises(UserError, match='too few to train on'):
        asked(monkeypatch, tmp_path, [], info(), [])
