#!/usr/bin/env python3
"""Deep Speech: trains, tests and exports an end-to-end speech recognizer.

The network of Hannun et al., "Deep Speech: Scaling up end-to-end speech recognition" (2014),
with LSTM cells in its recurrent layer, trained by connectionist temporal classification on
recordings and their transcripts.

  train and test     ./DeepSpeech.py --train_files train.csv --dev_files dev.csv \\
                         --test_files test.csv --validation_step 1 --checkpoint_dir runs/first
  go on later        the same command again: it continues at the exact step it had reached
  test only          ./DeepSpeech.py --notrain --test_files test.csv --checkpoint_dir runs/first
  export             ./DeepSpeech.py --notrain --notest --export_dir exported \\
                         --checkpoint_dir runs/first
  one recording      ./DeepSpeech.py --one_shot_infer speech.wav --checkpoint_dir runs/first

A CSV file has the columns wav_filename,wav_filesize,transcript. See doc/ for the rest.
"""
import signal
import sys

if __name__ == '__main__':  # Ctrl-C ends it at once as long as there is nothing to save
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from util import errors, log
from util.errors import UserError

errors.explain_missing_packages('requirements.txt')

from util.cluster.guard import guard
from util.flags import Flags

# The flags, each with its default, its bounds and what it means. Nothing else is a setting.
flag = Flags(__doc__)

flag.group('Importer')
flag('train_files', '', '', 'comma-separated CSV files, concatenated into one training set')
flag('dev_files', '', '', 'comma-separated CSV files of the validation set')
flag('test_files', '', '', 'comma-separated CSV files of the test set')
flag('metrics_files', '', '', 'further CSV files whose loss is logged at each validation')
flag('strict', False, '', 'stop where an utterance is unusable, instead of leaving it out')
flag('fulltrace', False, '', 'add histograms and a profile of the first steps to the summaries')

flag.group('Audio and features')
flag('audio_sample_rate', 16000, '>= 1000, <= 768000', 'Hz; audio of another rate is resampled')
flag('feature_type', '', '2017|0.9.3', 'default: 2017, with --nobidirectional 0.9.3')
flag('feature_win_len', 0, '>= 0', 'window in ms; 0: that of the feature type, 25 or 32')
flag('feature_win_step', 0, '>= 0', 'time step in ms; 0: that of the feature type, 20')
flag('feature_cache', '', '', 'folder that keeps computed features for later runs')
flag('reverse_train', False, '', 'longest training utterance first')
flag('reverse_dev', False, '', 'longest validation utterance first')
flag('reverse_test', False, '', 'longest test utterance first')

flag.group('Cluster configuration')
flag('ps_hosts', '', '', 'comma-separated host:port of the parameter servers; empty: all-reduce')
flag('worker_hosts', '', '', 'comma-separated host:port of the workers; empty: a single process')
flag('job_name', 'localhost', 'localhost|worker|ps|slurm', 'what this process is; slurm: ask it')
flag('task_index', 0, '>= 0', 'index inside the job; worker 0 is the chief')
flag('replicas', -1, '', 'total replicas of synchronous training; negative: so many a worker')
flag('replicas_to_agg', -1, '', 'gradients aggregated in a step; negative: so many a worker')
flag('coord_retries', 100, '>= 0', 'tries to reach the coordinator, and failures to recover from')
flag('coord_host', 'localhost', '', 'host of the coordinator; localhost: that of worker 0')
flag('coord_port', 2500, '>= 1, <= 65534', 'port of the coordinator; it uses the next one too')
flag('coord_timeout', 60.0, '>= 3', 'seconds without a sign of life that make a failure')
flag('iters_per_worker', 1, '>= 1', 'steps in a job handed to a worker')
flag('slurm_ps', 0, '>= 0', 'with --job_name slurm: so many tasks are parameter servers')

flag.group('Global constants')
flag('train', True, '', 'train')
flag('test', True, '', 'test')
flag('epoch', 75, '', 'target epoch; negative: so many more than in the checkpoint', 'epochs')
flag('use_warpctc', False, '', "use Baidu's CTC library")
flag('dropout_rate', 0.05, '>= 0, < 1', 'dropout of layer 1, and of 2, 3 and 5 by default')
flag('dropout_rate2', -1.0, '< 1', 'dropout of layer 2; negative: as --dropout_rate')
flag('dropout_rate3', -1.0, '< 1', 'dropout of layer 3; negative: as --dropout_rate')
flag('dropout_rate4', 0.0, '>= 0, < 1', 'dropout of the forward LSTM, input and output')
flag('dropout_rate5', 0.0, '>= 0, < 1', 'dropout of the backward LSTM, input and output')
flag('dropout_rate6', -1.0, '< 1', 'dropout of layer 5; negative: as --dropout_rate')
flag('vary', 0.0, '>= 0, <= 2',
     'vary voice, speed, channel, level, noise and gaps in training; 1: as much as speakers do')
