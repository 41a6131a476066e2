"""Checkpoints: complete or not there at all, written beside the training.

A checkpoint is one TensorFlow V2 bundle (`model-STEP.index` and `.data-00000-of-00001`) whose
tensors carry plain names (`layer_1/weights`, `layer_1/weights/adam_m`, ...), so
`tf.train.load_checkpoint` reads it. Its string tensor `trainer_state` holds, as JSON, all that is
not a tensor: step, epoch, position in the epoch, histories, and the settings that shape the
network. One bundle, one rename: weights and state cannot disagree.
"""
import contextlib
import dataclasses
import json
import math
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from util import errors, log
from util.errors import UserError
from util.features import FeatureSettings
from util.files import whole_file, without_patterns
from util.network.geometry import Geometry
from util.text.alphabet import Alphabet

STATE = 'trainer_state'
_STATE_FILE = {'model': 'checkpoint', 'best_dev': 'best_dev_checkpoint'}
_FLAGS = {'feature_kind': 'feature_type', 'feature_sample_rate': 'audio_sample_rate',
          'feature_win_len_ms': 'feature_win_len', 'feature_win_step_ms': 'feature_win_step'}
_PARTS = ('.data-00000-of-00001', '.index')  # the index last: without it there is no checkpoint


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """What one bundle holds: name -> value of every tensor, and the trainer's state."""

    path: str
    tensors: dict[str, np.ndarray]
    state: dict


def read(prefix: str) -> Checkpoint:
    """Read a whole bundle.

    Raises:
        ValueError: it is truncated, damaged or not a checkpoint of this trainer.
    """
    try:
        tensors = read_tensors(prefix)
        if STATE not in tensors:
            raise ValueError(f"'{prefix}' contains no '{STATE}': not written by this trainer")
        state = json.loads(tensors.pop(STATE).decode())
    except (OSError, tf.errors.OpError, json.JSONDecodeError, RuntimeError, IndexError) as error:
        raise ValueError(f"'{prefix}' cannot be read: {errors.reason(error)}") from error
    return Checkpoint(prefix, tensors, state)


def read_tensors(prefix: str) -> dict[str, Any]:
    """Return name -> value of the tensors of any bundle, in a folder of any name."""
    with without_patterns(prefix) as plain:
        reader = tf.train.load_checkpoint(plain)
        return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def kept(folder: str, name: str = 'model') -> list[str]:
    """Return the prefixes of the complete checkpoints in a folder, highest step first."""
    steps = []
    for index in Path(folder).glob(name + '-*.index'):
        number = index.name[len(name) + 1:-len('.index')]
        if number.isdigit():
            steps.append(int(number))
    return [os.path.join(folder, f'{name}-{step}') for step in sorted(steps, reverse=True)]


def newest(folder: str, name: str = 'model') -> Checkpoint | None:
    """Return the newest readable checkpoint of a folder; warn of each damaged one it passes."""
    for prefix in kept(folder, name):
        try:
            return read(prefix)
        except ValueError as error:
            log.warn(f'checkpoint {error}; falling back to the previous one')
    return None


def set_aside(folder: str, step: int) -> None:
    """Make way for a training that goes on from a step: what is there of later ones is moved.

    Otherwise the old checkpoints, having higher numbers, would be taken for the newest ones.
    """
    names = []
    for kind, state_file in _STATE_FILE.items():
        later = [os.path.basename(prefix) for prefix in kept(folder, kind)
                 if int(prefix.rpartition('-')[2]) > step]
        names += [name + part for name in later for part in _PARTS[::-1]]
        names += [state_file] if later else []
    if not names:
        return
    if not step:
        names.append('metrics.jsonl')
    number = 1
    while os.path.exists(aside := os.path.join(folder, f'aside-{number}')):
        number += 1
    os.mkdir(aside)
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            os.replace(os.path.join(folder, name), os.path.join(aside, name))
    log.warn(f"moved checkpoints newer than step {step} from '{folder}' to '{aside}'")


