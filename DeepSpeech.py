#!/usr/bin/env python3
r"""Deep Speech: train, test and export an end-to-end speech recognizer.

The network of Hannun et al., "Deep Speech: Scaling up end-to-end speech recognition" (2014),
with LSTM cells in its recurrent layer, trained by connectionist temporal classification on
recordings and their transcripts.

  train and test     ./DeepSpeech.py --train_files train.csv --dev_files dev.csv \
                         --test_files test.csv --validation_step 1 --checkpoint_dir runs/first
  resume             the same command again: it continues at the exact step it had reached
  test only          ./DeepSpeech.py --notrain --test_files test.csv --checkpoint_dir runs/first
  export             ./DeepSpeech.py --notrain --notest --export_dir exported \
                         --checkpoint_dir runs/first
  one recording      ./DeepSpeech.py --one_shot_infer speech.wav --checkpoint_dir runs/first

A CSV file has the columns wav_filename,wav_filesize,transcript. Sample databases (SDB) and tar
archives of samples do as well. See doc/ for the rest.
"""
import signal
import sys

if __name__ == '__main__':  # Ctrl-C ends it at once as long as there is nothing to save
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from util import errors, log
from util.errors import UserError

errors.explain_missing_packages('requirements.txt')

from util.answered import ANSWERED, RETIRED
from util.cluster.guard import guard
from util.cluster.members import ClusterSettings, my_role
from util.data.augment.parse import parse_operation
from util.data.read import check_sets_named
from util.flags import Flags
from util.release import RELEASES, VARIABLE
from util.unused import csvs_used

# The flags, each with its default, its bounds and what it means. Nothing else is a setting.
flag = Flags(__doc__)

flag.group('Release')
flag('release', '', '0.9.3', 'defaults and log lines of that release; unset: $DEEPSPEECH_RELEASE')

flag.group('Importer')
flag('train_files', '', '', 'training set: CSV, SDB or tar files, separated by commas')
flag('dev_files', '', '', 'validation set: CSV, SDB or tar files, separated by commas')
flag('test_files', '', '', 'test set: CSV, SDB or tar files, separated by commas')
flag('metrics_files', '', '', 'further such files, each evaluated and logged at each validation')
flag('auto_input_dataset', '', '',
     'a CSV or its folder: split it into train, dev and test.csv, and make its alphabet.txt')
flag('strict', False, '', 'stop at unusable utterances instead of leaving them out')
flag('fulltrace', False, '', 'add histograms and a profile of the first steps to the summaries')

flag.group('Audio and features')
flag('audio_sample_rate', 16000, '>= 1000, <= 768000', 'Hz; audio at other rates is resampled')
flag('feature_type', '', '2017|0.9.3', 'default: 2017; with --nobidirectional: 0.9.3')
flag('feature_win_len', 0, '>= 0', 'window length in ms; 0: 25 or 32, by feature type')
flag('feature_win_step', 0, '>= 0', 'ms from one window to the next; 0: 20')
flag('feature_cache', '', '', 'folder that keeps computed features for later runs')
flag('cache_for_epochs', 0, '>= 0', 'change utterances by --augment anew every N epochs only')
flag('shuffle_batches', True, '', 'training batches in another order in every epoch')
flag('shuffle_start', 1, '>= 0', 'the first epoch, from 0, in another order than by length')
flag('reverse_train', False, '', 'longest training utterance first')
flag('reverse_dev', False, '', 'longest validation utterance first')
flag('reverse_test', False, '', 'longest test utterance first')

flag.group('Cluster configuration')
flag('ps_hosts', '', '', 'comma-separated host:port of the parameter servers; empty: all-reduce')
flag('worker_hosts', '', '', 'comma-separated host:port of the workers; empty: a single process')
flag('job_name', 'localhost', 'localhost|worker|ps|slurm', 'role of this process; slurm: ask Slurm')
flag('task_index', 0, '>= 0', 'index within the job; worker 0 is the chief')
flag('replicas', -1, '', 'total synchronous replicas; -N: N per worker')
flag('replicas_to_agg', -1, '', 'gradients aggregated per step; -N: N per worker')
flag('coord_retries', 100, '>= 0', 'connection attempts, and failures tolerated, before giving up')
flag('coord_host', 'localhost', '', 'host of the coordinator; localhost: the host of worker 0')
flag('coord_port', 2500, '>= 1, <= 65534', 'port of the coordinator, which uses the next one too')
flag('coord_timeout', 60.0, '>= 3', 'seconds without a heartbeat before a process counts as failed')
flag('cluster_token', '', '', 'secret shared by all members; better: $DEEPSPEECH_CLUSTER_TOKEN')
flag('iters_per_worker', 1, '>= 1', 'steps per job handed to a worker')
flag('slurm_ps', 0, '>= 0', 'number of tasks that act as parameter servers')

flag.group('Global constants')
flag('train', True, '', 'train, if there are --train_files')
flag('test', True, '', 'test, if there are --test_files')
flag('epoch', 75, '', 'train up to this epoch; -N: N more than the checkpoint has')
flag('epochs', -1, '>= 0', 'train so many epochs in this run; -1: up to --epoch')
flag('use_warpctc', False, '', "use Baidu's CTC library")
flag('dropout_rate', 0.05, '>= 0, < 1', 'dropout of layer 1, and of 2, 3 and 5 by default')
flag('dropout_rate2', -1.0, '< 1', 'dropout of layer 2; negative: same as --dropout_rate')
flag('dropout_rate3', -1.0, '< 1', 'dropout of layer 3; negative: same as --dropout_rate')
flag('dropout_rate4', 0.0, '>= 0, < 1', 'dropout of the forward LSTM, input and output')
flag('dropout_rate5', 0.0, '>= 0, < 1', 'dropout of the backward LSTM, input and output')
flag('dropout_rate6', -1.0, '< 1', 'dropout of layer 5; negative: same as --dropout_rate')
flag('vary', 0.0, '>= 0, <= 2',
     'vary voice, speed, channel, level, noise and gaps in training; 1: as much as speakers do')
