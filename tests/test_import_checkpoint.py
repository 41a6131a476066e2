"""Models of DeepSpeech 0.9.3 become checkpoints of ours, and training goes on from them."""

import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import wave

import numpy as np
import pytest

from tests.helpers.need import need_module

pytestmark = pytest.mark.long
ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = ROOT / 'bin' / 'import_checkpoint.py'
LSTM = 'cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell'
STEP = 5


def run(*args):
    env = {name: value for name, value in os.environ.items() if name != 'TF_CPP_MIN_LOG_LEVEL'}
    return subprocess.run([sys.executable, *map(str, args)], capture_output=True, text=True,
                          timeout=300, cwd=ROOT, env=env)


@pytest.fixture(scope='module')
def weights(shared_data) -> dict[str, np.ndarray]:
    """Return the weights of a graph that 0.9.3 wrote, by their names there."""
    import tensorflow as tf
    from tensorflow.core.framework import graph_pb2

    graph = graph_pb2.GraphDef()
    graph.ParseFromString(pathlib.Path(shared_data, 'compat', 'model256.pb').read_bytes())
    return {node.name: tf.make_ndarray(node.attr['value'].tensor) for node in graph.node
            if node.op == 'Const' and node.name.endswith(('/weights', '/bias', '/kernel'))
            and node.name.startswith(('layer_', 'cudnn'))}


@pytest.fixture(scope='module')
def checkpoint(weights, tmp_path_factory) -> pathlib.Path:
    """Write a checkpoint as 0.9.3's trainer does: variables, Adam's slots and powers, step."""
    import tensorflow as tf

    rng = np.random.default_rng(2)
    tensors = dict(weights)
    for name, array in weights.items():
        tensors[name + '/Adam'] = rng.normal(0, 1e-4, array.shape).astype(np.float32)
        tensors[name + '/Adam_1'] = rng.normal(0, 1e-4, array.shape).astype(np.float32) ** 2
    tensors |= {'beta1_power': np.float32(0.9 ** STEP), 'beta2_power': np.float32(0.999 ** STEP),
                'global_step': np.int64(STEP), 'learning_rate': np.float32(1e-4)}
    folder = tmp_path_factory.mktemp('v0.9.3') / 'a [1] of 0.9.3'
    folder.mkdir()
    tf.raw_ops.SaveV2(prefix=str(folder / f'train-{STEP}'), tensor_names=list(tensors),
                      shape_and_slices=[''] * len(tensors), tensors=list(tensors.values()))
    (folder / 'checkpoint').write_text(f'model_checkpoint_path: "train-{STEP}"\n')
    return folder


@pytest.fixture(scope='module')
def english(tmp_path_factory) -> pathlib.Path:
    path = tmp_path_factory.mktemp('alphabet') / 'alphabet.txt'
    path.write_text('\n'.join([' ', *'abcdefghijklmnopqrstuvwxyz', "'"]) + '\n')
    return path


def test_graph_to_checkpoint_to_graph_gives_the_same_bits(weights, shared_data, tmp_path):
    import tensorflow as tf
    from tensorflow.core.framework import graph_pb2

    done = run(PROGRAM, f'{shared_data}/compat/model256.pb', tmp_path / 'run')
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ['./DeepSpeech.py', '--checkpoint_dir', str(tmp_path / 'run'),
                                   '--nobidirectional', '--n_hidden', '256']
    done = run('DeepSpeech.py', '--notrain', '--notest', *done.stdout.split()[1:],
               '--export_dir', tmp_path / 'export')
    assert done.returncode == 0, done.stderr
    graph = graph_pb2.GraphDef()
    graph.ParseFromString((tmp_path / 'export' / 'output_graph.pb').read_bytes())
    nodes = {node.name: node for node in graph.node}
    for name, array in weights.items():
        np.testing.assert_array_equal(tf.make_ndarray(nodes[name].attr['value'].tensor), array)


