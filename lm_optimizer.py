#!/usr/bin/env python3
"""Find the language model's weight alpha and word bonus beta for a set of recordings.

    ./lm_optimizer.py --test_files dev.csv --checkpoint_dir runs/first --scorer_path my.scorer
    ./lm_optimizer.py --test_files dev.csv --model exported/output_graph.pb --scorer_path my.scorer

The network runs once over the set; each trial is then a beam search with different weights.
Everything is kept in --output_dir: run the same command again to resume an interrupted search; a
larger --n_trials adds trials. The best weights are printed and written to best.json there.
"""
from __future__ import annotations

import sys

from util.flags import Flags, Options

flag = Flags(__doc__)

flag.group('What to optimise for')
flag('test_files', '', '', 'CSV, SDB or tar files, separated by commas; not those tested on later',
     'dev_files')
flag('limit', 0, '>= 0', 'use only the first N rows; 0: all')
flag('model', '', '', 'exported output_graph.pb; or pass --checkpoint_dir')
flag('checkpoint_dir', '', '', 'checkpoint folder; its best checkpoint is used, else its newest')
flag('scorer_path', '', '', 'language model package', 'scorer')
flag('metric', '', 'wer|cer', 'error rate to minimise; default: wer, or cer for bytes output')

flag.group('Search')
flag('n_trials', 2400, '>= 1', 'total number of trials, including those of earlier runs')
flag('lm_alpha_max', 5.0, '> 0', 'upper bound of the search for alpha, from 0')
flag('lm_beta_max', 5.0, '> 0', 'upper bound of the search for beta, from 0')
flag('random_seed', 4567, '>= 0', 'seed of the search')
flag('output_dir', 'runs/lm_optimizer', '', 'folder for acoustic outputs, trials and the result')

flag.group('Decoding')
flag('beam_width', 1024, '>= 1', 'hypotheses the decoder keeps per time step')
flag('cutoff_prob', 1.0, '> 0, <= 1', 'skip labels beyond this cumulative probability')
flag('cutoff_top_n', 300, '>= 1', 'try at most N labels per step; only with --cutoff_prob below 1')
flag('jobs', 0, '>= 0', 'number of threads; 0: one per processor')
flag('show_progressbar', True, '', 'show progress on standard error')

flag.group('Training')
flag('n_hidden', 0, '', 'width of the layers')
flag('test_batch_size', 0, '', 'utterances per batch')
flag('alphabet_config_path', '', '', 'alphabet file')
flag('feature_cache', '', '', 'folder that keeps computed features')

for name in ('n_hidden', 'alphabet_config_path'):
    flag.replaced(name, "the model's own is used")
flag.replaced('test_batch_size', 'one utterance is computed at a time')
flag.replaced('feature_cache', '--output_dir keeps the acoustic outputs')
flag.lists('test_files')
flag.paths('test_files', 'model', 'checkpoint_dir', 'scorer_path', 'output_dir',
           'alphabet_config_path', 'feature_cache')

OPTIONS = flag.parse(sys.argv) if __name__ == '__main__' else None

import hashlib
import json
import os
import sqlite3
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from util import errors, log
from util.audio.reading import read_audio
from util.data.check import check_sets
from util.data.read import read_utterances
from util.errors import UserError
from util.files import check_writable, whole_file
from util.progress import progress
from util.text.transcripts import char_error, word_error
from util.training.acoustic import CheckpointAcoustics, ExportedAcoustics, fingerprint

if TYPE_CHECKING:
    import optuna

CHUNKS = 8  # parts of the set after which a hopeless trial is given up


@dataclass(frozen=True)
class Outputs:
    """What the network says about each utterance, and what was said."""

    probabilities: list[np.ndarray]  # float32 [time, labels + 1] each
    transcripts: list[str]
    alphabet: bytes  # serialised


def acoustic_outputs(options: Options) -> Outputs:
    """Run the network over the set, or read what an earlier run with the same files kept."""
    model: ExportedAcoustics | CheckpointAcoustics
    if options.model:
        model = ExportedAcoustics(options.model)
    else:
        from DeepSpeech import BiRNN  # it loads TensorFlow

        model = CheckpointAcoustics(options.checkpoint_dir, BiRNN)
    csvs = [path for path in options.test_files.split(',') if path]
    kept = os.path.join(options.output_dir, 'acoustic.npz')
    known = f'{fingerprint(model.path, *csvs)}\nlimit {options.limit}'
    if os.path.exists(kept):
        with np.load(kept) as stored:
            if str(stored['key']) == known:
                log.info(f'Using the acoustic outputs in {kept!r}')
                rows = np.split(stored['probabilities'], np.cumsum(stored['lengths'])[:-1])
                return Outputs(rows, stored['transcripts'].tolist(), model.alphabet.serialize())
    found = check_sets({'dev': read_utterances(csvs, options.limit)}, model.alphabet,
                       model.settings, show_progressbar=options.show_progressbar)['dev'].usable
    rows = [model(read_audio(utterance.wav, model.settings.sample_rate)) for utterance in
            progress(found, label='network', enabled=options.show_progressbar)]
    transcripts = [utterance.transcript for utterance in found]
    with whole_file(kept) as file:
        np.savez(file, key=known, probabilities=np.concatenate(rows),
                 lengths=[len(row) for row in rows], transcripts=transcripts)
    return Outputs(rows, transcripts, model.alphabet.serialize())