flag('augment', (), '', 'change training utterances, as in reverb[p=0.2]; see the guide',
     check=parse_operation)
flag('relu_clip', 20.0, '> 0', 'upper bound of the rectified linear units')
flag('alphabet_config_path', 'data/alphabet.txt', '', 'alphabet file, one label per line')
flag('bytes_output_mode', False, '', 'labels are UTF-8 bytes; no alphabet file is needed')

flag.group('Adam')
flag('beta1', 0.9, '>= 0, < 1', 'decay of the mean gradient')
flag('beta2', 0.999, '>= 0, < 1', 'decay of the mean squared gradient')
flag('epsilon', 1e-8, '> 0', 'keeps the step finite where gradients vanish')
flag('learning_rate', 0.001, '> 0', 'step size')
flag('force_initialize_learning_rate', False, '', 'begin this run with it, past plateaus forgotten')
flag('lr_schedule', 'constant', 'constant|linear|cosine', 'how the step size changes over training')
flag('lr_warmup_steps', 0, '>= 0', 'steps over which the step size rises from zero')
flag('max_grad_norm', 0.0, '>= 0', 'scale longer gradients down to this norm; 0: never')
flag('reduce_lr_on_plateau', False, '', 'lower the step size when validation stops improving')
flag('plateau_epochs', 10, '>= 1', 'validations without improvement that count as a plateau')
flag('plateau_reduction', 0.1, '> 0, < 1', 'factor applied to the step size on a plateau')

flag.group('Batch sizes')
flag('train_batch_size', 1, '>= 1', 'utterances per training batch')
flag('gradient_accumulation', 1, '>= 1', 'batches per step: learn as from one N times as large')
flag('dev_batch_size', 1, '>= 1', 'utterances per validation batch')
flag('test_batch_size', 1, '>= 1', 'utterances per test batch')

flag.group('Sample limits')
flag('limit_train', 0, '>= 0', 'use only the first N rows; 0: all')
flag('limit_dev', 0, '>= 0', 'use only the first N rows; 0: all')
flag('limit_test', 0, '>= 0', 'use only the first N rows; 0: all')

flag.group('Step widths')
flag('display_step', 0, '>= 0', 'report training and validation WER every N epochs; 0: never')
flag('validation_step', 0, '>= 0', 'validate every N epochs and at the end (unset: 1); 0: never')

flag.group('Checkpointing')
flag('checkpoint_dir', '', '', "default: deepspeech/checkpoints in the user's data folder")
flag('load_checkpoint_dir', '', '', 'load from here instead of --checkpoint_dir')
flag('save_checkpoint_dir', '', '', 'save here instead of --checkpoint_dir')
flag('load_train', 'auto', 'auto|last|best|init', 'checkpoint to train from; auto: last, if any')
flag('load_evaluate', 'auto', 'auto|last|best', 'checkpoint to test and export; auto: best, if any')
flag('drop_source_layers', 0, '>= 0, <= 5', 're-initialise the last N layers: transfer learning')
flag('checkpoint_secs', 600, '>= 0', 'seconds between saves; 0: after each epoch')
flag('max_to_keep', 5, '>= 0', 'number of checkpoints kept; 0: save none')

flag.group('Exporting')
flag('export_dir', '', '', 'folder for the exported model; empty: no export')
flag('export_version', 1, '>= 0', 'version of the export: the subfolder of the SavedModel')
flag('remove_export', False, '', 'delete the previous export first')
flag('export_file_name', 'output_graph', '', 'name of the graph files, without extension')
flag('export_tflite', False, '', 'also write a TensorFlow Lite model')
flag('export_quantize', True, '', 'with weights of 8 bits in the TensorFlow Lite model')
flag('export_zip', False, '', 'also pack it, a TensorFlow Lite model and the scorer into a zip')
flag('export_beam_width', 500, '>= 1, <= 1000000', 'default beam width of the client')
flag('n_steps', 16, '>= 1, <= 10000', 'time steps per call of the exported streaming graph')
flag('export_language', '', '', 'language of the model, such as en-US')
flag('export_author_id', 'author', '', 'who made the model')
flag('export_model_name', 'model', '', 'name of the model')
flag('export_model_version', '0.0.1', '', 'version of the model')
flag('export_contact_info', '', '', 'where to ask about the model')
flag('export_license', '', '', 'licence of the model')
flag('export_description', '', '', 'what the model is for')
flag('export_min_ds_version', '', '', 'oldest client for the model; default: of this version',
     'export_min_stt_version')
flag('export_max_ds_version', '', '', 'newest client for the model; default: of this version',
     'export_max_stt_version')

flag.group('Decoding')
flag('one_shot_infer', '', '', 'transcribe this recording with the checkpoint, and exit')
flag('decoder', 'greedy', 'beam|greedy', 'decoder used for validation; greedy is faster')
flag('beam_width', 1024, '>= 1, <= 1000000', 'hypotheses the decoder keeps per time step')
flag('scorer_path', '', '', 'language model package for test and reports; empty: none', 'scorer')
flag('lm_alpha', 0.931289039105002, '', 'weight of the language model')
flag('lm_beta', 1.1834137581510284, '', 'bonus per word')
flag('cutoff_prob', 1.0, '> 0, <= 1', 'skip labels beyond this cumulative probability')
flag('cutoff_top_n', 300, '>= 1', 'try at most N labels per step; only with --cutoff_prob below 1')

flag.group('Reporting')
flag('log_level', 1, '>= 0, <= 3', 'lowest level logged; 0: debug, 1: info, 2: warning, 3: error')
flag('log_traffic', False, '', 'log the traffic with the coordinator')
flag('log_placement', False, '', 'log the device of each operation')
flag('show_progressbar', True, '', 'show progress on standard error')
flag('wer_log_pattern', '', '', 'printf pattern for a log line with set name, ISO date and WER')
flag('report_count', 10, '>= 0', 'samples shown in each part of a WER report')
flag('test_output_file', '', '', 'JSON file for the test result of each utterance')
flag('test_each', False, '', 'report each of the --test_files by itself, as evaluate.py does')
flag('summary_dir', '', '', "default: deepspeech/summaries in the user's data folder")
flag('summary_secs', 0, '>= 0', 'seconds between TensorBoard summaries; 0: none')

