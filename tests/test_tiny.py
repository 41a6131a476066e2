"""The whole trainer on a made-up corpus: it learns, resumes, reports, exports."""
import json
import os

import numpy as np
import pytest
import tensorflow as tf

import DeepSpeech
import evaluate
from tests.helpers.tones import make_corpus
from tests.helpers.trainer import batch_of, flags, run
from util.cluster.crew import Crew
from util.errors import UserError
from util.network.dropout import NO_DROPOUT, Dropout
from util.network.geometry import Geometry
from util.network.weights import create_weights
from util.settings import LearningSettings
from util.training import checkpoints
from util.training.lock import sole_training


@pytest.fixture(scope='module')
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp('corpus')
    return {name: make_corpus(folder, name, count, seed) for seed, (name, count) in enumerate(
        [('train', 24), ('dev', 4), ('test', 6)])}


@pytest.fixture(scope='module')
def trained(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp('trained')
    assert run(*flags(corpus, folder, '--epoch', 40, '--notest', '--lr_schedule', 'cosine')) == 0
    return folder


def test_learns_and_reports(corpus, trained, capsys, tmp_path):
    out = tmp_path / 'test.json'
    assert run(*flags(corpus, trained, '--notrain', '--test_output_file', out, '--wer_log_pattern',
                      'LOG %s %s %f')) == 0
    lines = capsys.readouterr().out.splitlines()
    report = next(line for line in lines if line.startswith('I Test of Epoch'))
    cer = float(report.split('CER: ')[1].split(',')[0])
    assert cer < 0.2, report
    assert any(line.startswith('LOG test 20') for line in lines)
    assert len(json.loads(out.read_text())) == 6
    noted = json.loads((trained / 'metrics.jsonl').read_text().splitlines()[-1])
    assert noted['set'] == 'test' and f"WER: {noted['wer']:f}, loss: {noted['loss']:f}" in report


def test_evaluate_reports_each_set_by_itself(corpus, trained, capsys, tmp_path):
    """With the flags of the training, which says more than that it tests."""
    out, both = tmp_path / 'both.json', f"{corpus['test']},{corpus['dev']}"
    given = ['--flagfile', trained / 'flags.txt', '--test_files', both, '--test_output_file', out,
             '--export_dir', tmp_path / 'none', '--epoch', 99]
    assert run(*given, *evaluate.ONLY_TEST) == 0
    lines = capsys.readouterr().out.splitlines()
    said = [line for line in lines if line.startswith(('Test', 'I Test', 'I STARTING'))]
    assert [line.partition(' - ')[0] for line in said] == [
        f"Testing model on {corpus['test']}", f"Test on {corpus['test']}",
        f"Testing model on {corpus['dev']}", f"Test on {corpus['dev']}"]
    rows = json.loads(out.read_text())
    assert len(rows) == 10 and set(map(tuple, rows)) == {(
        'wav_filename', 'src', 'res', 'loss', 'char_distance', 'char_length', 'word_distance',
        'word_length', 'cer', 'wer')}
    for line, part in zip(said[1::2], (rows[:6], rows[6:])):
        rates = [sum(row[f'{kind}_distance'] for row in part)
                 / sum(row[f'{kind}_length'] for row in part) for kind in ('word', 'char')]
        assert f' - WER: {rates[0]:f}, CER: {rates[1]:f}, loss: ' in line
    assert out.read_text().startswith('[\n  {\n    "wav_filename": ')
    assert not (tmp_path / 'none').exists()


def test_evaluate_needs_a_set(trained):
    with pytest.raises(UserError, match='nothing to test: pass --test_files'):
        run('--checkpoint_dir', trained, *evaluate.ONLY_TEST)


def test_card_of_an_export_has_the_facts(corpus, trained, tmp_path):
    """Of the weights exported: what they were trained on, and how they were tested."""
    def card(which, *more):
        exported = tmp_path / which
        assert run(*flags(corpus, trained, '--notrain', '--load_evaluate', which, '--export_dir',
                          exported, '--cluster_token', 'secret-0123456789abcdef', *more)) == 0
        text = (exported / 'author_model_0.0.1.md').read_text()
        assert f"\n| 0 | {corpus['train']} | 24 | 0.0" in text and 'secret' not in text
        assert f'--export_dir={exported}' in text.partition('```bash\n./DeepSpeech.py --')[2]
        return text

    best, last = card('best', '--export_license', 'MIT'), card('last', '--notest')
    report = next(test for test in json.loads((trained / 'tests.json').read_text())
                  if test['files'] == [corpus['test']])
    wer, cer = (f'{100 * report[kind]:.2f} %' for kind in ('wer', 'cer'))
    assert f'| {wer} | {cer} | beam_width 16, ' in best and '| licence | MIT |' in best
    assert '| epochs | 40 |' in last and ' was of other weights; run' in last
    assert '% |' not in last


def test_each_set_is_reported_after_a_training_too(corpus, tmp_path, capsys):
    """Sets to test on are not validated, also where they are metrics files."""
    assert run(*flags(corpus, tmp_path, '--epoch', 1, '--test_each', '--metrics_files',
                      corpus['test'])) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith(f"I Metrics on {corpus['test']} ") for line in lines) == 1
    assert sum(line.startswith(f"Test on {corpus['test']} - ") for line in lines) == 1


