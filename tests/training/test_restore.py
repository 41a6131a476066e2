"""util/training/restore.py: which checkpoint a run begins with, over the choices of the flags."""

import dataclasses
import os

import numpy as np
import pytest

from util.data.batching import BatchPlan
from util.errors import UserError
from util.features import FeatureSettings
from util.network.geometry import Geometry
from util.network.weights import create_weights
from util.release import RELEASES
from util.text.alphabet import Alphabet
from util.training import checkpoints, restore
from util.training.restore import LoadSettings

LETTERS = Alphabet(' abc')
GEOMETRY = Geometry(n_hidden=4, n_labels=len(LETTERS))
PLAN = BatchPlan(np.array([5, 3, 8, 2, 7]), 2)
DEVIATION = dict.fromkeys([kind + layer for kind in 'bh' for layer in '12356'], 0.1)


def shape(alphabet=LETTERS, geometry=GEOMETRY):
    return checkpoints.shape_of(alphabet, geometry, FeatureSettings())


def weights_of(geometry=GEOMETRY, seed=1):
    return create_weights(geometry, DEVIATION, seed)


def values(weights):
    return {name: weight.numpy() for name, weight in weights.items()}


def save(folder, step, name='model', seed=1, geometry=GEOMETRY, alphabet=LETTERS, **state):
    """Save a checkpoint of random weights; return their values."""
    weights = weights_of(geometry, seed)
    saver = checkpoints.Saver(str(folder), 5)
    saver.save(weights, {'step': step, 'epoch': step // 3, 'position': 0,
                         'settings': shape(alphabet, geometry), **state}, name)
    saver.close()
    return values(weights)


def settings(load_dir, save_dir=None, train='auto', evaluate='auto', evaluate_dir=None, **more):
    return LoadSettings(train, evaluate, str(load_dir), str(save_dir or load_dir),
                        str(evaluate_dir or save_dir or load_dir), **more)


def begin(wanted, weights=None, plan=PLAN, dev_set=0, **other):
    weights = weights or weights_of(seed=9)
    return (restore.for_training(wanted, shape(**other), weights, weights, plan, dev_set),
            values(weights))


def same(weights, others):
    return all(np.array_equal(weights[name], others[name]) for name in others)


def damage(prefix):
    with open(prefix + '.index', 'r+b') as file:
        file.truncate(20)


@pytest.fixture(autouse=True)
def _first_attempt(monkeypatch):
    monkeypatch.delenv('DEEPSPEECH_ATTEMPT', raising=False)


@pytest.mark.parametrize('train', ['auto', 'init'])
def test_a_training_begins_anew_where_there_is_nothing(tmp_path, train, capsys):
    fresh = values(weights_of(seed=9))
    state, found = begin(settings(tmp_path, train=train))
    assert state == {} and same(found, fresh)
    assert capsys.readouterr().out == ''


@pytest.mark.parametrize('train, step', [('auto', 9), ('last', 9), ('best', 6)])
def test_the_choice_of_the_flag(tmp_path, train, step, capsys):
    kept = {step: save(tmp_path, step, seed=step) for step in (3, 9)}
    kept[6] = save(tmp_path, 6, 'best_dev', seed=6)
    state, found = begin(settings(tmp_path, train=train))
    assert state['step'] == step and state['epoch'] == step // 3
    assert same(found, kept[step])
    assert f': epoch {step // 3}, step {step}\n' in capsys.readouterr().out


def test_the_best_one_sets_what_came_later_aside(tmp_path):
    """Else a second `--load_train auto` would go on from the old end."""
    save(tmp_path, 9)
    save(tmp_path, 6, 'best_dev')
    begin(settings(tmp_path, train='best'))
    assert [os.path.basename(p) for p in checkpoints.kept(str(tmp_path))] == []
    assert sorted(os.listdir(tmp_path / 'aside-1')) == [
        'checkpoint', 'model-9.data-00000-of-00001', 'model-9.index']
    assert checkpoints.newest(str(tmp_path), 'best_dev').state['step'] == 6


def test_init_sets_everything_aside_and_loads_nothing(tmp_path, capsys):
    stored = save(tmp_path, 9)
    fresh = values(weights_of(seed=9))
    state, found = begin(settings(tmp_path, train='init'))
    assert state == {} and same(found, fresh) and not same(found, stored)
    assert not checkpoints.kept(str(tmp_path))
    assert 'aside-1' in capsys.readouterr().out


