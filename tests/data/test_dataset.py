"""Batches are what the plan says, padded right; caches are exact, bounded and never stale."""

import os
import wave

import numpy as np
import pytest
import tensorflow as tf

from tests.helpers.places import ROOT
from util.audio.reading import read_audio
from util.data.batching import BatchPlan
from util.data.dataset import batches
from util.data.feature_cache import FeatureCache
from util.data.manifest import Utterance
from util.features import FeatureSettings, compute_features, num_steps
from util.text.alphabet import Alphabet

ALPHABET = Alphabet(" abcdefghijklmnopqrstuvwxyz'")
SETTINGS = FeatureSettings()
TEXTS = ['one', 'two words', 'a', 'three more words', 'zz', "don't", 'last']


def _noise(path, n_samples, seed):
    with wave.open(str(path), 'wb') as f:
        f.setparams((1, 2, 16000, 0, 'NONE', ''))
        f.writeframes(np.random.default_rng(seed).normal(0, 2000, n_samples).astype('<i2'))
    return str(path)


@pytest.fixture
def utterances(tmp_path):
    """Seven clips of 0.3 to 0.9 s."""
    return [Utterance(_noise(tmp_path / f'{i}.wav', 4800 + 1600 * i, i), 0, text, 'x.csv', i + 2)
            for i, text in enumerate(TEXTS)]


PLAN = [np.array([3, 0, 6]), np.array([1]), np.array([5, 2, 4])]


def _same(a, b):
    return all(np.array_equal(x.numpy(), y.numpy()) for x, y in
               zip(tf.nest.flatten(a, expand_composites=True),
                   tf.nest.flatten(b, expand_composites=True)))


def _all(utterances, plan=PLAN, settings=SETTINGS, **kwargs):
    return list(batches(utterances, plan, ALPHABET, settings, **kwargs))


def test_nothing_is_tuned(utterances):
    """TensorFlow's thread for that may sleep on, and whoever ends the iterator waits for it."""
    made = batches(utterances, PLAN, ALPHABET, SETTINGS)
    assert made.options().autotune.enabled is False
    for module in [ROOT / 'DeepSpeech.py', *(ROOT / 'util').rglob('*.py')]:
        assert module.name == 'dataset.py' or 'data.Dataset.' not in module.read_text(), module


@pytest.mark.parametrize('settings', [SETTINGS, FeatureSettings(kind='0.9.3'),
                                      FeatureSettings(n_input=20, n_context=3)])
def test_batches_hold_what_the_plan_says(utterances, settings):
    got = _all(utterances, settings=settings)
    assert [b['index'].numpy().tolist() for b in got] == [list(p) for p in PLAN]
    assert [int(b['position']) for b in got] == [0, 1, 2]
    for batch, indices in zip(got, PLAN):
        chosen = [utterances[i] for i in indices]
        audio = [read_audio(u.wav) for u in chosen]
        steps = [num_steps(len(samples), settings) for samples in audio]
        context = 2 * settings.n_context
        assert batch['lengths'].numpy().tolist() == steps
        assert batch['features'].shape == (len(chosen), max(steps) + context, settings.n_input)
        for row, samples, size in zip(batch['features'].numpy(), audio, steps):
            alone = compute_features(samples, settings).numpy()
            np.testing.assert_allclose(row[:size + context], alone, atol=1e-5)
            assert not row[size + context:].any()
        dense = tf.sparse.to_dense(batch['labels'], default_value=-1).numpy()
        assert [ALPHABET.decode(row[row >= 0]) for row in dense] == [u.transcript for u in chosen]
        tf.debugging.assert_equal(tf.sparse.reorder(batch['labels']).indices,
                                  batch['labels'].indices)


def test_shapes_and_types_are_known_to_the_graph(utterances):
    spec = batches(utterances, PLAN, ALPHABET, SETTINGS).element_spec
    assert spec['features'] == tf.TensorSpec([None, None, 26], tf.float32)
    assert spec['lengths'] == spec['index'] == tf.TensorSpec([None], tf.int32)
    assert spec['labels'] == tf.SparseTensorSpec([None, None], tf.int32)
    assert spec['position'] == tf.TensorSpec([], tf.int64)


def test_start_passes_over_and_a_share_is_a_slice(utterances):
    whole = _all(utterances)
    later = _all(utterances, start=2)
    assert len(later) == 1 and _same(later[0], whole[2])
    shares = [_all(utterances, PLAN[worker::2]) for worker in range(2)]
    assert [b['index'].numpy().tolist() for b in shares[0] + shares[1]] == [
        [3, 0, 6], [5, 2, 4], [1]]
    with pytest.raises(ValueError, match='no batch is left'):
        batches(utterances, PLAN, ALPHABET, SETTINGS, start=3)


def test_memory_and_disk_give_the_very_same_batches(utterances, tmp_path):
    plain = _all(utterances)
    cache = FeatureCache(SETTINGS, str(tmp_path / 'cache'))
    again = FeatureCache(SETTINGS, str(tmp_path / 'cache'), memory_limit=0)
    for cached in (_all(utterances, cache=cache), _all(utterances, cache=cache),
                   _all(utterances, cache=again)):
        assert len(cached) == 3 and all(map(_same, plain, cached))
    assert all(cache.in_memory(u.wav) for u in utterances)
    assert not again.in_memory(utterances[0].wav)