def test_metrics_and_flags_are_kept(trained):
    rows = [json.loads(line) for line in (trained / 'metrics.jsonl').read_text().splitlines()]
    train = [row['loss'] for row in rows if row['set'] == 'train']
    assert len(train) == 40 and train[-1] < 0.5 * train[0]
    assert all('wer' in row for row in rows if row['set'] == 'dev')
    assert '--n_hidden=32' in (trained / 'flags.txt').read_text()


def test_goes_on_where_it_was(corpus, tmp_path, capsys, monkeypatch):
    measured = ['--dev_files=', '--metrics_files', corpus['dev']]
    run(*flags(corpus, tmp_path, '--epoch', 1, '--notest', *measured))
    assert f"I Metrics on {corpus['dev']} of Epoch 0 - loss: " in capsys.readouterr().out
    run(*flags(corpus, tmp_path, '--epochs', 1, '--notest'))
    out = capsys.readouterr().out
    assert 'Resuming from' in out and 'I Training of Epoch 1 - loss: ' in out
    assert checkpoints.newest(str(tmp_path)).state['step'] == 12
    run(*flags(corpus, tmp_path, '--epoch', 2, '--notest'))
    assert 'nothing to train' in capsys.readouterr().out
    monkeypatch.setenv('DEEPSPEECH_ATTEMPT', '2')  # the same run, started again by its cluster
    run(*flags(corpus, tmp_path, '--epochs', 1, '--notest'))
    assert 'nothing to train' in capsys.readouterr().out


def test_a_run_can_begin_with_the_whole_learning_rate(corpus, tmp_path):
    """Whatever plateaus have left of it; and a later one goes on from there."""
    given = flags(corpus, tmp_path, '--notest', '--reduce_lr_on_plateau', '--plateau_epochs', 1,
                  '--es_min_delta', 1e9)
    run(*given, '--epochs', 3)
    run(*given, '--epochs', 2, '--force_initialize_learning_rate')
    run(*given, '--epochs', 1)
    rows = [json.loads(line) for line in (tmp_path / 'metrics.jsonl').read_text().splitlines()]
    rates = [row['learning_rate'] for row in rows if row['set'] == 'train']
    assert rates == pytest.approx([0.01, 0.01, 0.001, 0.01, 0.01, 0.001])


def test_what_saves_nothing_is_tested_as_it_is(corpus, tmp_path, capsys):
    run(*flags(corpus, tmp_path, '--epoch', 1, '--notest'))
    capsys.readouterr()
    run(*flags(corpus, tmp_path, '--epoch', 2, '--max_to_keep', 0))
    out = capsys.readouterr().out
    assert 'Resuming from' in out and 'I Test of Epoch 2 - ' in out
    assert 'I Loaded' not in out, 'it tested the checkpoint it had begun with'


