"""Flags that change nothing without another one are named, each kind in one line."""
import itertools
import re
import shlex

import pytest

import DeepSpeech
from util.answered import ANSWERED
from util.settings import Settings
from util.unused import CLUSTER, NEEDS, SLURM, csvs_used, unused

DEFINITIONS = DeepSpeech.flag.definitions
# Every other flag has an effect in whatever the program does (or is said to be replaced)
ALWAYS = set("""train_files test_files auto_input_dataset strict audio_sample_rate feature_type
    feature_win_len
    feature_win_step feature_cache ps_hosts worker_hosts job_name replicas replicas_to_agg
    iters_per_worker train test use_warpctc relu_clip bytes_output_mode checkpoint_dir
    load_checkpoint_dir export_dir one_shot_infer log_level log_placement show_progressbar n_hidden
    bidirectional layer_norm automatic_mixed_precision enable_op_determinism
    inter_op_parallelism_threads intra_op_parallelism_threads use_allow_growth random_seed release
    """.split()) | {each.name for each in ANSWERED}
TRAIN = '--train_files t.csv'
DEV = f'{TRAIN} --dev_files d.csv --validation_step 1'
TEST = '--test_files t.csv'


def lines(command, in_cluster=False):
    options = DeepSpeech.flag.parse(['DeepSpeech.py', *shlex.split(command)])
    return unused(options, options.given, in_cluster)


def other_value(name):
    """Return the flag with a value that is not its default."""
    flag = DEFINITIONS[name]
    if flag.kind is bool:
        return f'--{"no" * flag.default}{name}'
    if flag.choices:
        return f'--{name} ' + next(choice for choice in flag.choices if choice != flag.default)
    if flag.kind is tuple:
        return f'--{name} volume'
    for value in (0.3, 1, 2, 7, 0):
        value = str(value) if flag.kind is str else value
        if flag.kind is int and value != int(value) or value == flag.default:
            continue
        if not flag.complaint(value):
            return f'--{name} {value}'
    raise AssertionError(name)


def test_every_flag_has_a_row_or_needs_none():
    rows = {name for need in NEEDS for name in need.flags} | {*CLUSTER, *SLURM}
    assert rows | ALWAYS == set(DEFINITIONS)
    assert not rows & ALWAYS


# For every row: a command line in which the need is not met, but all earlier ones are; and what
# has to be added to meet it.
CASES = {
    ('training', 'metrics_files'): (TEST, f'{DEV} --summary_secs 1 --reduce_lr_on_plateau '
                                          '--es_epochs 1 --decoder beam '
                                          '--augment volume'),
    ('an augmentation', 'cache_for_epochs'): (TRAIN, '--augment volume'),
    ('shuffling', 'shuffle_start'): (f'{TRAIN} --noshuffle_batches', '--shuffle_batches'),
    ('a validation set', 'validation_step'): (TRAIN, '--dev_files d.csv'),
    ('validation', 'dev_files'): (f'{TRAIN} --validation_step 0',
                                  '--dev_files d.csv --display_step 1'),
    ('validation', 'metrics_files'): (
        f'{TRAIN} --validation_step 0', '--validation_step 1 --metrics_files m.csv'),
    ('validation', 'dev_batch_size'): (TRAIN, '--metrics_files m.csv'),
    ('validation', 'reduce_lr_on_plateau'): (
        TRAIN, '--dev_files d.csv --validation_step 1 --reduce_lr_on_plateau --summary_secs 1'),
    ('reduction on a plateau', 'plateau_epochs'): (DEV, '--reduce_lr_on_plateau'),
    ('early stopping', 'earlystop_nsteps'): (f'{DEV} --noearly_stop', '--early_stop'),
    ('the window rule of early stopping', 'earlystop_nsteps'): (
        f'{DEV} --es_epochs 3', '--es_epochs 0'),
    ('a rule that counts improvements', 'es_min_delta'): (DEV, '--es_epochs 3'),
    ('summaries', 'fulltrace'): (TRAIN, '--summary_secs 1'),
    ('checkpoints', 'checkpoint_secs'): (f'{TRAIN} --max_to_keep 0', '--max_to_keep 5'),
    ('a backward LSTM', 'dropout_rate5'): (f'{TRAIN} --nobidirectional', '--bidirectional'),
    ('output in letters', 'alphabet_config_path'): (
        f'{TEST} --bytes_output_mode', '--nobytes_output_mode'),
    ('a test', 'test_batch_size'): (TRAIN, TEST),
    ('a test', 'test_output_file'): (f'{TEST} --notest', '--test'),
    ('a report', 'report_count'): (TRAIN, TEST),
    ('something to evaluate', 'load_evaluate'): (TRAIN, TEST),
    ('a language model', 'lm_alpha'): (TEST, '--scorer_path x'),
    ('a cutoff of labels', 'cutoff_top_n'): (TEST, '--cutoff_prob 0.9'),
    ('a beam search', 'beam_width'): (
        f'{DEV} --scorer_path x --cutoff_prob 0.9', TEST),
    ('an export', 'export_version'): (f'{TEST} --nobidirectional', '--export_dir x'),
    ('a TensorFlow Lite model', 'export_quantize'): ('--export_dir x --nobidirectional',
                                                     '--export_tflite'),
    ('a streaming network', 'n_steps'): ('--export_dir x', '--nobidirectional'),
}


