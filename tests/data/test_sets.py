"""util/data/sets.py: from CSV files to the batches of each set."""

import numpy as np
import pytest

from tests.helpers.tones import ALPHABET, make_corpus, speak, write_wav
from util.data.augment.augmenter import Augmentation
from util.data.augment.parse import parse_operations
from util.data.sets import DataSettings, SetSettings, load_sets
from util.errors import UserError
from util.features import FeatureSettings, num_steps
from util.text.alphabet import Alphabet

FEATURES = FeatureSettings()
LETTERS = Alphabet(ALPHABET)


@pytest.fixture(scope='module')
def csvs(tmp_path_factory):
    """Two CSV files with 7 and 5 utterances."""
    folder = tmp_path_factory.mktemp('tones')
    return make_corpus(folder, 'one', 7, 1), make_corpus(folder, 'two', 5, 2)


def load(sets, processes=1, **options):
    wanted = DataSettings(sets, FEATURES, show_progressbar=False, **options)
    return load_sets(wanted, LETTERS, processes)


def order(plan):
    return [batch.tolist() for batch in plan]


@pytest.mark.parametrize('limit, count', [(0, 12), (1, 1), (7, 7), (9, 9), (99, 12)])
def test_files_are_one_set_of_which_the_first_rows_count(csvs, limit, count):
    found = load({'train': SetSettings(csvs, limit)})['train']
    assert len(found.utterances) == len(found.plan.lengths) == count
    names = [u.wav.rsplit('/', 1)[-1] for u in found.utterances]
    assert names == [*(f'one-{i}.wav' for i in range(7)), *(f'two-{i}.wav' for i in range(5))
                     ][:count]


def test_a_missing_source_is_said_before_the_recordings_are_looked_at(csvs, capsys):
    augmentation = Augmentation(parse_operations(['overlay[source=nowhere]']))
    with pytest.raises(UserError, match='no such file or folder'):
        load({'train': SetSettings(csvs)}, augmentation=augmentation)
    assert not capsys.readouterr().out


def test_lengths_are_the_steps_of_the_network(csvs):
    found = load({'test': SetSettings(csvs)})['test']
    for utterance, steps in zip(found.utterances, found.plan.lengths, strict=True):
        assert steps == num_steps(len(speak(utterance.transcript)), FEATURES)


@pytest.mark.parametrize('processes', [1, 2, 3])
def test_a_training_batch_holds_a_share_for_each_process(csvs, processes):
    """Validation and test are not shared: their batches stay as they are asked for."""
    found = load({name: SetSettings(csvs, batch_size=2) for name in ('train', 'dev', 'test', 'x')},
                 processes)
    assert {name: one.plan.batch_size for name, one in found.items()} == {
        'train': 2 * processes, 'dev': 2, 'test': 2, 'x': 2}


def test_the_fingerprint_is_that_of_the_utterances(csvs, tmp_path):
    """Not of batches, or of where the files lie; one utterance more, fewer or other counts."""
    def fingerprint(files, **options):
        return load({'dev': SetSettings(tuple(files), **options)})['dev'].fingerprint

    one = fingerprint(csvs[:1])
    moved = make_corpus(tmp_path, 'moved', 7, 1)
    assert one == fingerprint([moved]) == fingerprint(csvs[:1], batch_size=3, longest_first=True)
    assert fingerprint(csvs) == fingerprint(csvs[::-1])
    others = [one, fingerprint(csvs), fingerprint(csvs[1:]), fingerprint(csvs[:1], limit=6)]
    assert len(set(others)) == 4


def test_only_training_is_shuffled(csvs):
    found = load({name: SetSettings(csvs, batch_size=2) for name in ('train', 'dev', 'test')},
                 seed=5)
    for name, one in found.items():
        plans = [order(one.plan.plan(epoch)) for epoch in range(3)]
        assert (plans[0] == plans[1] == plans[2]) is (name != 'train')
    again = load({'train': SetSettings(csvs, batch_size=2)}, seed=5)['train']
    other = load({'train': SetSettings(csvs, batch_size=2)}, seed=6)['train']
    assert order(again.plan.plan(2)) == order(found['train'].plan.plan(2))
    assert order(other.plan.plan(2)) != order(found['train'].plan.plan(2))
    kept = load({'train': SetSettings(csvs, batch_size=2, shuffled_from=None)}, seed=5)['train']
    assert order(kept.plan.plan(2)) == order(found['train'].plan.plan(0))


def test_longest_first(csvs):
    found = load({name: SetSettings(csvs, batch_size=3, longest_first=longest)
                  for name, longest in (('dev', False), ('test', True))})
    rising, falling = (np.concatenate([one.plan.lengths[batch] for batch in one.plan.plan(0)])
                       for one in found.values())
    assert (np.diff(rising) >= 0).all() and (np.diff(falling) <= 0).all()
    assert rising[0] < rising[-1]