def test_folders_that_tensorflow_takes_for_patterns(corpus, tmp_path, capsys):
    """Trained, resumed, tested, exported and fine-tuned in folders with names of all kinds."""
    odd = tmp_path / 'a [b] c*d? \\e'
    given = ['--feature_cache', odd / 'cache', '--summary_dir', odd / 'sum', '--summary_secs', 1,
             '--export_dir', odd / 'export']
    for epoch in (1, 2):
        assert run(*flags(corpus, odd / 'ck', *given, '--epoch', epoch, '--test_output_file',
                          odd / 'test.json')) == 0
    out = capsys.readouterr().out
    assert 'Resuming from' in out and 'I Test of Epoch 2' in out
    assert (odd / 'export' / 'output_graph.pb').stat().st_size > 1000
    assert sorted(path.name for path in odd.iterdir()) == [
        'cache', 'ck', 'export', 'sum', 'test.json']
    run(*flags(corpus, tmp_path / 'to', '--load_checkpoint_dir', odd / 'ck', '--epoch', 3,
               '--notest'))
    assert dev_history(tmp_path / 'to')[0] == 3


def test_two_trainings_in_one_folder(corpus, trained, tmp_path):
    """The second is refused before it touches anything; testing the folder is free."""
    with sole_training(str(trained)):
        before = sorted(path.name for path in trained.iterdir())
        with pytest.raises(UserError, match='another training saves in'):
            run(*flags(corpus, trained, '--load_train', 'init', '--epoch', 1, '--notest'))
        assert sorted(path.name for path in trained.iterdir()) == before
        assert run(*flags(corpus, trained, '--notrain', '--limit_test', 1)) == 0
        assert run(*flags(corpus, trained, '--epoch', -1, '--max_to_keep', 0, '--notest')) == 0


@pytest.mark.parametrize('secs, saved', [(0, [1, 2, 3]), (600, [3])])
def test_when_it_saves(corpus, tmp_path, secs, saved):
    """After each epoch with --checkpoint_secs 0; else by the clock, and at the end."""
    run(*flags(corpus, tmp_path, '--epoch', 3, '--checkpoint_secs', secs, '--notest'))
    states = [checkpoints.read(prefix).state for prefix in checkpoints.kept(str(tmp_path))]
    assert [(state['epoch'], state['position']) for state in states][::-1] == [
        (epoch, 0) for epoch in saved]


def dev_history(folder, name='model'):
    state = checkpoints.newest(str(folder), name).state
    return state['epoch'], state['dev_losses'], state['best']


def test_another_validation_set_has_a_history_of_its_own(corpus, tmp_path, capsys):
    """Whatever the old set's losses were: the first one here is the best so far, and no stop."""
    run(*flags(corpus, tmp_path, '--epoch', 4, '--notest'))
    assert len(dev_history(tmp_path)[1]) == 4
    other = {**corpus, 'dev': corpus['test']}
    run(*flags(other, tmp_path, '--epoch', 5, '--notest', '--early_stop'))
    out = capsys.readouterr().out
    assert out.count('The validation set is not the one of the checkpoint') == 1
    assert 'Early stop' not in out
    epoch, losses, best = dev_history(tmp_path, 'best_dev')
    assert epoch == 5 and best[1:] == losses == dev_history(tmp_path)[1]
    run(*flags(other, tmp_path, '--epoch', 6, '--notest'))
    assert len(dev_history(tmp_path)[1]) == 2
    assert 'begin anew' not in capsys.readouterr().out


def test_fine_tuning_has_a_best_epoch_of_its_own(corpus, trained, tmp_path, capsys):
    """Though the training it begins with was better, which no epoch here may reach."""
    start = ['--load_checkpoint_dir', trained, '--notest', '--learning_rate', 0.1]
    run(*flags(corpus, tmp_path, *start, '--epoch', -1))
    assert 'A new training begins with this checkpoint' in capsys.readouterr().out
    epoch, losses, best = dev_history(tmp_path, 'best_dev')
    assert epoch == 41 and best[1:] == losses
    assert best > dev_history(trained, 'best_dev')[2]


