"""util/settings.py: from the command line to the records that the parts of the program take."""

import dataclasses
import itertools
import os

import pytest

from DeepSpeech import flag
from tests.helpers.sources import flags
from util.cluster.devices import DeviceSettings
from util.data.sets import SetSettings
from util.errors import UserError
from util.network.dropout import Dropout
from util.network.optimizer import AdamSettings
from util.settings import CourseSettings, Settings
from util.training.decoder import DecoderSettings
from util.training.report import ReportSettings
from util.training.schedule import RateSettings, StopSettings
from util.training.variation import VariationSettings

TRAIN = ('--train_files', 't.csv', '--checkpoint_dir', '/ck')


def settings(*arguments):
    return Settings.of(flag.parse(['DeepSpeech.py', *map(str, arguments)]))


@pytest.fixture(autouse=True)
def _users_folder(monkeypatch, tmp_path):
    monkeypatch.setattr('util.settings.BaseDirectory.xdg_data_home', str(tmp_path / 'home'))


@pytest.mark.parametrize('train, train_files, test, test_files, one_shot', itertools.product(
    *[(False, True)] * 5))
def test_what_is_to_be_done(train, train_files, test, test_files, one_shot):
    """Over all combinations: a set is trained on or tested when it is wanted and given."""
    arguments = ['--train' if train else '--notrain', '--test' if test else '--notest',
                 *['--train_files', 'a.csv'] * train_files, *['--test_files', 'b.csv'] * test_files,
                 *['--one_shot_infer', 'c.wav'] * one_shot]
    training, testing = (train and train_files and not one_shot,
                         test and test_files and not one_shot)
    if not (training or testing or one_shot):
        with pytest.raises(UserError, match='nothing to do: pass --train_files'):
            settings(*arguments)
        assert settings(*arguments, '--export_dir', 'e').export.folder == 'e'
        return
    found = settings(*arguments)
    assert (found.training, found.testing) == (training, testing)
    assert found.one_shot_infer == 'c.wav' * one_shot and found.export is None
    assert set(found.data.sets) == {name for name, wanted in
                                    (('train', training), ('test', testing)) if wanted}


def test_flags_of_stt_that_do_something():
    found = settings(*TRAIN, '--shuffle_start', 3, '--train_batch_size', 2,
                     '--gradient_accumulation', 5, '--export_dir', 'e', '--nobidirectional',
                     '--export_tflite', 'true', '--export_quantize', 'false')
    train = found.data.sets['train']
    assert (train.batch_size, train.shuffled_from, found.learning.pieces) == (10, 3, 5)
    assert found.export.tflite and not found.export.quantize
    assert settings(*TRAIN).data.sets['train'].shuffled_from == 1
    ordered = settings(*TRAIN, '--shuffle_batches', 'false').data.sets['train']
    assert ordered.shuffled_from is None


@pytest.mark.parametrize('written, answer', [
    ('--vocab_file v.txt', '--vocab_file has no effect: the words are those of --scorer_path; '
                           'bin/make_scorer.py --top_k limits them'),
    ('--shuffle_buffer 10', '--shuffle_buffer has no effect: all batches of an epoch are shuffled'),
    ('--normalize_sample_rate false', '--normalize_sample_rate has no effect: audio at other rates '
                                      'is always resampled to --audio_sample_rate'),
    ('--skip_batch_test true', '--skip_batch_test has no effect: no batch is tried first; to see '
                               'at once whether memory suffices, pass --reverse_train'),
    ('--export_savedmodel true', '--export_savedmodel has no effect: every export has a '
                                 'SavedModel, in a folder of its --export_version')])
def test_flags_of_stt_that_something_replaces(capsys, written, answer):
    settings(*TRAIN, *written.split(), '--noearly_stop')
    assert capsys.readouterr().out == f'W {answer}\n'


def test_they_are_frozen_and_open_nothing():
    """No file that they name need be there."""
    found = settings(*TRAIN, '--scorer_path', '/no/scorer', '--alphabet_config_path', '/no/labels',
                     '--export_dir', '/no/folder', '--feature_cache', '/no/cache')
    assert (found.decoder.scorer_path, found.alphabet_path) == ('/no/scorer', '/no/labels')
    pending = [found]
    while pending:
        record = pending.pop()
        assert type(record).__dataclass_params__.frozen, type(record)
        pending += [value for field in dataclasses.fields(record)
                    if dataclasses.is_dataclass(value := getattr(record, field.name))]
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.seed = 1
    assert not os.path.exists('/no')