def test_known_features_are_not_computed_again(utterances, tmp_path):
    folder = str(tmp_path / 'cache')
    first = _all(utterances, cache=FeatureCache(SETTINGS, folder))
    for u in utterances:  # other samples, but size and time of change as they were
        stat = os.stat(u.wav)
        _noise(u.wav, (stat.st_size - 44) // 2, 99)
        os.utime(u.wav, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert all(map(_same, first, _all(utterances, cache=FeatureCache(SETTINGS, folder))))


def test_disk_entries_are_invalid_when_audio_or_settings_change(utterances, tmp_path):
    folder, wav = str(tmp_path / 'cache'), utterances[0].wav
    _all(utterances, cache=FeatureCache(SETTINGS, folder))
    assert FeatureCache(SETTINGS, folder).find(wav) is not None
    for other in (FeatureSettings(kind='0.9.3'), FeatureSettings(n_context=5),
                  FeatureSettings(win_step_ms=10), FeatureSettings(sample_rate=8000)):
        assert FeatureCache(other, folder).find(wav) is None
    os.utime(wav, ns=(1, 1))
    assert FeatureCache(SETTINGS, folder).find(wav) is None
    os.unlink(wav)
    assert FeatureCache(SETTINGS, folder).find(wav) is None


def test_half_an_entry_is_no_entry(utterances, tmp_path):
    cache = FeatureCache(SETTINGS, str(tmp_path / 'cache'), memory_limit=0)
    plain = _all(utterances, cache=cache)
    for folder, _, files in os.walk(tmp_path / 'cache'):
        for i, name in enumerate(files):
            path = os.path.join(folder, name)
            os.truncate(path, (0, 40, 1000)[i % 3])
    assert cache.find(utterances[0].wav) is None
    assert all(map(_same, plain, _all(utterances, cache=cache)))
    assert cache.find(utterances[0].wav) is not None
    left = [name for _, _, files in os.walk(tmp_path / 'cache') for name in files]
    assert len(left) == len(utterances) and all(name.endswith('.npy') for name in left)


def test_memory_is_bounded(utterances):
    cache = FeatureCache(SETTINGS, memory_limit=10_000)
    plain = _all(utterances)
    for _ in range(2):
        assert all(map(_same, plain, _all(utterances, cache=cache)))
    held = [u for u in utterances if cache.in_memory(u.wav)]
    assert 0 < len(held) < len(utterances)
    assert 0 <= cache.memory_left < 10_000


def test_a_disk_that_cannot_be_written_costs_a_line_and_no_training(utterances, tmp_path, capsys):
    folder = tmp_path / 'cache'
    cache = FeatureCache(SETTINGS, str(folder))
    folder.rmdir()
    folder.write_text('in the way')
    assert len(_all(utterances, cache=cache)) == 3
    out = capsys.readouterr().out
    assert out.count('W feature cache') == 1 and 'continuing without it' in out
    assert cache.folder == ''


def test_audio_that_broke_after_the_check_is_named_and_left_out(utterances, capsys):
    whole = _all(utterances)
    os.unlink(utterances[0].wav)
    open(utterances[1].wav, 'w').close()
    cache = FeatureCache(SETTINGS)
    for _ in range(2):
        got = _all(utterances, cache=cache)
        # Batch 1 is utterance 1 alone: it is not given out, and positions tell so.
        assert [b['index'].numpy().tolist() for b in got] == [[3, 6], [5, 2, 4]]
        assert [int(b['position']) for b in got] == [0, 2]
        assert _same(got[1], whole[2])
        np.testing.assert_array_equal(got[0]['features'], whole[0]['features'].numpy()[[0, 2]])
        assert got[0]['labels'].dense_shape.numpy().tolist() == [2, len(TEXTS[3])]
    lines = sorted(capsys.readouterr().out.splitlines())  # batches are made at the same time
    assert [line.split('; left out (')[0] for line in lines] == [
        f'W x.csv:2: {utterances[0].wav}: the file is missing',
        f'W x.csv:3: {utterances[1].wav}: the file is empty']
    assert {line.split('; left out (')[1] for line in lines} == {'1 so far)', '2 so far)'}


def test_other_formats_and_audio_without_a_frame(shared_data, tmp_path):
    clips = [f'{shared_data}/hostile/{name}' for name in
             ('good_16k_mono_16bit.wav', 'codec.flac', 'no_samples.wav', 'float_nan_inf.wav')]
    rows = [Utterance(wav, 0, 'a', 'x.csv', i + 2) for i, wav in enumerate(clips)]
    for settings in (SETTINGS, FeatureSettings(kind='0.9.3')):
        (batch,) = _all(rows, [np.arange(4)], settings)
        steps = num_steps(47840, settings)
        assert batch['lengths'].numpy().tolist() == [steps, steps, 0, steps]
        features = batch['features'].numpy()
        np.testing.assert_array_equal(features[0], features[1])
        assert np.isfinite(features).all()


def test_order_is_the_plans_with_many_batches(utterances):
    plan = BatchPlan(np.arange(7), 2, seed=1)
    cache = FeatureCache(SETTINGS)
    for epoch in range(3):
        batch_list = plan.plan(epoch) * 5
        got = _all(utterances, batch_list, cache=cache)
        assert [b['index'].numpy().tolist() for b in got] == [b.tolist() for b in batch_list]
