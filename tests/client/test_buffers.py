"""Everything with a buffer, whatever of it may be missing: samples, features, probabilities."""

import array
import ctypes
import importlib
import mmap
import pickle

import numpy as np
import pytest

from tests.helpers.golden import ENGLISH

RANDOM = np.random.default_rng(14)
SAMPLES = RANDOM.integers(-9000, 9000, 16001).astype('<i2')


class Foreign:
    """What gives an array by `__array__` only."""

    def __init__(self, held) -> None:
        self.held = held

    def __array__(self, *_args, **_options):
        return self.held


def of_ctypes(numbers, kind):
    """Return a ctypes array of any dimensions, whose buffer has no strides."""
    for size in reversed(numbers.shape):
        kind = kind * size
    made = kind()
    ctypes.memmove(made, numbers.tobytes(), numbers.nbytes)
    return made


def mapped(data: bytes, tmp_path):
    path = tmp_path / 'samples.raw'
    path.write_bytes(data)
    with path.open('rb') as f:
        return mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)


def read_only(numbers):
    numbers = numbers.copy()
    numbers.flags.writeable = False
    return numbers


def foreign_buffers(values, shape, letter):
    """Buffers made by Python's own tests of the protocol, where they are: indirect ones too."""
    try:
        buffers = importlib.import_module('_testbuffer')
    except ModuleNotFoundError:
        return []
    flat = [value.item() for value in values.ravel()]
    return [buffers.ndarray(flat, shape=list(shape), format=letter, flags=flags)
            for flags in (0, buffers.ND_WRITABLE, buffers.ND_PIL)]


def sample_forms(tmp_path):
    """Return the same samples in all forms."""
    data, wide = SAMPLES.tobytes(), np.stack([SAMPLES, -SAMPLES], 1)
    backwards = SAMPLES[::-1].copy()
    odd = np.frombuffer(b'x' + data, np.uint8)[1:].view('<i2')
    return [
        data, bytearray(data), array.array('h', SAMPLES.tolist()), SAMPLES, SAMPLES.tolist(),
        tuple(SAMPLES.tolist()), mapped(data, tmp_path),
        of_ctypes(SAMPLES, ctypes.c_int16), of_ctypes(SAMPLES, ctypes.c_short),
        of_ctypes(SAMPLES.astype('>i2'), ctypes.c_int16.__ctype_be__),
        ctypes.create_string_buffer(data, len(data)),
        memoryview(data), memoryview(data).cast('h'), memoryview(SAMPLES),
        memoryview(wide.ravel())[::2], memoryview(backwards)[::-1],
        memoryview(of_ctypes(SAMPLES, ctypes.c_int16)),
        memoryview(of_ctypes(SAMPLES.astype('>i2'), ctypes.c_int16.__ctype_be__)),
        memoryview(b'x' + data)[1:], memoryview(np.repeat(np.frombuffer(data, np.uint8), 2))[::2],
        read_only(SAMPLES), wide[:, 0], np.asfortranarray(wide)[:, 0], backwards[::-1],
        SAMPLES.astype('>i2'), SAMPLES.astype('>i2').repeat(3)[::3], odd, np.ma.array(SAMPLES),
        *foreign_buffers(SAMPLES, SAMPLES.shape, 'h'),
        *foreign_buffers(SAMPLES, SAMPLES.shape, '=h'),
    ]


@pytest.fixture(scope='module')
def model(ds, golden):
    model = ds.Model(golden / 'forward.pbmm')
    model.setBeamWidth(8)
    return model


def test_samples_of_every_form(ds, model, golden, tmp_path):
    """Whole, fed, and as features: the same bits."""
    from deepspeech.model import Model as Model2017
    from deepspeech.utils import audioToInputVector

    old = Model2017(golden / 'bidirectional.pb', 26, 9)
    told = model.sttWithMetadata(SAMPLES)
    windows, features = old.getInputVector(SAMPLES, 16000), audioToInputVector(SAMPLES, 16000, 9, 2)
    for form in sample_forms(tmp_path):
        assert model.sttWithMetadata(form) == told, type(form)
        stream = model.createStream()
        stream.feedAudioContent(form)
        assert stream.finishStreamWithMetadata() == told, type(form)
        np.testing.assert_array_equal(old.getInputVector(form, 16000), windows)
        np.testing.assert_array_equal(audioToInputVector(form, 16000, 9, 2), features)