class Saver:
    """Writes checkpoints from a thread of its own and keeps the newest few.

    The training waits only while the values are copied. A save that fails (a full disk) is a
    warning and costs that save alone; `close` tells whether the last one succeeded.

    Args:
        folder: where checkpoints go; files of an interrupted save there are removed.
        max_to_keep: how many are kept, 0 saves nothing.
        before_rename: called between writing and renaming: the tests hold a save open there.
    """

    def __init__(self, folder: str, max_to_keep: int,
                 before_rename: Callable[[], None] = lambda: None):
        self._folder, self._max_to_keep, self._before_rename = folder, max_to_keep, before_rename
        self._thread: threading.Thread | None = None
        self.failure = ''
        if max_to_keep:
            for leftover in Path(folder).glob('.saving-*'):
                shutil.rmtree(leftover, ignore_errors=True)

    def save(self, variables: dict, state: dict, name: str = 'model', said: str = '') -> None:
        """Start to write `name-STEP`, after the save before it has ended.

        Args:
            variables: name -> variable (anything with `.numpy()`).
            state: JSON-ready; `state['step']` numbers the checkpoint.
            name: 'model', or 'best_dev', of which only the newest is kept.
            said: line to print when it is there.
        """
        if not self._max_to_keep:
            return
        self.wait()
        # numpy() of a CPU variable may share its buffer with the training: copy
        tensors = {key: np.array(variable.numpy()) for key, variable in variables.items()}
        text = json.dumps(state)
        self._thread = threading.Thread(target=self._write,
                                        args=(tensors, text, state['step'], name, said))
        self._thread.start()

    def wait(self) -> None:
        """Wait until the save under way, if any, has ended."""
        if self._thread:
            self._thread.join()
            self._thread = None

    def _write(self, tensors: dict[str, np.ndarray], state: str, step: int, name: str,
               said: str) -> None:
        scratch = os.path.join(self._folder, f'.saving-{os.getpid()}-{name}-{step}')
        try:
            os.makedirs(scratch, exist_ok=True)
            prefix = os.path.join(scratch, 'bundle')
            names = [*tensors, STATE]
            tf.raw_ops.SaveV2(prefix=prefix, tensor_names=names, shape_and_slices=[''] * len(names),
                              tensors=[*tensors.values(), tf.constant(state)])
            target = os.path.join(self._folder, f'{name}-{step}')
            for part in _PARTS:
                _sync(prefix + part)
            self._before_rename()
            for part in _PARTS:
                os.replace(prefix + part, target + part)
            with whole_file(os.path.join(self._folder, _STATE_FILE[name]), 'w') as file:
                file.write(f'model_checkpoint_path: "{name}-{step}"\n'
                           f'all_model_checkpoint_paths: "{name}-{step}"\n')
            _sync(self._folder)
            keep = self._max_to_keep if name == 'model' else 1
            for old in kept(self._folder, name)[keep:]:
                for part in reversed(_PARTS):
                    with contextlib.suppress(FileNotFoundError):
                        os.remove(old + part)
            self.failure = ''
            if said:
                log.info(said)
        except (OSError, tf.errors.OpError) as error:
            self.failure = (f"checkpoint '{name}-{step}' could not be saved in '{self._folder}': "
                            f'{errors.reason(error)}')
            log.warn(self.failure)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def close(self) -> None:
        """Wait for the last save.

        Raises:
            UserError: that save failed.
        """
        self.wait()
        if self.failure:
            raise UserError(self.failure)


def _sync(path: str) -> None:
    """Make sure that a file or folder has reached the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def shape_of(alphabet: Alphabet, geometry: Geometry, features: FeatureSettings) -> dict:
    """Name -> value of the settings that shape the network, stored beside the weights."""
    return {'alphabet': list(alphabet.labels), **geometry.as_dict(),
            **{f'feature_{k}': v for k, v in dataclasses.asdict(features).items()}}


def differences(checkpoint: Checkpoint, shape: dict) -> list[tuple[str, Any, Any]]:
    """Return (name, stored value, wanted value) of each setting in which a checkpoint differs."""
    stored = checkpoint.state['settings']
    return [(name, stored.get(name), wanted) for name, wanted in shape.items()
            if stored.get(name) != wanted]


def flag_for(name: str, value: Any) -> str:
    """Return the flag, as typed, that gives a setting of `shape_of` this value."""
    flag = _FLAGS.get(name, name)
    if isinstance(value, bool):
        return f'--{flag}' if value else f'--no{flag}'
    return f'--{flag} {value}'


def load(checkpoint: Checkpoint, shape: dict, variables: dict[str, tf.Variable]) -> None:
    """Give the variables their values in a checkpoint of the same settings.

    Args:
        checkpoint: what `read` returned.
        shape: `shape_of` the network wanted; compared with what is stored under 'settings'.
        variables: name -> variable.

    Raises:
        UserError: it was trained with others; the message names both values.
    """
    for name, stored, wanted in differences(checkpoint, shape):
        if name == 'alphabet':
            lost, new = set(stored) - set(wanted), set(wanted) - set(stored)
            difference = (f'only there: {sorted(lost)}; only here: {sorted(new)}' if lost or new
                          else 'the same labels in a different order')
            raise UserError(
                f"checkpoint '{checkpoint.path}' has an alphabet of {len(stored)} labels, "
                f'the flags give one of {len(wanted)}; {difference}: pass the same '
                '--alphabet_config_path or another --checkpoint_dir')
        raise UserError(f"checkpoint '{checkpoint.path}' has {name}={stored}, flags say "
                        f'{wanted}: pass {flag_for(name, stored)} or another --checkpoint_dir')
    assign(checkpoint, variables)


def assign(checkpoint: Checkpoint, variables: dict[str, tf.Variable],
           skip: tuple[str, ...] = ()) -> None:
    """Give every variable its value in the checkpoint.

    Args:
        checkpoint: what `read` returned.
        variables: name -> variable.
        skip: beginnings of names that keep their present value (`--drop_source_layers`).

    Raises:
        UserError: a variable is missing in the checkpoint or has another shape.
    """
    for name, variable in variables.items():
        if name.startswith(skip):
            continue
        if name not in checkpoint.tensors:
            raise UserError(f"checkpoint '{checkpoint.path}' has no '{name}': pass another "
                            '--checkpoint_dir')
        value = checkpoint.tensors[name]
        if tuple(value.shape) != tuple(variable.shape):
            raise UserError(
                f"checkpoint '{checkpoint.path}' has '{name}' of shape {list(value.shape)}, the "
                f'flags ask for {variable.shape.as_list()}: pass the flags it was trained with, '
                'or another --checkpoint_dir')
        variable.assign(value)


class Timer:
    """Tells when the next checkpoint is due."""

    def __init__(self, seconds: float):
        self._seconds, self._last = seconds or math.inf, time.monotonic()

    def due(self) -> bool:
        """Return True once every `seconds`; 0: never."""
        if time.monotonic() - self._last < self._seconds:
            return False
        self._last = time.monotonic()
        return True