def test_defaults_are_those_of_the_flags():
    found, default = settings(*TRAIN), flags()
    assert (found.geometry.n_hidden, found.geometry.bidirectional, found.geometry.layer_norm,
            found.geometry.relu_clip, found.geometry.n_labels) == (2048, True, False, 20.0, 0)
    assert (found.features.kind, found.features.sample_rate, found.features.win_len_ms,
            found.features.win_step_ms) == ('2017', 16000, 25, 20)
    assert found.learning.adam == AdamSettings() and found.decoder == DecoderSettings()
    assert found.report == ReportSettings() and found.devices == DeviceSettings()
    assert found.course.rate == RateSettings() and found.course.stop == StopSettings()
    assert found.learning.dropout == Dropout(0.05, 0.05, 0.05, 0.0, 0.0, 0.05)
    assert found.learning.variation is None and found.quick_validation
    assert found.seed == found.data.seed == found.learning.seed == default['random_seed']
    assert found.course.epoch == 75 and found.max_to_keep == 5 and found.log_level == 1


# Flags -> what they become. Each value differs from the default.
BECOMES = [
    (['--n_hidden', 7], lambda s: s.geometry.n_hidden, 7),
    (['--layer_norm'], lambda s: s.geometry.layer_norm, True),
    (['--relu_clip', 5], lambda s: s.geometry.relu_clip, 5.0),
    (['--audio_sample_rate', 8000], lambda s: s.features.sample_rate, 8000),
    (['--feature_win_len', 40], lambda s: s.features.win_len_ms, 40),
    (['--feature_win_step', 10], lambda s: s.features.win_step_ms, 10),
    (['--bytes_output_mode'], lambda s: s.alphabet_path, ''),
    (['--beta1', 0.8, '--beta2', 0.9, '--epsilon', 0.1], lambda s: s.learning.adam,
     AdamSettings(0.8, 0.9, 0.1)),
    (['--max_grad_norm', 3], lambda s: s.learning.max_grad_norm, 3.0),
    (['--automatic_mixed_precision'], lambda s: s.learning.mixed_precision, True),
    (['--vary', 0.5], lambda s: s.learning.variation, VariationSettings.of_strength(0.5)),
    (['--random_seed', 9], lambda s: (s.seed, s.data.seed, s.learning.seed), (9, 9, 9)),
    (['--epoch', 3], lambda s: s.course.epoch, 3),
    (['--validation_step', 2], lambda s: s.course.validation_step, 2),
    (['--display_step', 4], lambda s: s.course.display_step, 4),
    (['--checkpoint_secs', 11], lambda s: s.course.checkpoint_secs, 11),
    (['--max_to_keep', 2], lambda s: s.max_to_keep, 2),
    (['--learning_rate', 0.5, '--lr_schedule', 'cosine', '--lr_warmup_steps', 6],
     lambda s: (s.course.rate.rate, s.course.rate.schedule, s.course.rate.warmup_steps),
     (0.5, 'cosine', 6)),
    (['--noearly_stop', '--earlystop_nsteps', 6, '--estop_mean_thresh', 0.1,
      '--estop_std_thresh', 0.2, '--es_epochs', 3, '--es_min_delta', 0.3],
     lambda s: s.course.stop, StopSettings(False, 6, 0.1, 0.2, 3, 0.3, True)),
    (['--decoder', 'beam'], lambda s: s.quick_validation, False),
    (['--beam_width', 8, '--cutoff_prob', 0.9, '--cutoff_top_n', 7, '--scorer', 'x', '--lm_alpha',
      1, '--lm_beta', 2], lambda s: s.decoder, DecoderSettings(8, 0.9, 7, 'x', 1.0, 2.0)),
    (['--report_count', 3, '--wer_log_pattern', '%s %s %f'], lambda s: s.report,
     ReportSettings(3, '%s %s %f')),
    (['--inter_op_parallelism_threads', 2, '--intra_op_parallelism_threads', 3,
      '--use_allow_growth', '--log_placement', '--enable_op_determinism'],
     lambda s: s.devices, DeviceSettings(2, 3, True, True, True)),
    (['--train_batch_size', 6], lambda s: s.data.sets['train'].batch_size, 6),
    (['--checkpoint_secs', 0], lambda s: s.course.checkpoint_secs, 0),
    (['--feature_cache', 'c', '--strict', '--noshow_progressbar'],
     lambda s: (s.data.cache_dir, s.data.strict, s.data.show_progressbar, s.show_progressbar),
     ('c', True, False, False)),
    (['--summary_dir', 'x', '--summary_secs', 5, '--fulltrace'],
     lambda s: (s.summaries.folder, s.summaries.secs, s.summaries.fulltrace), ('x', 5, True)),
    (['--log_level', 2], lambda s: s.log_level, 2),
]