flag.group('Geometry')
flag('n_hidden', 2048, '>= 1', 'width of the layers')
flag('bidirectional', True, '', 'LSTM in both directions; the network can stream without')
flag('layer_norm', False, '', 'normalise the outputs of layers 1, 2, 3 and 5')

flag.group('Devices')
flag('automatic_mixed_precision', False, '', 'compute in bfloat16, keep the weights in float32')
flag('enable_op_determinism', False, '', 'reproducible numbers, at some cost in speed')
flag('inter_op_parallelism_threads', 0, '>= 0', 'operations run in parallel; 0: TensorFlow decides')
flag('intra_op_parallelism_threads', 0, '>= 0', 'threads per operation; 0: TensorFlow decides')
flag('use_allow_growth', False, '', 'allocate GPU memory on demand')

flag.group('Initialization')
flag('random_seed', 4567, '>= 0, <= 4294967295', 'seed of initial weights, dropout and order')
flag('default_stddev', 0.046875, '>= 0', 'default for the standard deviations below')
for layer in (1, 2, 3, 5, 6):
    for variable, meaning in (('b', 'bias'), ('h', 'weights')):
        fallback = 'Xavier' if variable == 'h' and layer in (1, 6) else '--default_stddev'
        flag(f'{variable}{layer}_stddev', None, '>= 0',
             f'standard deviation of the initial {meaning} of layer {layer}; default: {fallback}')

flag.group('Early stopping')
flag('early_stop', True, '', 'stop when validation stops improving')
flag('earlystop_nsteps', 4, '>= 1', 'rule of 2017: number of validation losses, at least 3')
flag('estop_mean_thresh', 0.5, '>= 0', 'rule of 2017: the last is this close to the earlier mean')
flag('estop_std_thresh', 0.5, '>= 0', 'rule of 2017: and the earlier ones deviate by less')
flag('es_epochs', 0, '>= 0', 'rule of 0.9.3: N validations without improvement; 0: off')
flag('es_min_delta', 0.05, '>= 0', 'smallest improvement that counts, for --es_epochs and plateaus')

flag.answered('Without effect here', ANSWERED)
flag.retired(RETIRED)
flag.secret('cluster_token')
flag.replaced('use_warpctc', "TensorFlow's own CTC loss is used")
flag.replaced('iters_per_worker', 'the coordinator keeps two batches ready per worker')
flag.replaced('replicas', 'there is one replica per worker, or per GPU where workers have GPUs')
flag.replaced('replicas_to_agg', 'without --ps_hosts the gradients of all workers are aggregated '
              'in every step; with --ps_hosts each is applied separately')
flag.lists('train_files', 'dev_files', 'test_files', 'metrics_files')
flag.paths('train_files', 'dev_files', 'test_files', 'metrics_files', 'feature_cache',
           'auto_input_dataset', 'alphabet_config_path', 'checkpoint_dir', 'load_checkpoint_dir',
           'save_checkpoint_dir', 'export_dir', 'one_shot_infer', 'scorer_path', 'test_output_file',
           'summary_dir')
flag.choose_defaults('release', RELEASES, VARIABLE)
flag.choose_by_being_given('alphabet_config_path', 'epoch', 'epochs', 'validation_step',
                           'default_stddev', 'earlystop_nsteps', 'estop_mean_thresh',
                           'estop_std_thresh')

# Parsed here already: --help and misspelt flags are answered before TensorFlow takes its seconds.
# So is the part of a cluster that only watches over the processes that train.
OPTIONS = flag.parse(sys.argv) if __name__ == '__main__' else None
if OPTIONS:
    log.set_level(OPTIONS.log_level)
    guard(OPTIONS.record(ClusterSettings), sys.argv)
    if not my_role():
        errors.or_exit(check_sets_named, csvs_used(OPTIONS))

import dataclasses
import json
import math
import os
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from util.load import load_tensorflow

load_tensorflow()
import tensorflow as tf

from util.audio.reading import read_with_notes
from util.cluster.crew import Crew, run_program, serve, set_up
from util.cluster.devices import in_order, share_of
from util.cluster.members import Cluster
from util.data.dataset import lone_batch
from util.data.sets import DataSet, load_sets
from util.export.bundle import write_export
from util.export.card import Facts
from util.features import compute_features, stream_padding, window
from util.flags import Options
from util.interrupt import Interrupt
from util.network.dropout import NO_DROPOUT, Dropout, drop_units
from util.network.geometry import LAYER_NORM_EPSILON, Geometry
from util.network.lstm import bilstm, has_gpu, lstm
from util.network.optimizer import Adam
from util.network.weights import create_weights
from util.progress import Rows, clock, pace, progress
from util.settings import LearningSettings, Settings, with_auto_input
from util.text.alphabet import Alphabet
from util.training import checkpoints, history, restore
from util.training.advice import advice
from util.training.decoder import BeamSearch, Greedy
from util.training.divergence import Watch
from util.training.lock import sole_training
from util.training.pieces import piecewise
from util.training.report import Sample, Summary, print_report, write_json
from util.training.report_on import print_report_on
from util.training.schedule import due, is_best, learning_rate, stop_reason
from util.training.summaries import Summaries, SummarySettings, note_test
from util.training.variation import vary
from util.training.view import View

# ==============
# The network
# ==============


