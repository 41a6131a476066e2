"""From utterances to changed batches: what is changed, what is kept, and that it is repeated."""
import functools
import os
import sys

import numpy as np
import pytest

from tests.helpers.tones import ALPHABET as LETTERS
from tests.helpers.tones import make_corpus
from util.data.augment.augmenter import Augmentation, Augmenter
from util.data.augment.operations import KINDS
from util.data.augment.parse import parse_operations
from util.data.batching import BatchPlan
from util.data.dataset import batches
from util.data.feature_cache import FeatureCache
from util.data.manifest import read_csvs
from util.errors import UserError
from util.features import FeatureSettings
from util.text.alphabet import Alphabet
from util.text.transcripts import ctc_steps

ALPHABET = Alphabet(LETTERS)
SETTINGS = [FeatureSettings('2017'), FeatureSettings('0.9.3')]
PLAN = BatchPlan(np.arange(10, 22), 5, seed=3)
# One of each domain, all of the time; and what hits some utterances and misses others.
DOMAINS = {'sample': 'volume[dbfs=-30]', 'signal': 'add[domain=signal,stddev=0.01]',
           'spectrogram': 'pitch[pitch=1.2]', 'features': 'time_mask[domain=features]'}
SOME = ['reverb[p=0.4]', 'dropout[p=0.4,domain=signal]', 'tempo[p=0.4,factor=0.8:1.4]',
        'frequency_mask[p=0.4,size=20]', 'add[p=0.4]']


@pytest.fixture(name='utterances', scope='module')
def fixture_utterances(tmp_path_factory):
    return read_csvs([make_corpus(tmp_path_factory.mktemp('corpus'), 'train', 12)])


@functools.cache
def augmenter_of(texts, settings, seed, keep_for):
    return Augmenter(Augmentation(parse_operations(texts), keep_for), settings, seed)


def made(texts, utterances, settings=SETTINGS[0], epoch=1, seed=3, keep_for=0, plan=None, start=0,
         cache=None):
    """Return utterance -> features without padding, of an epoch."""
    augmented = None
    if texts:
        augmenter = augmenter_of(tuple(texts), settings, seed, keep_for)
        augmented = augmenter.epoch(epoch, 4, PLAN.plan, len(utterances))
    found = {}
    for batch in batches(utterances, plan or PLAN.plan(epoch), ALPHABET, settings, start,
                         cache or FeatureCache(settings, memory_limit=0), augmented,
                         keep_for > 1):
        for i, row, steps in zip(batch['index'].numpy(), batch['features'].numpy(),
                                 batch['lengths'].numpy()):
            assert np.isfinite(row).all()
            found[int(i)] = row[:steps + 2 * settings.n_context]
    return found


def same(one, two):
    assert one.keys() == two.keys()
    for i in one:
        np.testing.assert_array_equal(one[i], two[i])


@pytest.mark.parametrize('settings', SETTINGS, ids=lambda s: s.kind)
@pytest.mark.parametrize('domain', DOMAINS)
def test_each_domain_changes_what_it_should(utterances, settings, domain):
    plain = made([], utterances, settings)
    found = made([DOMAINS[domain]], utterances, settings)
    c = settings.n_context
    for i, row in plain.items():
        assert found[i].shape == row.shape
        if domain == 'features':  # frames are blanked, the context and all others are as before
            blank = (found[i][c:-c] == 0).all(axis=1)
            assert 1 <= blank.sum() <= 3
            kept = np.concatenate([np.ones(c, bool), ~blank, np.ones(c, bool)])
            np.testing.assert_array_equal(found[i][kept], row[kept])
        else:
            assert np.abs(found[i] - row).max() > 0.1
            if settings.kind == '0.9.3':
                assert not found[i][:c].any() and not found[i][-c:].any()
    if domain == 'sample' and settings.kind == '0.9.3':  # louder or softer: the log of it
        for i, row in plain.items():
            fall = (row - found[i])[c:-c, 0]
            assert fall.mean() > 1 and fall.std() < 0.2 * fall.mean()


@pytest.mark.parametrize('texts', [[f'{text.rstrip("]")},p=0]'] for text in DOMAINS.values()])
def test_what_is_not_hit_stays_as_it_is_to_the_bit(utterances, texts):
    same(made(texts, utterances), made([], utterances))


def test_all_operations_at_once(utterances, tmp_path):
    """Each with its defaults, and nothing is ever NaN or shorter than its transcript."""
    noise = os.path.dirname(utterances[0].wav)
    texts = [f'{name}[source={noise}]' if 'source' in kind.parameters else name
             for name, kind in KINDS.items() if name != 'codec']
    for settings in SETTINGS:
        found = made([*texts, 'tempo[factor=10]'], utterances, settings)
        for i, row in found.items():
            steps = len(row) - 2 * settings.n_context
            assert steps >= ctc_steps(ALPHABET.encode(utterances[i].transcript))


def test_an_epoch_can_be_repeated_from_any_batch_and_by_any_share(utterances):
    whole = made(SOME, utterances)
    same(made(SOME, utterances), whole)
    rest = made(SOME, utterances, start=1)
    same(rest, {i: whole[i] for i in np.concatenate(PLAN.plan(1)[1:]).tolist()})
    shares = [made(SOME, utterances, plan=[batch[k::2] for batch in PLAN.plan(1)])
              for k in range(2)]
    same(shares[0] | shares[1], whole)
    assert len(whole) == 12 and not set(shares[0]) & set(shares[1])