@pytest.mark.parametrize('arguments, what, value', BECOMES,
                         ids=[' '.join(map(str, arguments)) for arguments, *_ in BECOMES])
def test_what_a_flag_becomes(arguments, what, value):
    assert what(settings(*TRAIN)) != value
    assert what(settings(*TRAIN, *arguments)) == value


def test_sets_and_their_files():
    found = settings(*TRAIN[2:], '--train_files', 'a,b,,c', '--dev_files', 'd', '--test_files',
                     'e,f', '--metrics_files', 'm,n', '--limit_train', 1, '--limit_dev', 2,
                     '--limit_test', 3, '--train_batch_size', 4, '--dev_batch_size', 5,
                     '--test_batch_size', 6, '--reverse_dev', '--validation_step', 1).data.sets
    assert found == {
        'train': SetSettings(('a', 'b', 'c'), 1, 4), 'dev': SetSettings(('d',), 2, 5, True),
        'm': SetSettings(('m',), 0, 5, True), 'n': SetSettings(('n',), 0, 5, True),
        'test': SetSettings(('e', 'f'), 3, 6)}
    assert list(found)[0] == 'train' and list(found)[-1] == 'test'


@pytest.mark.parametrize('rates, expected', [
    ((), (0.05, 0.05, 0.05, 0.0, 0.0, 0.05)),
    (('', 0.3), (0.3, 0.3, 0.3, 0.0, 0.0, 0.3)),
    (('', 0.3, 2, 0.1, 6, 0.0), (0.3, 0.1, 0.3, 0.0, 0.0, 0.0)),
    ((3, 0.4, 4, 0.2, 5, 0.6), (0.05, 0.05, 0.4, 0.2, 0.6, 0.05)),
    (('', 0.0), (0.0,) * 6)])
def test_dropout_of_the_dense_layers_is_that_of_the_first(rates, expected):
    given = [part for layer, rate in zip(rates[::2], rates[1::2])
             for part in (f'--dropout_rate{layer}', rate)]
    assert settings(*TRAIN, *given).learning.dropout == Dropout(*expected)


@pytest.mark.parametrize('layer', [1, 2, 3, 5, 6])
@pytest.mark.parametrize('kind', 'bh')
@pytest.mark.parametrize('forward', [False, True])
@pytest.mark.parametrize('default', [None, 0.046875, 0.5])
def test_deviations_of_the_initial_weights(kind, layer, forward, default):
    """As the network's first release had them, unless they are given: then whatever the network.

    2017: normal, but for the weights of the first and last layer. 0.9.3: Xavier, biases zero.
    """
    name, given = f'{kind}{layer}', [*TRAIN, *['--nobidirectional'] * forward]
    given += [] if default is None else ['--default_stddev', default]
    plain = settings(*given).learning.stddev
    if forward and default is None:
        expected = None if kind == 'h' else 0.0
    else:
        expected = None if name in ('h1', 'h6') else default or flags()['default_stddev']
    assert plain[name] == expected
    for value in (0.25, flags()['default_stddev'], 0.0):
        one = settings(*given, f'--{name}_stddev', value).learning.stddev
        assert one == {**plain, name: value} and set(one) == {a + b for a in 'bh' for b in '12356'}


@pytest.mark.parametrize('kind, bidirectional, becomes', [
    ('', True, '2017'), ('', False, '0.9.3'), ('2017', True, '2017'), ('0.9.3', True, '0.9.3'),
    ('0.9.3', False, '0.9.3'), ('2017', False, None)])
def test_features_that_stream(kind, bidirectional, becomes):
    given = [*TRAIN, '--bidirectional' if bidirectional else '--nobidirectional',
             *(['--feature_type', kind] if kind else [])]
    if becomes is None:
        with pytest.raises(UserError, match='--feature_type 2017 cannot be streamed'):
            settings(*given)
    else:
        assert settings(*given).features.kind == becomes