@pytest.mark.parametrize('train', ['last', 'best'])
def test_what_is_asked_for_must_be_there(tmp_path, train):
    save(tmp_path, 9, 'best_dev' if train == 'last' else 'model')
    with pytest.raises(UserError, match=f"--load_train {train}: no checkpoint in '{tmp_path}'"):
        begin(settings(tmp_path, train=train))


@pytest.mark.parametrize('whole, step', [((3, 9), 9), ((3,), 3), ((), None)])
def test_damaged_ones_are_passed_over_but_never_all(tmp_path, whole, step):
    for each in (3, 9):
        save(tmp_path, each, seed=each)
        if each not in whole:
            damage(str(tmp_path / f'model-{each}'))
    if step:
        assert begin(settings(tmp_path))[0]['step'] == step
        return
    with pytest.raises(UserError, match='can be read: --load_train init starts over'):
        begin(settings(tmp_path))


@pytest.mark.parametrize('train, attempt, from_own', [
    ('auto', False, True), ('last', False, False), ('best', False, False), ('init', False, False),
    ('last', True, True), ('best', True, True), ('init', True, True)])
def test_its_own_checkpoints_come_first(tmp_path, monkeypatch, train, attempt, from_own):
    """By default, and whatever the flag says where a cluster starts a process again."""
    source, own = tmp_path / 'source', tmp_path / 'own'
    given = {name: save(source, 6, name, seed=6) for name in ('model', 'best_dev')}
    mine = save(own, 3, seed=3)
    if attempt:
        monkeypatch.setenv('DEEPSPEECH_ATTEMPT', '2')
    state, found = begin(settings(source, own, train))
    if from_own:
        assert state['step'] == 3 and same(found, mine)
        assert checkpoints.kept(str(own))
    else:
        assert state.get('step', 0) == (0 if train == 'init' else 6)
        assert same(found, given['model']) == (train != 'init')


@pytest.mark.parametrize('there, attempt, step', [
    (('best_dev', 'model'), False, 6), (('model',), False, 9), (('best_dev',), False, 6),
    ((), False, 0), (('best_dev', 'model'), True, 9)])
def test_the_best_comes_first_where_that_is_wanted(tmp_path, monkeypatch, capsys, there, attempt,
                                                   step):
    """As in 0.9.3, and as it said so; but not where a cluster starts a process again."""
    for name, number in (('model', 9), ('best_dev', 6)):
        if name in there:
            save(tmp_path, number, name, seed=number)
    if attempt:
        monkeypatch.setenv('DEEPSPEECH_ATTEMPT', '2')
    wording = RELEASES['0.9.3'].wording
    state, _ = begin(settings(tmp_path, best_first=True, wording=wording))
    assert state.get('step', 0) == step
    which = {6: 'best validating', 9: 'most recent'}
    out = capsys.readouterr().out
    if step:
        path = f"{tmp_path}/{'best_dev' if step == 6 else 'model'}-{step}"
        assert f'I Loading {which[step]} checkpoint from {path}\n' in out
    assert (tmp_path / 'aside-1').exists() == (there == ('best_dev', 'model') and not attempt)


def test_a_damaged_best_one_is_passed_over(tmp_path):
    save(tmp_path, 9)
    save(tmp_path, 6, 'best_dev')
    damage(str(tmp_path / 'best_dev-6'))
    assert begin(settings(tmp_path, best_first=True))[0]['step'] == 9


@pytest.mark.parametrize('own', [True, False])
def test_the_target_of_another_training_is_not_ours(tmp_path, own):
    save(tmp_path / 'a', 3, target=7)
    state, _ = begin(settings(tmp_path / 'a', tmp_path / ('a' if own else 'b')))
    assert state['target'] == (7 if own else 0)


def test_an_empty_source_is_mistyped(tmp_path):
    with pytest.raises(UserError, match=f"no checkpoint in --load_checkpoint_dir '{tmp_path}/sou"):
        begin(settings(tmp_path / 'source', tmp_path / 'own'))
    assert begin(settings(tmp_path / 'source', tmp_path / 'own', 'init'))[0] == {}
    save(tmp_path / 'own', 3)
    assert begin(settings(tmp_path / 'source', tmp_path / 'own'))[0]['step'] == 3