def test_another_epoch_or_seed_is_another_draw(utterances):
    one, two, three = (made(SOME, utterances, epoch=epoch, seed=seed)
                       for epoch, seed in ((1, 3), (2, 3), (1, 4)))
    for other in (two, three):
        changed = [i for i in one if one[i].shape != other[i].shape
                   or np.abs(one[i] - other[i]).max() > 1e-3]
        assert len(changed) > 8
    plain = made([], utterances)
    hit = [i for i in one if one[i].shape != plain[i].shape or (one[i] != plain[i]).any()]
    assert 8 < len(hit) <= 12


def test_the_clock_moves_what_is_picked(utterances):
    texts = ['volume[dbfs=-40:0]']
    loud = [np.mean([row[9:-9, 0].mean() for row in made(
        texts, utterances, SETTINGS[1], epoch).values()]) for epoch in range(4)]
    assert loud == sorted(loud) and loud[3] - loud[0] > 3


def test_the_cache_keeps_what_is_not_changed_before_its_features(utterances):
    settings = SETTINGS[0]
    cache = FeatureCache(settings)
    whole = made(SOME, utterances, cache=cache)
    kept = [u.wav for u in utterances if cache.in_memory(u.wav)]
    plain = made([], utterances)
    assert 0 < len(kept) < 12 and not any(variant for _, variant in cache._memory)
    for i, u in enumerate(utterances):
        if u.wav in kept:
            np.testing.assert_array_equal(cache.find(u.wav), plain[i])
    same(made(SOME, utterances, cache=cache), whole)
    late = ['add', 'dropout[domain=features]']  # features alone: all is cached
    whole = made(late, utterances, cache=cache)
    assert all(cache.in_memory(u.wav) for u in utterances)
    same(made(late, utterances, cache=cache), whole)
    same(made(late, utterances), whole)


@pytest.mark.parametrize('disk', [False, True])
def test_changes_are_kept_for_a_number_of_epochs(utterances, tmp_path, disk):
    settings = SETTINGS[0]
    folder = str(tmp_path / 'cache') if disk else ''

    def cache():
        return FeatureCache(settings, folder, 0 if disk else 1 << 30)

    one = cache()
    by_epoch = [made(SOME, utterances, epoch=epoch, keep_for=2, cache=one) for epoch in range(4)]
    same(by_epoch[0], by_epoch[1])
    same(by_epoch[2], by_epoch[3])
    assert any(by_epoch[0][i].shape != by_epoch[2][i].shape for i in by_epoch[0])
    # A run that is resumed in the second epoch of a pair makes the same of it
    same(made(SOME, utterances, epoch=3, keep_for=2), by_epoch[3])
    names = {Augmenter(Augmentation(parse_operations(SOME), 2), settings, 3).epoch(
        epoch, 4, PLAN.plan, 12).name for epoch in range(4)}
    assert len(names) == 2
    first, last = sorted(names)
    one.drop_variants(but=last)
    variants = {variant.partition('/')[0] for _, variant in one._memory if variant}
    assert variants == (set() if disk else {last})
    if disk:
        assert os.listdir(os.path.join(folder, 'augmented')) == [last]
        another = os.path.join(folder, 'augmented', '00000000-5')
        os.mkdir(another)
        one.drop_variants(but=last)
        assert os.path.isdir(another)  # of a run with other settings
    same(made(SOME, utterances, epoch=3, keep_for=2, cache=one), by_epoch[3])
    assert first != last


def test_everything_that_is_drawn_is_in_the_name(utterances):
    def name(texts=('volume',), seed=3, keep_for=2, epoch=0, epochs=4, plan=PLAN.plan):
        augmenter = augmenter_of(tuple(texts), SETTINGS[0], seed, keep_for)
        return augmenter.epoch(epoch, epochs, plan, 12).name

    names = [name(), name(['volume[dbfs=1]']), name(seed=4), name(keep_for=3), name(epoch=2),
             name(epochs=5), name(plan=lambda epoch: PLAN.plan(epoch)[::-1])]
    assert len(set(names)) == len(names) and name() == name(epoch=1) == names[0]


def test_one_recording_twice_is_changed_twice(utterances):
    twice = [utterances[0], utterances[0]]
    plan = [np.array([0]), np.array([1])]
    augmenter = Augmenter(Augmentation(parse_operations(['volume[dbfs=-20~15]']), 2), SETTINGS[1],
                          1)
    augmented = augmenter.epoch(0, 1, lambda _: plan, 2)
    cache = FeatureCache(SETTINGS[1])
    one, two = (batch['features'].numpy() for batch in batches(
        twice, plan, ALPHABET, SETTINGS[1], 0, cache, augmented, True))
    assert np.abs(one - two).max() > 0.1 and len(cache._memory) == 2


def test_a_recording_that_is_gone_is_left_out(tmp_path, capsys):
    rows = read_csvs([make_corpus(tmp_path, 'train', 12)])
    os.remove(rows[4].wav)
    found = made(['reverb', *SOME], rows)
    assert set(found) == set(range(12)) - {4}
    assert capsys.readouterr().out.count('the file is missing') == 1


def test_what_is_missing_is_said_before_training(monkeypatch):
    with pytest.raises(UserError, match=r'source=\^nowhere.*: no such file'):
        Augmenter(Augmentation(parse_operations(['overlay[source=nowhere]'])), SETTINGS[0], 1)
    monkeypatch.setitem(sys.modules, 'av', None)
    with pytest.raises(UserError, match='pip install -r requirements-augment.txt'):
        Augmenter(Augmentation(parse_operations(['codec'])), SETTINGS[0], 1)
