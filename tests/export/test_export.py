"""Exports: the frozen graph against a plain network in numpy, its names, what lies beside it."""

import dataclasses
import os
import subprocess
import zipfile

import numpy as np
import pytest

from tests.helpers import golden
from tests.helpers.peers import python_of
from util.errors import UserError
from util.export.bundle import ExportSettings, project_version, write_export
from util.export.card import ExportMetadata
from util.export.frozen_graph import FORWARD_LSTM, export_weights
from util.export.reader import ExportedModel
from util.features import FeatureSettings, compute_features
from util.network.geometry import Geometry
from util.text.alphabet import Alphabet


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def plain_network(features, weights, geometry):
    """Run the network on a checkpoint's weights in double precision: probabilities [time, C]."""
    w = {name: array.astype(np.float64) for name, array in weights.items()}
    width = 2 * geometry.n_context + 1
    x = np.stack([features[t : t + width].ravel() for t in range(len(features) - width + 1)])

    def dense(x, name):
        y = np.clip(x @ w[f'{name}/weights'] + w[f'{name}/bias'], 0, geometry.relu_clip)
        if geometry.layer_norm:
            y = (y - y.mean(1, keepdims=True)) / np.sqrt(y.var(1, keepdims=True) + 1e-12)
            y = y * w[f'{name}/layer_norm/gamma'] + w[f'{name}/layer_norm/beta']
        return y

    def lstm(x, name):
        c = h = np.zeros(geometry.n_hidden)
        rows = []
        for row in x:
            gates = row @ w[f'{name}/kernel'] + h @ w[f'{name}/recurrent_kernel']
            i, f, g, o = np.split(gates + w[f'{name}/bias'], 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            rows.append(h)
        return np.array(rows)

    for name in ('layer_1', 'layer_2', 'layer_3'):
        x = dense(x, name)
    if geometry.bidirectional:
        x = np.concatenate([lstm(x, 'lstm_fw'), lstm(x[::-1], 'lstm_bw')[::-1]], axis=1)
    else:
        x = lstm(x, 'lstm_fw')
    logits = dense(x, 'layer_5') @ w['layer_6/weights'] + w['layer_6/bias']
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True), logits


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Return the golden exports."""
    path = str(tmp_path_factory.mktemp('golden'))
    for kind in golden.KINDS:
        golden.write(kind, path)
    return path


@pytest.mark.parametrize('kind', golden.KINDS)
def test_graph_equals_a_plain_network(kind, folder):
    geometry, settings = golden.geometry_of(kind)
    saved = np.load(os.path.join(folder, f'{kind}.npz'))
    probs, logits = plain_network(saved['features'], golden.random_weights(geometry), geometry)
    assert probs.max(1).std() > 0.01 and len(set(probs.argmax(1))) > 3
    np.testing.assert_allclose(saved['probs'], probs, rtol=0, atol=1e-4)
    np.testing.assert_allclose(saved['logits'], logits, rtol=0, atol=1e-4)
    model = ExportedModel(os.path.join(folder, f'{kind}.pb'))
    assert model.settings == settings and model.bidirectional == geometry.bidirectional
    np.testing.assert_allclose(model.probabilities(saved['samples']), probs, rtol=0, atol=1e-4)


@pytest.mark.parametrize('kind', golden.KINDS)
def test_graph_equals_the_network_of_training(kind, folder):
    from DeepSpeech import BiRNN

    geometry, _ = golden.geometry_of(kind)
    saved = np.load(os.path.join(folder, f'{kind}.npz'))
    weights = golden.random_weights(geometry)
    features = saved['features'][np.newaxis]
    logits = BiRNN(features, np.array([len(saved['probs'])], np.int32), weights, geometry)
    np.testing.assert_allclose(saved['logits'], logits[:, 0], rtol=0, atol=1e-4)


@pytest.mark.parametrize('kind', golden.KINDS)
def test_feature_nodes_equal_the_features_of_training(kind, folder):
    import tensorflow as tf
    geometry, settings = golden.geometry_of(kind)
    graph = load(os.path.join(folder, f'{kind}.pb'))
    samples = golden.clip()
    expected = compute_features(samples, settings).numpy()
    with tf.compat.v1.Session(graph=graph) as session:
        if settings.kind == '2017':
            got = session.run('mfccs:0', {'input_samples:0': samples})
        else:
            expected = expected[9:-9]
            scaled = samples.astype(np.float32) / 32768
            starts, size = range(0, len(scaled) - 511, 320), 512
            if geometry.bidirectional:
                starts, size = [0], len(scaled)
            got = [
                session.run('mfccs:0', {'input_samples:0': scaled[start : start + size]})
                for start in starts
            ]
            got = np.concatenate(got)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-4)


def load(path):
    """Import a frozen graph."""
    import tensorflow as tf

    definition = tf.compat.v1.GraphDef()
    with open(path, 'rb') as file:
        definition.ParseFromString(file.read())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(definition, name='')
    return graph


def test_names_and_shapes_of_the_contract(folder):
    graph = load(os.path.join(folder, 'forward.pb'))
    h, classes = 64, 29
    lstm = f'{FORWARD_LSTM}/kernel', f'{FORWARD_LSTM}/bias'
    assert lstm[0] == 'cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell/kernel'
    shapes = {
        'input_node': [1, 16, 19, 26], 'input_lengths': [1], 'input_samples': [512],
        'previous_state_c': [1, h], 'previous_state_h': [1, h],
        'new_state_c': [1, h], 'new_state_h': [1, h],
        'layer_1/weights': [494, h], 'layer_3/weights': [h, h], 'layer_5/bias': [h],
        'layer_6/weights': [h, classes], lstm[0]: [2 * h, 4 * h], lstm[1]: [4 * h],
    }  # fmt: skip
    for name, shape in shapes.items():
        assert graph.get_tensor_by_name(f'{name}:0').shape.as_list() == shape, name
    assert graph.get_tensor_by_name('logits:0').shape[-1] == classes
    assert graph.get_operation_by_name('logits').type == 'Softmax'

    graph = load(os.path.join(folder, 'bidirectional_layer_norm.pb'))
    shapes = {
        'input_node': [1, None, 19, 26], 'layer_3/weights': [h, 2 * h],
        'lstm_fw/kernel': [3 * h, 4 * h], 'lstm_bw/kernel': [3 * h, 4 * h],
        'lstm_bw/bias': [4 * h], 'layer_5/weights': [2 * h, h],
        'layer_3/layer_norm/gamma': [2 * h], 'layer_5/layer_norm/beta': [h],
    }  # fmt: skip
    for name, shape in shapes.items():
        assert graph.get_tensor_by_name(f'{name}:0').shape.as_list() == shape, name
    assert 'previous_state_c' not in [op.name for op in graph.get_operations()]


def test_metadata(folder):
    both = {'sample_rate': 16000, 'beam_width': 500, 'n_context': 9, 'relu_clip': 20.0,
            'language': b'en', 'alphabet': golden.ENGLISH.serialize(), 'feature_win_step': 20}
    for kind, own in {
        'bidirectional': {'version': 7, 'feature_type': b'2017', 'feature_win_len': 25},
        'forward': {'version': 6, 'feature_type': b'0.9.3', 'feature_win_len': 32},
    }.items():
        metadata = ExportedModel(os.path.join(folder, f'{kind}.pb')).metadata
        assert metadata == {**both, **own, 'version_string': b'1.0.0'}


def test_forward_graph_has_only_operations_of_0_9_3(folder, shared_data):
    known = load(os.path.join(shared_data, 'compat', 'model256.pb'))
    ours = load(os.path.join(folder, 'forward.pb'))
    types = {op.type for op in ours.get_operations()}
    assert types <= {op.type for op in known.get_operations()}


def weights_of(path, n_hidden):
    """Read the weights of a forward export as those of a checkpoint."""
    import tensorflow as tf

    weights = {}
    for op in load(path).get_operations():
        if op.type == 'Const' and op.name.startswith('layer_'):
            weights[op.name] = tf.make_ndarray(op.get_attr('value'))
        if op.name in (f'{FORWARD_LSTM}/kernel', f'{FORWARD_LSTM}/bias'):
            i, c, f, o = np.split(tf.make_ndarray(op.get_attr('value')), 4, axis=-1)
            ordered = np.concatenate([i, f, c, o], axis=-1)
            if ordered.ndim == 1:
                weights['lstm_fw/bias'] = ordered
            else:
                weights['lstm_fw/kernel'] = ordered[:-n_hidden]
                weights['lstm_fw/recurrent_kernel'] = ordered[-n_hidden:]
    return weights


@pytest.fixture(scope='module')
def rewritten(shared_data, tmp_path_factory):
    """Our export of the weights of a network that 0.9.3 trained and exported."""
    path = os.path.join(shared_data, 'compat', 'model256.pb')
    geometry = Geometry(256, 28, bidirectional=False)
    alphabet = Alphabet.deserialize(ExportedModel(path).metadata['alphabet'])
    target = str(tmp_path_factory.mktemp('rewritten'))
    settings = FeatureSettings('0.9.3')
    write_export(ExportSettings(target, ExportMetadata(language='en')), weights_of(path, 256),
                 geometry, settings, alphabet)
    return os.path.join(target, 'output_graph.pb')


def test_a_network_of_0_9_3_exported_again_says_the_same(rewritten, shared_data):
    import soundfile as sf
    wav = os.path.join(shared_data, 'compat', 'audio', 'unseen_2.wav')
    samples = sf.read(wav, dtype='int16')[0]
    theirs = ExportedModel(os.path.join(shared_data, 'compat', 'model256.pb'))
    expected = theirs.probabilities(samples)
    np.testing.assert_allclose(ExportedModel(rewritten).probabilities(samples), expected, atol=1e-5)


def test_the_client_of_0_9_3_reads_our_export(rewritten, shared_data):
    python = python_of('ds')
    code = (
        'import sys, wave, numpy, deepspeech\n'
        'w = wave.open(sys.argv[1]); a = numpy.frombuffer(w.readframes(1 << 30), numpy.int16)\n'
        'for path in sys.argv[2:]:\n'
        '    model = deepspeech.Model(path); model.setBeamWidth(8); print(model.stt(a))\n'
    )
    wav = os.path.join(shared_data, 'compat', 'audio', 'espeak_010.wav')
    original = os.path.join(shared_data, 'compat', 'model256.pb')
    run = subprocess.run([python, '-c', code, wav, original, rewritten], capture_output=True)
    theirs, ours = run.stdout.decode().splitlines()
    assert ours == theirs and len(ours) > 20


def test_network_of_0_9_3_without_our_metadata(shared_data):
    model = ExportedModel(os.path.join(shared_data, 'compat', 'model256.pb'))
    assert model.settings == FeatureSettings('0.9.3') and not model.bidirectional


@pytest.mark.parametrize('kind', ['bidirectional', 'forward'])
def test_short_audio(kind, folder):
    model = ExportedModel(os.path.join(folder, f'{kind}.pb'))
    steps = {'bidirectional': [0, 1, 1], 'forward': [1, 1, 1]}[kind]
    for length, expected in zip([0, 1, 300], steps):
        probs = model.probabilities(np.full(length, 100, np.int16))
        assert probs.shape == (expected, 29) and np.isfinite(probs).all()


class TestWriteExport:
    """`write_export` as a whole."""

    geometry = Geometry(16, 28, layer_norm=True)
    settings = FeatureSettings()

    def write(self, folder, **options):
        weights = golden.random_weights(self.geometry)
        metadata = ExportMetadata('me', 'a model', '2', language='en', description='Why: "so".')
        return write_export(ExportSettings(str(folder), metadata, **options), weights,
                            self.geometry, self.settings, golden.ENGLISH)

    def test_saved_model_equals_the_frozen_graph(self, tmp_path):
        import tensorflow as tf
        graph, packed, saved = self.write(tmp_path, version=7)[:3]
        assert packed == str(tmp_path / 'output_graph.pbmm')
        assert saved == str(tmp_path / '7')
        serve = tf.saved_model.load(saved).signatures
        model = ExportedModel(graph)
        for samples in (golden.clip(), golden.clip()[:1], np.zeros(0, np.int16)):
            expected = model.probabilities(samples)
            got = serve['serving_default'](samples=tf.constant(samples))
            assert got['steps'] == len(expected)
            np.testing.assert_allclose(got['probabilities'], expected, atol=1e-5)
            features = serve['features'](samples=tf.constant(samples))['features']
            np.testing.assert_allclose(features, model.features(samples), atol=1e-5)
        facts = serve['metadata']()
        assert [x.decode() for x in facts['labels'].numpy()] == list(golden.ENGLISH.labels)
        assert facts['feature_type'] == b'2017' and facts['seconds_per_step'] == np.float32(0.02)

    def test_card_and_archive(self, tmp_path):
        (tmp_path / 'my words.scorer').write_bytes(b'words')
        paths = self.write(tmp_path / 'out', archive=True, scorer=str(tmp_path / 'my words.scorer'))
        card = tmp_path / 'out' / 'me_a-model_2.md'
        assert str(card) in paths
        text = card.read_text()
        assert 'language: "en"\n' in text and '---\nWhy: "so".\n\n## Model\n' in text
        assert f'DeepSpeech {project_version()}' in text
        facts = [line.partition(':')[0] for line in text.split('---\n')[1].splitlines()]
        assert set(facts) >= {
            'author', 'model_name', 'model_version', 'contact_info', 'license', 'language',
            'runtime', 'min_ds_version', 'max_ds_version', 'acoustic_model_url', 'scorer_url'}
        assert 'runtime: "tensorflow"\n' in text and '<replace this with a publicly' in text
        archive = zipfile.ZipFile(tmp_path / 'out.zip')
        files = {str(path.relative_to(tmp_path / 'out')): path
                 for path in (tmp_path / 'out').rglob('*') if path.is_file()}
        packed = {name for name in archive.namelist() if not name.endswith('/')}
        assert packed == set(files) > {'output_graph.pb', '1/saved_model.pb', 'my words.scorer'}
        assert all(archive.read(name) == path.read_bytes() for name, path in files.items())
        assert sorted(os.listdir(tmp_path)) == ['my words.scorer', 'out', 'out.zip']

    def test_again_and_remove(self, tmp_path):
        self.write(tmp_path)
        (tmp_path / 'notes.md').write_text('mine')
        (tmp_path / '5').mkdir()
        for name in ('theirs.pb', 'theirs.pbmm'):
            (tmp_path / name).write_text('metadata_version')
        (tmp_path / 'empty.pb').touch()
        self.write(tmp_path, version=2, file_name='older')
        assert {'1', '2', '5', 'notes.md', 'output_graph.pb'} <= set(os.listdir(tmp_path))
        self.write(tmp_path, version=3, remove=True)
        expected = ['3', '5', 'empty.pb', 'me_a-model_2.md', 'notes.md', 'output_graph.pb',
                    'output_graph.pbmm', 'theirs.pb', 'theirs.pbmm']
        assert sorted(os.listdir(tmp_path)) == expected
        self.write(tmp_path, version=3, remove=True)
        assert sorted(os.listdir(tmp_path)) == expected

    def test_disk_that_gets_full_at_the_saved_model(self, tmp_path, monkeypatch):
        import tensorflow as tf

        def full(*_, **__):
            raise tf.errors.ResourceExhaustedError(None, None, '/x/y; No space left on device')

        monkeypatch.setattr(tf.saved_model, 'save', full)
        with pytest.raises(UserError, match=f"to '{tmp_path}' .No space left on device.: pass an"):
            self.write(tmp_path)
        assert sorted(os.listdir(tmp_path)) == ['output_graph.pb', 'output_graph.pbmm']

    def test_folder_that_cannot_be_written(self, tmp_path):
        (tmp_path / 'file').write_text('x')
        with pytest.raises(UserError, match='cannot export to .*--export_dir'):
            self.write(tmp_path / 'file')

    def test_weights_that_do_not_fit(self):
        weights = golden.random_weights(self.geometry)
        broken = {**weights, 'layer_2/bias': weights['layer_2/bias'] * np.nan}
        with pytest.raises(UserError, match='layer_2/bias.*not finite'):
            export_weights(broken, self.geometry)
        with pytest.raises(ValueError, match="'lstm_bw/kernel' has shape"):
            export_weights({**weights, 'lstm_bw/kernel': np.zeros([2, 2])}, self.geometry)
        del weights['layer_6/bias']
        with pytest.raises(ValueError, match="'layer_6/bias' is missing"):
            export_weights(weights, self.geometry)

    def test_parts_that_do_not_belong_together(self, tmp_path):
        forward = dataclasses.replace(self.geometry, bidirectional=False)
        with pytest.raises(ValueError, match='0.9.3'):
            write_export(ExportSettings(str(tmp_path)), golden.random_weights(forward), forward,
                         self.settings, golden.ENGLISH)
        with pytest.raises(ValueError, match='labels=28'):
            write_export(ExportSettings(str(tmp_path)), golden.random_weights(self.geometry),
                         self.geometry, self.settings, Alphabet('abc'))
        assert os.listdir(tmp_path) == []


@pytest.mark.parametrize('int8, mean_error, same_labels', [(False, 1e-6, 0.99), (True, 0.01, 0.9)])
def test_tflite_streams_like_the_frozen_graph(tmp_path, int8, mean_error, same_labels):
    import tensorflow as tf
    geometry, settings = golden.geometry_of('forward_layer_norm')
    weights = golden.random_weights(geometry)
    paths = write_export(ExportSettings(str(tmp_path), tflite=True, quantize=int8), weights,
                         geometry, settings, golden.ENGLISH)
    assert paths[2].endswith('output_graph.tflite')
    assert (os.path.getsize(paths[2]) < 0.5 * os.path.getsize(paths[0])) == int8
    model = ExportedModel(paths[0])
    samples = golden.clip()
    features = model.features(samples)
    lite = tf.lite.Interpreter(paths[2])
    lite.allocate_tensors()
    into = {d['name']: d['index'] for d in lite.get_input_details()}
    out = {d['name']: d['index'] for d in lite.get_output_details()}
    windows = np.lib.stride_tricks.sliding_window_view(features, 19, 0).transpose(0, 2, 1)
    for letter in 'ch':  # what the runtime has there is not always zero
        lite.set_tensor(into[f'previous_state_{letter}'],
                        np.zeros([1, geometry.n_hidden], np.float32))
    rows = []
    for start in range(0, 80, 16):
        lite.set_tensor(into['input_node'], windows[np.newaxis, start : start + 16])
        lite.set_tensor(into['input_samples'], samples[:512].astype(np.float32) / 32768)
        lite.invoke()
        rows.append(lite.get_tensor(out['logits']))
        for letter in 'ch':
            state = lite.get_tensor(out[f'new_state_{letter}'])
            lite.set_tensor(into[f'previous_state_{letter}'], state)
    expected = model.infer(features)[:80]
    found = np.concatenate(rows)
    assert np.abs(found - expected).mean() < mean_error
    assert (found.argmax(1) == expected.argmax(1)).mean() > same_labels
    assert lite.get_tensor(out['metadata_alphabet']).tolist() == [golden.ENGLISH.serialize()]
    mfccs = lite.get_tensor(out['mfccs'])
    np.testing.assert_allclose(mfccs[0], features[9], atol=1e-4)


def test_tflite_of_a_bidirectional_network(tmp_path):
    geometry, settings = golden.geometry_of('bidirectional')
    weights = golden.random_weights(geometry)
    with pytest.raises(UserError, match='--nobidirectional'):
        write_export(ExportSettings(str(tmp_path), tflite=True), weights, geometry, settings,
                     golden.ENGLISH)
    assert os.listdir(tmp_path) == []


def test_files_that_are_no_export(tmp_path):
    for content in (b'', b'hello, this is not a graph', b'\x00' * 100):
        path = tmp_path / 'model.pb'
        path.write_bytes(content)
        with pytest.raises(UserError, match='exported .pb'):
            ExportedModel(str(path))
    with pytest.raises(UserError, match='cannot be read'):
        ExportedModel(str(tmp_path / 'missing.pb'))