def test_its_alphabet(tmp_path):
    """An export knows its alphabet: training goes on with it by the flags that are printed."""
    deepspeech = need_module('deepspeech')
    graph = ROOT / 'data' / 'models' / 'ar-commands.pbmm'
    done = run(PROGRAM, graph, tmp_path / 'a run')
    assert done.returncode == 0, done.stderr
    flags = shlex.split(done.stdout)[1:]
    assert flags[-2:] == ['--alphabet_config_path', str(tmp_path / 'a run' / 'alphabet.txt')]
    done = run('DeepSpeech.py', '--notrain', '--notest', *flags, '--export_dir', tmp_path / 'again')
    assert done.returncode == 0, done.stderr
    models = [deepspeech.Model(path) for path in (graph, tmp_path / 'again' / 'output_graph.pbmm')]
    assert models[0].info.labels == models[1].info.labels


def test_one_recording_is_heard_to_its_end_as_by_the_client(shared_data, tmp_path):
    deepspeech = need_module('deepspeech')
    graph = f'{shared_data}/compat/model256.pb'
    done = run(PROGRAM, graph, tmp_path / 'run')
    samples = np.zeros(200, np.int16)  # less than a window
    with wave.open(str(tmp_path / 'short.wav'), 'wb') as f:
        f.setparams((1, 2, 16000, 0, 'NONE', ''))
        f.writeframes(samples.tobytes())
    done = run('DeepSpeech.py', *done.stdout.split()[1:], '--one_shot_infer',
               tmp_path / 'short.wav')
    said = done.stdout.splitlines()[-1]
    assert said == deepspeech.Model(graph, fp32=True).stt(samples) == 'c', done.stderr


def test_adam_comes_along(checkpoint, english, weights, tmp_path):
    from util.training import checkpoints
    from util.training.checkpoints import read_tensors

    done = run(PROGRAM, checkpoint, tmp_path / 'run', '--alphabet_config_path', english)
    assert done.returncode == 0 and f'Adam after {STEP} steps' in done.stderr, done.stderr
    got = checkpoints.newest(str(tmp_path / 'run'))
    assert got.state['step'] == STEP and got.state['settings']['feature_kind'] == '0.9.3'
    assert got.state['trainings'] == [{'imported': checkpoint.name}]
    assert all(line.startswith('I ') for line in done.stderr.splitlines()), done.stderr
    reader = read_tensors(str(checkpoint / f'train-{STEP}'))
    for theirs, ours in (('', ''), ('/Adam', '/adam_m'), ('/Adam_1', '/adam_v')):
        np.testing.assert_array_equal(got.tensors['layer_3/weights' + ours],
                                      reader['layer_3/weights' + theirs])
        kernel = reader[f'{LSTM}/kernel{theirs}']
        gates = np.split(kernel, 4, axis=1)  # i, c, f, o
        for place, gate in enumerate((0, 2, 1, 3)):
            columns = slice(256 * place, 256 * (place + 1))
            np.testing.assert_array_equal(got.tensors[f'lstm_fw/kernel{ours}'][:, columns],
                                          gates[gate][:256])
            recurrent = got.tensors[f'lstm_fw/recurrent_kernel{ours}']
            np.testing.assert_array_equal(recurrent[:, columns], gates[gate][256:])
    again = run(PROGRAM, checkpoint, tmp_path / 'run', '--alphabet_config_path', english)
    assert again.returncode == 1 and 'already has checkpoints' in again.stderr

    done = run(PROGRAM, checkpoint / f'train-{STEP}', tmp_path / 'fresh', '--fresh_optimizer',
               '--alphabet_config_path', english)
    assert done.returncode == 0 and 'Adam at rest' in done.stderr, done.stderr
    fresh = checkpoints.newest(str(tmp_path / 'fresh'))
    assert fresh.state['step'] == 0 and not fresh.tensors['layer_1/weights/adam_v'].any()