@pytest.mark.parametrize('need', NEEDS, ids=lambda need: f'{need.what}, {need.flags[0]}')
def test_every_flag_of_every_row(need):
    without, added = CASES[need.what, need.flags[0]]
    for name in need.flags:
        flag = other_value(name)
        said = [line for line in lines(f'{without} {flag}')
                if re.search(rf'--{name}\b', line.partition(':')[0])]
        assert len(said) == 1, (name, said)
        assert need.what in said[0] and said[0].endswith(need.advice), said
        given = f'{without} {flag} {added}' if name in added else f'{without} {added} {flag}'
        later = [line for line in lines(given) if need.what in line and f'--{name}' in line]
        others = [other.what for other in NEEDS if other is not need]
        assert not later or need.what in others or name in added, later


@pytest.mark.parametrize('name', [*CLUSTER, *SLURM])
def test_flags_of_a_cluster(name):
    alone = lines(f'{TEST} {other_value(name)}')
    assert len(alone) == 1 and alone[0].startswith(f'--{name} needs ')
    assert lines(f'{TEST} {other_value(name)}', in_cluster=True) == ([] if name in CLUSTER
                                                                     else alone)
    assert not lines(f'{TEST} {other_value(name)} --job_name slurm', in_cluster=True)


@pytest.mark.parametrize('command', [
    TRAIN, TEST, DEV, '--export_dir x', '--one_shot_infer x.wav',
    f'{DEV} {TEST} --export_dir x --epoch 9 --learning_rate 0.1 --train_batch_size 4 '
    '--notrain --notest --beam_width 9 --test_batch_size 4 --limit_train 3',
    f'{DEV} --es_epochs 2 --es_min_delta 0.1 --reduce_lr_on_plateau --plateau_epochs 3',
    f'{TEST} --scorer_path x --lm_alpha 1 --lm_beta 2 --cutoff_prob 0.9 --cutoff_top_n 40',
    f'{DEV} --decoder beam --beam_width 9 --scorer_path x --lm_alpha 1',
    f'{TRAIN} --dev_files d.csv --display_step 1 --dev_batch_size 4 --report_count 3',
    '--nobidirectional --n_steps 8 --export_dir x --export_zip --export_language de'])
def test_what_has_an_effect_is_not_named(command):
    assert lines(command) == []


@pytest.mark.parametrize('command, said', [
    (f'{TEST} --lm_alpha 1', '--lm_alpha needs a language model: pass --scorer_path'),
    (f'{TEST} --lm_alpha 1 --lm_beta 1',
     '--lm_alpha and --lm_beta need a language model: pass --scorer_path'),
    (f'{TEST} --cutoff_top_n 40',
     '--cutoff_top_n needs a cutoff of labels: pass --cutoff_prob below 1'),
    (f'{TEST} --export_zip --n_steps 8 --export_license x',
     '--export_zip, --n_steps and --export_license need an export: pass --export_dir'),
    (f'{TEST} --lm_alpha 0.931289039105002', None)])
def test_one_line_for_each_kind(command, said):
    assert lines(command) == ([said] if said else [])


@pytest.mark.parametrize('flags', itertools.product(
    ['', '--train_files a,b'], ['', '--dev_files c'], ['', '--test_files d,,e'],
    ['', '--metrics_files f,g'], ['', '--notrain'], ['', '--notest'],
    ['--export_dir x', '--one_shot_infer w']), ids=' '.join)
def test_the_csvs_that_are_checked_at_once_are_those_of_the_sets(flags):
    options = DeepSpeech.flag.parse(['DeepSpeech.py', *shlex.split(' '.join(flags))])
    sets = Settings.of(options).data.sets.values()
    assert csvs_used(options) == [path for each in sets for path in each.files]