flag('relu_clip', 20.0, '> 0', 'upper bound of the rectified linear units')
flag('alphabet_config_path', 'data/alphabet.txt', '', 'file of the labels, one a line')
flag('bytes_output_mode', False, '', 'the labels are the bytes of UTF-8; needs no alphabet file')

flag.group('Adam')
flag('beta1', 0.9, '>= 0, < 1', 'decay of the mean gradient')
flag('beta2', 0.999, '>= 0, < 1', 'decay of the mean squared gradient')
flag('epsilon', 1e-8, '> 0', 'keeps the step finite where gradients vanish')
flag('learning_rate', 0.001, '> 0', 'step size')
flag('lr_schedule', 'constant', 'constant|linear|cosine', 'course of the step size to the end')
flag('lr_warmup_steps', 0, '>= 0', 'steps in which the step size rises from zero')
flag('max_grad_norm', 0.0, '>= 0', 'longer gradients are scaled down to this norm; 0: never')
flag('reduce_lr_on_plateau', False, '', 'lower the step size when validation stops improving')
flag('plateau_epochs', 10, '>= 1', 'validations without improvement that make a plateau')
flag('plateau_reduction', 0.1, '> 0, < 1', 'factor for the step size on a plateau')

flag.group('Batch sizes')
flag('train_batch_size', 1, '>= 1', 'utterances in a training batch')
flag('dev_batch_size', 1, '>= 1', 'utterances in a validation batch')
flag('test_batch_size', 1, '>= 1', 'utterances in a test batch')

flag.group('Sample limits')
flag('limit_train', 0, '>= 0', 'train on the first rows only; 0: on all')
flag('limit_dev', 0, '>= 0', 'validate on the first rows only; 0: on all')
flag('limit_test', 0, '>= 0', 'test on the first rows only; 0: on all')

flag.group('Step widths')
flag('display_step', 0, '>= 0', 'print a WER report of the training set every so many epochs')
flag('validation_step', 0, '>= 0', 'validate every so many epochs; 0: never')

flag.group('Checkpointing')
flag('checkpoint_dir', '', '', "default: deepspeech/checkpoints in the user's data folder")
flag('load_checkpoint_dir', '', '', 'load from here instead of --checkpoint_dir')
flag('save_checkpoint_dir', '', '', 'save here instead of --checkpoint_dir')
flag('load_train', 'auto', 'auto|last|best|init', 'checkpoint to train from; auto: last, if any')
flag('load_evaluate', 'auto', 'auto|last|best', 'checkpoint to test and export; auto: best, if any')
flag('drop_source_layers', 0, '>= 0, <= 5', 'last layers made anew when loading, for transfer')
flag('checkpoint_secs', 600, '>= 1', 'seconds between saves')
flag('max_to_keep', 5, '>= 0', 'checkpoints kept; 0: none is saved')

flag.group('Exporting')
flag('export_dir', '', '', 'folder for the exported model; empty: no export')
flag('export_version', 1, '>= 0', 'subfolder of the SavedModel')
flag('remove_export', False, '', 'delete an older export first')
flag('export_file_name', 'output_graph', '', 'name of the graph files, without ending')
flag('export_tflite', False, '', 'also write a TensorFlow Lite model')
flag('export_zip', False, '', 'also pack the export into a zip archive')
flag('export_beam_width', 500, '>= 1, <= 1000000', 'beam width the client takes by default')
flag('n_steps', 16, '>= 1, <= 10000', 'time steps the exported streaming graph takes at once')
flag('export_language', '', '', 'language of the model, such as en-US')
flag('export_author_id', 'author', '', 'who made the model')
flag('export_model_name', 'model', '', 'name of the model')
flag('export_model_version', '0.0.1', '', 'version of the model')
flag('export_contact_info', '', '', 'where to ask about the model')
flag('export_license', '', '', 'licence of the model')
flag('export_description', '', '', 'what the model is for')

flag.group('Decoding')
flag('one_shot_infer', '', '', 'transcribe this recording with the checkpoint, and end')
flag('decoder', 'greedy', 'beam|greedy', 'how each validation decodes; greedy is quick')
flag('beam_width', 1024, '>= 1, <= 1000000', 'hypotheses the decoder keeps at every time step')
flag('scorer_path', '', '', 'language model package for test and reports; empty: none', 'scorer')
flag('lm_alpha', 0.931289039105002, '', 'weight of the language model')
flag('lm_beta', 1.1834137581510284, '', 'bonus for every word')
flag('cutoff_prob', 1.0, '> 0, <= 1', 'labels beyond this cumulative probability are not tried')
flag('cutoff_top_n', 300, '>= 1', 'no more than so many labels are tried at a time step')