def test_nothing_is_set_aside_where_nothing_is_saved(tmp_path):
    save(tmp_path, 9)
    begin(settings(tmp_path, train='init', keeping=False))
    assert [os.path.basename(p) for p in checkpoints.kept(str(tmp_path))] == ['model-9']


@pytest.mark.parametrize('position, plan, goes_on', [
    (0, BatchPlan(PLAN.lengths, 1), True),       # between epochs any batches will do
    (2, PLAN, True),
    (2, BatchPlan(PLAN.lengths, 1), False), (2, BatchPlan(PLAN.lengths, 2, seed=8), False),
    (2, BatchPlan(PLAN.lengths[:4], 2), False), (2, BatchPlan(PLAN.lengths, 2, reverse=True), True)
])
def test_an_epoch_goes_on_only_with_its_own_batches(tmp_path, position, plan, goes_on, capsys):
    """Over position and plan; `reverse` orders epoch 0 alone, and this is epoch 1."""
    save(tmp_path, 5, position=position, plan=PLAN.fingerprint(1), epoch_loss=7.5,
         epoch_utterances=4)
    state, _ = begin(settings(tmp_path), plan=plan)
    warned = "Epoch 1 starts over: its batches differ from the checkpoint's" in (
        capsys.readouterr().out)
    assert warned is not goes_on and state['epoch'] == 1 and state['step'] == 5
    assert (state['position'], state['epoch_loss'], state['epoch_utterances']) == (
        (position, 7.5, 4) if goes_on else (0, 0.0, 0))


HISTORY = {'dev_losses': [5.0, 4.0, 4.5], 'dev_wers': [0.5, 0.25, 0.5], 'best': [0.25, 4.0],
           'stopped': True}


@pytest.mark.parametrize('elsewhere', [False, True])
@pytest.mark.parametrize('train', ['auto', 'last', 'best'])
@pytest.mark.parametrize('stored', [None, 0, 7])  # None: saved before fingerprints were kept
@pytest.mark.parametrize('dev_set', [0, 7, 8])
def test_validations_are_compared_with_those_of_their_own_training_and_set(
        tmp_path, capsys, elsewhere, train, stored, dev_set):
    known = {} if stored is None else {'dev_set': stored}
    save(tmp_path / 'from', 9, 'best_dev' if train == 'best' else 'model', **HISTORY, **known)
    into = tmp_path / ('to' if elsewhere else 'from')
    state, _ = begin(settings(tmp_path / 'from', into, train), dev_set=dev_set)
    anew = elsewhere or (stored == 7 and dev_set == 8)
    assert {name: state[name] for name in HISTORY} == (
        {'dev_losses': [], 'dev_wers': [], 'best': [], 'stopped': False} if anew else HISTORY)
    assert state['dev_set'] == (dev_set or (0 if elsewhere else stored or 0))
    assert state['step'] == 9 and state['epoch'] == 3
    said = [line for line in capsys.readouterr().out.splitlines() if 'begin anew' in line]
    assert len(said) == bool(anew and dev_set)


@pytest.mark.parametrize('dropping', range(1, 6))
def test_a_transfer_keeps_all_but_the_last_layers(tmp_path, dropping, capsys):
    stored = save(tmp_path / 'from', 9, seed=3)
    fresh = values(weights_of(seed=9))
    state, found = begin(settings(tmp_path / 'from', tmp_path / 'to',
                                  drop_source_layers=dropping))
    dropped = ('layer_6', 'layer_5', 'lstm', 'layer_3', 'layer_2')[:dropping]
    assert state == {} and f"except {', '.join(dropped)}\n" in capsys.readouterr().out
    for name, value in found.items():
        expected = fresh if name.startswith(dropped) else stored
        assert np.array_equal(value, expected[name]), name
    assert 'layer_1/weights' not in dropped and not np.array_equal(
        stored['layer_1/weights'], fresh['layer_1/weights'])


def test_a_transfer_remembers_what_its_layers_were_trained_on(tmp_path):
    save(tmp_path / 'from', 9, trainings=[{'files': ['a.csv']}])
    wanted = settings(tmp_path / 'from', tmp_path / 'to', drop_source_layers=1)
    assert begin(wanted)[0] == {'trainings': [{'files': ['a.csv']}]}