def test_windows_that_cannot_be_are_one_line():
    with pytest.raises(UserError, match='shorter than two samples'):
        settings(*TRAIN, '--audio_sample_rate', 1000, '--feature_win_len', 1)


@pytest.mark.parametrize('name', ['feature_win_len', 'feature_win_step'])
@pytest.mark.parametrize('rate', [8000, 11025, 16000, 22050, 44100])
def test_windows_are_whole_samples(name, rate):
    for ms in range(1, 101):
        given = [*TRAIN, '--audio_sample_rate', rate, f'--{name}', ms]
        if ms * rate % 1000 == 0:
            settings(*given)
            continue
        with pytest.raises(UserError) as refusal:
            settings(*given)
        nearest = int(str(refusal.value).rsplit(' ', 1)[1])
        assert nearest * rate % 1000 == 0 and abs(nearest - ms) < 40
        assert f'--{name} {ms} is {ms * rate / 1000:g} samples at {rate} Hz' in str(refusal.value)


@pytest.mark.parametrize('given, load, save, evaluate', [
    (['--checkpoint_dir', 'a'], 'a', 'a', 'a'), (['--checkpoint_dir', 'a/'], 'a', 'a', 'a'),
    (['--checkpoint_dir', 'a', '--load_checkpoint_dir', 'b'], 'b', 'a', 'a'),
    (['--checkpoint_dir', 'a', '--save_checkpoint_dir', 'c'], 'a', 'c', 'c'),
    (['--load_checkpoint_dir', 'b', '--save_checkpoint_dir', 'c'], 'b', 'c', 'c'),
    ([], '{home}', '{home}', '{home}')])
def test_folders_of_checkpoints(tmp_path, given, load, save, evaluate):
    """A training tests what it has saved; a test alone what it is told to load."""
    home = str(tmp_path / 'home' / 'deepspeech' / 'checkpoints')
    found = settings('--train_files', 't.csv', *given).load
    assert (found.load_dir, found.save_dir, found.evaluate_dir) == tuple(
        path.format(home=home) for path in (load, save, evaluate))
    tested = settings('--test_files', 't.csv', *given).load
    assert tested.evaluate_dir == tested.load_dir == found.load_dir


@pytest.mark.parametrize('max_to_keep', [0, 1, 5])
def test_what_keeps_nothing_writes_nothing(max_to_keep):
    found = settings(*TRAIN, '--max_to_keep', max_to_keep)
    assert found.load.keeping is (max_to_keep > 0)
    assert found.summaries.save_dir == ('/ck' if max_to_keep else '')
    assert ('nothing was saved' in found.course.how_to_go_on(3)) is (max_to_keep == 0)


@pytest.mark.parametrize('epoch, trained, target', [
    (75, 0, 75), (75, 80, 75), (0, 3, 0), (-1, 0, 1), (-1, 7, 8), (-3, 2, 5)])
def test_target_of_the_epochs(epoch, trained, target):
    course = settings(*TRAIN, '--epoch', epoch).course
    assert isinstance(course, CourseSettings) and course.target(trained) == target


@pytest.mark.parametrize('given, trained, target', [
    ([], 0, 75), ([], 80, 75),
    *((['--epochs', more], trained, trained + more) for more in (0, 1, 5) for trained in (0, 7)),
    (['--epochs', -1], 3, 75), (['--epoch', 9, '--epochs', -1], 3, 9),
    (['--release', '0.9.3'], 0, 75), (['--release', '0.9.3'], 80, 155),
    (['--release', '0.9.3', '--epochs', 2], 3, 5), (['--release', '0.9.3', '--epoch', 9], 3, 9),
    (['--release', '0.9.3', '--epoch', -2], 3, 5)])
def test_epochs_are_those_of_the_run_and_epoch_is_the_target(given, trained, target):
    assert settings(*TRAIN, *given).course.target(trained) == target


@pytest.mark.parametrize('release', [[], ['--release', '0.9.3']])
@pytest.mark.parametrize('epoch, epochs', [(75, 75), (3, 1), (-1, 1), (0, 0)])
def test_only_one_of_epoch_and_epochs(epoch, epochs, release):
    with pytest.raises(UserError, match=f'--epoch {epoch} is the epoch to train up to, --epochs '
                                        f'{epochs} the number to train in this run: pass one'):
        settings(*TRAIN, *release, '--epoch', epoch, '--epochs', epochs)


