"""Features against their references: python_speech_features and TensorFlow's own operations."""

import glob
import os

import numpy as np
import pytest

from tests.helpers.golden import clip
from tests.helpers.need import need_module
from util.features import (
    FeatureSettings,
    compute_features,
    features_of_power,
    num_steps,
    power_spectrum,
    stream_padding,
    window,
)

RATE = 16000


def reference_2017(samples, rate=RATE, n_input=26, n_context=9):
    """Do what 2017 did, frame by frame in double precision: [time, windows * n_input]."""
    psf = need_module('python_speech_features')
    frames = psf.mfcc(samples, rate, numcep=n_input)[::2]
    rows = np.pad(frames, [(n_context, n_context), (0, 0)])
    matrix = np.stack([rows[t : t + 2 * n_context + 1].ravel() for t in range(len(frames))])
    deviation = matrix.std()
    return (matrix - matrix.mean()) / (deviation if deviation >= 1e-6 else 1)


def reference_0_9_3(samples, settings):
    """Run the two operations that define the features of 0.9.3: [time, n_input]."""
    import tensorflow as tf

    spectrogram = tf.raw_ops.AudioSpectrogram(
        input=samples.astype(np.float32)[:, np.newaxis] / 32768,
        window_size=settings.win_len,
        stride=settings.step,
        magnitude_squared=True,
    )
    mfcc = tf.raw_ops.Mfcc(
        spectrogram=spectrogram,
        sample_rate=settings.sample_rate,
        upper_frequency_limit=settings.sample_rate / 2,
        dct_coefficient_count=settings.n_input,
    )
    return mfcc.numpy()[0].reshape(-1, settings.n_input)


def agree(samples, rate=RATE, n_input=26, n_context=9):
    """Assert that both definitions equal their references on these samples."""
    old = FeatureSettings('2017', rate, n_input=n_input, n_context=n_context)
    ours = window(compute_features(samples, old)[np.newaxis], n_context)[0].numpy()
    expected = reference_2017(samples, rate, n_input, n_context)
    assert ours.shape == expected.shape == (num_steps(len(samples), old), expected.shape[1])
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-4)

    new = FeatureSettings('0.9.3', rate, n_input=n_input, n_context=n_context)
    frames = compute_features(samples, new).numpy()
    expected = reference_0_9_3(samples, new)
    assert frames.shape == (num_steps(len(samples), new) + 2 * n_context, n_input)
    inner = slice(n_context, len(frames) - n_context)
    assert not frames[:n_context].any() and not frames[inner.stop :].any()
    np.testing.assert_allclose(frames[inner], expected, rtol=0, atol=1e-4)


def test_real_speech(shared_data):
    import soundfile as sf
    paths = sorted(glob.glob(os.path.join(shared_data, 'long', 'wav16k', '*.wav')))
    paths.append(os.path.join(shared_data, 'ldc93s1', 'LDC93S1.wav'))
    assert len(paths) == 20
    for path in paths:
        agree(sf.read(path, dtype='int16')[0])


