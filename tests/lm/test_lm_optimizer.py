"""lm_optimizer.py: the search, its resuming, and the networks it runs."""

import csv
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from tests.helpers.need import need_module
from util.lm import tools

ROOT = tools.ROOT


def run(*args, cwd):
    return subprocess.run([sys.executable, os.path.join(ROOT, 'lm_optimizer.py'), *map(str, args)],
                          capture_output=True, text=True, cwd=cwd)


@pytest.mark.parametrize('args, status, says', [
    ([], 1, '--test_files is missing'),
    (['--test_files', 'dev.csv', '--scorer_path', 'my.scorer'], 1, 'pass either --model'),
    (['--test_files', 'dev.csv', '--scorer_path', 'none', '--model', 'm.pb'], 1, "'none'"),
    (['--n_trails', '3'], 2, 'did you mean --n_trials'),
    (['--n_trials', '0'], 2, '--n_trials'),
])
def test_misuse(tmp_path, args, status, says):
    need_module('ds_ctcdecoder')
    done = run(*args, cwd=tmp_path)
    assert done.returncode == status and says in done.stdout + done.stderr
    assert 'Traceback' not in done.stderr and os.listdir(tmp_path) == []


def test_a_file_is_no_output_dir(tmp_path):
    need_module('ds_ctcdecoder')
    for name in ('dev.csv', 'my.scorer', 'm.pb'):
        (tmp_path / name).write_text('')
    done = run('--test_files', 'dev.csv', '--scorer_path', 'my.scorer', '--model', 'm.pb',
               '--output_dir', 'm.pb', cwd=tmp_path)
    assert done.returncode == 1 and done.stdout + done.stderr == (
        "E trials and the best values: the folder 'm.pb' cannot be written (File exists): make it "
        'writable or pass another --output_dir\n')


@pytest.mark.slow
def test_search_and_resume(shared_data, tmp_path):
    """On a model of 0.9.3: the network runs once, later runs add trials, the best is kept."""
    need_module('ds_ctcdecoder')
    compat = os.path.join(shared_data, 'compat')
    with open(os.path.join(compat, 'expected_deepspeech.json')) as f:
        said = {case['audio']: case['stt'] for case in json.load(f)['cases']
                if case['config'] == 'no scorer' and case['audio'].startswith('espeak')}
    dev = tmp_path / 'dev.csv'
    with open(dev, 'w', newline='') as f:
        rows = csv.writer(f)
        rows.writerow(['wav_filename', 'wav_filesize', 'transcript'])
        rows.writerows([os.path.join(compat, 'audio', wav), 0, text]
                       for wav, text in list(said.items())[:3])
    args = ['--test_files', dev, '--model', os.path.join(compat, 'model256.pb'),
            '--scorer_path', os.path.join(shared_data, 'deepspeech', 'pruned_lm.scorer'),
            '--beam_width', 50, '--output_dir', 'run [1]? %#',
            '--n_hidden', 256, '--test_batch_size', 2, '--alphabet_config_path', 'abc.txt',
            '--feature_cache', 'cache']  # as 0.9.3 took them
    first = run(*args, '--n_trials', 3, cwd=tmp_path)
    assert first.returncode == 0, first.stdout + first.stderr
    best = json.loads((tmp_path / 'run [1]? %#' / 'best.json').read_text())
    assert best['trials'] == 3 and 0 <= best['wer'] < 1
    assert f'Best params: lm_alpha={best["lm_alpha"]} and lm_beta={best["lm_beta"]}' in first.stdout
    assert os.listdir(tmp_path / 'run [1]? %#') and len(os.listdir(tmp_path)) == 2
    for name in ('n_hidden', 'test_batch_size', 'alphabet_config_path', 'feature_cache'):
        assert first.stdout.count(f'W --{name} has no effect: ') == 1
    kept = (tmp_path / 'run [1]? %#' / 'acoustic.npz').stat().st_mtime_ns

    second = run(*args, '--n_trials', 5, cwd=tmp_path)
    assert 'Resuming after 3 trials' in second.stdout
    assert (tmp_path / 'run [1]? %#' / 'acoustic.npz').stat().st_mtime_ns == kept
    better = json.loads((tmp_path / 'run [1]? %#' / 'best.json').read_text())
    assert better['trials'] == 5 and better['wer'] <= best['wer']


