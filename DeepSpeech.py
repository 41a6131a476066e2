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
import sys

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
flag('audio_sample_rate', 16000, '>= 1000', 'Hz; audio of another rate is resampled')
flag('feature_type', '', '2017|0.9.3', 'default: 2017, with --nobidirectional 0.9.3')
flag('feature_win_len', 0, '>= 0', 'window in ms; 0: that of the feature type, 25 or 32')
flag('feature_win_step', 0, '>= 0', 'time step in ms; 0: that of the feature type, 20')
flag('feature_cache', '', '', 'folder that keeps computed features for later runs')
flag('reverse_train', False, '', 'longest training utterance first')
flag('reverse_dev', False, '', 'longest validation utterance first')
flag('reverse_test', False, '', 'longest test utterance first')

flag.group('Cluster configuration')
flag('ps_hosts', '', '', 'comma-separated host:port of the parameter servers')
flag('worker_hosts', '', '', 'comma-separated host:port of the workers; empty: a single process')
flag('job_name', 'localhost', 'localhost|worker|ps', 'what this process is')
flag('task_index', 0, '>= 0', 'index inside the job; worker 0 is the chief')
flag('replicas', -1, '', 'total replicas of synchronous training; negative: so many a worker')
flag('replicas_to_agg', -1, '', 'gradients aggregated in a step; negative: so many a worker')
flag('coord_retries', 100, '>= 0', 'tries to reach the coordinator')
flag('coord_host', 'localhost', '', 'host of the coordinator')
flag('coord_port', 2500, '>= 1, <= 65535', 'port of the coordinator')
flag('iters_per_worker', 1, '>= 1', 'steps in a job handed to a worker')

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
flag('drop_source_layers', 0, '>= 0, <= 5', 'last layers initialised anew when loading, for transfer')
flag('checkpoint_secs', 600, '>= 1', 'seconds between saves')
flag('max_to_keep', 5, '>= 0', 'checkpoints kept; 0: none is saved')

flag.group('Exporting')
flag('export_dir', '', '', 'folder for the exported model; empty: no export')
flag('export_version', 1, '>= 0', 'subfolder of the SavedModel')
flag('remove_export', False, '', 'delete an older export first')
flag('export_file_name', 'output_graph', '', 'name of the graph files, without ending')
flag('export_tflite', False, '', 'also write a TensorFlow Lite model')
flag('export_zip', False, '', 'also pack the export into a zip archive')
flag('export_beam_width', 500, '>= 1', 'beam width the client takes by default')
flag('n_steps', 16, '>= 1', 'time steps the exported streaming graph takes at once')
flag('export_language', '', '', 'language of the model, such as en-US')
flag('export_author_id', 'author', '', 'who made the model')
flag('export_model_name', 'model', '', 'name of the model')
flag('export_model_version', '0.0.1', '', 'version of the model')
flag('export_contact_info', '', '', 'where to ask about the model')
flag('export_license', '', '', 'licence of the model')
flag('export_description', '', '', 'what the model is for')

flag.group('Decoding')
flag('one_shot_infer', '', '', 'transcribe this recording with the checkpoint, and end')
flag('decoder', 'beam', 'beam|greedy', 'how reports on training and validation data decode')
flag('beam_width', 1024, '>= 1', 'hypotheses the decoder keeps at every time step')
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
flag('random_seed', 4567, '>= 0', 'seed of initial weights, dropout and order')
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

for name, substitute in (
        ('use_warpctc', "TensorFlow's own CTC loss is used"),
        ('log_traffic', 'there is no coordinator to talk to'),
        ('coord_host', 'there is no coordinator'),
        ('coord_port', 'there is no coordinator'),
        ('coord_retries', 'there is no coordinator'),
        ('iters_per_worker', 'every GPU of this machine takes part in every step'),
        ('replicas', 'there is one replica for each GPU of this machine'),
        ('replicas_to_agg', 'the gradients of all GPUs are aggregated in every step')):
    flag.replaced(name, substitute)
for name, advice in (
        ('ps_hosts', ''), ('worker_hosts', ''), ('job_name', ''), ('task_index', ''),
        ('augment', ''), ('cache_for_epochs', ''),
        ('train_cudnn', 'cuDNN is used whenever there is a GPU')):
    flag.unavailable(name, advice)

# Parsed here already: --help and misspelt flags are answered before TensorFlow takes its seconds.
OPTIONS = flag.parse(sys.argv) if __name__ == '__main__' else None
