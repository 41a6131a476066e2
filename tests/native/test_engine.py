"""The native engine against TensorFlow running the same graph, on every set of kernels."""

import os
import pathlib
import subprocess

import numpy as np
import pytest

from tests.helpers.golden import KINDS
from tests.helpers.need import need_module
from util.export.frozen_graph import export_weights, write_frozen_graph
from util.export.pack import pack_graph, pack_matrix
from util.features import FeatureSettings
from util.network.geometry import Geometry
from util.text.alphabet import Alphabet

ALL = sorted(KINDS)


def env(isa):
    return {**os.environ, 'DEEPSPEECH_ISA': isa}


@pytest.fixture(scope='module')
def isas(build):
    """Return this processor's sets of kernels, which the test program has found correct."""
    done = subprocess.run([build / 'kernels_test'], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    names = done.stdout.split()
    assert names[0] == 'plain'
    return names


@pytest.mark.parametrize('kind', ALL)
def test_features_and_fp32_probabilities_equal_tensorflow(golden, probe, kind):
    answers = np.load(golden / f'{kind}.npz')
    model, samples = golden / f'{kind}.pb', answers['samples']
    features = probe.floats('features', model, samples=samples, columns=26)
    assert features.shape == answers['features'].shape
    np.testing.assert_allclose(features, answers['features'], atol=1e-3)
    probs = probe.floats('probs', model, 'fp32', samples=samples, columns=29)
    np.testing.assert_allclose(probs, answers['probs'], atol=1e-5)
    # Logits up to a constant, where the softmax has not rounded them away.
    logits = answers['logits'] - answers['logits'].max(axis=1, keepdims=True)
    seen = np.log(np.maximum(probs, 1e-30))
    seen -= seen.max(axis=1, keepdims=True)
    close = logits > -60
    np.testing.assert_allclose(seen[close], logits[close], atol=1e-3)


@pytest.mark.parametrize('kind', ALL)
def test_int8_is_near_and_the_same_on_every_isa_and_thread_count(golden, probe, isas, kind):
    answers = np.load(golden / f'{kind}.npz')
    model, samples = golden / f'{kind}.pb', answers['samples']
    expected = probe.floats('probs', model, samples=samples, columns=29, env=env('plain'))
    assert np.abs(expected - answers['probs']).mean() < 0.005
    agree = (expected.argmax(axis=1) == answers['probs'].argmax(axis=1)).mean()
    assert agree > 0.9
    fp32 = probe.floats('probs', model, 'fp32', samples=samples, columns=29, env=env('plain'))
    for isa in isas:
        got = probe.floats('probs', model, samples=samples, columns=29, env=env(isa))
        np.testing.assert_array_equal(got, expected, err_msg=isa)
        got = probe.floats('probs', model, 'fp32', samples=samples, columns=29, env=env(isa))
        np.testing.assert_array_equal(got, fp32, err_msg=isa)
    for threads in (2, 3):
        got = probe.floats('probs', model, f'threads={threads}', samples=samples, columns=29)
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize('kind', ['forward', 'forward_layer_norm'])
def test_streams_that_run_together_get_the_bits_of_each_alone(golden, build, isas, kind):
    for isa in isas:
        done = subprocess.run([build / 'streams_test', golden / f'{kind}.pb'], env=env(isa),
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f'{isa}: {done.stdout}'


@pytest.mark.parametrize('kind', ['forward', 'forward_layer_norm', 'bidirectional'])
def test_cutting_the_samples_changes_nothing(golden, probe, kind):
    samples = np.load(golden / f'{kind}.npz')['samples']
    model = golden / f'{kind}.pbmm'
    expected = probe.floats('probs', model, samples=samples, columns=29)
    for chunk in (1, 319, 4321):
        got = probe.floats('probs', model, f'chunk={chunk}', samples=samples, columns=29)
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize('kind', ALL)
def test_packed_file_equals_quantising_at_load(golden, probe, kind):
    samples = np.load(golden / f'{kind}.npz')['samples']
    from_pb = probe.floats('probs', golden / f'{kind}.pb', samples=samples, columns=29)
    packed = probe.floats('probs', golden / f'{kind}.pbmm', samples=samples, columns=29)
    np.testing.assert_array_equal(packed, from_pb)


@pytest.mark.parametrize('geometry', [
    Geometry(5, 3, False, False, 20.0, 4, 1),
    Geometry(100, 40, False, True, 6.5, 26, 0),
    Geometry(72, 130, True, True, 20.0, 13, 4),
    Geometry(49, 28, True, False, 3.0, 26, 9),
    Geometry(1008, 3, False, False, 20.0, 4, 1),  # zeros are a Fill from 1000 on
])
def test_any_size(probe, tmp_path, geometry):
    from tests.helpers.golden import clip, random_weights
    from util.export.reader import ExportedModel

    settings = FeatureSettings('0.9.3', n_input=geometry.n_input, n_context=geometry.n_context)
    alphabet = Alphabet(chr(0x4E00 + i) for i in range(geometry.n_labels))
    path = str(tmp_path / 'odd.pb')
    weights = export_weights(random_weights(geometry), geometry)
    write_frozen_graph(path, weights, geometry, settings,
                       {'metadata_alphabet': alphabet.serialize(), 'metadata_language': b'zh'})
    pack_graph(path, path + 'mm')
    model, samples, classes = ExportedModel(path), clip(0.9), geometry.n_labels + 1
    expected = model.infer(model.features(samples))
    probs = probe.floats('probs', path, 'fp32', samples=samples, columns=classes)
    np.testing.assert_allclose(probs, expected, atol=1e-5)
    quantised = probe.floats('probs', path, samples=samples, columns=classes)
    np.testing.assert_array_equal(
        probe.floats('probs', path + 'mm', samples=samples, columns=classes), quantised)
    assert np.abs(quantised - expected).mean() < 0.02


def test_matrix_is_packed_as_documented():
    rng = np.random.default_rng(1)
    matrix = rng.normal(0, 0.1, (70, 65)).astype(np.float32)
    packed = pack_matrix(matrix)
    assert packed.shape == (2, 2, 4224)
    scales = packed[..., 4096:].copy().view(np.uint16).astype(np.uint32) << 16
    scales = scales.view(np.float32)  # [block, group, output]
    weights = packed[..., :4096].reshape(2, 2, 16, 64, 4).astype(np.int32) - 128
    for i, o in ((0, 0), (63, 63), (64, 64), (69, 2)):
        value = weights[o // 64, i // 64, i % 64 // 4, o % 64, i % 4]
        scale = scales[o // 64, i // 64, o % 64]
        assert abs(value * scale - matrix[i, o]) <= scale / 2
        assert abs(value) <= 127
    assert (weights[1, :, :, 1:] == 0).all()


@pytest.mark.parametrize('name', ['espeak_000', 'unseen_3', 'LDC93S1'])
def test_model_of_0_9_3_equals_tensorflow(probe, shared_data, name):
    from util.audio.reading import read_audio
    from util.export.reader import ExportedModel

    folder = pathlib.Path(shared_data, 'compat')
    samples = read_audio(str(folder / 'audio' / f'{name}.wav'))
    model = ExportedModel(str(folder / 'model256.pb'))
    features = model.features(samples)
    expected = model.infer(features)
    got = probe.floats('features', folder / 'model256.pb', samples=samples, columns=26)
    np.testing.assert_allclose(got, features, atol=1e-3)
    for ending in ('pb', 'pbmm'):
        path = folder / f'model256.{ending}'
        probs = probe.floats('probs', path, 'fp32', samples=samples, columns=29)
        np.testing.assert_allclose(probs, expected, atol=1e-5)


def sounds():
    rng = np.random.default_rng(0)
    at = np.arange(16000) / 16000
    return {
        'empty': np.zeros(0, np.int16),
        'one sample': np.full(1, 1000, np.int16),
        'window': np.full(400, -7, np.int16),
        'silence': np.zeros(9000, np.int16),
        'constant': np.full(9000, 12345, np.int16),
        'tone': (9000 * np.sin(2 * np.pi * 440 * at)).astype(np.int16),
        'clipped': np.clip(1e5 * np.sin(2 * np.pi * 200 * at), -32768, 32767).astype(np.int16),
        'noise': rng.normal(0, 3000, 9001).astype(np.int16),
        'impulse': np.eye(1, 9000, 4000, dtype=np.int16)[0] * 32767,
    }


@pytest.mark.parametrize('sound', sorted(sounds()))
@pytest.mark.parametrize('kind', ['bidirectional', 'bidirectional_features_0.9.3', 'forward'])
def test_features_of_odd_sounds(golden, probe, kind, sound):
    from util.export.reader import ExportedModel

    samples, model = sounds()[sound], golden / f'{kind}.pb'
    features = probe.floats('features', model, samples=samples, columns=26)
    expected = np.asarray(ExportedModel(str(model)).features(samples))
    np.testing.assert_allclose(features, expected, atol=1e-3)
    probs = probe.floats('probs', model, samples=samples, columns=29)
    assert np.isfinite(probs).all()
    assert len(probs) == len(features) - 18


def test_features_of_2017_equal_python_speech_features(golden, probe, shared_data):
    psf = need_module('python_speech_features')
    from util.audio.reading import read_audio

    samples = read_audio(os.path.join(shared_data, 'compat', 'audio', 'unseen_1.wav'))
    frames = psf.mfcc(samples, 16000, numcep=26, nfilt=26, nfft=512, appendEnergy=True)[::2]
    padded = np.pad(frames, ((9, 9), (0, 0)))
    matrix = np.stack([padded[t:t + 19].ravel() for t in range(len(frames))])
    matrix = (matrix - matrix.mean()) / matrix.std()
    rows = probe.floats('features', golden / 'bidirectional.pb', samples=samples, columns=26)
    got = np.stack([rows[t:t + 19].ravel() for t in range(len(frames))])
    assert len(rows) == len(frames) + 18
    np.testing.assert_allclose(got, matrix, atol=1e-3)


def test_unknown_isa_is_refused(golden, probe):
    done = probe.run('info', golden / 'forward.pb', env=env('mmx'))
    assert done.returncode == 1
    assert b"DEEPSPEECH_ISA is 'mmx'; this processor supports plain" in done.stderr