@pytest.mark.parametrize('alpha, beta', [(0.5, 5.0), (5.0, 0.25)])
def test_the_bounds_of_the_search_are_kept(shared_data, tmp_path, alpha, beta):
    need_module('ds_ctcdecoder')
    import optuna

    import lm_optimizer
    from util.text.alphabet import Alphabet

    folder = os.path.join(shared_data, 'deepspeech')
    alphabet = Alphabet.load(os.path.join(folder, 'alphabet.txt'))
    probabilities = np.random.default_rng(1).dirichlet([0.1] * (len(alphabet) + 1), 20)
    options = lm_optimizer.flag.parse([
        'lm_optimizer.py', '--scorer_path', os.path.join(folder, 'pruned_lm.scorer'),
        '--output_dir', str(tmp_path), '--lm_alpha_max', str(alpha), '--lm_beta_max', str(beta),
        '--beam_width', '8'])
    (tmp_path / 'acoustic.npz').write_bytes(b'kept')
    objective = lm_optimizer.Objective(options, lm_optimizer.Outputs(
        [probabilities.astype(np.float32)], ['she had'], alphabet.serialize()))
    study, done = lm_optimizer.open_study(options, objective)
    study.optimize(objective, n_trials=8)
    found = study.get_trials(states=[optuna.trial.TrialState.COMPLETE])
    assert done == 0 and len(found) == 8
    for name, bound in (('lm_alpha', alpha), ('lm_beta', beta)):
        values = [trial.params[name] for trial in found]
        assert 0 <= min(values) and bound / 2 < max(values) <= bound


def test_checkpoint_and_export_say_the_same(tmp_path):
    """The same weights through a checkpoint and through an exported graph."""
    import tensorflow as tf

    from DeepSpeech import BiRNN
    from util.export.bundle import ExportSettings, write_export
    from util.features import FeatureSettings
    from util.network.geometry import Geometry
    from util.text.alphabet import Alphabet
    from util.training.acoustic import CheckpointAcoustics, ExportedAcoustics
    from util.training.checkpoints import Saver, shape_of

    alphabet = Alphabet.load(os.path.join(ROOT, 'data', 'alphabet.txt'))
    geometry, settings = Geometry(8, len(alphabet)), FeatureSettings()
    draw = np.random.default_rng(1)
    weights = {name: draw.normal(0, 0.3, shape).astype(np.float32)
               for name, shape in geometry.shapes().items()}
    saver = Saver(str(tmp_path / 'run'), 1)
    saver.save({k: tf.Variable(v) for k, v in weights.items()}, {
        'step': 1, 'settings': shape_of(alphabet, geometry, settings)})
    saver.close()
    write_export(ExportSettings(str(tmp_path / 'export')), weights, geometry, settings, alphabet)

    ours = CheckpointAcoustics(str(tmp_path / 'run'), BiRNN)
    theirs = ExportedAcoustics(str(tmp_path / 'export' / 'output_graph.pb'))
    assert ours.alphabet == theirs.alphabet == alphabet
    samples = draw.integers(-3000, 3000, 16000).astype(np.int16)
    a, b = ours(samples), theirs(samples)
    assert a.shape == b.shape and a.shape[1] == len(alphabet) + 1 and len(a) > 40
    np.testing.assert_allclose(a, b, atol=1e-4)
    np.testing.assert_allclose(a.sum(1), 1, atol=1e-5)
    assert ours(np.zeros(0, np.int16)).shape == (0, len(alphabet) + 1)