def test_the_best_checkpoint_of_a_folder_is_taken(checkpoint, english, tmp_path):
    folder = tmp_path / 'moved'
    shutil.copytree(checkpoint, folder)
    for file in list(folder.glob('train-*')):
        file.rename(folder / file.name.replace('train', 'best_dev'))
    (folder / 'best_dev_checkpoint').write_text(
        f'model_checkpoint_path: "/where/it/was/trained/best_dev-{STEP}"\n')
    (folder / 'checkpoint').write_text('model_checkpoint_path: "train-9"\n')
    done = run(PROGRAM, folder, tmp_path / 'run', '--alphabet_config_path', english)
    assert done.returncode == 0 and f'Adam after {STEP} steps' in done.stderr, done.stderr


def test_a_checkpoint_trained_with_cudnn(weights, english, tmp_path):
    """It holds the LSTM as others do, but what Adam kept of it as one vector."""
    import tensorflow as tf

    tensors = dict(weights)
    for name, array in weights.items():
        if name.startswith('layer_'):
            tensors |= {name + '/Adam': array * 0.1, name + '/Adam_1': array ** 2}
    vector = np.ones(sum(a.size for n, a in weights.items() if n.startswith('cudnn')), np.float32)
    tensors |= {f'cudnn_lstm/opaque_kernel/{slot}': vector for slot in ('Adam', 'Adam_1')}
    tensors |= {'beta1_power': np.float32(0.9 ** STEP), 'beta2_power': np.float32(0.999 ** STEP),
                'global_step': np.int64(STEP), 'learning_rate': np.float32(1e-4)}
    tf.raw_ops.SaveV2(prefix=str(tmp_path / 'gpu'), tensor_names=list(tensors),
                      shape_and_slices=[''] * len(tensors), tensors=list(tensors.values()))
    done = run(PROGRAM, tmp_path / 'gpu', tmp_path / 'run', '--alphabet_config_path', english)
    assert done.returncode == 0 and 'Adam at rest' in done.stderr, done.stderr
    from util.training import checkpoints

    got = checkpoints.newest(str(tmp_path / 'run'))
    np.testing.assert_array_equal(got.tensors['layer_5/weights'], weights['layer_5/weights'])
    assert got.state['step'] == 0 and not got.tensors['layer_5/weights/adam_m'].any()


@pytest.fixture(scope='module')
def corpus(shared_data, tmp_path_factory) -> pathlib.Path:
    """Four recordings that the model was trained on, with its own transcripts."""
    folder = pathlib.Path(shared_data, 'compat')
    cases = json.loads((folder / 'expected_deepspeech.json').read_text())['cases']
    texts = {case['audio']: case['stt'] for case in cases
             if case['config'] == 'no scorer' and case['beam_width'] == 500}
    path = tmp_path_factory.mktemp('corpus') / 'train.csv'
    wavs = [folder / 'audio' / name for name in sorted(texts) if name.startswith('espeak')][:4]
    rows = [f'{wav},{os.path.getsize(wav)},{texts[wav.name].strip()}' for wav in wavs]
    path.write_text('\n'.join(['wav_filename,wav_filesize,transcript', *rows]) + '\n')
    return path


def test_training_goes_on(checkpoint, english, corpus, shared_data, tmp_path):
    from util.training import checkpoints

    done = run(PROGRAM, checkpoint, tmp_path / 'run', '--alphabet_config_path', english)
    flags = done.stdout.split()[1:]
    # It knows these sentences: the loss of the first epoch shows that nothing was lost.
    done = run('DeepSpeech.py', *flags, '--train_files', corpus, '--test_files', corpus,
               '--epoch', 2, '--train_batch_size', 2, '--learning_rate', 1e-5, '--dropout_rate', 0,
               '--noshow_progressbar', '--alphabet_config_path', english, '--lm_alpha', 0)
    assert done.returncode == 0, done.stderr
    words = done.stdout + done.stderr
    assert f'Resuming from \'{tmp_path}/run/model-{STEP}\': epoch 0, step {STEP}' in words
    got = checkpoints.newest(str(tmp_path / 'run'))
    assert got.state['step'] == STEP + 4 and got.state['epoch'] == 2
    metrics = [json.loads(line) for line in
               (tmp_path / 'run' / 'metrics.jsonl').read_text().splitlines()]
    losses = [row['loss'] for row in metrics if row['set'] == 'train']
    assert len(losses) == 2 and losses[0] < 1, metrics


