"""Exports of other sizes, rates and outputs say in the wheels what they say in ours."""

import dataclasses
import shutil

import pytest

from tests.helpers.golden import ENGLISH, random_weights
from util.features import FeatureSettings
from util.network.geometry import Geometry
from util.text.alphabet import Alphabet


@dataclasses.dataclass(frozen=True)
class Shape:
    """A forward network, its features and how many steps it takes a call."""

    geometry: Geometry
    features: FeatureSettings
    alphabet: Alphabet = ENGLISH
    n_steps: int = 16


BYTES = Alphabet.bytes_output()
SHAPES = {
    '8 kHz': Shape(Geometry(64, 28, False, False), FeatureSettings('0.9.3', 8000)),
    '22050 Hz, window of 25 ms every 10 ms': Shape(
        Geometry(80, 28, False, False), FeatureSettings('0.9.3', 22050, 25, 10), n_steps=8),
    'context of 4, 20 coefficients, layer norm': Shape(
        Geometry(100, 28, False, True, n_input=20, n_context=4),
        FeatureSettings('0.9.3', n_input=20, n_context=4), n_steps=5),
    'bytes': Shape(Geometry(64, 255, False, False), FeatureSettings('0.9.3'), BYTES),
}


@pytest.fixture(scope='module', params=SHAPES)
def exported(request, compat, tmp_path_factory):
    """Return a folder of recordings and a network as output.pb, fp32.tflite and int8.tflite."""
    import tensorflow as tf

    from util.export.frozen_graph import export_weights, write_frozen_graph
    from util.export.tflite import write_tflite

    shape = SHAPES[request.param]
    folder = tmp_path_factory.mktemp('shape')
    weights = random_weights(shape.geometry)
    if shape.alphabet is BYTES:  # text that is valid UTF-8
        weights['layer_6/bias'][:96] -= 20
        weights['layer_6/bias'][122:255] -= 20
    parts = (export_weights(weights, shape.geometry), shape.geometry, shape.features,
             {'metadata_beam_width': 50, 'metadata_alphabet': shape.alphabet.serialize(),
              'metadata_language': b'en'}, shape.n_steps)
    write_frozen_graph(str(folder / 'output.pb'), *parts)
    write_tflite(str(folder / 'int8.tflite'), *parts)
    convert = tf.compat.v1.lite.TFLiteConverter.convert
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tf.compat.v1.lite.TFLiteConverter, 'convert',
                      lambda self: (setattr(self, 'optimizations', []), convert(self))[1])
        write_tflite(str(folder / 'fp32.tflite'), *parts)
    (folder / 'audio').mkdir()
    for name in ('espeak_000', 'LDC93S1', 'unseen_3'):
        shutil.copy(compat / 'audio' / f'{name}.wav', folder / 'audio')
    return folder


@pytest.mark.parametrize('peer, module, file', [
    ('ds', 'deepspeech', 'output.pb'), ('ds-tflite', 'deepspeech', 'fp32.tflite'),
    ('stt', 'stt', 'fp32.tflite')])
def test_weights_as_they_are(ask, exported, peer, module, file):
    args = (module, exported / file, exported / 'audio', 50)
    theirs, ours = ask(peer, 'listen.py', *args), ask('ours', 'listen.py', *args, 'fp32')
    assert theirs.keys() == ours.keys()
    for name, texts in theirs.items():
        assert texts == ours[name] and len(texts[0]) > 10  # whole, in between, stream


def test_int8(ask, exported):
    """The same letters, mostly: both round, each in its way."""
    args = ('deepspeech', exported / 'int8.tflite', exported / 'audio', 50)
    theirs, ours = ask('ds-tflite', 'listen.py', *args), ask('ours', 'listen.py', *args)
    for name, texts in theirs.items():
        assert similarity(texts[0], ours[name][0]) > 0.9, (texts[0], ours[name][0])


def similarity(a, b):
    """1 for equal texts."""
    import difflib
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio()