def test_batches_from_any_one_on(csvs):
    found = load({'test': SetSettings(csvs, batch_size=5)})['test']
    plan = found.plan.plan(0)
    whole = [batch['index'].numpy().tolist() for batch in found.batches(plan)]
    assert whole == order(plan) and len(whole) == 3
    for start in range(4):
        batches = list(found.batches(plan, start))
        assert [batch['index'].numpy().tolist() for batch in batches] == whole[start:]
        assert [int(batch['position']) for batch in batches] == list(range(start, 3))


@pytest.mark.parametrize('start', range(4))
def test_seconds_of_audio(csvs, start):
    found = load({'train': SetSettings(csvs, batch_size=5)})['train']
    for epoch in (0, 3):
        rest = np.concatenate([*found.plan.plan(epoch)[start:], []]).astype(int)
        secs = sum(found.plan.lengths[i] * 0.02 for i in rest)
        assert found.audio_secs(epoch, start) == pytest.approx(secs)
    spoken = sum(0.12 * len(u.transcript) for u in found.utterances)
    assert found.audio_secs(0, 0) == pytest.approx(spoken, rel=0.05)


class EverySecond:
    """A crew of two of which this is the second, each learning half of every batch."""

    def share(self, plan):
        return [batch[1::2] for batch in plan]

    def every(self, batches, first, last, n_input, n_context):
        self.asked = first, last, n_input, n_context
        return batches


def test_a_process_learns_its_share(csvs):
    found, crew = load({'train': SetSettings(csvs, batch_size=2)}, 2)['train'], EverySecond()
    for epoch in (0, 2):
        learnt = [batch['index'].numpy().tolist() for batch in found.learnt_by(crew, epoch, 1, 2)]
        assert learnt == [batch[1::2] for batch in order(found.plan.plan(epoch))][1:]
        assert crew.asked == (1, 3, 26, 9)


class Alone:
    """A crew of one."""

    def share(self, plan):
        return plan

    def every(self, batches, first, last, n_input, n_context):
        return batches


TEXTS = ['reverb[p=0.5]', 'tempo[p=0.5,factor=0.8:1.2]', 'add[p=0.5,stddev=0.1:2]']


def rows_of(found, crew, epoch, start=0, epochs=3):
    """Return utterance -> features, without padding."""
    return {int(i): row[:steps + 18] for batch in found.learnt_by(crew, epoch, start, epochs)
            for i, row, steps in zip(*(batch[key].numpy()
                                       for key in ('index', 'features', 'lengths')))}


def test_a_share_is_augmented_as_the_whole(csvs):
    """Every process of a cluster changes its utterances as one process does that learns alone."""
    sets = {'train': SetSettings(csvs, batch_size=2), 'dev': SetSettings(csvs)}
    augmentation = Augmentation(parse_operations(TEXTS))
    together = load(sets, 2, augmentation=augmentation)
    alone = load({'train': SetSettings(csvs, batch_size=4)}, augmentation=augmentation)['train']
    assert together['dev'].augmenter is None and together['train'].augmenter
    whole = rows_of(alone, Alone(), 1)
    share = rows_of(together['train'], EverySecond(), 1)
    assert set(share) == {i for batch in alone.plan.plan(1) for i in batch[1::2].tolist()}
    for i, row in share.items():
        np.testing.assert_array_equal(row, whole[i])
    later, longer = rows_of(alone, Alone(), 2), rows_of(alone, Alone(), 1, epochs=6)
    plain = {int(i): row for batch in alone.batches(alone.plan.plan(1))
             for i, row in zip(batch['index'].numpy(), batch['features'].numpy())}
    for other in (later, longer, plain):
        assert any(other[i].shape != whole[i].shape or (other[i] != whole[i]).any() for i in whole)


def test_sets_share_one_cache(csvs, tmp_path):
    found = load({name: SetSettings(csvs[:1]) for name in ('train', 'dev')},
                 cache_dir=str(tmp_path / 'cache'))
    assert found['train'].cache is found['dev'].cache
    list(found['train'].batches(found['train'].plan.plan(0)))
    assert all(found['dev'].cache.in_memory(u.wav) for u in found['dev'].utterances)
    assert len(list((tmp_path / 'cache').rglob('*.npy'))) == 7


def test_what_cannot_be_learnt_is_left_out(csvs, tmp_path, capsys):
    write_wav(tmp_path / 'short.wav', speak('a'))
    write_wav(tmp_path / 'good.wav', speak('abc'))
    path = tmp_path / 'x.csv'
    path.write_text('wav_filename,wav_filesize,transcript\n'
                    f'short.wav,1,{"ab" * 20}\ngood.wav,1,abc\nnone.wav,1,abc\ngood.wav,1,xyz\n')
    one = {'train': SetSettings((str(path),))}
    found = load(one)['train']
    assert [u.transcript for u in found.utterances] == ['abc'] and len(found.plan.lengths) == 1
    with pytest.raises(UserError):
        load(one, strict=True)
    path.write_text('wav_filename,wav_filesize,transcript\nnone.wav,1,abc\n')
    with pytest.raises(UserError, match='train'):
        load(one)