flag.group('Reporting')
flag('log_level', 1, '>= 0, <= 3', '0: debug, info, warnings, errors; 1: from info; 3: only errors')
flag('log_traffic', False, '', 'log the traffic with the coordinator')
flag('log_placement', False, '', 'log the device of each operation')
flag('show_progressbar', True, '', 'show the progress on the standard error')
flag('wer_log_pattern', '', '', 'printf pattern of a line with set name, ISO date and WER')
flag('report_count', 10, '>= 0', 'samples shown in each part of a WER report')
flag('test_output_file', '', '', 'JSON file for the test results of every utterance')
flag('summary_dir', '', '', "default: deepspeech/summaries in the user's data folder")
flag('summary_secs', 0, '>= 0', 'seconds between TensorBoard summaries; 0: none')

flag.group('Geometry')
flag('n_hidden', 2048, '>= 1', 'width of the layers')
flag('bidirectional', True, '', 'an LSTM in each direction; without, the network can stream')
flag('layer_norm', False, '', 'normalise the outputs of layers 1, 2, 3 and 5')

flag.group('Devices')
flag('automatic_mixed_precision', False, '', 'compute in bfloat16, keep the weights in float32')
flag('enable_op_determinism', False, '', 'the same numbers in every run, at some cost in speed')
flag('inter_op_parallelism_threads', 0, '>= 0', 'operations run at once; 0: TensorFlow decides')
flag('intra_op_parallelism_threads', 0, '>= 0', 'threads of an operation; 0: TensorFlow decides')
flag('use_allow_growth', False, '', 'take GPU memory when it is needed, not all at start')

flag.group('Initialization')
flag('random_seed', 4567, '>= 0, <= 4294967295', 'seed of initial weights, dropout and order')
flag('default_stddev', 0.046875, '>= 0', 'default of the deviations below')
for layer in (1, 2, 3, 5, 6):
    for variable, meaning in (('b', 'bias'), ('h', 'weights')):
        fallback = 'Xavier' if variable == 'h' and layer in (1, 6) else '--default_stddev'
        flag(f'{variable}{layer}_stddev', None, '>= 0',
             f'standard deviation of the initial {meaning} of layer {layer}; default: {fallback}')

flag.group('Early stopping')
flag('early_stop', True, '', 'stop when the validation loss does; needs --validation_step')
flag('earlystop_nsteps', 4, '>= 1', 'validation losses looked at, at least 3')
flag('estop_mean_thresh', 0.5, '>= 0', 'stop when the last loss is this close to the earlier mean')
flag('estop_std_thresh', 0.5, '>= 0', 'and the earlier losses deviate less than this')
flag('es_epochs', 0, '>= 0', 'instead: stop after so many validations without improvement')
flag('es_min_delta', 0.05, '>= 0', 'what counts as an improvement for --es_epochs and the plateau')

flag.replaced('use_warpctc', "TensorFlow's own CTC loss is used")
flag.replaced('iters_per_worker', 'the coordinator keeps two batches ready for each worker')
flag.replaced('replicas', 'there is one replica for each worker, or for each of its GPUs')
flag.replaced('replicas_to_agg', 'without --ps_hosts the gradients of all workers are aggregated '
              'in every step, with them each is applied by itself')
flag.unavailable('augment')
flag.unavailable('cache_for_epochs')
flag.unavailable('train_cudnn', 'cuDNN is used whenever there is a GPU')

# Parsed here already: --help and misspelt flags are answered before TensorFlow takes its seconds.
# So is the part of a cluster that only watches over the processes that train.
OPTIONS = flag.parse(sys.argv) if __name__ == '__main__' else None
if OPTIONS:
    guard(OPTIONS, sys.argv)

import dataclasses
import json
import math
import os
import time
from dataclasses import dataclass

import numpy as np

# TensorFlow's own remarks would bury ours; its errors still arrive as exceptions
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
with log.hushed_stderr():
    import tensorflow as tf

from util.audio import read_with_notes
from util.cluster.crew import run, serve, set_up
from util.cluster.devices import in_order, share_of
from util.cluster.members import Cluster, my_role
from util.data.dataset import lone_batch
from util.data.sets import load_sets
from util.export.bundle import write_export
from util.features import compute_features, stream_padding, window
from util.interrupt import Interrupt
from util.network.dropout import drop_units
from util.network.lstm import bilstm, lstm
from util.network.optimizer import Adam
from util.progress import clock, pace, progress
from util.settings import Settings
from util.training import checkpoints, restore
from util.training.divergence import Watch
from util.training.report import Sample, Summary, print_report, write_json
from util.training.schedule import due, learning_rate, stop_reason
from util.training.summaries import Summaries
from util.training.variation import vary

# ==============
# The network
# ==============