def test_another_alphabet(checkpoint, english, corpus, tmp_path):
    from util.training import checkpoints

    assert run(PROGRAM, checkpoint, tmp_path / 'run', '--alphabet_config_path',
               english).returncode == 0
    alphabet = tmp_path / 'more.txt'
    alphabet.write_text(english.read_text() + 'ä\nö\nü\n', encoding='utf-8')
    done = run('DeepSpeech.py', '--nobidirectional', '--n_hidden', 256, '--load_checkpoint_dir',
               tmp_path / 'run', '--save_checkpoint_dir', tmp_path / 'new',
               '--drop_source_layers', 1, '--alphabet_config_path', alphabet, '--train_files',
               corpus, '--epoch', 1, '--train_batch_size', 4, '--noshow_progressbar', '--notest')
    assert done.returncode == 0, done.stderr
    assert 'except layer_6' in done.stdout + done.stderr
    got = checkpoints.newest(str(tmp_path / 'new'))
    assert got.tensors['layer_6/weights'].shape == (256, 32)


@pytest.mark.slow
def test_a_published_graph_learns_another_alphabet_for_the_client(shared_data, corpus, tmp_path):
    """All the way of someone who moves in: graph of 0.9.3, other labels, export, native client."""
    client = need_module('deepspeech')
    graph = pathlib.Path(shared_data, 'compat', 'model256.pb')
    imported = run(PROGRAM, graph, tmp_path / 'run')
    assert imported.returncode == 0, imported.stderr
    alphabet = tmp_path / 'capitals.txt'  # none of the old labels but the space
    alphabet.write_text(' \n' + '\n'.join("ABCDEFGHIJKLMNOPQRSTUVWXYZ'Ä") + '\n', encoding='utf-8')
    capitals = tmp_path / 'train.csv'
    header, *rows = corpus.read_text().splitlines()
    capitals.write_text('\n'.join([header, *(row.rpartition(',')[0] + ','
                                             + row.rpartition(',')[2].upper() for row in rows)]))
    done = run('DeepSpeech.py', '--nobidirectional', '--n_hidden', 256, '--load_checkpoint_dir',
               tmp_path / 'run', '--save_checkpoint_dir', tmp_path / 'new',
               '--drop_source_layers', 1, '--alphabet_config_path', alphabet, '--train_files',
               capitals, '--epoch', 40, '--train_batch_size', 1, '--noshow_progressbar',
               '--test_files', capitals, '--test_output_file', tmp_path / 'test.json',
               '--export_dir', tmp_path / 'export', '--lm_alpha', 0)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'W checkpoint' not in done.stdout, done.stdout
    model = client.Model(str(tmp_path / 'export' / 'output_graph.pbmm'))
    for sample in json.loads((tmp_path / 'test.json').read_text()):
        heard = model.stt(client.read_audio(sample['wav_filename'], model.sampleRate()))
        assert heard == sample['src'] == sample['res'], done.stdout


@pytest.mark.parametrize('args, words', [
    (['SOURCE'], 'pass --alphabet_config_path'),
    (['SOURCE', '--bytes_output_mode'], 'has 28 labels, the alphabet 255'),
    (['/nowhere/train-1', '--bytes_output_mode'], "'/nowhere/train-1' cannot be read"),
    (['/nowhere/graph.pb'], 'No such file'),
])
def test_what_cannot_be_imported(checkpoint, tmp_path, args, words):
    args = [checkpoint if arg == 'SOURCE' else arg for arg in args]
    done = run(PROGRAM, *args[:1], tmp_path / 'run', *args[1:])
    assert done.returncode == 1 and words in done.stderr.splitlines()[-1], done.stderr
    assert 'Traceback' not in done.stderr and not (tmp_path / 'run').exists()