@pytest.mark.parametrize('given, advice', [
    ([], 'the same command to resume'), (['--epoch', 9], 'the same command to resume'),
    (['--epoch', -9], 'the same command with --epoch -4 to resume'),
    (['--epochs', 9], 'the same command with --epochs 4 to resume'),
    (['--epochs', 9, '--load_train', 'best'],
     'the same command with --load_train auto --epochs 4 to resume'),
    (['--release', '0.9.3'], 'the same command with --load_train last --epochs 4 to resume'),
    (['--release', '0.9.3', '--load_train', 'last'], 'the same command with --epochs 4 to resume'),
    (['--release', '0.9.3', '--load_checkpoint_dir', '/a b'], "the same command with --load_train "
     'last --load_checkpoint_dir /ck --epochs 4 to resume')])
def test_an_interrupted_training_is_told_what_is_left(given, advice):
    assert settings(*TRAIN, *given).course.how_to_go_on(4) == 'run ' + advice


@pytest.mark.parametrize('given, every, said', [
    (['--metrics_files', 'm'], 1, False), (['--metrics_files', 'm', '--validation_step', 3], 3,
                                           False),
    ([], 0, False), (['--dev_files', 'd'], 1, True),
    (['--dev_files', 'd', '--display_step', 2], 1, True),
    *((['--dev_files', 'd', '--validation_step', n], n, False) for n in (0, 1, 3))])
def test_a_validation_set_is_used(given, every, said, capsys):
    assert settings(*TRAIN, *given).course.validation_step == every
    assert ('I Validating after each epoch' in capsys.readouterr().out) is said


@pytest.mark.parametrize('given, rule', [
    ([], StopSettings()), (['--early_stop'], StopSettings()),
    (['--noearly_stop'], StopSettings(enabled=False)),
    (['--earlystop_nsteps', 4], StopSettings(as_2017=True)),  # its default, and yet given
    (['--estop_mean_thresh', 0.5], StopSettings(as_2017=True)),
    (['--estop_std_thresh', 0.25], StopSettings(std_threshold=0.25, as_2017=True)),
    (['--es_epochs', 5], StopSettings(epochs=5)),
    (['--es_epochs', 5, '--earlystop_nsteps', 4], StopSettings(epochs=5, as_2017=True))])
def test_the_rule_of_early_stopping_is_that_of_the_flags_given(given, rule):
    assert settings(*TRAIN, *given).course.stop == rule


@pytest.mark.parametrize('given, on', [([], 0), (['--plateau_epochs', 4], 0),
                                       (['--reduce_lr_on_plateau'], 10),
                                       (['--reduce_lr_on_plateau', '--plateau_epochs', 4], 4)])
def test_plateaus_count_only_where_they_are_wanted(given, on):
    assert settings(*TRAIN, *given).course.rate.plateau_epochs == on


def test_export():
    found = settings('--notrain', '--notest', '--export_dir', 'x', '--export_file_name', 'g',
                     '--export_version', 3, '--n_steps', 5, '--remove_export', '--export_zip',
                     '--scorer_path', 's',
                     '--export_language', 'de', '--export_author_id', 'me', '--export_beam_width',
                     7).export
    assert (found.folder, found.metadata.language, found.metadata.author_id,
            found.metadata.beam_width) == ('x', 'de', 'me', 7)
    assert {'g', 3, 5, True, False} <= {getattr(found, field.name) for field in
                                        dataclasses.fields(found) if field.name != 'metadata'}


@pytest.mark.parametrize('forward', [False, True])
@pytest.mark.parametrize('archive', [False, True])
def test_what_an_archive_needs(tmp_path, forward, archive):
    """An empty folder and a scorer, which come to it with the Lite model where there can be one."""
    (tmp_path / 'a.scorer').write_text('')
    given = ['--notrain', '--notest', '--export_dir', tmp_path / 'x', '--scorer_path',
             tmp_path / 'a.scorer', *['--nobidirectional'] * forward, *['--export_zip'] * archive]
    found = settings(*given)
    assert found.export.archive is archive and found.export.tflite is (forward and archive)
    assert bool(found.export.scorer) is archive
    if archive:
        with pytest.raises(UserError, match='there is no folder'):
            found.check_folders()
        (tmp_path / 'x').mkdir()
        found.check_folders()
        (tmp_path / 'x' / 'old').write_text('')
        with pytest.raises(UserError, match='is not empty'):
            found.check_folders()
        (tmp_path / 'x' / 'old').unlink()
        (tmp_path / 'a.scorer').unlink()
        with pytest.raises(UserError, match='a.scorer. is not a file'):
            found.check_folders()
    else:
        found.check_folders()


