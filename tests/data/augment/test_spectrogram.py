"""The operations on the power spectrum: masks counted, pitch and tempo measured, warps followed."""
import functools

import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf

from tests.helpers.golden import clip
from util.data.augment import spectrogram
from util.data.augment.operations import KINDS, SPECTROGRAM
from util.data.augment.parse import parse_operation
from util.data.augment.scene import GraphScene
from util.features import FeatureSettings, power_spectrum

SETTINGS = [FeatureSettings('2017'), FeatureSettings('0.9.3')]
RATE = 16000


@functools.cache
def change(text, bins, settings, clock):
    """Compile an operation: a function of the spectrogram, a number for chance and the steps."""
    operation = parse_operation(text)

    @tf.function(input_signature=[tf.TensorSpec([None, bins]), tf.TensorSpec([], tf.int64),
                                  tf.TensorSpec([], tf.int32)])
    def compiled(x, number, needed):
        scene = GraphScene(operation, settings, tf.stack([tf.constant(5, tf.int64), number]),
                           clock, needed)
        changed = spectrogram.OPERATIONS[operation.name](x, scene)
        assert changed.shape[1] == x.shape[1]  # features are made of it
        return changed

    return compiled


def done(text, x, number=0, settings=SETTINGS[0], clock=0.5, needed=1):
    """Return what one operation makes of [frames, bins]."""
    return change(text, x.shape[1], settings, clock)(
        tf.constant(x, tf.float32), tf.constant(number, tf.int64), tf.constant(needed)).numpy()