def BiRNN(features: tf.Tensor, lengths: tf.Tensor, weights: Mapping[str, tf.Tensor],
          geometry: Geometry, dropout: Dropout = NO_DROPOUT, seed: tf.Tensor = None,
          dtype: tf.DType = tf.float32) -> tf.Tensor:
    """Run the network of Deep Speech (arXiv 1412.5567, section 2): from features to logits.

    With x_t the features of step t and of its context, g(z) = min(max(0, z), relu_clip)::

        h1_t = g(W1 x_t + b1)   h2_t = g(W2 h1_t + b2)   h3_t = g(W3 h2_t + b3)
        h4   = LSTM forward through h3 and, side by side, LSTM backward through h3
        h5_t = g(W5 h4_t + b5)
        h6_t = W6 h5_t + b6

    The paper's recurrent layer is a plain one whose directions are added; as in the code of 2017,
    it has LSTM cells here, and layer 5 sees both directions.

    Args:
        features: float [batch, time + 2 * n_context, n_input], context included.
        lengths: int [batch], steps of each utterance.
        weights: name -> weight, see `create_weights`.
        geometry: sizes.
        dropout: rates, in training only.
        seed: int [2], of the dropout; the same seed drops the same units.
        dtype: type of the matrix products.

    Returns:
        logits: float32 [time, batch, labels + 1], the blank last.
    """
    def drop(x: tf.Tensor, rate: float, stream: int) -> tf.Tensor:
        return drop_units(x, rate, seed + [stream, 0]) if rate else x

    def dense(name: str, x: tf.Tensor) -> tf.Tensor:
        product = tf.matmul(x, tf.cast(weights[name + '/weights'], dtype))
        return product + tf.cast(weights[name + '/bias'], dtype)

    def hidden(name: str, x: tf.Tensor) -> tf.Tensor:
        x = tf.minimum(tf.nn.relu(dense(name, x)), geometry.relu_clip)
        if geometry.layer_norm:
            mean, variance = tf.nn.moments(tf.cast(x, tf.float32), [-1], keepdims=True)
            normal = (tf.cast(x, tf.float32) - mean) * tf.math.rsqrt(variance + LAYER_NORM_EPSILON)
            x = tf.cast(normal * weights[name + '/layer_norm/gamma']
                        + weights[name + '/layer_norm/beta'], dtype)
        return x

    # Time comes first from here on: the steps of all utterances, then all steps as rows of a matrix
    x = window(tf.cast(tf.transpose(features, [1, 0, 2]), dtype), geometry.n_context, time_axis=0)
    time_and_batch = tf.shape(x)[:2]
    x = tf.reshape(x, [-1, geometry.n_window])

    # Layers 1 to 3 see one step each
    layer_1 = drop(hidden('layer_1', x), dropout.layer_1, 1)
    layer_2 = drop(hidden('layer_2', layer_1), dropout.layer_2, 2)
    layer_3 = drop(hidden('layer_3', layer_2), dropout.layer_3, 3)

    # Layer 4 runs through time, in both directions unless the network is to stream
    layer_3 = tf.reshape(layer_3, tf.concat([time_and_batch, [geometry.n_layer_3]], 0))

    def direction(name: str) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        return (weights[name + '/kernel'], weights[name + '/recurrent_kernel'],
                weights[name + '/bias'])

    forward_in = drop(layer_3, dropout.lstm_fw, 4)
    if geometry.bidirectional:
        backward_in = drop(layer_3, dropout.lstm_bw, 5)
        layer_4 = bilstm(forward_in, backward_in, direction('lstm_fw'), direction('lstm_bw'),
                         lengths, compute_dtype=dtype)
        if dropout.lstm_fw or dropout.lstm_bw:
            forward, backward = tf.split(layer_4, 2, axis=-1)
            layer_4 = tf.concat([drop(forward, dropout.lstm_fw, 6),
                                 drop(backward, dropout.lstm_bw, 7)], axis=-1)
    else:
        layer_4 = lstm(forward_in, *direction('lstm_fw'), lengths, compute_dtype=dtype)
        layer_4 = drop(layer_4, dropout.lstm_fw, 6)

    # Layers 5 and 6 see one step again; layer 6 gives the logits of the labels and of the blank
    layer_4 = tf.cast(tf.reshape(layer_4, [-1, geometry.n_recurrent]), dtype)
    layer_5 = drop(hidden('layer_5', layer_4), dropout.layer_5, 8)
    layer_6 = tf.cast(dense('layer_6', layer_5), tf.float32)
    return tf.reshape(layer_6, tf.concat([time_and_batch, [geometry.n_classes]], 0))


def ctc_losses(logits: tf.Tensor, lengths: tf.Tensor, labels: tf.SparseTensor) -> tf.Tensor:
    """Compute the CTC loss, -ln P(transcript | features), of each utterance.

    Args:
        logits: float32 [time, batch, labels + 1].
        lengths: int [batch].
        labels: sparse int32 [batch, length], the transcripts.

    Returns:
        float32 [batch], in nats.
    """
    return tf.nn.ctc_loss(labels, logits, label_length=None, logit_length=lengths,
                          blank_index=logits.shape[-1] - 1)


# ==============
# One batch
# ==============

BATCH = ({'features': tf.TensorSpec([None, None, None], tf.float32),
          'lengths': tf.TensorSpec([None], tf.int32),
          'labels': tf.SparseTensorSpec([None, None], tf.int32),
          'index': tf.TensorSpec([None], tf.int32),
          'position': tf.TensorSpec([], tf.int64)})