def test_no_samples_in_every_form(model, tmp_path):
    text = model.stt(b'')
    for form in (bytearray(), array.array('h'), np.zeros(0, np.int16), (ctypes.c_int16 * 0)(), [],
                 memoryview(b''), SAMPLES[5:5], SAMPLES[::-2][:0], SAMPLES.astype('>i2')[:0]):
        assert model.stt(form) == text


def refused_samples():
    data = SAMPLES[:6].tobytes()
    released = memoryview(data)
    released.release()
    pair = np.zeros(6, [('a', '<i2')])
    return [
        np.int16(3), np.array(3, np.int16), ctypes.c_int16(3), memoryview(data).cast('h', [2, 3]),
        memoryview(np.array(3, np.int16)), of_ctypes(SAMPLES[:6].reshape(2, 3), ctypes.c_int16),
        of_ctypes(SAMPLES[:6].reshape(1, 2, 3), ctypes.c_int16), SAMPLES[:6].reshape(6, 1),
        np.asfortranarray(SAMPLES[:6].reshape(2, 3)), np.zeros((0, 2), np.int16), pair,
        (ctypes.c_int32 * 6)(), (ctypes.c_uint16 * 6)(), (ctypes.c_float * 6)(),
        (ctypes.c_ubyte * 6)(), (ctypes.c_void_p * 2)(), array.array('B', data),
        array.array('f', [0.0]), SAMPLES.astype('u2'), SAMPLES.astype('>u2'), SAMPLES.astype('f2'),
        SAMPLES.astype(object), np.zeros(6, 'S2'), np.zeros(6, '?'), released, data[:-1],
        memoryview(data)[:-1], {1, 2}, 7, 1.5, object(), 'speech.wav', None, iter([1, 2]),
    ]


def test_other_samples_are_refused_in_one_line(model):
    for bad in refused_samples():
        for call in (model.stt, model.sttWithMetadata, model.createStream().feedAudioContent):
            with pytest.raises((TypeError, ValueError)) as refused:
                call(bad)
            assert '\n' not in str(refused.value) and len(str(refused.value)) > 10


def test_features_of_every_form(ds, golden):
    from deepspeech.model import Model as Model2017

    model = Model2017(golden / 'bidirectional.pb', 26, 9)
    windows = model.getInputVector(SAMPLES, 16000)
    text = model.infer(windows)
    wide = np.repeat(windows, 2, axis=1)
    for form in (windows, windows.copy(), np.asfortranarray(windows), windows.astype('>f4'),
                 wide[:, ::2], windows[::-1].copy()[::-1], read_only(windows), memoryview(windows),
                 of_ctypes(windows, ctypes.c_float),
                 of_ctypes(windows.astype('>f4'), ctypes.c_float.__ctype_be__),
                 *foreign_buffers(windows, windows.shape, 'f')):
        assert model.infer(form) == text, type(form)
    for bad in (windows[0], windows[None], windows.astype('f8'), windows.astype('i4'), [[1.0]],
                None, (ctypes.c_float * 9)(), ctypes.c_float(1), b'1234', np.zeros((2, 2), 'c8')):
        with pytest.raises((TypeError, ValueError, BufferError)) as refused:
            model.infer(bad)
        assert '\n' not in str(refused.value)


