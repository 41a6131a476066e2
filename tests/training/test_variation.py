"""Random variation of training utterances."""
import numpy as np
import pytest
import tensorflow as tf

from util.features import FeatureSettings, compute_features
from util.training import variation
from util.training.variation import VariationSettings, vary

SETTINGS = [FeatureSettings('2017'), FeatureSettings('0.9.3')]
LABELS = tf.sparse.from_dense([[1, 2, 2, 3], [4, 0, 0, 0]])


def tone(hertz, secs=1.0):
    time = np.arange(int(16000 * secs)) / 16000
    noise = np.random.default_rng(1).normal(0, 30, len(time))
    return (8000 * np.sin(2 * np.pi * hertz * time) + noise).astype(np.int16)


def batch_of(settings, hertz=1000):
    rows = [compute_features(tone(hertz, secs), settings).numpy() for secs in (1.0, 0.5)]
    batch = np.zeros([2, *rows[0].shape], np.float32)
    for to, row in zip(batch, rows):
        to[:len(row)] = row
    return tf.constant(batch), tf.constant([len(row) - 18 for row in rows])


@pytest.mark.parametrize('settings', SETTINGS)
def test_none_changes_nothing(settings):
    features, lengths = batch_of(settings)
    varied, new = vary(features, lengths, LABELS, [1, 2], VariationSettings(), settings)
    np.testing.assert_array_equal(new, lengths)
    for before, after, length in zip(features, varied, lengths):
        np.testing.assert_allclose(after[:length + 18], before[:length + 18], atol=1e-5)


@pytest.mark.parametrize('settings', SETTINGS)
def test_voice_moves_a_tone(settings):
    """Stretched by a factor near f, a tone of 1000 Hz is most like one of 1000 / f or so."""
    features, lengths = batch_of(settings)
    seen = set()
    for number in range(12):
        varied, _ = vary(features, lengths, LABELS, [number, 2], VariationSettings(voice=0.2),
                         settings)
        middle = varied[0, 30, 1:]
        candidates = {hertz: batch_of(settings, hertz)[0][0, 30, 1:]
                      for hertz in (820, 900, 1000, 1110, 1230)}
        seen.add(min(candidates, key=lambda h: float(tf.norm(candidates[h] - middle))))
    assert {900, 1000, 1110} <= seen


@pytest.mark.parametrize('settings', SETTINGS)
def test_speed_changes_the_length_but_never_below_the_labels(settings):
    features, lengths = batch_of(settings)
    news = [vary(features, lengths, LABELS, [n, 2], VariationSettings(speed=0.2),
                 settings)[1].numpy()[0]
            for n in range(20)]
    assert min(news) < 0.9 * int(lengths[0]) and max(news) > 1.1 * int(lengths[0])
    short = tf.constant([5, 1])
    for n in range(20):
        varied, new = vary(features[:, :5 + 18], short, LABELS, [n, 2],
                           VariationSettings(speed=1.0), settings)
        assert int(new[0]) >= 5 and varied.shape[1] == max(new) + 18


def test_level_is_that_of_a_louder_recording(monkeypatch):
    settings = SETTINGS[0]
    samples = tone(1000)
    features = compute_features(samples, settings)[tf.newaxis]
    monkeypatch.setattr(variation, 'WHITENED_BY', deviation(samples, settings))
    gains = []
    for number in range(5):
        varied, _ = vary(*whole(features), [number, 2],
                         VariationSettings(level_db=6), settings)
        wanted = {gain: compute_features(np.round(samples * 10 ** (gain / 20)).astype(np.int16),
                                         settings) for gain in np.arange(-15, 10, 0.25)}
        gain = min(wanted, key=lambda g: np.abs(wanted[g] - varied[0]).max())
        np.testing.assert_allclose(varied[0], wanted[gain], atol=0.05)
        gains.append(gain)
    assert np.std(gains) > 2


