"""TensorFlow Lite models and packed copies: the same network as the frozen graph's."""

import subprocess

import numpy as np
import pytest

from tests.helpers.golden import ENGLISH, geometry_of, random_weights

CONSTANTS = {'metadata_beam_width': 500, 'metadata_alphabet': ENGLISH.serialize(),
             'metadata_language': b'en', 'metadata_version_string': b'1.0.0'}
KINDS = ('forward', 'forward_layer_norm')


@pytest.fixture(scope='module')
def models(tmp_path_factory):
    """`models(kind, weights)` writes the golden network as .tflite; weights int8, fp16 or fp32."""
    import tensorflow as tf

    from util.export.frozen_graph import export_weights
    from util.export.tflite import write_tflite

    folder, made = tmp_path_factory.mktemp('tflite'), {}
    convert = tf.compat.v1.lite.TFLiteConverter.convert

    def make(kind, weights='int8'):
        path = folder / f'{kind}.{weights}.tflite'
        if path in made:
            return path
        geometry, settings = geometry_of(kind)

        def other(converter):
            if weights == 'fp16':
                converter.target_spec.supported_types = [tf.float16]
            return convert(converter)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tf.compat.v1.lite.TFLiteConverter, 'convert', other)
            write_tflite(str(path), export_weights(random_weights(geometry), geometry), geometry,
                         settings, CONSTANTS, quantize=weights != 'fp32')
        made[path] = True
        return path
    return make


def flat(path):
    from tensorflow.lite.python import schema_py_generated as schema

    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes(), 0))


def write(model, path):
    import flatbuffers

    builder = flatbuffers.Builder(1 << 16)
    builder.Finish(model.Pack(builder), b'TFL3')
    path.write_bytes(bytes(builder.Output()))
    return path


@pytest.mark.parametrize('kind', KINDS)
def test_int8_weights_are_taken_over(golden, probe, models, kind):
    answers = np.load(golden / f'{kind}.npz')
    probs = probe.floats('probs', models(kind), samples=answers['samples'], columns=29)
    ours = probe.floats('probs', golden / f'{kind}.pb', samples=answers['samples'], columns=29)
    assert probs.shape == answers['probs'].shape
    # One scale for each row instead of one for each 64 inputs: hardly farther off than our packing.
    off, ours_off = (np.abs(x - answers['probs']).mean() for x in (probs, ours))
    assert off < max(0.005, 2.5 * ours_off)
    assert (probs.argmax(axis=1) == answers['probs'].argmax(axis=1)).mean() > 0.9


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('weights, tolerance', [('fp32', 1e-5), ('fp16', 0.02)])
def test_float_weights(golden, probe, models, kind, weights, tolerance):
    answers = np.load(golden / f'{kind}.npz')
    probs = probe.floats('probs', models(kind, weights), 'fp32', samples=answers['samples'],
                         columns=29)
    np.testing.assert_allclose(probs, answers['probs'], atol=tolerance)


def test_what_the_file_says_is_kept(golden, probe, models):
    told = probe.run('info', models('forward_layer_norm')).stdout.decode()
    assert told == probe.run('info', golden / 'forward_layer_norm.pb').stdout.decode()


def test_the_model_that_0_9_3_wrote(probe, shared_data):
    folder = f'{shared_data}/compat'
    told = [probe.run('info', f'{folder}/model256{ending}').stdout for ending in ('.tflite', '.pb')]
    assert told[0] == told[1] and b'n_hidden 256' in told[0]


@pytest.mark.parametrize('kind', ['forward', 'forward_layer_norm', 'bidirectional',
                                  'bidirectional_layer_norm_features_0.9.3'])
def test_packed_copies_say_the_same(golden, probe, build, models, tmp_path, kind):
    samples = np.load(golden / f'{kind}.npz')['samples']
    sources = [golden / f'{kind}.pb', golden / f'{kind}.pbmm']
    if kind in KINDS:
        sources += [models(kind), models(kind, 'fp32')]
    for source in sources:
        expected = probe.run('probs', source, samples=samples).stdout
        copies = [tmp_path / 'once.pbmm', tmp_path / 'twice.pbmm']
        for start, copy in zip([source, *copies], copies):
            done = subprocess.run([build.parent / 'bin' / 'deepspeech-convert', start, copy],
                                  capture_output=True, text=True)
            assert done.returncode == 0 and ' MB' in done.stderr, done.stderr
            assert probe.run('probs', copy, samples=samples).stdout == expected
        assert copies[0].stat().st_size == copies[1].stat().st_size
        assert probe.run('probs', copies[0], 'fp32').returncode == 1  # every matrix is packed
    assert sorted(p.name for p in tmp_path.iterdir()) == ['once.pbmm', 'twice.pbmm']


def test_converter_misused(build, golden, tmp_path):
    program, model = build.parent / 'bin' / 'deepspeech-convert', golden / 'forward.pb'

    def run(*args):
        done = subprocess.run([program, *map(str, args)], capture_output=True, text=True)
        return done.returncode, done.stderr

    assert run()[0] == run(model)[0] == run('--fast', model, 'x')[0] == 2
    code, words = run(tmp_path / 'none.pb', tmp_path / 'out.pbmm')
    assert code == 1 and 'none.pb' in words and '(0x3000)' in words
    code, words = run(model, tmp_path / 'no' / 'out.pbmm')
    assert code == 1 and 'No such file' in words
    assert list(tmp_path.iterdir()) == []


def change_name(model, old, new):
    tensor = next(t for t in model.subgraphs[0].tensors if t.name == old)
    tensor.name = new