TIME = np.arange(RATE) / RATE
SIGNALS = {
    'digital silence': np.zeros(RATE),
    'constant': np.full(RATE, 1000),
    'full scale': np.full(RATE, 32767),
    'tone that fits the window': 30000 * np.sin(2 * np.pi * 1000 * TIME),
    'clipped tone': 1e6 * np.sin(2 * np.pi * 440 * TIME),
    'square wave': np.where(np.arange(RATE) // 40 % 2, 32767, -32768),
    'impulse': (np.arange(RATE) == 8000) * 30000,
    'speech after silence': np.r_[np.zeros(RATE), 3000 * np.sin(3000 * TIME**2)],
}


@pytest.mark.parametrize('name', SIGNALS)
def test_artificial_signals(name):
    agree(np.clip(SIGNALS[name], -32768, 32767).astype(np.int16))


@pytest.mark.parametrize('length', [1, 2, 319, 399, 400, 401, 511, 512, 560, 561, 831, 832, 1041])
def test_lengths_around_a_window(length):
    agree((np.arange(length) * 37 % 2001 - 1000).astype(np.int16))


@pytest.mark.parametrize('rate', [8000, 11025, 22050, 44100, 48000])
def test_other_sample_rates(rate):
    agree(np.random.default_rng(rate).normal(0, 900, 9000).astype(np.int16), rate)


def test_other_sizes():
    agree(np.random.default_rng(1).normal(0, 900, 9000).astype(np.int16), n_input=13, n_context=3)
    agree(np.random.default_rng(1).normal(0, 900, 9000).astype(np.int16), n_input=20, n_context=0)


@pytest.mark.parametrize('kind', ['2017', '0.9.3'])
def test_no_sample_is_context_only(kind):
    features = compute_features(np.zeros(0, np.int16), FeatureSettings(kind)).numpy()
    assert features.shape == (18, 26) and not features.any()
    assert num_steps(0, FeatureSettings(kind)) == 0


def test_deviation_too_small_subtracts_the_mean_only():
    import tensorflow as tf

    from util import features

    frames = tf.constant(np.float32(1e-9) * np.random.default_rng(1).normal(size=[5, 26]))
    whitened = features._whiten(tf, tf.cast(frames, tf.float32), 9).numpy()
    assert 0 < np.abs(whitened).max() < 1e-8


def test_inside_a_tf_data_map():
    import tensorflow as tf

    samples = np.random.default_rng(5).normal(0, 900, 12000).astype(np.int16)
    for kind in ('2017', '0.9.3'):
        settings = FeatureSettings(kind)
        source = tf.data.Dataset.from_generator(
            lambda: [samples], output_signature=tf.TensorSpec([None], tf.int16)
        )
        mapped = source.map(lambda s, settings=settings: compute_features(s, settings))
        assert mapped.element_spec.shape.as_list() == [None, 26]
        (features,) = mapped
        np.testing.assert_allclose(features, compute_features(samples, settings), atol=1e-5)


def test_stream_padding_adds_one_frame():
    settings = FeatureSettings('0.9.3')
    for length in (0, 1, 511, 512, 831, 832, 833, 46797):
        padding = stream_padding(length, settings)
        assert num_steps(length + padding, settings) == num_steps(length, settings) + 1
        assert num_steps(length + padding - 1, settings) == num_steps(length, settings)
    assert stream_padding(100, FeatureSettings('2017')) == 0


def test_window_is_oldest_first():
    import tensorflow as tf

    rows = window(tf.reshape(tf.range(10), [1, 5, 2]), 1).numpy()
    assert rows[0].tolist() == [[0, 1, 2, 3, 4, 5], [2, 3, 4, 5, 6, 7], [4, 5, 6, 7, 8, 9]]


@pytest.mark.parametrize(
    'wrong',
    [{'kind': 'mel'}, {'n_input': 27}, {'n_input': 0}, {'n_context': -1}, {'win_len_ms': 0}],
)
def test_impossible_settings(wrong):
    with pytest.raises(ValueError):
        FeatureSettings(**wrong)


def test_settings_do_not_need_tensorflow():
    import subprocess
    import sys

    code = (
        'import sys; from util.features import FeatureSettings, num_steps;'
        'assert num_steps(16000, FeatureSettings()) == 50; assert "tensorflow" not in sys.modules'
    )
    subprocess.run([sys.executable, '-c', code], check=True)


@pytest.mark.parametrize('kind', ['2017', '0.9.3'])
@pytest.mark.parametrize('n_samples', [1, 399, 512, 16000])
def test_power_spectrum_is_half_way_to_the_features(kind, n_samples):
    settings = FeatureSettings(kind)
    samples = clip()[:n_samples]
    power = power_spectrum(samples, settings)
    assert power.shape == (num_steps(n_samples, settings), 257)
    np.testing.assert_allclose(features_of_power(power, settings),
                               compute_features(samples, settings), atol=2e-4)
    np.testing.assert_array_equal(power_spectrum(samples.astype(np.float32), settings), power)


def test_power_is_that_of_samples_up_to_one():
    """|X|^2: the windows of a cosine at a bin sum up to A sum(window) / 2."""
    samples = (32767 * np.cos(2 * np.pi * 1000 * TIME)).astype(np.int16)  # bin 32
    power = power_spectrum(samples, FeatureSettings('0.9.3')).numpy()
    assert power[5].argmax() == 32 and power[5, 32] == pytest.approx((256 / 2) ** 2, rel=1e-3)
    emphasised = abs(1 - 0.97 * np.exp(-2j * np.pi * 1000 / RATE))
    power = power_spectrum(samples, FeatureSettings('2017')).numpy()
    assert power[5, 32] == pytest.approx((400 / 2 * emphasised) ** 2, rel=1e-2)


@pytest.mark.parametrize('kind', ['2017', '0.9.3'])
def test_changed_power_may_be_nothing_and_below(kind):
    settings = FeatureSettings(kind)
    power = power_spectrum(clip(), settings).numpy()
    power[10:20] = 0
    power[30:40] = -power[30:40]
    features = features_of_power(power, settings).numpy()
    assert np.isfinite(features).all()
    inner = features[settings.n_context:]
    np.testing.assert_allclose(inner[10:20], inner[30:40], atol=1e-4)
    if kind == '2017':  # the frame is as silent as its context: all coefficients are 0
        np.testing.assert_allclose(inner[10, 0], features[0, 0], atol=1e-3)