def test_a_transfer_to_another_alphabet_and_its_own_checkpoints(tmp_path):
    """A run that is started again goes on with what it has learnt, and transfers no more."""
    save(tmp_path / 'from', 9, seed=3)
    other = dataclasses.replace(GEOMETRY, n_labels=2)
    wanted = settings(tmp_path / 'from', tmp_path / 'to', drop_source_layers=1)
    new = {'alphabet': Alphabet('xy'), 'geometry': other}
    assert begin(wanted, weights_of(other), **new)[0] == {}
    mine = save(tmp_path / 'to', 4, seed=5, geometry=other, alphabet=Alphabet('xy'))
    state, found = begin(wanted, weights_of(other, 8), **new)
    assert state['step'] == 4 and same(found, mine)


@pytest.mark.parametrize('train, message', [
    ('auto', "there is none in '.*from': pass another --load_checkpoint_dir"),
    ('init', '--load_train init loads none')])
def test_a_transfer_from_nothing(tmp_path, train, message):
    with pytest.raises(UserError, match=f'--drop_source_layers 2 keeps .*{message}'):
        begin(settings(tmp_path / 'from', tmp_path / 'to', train, drop_source_layers=2))


@pytest.mark.parametrize('change, dropping, message', [
    ({'n_hidden': 5}, 4, 'has n_hidden=4, flags say 5: the kept layers .* pass --n_hidden 4'),
    ({'layer_norm': True}, 4, 'has layer_norm=False, flags say True: .* pass --nolayer_norm'),
    ({'bidirectional': False}, 3, 'has bidirectional=True, flags say False: .*--bidirectional'),
    ({'bidirectional': False}, 4, ''),  # layer 3 is the last whose shape depends on it
    ({'relu_clip': 10.0}, 1, '')])
def test_layers_that_do_not_fit(tmp_path, change, dropping, message, capsys):
    save(tmp_path / 'from', 9)
    other = dataclasses.replace(GEOMETRY, **change)
    wanted = settings(tmp_path / 'from', tmp_path / 'to', drop_source_layers=dropping)
    if message:
        with pytest.raises(UserError, match=message):
            begin(wanted, weights_of(other), geometry=other)
        return
    begin(wanted, weights_of(other), geometry=other)
    assert ('pass --relu_clip 20.0 to match' in capsys.readouterr().out) == ('relu_clip' in change)


@pytest.mark.parametrize('evaluate, there, step', [
    ('auto', ('model', 'best_dev'), 6), ('auto', ('model',), 9), ('best', ('best_dev',), 6),
    ('last', ('model', 'best_dev'), 9), ('last', ('best_dev',), None), ('best', ('model',), None),
    ('auto', (), None)])
def test_what_is_tested_and_exported(tmp_path, evaluate, there, step):
    stored = {name: save(tmp_path, {'model': 9, 'best_dev': 6}[name], name, seed=len(name))
              for name in there}
    weights = weights_of(seed=9)
    wanted = settings(tmp_path / 'elsewhere', evaluate=evaluate, evaluate_dir=tmp_path)
    if step is None:
        with pytest.raises(UserError, match=f"no checkpoint to evaluate in '{tmp_path}'"):
            restore.for_evaluation(wanted, shape(), weights)
        return
    assert restore.for_evaluation(wanted, shape(), weights)['epoch'] == step // 3
    assert same(values(weights), stored['model' if step == 9 else 'best_dev'])


def test_evaluation_of_another_network(tmp_path):
    save(tmp_path, 9)
    other = dataclasses.replace(GEOMETRY, n_hidden=8)
    with pytest.raises(UserError, match='n_hidden=4, flags say 8: pass --n_hidden 4 or another'):
        restore.for_evaluation(settings(tmp_path), shape(geometry=other), weights_of(other))


@pytest.mark.parametrize('train, elsewhere, keeping, advice', [
    ('auto', True, True, 'run the same command to resume'),
    ('auto', False, True, 'run the same command to resume'),
    ('last', False, True, 'run the same command to resume'),
    ('last', True, True, 'run the same command with --load_train auto to resume'),
    ('best', False, True, 'run the same command with --load_train auto to resume'),
    ('init', False, True, 'run the same command with --load_train auto to resume'),
    ('auto', False, False, 'nothing was saved (--max_to_keep 0)')])
def test_advice_after_an_interrupt(train, elsewhere, keeping, advice):
    wanted = settings('a', 'b' if elsewhere else 'a', train, keeping=keeping)
    assert wanted.how_to_go_on() == advice