class Model:
    """The network with its weights: learns from a batch, or evaluates one.

    To be made under the scope of the crew's strategy.

    Args:
        geometry: sizes of the network.
        settings: how it begins and learns.
        crew: the processes and devices, of which each takes its share of every batch.
    """

    def __init__(self, geometry: Geometry, settings: LearningSettings, crew: Crew) -> None:
        self.geometry, self._settings = geometry, settings
        self.weights = create_weights(geometry, settings.stddev, settings.seed,
                                      settings.forget_bias, settings.as_one_kernel)
        self.optimizer = Adam(self.weights, settings.adam)
        self._dtype = tf.bfloat16 if settings.mixed_precision else tf.float32
        self._strategy = crew.strategy
        self._local_replicas = self._strategy.num_replicas_in_sync // crew.processes
        scalar = tf.TensorSpec([], tf.int64), tf.TensorSpec([], tf.float32)

        def compiled(function: Callable, *signature: Any) -> Callable:
            # Autograph would read this file again, edited or not
            return tf.function(function, input_signature=signature, autograph=False)

        self.learn = compiled(self._learn, BATCH, *scalar, scalar[1])
        self.evaluate = compiled(self._evaluate, BATCH)
        self.gradients = compiled(self._gradients, BATCH, scalar[0])

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """Name -> variable of all that a checkpoint keeps."""
        return {**self.weights, **self.optimizer.slots}

    def _learn(self, batch: dict, step: tf.Tensor, rate: tf.Tensor, stop: tf.Tensor) -> tuple:
        """Change the weights by the batch: minimise the mean over its utterances of the CTC loss.

        Args:
            batch: see `util.data.dataset.batches`; where several processes take part in the step,
                the share of this one. Utterances of index -1 only fill up.
            step: int64, batches learnt from before this one.
            rate: float32, the learning rate.
            stop: float32, 1 if this process has been interrupted.

        Returns:
            losses: float32 [batch] of the utterances, in the order of `index`.
            norm: float32, length of the gradient. Where it or a loss is not finite, the weights
                stay as they are.
            tally: float32 [4], of all processes: sum of the finite losses, how many they are,
                utterances, interrupted devices.
        """
        replicas = self._strategy.num_replicas_in_sync
        longest = self._settings.max_grad_norm

        def learn_share() -> tuple:
            replica = tf.distribute.get_replica_context()

            def total(values: Any) -> Any:
                return (replica.all_reduce(tf.distribute.ReduceOp.SUM, values) if replicas > 1
                        else values)

            share = share_of(batch, replica.replica_id_in_sync_group, self._local_replicas)
            counted = tf.cast(share['index'] >= 0, tf.float32)
            n_counted = total(tf.reduce_sum(counted))
            losses, by_name = self._gradient(share, step, replica, n_counted)
            gradients = total(list(by_name.values()))
            norm = tf.linalg.global_norm(gradients)
            finite = tf.cast(tf.math.is_finite(losses), tf.float32) * counted
            tally = total(tf.stack([tf.reduce_sum(tf.where(finite > 0, losses, 0.0)),
                                    tf.reduce_sum(finite), tf.reduce_sum(counted), stop]))
            if longest:
                scale = longest / tf.maximum(norm, longest)
                gradients = [gradient * scale for gradient in gradients]
            tf.cond(tf.math.is_finite(norm) & (tally[1] == tally[2]),
                    lambda: self.optimizer.apply(dict(zip(self.weights, gradients)), rate, step),
                    lambda: None)
            return losses, norm, tally

        losses, norm, tally = self._strategy.run(learn_share)
        if self._local_replicas == 1:
            return losses, norm, tally
        results = self._strategy.experimental_local_results
        losses = in_order(results(losses), tf.shape(batch['lengths'])[0])
        return losses, results(norm)[0], results(tally)[0]

    def _gradient(self, batch: dict, step: tf.Tensor, replica: Any, n_counted: tf.Tensor
                  ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Return the losses, and name -> gradient of their sum divided by the `n_counted`."""
        settings = self._settings
        weights = {name: tf.convert_to_tensor(weight) for name, weight in self.weights.items()}

        def learn_piece(piece: dict, number: tf.Tensor) -> tuple[tf.Tensor, dict]:
            stream = replica.replica_id_in_sync_group * settings.pieces + number
            seed = tf.stack([settings.seed + tf.cast(1000 * stream, tf.int64), step])
            counted = tf.cast(piece['index'] >= 0, tf.float32)
            with tf.GradientTape() as tape:
                tape.watch(weights)
                losses = self._losses(piece, weights, seed)
                loss = tf.reduce_sum(losses * counted) / tf.maximum(n_counted, 1.0)
            return losses, tape.gradient(loss, weights)

        return piecewise(learn_piece, batch, weights, settings.pieces, self.geometry.n_context)

    def _losses(self, batch: dict, weights: Mapping[str, tf.Tensor], seed: tf.Tensor) -> tf.Tensor:
        settings = self._settings
        features, lengths, labels = batch['features'], batch['lengths'], batch['labels']
        if settings.variation:
            features, lengths = vary(features, lengths, labels, seed, settings.variation,
                                     settings.features)
        logits = BiRNN(features, lengths, weights, self.geometry, settings.dropout, seed,
                       self._dtype)
        return ctc_losses(logits, lengths, labels)

    def _evaluate(self, batch: dict) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the logits, float32 [batch, time, labels + 1], and the losses, float32 [batch]."""
        logits = BiRNN(batch['features'], batch['lengths'], self.weights, self.geometry,
                       dtype=self._dtype)
        return (tf.transpose(logits, [1, 0, 2]),
                ctc_losses(logits, batch['lengths'], batch['labels']))

    def _gradients(self, batch: dict, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """Return name -> gradient of the batch, for the histograms of `--fulltrace`."""
        n_batch = tf.cast(tf.shape(batch['lengths'])[0], tf.float32)
        return self._gradient(batch, step, tf.distribute.get_replica_context(), n_batch)[1]


# ==============
# Epochs
# ==============


@dataclass(frozen=True)
class Run:
    """What `main` has opened, and the parts of a run share.

    Attributes:
        settings: what the flags say.
        alphabet: labels of the network.
        transcribe: function of logits, lengths -> texts, for the test and reports.
        transcribe_quickly: the same for validation.
        sets: 'train', 'dev', 'test' and further ones that are validated.
        crew: the processes that share the work.
        model: what learns.
        interrupt: ends the run early.
    """

    settings: Settings
    alphabet: Alphabet
    transcribe: Callable[[np.ndarray, np.ndarray], list[str]]
    transcribe_quickly: Callable[[np.ndarray, np.ndarray], list[str]]
    sets: dict[str, DataSet]
    crew: Crew
    model: Model
    interrupt: Interrupt

    @property
    def shape(self) -> dict:
        """The settings that shape the network, as checkpoints keep them."""
        return checkpoints.shape_of(self.alphabet, self.model.geometry, self.settings.features)

    @property
    def shows_progress(self) -> bool:
        """Whether this process draws bars."""
        return self.settings.show_progressbar and self.crew.chief


@dataclass
class State:
    """How far the training is: with the variables, all that a resumed one needs.

    The order of the batches and the dropout are functions of seed, epoch and step, so that epoch
    and position name the rest of the training exactly.
    """

    step: int = 0  # batches learnt from
    epoch: int = 0  # epochs ended, with their validation
    position: int = 0  # batches learnt from in the epoch under way
    plan: int = 0  # fingerprint of the batches that position counts
    epoch_loss: float = 0.0  # sum of the losses of that epoch's utterances
    epoch_utterances: int = 0
    dev_set: int = 0  # fingerprint of the validation set that the rest is about
    dev_losses: list[float] = dataclasses.field(default_factory=list)
    dev_wers: list[float] = dataclasses.field(default_factory=list)
    best: list[float] = dataclasses.field(default_factory=list)  # WER and loss of the best epoch
    best_epoch: int = -1  # which that is, where a checkpoint says
    rate_since: int = 0  # validations before those whose plateaus lower the learning rate
    target: int = 0  # epochs that the run trains up to
    stopped: bool = False  # by early stopping
    trainings: list[dict] = dataclasses.field(default_factory=list)  # what the weights come from

    @classmethod
    def of(cls, found: dict) -> 'State':
        """Return what a checkpoint has kept."""
        return cls(**{field.name: found[field.name] for field in dataclasses.fields(cls)
                      if field.name in found})


class Trainer:
    """Takes the model through the epochs, validates it, and saves it.

    Args:
        run: what learns, from what, and how long.
        state: where to begin.
        epochs: to train up to.
        saver: of checkpoints, also of the best one.
        summaries: for TensorBoard, and the metrics file.
    """

    def __init__(self, run: Run, state: State, epochs: int, saver: checkpoints.Saver,
                 summaries: Summaries) -> None:
        self.run, self.state, self.epochs = run, state, epochs
        self.saver, self.summaries = saver, summaries
        self.crew, self.model, self.course = run.crew, run.model, run.settings.course
        self.wording = run.settings.wording
        self._timer = checkpoints.Timer(self.course.checkpoint_secs)
        self._watch = Watch(run.sets['train'].utterances)
        self._view = View(state, epochs, run.sets['train'].audio_of_batches)

    def train(self) -> None:
        """Run the epochs to the last, or until interrupted; both end with a checkpoint."""
        state, interrupted = self.state, False
        started = time.monotonic()
        log.info('STARTING Optimization')
        if state.step and my_role():
            self._save()  # with its target, for processes that a cluster starts again
        try:
            while state.epoch < self.epochs and not state.stopped and not interrupted:
                interrupted = not (self._train_epoch() and self._report_epoch())
                if not interrupted:
                    state.epoch, state.position = state.epoch + 1, 0
                    state.epoch_loss, state.epoch_utterances = 0.0, 0
                    if not self.course.checkpoint_secs:
                        self._save()
        except UserError:  # no data, or no finite loss: what is learnt is kept all the same
            self._close()
            raise
        self._close()
        if interrupted:
            log.info(f'Interrupted in epoch {state.epoch} at step {state.step}: '
                     f'{self.course.how_to_go_on(self.epochs - state.epoch)}')
        else:
            log.info(self.wording.finished.format(time=clock(time.monotonic() - started)))

    def _train_epoch(self) -> bool:
        """Learn from the rest of an epoch's batches; return False if interrupted."""
        state, data = self.state, self.run.sets['train']
        n_batches, first = len(data.plan), state.position
        total_steps = self.epochs * n_batches
        state.plan = data.plan.fingerprint(state.epoch)
        started, rate = time.monotonic(), None
        with progress(total=n_batches, label=f'Epoch {state.epoch}',
                      enabled=self.run.shows_progress, rows=self._view.rows) as bar:
            bar.update(first)
            batches = iter(data.learnt_by(self.crew, state.epoch, first, self.epochs))
            interrupted, saving = False, True
            while saving and not interrupted:
                lessons, saving = self._lessons(batches, total_steps), False
                for (batch, _, rate, _), learnt in self.crew.map(self.model.learn, lessons):
                    interrupted |= self._count(learnt, batch, float(rate))
                    bar.update(loss=state.epoch_loss / max(state.epoch_utterances, 1))
                    saving |= self._timer.due()
                    if saving or interrupted:
                        lessons.close()  # what is under way still comes
                if saving:
                    self._save()
        if interrupted:
            return False
        if rate is None and not first:
            raise UserError('train: none of the recordings can be read any more')
        seconds = time.monotonic() - started
        loss = state.epoch_loss / max(state.epoch_utterances, 1)
        log.info(self.wording.trained.format(epoch=state.epoch, loss=loss, pace=pace(
            seconds, n_batches - first, data.audio_secs(state.epoch, first),
            total_steps - state.step)))
        self.summaries.epoch('train', state.epoch, state.step, loss=loss, learning_rate=rate,
                             seconds=seconds)
        return True

    def _lessons(self, batches: Iterable[dict], total_steps: int) -> Generator[tuple]:
        """Yield the arguments of `Model.learn`, batch by batch."""
        for step, batch in enumerate(batches, self.state.step):
            losses = self.state.dev_losses[self.state.rate_since:]
            rate = learning_rate(step, total_steps, losses, self.course.rate)
            yield (batch, tf.constant(step, tf.int64), tf.constant(rate, tf.float32),
                   tf.constant(bool(self.run.interrupt.status), tf.float32))

    def _count(self, learnt: tuple, batch: dict, rate: float) -> bool:
        """Add up the losses of a batch, look whether they are finite; True when interrupted.

        Whoever takes every step together stops together, after a step to which one said stop.
        """
        losses, norm, (finite_sum, n_finite, n_counted, stops) = (np.asarray(x) for x in learnt)
        state = self.state
        state.step, state.position = state.step + 1, int(batch['position']) + 1
        state.epoch_loss += float(finite_sum)
        state.epoch_utterances += int(n_finite)
        loss = float(finite_sum / n_finite) if n_finite == n_counted else math.nan
        self.summaries.step(state.step, loss=loss, gradient_norm=float(norm), learning_rate=rate,
                            details=lambda: self.model.gradients(batch, state.step))
        self._watch.look(state.step, loss, float(norm), losses, batch['index'].numpy(), rate)
        return bool(stops > 0 if self.crew.processes > 1 else self.run.interrupt.status)

    def _report_epoch(self) -> bool:
        """Validate and report where it is due; return False if interrupted."""
        state, sets = self.state, self.run.sets
        at = state.epoch, self.epochs
        validating, others = due(self.course.validation_step, *at), self.run.settings.tests
        for name in [name for name in sets if name not in ('train', *others) and validating]:
            samples = evaluate(self.run, name, self.run.transcribe_quickly, self._view.rows)
            if samples is None:
                return False
            summary = Summary.of(samples)
            line = self.wording.validated if name == 'dev' else self.wording.metrics
            log.info(line.format(epoch=state.epoch, source=sets[name].source, loss=summary.loss,
                                 wer=summary.wer, cer=summary.cer))
            self.summaries.epoch(name, state.epoch, state.step, loss=summary.loss,
                                 wer=summary.wer, cer=summary.cer)
            if name == 'dev':
                self._validated(summary)
        reporting = due(self.course.display_step, *at)
        for name in [name for name in ('train', 'dev') if name in sets and reporting]:
            samples = evaluate(self.run, name, self.run.transcribe, self._view.rows)
            if samples is None:
                return False
            if self.crew.chief:
                title = 'Training' if name == 'train' else 'Validation'
                print_report(f'{title} of Epoch {state.epoch}', name, samples,
                             self.run.settings.report)
        return True

    def _validated(self, summary: Summary) -> None:
        """Remember the loss, save the best model, and stop when it no longer improves."""
        state = self.state
        state.dev_losses.append(summary.loss)
        state.dev_wers.append(summary.wer)
        found = [summary.wer, summary.loss]
        if is_best(found, state.best):
            state.best, state.best_epoch = found, state.epoch
            path = os.path.join(self.run.settings.load.save_dir, f'best_dev-{state.step}')
            self._save('best_dev', self.wording.best.format(loss=summary.loss, path=path),
                       epoch=state.epoch + 1, position=0, epoch_loss=0.0, epoch_utterances=0)
        reason = stop_reason(state.dev_losses, self.course.stop, state.dev_wers)
        if reason:
            log.info(f'Early stop after epoch {state.epoch}: {reason}')
            state.stopped = True

    def _save(self, name: str = 'model', said: str = '', **changes: Any) -> None:
        state = {**dataclasses.asdict(self.state), **changes}
        self.saver.save(self.model.variables, {**state, 'settings': self.run.shape}, name, said)

    def _close(self) -> None:
        self._save()
        self.saver.close()


def evaluate(run: Run, name: str, transcribe: Callable, rows: Rows | None = None
             ) -> list[Sample] | None:
    """Transcribe a set, each process some batches of it.

    Args:
        run: with the set and the model.
        name: of the set.
        transcribe: function of logits, lengths -> texts.
        rows: what a terminal shows meanwhile; None: a bar.

    Returns:
        The samples in the order of the plan, or None when any process was interrupted.
    """
    data, crew = run.sets[name], run.crew
    plan = data.plan.plan(0)
    portion = crew.portion(plan)
    found: list[tuple[int, str, float]] = []
    with progress(total=len(portion), label=name, enabled=run.shows_progress, rows=rows) as bar:
        calls = ((batch,) for batch in data.batches(portion))
        for (batch,), (logits, losses) in crew.map(run.model.evaluate, calls):
            texts = transcribe(np.asarray(logits), batch['lengths'].numpy())
            found += zip(batch['index'].numpy().tolist(), texts, np.asarray(losses).tolist())
            bar.update()
            if run.interrupt.status:
                break
    if crew.any(run.interrupt.status):
        return None
    found = [row for rows in crew.gather(json.dumps(found).encode()) for row in json.loads(rows)]
    if not found:
        raise UserError(f'{name}: none of the recordings can be read any more')
    place = {index: i for i, index in enumerate(np.concatenate(plan).tolist())}
    samples = []
    for index, text, loss in sorted(found, key=lambda row: place[row[0]]):
        utterance = data.utterances[index]
        samples.append(Sample.compare(utterance.wav, utterance.transcript, text, loss))
    return samples


# ==============
# From the flags to a run
# ==============


def main(options: Options) -> int:
    """Check the data, train, test, export: what the flags ask for; return the exit status."""
    cluster, role = Cluster.of(options.record(ClusterSettings)), my_role()
    serving = bool(cluster and role and not cluster.trains(role))
    speaker = not serving and (not role or role.index == 0)
    log.set_level(options.log_level if speaker else 3)  # what concerns all is said once
    if options.auto_input_dataset:
        options = with_auto_input(options)
    settings = Settings.of(options, in_cluster=bool(cluster))
    if cluster and role and serving:
        log.set_level(settings.log_level)
        serve(settings.devices, cluster, role)
    if speaker:
        settings.check_folders()
    alphabet = (Alphabet.load(settings.alphabet_path) if settings.alphabet_path
                else Alphabet.bytes_output())
    geometry = dataclasses.replace(settings.geometry, n_labels=len(alphabet))
    decoding = settings.training or settings.testing or settings.one_shot_infer
    transcribe = BeamSearch(alphabet, settings.decoder) if decoding else Greedy(alphabet)
    together = len(cluster.workers) if cluster and not cluster.ps else 1
    sets = load_sets(settings.data, alphabet, together)
    if not speaker:
        log.set_level(max(settings.log_level, 2))
    train_batch = settings.data.sets['train'].batch_size if 'train' in sets else 1
    crew = set_up(settings.devices, settings.seed, cluster, train_batch)
    with crew.strategy.scope():
        model = Model(geometry, settings.learning, crew)
    saving = settings.load.save_dir if settings.training and settings.load.keeping else ''
    with Interrupt() as interrupt, sole_training(saving if crew.chief else ''):
        run = Run(settings, alphabet, transcribe,
                  Greedy(alphabet) if settings.quick_validation else transcribe,
                  sets, crew, model, interrupt)
        trained = train(run) if settings.training else State()
        for wanted, action in ((settings.testing, test), (settings.export, export),
                               (settings.one_shot_infer, infer)):
            if wanted and not crew.any(interrupt.status):
                action(run, load_for_evaluation(run, trained))
        crew.farewell()
    return interrupt.status


def train(run: Run) -> State:
    """Train from the newest checkpoint, or from the beginning; return how far it came."""
    settings, crew, model = run.settings, run.crew, run.model
    dev_set = run.sets['dev'].fingerprint if 'dev' in run.sets else 0
    found = (restore.for_training(settings.load, run.shape, model.variables, model.weights,
                                  run.sets['train'].plan, dev_set) if crew.chief else {})
    found = json.loads(crew.from_chief(json.dumps(found).encode()))
    crew.spread(model.variables.values())
    state = State.of({'dev_set': dev_set, **found})
    if crew.chief and not state.step:
        hours = run.sets['train'].audio_secs(0, 0) / 3600
        if line := advice(model.geometry.n_hidden, settings.course.rate.rate,
                          settings.data.sets['train'].batch_size, hours, has_gpu()):
            log.warn(line)
    if 'DEEPSPEECH_ATTEMPT' not in os.environ or not state.target:  # else it is the same run
        state.target = settings.course.target(state.epoch)
        if settings.course.forgets_plateaus:
            state.rate_since = len(state.dev_losses)
    target = state.target
    if state.stopped and settings.course.stop.enabled:
        log.info(f'Early stopping ended this training after epoch {state.epoch - 1}: '
                 'pass --noearly_stop to continue')
    elif state.epoch >= target:
        log.info(f'The checkpoint has {state.epoch} epochs, the target is {target}; nothing to '
                 'train: raise --epoch, or pass --epochs N for N more')
    else:
        state.trainings = history.with_training(state.trainings, history.training(
            run.sets['train'], settings.data.sets['train'].files, settings.changes,
            settings.command, state.epoch))
    state.stopped = state.stopped and settings.course.stop.enabled
    saver = checkpoints.Saver(settings.load.save_dir, settings.max_to_keep if crew.chief else 0)
    summaries = Summaries(settings.summaries if crew.chief else SummarySettings(), model.weights)
    Trainer(run, state, target, saver, summaries).train()
    summaries.close_profile()
    return state


def load_for_evaluation(run: Run, trained: State) -> State:
    """Load the checkpoint that `--load_evaluate` names; return how far it was trained.

    Where a training of this run saves nothing its weights are evaluated as they are.
    """
    settings, crew, state = run.settings, run.crew, {}
    if settings.training and not settings.load.keeping:
        return trained
    if crew.chief:
        state = restore.for_evaluation(settings.load, run.shape, run.model.weights)
    crew.spread(run.model.weights.values())
    return State.of(json.loads(crew.from_chief(json.dumps(state).encode())))


def test(run: Run, state: State) -> None:
    """Transcribe the test sets and report the errors."""
    settings, found = run.settings, []
    for name, file in settings.tests.items():
        if file and run.crew.chief:
            print(f'Testing model on {file}', flush=True)
        samples = evaluate(run, name, run.transcribe)
        if samples is None:
            return
        if not run.crew.chief:
            continue
        if file:
            print_report_on(file, samples, settings.report)
        else:
            print_report(f'Test of Epoch {state.epoch}', 'test', samples, settings.report)
        summary = Summary.of(samples)
        note_test(settings.load.evaluate_dir, state.epoch - 1, loss=summary.loss, wer=summary.wer,
                  cer=summary.cer)
        if not settings.training or settings.load.keeping:
            history.note_test(settings.load.evaluate_dir, run.model.weights, run.sets[name],
                              settings.data.sets[name].files, summary, settings.decoder)
        found += samples
    if settings.test_output_file and run.crew.chief:
        write_json(settings.test_output_file, found)


def export(run: Run, state: State) -> None:
    """Write the newest model, or with validation the best one, for the native client and others."""
    if not run.crew.chief or not run.settings.export:
        return
    weights = {name: weight.numpy() for name, weight in run.model.weights.items()}
    tests = history.tests_of(run.settings.load.evaluate_dir, weights)
    facts = Facts(state.epoch, state.trainings, *tests, run.settings.command)
    for path in write_export(run.settings.export, weights, run.model.geometry,
                             run.settings.features, run.alphabet, facts):
        log.info(f"Exported '{path}'")
    if run.settings.wording.exported:
        log.info(run.settings.wording.exported.format(folder=run.settings.export.folder))


def infer(run: Run, state: State) -> None:
    """Print the transcript of one recording, its last window filled up as the client does it."""
    if not run.crew.chief:
        return
    features, path = run.settings.features, run.settings.one_shot_infer
    samples, notes = read_with_notes(path, features.sample_rate)
    for note in notes:
        log.warn(f'{path} {note}')
    samples = np.pad(samples, [0, stream_padding(len(samples), features)])
    batch = lone_batch(compute_features(samples, features), features.n_context)
    if not batch['lengths'][0]:
        print('')
        return
    logits, _ = run.model.evaluate(batch)
    print(run.transcribe(logits.numpy(), batch['lengths'].numpy())[0])


if OPTIONS:
    run_program(partial(main, OPTIONS))