def change_operation(model, name, new):
    from tensorflow.lite.python.schema_py_generated import BuiltinOperator

    number = getattr(BuiltinOperator, name)
    code = next(c for c in model.operatorCodes
                if max(c.builtinCode, c.deprecatedBuiltinCode) == number)
    code.builtinCode = code.deprecatedBuiltinCode = getattr(BuiltinOperator, new)


def matrix(model, rows, cols):
    return next(t for t in model.subgraphs[0].tensors
                if t.shape is not None and list(t.shape) == [rows, cols] and t.type == 9)


def scale(model, scales):
    matrix(model, 64, 494).quantization.scale = scales


def zero(model):
    quantization = matrix(model, 256, 128).quantization
    quantization.zeroPoint = [0] * 7 + [3] + [0] * 248


def swap_gates(model):
    from tensorflow.lite.python.schema_py_generated import BuiltinOperator

    for operator in model.subgraphs[0].operators:
        code = model.operatorCodes[operator.opcodeIndex]
        if max(code.builtinCode, code.deprecatedBuiltinCode) == BuiltinOperator.SPLIT:
            operator.outputs = operator.outputs[[0, 2, 1, 3]]


@pytest.mark.parametrize('change, words', [
    (lambda m: change_name(m, b'logits', b'other'), ["no output 'logits'"]),
    (lambda m: change_name(m, b'metadata_version', b'x'), ['metadata_version']),
    (lambda m: change_name(m, b'previous_state_c', b'x'), ["tensor 'x'", 'state before']),
    (lambda m: change_operation(m, 'MINIMUM', 'MAXIMUM'), ['clipped rectified layer']),
    (lambda m: change_operation(m, 'SOFTMAX', 'LOG_SOFTMAX'), ["tensor 'logits'", 'softmax']),
    (lambda m: change_operation(m, 'TANH', 'RELU'), ['tanh']),
    (swap_gates, ['gate']),
    (lambda m: scale(m, [0.1, 0.2]), ['one scale']),
    (lambda m: scale(m, [float('nan')]), ['scale that is out of range']),
    (zero, ['zero point 0']),
    (lambda m: setattr(m, 'version', 4), ['version 3']),
])
def test_another_network_is_refused_with_a_reason(models, probe, tmp_path, change, words):
    model = flat(models('forward'))
    change(model)
    done = probe.run('info', write(model, tmp_path / 'changed.tflite'))
    message = done.stderr.decode()
    assert done.returncode == 1 and message.startswith('0x2003'), message
    assert all(word in message for word in words), message


def test_damaged_files_never_crash(models, probe, tmp_path):
    data = models('forward_layer_norm').read_bytes()
    rng = np.random.default_rng(9)
    path, codes = tmp_path / 'damaged.tflite', set()
    cases = [data[:end] for end in rng.integers(9, len(data), 12)]
    for _ in range(50):
        broken = bytearray(data)
        for at in rng.integers(8, len(data), 40):
            broken[at] = int(rng.integers(0, 256))
        cases.append(bytes(broken))
    for case in cases:
        path.write_bytes(case)
        done = probe.run('info', path)
        assert done.returncode in (0, 1), (done.returncode, done.stderr[-300:])
        codes.add(done.stderr[:6])
    assert b'0x3002' in codes


def test_operators_that_share_their_inputs(probe, tmp_path):
    """A few bytes for each of many operators, each with a thousand inputs: refused while read."""
    import flatbuffers
    from tensorflow.lite.python import schema_py_generated as schema

    builder = flatbuffers.Builder(1 << 16)

    def vector(count, offset=None):
        builder.StartVector(4, count, 4)
        for _ in range(count):
            builder.PrependInt32(0) if offset is None else (
                builder.PrependUOffsetTRelative(offset))
        return builder.EndVector()

    inputs = vector(1000)
    schema.OperatorStart(builder)
    schema.OperatorAddInputs(builder, inputs)
    operators = vector(90000, schema.OperatorEnd(builder))
    schema.OperatorCodeStart(builder)
    codes = vector(1, schema.OperatorCodeEnd(builder))
    schema.SubGraphStart(builder)
    schema.SubGraphAddOperators(builder, operators)
    graphs = vector(1, schema.SubGraphEnd(builder))
    schema.ModelStart(builder)
    schema.ModelAddVersion(builder, 3)
    schema.ModelAddOperatorCodes(builder, codes)
    schema.ModelAddSubgraphs(builder, graphs)
    builder.Finish(schema.ModelEnd(builder), b'TFL3')
    path = tmp_path / 'shared.tflite'
    path.write_bytes(bytes(builder.Output()))
    assert path.stat().st_size < 400000
    done = probe.run('info', path)
    assert done.returncode == 1 and b'too many inputs or outputs' in done.stderr, done.stderr


def test_many_names_of_one_text(models, probe, tmp_path):
    model = flat(models('forward'))
    graph = model.subgraphs[0]
    text = next(t for t in graph.tensors
                if t.type == 2 and model.buffers[t.buffer].data is not None)  # an int32 constant
    text.name = b'metadata_'
    for i in range(80):
        graph.tensors.append(type(text)())
        graph.tensors[-1].__dict__.update(text.__dict__, name=b'metadata_%d' % i)
    graph.outputs = [*graph.outputs, *range(len(graph.tensors) - 80, len(graph.tensors))]
    done = probe.run('info', write(model, tmp_path / 'many.tflite'))
    assert done.returncode == 1 and b'too many metadata' in done.stderr, done.stderr