def test_other_geometry_is_one_line_naming_both(corpus, trained):
    with pytest.raises(UserError, match='has n_hidden=32, flags say 48: pass --n_hidden 32 or'):
        run(*flags(corpus, trained, '--n_hidden', 48, '--notrain'))


def test_other_alphabet_names_the_labels(corpus, trained, tmp_path):
    (tmp_path / 'alphabet.txt').write_text(' \na\nb\nc\nd\ne\n')
    with pytest.raises(UserError, match=r"alphabet of 5 labels.*\['e'\]"):
        run(*flags(corpus, trained, '--alphabet_config_path', tmp_path / 'alphabet.txt',
                   '--notrain'))


def test_transfer_drops_the_last_layers(corpus, trained, tmp_path, capsys):
    (tmp_path / 'alphabet.txt').write_text(' \na\nb\nc\nd\ne\n')
    run(*flags(corpus, tmp_path / 'to', '--load_checkpoint_dir', trained, '--drop_source_layers', 1,
               '--alphabet_config_path', tmp_path / 'alphabet.txt', '--epoch', 1, '--notest'))
    assert 'except layer_6' in capsys.readouterr().out
    assert checkpoints.newest(str(tmp_path / 'to')).tensors['layer_6/bias'].shape == (7,)


def transfer(corpus, trained, folder, *more):
    return run(*flags(corpus, folder, '--load_checkpoint_dir', trained, '--epoch', 1, '--notest',
                      '--drop_source_layers', *more))


@pytest.mark.parametrize('flag, was, now', [
    ('--audio_sample_rate', 'feature_sample_rate=16000', 8000),
    ('--feature_type', 'feature_kind=2017', '0.9.3'),
    ('--feature_win_len', 'feature_win_len_ms=25', 32),
    ('--feature_win_step', 'feature_win_step_ms=20', 10), ('--relu_clip', 'relu_clip=20.0', 10.0)])
def test_transfer_says_what_else_the_layers_learnt_from(corpus, trained, tmp_path, capsys, flag,
                                                        was, now):
    transfer(corpus, trained, tmp_path, 1, flag, now)
    out = capsys.readouterr().out
    value = was.split('=')[1]
    assert f"W checkpoint '{trained}/model-240' has {was}, flags say {now}: " in out
    assert f'trained with {value}; pass {flag} {value} to match\n' in out


@pytest.mark.parametrize('flag, message', [
    (['--n_hidden', 48], 'has n_hidden=32, flags say 48: .*pass --n_hidden 32 or'),
    (['--layer_norm'], 'has layer_norm=False, flags say True: .*pass --nolayer_norm or'),
    (['--nobidirectional'], 'has bidirectional=True, flags say False: .*pass --bidirectional or')])
def test_transfer_between_networks_that_do_not_fit(corpus, trained, tmp_path, flag, message):
    with pytest.raises(UserError, match=message):
        transfer(corpus, trained, tmp_path, 3, *flag)


def test_transfer_to_the_streaming_network(corpus, trained, tmp_path, capsys):
    transfer(corpus, trained, tmp_path, 4, '--nobidirectional')
    assert 'except layer_6, layer_5, lstm, layer_3\n' in capsys.readouterr().out


def test_one_shot_inference(corpus, trained, capsys):
    wav = os.path.join(os.path.dirname(corpus['test']), 'test-0.wav')
    assert run(*flags(corpus, trained, '--one_shot_infer', wav)) == 0
    text = capsys.readouterr().out.splitlines()[-1]
    assert text and set(text) <= set('abcd ')


