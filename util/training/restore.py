"""Which checkpoint a run begins with: to train on from it, to test it, to export it."""
from __future__ import annotations

import os
import shlex
from dataclasses import dataclass

import tensorflow as tf

from util import log
from util.data.batching import BatchPlan
from util.errors import UserError
from util.release import Wording
from util.training import checkpoints

SOURCE_LAYERS = ('layer_6', 'layer_5', 'lstm', 'layer_3', 'layer_2')  # in the order of dropping
# Without these in common layers do not fit each other; the other settings are what they learnt from
_SHAPING = ('n_hidden', 'bidirectional', 'layer_norm', 'n_input', 'n_context')
_WHICH = {'best_dev': 'best validating', 'model': 'most recent'}
_BY_CHOICE = {'auto': ('best_dev', 'model'), 'best': ('best_dev',), 'last': ('model',)}


@dataclass(frozen=True)
class LoadSettings:
    """What the flags of the group Checkpointing say about loading.

    Attributes:
        train: `--load_train`, the checkpoint to train on from: auto, last, best, or init for none.
        evaluate: `--load_evaluate`, the one to test and export: auto, last or best.
        load_dir: folder of the first.
        save_dir: folder where the training saves.
        evaluate_dir: folder of the one to test and export, where a training of this run saves.
        keeping: whether the training saves at all.
        drop_source_layers: number of last layers that keep their fresh weights, for transfer.
        best_first: whether auto trains on from the best, and from the last where there is none.
        wording: of what is said.
    """

    train: str
    evaluate: str
    load_dir: str
    save_dir: str
    evaluate_dir: str
    keeping: bool = True
    drop_source_layers: int = 0
    best_first: bool = False
    wording: Wording = Wording()

    def how_to_go_on(self, *changes: str) -> str:
        """Return how to go on after an interrupt, for the user.

        Args:
            *changes: flags that change for the rest of the training.
        """
        if not self.keeping:
            return 'nothing was saved (--max_to_keep 0)'
        in_place = self.load_dir == self.save_dir
        if self.best_first and not (self.train == 'last' and in_place):
            there = [] if in_place else [f'--load_checkpoint_dir {shlex.quote(self.save_dir)}']
            changes = ('--load_train last', *there, *changes)
        elif self.train != 'auto' and not (self.train == 'last' and in_place):
            changes = ('--load_train auto', *changes)
        words = ['run the same command', *(['with', *changes] if changes else []), 'to resume']
        return ' '.join(words)


def for_training(settings: LoadSettings, shape: dict, variables: dict[str, tf.Variable],
                 weights: dict[str, tf.Variable], plan: BatchPlan, dev_set: int) -> dict:
    """Load the checkpoint to train on from, if there is one.

    A checkpoint saved by this training takes precedence over the one to start from: by default,
    and always when a cluster restarts its processes.

    Args:
        settings: which.
        shape: `checkpoints.shape_of` the network.
        variables: name -> variable of everything that training continues from.
        weights: the ones among them that a transfer to other labels takes over.
        plan: the present batches.
        dev_set: fingerprint of the present validation set; 0 without one.

    Returns:
        The trainer's state stored in it; empty if training starts from scratch. After a transfer
        what the weights were trained on before.

    Raises:
        UserError: there is none, or it does not fit.
    """
    folder, load, dropping = settings.load_dir, settings.train, settings.drop_source_layers
    again = 'DEEPSPEECH_ATTEMPT' in os.environ
    if settings.keeping and (load == 'auto' or again) and checkpoints.kept(settings.save_dir):
        folder, load, dropping = settings.save_dir, 'auto', 0
    checkpoint, state, past, kind = None, {}, {}, 'model'
    if load == 'best' or (load == 'auto' and settings.best_first and not again):
        kind = 'best_dev'
        checkpoint = checkpoints.newest(folder, kind)
    if not checkpoint and load in ('last', 'auto'):
        kind = 'model'
        checkpoint = checkpoints.newest(folder, kind)
    if not checkpoint and load in ('last', 'best'):
        raise UserError(f"--load_train {load}: no checkpoint in '{folder}'")
    if not checkpoint and load == 'auto' and checkpoints.kept(folder):
        raise UserError(f"no checkpoint in '{folder}' can be read: --load_train init starts "
                        'over and moves them aside')
    if not checkpoint and dropping:
        raise UserError(f'--drop_source_layers {dropping} keeps the other layers of a '
                        + ('checkpoint, but --load_train init loads none' if load == 'init'
                           else f"checkpoint, but there is none in '{folder}': pass another "
                                '--load_checkpoint_dir'))
    if not checkpoint and load == 'auto' and folder != settings.save_dir:
        raise UserError(f"no checkpoint in --load_checkpoint_dir '{folder}': correct it, or pass "
                        '--load_train init to train from scratch')
    if checkpoint and dropping:
        _transfer(checkpoint, shape, weights, SOURCE_LAYERS[:dropping])
        past = {name: value for name, value in checkpoint.state.items() if name == 'trainings'}
    elif checkpoint:
        checkpoints.load(checkpoint, shape, variables)
        state = checkpoint.state
        log.info(settings.wording.resumed.format(which=_WHICH[kind], path=checkpoint.path, **{
            name: state[name] for name in ('epoch', 'step')}))
    goes_on = checkpoint and folder == settings.save_dir and kind != 'best_dev'
    if settings.keeping and not goes_on:
        checkpoints.set_aside(settings.save_dir, state.get('step', 0))
    if state.get('position') and state.get('plan') != plan.fingerprint(state['epoch']):
        log.warn(f"Epoch {state['epoch']} starts over: its batches differ from the "
                 "checkpoint's (other data, --train_batch_size, --random_seed or order)")
        state = {**state, 'position': 0, 'epoch_loss': 0.0, 'epoch_utterances': 0}
    if state:
        state = _history(state, dev_set, continues=folder == settings.save_dir)
    return {**past, **state}


