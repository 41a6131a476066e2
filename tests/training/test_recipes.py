"""data/recipes: the trainer takes each of them alone, and has nothing to say against it."""
import itertools
import os

import pytest

import DeepSpeech
from tests.helpers.places import ROOT
from util.training.advice import advice
from util.training.recipes import RECIPES, may_have_gpu, recipe_for
from util.unused import unused

EACH = list(itertools.product(RECIPES, [False, True]))


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


def options_of(recipe, on_gpu, *more):
    sets = [word for name in ('train', 'dev', 'test') for word in (f'--{name}_files', 'a.csv')]
    return DeepSpeech.flag.parse(['DeepSpeech.py', '--flagfile', str(ROOT / recipe.path(on_gpu)),
                                  *sets, *more])


@pytest.mark.parametrize('recipe, on_gpu', EACH, ids=lambda value: getattr(value, 'name', value))
def test_a_recipe_can_be_trained_with(recipe, on_gpu):
    options = options_of(recipe, on_gpu)
    assert unused(options, options.given, False) == []
    hours = min(recipe.hours * 0.99, 500)
    assert advice(options.n_hidden, options.learning_rate, options.train_batch_size, hours,
                  on_gpu) == ''
    assert recipe_for(hours) == recipe


@pytest.mark.parametrize('recipe, on_gpu', EACH, ids=lambda value: getattr(value, 'name', value))
def test_a_recipe_says_what_it_rests_on(recipe, on_gpu):
    text = (ROOT / recipe.path(on_gpu)).read_text()
    assert f'--flagfile {recipe.path(on_gpu)}' in text
    assert 'easured' in text
    assert options_of(recipe, on_gpu, '--n_hidden', '7').n_hidden == 7


def test_more_speech_means_a_wider_network_and_fewer_epochs():
    for on_gpu in (False, True):
        found = [options_of(recipe, on_gpu) for recipe in RECIPES]
        assert [each.n_hidden for each in found] == sorted(each.n_hidden for each in found)
        assert [each.epoch for each in found] == sorted((each.epoch for each in found),
                                                        reverse=True)


@pytest.mark.parametrize('where', ['.', 'data', '/', 'somewhere'])
@pytest.mark.parametrize('recipe, on_gpu', EACH, ids=lambda value: getattr(value, 'name', value))
def test_the_file_that_is_advised_is_there(tmp_path, monkeypatch, recipe, on_gpu, where):
    """Wherever the trainer was started: the path is from there."""
    monkeypatch.chdir(tmp_path if where == 'somewhere' else ROOT / where)
    line = advice(2048, 0.001, 1, min(recipe.hours * 0.99, 500), on_gpu)
    path = line.partition('--flagfile ')[2]
    assert os.path.samefile(path, ROOT / 'data' / 'recipes' / os.path.basename(path))
    assert (where == '.') == (path == f'data/recipes/{recipe.name}{"-gpu" * on_gpu}.txt')


def test_no_other_recipes():
    assert {path.name for path in (ROOT / 'data' / 'recipes').iterdir()} == {
        recipe.path(on_gpu).split('/')[-1] for recipe, on_gpu in EACH}


def test_a_gpu_is_seen(monkeypatch):
    monkeypatch.setattr('glob.glob', lambda pattern: ['/dev/nvidia0'])
    for visible, expected in ((None, True), ('0', True), ('', False), ('-1', False)):
        if visible is None:
            monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)
        else:
            monkeypatch.setenv('CUDA_VISIBLE_DEVICES', visible)
        assert may_have_gpu() == expected
    monkeypatch.setattr('glob.glob', lambda pattern: [])
    assert not may_have_gpu()