def stretches_of_zeros(line):
    """Return the lengths of the stretches of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(int), [0]])))
    return (edges[1::2] - edges[::2]).tolist()


def chirp(secs=2.0, low=300, high=3000):
    """Make a tone that rises steadily: at every time one frequency, at each frequency one time."""
    time = np.arange(int(RATE * secs)) / RATE
    phase = 2 * np.pi * (low * time + (high - low) / (2 * secs) * time ** 2)
    return (10000 * np.sin(phase)).astype(np.int16)


def hertz(power):
    """Return the loudest frequency of each frame, between bins by the centre of gravity."""
    peak = power.argmax(axis=1)
    near = np.clip(peak[:, np.newaxis] + np.arange(-2, 3), 0, power.shape[1] - 1)
    weight = np.take_along_axis(power, near, axis=1)
    return (near * weight).sum(axis=1) / weight.sum(axis=1) * RATE / 2 / (power.shape[1] - 1)


@pytest.mark.parametrize('settings', SETTINGS, ids=lambda s: s.kind)
@pytest.mark.parametrize('pitch', [0.5, 0.8, 1.0, 1.1, 1.4])
def test_pitch_on_a_chirp(settings, pitch):
    before = power_spectrum(chirp(), settings).numpy()
    after = done(f'pitch[pitch={pitch}]', before, settings=settings)
    assert after.shape == before.shape
    scale = int(257 * pitch) / 257
    ratio = (hertz(after) / hertz(before))[5:-5]
    assert np.median(ratio) == pytest.approx(scale, rel=0.01) and ratio.std() < 0.02
    if pitch < 1:
        assert not after[:, int(257 * pitch):].any()


@pytest.mark.parametrize('settings', SETTINGS, ids=lambda s: s.kind)
@pytest.mark.parametrize('factor', [0.5, 0.9, 1.0, 1.1, 2.0])
def test_tempo_on_a_chirp(settings, factor):
    before = power_spectrum(chirp(), settings).numpy()
    after = done(f'tempo[factor={factor}]', before, settings=settings)
    assert len(after) == int(len(before) / factor + 1e-4)
    slope = [np.polyfit(np.arange(5, len(x) - 5), hertz(x)[5:-5], 1)[0] for x in (before, after)]
    assert slope[1] / slope[0] == pytest.approx(len(before) / len(after), rel=0.02)


def test_tempo_leaves_a_frame_for_each_label_and_keeps_to_the_longest_time():
    x = np.ones([100, 257], np.float32)
    assert len(done('tempo[factor=4]', x)) == 25
    assert len(done('tempo[factor=4]', x, needed=70)) == 70
    assert len(done('tempo[factor=4]', x, needed=120)) == 100
    assert len(done('tempo[factor=0.5]', x)) == 200
    assert len(done('tempo[factor=0.5,max_time=3000]', x)) == 150
    assert len(done('tempo[factor=0.5,max_time=100]', x, needed=30)) == 30
    assert len(done('tempo[factor=10]', x[:3])) == 1


def test_frequency_masks_are_counted():
    x = np.ones([40, 257], np.float32)
    counts = set()
    for number in range(30):
        found = done('frequency_mask[n=3,size=5]', x, number)
        masked = (found == 0).all(axis=0)
        assert ((found == 0).any(axis=0) == masked).all()  # whole bins only
        lengths = stretches_of_zeros(masked)
        assert 5 <= sum(lengths) <= 15 and len(lengths) <= 3
        counts.add(tuple(lengths))
    assert (5, 5, 5) in counts
    assert (done('frequency_mask[n=0]', x) == 1).all()
    assert (done('frequency_mask[n=1,size=9999]', x) == 0).all(axis=0).sum() == 256
    places = [np.argmin(done('frequency_mask[n=1,size=1]', x, number)[0]) for number in range(150)]
    assert min(places) < 20 and max(places) > 236 and abs(np.mean(places) - 128) < 20


def test_sizes_come_from_their_range():
    x = np.ones([4, 257], np.float32)
    for clock, low, high in ((0.0, 8, 12), (1.0, 28, 32)):
        sizes = {int((done('frequency_mask[n=1,size=10:30~2]', x, n, clock=clock)[0] == 0).sum())
                 for n in range(30)}
        assert min(sizes) == low and max(sizes) == high


def test_warp_reads_off_along_a_smooth_field(monkeypatch):
    """Against scipy's map_coordinates along the field that a grid of one point gives."""
    x = power_spectrum(clip(), SETTINGS[0]).numpy()
    fields = []
    read_off = spectrogram._read_off
    monkeypatch.setattr(spectrogram, '_read_off', lambda *args: (fields.append(args[1:]),
                                                                 read_off(*args))[1])
    operation = parse_operation('warp[nt=2,nf=3,wt=0.5,wf=0.5]')
    scene = GraphScene(operation, SETTINGS[0], tf.constant([1, 2], tf.int64), 0.5, 1)
    found = spectrogram.OPERATIONS['warp'](tf.constant(x), scene).numpy()
    (time, frequency), = fields
    wanted = scipy.ndimage.map_coordinates(x, [time.numpy(), frequency.numpy()], order=1,
                                           mode='nearest')
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-6 * x.max())
    shift_t = time.numpy() - np.arange(len(x))[:, np.newaxis]
    shift_f = frequency.numpy() - np.arange(257)[np.newaxis]
    for shift in (shift_t, shift_f):
        assert np.abs(shift[[0, -1]]).max() < 1e-3 and np.abs(shift[:, [0, -1]]).max() < 1e-3
        assert np.abs(shift).max() > 1
    assert np.abs(np.corrcoef(shift_t.ravel(), shift_f.ravel())[0, 1]) < 0.9  # not one draw


@pytest.mark.parametrize('axis, text', [(0, 'warp[wt=0.4,wf=0]'), (1, 'warp[wt=0,wf=0.4]')])
def test_warp_shifts_as_far_as_it_says(axis, text):
    """On a ramp, what is read off is the place itself: its middle is shifted by the draw."""
    size = (120, 257)[axis]
    x = np.indices([120, 257])[axis].astype(np.float32)
    centre = (60, 128)
    shifts = [x[centre] - done(text, x, number)[centre] for number in range(120)]
    assert np.std(shifts) == pytest.approx(0.4 * size / 4, rel=0.25)
    assert abs(np.mean(shifts)) < 0.4 * size / 4 * 0.4


@pytest.mark.parametrize('name', spectrogram.OPERATIONS)
def test_few_frames(name):
    """Also of an utterance of one frame, and of silence; nothing breaks, nothing is NaN."""
    for frames in (1, 2, 3):
        for level in (0, 1):
            found = done(name, np.full([frames, 257], level, np.float32))
            assert np.isfinite(found).all() and len(found) >= 1


def test_every_operation_of_the_spectrogram_is_there():
    from util.data.augment import points
    assert ({name for name, kind in KINDS.items() if SPECTROGRAM in kind.domains}
            == {*spectrogram.OPERATIONS, *points.OPERATIONS})