def create_weights(geometry, stddev, seed):
    """Make the variables of the network.

    Dense layers start from a normal distribution of the given standard deviation, or, where it is
    None, from Xavier's uniform one; so do the LSTMs, whose forget gates start open (bias 1).

    Args:
        geometry: sizes.
        stddev: 'b1', 'h1', ... 'h6' -> standard deviation or None.
        seed: of the initial values; each weight draws from its own stream.

    Returns:
        name -> `tf.Variable`, float32.
    """
    weights = {}
    for number, (name, shape) in enumerate(geometry.shapes().items()):
        generator = np.random.default_rng([seed, number])
        layer, kind = name.split('/', 1)
        deviation = stddev.get({'weights': 'h', 'bias': 'b'}.get(kind, '') + layer[-1])
        if kind == 'layer_norm/gamma':
            value = np.ones(shape)
        elif kind == 'layer_norm/beta':
            value = np.zeros(shape)
        elif layer.startswith('lstm') and kind == 'bias':
            value = np.repeat([0.0, 1.0, 0.0, 0.0], geometry.n_hidden)  # gates i, f, c, o
        elif deviation is None:
            limit = math.sqrt(6.0 / sum(shape))
            value = generator.uniform(-limit, limit, shape)
        else:
            value = generator.normal(0.0, deviation, shape)
        weights[name] = tf.Variable(value.astype(np.float32), name=name)
    return weights