class Objective:
    """The error rate of a trial's weights."""

    def __init__(self, options: Options, outputs: Outputs) -> None:
        import ds_ctcdecoder

        self._decode_batch = ds_ctcdecoder.decode_batch
        self._options, self._outputs = options, outputs
        self.alphabet = ds_ctcdecoder.Alphabet.deserialize(outputs.alphabet)
        try:
            self.scorer = ds_ctcdecoder.Scorer(None, None, options.scorer_path, self.alphabet)
        except (ValueError, OSError, RuntimeError) as error:
            raise UserError(str(error)) from error
        self.metric = options.metric or ('cer' if self.scorer.is_utf8_mode() else 'wer')
        # evenly mixed, so that a part of the set speaks for the whole
        n = len(outputs.transcripts)
        self._chunks = [range(first, n, CHUNKS) for first in range(min(CHUNKS, n))]

    def __call__(self, trial: optuna.Trial) -> float:
        """Return the error rate of the set, with the weights that the trial suggests."""
        import optuna

        options, count = self._options, word_error if self.metric == 'wer' else char_error
        self.scorer.reset_params(trial.suggest_float('lm_alpha', 0, options.lm_alpha_max),
                                 trial.suggest_float('lm_beta', 0, options.lm_beta_max))
        edits = length = 0
        for step, chunk in enumerate(self._chunks):
            decoded = self._decode_batch(
                [self._outputs.probabilities[i] for i in chunk], None, self.alphabet,
                options.beam_width, options.jobs or None, cutoff_prob=options.cutoff_prob,
                cutoff_top_n=options.cutoff_top_n, scorer=self.scorer)
            for i, results in zip(chunk, decoded):
                errors = count(self._outputs.transcripts[i], results[0].text if results else '')
                edits, length = edits + errors[0], length + errors[1]
            trial.report(edits / max(length, 1), step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return edits / max(length, 1)


def open_study(options: Options, objective: Objective) -> tuple[optuna.Study, int]:
    """Open the study of exactly this search; return it and the number of finished trials.

    A new one begins with the scorer's own weights.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # what is compared must be comparable: another file or setting is another study
    search = [fingerprint(options.scorer_path, os.path.join(options.output_dir, 'acoustic.npz')),
              options.beam_width, options.cutoff_prob, options.cutoff_top_n,
              options.lm_alpha_max, options.lm_beta_max, objective.metric]
    name = hashlib.sha256(repr(search).encode()).hexdigest()[:16]
    trials = partial(sqlite3.connect, os.path.join(options.output_dir, 'trials.db'))
    # Not as an address, in which a ? or % of the folder's name would have a meaning
    storage = optuna.storages.RDBStorage('sqlite://', engine_kwargs={'creator': trials})
    study = optuna.create_study(
        study_name=name, storage=storage, load_if_exists=True, direction='minimize',
        pruner=optuna.pruners.MedianPruner(n_startup_trials=10, n_warmup_steps=2))
    done = sum(trial.state.is_finished() for trial in study.trials)
    # an interrupted search goes on with other draws
    study.sampler = optuna.samplers.TPESampler(seed=options.random_seed + done)
    if not done:
        study.enqueue_trial({'lm_alpha': min(objective.scorer.alpha, options.lm_alpha_max),
                             'lm_beta': min(objective.scorer.beta, options.lm_beta_max)},
                            skip_if_exists=True)
    return study, done


def error_rate(trial: optuna.trial.FrozenTrial) -> float:
    """Return what a complete trial has found."""
    assert trial.value is not None
    return trial.value


def main(options: Options) -> int:
    """Run the remaining trials and write the best weights.

    Returns:
        exit status.
    """
    for warning in options.warnings:
        log.warn(warning)
    for name in ('test_files', 'scorer_path'):
        if not getattr(options, name):
            raise UserError(f'--{name} is missing (--help lists all flags)')
    if bool(options.model) == bool(options.checkpoint_dir):
        raise UserError('pass either --model (an exported .pb) or --checkpoint_dir')
    try:
        import ds_ctcdecoder  # noqa: F401
        import optuna
    except ImportError as error:
        raise UserError(
            f'{error.name} is not installed: ' + ('pip install optuna' if error.name == 'optuna'
                                                  else 'pip install . in this folder')) from error
    if not os.path.isfile(options.scorer_path):
        raise UserError(f'scorer {options.scorer_path!r} is not a file')
    check_writable(options.output_dir, 'trials and the best values', '--output_dir')
    objective = Objective(options, acoustic_outputs(options))
    study, done = open_study(options, objective)
    status = 0
    if done:
        log.info(f'Resuming after {done} trials of an earlier run')
    with progress(total=max(options.n_trials - done, 0), label='trials',
                  enabled=options.show_progressbar) as bar:

        def show(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
            best = [t for t in study.trials if t.state == optuna.trial.TrialState.COMPLETE]
            bar.update(1, **({objective.metric: min(map(error_rate, best))} if best else {}))

        try:
            study.optimize(objective, n_trials=max(options.n_trials - done, 0), callbacks=[show])
        except KeyboardInterrupt:
            log.info('Interrupted: run the same command to resume')
            status = 130
    complete = study.get_trials(states=[optuna.trial.TrialState.COMPLETE])
    if complete:
        best = min(complete, key=error_rate)
        result = {**best.params, objective.metric: best.value, 'trials': len(study.trials)}
        with open(os.path.join(options.output_dir, 'best.json'), 'w', encoding='utf-8') as file:
            json.dump(result, file, indent=1)
        print(f'Best params: lm_alpha={best.params["lm_alpha"]} and '
              f'lm_beta={best.params["lm_beta"]} with {objective.metric.upper()}={best.value}')
    return status


if __name__ == '__main__':
    errors.run(main, OPTIONS)