def _history(state: dict, dev_set: int, continues: bool) -> dict:
    """Return the state with the validations that the coming ones can be compared with.

    Losses of another set tell nothing about this one; and the best epoch of another training is
    not in this folder.

    Args:
        state: of the checkpoint.
        dev_set: see `for_training`.
        continues: whether the training is the one that saved it.
    """
    stored = state.get('dev_set', 0)  # 0: without validation, or before fingerprints were kept
    changed = bool(stored and dev_set and stored != dev_set)
    if continues and not changed:
        return {**state, 'dev_set': dev_set or stored}
    if state.get('dev_losses') and dev_set:
        log.info(('The validation set is not the one of the checkpoint' if continues
                  else 'A new training begins with this checkpoint')
                 + ': best epoch, early stopping and plateaus begin anew')
    return {**state, 'dev_set': dev_set, 'dev_losses': [], 'dev_wers': [], 'best': [],
            'rate_since': 0, 'target': state.get('target', 0) if continues else 0,
            'stopped': False}


def _transfer(checkpoint: checkpoints.Checkpoint, shape: dict, weights: dict[str, tf.Variable],
              dropped: tuple[str, ...]) -> None:
    """Take over the weights but for the dropped layers; say what else they were trained for.

    Raises:
        UserError: the layers that are kept have another shape; it names both settings.
    """
    for name, stored, wanted in checkpoints.differences(checkpoint, shape):
        if name in ('alphabet', 'n_labels') or (name == 'bidirectional' and 'layer_3' in dropped):
            continue  # shapes nothing but the layers that are made anew
        other = f"checkpoint '{checkpoint.path}' has {name}={stored}, flags say {wanted}"
        flag = checkpoints.flag_for(name, stored)
        if name in _SHAPING:
            raise UserError(f'{other}: the kept layers do not fit; pass {flag} or another '
                            '--load_checkpoint_dir')
        log.warn(f'{other}: the kept layers were trained with {stored}; pass {flag} to match')
    checkpoints.assign(checkpoint, weights, skip=dropped)
    log.info(f"Loaded '{checkpoint.path}' except {', '.join(dropped)}")


def for_evaluation(settings: LoadSettings, shape: dict, weights: dict[str, tf.Variable]) -> dict:
    """Load the checkpoint to test or export; return the trainer's state in it.

    Args:
        settings: which.
        shape: `checkpoints.shape_of` the network.
        weights: name -> variable.

    Raises:
        UserError: there is none, or it does not fit.
    """
    for name in _BY_CHOICE[settings.evaluate]:
        checkpoint = checkpoints.newest(settings.evaluate_dir, name)
        if checkpoint:
            checkpoints.load(checkpoint, shape, weights)
            log.info(settings.wording.loaded.format(which=_WHICH[name], path=checkpoint.path))
            return checkpoint.state
    raise UserError(f"no checkpoint to evaluate in '{settings.evaluate_dir}': train first, or "
                    'pass another --checkpoint_dir')