def BiRNN(features, lengths, weights, geometry, dropout=None, seed=None, dtype=tf.float32):
    """The network of Deep Speech (arXiv 1412.5567, section 2): from features to logits.

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
    def drop(x, rate, stream):
        if not dropout or not rate:
            return x
        return drop_units(x, rate, seed + [stream, 0])

    def dense(name, x):
        product = tf.matmul(x, tf.cast(weights[name + '/weights'], dtype))
        return product + tf.cast(weights[name + '/bias'], dtype)

    def hidden(name, x):
        x = tf.minimum(tf.nn.relu(dense(name, x)), geometry.relu_clip)
        if geometry.layer_norm:
            mean, variance = tf.nn.moments(tf.cast(x, tf.float32), [-1], keepdims=True)
            normal = (tf.cast(x, tf.float32) - mean) * tf.math.rsqrt(variance + 1e-12)
            x = tf.cast(normal * weights[name + '/layer_norm/gamma']
                        + weights[name + '/layer_norm/beta'], dtype)
        return x

    # Time comes first from here on: the steps of all utterances, then all steps as rows of a matrix
    x = window(tf.cast(tf.transpose(features, [1, 0, 2]), dtype), geometry.n_context, time_axis=0)
    time_and_batch = tf.shape(x)[:2]
    x = tf.reshape(x, [-1, geometry.n_window])

    # Layers 1 to 3 see one step each
    layer_1 = drop(hidden('layer_1', x), dropout and dropout.layer_1, 1)
    layer_2 = drop(hidden('layer_2', layer_1), dropout and dropout.layer_2, 2)
    layer_3 = drop(hidden('layer_3', layer_2), dropout and dropout.layer_3, 3)

    # Layer 4 runs through time, in both directions unless the network is to stream
    layer_3 = tf.reshape(layer_3, tf.concat([time_and_batch, [geometry.n_layer_3]], 0))

    def direction(name):
        return tuple(weights[f'{name}/{part}'] for part in ('kernel', 'recurrent_kernel', 'bias'))

    forward_in = drop(layer_3, dropout and dropout.lstm_fw, 4)
    if geometry.bidirectional:
        backward_in = drop(layer_3, dropout and dropout.lstm_bw, 5)
        layer_4 = bilstm(forward_in, backward_in, direction('lstm_fw'), direction('lstm_bw'),
                         lengths, compute_dtype=dtype)
        if dropout and (dropout.lstm_fw or dropout.lstm_bw):
            forward, backward = tf.split(layer_4, 2, axis=-1)
            layer_4 = tf.concat([drop(forward, dropout.lstm_fw, 6),
                                 drop(backward, dropout.lstm_bw, 7)], axis=-1)
    else:
        layer_4 = lstm(forward_in, *direction('lstm_fw'), lengths, compute_dtype=dtype)
        layer_4 = drop(layer_4, dropout and dropout.lstm_fw, 6)

    # Layers 5 and 6 see one step again; layer 6 gives the logits of the labels and of the blank
    layer_4 = tf.cast(tf.reshape(layer_4, [-1, geometry.n_recurrent]), dtype)
    layer_5 = drop(hidden('layer_5', layer_4), dropout and dropout.layer_5, 8)
    layer_6 = tf.cast(dense('layer_6', layer_5), tf.float32)
    return tf.reshape(layer_6, tf.concat([time_and_batch, [geometry.n_classes]], 0))


def ctc_losses(logits, lengths, labels):
    """Connectionist temporal classification: -ln P(transcript | features) of each utterance.

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

    Args:
        geometry: sizes of the network.
        weights: `create_weights`, made under the strategy's scope.
        optimizer: Adam over these weights, made there too.
        dropout: rates in training.
        features: what the features are.
        variation: of the utterances in training; None for none.
        dtype: type of the matrix products.
        max_grad_norm: longer gradients are scaled down to this norm; 0: never.
        seed: of dropout and variation.
        strategy: the devices; each takes its share of every batch.
        processes: that take part in a step of the strategy, each with its own share of the batch.
    """

    def __init__(self, geometry, weights, optimizer, dropout, *, features=None, variation=None,
                 dtype=tf.float32, max_grad_norm=0.0, seed=0, strategy=None, processes=1):
        self.geometry, self.weights, self.optimizer = geometry, weights, optimizer
        self._dropout, self._dtype, self._seed = dropout, dtype, seed
        self._features, self._variation = features, variation
        self._max_grad_norm = max_grad_norm
        self._strategy = strategy or tf.distribute.get_strategy()
        self._local_replicas = self._strategy.num_replicas_in_sync // processes
        scalar = tf.TensorSpec([], tf.int64), tf.TensorSpec([], tf.float32)

        def compiled(function, *signature):  # autograph would read this file again, edited or not
            return tf.function(function, input_signature=signature, autograph=False)

        self.learn = compiled(self._learn, BATCH, *scalar, scalar[1])
        self.evaluate = compiled(self._evaluate, BATCH)
        self.gradients = compiled(self._gradients, BATCH, scalar[0])

    @property
    def variables(self):
        """Name -> variable of all that a checkpoint keeps."""
        return {**self.weights, **self.optimizer.slots}

    def _learn(self, batch, step, rate, stop):
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

        def learn_share():
            replica = tf.distribute.get_replica_context()

            def total(values):
                return (replica.all_reduce(tf.distribute.ReduceOp.SUM, values) if replicas > 1
                        else values)

            share = share_of(batch, replica.replica_id_in_sync_group, self._local_replicas)
            counted = tf.cast(share['index'] >= 0, tf.float32)
            n_counted = total(tf.reduce_sum(counted))
            with tf.GradientTape() as tape:
                losses = self._losses(share, step, replica)
                loss = tf.reduce_sum(losses * counted) / tf.maximum(n_counted, 1.0)
            gradients = total(tape.gradient(loss, list(self.weights.values())))
            norm = tf.linalg.global_norm(gradients)
            finite = tf.cast(tf.math.is_finite(losses), tf.float32) * counted
            tally = total(tf.stack([tf.reduce_sum(tf.where(finite > 0, losses, 0.0)),
                                    tf.reduce_sum(finite), tf.reduce_sum(counted), stop]))
            if self._max_grad_norm:
                scale = self._max_grad_norm / tf.maximum(norm, self._max_grad_norm)
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

    def _losses(self, batch, step, replica):
        seed = tf.stack([tf.cast(self._seed + 1000 * replica.replica_id_in_sync_group, tf.int64),
                         step])
        features, lengths, labels = batch['features'], batch['lengths'], batch['labels']
        if self._variation:
            features, lengths = vary(features, lengths, labels, seed, self._variation,
                                     self._features)
        logits = BiRNN(features, lengths, self.weights, self.geometry, self._dropout, seed,
                       self._dtype)
        return ctc_losses(logits, lengths, labels)

    def _evaluate(self, batch):
        """The logits, float32 [batch, time, labels + 1], and the losses, float32 [batch]."""
        logits = BiRNN(batch['features'], batch['lengths'], self.weights, self.geometry,
                       dtype=self._dtype)
        return (tf.transpose(logits, [1, 0, 2]),
                ctc_losses(logits, batch['lengths'], batch['labels']))

    def _gradients(self, batch, step):
        """Name -> gradient of the batch, for the histograms of `--fulltrace`."""
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(self._losses(batch, step, tf.distribute.get_replica_context()))
        return dict(zip(self.weights, tape.gradient(loss, list(self.weights.values()))))


# ==============
# Epochs
# ==============


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
    dev_losses: list[float] = dataclasses.field(default_factory=list)
    best: list[float] = dataclasses.field(default_factory=list)  # WER and loss of the best epoch
    stopped: bool = False  # by early stopping


class Trainer:
    """Takes the model through the epochs, validates it, and saves it.

    Args:
        crew: the processes that share the work.
        model: what learns.
        sets: 'train', 'dev' and further ones that are validated -> `DataSet`.
        transcribe: function of logits, lengths -> texts, for reports.
        transcribe_quickly: the same for validation.
        state: where to begin.
        settings: how long and how fast.
        saver: of checkpoints, also of the best one.
        stored: what checkpoints say beside the state: the settings that shape the network.
        summaries: for TensorBoard, and the metrics file.
    """

    def __init__(self, crew, model, sets, transcribe, transcribe_quickly, state, settings, saver,
                 stored, summaries):
        self.crew, self.model, self.sets = crew, model, sets
        self.transcribe, self.transcribe_quickly = transcribe, transcribe_quickly
        self.state, self.settings, self.saver, self.stored = state, settings, saver, stored
        self.summaries = summaries
        self._timer = checkpoints.Timer(settings.checkpoint_secs)
        self._watch = Watch(sets['train'].utterances)
        self._stopped = False  # by an interrupt, agreed upon by all processes

    def train(self, interrupt):
        """Run the epochs to the last, or until interrupted; both end with a checkpoint."""
        state, settings = self.state, self.settings
        started = time.monotonic()
        log.info('STARTING Optimization')
        try:
            while state.epoch < settings.epochs and not state.stopped:
                self._train_epoch(interrupt)
                if self._stopped or not self._report_epoch(interrupt):
                    self._stopped = True
                    break
                state.epoch, state.position = state.epoch + 1, 0
                state.epoch_loss, state.epoch_utterances = 0.0, 0
        except UserError:  # no data, or no finite loss: what is learnt is kept all the same
            self._save()
            self.saver.close()
            raise
        self._save()
        self.saver.close()
        if self._stopped:
            log.info(f'Interrupted in epoch {state.epoch} at step {state.step}: {settings.advice}')
        else:
            log.info(f'FINISHED Optimization - training time: {clock(time.monotonic() - started)}')

    def _train_epoch(self, interrupt):
        state, corpus = self.state, self.sets['train']
        n_batches = len(corpus.plan)
        total_steps = self.settings.epochs * n_batches
        state.plan = corpus.plan.fingerprint(state.epoch)
        started = time.monotonic()
        with progress(total=n_batches, label=f'Epoch {state.epoch}',
                      enabled=self.settings.show_progressbar) as bar:
            bar.update(state.position)
            first = state.position
            batches = iter(corpus.learnt_by(self.crew, state.epoch, first))
            rate = None
            self._pausing = True
            while self._pausing:
                self._pausing = False
                lessons = self._lessons(batches, total_steps, interrupt)
                for (batch, _, rate, _), learnt in self.crew.map(self.model.learn, lessons):
                    self._count(learnt, batch, float(rate))
                    bar.update(loss=state.epoch_loss / max(state.epoch_utterances, 1))
                if self._pausing:
                    self._save()
        if self._stopped:
            return
        if rate is None and not first:
            raise UserError('train: none of the recordings can be read any more')
        seconds = time.monotonic() - started
        loss = state.epoch_loss / max(state.epoch_utterances, 1)
        log.info(f'Training of Epoch {state.epoch} - loss: {loss:f} (' + pace(
            seconds, n_batches - first, corpus.audio_secs(state.epoch, first),
            total_steps - state.step) + ')')
        self.summaries.epoch('train', state.epoch, state.step, loss=loss, learning_rate=rate,
                             seconds=seconds)

    def _lessons(self, batches, total_steps, interrupt):
        """What `Model.learn` takes, batch by batch, until a checkpoint is due or an interrupt.

        Whoever takes every step together stops together, after a step to which one said stop.
        """
        for step, batch in enumerate(batches, self.state.step):
            rate = learning_rate(step, total_steps, self.state.dev_losses, self.settings.rate)
            yield (batch, tf.constant(step, tf.int64), tf.constant(rate, tf.float32),
                   tf.constant(bool(interrupt.status), tf.float32))
            if interrupt.status and self.crew.processes == 1:
                self._stopped = True
            if self._stopped:
                return
            if self._timer.due():
                self._pausing = True
                return

    def _count(self, learnt, batch, rate):
        """Add up the losses of a batch, and look whether they are finite."""
        losses, norm, (finite_sum, n_finite, n_counted, stops) = (np.asarray(x) for x in learnt)
        state = self.state
        state.step, state.position = state.step + 1, int(batch['position']) + 1
        state.epoch_loss += float(finite_sum)
        state.epoch_utterances += int(n_finite)
        self._stopped |= self.crew.processes > 1 and stops > 0
        loss = finite_sum / n_finite if n_finite == n_counted else np.nan
        self.summaries.step(state.step, loss=loss, gradient_norm=norm, learning_rate=rate,
                            details=lambda: self.model.gradients(batch, state.step))
        self._watch.look(state.step, loss, norm, losses, batch['index'].numpy(), rate)

    def _report_epoch(self, interrupt):
        """Validate and report where it is due; False when interrupted meanwhile."""
        state, settings = self.state, self.settings
        at = state.epoch, settings.epochs
        validating = 'dev' in self.sets and due(settings.validation_step, *at)
        for name in [name for name in self.sets if name != 'train' and validating]:
            samples = self._evaluate(name, interrupt, self.transcribe_quickly)
            if samples is None:
                return False
            summary = Summary.of(samples)
            title = 'Validation' if name == 'dev' else f'Metrics on {name}'
            log.info(f'{title} of Epoch {state.epoch} - loss: {summary.loss:f}, '
                     f'WER: {summary.wer:f}, CER: {summary.cer:f}')
            self.summaries.epoch(name, state.epoch, state.step, loss=summary.loss,
                                 wer=summary.wer, cer=summary.cer)
            if name == 'dev':
                self._validated(summary)
        reporting = due(settings.display_step, *at)
        for name in [name for name in ('train', 'dev') if name in self.sets and reporting]:
            samples = self._evaluate(name, interrupt, self.transcribe)
            if samples is None:
                return False
            if self.crew.chief:
                title = 'Training' if name == 'train' else 'Validation'
                print_report(f'{title} of Epoch {state.epoch}', name, samples, settings.report)
        return True

    def _evaluate(self, name, interrupt, transcribe):
        return evaluate(self.crew, self.model, self.sets[name], transcribe, interrupt,
                        self.settings.show_progressbar)

    def _validated(self, summary):
        """Remember the loss, save the best model, stop when it gets no better."""
        state = self.state
        state.dev_losses.append(summary.loss)
        if not state.best or [summary.wer, summary.loss] < state.best:
            state.best = [summary.wer, summary.loss]
            self._save('best_dev', epoch=state.epoch + 1, position=0, epoch_loss=0.0,
                       epoch_utterances=0)
        reason = stop_reason(state.dev_losses, self.settings.stop)
        if reason:
            log.info(f'Early stop after epoch {state.epoch}: {reason}')
            state.stopped = True

    def _save(self, name='model', **changes):
        state = {**dataclasses.asdict(self.state), **changes}
        self.saver.save(self.model.variables, {**state, **self.stored}, name)


def evaluate(crew, model, corpus, transcribe, interrupt, show_progressbar=True):
    """Transcribe a set, each process some batches of it.

    Args:
        crew: the processes that share the work.
        model: with its weights.
        corpus: the set.
        transcribe: function of logits, lengths -> texts.
        interrupt: ends it early.
        show_progressbar: on stderr.

    Returns:
        list of `Sample` in the order of the plan, or None when any process was interrupted.
    """
    plan = corpus.plan.plan(0)
    portion, found = crew.portion(plan), []
    with progress(total=len(portion), label=corpus.name, enabled=show_progressbar) as bar:
        calls = ((batch,) for batch in corpus.batches(portion))
        for (batch,), (logits, losses) in crew.map(model.evaluate, calls):
            texts = transcribe(np.asarray(logits), batch['lengths'].numpy())
            found += zip(batch['index'].numpy().tolist(), texts, np.asarray(losses).tolist())
            bar.update()
            if interrupt.status:
                break
    if crew.any(interrupt.status):
        return None
    found = [row for rows in crew.gather(json.dumps(found).encode()) for row in json.loads(rows)]
    if not found:
        raise UserError(f'{corpus.name}: none of the recordings can be read any more')
    place = {index: i for i, index in enumerate(np.concatenate(plan).tolist())}
    samples = []
    for index, text, loss in sorted(found, key=lambda row: place[row[0]]):
        utterance = corpus.utterances[index]
        samples.append(Sample.compare(utterance.wav, utterance.transcript, text, loss))
    return samples


# ==============
# From the flags to a run
# ==============


def main(options):
    """Check the data, train, test, export: what the flags ask for.

    Returns:
        exit status.
    """
    cluster, role = Cluster.of(options), my_role()
    speaker = not role or (cluster.trains(role) and role.index == 0)
    log.set_level(options.log_level if speaker else 3)  # what concerns all is said once
    for warning in options.warnings:
        log.warn(warning)
    settings = Settings(options)
    if role and not cluster.trains(role):
        log.set_level(options.log_level)
        serve(settings.devices, cluster, role)
    if speaker:
        settings.check_folders()
    sets = load_sets(options, settings, len(cluster.workers) if role and not cluster.ps else 1)
    if not speaker:
        log.set_level(max(options.log_level, 2))
    crew = set_up(settings.devices, options.random_seed, cluster, options.train_batch_size)
    with crew.strategy.scope():
        model = make_model(options, settings, crew)
    with Interrupt() as interrupt:
        if settings.training:
            train(options, settings, crew, model, sets, interrupt)
        if settings.testing and not crew.any(interrupt.status):
            test(options, settings, crew, model, sets['test'], interrupt)
        if options.export_dir and not crew.any(interrupt.status):
            export(options, settings, crew, model)
        if options.one_shot_infer and not crew.any(interrupt.status):
            infer(options, settings, crew, model)
        crew.farewell()
    return interrupt.status


def make_model(options, settings, crew):
    """The model with fresh weights."""
    weights = create_weights(settings.geometry, settings.stddev, options.random_seed)
    return Model(settings.geometry, weights, Adam(weights, settings.adam), settings.dropout,
                 features=settings.features, variation=settings.variation,
                 dtype=tf.bfloat16 if options.automatic_mixed_precision else tf.float32,
                 max_grad_norm=options.max_grad_norm, seed=options.random_seed,
                 strategy=crew.strategy, processes=crew.processes)


def train(options, settings, crew, model, sets, interrupt):
    """Train from the newest checkpoint, or from the beginning."""
    found = (restore.for_training(settings.load, settings.shape, model.variables, model.weights,
                                  sets['train'].plan) if crew.chief else {})
    found = json.loads(crew.from_chief(json.dumps(found).encode()))
    crew.spread(model.variables.values())
    state = State(**{field.name: found[field.name] for field in dataclasses.fields(State)
                     if field.name in found})
    target = options.epoch if options.epoch >= 0 else state.epoch - options.epoch
    if state.stopped and options.early_stop:
        log.info(f'Early stopping ended this training after epoch {state.epoch - 1}: '
                 '--noearly_stop goes on')
    elif state.epoch >= target:
        log.info(f'The checkpoint has {state.epoch} epochs, the target is {target}: nothing to '
                 'train, a negative --epoch asks for so many more')
    state.stopped = state.stopped and options.early_stop
    saver = checkpoints.Saver(settings.save_dir, options.max_to_keep if crew.chief else 0)
    summaries = Summaries(
        settings.save_dir if settings.load.keeping and crew.chief else '', options.flag_lines,
        settings.summary_dir, options.summary_secs if crew.chief else 0, options.fulltrace,
        model.weights)
    course = dataclasses.replace(settings.course, epochs=target, show_progressbar=(
        options.show_progressbar and crew.chief))
    sets = {name: corpus for name, corpus in sets.items() if name != 'test'}
    Trainer(crew, model, sets, settings.transcribe, settings.transcribe_quickly, state, course,
            saver, {'settings': settings.shape}, summaries).train(interrupt)
    summaries.close_profile()


def load_for_evaluation(options, settings, crew, model):
    """Load the checkpoint that `--load_evaluate` names; return the epochs it was trained for.

    Where a training of this run saves nothing its weights are evaluated as they are.
    """
    if settings.training and not settings.load.keeping:
        return options.epoch
    epoch = 0
    if crew.chief:
        epoch = restore.for_evaluation(settings.load, settings.shape, model.weights)
    crew.spread(model.weights.values())
    return int(crew.from_chief(str(epoch).encode()))


def test(options, settings, crew, model, corpus, interrupt):
    """Transcribe the test set and report the errors."""
    epoch = load_for_evaluation(options, settings, crew, model)
    samples = evaluate(crew, model, corpus, settings.transcribe, interrupt,
                       options.show_progressbar and crew.chief)
    if samples is None or not crew.chief:
        return
    print_report(f'Test of Epoch {epoch}', 'test', samples, settings.report)
    if options.test_output_file:
        write_json(options.test_output_file, samples)


def export(options, settings, crew, model):
    """Write the newest model, or with validation the best one, for the native client and others."""
    load_for_evaluation(options, settings, crew, model)
    if not crew.chief:
        return
    o = options
    weights = {name: weight.numpy() for name, weight in model.weights.items()}
    for path in write_export(o.export_dir, weights, settings.geometry, settings.features,
                             settings.alphabet, settings.export_metadata, o.export_file_name,
                             version=o.export_version, n_steps=o.n_steps, remove=o.remove_export,
                             tflite=o.export_tflite, archive=o.export_zip):
        log.info(f"Exported '{path}'")


def infer(options, settings, crew, model):
    """Print the transcript of one recording, its last window filled up as the client does it."""
    load_for_evaluation(options, settings, crew, model)
    if not crew.chief:
        return
    samples, notes = read_with_notes(options.one_shot_infer, options.audio_sample_rate)
    for note in notes:
        log.warn(f'{options.one_shot_infer} {note}')
    samples = np.pad(samples, [0, stream_padding(len(samples), settings.features)])
    batch = lone_batch(compute_features(samples, settings.features), settings.features.n_context)
    if not batch['lengths'][0]:
        print('')
        return
    logits, _ = model.evaluate(batch)
    print(settings.transcribe(logits.numpy(), batch['lengths'].numpy())[0])


if __name__ == '__main__':
    run(main, OPTIONS)
