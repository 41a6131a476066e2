"""Flags of DeepSpeech.py that change nothing without another one, and who is told so.

Only flags that were given count: those whose value is not the default. `--notrain` and `--notest`
are not looked at, so that one command line can serve for training, testing and exporting in turn.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Need:
    """What some flags need to have an effect.

    Attributes:
        flags: their names.
        met: whether the options have it.
        what: it, as in "--lm_alpha needs a language model: pass --scorer_path".
        advice: what to do, as there.
    """

    flags: tuple[str, ...]
    met: Callable[[Any], bool]
    what: str
    advice: str


def _steps(o: Any) -> bool:
    return bool(o.validation_step or 'validation_step' not in o.typed)


def _validates(o: Any) -> bool:
    return bool(o.dev_files and _steps(o))


def _measures(o: Any) -> bool:
    return bool((o.dev_files or o.metrics_files) and _steps(o))


# In the order in which they are said; of a flag that lacks several things the first is.
NEEDS = (
    Need(('metrics_files', 'reverse_train', 'shuffle_batches', 'shuffle_start', 'epoch', 'epochs',
          'dropout_rate', 'dropout_rate2', 'dropout_rate3', 'dropout_rate4', 'dropout_rate5',
          'dropout_rate6', 'vary', 'beta1', 'beta2', 'epsilon', 'learning_rate', 'lr_schedule',
          'lr_warmup_steps', 'max_grad_norm',
          'reduce_lr_on_plateau', 'plateau_epochs', 'plateau_reduction', 'train_batch_size',
          'gradient_accumulation', 'limit_train', 'dev_files', 'dev_batch_size', 'limit_dev',
          'reverse_dev', 'display_step', 'validation_step', 'save_checkpoint_dir', 'load_train',
          'drop_source_layers', 'checkpoint_secs', 'max_to_keep', 'decoder', 'fulltrace',
          'summary_dir', 'summary_secs', 'default_stddev', 'b1_stddev', 'h1_stddev', 'b2_stddev',
          'h2_stddev', 'b3_stddev', 'h3_stddev', 'b5_stddev', 'h5_stddev', 'b6_stddev',
          'h6_stddev', 'early_stop', 'earlystop_nsteps', 'estop_mean_thresh',
          'estop_std_thresh', 'es_epochs', 'es_min_delta', 'augment', 'cache_for_epochs',
          'force_initialize_learning_rate'),
         lambda o: bool(o.train_files), 'training', 'pass --train_files'),
    Need(('cache_for_epochs',), lambda o: bool(o.augment), 'an augmentation', 'pass --augment'),
    Need(('shuffle_start',), lambda o: o.shuffle_batches, 'shuffling', 'omit --noshuffle_batches'),
    Need(('validation_step',), lambda o: bool(o.dev_files or o.metrics_files),
         'a validation set', 'pass --dev_files'),
    Need(('dev_files', 'limit_dev'),
         lambda o: _validates(o) or bool(o.dev_files and o.display_step),
         'validation', 'pass --dev_files, and no --validation_step 0'),
    Need(('metrics_files', 'decoder'), _measures,
         'validation', 'pass --dev_files, and no --validation_step 0'),
    Need(('dev_batch_size', 'reverse_dev'),
         lambda o: _measures(o) or bool(o.dev_files and o.display_step),
         'validation', 'pass --dev_files, and no --validation_step 0'),
    Need(('reduce_lr_on_plateau', 'plateau_epochs', 'plateau_reduction', 'earlystop_nsteps',
          'estop_mean_thresh', 'estop_std_thresh', 'es_epochs', 'es_min_delta'), _validates,
         'validation', 'pass --dev_files, and no --validation_step 0'),
    Need(('plateau_epochs', 'plateau_reduction', 'force_initialize_learning_rate'),
         lambda o: o.reduce_lr_on_plateau,
         'reduction on a plateau', 'pass --reduce_lr_on_plateau'),
    Need(('earlystop_nsteps', 'estop_mean_thresh', 'estop_std_thresh', 'es_epochs'),
         lambda o: o.early_stop, 'early stopping', 'pass --early_stop'),
    Need(('earlystop_nsteps', 'estop_mean_thresh', 'estop_std_thresh'),
         lambda o: not o.es_epochs, 'the window rule of early stopping', 'pass --es_epochs 0'),
    Need(('es_min_delta',), lambda o: (o.es_epochs and o.early_stop) or o.reduce_lr_on_plateau,
         'a rule that counts improvements', 'pass --es_epochs or --reduce_lr_on_plateau'),
    Need(('fulltrace', 'summary_dir'), lambda o: o.summary_secs > 0,
         'summaries', 'pass --summary_secs'),
    Need(('checkpoint_secs', 'save_checkpoint_dir'), lambda o: o.max_to_keep > 0,
         'checkpoints', 'omit --max_to_keep 0'),
    Need(('dropout_rate5',), lambda o: o.bidirectional,
         'a backward LSTM', 'pass --bidirectional'),
    Need(('alphabet_config_path',), lambda o: not o.bytes_output_mode,
         'output in letters', 'omit --bytes_output_mode'),
    Need(('test_batch_size', 'limit_test', 'reverse_test', 'test_output_file', 'test_each'),
         lambda o: bool(o.test_files), 'a test', 'pass --test_files'),
    Need(('test_output_file',), lambda o: o.test, 'a test', 'pass --test_files without --notest'),
    Need(('report_count', 'wer_log_pattern'), lambda o: bool(o.test_files or o.display_step),
         'a report', 'pass --test_files or --display_step'),
    Need(('load_evaluate',), lambda o: bool(o.test_files or o.export_dir or o.one_shot_infer),
         'something to evaluate', 'pass --test_files, --export_dir or --one_shot_infer'),
    Need(('lm_alpha', 'lm_beta'), lambda o: bool(o.scorer_path),
         'a language model', 'pass --scorer_path'),
    Need(('cutoff_top_n',), lambda o: o.cutoff_prob < 1,
         'a cutoff of labels', 'pass --cutoff_prob below 1'),
    Need(('beam_width', 'scorer_path', 'lm_alpha', 'lm_beta', 'cutoff_prob', 'cutoff_top_n'),
         lambda o: bool(o.test_files or o.one_shot_infer or (o.export_dir and o.export_zip) or (
             o.train_files and (o.display_step or (_measures(o) and o.decoder == 'beam')))),
         'a beam search', 'pass --test_files, --display_step, --one_shot_infer or --decoder beam'),
    Need(('export_version', 'remove_export', 'export_file_name', 'export_tflite', 'export_zip',
          'export_beam_width', 'n_steps', 'export_language', 'export_author_id',
          'export_quantize', 'export_model_name', 'export_model_version', 'export_contact_info',
          'export_license', 'export_description', 'export_min_ds_version', 'export_max_ds_version'),
         lambda o: bool(o.export_dir), 'an export', 'pass --export_dir'),
    Need(('export_quantize',),
         lambda o: bool(o.export_tflite or (o.export_zip and not o.bidirectional)),
         'a TensorFlow Lite model', 'pass --export_tflite'),
    Need(('n_steps',), lambda o: not o.bidirectional,
         'a streaming network', 'pass --nobidirectional'),
)
# These need a cluster, which may come from the environment.
CLUSTER = ('task_index', 'coord_retries', 'coord_host', 'coord_port', 'coord_timeout',
           'cluster_token', 'log_traffic')
SLURM = ('slurm_ps',)


def csvs_used(options: Any) -> list[str]:
    """Return the CSV files that a run will read."""
    o, flags = options, []
    if o.train and o.train_files:
        flags += [o.train_files, o.dev_files, o.metrics_files]
    if o.test:
        flags.append(o.test_files)
    return [path for files in flags for path in files.split(',') if path and not o.one_shot_infer]


def unused(options: Any, given: Collection[str], in_cluster: bool) -> list[str]:
    """Return a line for each thing that is lacking, with the flags that need it.

    Args:
        options: the values of all flags.
        given: the names of those that are not the default, in the order to name them.
        in_cluster: whether this process belongs to a cluster.
    """
    needs = (*NEEDS,
             Need(CLUSTER, lambda o: in_cluster, 'a cluster',
                  'pass --worker_hosts or use bin/run-cluster.sh'),
             Need(SLURM, lambda o: o.job_name == 'slurm', 'Slurm', 'pass --job_name slurm'))
    said: set[str] = set()
    lines = []
    for need in needs:
        idle = [name for name in given if name in need.flags and name not in said]
        if idle and not need.met(options):
            said.update(idle)
            names = [f'--{name}' for name in idle]
            who = ' and '.join([', '.join(names[:-1]), names[-1]] if names[1:] else names)
            verb = 'need' if names[1:] else 'needs'
            lines.append(f'{who} {verb} {need.what}: {need.advice}')
    return lines