def test_what_people_are_told():
    """The flags that were given, as a shell takes them, and what changes the utterances."""
    found = settings('--train_files', 'a b.csv', '--augment', 'volume[p=0.5]', 'add', '--vary',
                     0.25, '--cluster_token', 'secret-0123456789abcdef', '--noearly_stop')
    assert found.changes == ('vary 0.25', 'volume[p=0.5]', 'add')
    assert found.command == ("'--train_files=a b.csv' --vary=0.25 '--augment=volume[p=0.5]' "
                             '--augment=add --noearly_stop')
    assert settings(*TRAIN).changes == ()


@pytest.mark.parametrize('given, message', [
    (['--drop_source_layers', 1], "--drop_source_layers makes a different model from that in"),
    (['--export_dir', 'x', '--export_file_name', 'a/b'], 'expected a name without a folder'),
    (['--test_output_file', '/'], "--test_output_file '/' is a folder"),
    (['--wer_log_pattern', '%d'], '--wer_log_pattern'),
    (['--export_dir', 'x', '--export_tflite'], 'tflite|Lite'),
    (['--export_dir', 'x', '--export_zip'], '--export_zip .*: pass --scorer_path')])
def test_contradictions(given, message):
    with pytest.raises(UserError, match=message):
        settings(*TRAIN, *given)


@pytest.mark.parametrize('given, warning', [
    ([], 'early stopping needs validation'), (['--noearly_stop'], ''),
    (['--dev_files', 'd'], ''),
    (['--dev_files', 'd', '--validation_step', 0], '--dev_files needs validation'),
    (['--dev_files', 'd', '--validation_step', 1], ''),
    (['--noearly_stop', '--reduce_lr_on_plateau'], '--reduce_lr_on_plateau needs validation'),
    (['--noearly_stop', '--metrics_files', 'm'], ''),
    (['--noearly_stop', '--metrics_files', 'm', '--validation_step', 0],
     '--metrics_files needs validation'),
    (['--noearly_stop', '--test_output_file', 'o'], '--test_output_file needs a test'),
    (['--noearly_stop', '--fulltrace'], '--fulltrace needs summaries'),
    (['--noearly_stop', '--fulltrace', '--summary_secs', 1], ''),
    (['--noearly_stop', '--cache_for_epochs', 3], '--cache_for_epochs needs an augmentation'),
    (['--noearly_stop', '--cache_for_epochs', 3, '--augment', 'volume'], ''),
    (['--noearly_stop', '--cache_for_epochs', 1, '--augment', 'volume'],
     '--cache_for_epochs 1 changes utterances anew in every epoch')])
def test_what_has_no_effect_is_said(given, warning, capsys):
    settings(*TRAIN, *given)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith('W ')]
    assert len(lines) == bool(warning) and warning in ''.join(lines)


@pytest.mark.parametrize('given, named', [
    (['--augment', 'reverb', '--augment', 'pitch', '--augment', 'add'], 'reverb or pitch'),
    (['--augment', 'add', '--cache_for_epochs', 0], ''),
    (['--augment', 'reverb', '--cache_for_epochs', 2], '')])
def test_what_the_cache_does_not_keep_is_said(given, named, capsys):
    found = settings(*TRAIN, '--feature_cache', 'f', *given)
    assert found.data.augmentation.cache_for_epochs == (2 if '2' in map(str, given) else 0)
    lines = [line for line in capsys.readouterr().out.splitlines() if '--feature_cache' in line]
    assert len(lines) == bool(named) and named in ''.join(lines)


@pytest.mark.parametrize('flag_name, extra', [
    ('--checkpoint_dir', []), ('--export_dir', []), ('--feature_cache', []),
    ('--summary_dir', ['--summary_secs', 1])])
def test_folders_are_tried_before_the_first_epoch(tmp_path, flag_name, extra):
    (tmp_path / 'file').write_text('')
    bad = tmp_path / 'file' / 'below'
    good = ['--train_files', 't.csv', '--checkpoint_dir', tmp_path / 'ck', *extra]
    settings(*good).check_folders()
    with pytest.raises(UserError, match=flag_name):
        settings(*good, flag_name, bad).check_folders()
    if extra:  # nothing will be written there
        settings(*good[:4], flag_name, bad).check_folders()