def test_probabilities_of_every_form():
    import ds_ctcdecoder

    alphabet = ds_ctcdecoder.Alphabet.deserialize(ENGLISH.serialize())
    probs = RANDOM.dirichlet(np.full(29, 0.1), 40)
    for kind, letter, ctype in (('f4', 'f', ctypes.c_float), ('f8', 'd', ctypes.c_double)):
        matrix = probs.astype(kind)
        told = ds_ctcdecoder.decode(matrix, alphabet, 16)
        wide = np.repeat(matrix, 2, axis=1)
        forms = [
            np.asfortranarray(matrix), matrix.astype('>' + kind), wide[:, ::2], matrix.tolist(),
            matrix[::-1].copy()[::-1], read_only(matrix), memoryview(matrix), Foreign(matrix),
            memoryview(np.asfortranarray(matrix)), memoryview(wide[:, ::2]), list(matrix),
            of_ctypes(matrix, ctype), of_ctypes(matrix.astype('>' + kind), ctype.__ctype_be__),
            memoryview(of_ctypes(matrix, ctype)), *foreign_buffers(matrix, matrix.shape, letter)]
        for form in forms:
            assert ds_ctcdecoder.decode(form, alphabet, 16) == told, type(form)
        assert ds_ctcdecoder.decode_batch(forms, None, alphabet, 16) == [told] * len(forms)
    for bad in (probs[0], probs[None], (ctypes.c_float * 29)(), ctypes.c_double(1), b'12345678',
                None, 5, probs.astype('c16'), np.zeros((2, 3), '?'), [[1.0], [1.0, 2.0]], [], [[]],
                of_ctypes(np.zeros((2, 29), 'i4'), ctypes.c_int32), probs.astype(object)):
        for call in (ds_ctcdecoder.decode, lambda x, a: ds_ctcdecoder.decode_batch([x], None, a)):
            with pytest.raises((TypeError, ValueError)) as refused:
                call(bad, alphabet)
            assert '\n' not in str(refused.value)
    half = probs.astype('f2')
    assert ds_ctcdecoder.decode(half, alphabet) == ds_ctcdecoder.decode(half.astype('f8'), alphabet)


@pytest.mark.parametrize('bad, error', [
    ('3', TypeError), (None, TypeError), (1.0, TypeError), (-1, OverflowError),
    (1 << 32, OverflowError), (1 << 70, OverflowError)])
def test_a_bad_number_of_results_costs_nothing(ds, model, bad, error):
    """The stream that it was asked of goes on."""
    stream = model.createStream()
    stream.feedAudioContent(SAMPLES)
    for call in (stream.intermediateDecodeWithMetadata, stream.finishStreamWithMetadata,
                 stream.intermediateDecodeWithMetadataFlushBuffers,
                 lambda count: model.sttWithMetadata(SAMPLES, count)):
        with pytest.raises(error, match='num_results is .*: expected') as refused:
            call(bad)
        assert '\n' not in str(refused.value)
    told = model.sttWithMetadata(SAMPLES)
    with pytest.raises((TypeError, OverflowError)):
        ds.impl.DS_FinishStreamWithMetadata(stream._handle, bad)
    assert stream.finishStreamWithMetadata(np.int64(1)) == told


def test_native_functions_take_their_own_kind_only(ds, model):
    """None of them, given anything else, does more than raise."""
    import ds_ctcdecoder

    stream = model.createStream()
    ended = stream._handle
    stream.finishStream()
    aligned = model.createAlignStream('a')
    ended_too = aligned._handle
    aligned.finishStream()
    for module in (ds.impl, ds_ctcdecoder._c):
        functions = [f for name, f in vars(module).items()
                     if callable(f) and name.startswith(('DS_', 'dsd_', 'CreateModel', 'model_info',
                                                         'forget', 'read_audio'))]
        assert len(functions) > 20
        for function in functions:
            for count in range(6):
                for argument in (None, 0, '', object(), b'', ended, ended_too, model._handle):
                    if argument is model._handle and count == 1:
                        continue  # a good call
                    try:
                        function(*[argument] * count)
                    except Exception as error:
                        assert '\n' not in str(error)
    assert model.stt(SAMPLES)


def test_what_cannot_be_pickled_says_so(ds, model, compat):
    recording = compat / 'audio' / 'LDC93S1.wav'
    import copy

    import ds_ctcdecoder

    alphabet = ds_ctcdecoder.UTF8Alphabet()
    for thing in (model, model.createStream(), model.createAlignStream('a'), ds.Segmenter(16000),
                  ds.AudioReader(recording),
                  alphabet, ds_ctcdecoder.Decoder(alphabet, 5), ds_ctcdecoder.Scorer()):
        for send in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match=f'an? {type(thing).__name__} cannot be pickled or '
                                                'copied: its memory is'):
                send(thing)
    for thing in (model.sttWithMetadata(SAMPLES, 2), model.info):
        assert pickle.loads(pickle.dumps(thing)) == thing
