"""Checkpoints are complete or not there, and a damaged one is passed over."""
import os
import threading

import numpy as np
import pytest
import tensorflow as tf

from util.errors import UserError
from util.training import checkpoints


@pytest.fixture
def variables():
    return {'layer_1/weights': tf.Variable([[1.0, 2.0]]), 'layer_1/bias': tf.Variable([3.0])}


def saved(folder, variables, steps, max_to_keep=5):
    saver = checkpoints.Saver(str(folder), max_to_keep)
    for step in steps:
        variables['layer_1/bias'].assign([float(step)])
        saver.save(variables, {'step': step, 'loss': 0.1})
    saver.close()


def test_round_trip(tmp_path, variables):
    saved(tmp_path, variables, [7])
    checkpoint = checkpoints.newest(str(tmp_path))
    assert checkpoint.state == {'step': 7, 'loss': 0.1}
    other = {name: tf.Variable(tf.zeros_like(v)) for name, v in variables.items()}
    checkpoints.assign(checkpoint, other)
    for name, variable in variables.items():
        np.testing.assert_array_equal(other[name], variable)
    assert tf.train.latest_checkpoint(str(tmp_path)) == str(tmp_path / 'model-7')


@pytest.mark.parametrize('name', ['a[1]b', '[a-z]', 'back\\slash', 'a*c', 'what?', 'sp ace',
                                  '{a,b}', '~', '$HOME', "it's", 'ü', '100%', '#', '-x', 'a\nb'])
def test_folders_of_any_name(tmp_path, variables, name, monkeypatch):
    """Absolute and relative; a neighbour whose name such a pattern would match is left alone."""
    for neighbour in ('a1b', 'abc', 'whats'):
        saved(tmp_path / neighbour, variables, [99])
    monkeypatch.chdir(tmp_path)
    for folder in (name, str(tmp_path / name)):
        saved(folder, variables, [7])
        found = checkpoints.newest(folder)
        assert found.state['step'] == 7 and found.path == os.path.join(folder, 'model-7')
        np.testing.assert_array_equal(found.tensors['layer_1/bias'], [7.0])
        os.truncate(f'{folder}/model-7.index', 20)
        with pytest.raises(ValueError, match='model-7. cannot be read') as refusal:
            checkpoints.read(os.path.join(folder, 'model-7'))
        assert '/proc' not in str(refusal.value)


def test_only_the_newest_are_kept(tmp_path, variables):
    saved(tmp_path, variables, [1, 2, 3, 10], max_to_keep=2)
    assert [os.path.basename(p) for p in checkpoints.kept(str(tmp_path))] == ['model-10', 'model-3']
    assert len(list(tmp_path.glob('model-*'))) == 4


def test_nothing_is_saved_with_max_to_keep_0(tmp_path, variables):
    saved(tmp_path, variables, [1], max_to_keep=0)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('part', ['.data-00000-of-00001', '.index'])
def test_truncated_newest_falls_back(tmp_path, variables, part, capsys):
    saved(tmp_path, variables, [1, 2])
    file = tmp_path / ('model-2' + part)
    file.write_bytes(file.read_bytes()[:-9])
    assert checkpoints.newest(str(tmp_path)).state['step'] == 1
    assert 'model-2' in capsys.readouterr().out


def test_save_holds_a_copy_of_the_values(tmp_path, variables):
    gate = threading.Event()
    saver = checkpoints.Saver(str(tmp_path), 5, before_rename=gate.wait)
    saver.save(variables, {'step': 1})
    variables['layer_1/bias'].assign([99.0])
    assert checkpoints.newest(str(tmp_path)) is None  # not there before it is complete
    gate.set()
    saver.close()
    assert checkpoints.newest(str(tmp_path)).tensors['layer_1/bias'] == [3.0]


def test_leftover_of_a_killed_save_is_removed(tmp_path):
    (tmp_path / '.saving-1-model-3').mkdir()
    (tmp_path / '.saving-1-model-3' / 'bundle.index').write_bytes(b'x')
    checkpoints.Saver(str(tmp_path), 5)
    assert not list(tmp_path.iterdir())


def test_failed_save_is_said_and_raised_at_the_end(tmp_path, variables, capsys):
    folder = tmp_path / 'file'
    folder.write_text('in the way')
    saver = checkpoints.Saver(str(folder), 5)
    saver.save(variables, {'step': 1})
    with pytest.raises(UserError, match='model-1'):
        saver.close()
    assert capsys.readouterr().out.startswith('W ')


def test_other_shape_is_one_line_with_both(tmp_path, variables):
    saved(tmp_path, variables, [1])
    with pytest.raises(UserError, match=r'\[1, 2\].*\[4, 2\]'):
        checkpoints.assign(checkpoints.newest(str(tmp_path)),
                           {'layer_1/weights': tf.Variable(tf.zeros([4, 2]))})


def test_skipped_layers_keep_their_values(tmp_path, variables):
    saved(tmp_path, variables, [1])
    other = {name: tf.Variable(tf.zeros_like(v)) for name, v in variables.items()}
    checkpoints.assign(checkpoints.newest(str(tmp_path)), other, skip=('layer_1/b',))
    assert other['layer_1/bias'].numpy() == [0.0]
    assert other['layer_1/weights'].numpy().tolist() == [[1.0, 2.0]]