def test_export_alone(corpus, trained, tmp_path):
    assert run('--alphabet_config_path', os.path.dirname(corpus['train']) + '/alphabet.txt',
               '--n_hidden', 32, '--checkpoint_dir', trained, '--notrain', '--notest',
               '--export_dir', tmp_path) == 0
    assert (tmp_path / 'output_graph.pb').stat().st_size > 32 * 494 * 4
    assert (tmp_path / '1' / 'saved_model.pb').exists()


@pytest.mark.parametrize('more', [['--nobidirectional'], ['--layer_norm'],
                                  ['--automatic_mixed_precision'],
                                  ['--dropout_rate4', 0.1, '--dropout_rate5', 0.2]])
def test_every_kind_of_network_learns(corpus, tmp_path, more):
    run(*flags(corpus, tmp_path, '--epoch', 4, '--notest', *more))
    rows = [json.loads(line) for line in (tmp_path / 'metrics.jsonl').read_text().splitlines()]
    losses = [row['loss'] for row in rows if row['set'] == 'train']
    assert losses[-1] < 0.8 * losses[0]


def model_of(dropout=NO_DROPOUT, **kind):
    geometry = Geometry(n_hidden=24, n_labels=6, **kind)
    stddev = dict.fromkeys([a + b for a in 'bh' for b in '12356'], 0.2)
    return DeepSpeech.Model(geometry, LearningSettings(stddev, dropout=dropout, seed=1), Crew())


@pytest.mark.parametrize('kind', [{}, {'bidirectional': False}, {'layer_norm': True}])
def test_padding_changes_nothing(kind):
    model, lengths = model_of(**kind), [9, 30, 17]
    logits, losses = model.evaluate(batch_of(lengths))
    whole = batch_of(lengths)
    for i, length in enumerate(lengths):
        alone = {'features': whole['features'][i:i + 1, :length + 18],
                 'lengths': whole['lengths'][i:i + 1], 'index': whole['index'][:1],
                 'labels': tf.sparse.slice(whole['labels'], [i, 0], [1, 3]),
                 'position': whole['position']}
        single, loss = model.evaluate(alone)
        np.testing.assert_allclose(logits[i, :length], single[0], atol=1e-4)
        np.testing.assert_allclose(losses[i], loss[0], rtol=1e-4)


def test_batch_without_a_finite_loss_changes_nothing():
    model = model_of()
    before = {name: v.numpy() for name, v in model.variables.items()}
    repeated = tf.sparse.from_dense(tf.constant([[2, 2, 2], [1, 3, 4]], tf.int32))
    batch = {**batch_of([4, 4]), 'labels': repeated}  # 2 2 2 needs 5 steps
    losses, _, tally = model.learn(batch, 0, 0.1, 0.0)
    np.testing.assert_allclose(tally, [losses[1], 1, 2, 0])
    assert not np.isfinite(losses.numpy()).all()
    for name, variable in model.variables.items():
        np.testing.assert_array_equal(before[name], variable)


def test_dropout_depends_on_the_step_alone():
    dropout = Dropout(0.5, 0.5, 0.5, 0.5, 0.5, 0.5)
    batch = batch_of([20, 20])
    losses = [model_of(dropout).learn(batch, step, 0.0, 0.0)[0].numpy() for step in (3, 3, 4)]
    np.testing.assert_array_equal(losses[0], losses[1])
    assert (losses[0] != losses[2]).any()


def test_initial_weights_follow_the_flags():
    geometry = Geometry(n_hidden=200, n_labels=28)
    weights = create_weights(geometry, {'h2': 0.3, 'b2': 0.01, 'h1': None}, 1)
    assert np.std(weights['layer_2/weights']) == pytest.approx(0.3, rel=0.05)
    assert np.std(weights['layer_2/bias']) == pytest.approx(0.01, rel=0.2)
    limit = np.sqrt(6 / (494 + 200))
    assert np.abs(weights['layer_1/weights']).max() == pytest.approx(limit, rel=0.01)
    assert weights['lstm_fw/bias'].numpy().reshape(4, 200).mean(1).tolist() == [0, 1, 0, 0]
