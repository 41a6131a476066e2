"""Flags of 0.9.3 and STT that change nothing here: taken, so that their command lines run.

Whoever gives one with another value than its default is told what there is instead. Flags of
releases before 0.9 and of a well-known fork are refused, with what to pass instead.
"""
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from util.errors import UserError


def check_buffer(size: str) -> None:
    """Check what 0.9.3 took as `--read_buffer`.

    Raises:
        UserError: it is not like 1MB.
    """
    if not re.fullmatch(r'\d+ *[KMGT]?B?', size.strip(), re.IGNORECASE):
        raise UserError(f'--read_buffer={size}: expected a number of bytes, or one with K, M, G or '
                        'T, as in 1MB')


class Answered(NamedTuple):
    """A flag, see `Flags.__call__`, and what there is instead of it."""

    name: str
    default: Any
    bounds: str
    sentence: str
    instead: str
    check: Callable[[str], object] | None = None


_SEARCH = 'it is a flag of lm_optimizer.py'
ANSWERED = (
    Answered('read_buffer', '1MB', '', 'in 0.9.3, the buffer for reading sample databases',
             'each sample is read in one piece', check_buffer),
    Answered('train_cudnn', False, '', 'in 0.9.3, train with cuDNN',
             'cuDNN is used wherever there is a GPU, with the same checkpoints'),
    Answered('load_cudnn', False, '', 'in 0.9.3, convert a checkpoint of --train_cudnn',
             'checkpoints need no conversion; bin/import_checkpoint.py takes over those of 0.9.3, '
             'also from cuDNN'),
    Answered('export_batch_size', 1, '', 'in 0.9.3, utterances per call of the exported graph',
             'an exported graph takes one utterance at a time'),
    Answered('n_trials', 2400, '>= 1', 'in 0.9.3, trials of the search for lm_alpha and lm_beta',
             _SEARCH),
    Answered('lm_alpha_max', 5.0, '> 0', 'in 0.9.3, the upper bound of the search for lm_alpha',
             _SEARCH),
    Answered('lm_beta_max', 5.0, '> 0', 'in 0.9.3, the upper bound of the search for lm_beta',
             _SEARCH),
    Answered('normalize_sample_rate', True, '', 'in STT, resample before augmentation',
             'audio at other rates is always resampled to --audio_sample_rate'),
    Answered('shuffle_buffer', 1000, '>= 1', 'in STT, batches to shuffle within',
             'all batches of an epoch are shuffled'),
    Answered('skip_batch_test', False, '', 'in STT, begin without a trial of the largest batch',
             'no batch is tried first; to see at once whether memory suffices, pass '
             '--reverse_train'),
    Answered('export_savedmodel', False, '', 'in STT, write a SavedModel alone',
             'every export has a SavedModel, in a folder of its --export_version'),
    Answered('vocab_file', '', '', 'in STT, the words that its flashlight decoder knows',
             'the words are those of --scorer_path; bin/make_scorer.py --top_k limits them'),
)

RETIRED = {
    'lm_binary_path lm_trie_path':
        'the language model is one file: pass --scorer_path; bin/make_scorer.py makes it',
    'lm_weight': 'pass --lm_alpha',
    'word_count_weight valid_word_count_weight': 'pass --lm_beta',
    'utf8': 'pass --bytes_output_mode',
    'use_cudnn_rnn cudnn_checkpoint':
        'leave it out: cuDNN is used wherever there is a GPU, with the same checkpoints',
    'use_seq_length': 'leave it out: exported graphs have sequence lengths',
    'load': 'pass --load_train',
    'es_steps': 'pass --earlystop_nsteps',
    'source_model_checkpoint_dir': 'pass --load_checkpoint_dir',
    'freeze_source_layers load_frozen_graph': 'leave it out: all layers are trained',
    'data_aug_features_additive': "pass --augment 'add[stddev=...]'",
    'data_aug_features_multiplicative': "pass --augment 'multiply[stddev=...]'",
    'augmentation_spec_dropout_keeprate': "pass --augment 'dropout[rate=...]', 1 minus it",
    'augmentation_speed_up_std': "pass --augment 'tempo[factor=...]'",
    'augmentation_freq_and_time_masking augmentation_freq_and_time_masking_freq_mask_range '
    'augmentation_freq_and_time_masking_number_freq_masks '
    'augmentation_freq_and_time_masking_time_mask_range '
    'augmentation_freq_and_time_masking_number_time_masks':
        "pass --augment 'frequency_mask[n=...,size=...]' and 'time_mask[n=...,size=...]'",
    'augmentation_pitch_and_tempo_scaling augmentation_pitch_and_tempo_scaling_min_pitch '
    'augmentation_pitch_and_tempo_scaling_max_pitch '
    'augmentation_pitch_and_tempo_scaling_max_tempo':
        "pass --augment 'pitch[pitch=...]' and 'tempo[factor=...]'",
    'augmentations_per_epoch': 'pass so many times more --epochs',
}