def whole(features):
    return features, tf.constant([features.shape[1] - 18]), tf.sparse.from_dense([[1, 2]])


def deviation(samples, settings):
    """Return the divisor by which these samples' features are whitened."""
    factor = 4.0  # adds 2 ln 4 to the log energy and nothing to the cepstra
    one, two = (compute_features(np.round(samples / f).astype(np.int16), settings).numpy()
                for f in (1, factor))
    one, two = (f[9:-9] - f[:1] for f in (one, two))
    ratio = np.median(one[:, 4] / two[:, 4])  # of the deviations, two's to one's
    return 2 * np.log(factor) / np.median(one[:, 0] - two[:, 0] * ratio)


@pytest.mark.parametrize('settings', SETTINGS)
def test_channel_is_the_same_smooth_curve_all_the_time(settings):
    features, lengths = batch_of(settings)
    frames = (features - features[:, :1]).numpy()
    curves = []
    for number in range(40):
        varied, _ = vary(features, lengths, LABELS, [number, 2], VariationSettings(channel_db=5),
                         settings)
        varied = (varied - varied[:, :1]).numpy()
        # Whitening scales all by one number; the difference of two frames tells by which
        before, after = frames[0, 20] - frames[0, 40], varied[0, 20] - varied[0, 40]
        scale = np.dot(after, before) / np.dot(before, before)
        constant = varied[0, 9:-9] / scale - frames[0, 9:-9]
        np.testing.assert_allclose(constant[:, 1:], constant[:1, 1:].repeat(len(constant), 0),
                                   atol=0.05)
        curves.append(constant[0, 1:])
    spread = np.std(curves, axis=0)
    assert (spread[:12] > 3 * spread[13:].max()).all()


@pytest.mark.parametrize('settings', SETTINGS)
def test_noise_fills_the_pauses(settings):
    samples = tone(1000)
    samples[8000:] //= 100

    def drop(features):
        """By how much the first coefficient is lower in the pause; whitening scales both."""
        level = (features - features[:, :1])[0, 9:-9, 0].numpy()
        fall = level[:15].mean() - level[-15:].mean()
        return fall / level[:15].mean() if settings.kind == '2017' else fall

    features = compute_features(samples, settings)[tf.newaxis]
    drops = [drop(vary(*whole(features), [number, 2], VariationSettings(noise_db=60), settings)[0])
             for number in range(40)]
    assert min(drops) < 0.3 * max(drops)
    assert max(drops) < 1.1 * drop(features)


def test_whitens_as_the_features_do():
    settings = SETTINGS[0]
    rows = [compute_features(tone(500, secs), settings) for secs in (0.1, 0.9)]
    for row in rows:
        steps = row.shape[0] - 18
        padded = tf.pad((row - row[:1])[9:-9] * 3.0, [[0, 7], [0, 0]])[tf.newaxis]
        mean, scale = variation._whitening(padded, tf.constant([steps]), 9)
        np.testing.assert_allclose(((padded - mean) * scale)[0, :steps], row[9:-9], atol=1e-4)


def test_gaps_are_silence_and_end_with_the_utterance():
    settings = SETTINGS[0]
    features, lengths = batch_of(settings)
    varied, new = vary(features, lengths, LABELS, [3, 2], VariationSettings(gap_secs=0.4), settings)
    silence = features[:, :1]
    blank = tf.reduce_all(tf.abs(varied - silence) < 1e-5, axis=2).numpy()
    for row, length in zip(blank, new.numpy()):
        assert row[:9].all() and row[9 + length:].all()
        assert 0 < row[9:9 + length].sum() <= 2 * 0.1 * length + 2


def test_same_seed_same_utterance():
    settings = SETTINGS[0]
    features, lengths = batch_of(settings)
    strength = VariationSettings.of_strength(1.0)
    one, two, other = (vary(features, lengths, LABELS, [n, 2], strength, settings)[0]
                       for n in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert one.shape != other.shape or np.abs(one - other).max() > 0.1
