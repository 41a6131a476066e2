#!/usr/bin/env python3
"""Make a checkpoint of a model that somebody else has trained, to continue its training.

    bin/import_checkpoint.py checkpoints/best_dev-1466475 runs/mine --alphabet_config_path abc.txt
    bin/import_checkpoint.py output_graph.pbmm runs/mine

SOURCE is a checkpoint of 0.9.3 or STT 1.4: a prefix, or a folder, whose best checkpoint is taken,
or the last if none is marked as best. Or it is an exported model `.pb` or `.pbmm`, of ours or of
these, which contains its feature settings and its alphabet, of which FOLDER gets a file; the
weights of a `.pbmm` of ours are int8, and training goes on from what these have kept. The new
checkpoint in FOLDER is one of ours; resume training with the flags printed in the last line. For
another language add `--drop_source_layers 1` (or more) and the new `--alphabet_config_path`.

Adam's moments and step are imported if the checkpoint has them; --fresh_optimizer leaves them out,
which is better for other data. Checkpoints trained with cuDNN keep the LSTM's moments in a
different form: they begin with Adam at rest.
"""

import argparse
import dataclasses
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import errors, log
from util.errors import UserError
from util.export.frozen_graph import FORWARD_LSTM, lstm_names, swap_gates
from util.features import FeatureSettings
from util.files import check_writable, whole_file
from util.network.geometry import Geometry
from util.text.alphabet import Alphabet, alphabet_lines

USUAL_ALPHABET = Path(__file__).resolve().parents[1] / 'data' / 'alphabet.txt'
SLOTS = {'': '', '/Adam': '/adam_m', '/Adam_1': '/adam_v'}  # 0.9.3's name -> ours


@dataclasses.dataclass
class Source:
    """What a model says.

    Attributes:
        tensors: name -> array, the names being 0.9.3's.
        step: updates made.
        alphabet: its labels.
        features: their definition.
        relu_clip: of the layers.
    """

    tensors: Mapping[str, np.ndarray]
    step: int
    alphabet: Alphabet
    features: FeatureSettings
    relu_clip: float


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('source', type=Path, metavar='SOURCE',
                   help='checkpoint of 0.9.3 or STT 1.4, or an exported .pb or .pbmm')
    p.add_argument('folder', type=Path, metavar='FOLDER', help='new checkpoint folder')
    p.add_argument('--fresh_optimizer', action='store_true',
                   help='begin with zero Adam moments, at step 0')
    only = p.add_argument_group('for checkpoints, which do not contain these')
    only.add_argument('--alphabet_config_path', type=Path, metavar='FILE',
                      help='alphabet file, one label per line')
    only.add_argument('--bytes_output_mode', action='store_true',
                      help='labels are the bytes 1 to 255')
    only.add_argument('--audio_sample_rate', type=int, default=16000,
                      help='Hz (default: %(default)s)')
    only.add_argument('--feature_win_len', type=int, default=32,
                      help='window length in ms (default: %(default)s)')
    only.add_argument('--feature_win_step', type=int, default=20,
                      help='ms from one window to the next (default: %(default)s)')
    only.add_argument('--relu_clip', type=float, default=20.0,
                      help='upper bound of the rectified linear units (default: %(default)s)')
    return p.parse_args()


def prefix_of(source: Path) -> Path:
    """Return the checkpoint to read: the best one in a folder, else the last.

    The files that name them may hold the path of another machine: their folder is not looked at.
    """
    import tensorflow as tf

    for name in ('best_dev_checkpoint', 'checkpoint'):
        state = tf.train.get_checkpoint_state(str(source), name) if source.is_dir() else None
        if state:
            return source / Path(state.model_checkpoint_path).name
    return source


def read_checkpoint(options: argparse.Namespace) -> Source:
    """Read a checkpoint.

    Raises:
        UserError: it cannot be read, or its alphabet is not given.
    """
    import tensorflow as tf

    from util.training.checkpoints import read_tensors

    try:
        tensors = read_tensors(str(prefix_of(options.source)))
    except (OSError, ValueError, RuntimeError, tf.errors.OpError) as error:
        reason = errors.reason(error)
        raise UserError(f"'{options.source}' cannot be read as a checkpoint: {reason}") from error
    if options.bytes_output_mode:
        alphabet = Alphabet.bytes_output()
    elif options.alphabet_config_path:
        alphabet = Alphabet.load(str(options.alphabet_config_path))
    else:
        raise UserError('a checkpoint does not contain its alphabet: pass '
                        '--alphabet_config_path (or --bytes_output_mode)')
    features = FeatureSettings('0.9.3', options.audio_sample_rate, options.feature_win_len,
                               options.feature_win_step)
    step = int(tensors.get('global_step', 0))
    return Source(tensors, step, alphabet, features, options.relu_clip)


def read_graph(path: Path) -> Source:
    """Read an exported model.

    Raises:
        UserError: it is none.
    """
    from util.export.unpack import read_constants

    graph, constants = read_constants(str(path))

    def constant(name: str, default: Any = None) -> Any:
        if name not in constants and default is None:
            raise UserError(f"'{path}' has no constant '{name}': it is not an exported model")
        return constants[name].flat[0] if name in constants else default

    alphabet = Alphabet.deserialize(bytes(constant('metadata_alphabet')))
    rate, length, step = (int(constant(f'metadata_{name}')) for name in (
        'sample_rate', 'feature_win_len', 'feature_win_step'))
    kind = bytes(constant('metadata_feature_type', b'0.9.3')).decode()
    context = int(constant('metadata_n_context', FeatureSettings.n_context))
    clips = {float(constants[node.input[1]].flat[0]) for node in graph.node
             if node.op == 'Minimum' and node.input[1] in constants}
    if 'metadata_relu_clip' in constants:  # ours; 0.9.3 has no other Minimum
        clips = {float(constant('metadata_relu_clip'))}
    if len(clips) != 1:
        raise UserError(f"'{path}' clips its layers at {sorted(clips)}: expected one value")
    tensors = {name: array for name, array in constants.items()
               if name.endswith(('/weights', '/bias', '/kernel', '/gamma', '/beta'))}
    for node in graph.node:
        if node.op == 'BlockLSTM' and node.attr['forget_bias'].f:
            i, c, f, o = np.split(tensors[FORWARD_LSTM + '/bias'], 4)
            tensors[FORWARD_LSTM + '/bias'] = np.concatenate(
                [i, c, f + node.attr['forget_bias'].f, o])
    window = len(tensors.get('layer_1/weights', ()))
    features = FeatureSettings(kind, rate, length, step, window // (2 * context + 1), context)
    return Source(tensors, 0, alphabet, features, clips.pop())


def geometry_of(source: Source) -> Geometry:
    """Derive the network's sizes from its weights.

    Raises:
        UserError: they are not those of 0.9.3's network.
    """
    bidirectional = 'lstm_bw/kernel' in source.tensors
    lstm = 'lstm_fw' if bidirectional else FORWARD_LSTM
    for name in ('layer_1/weights', 'layer_6/weights', lstm + '/kernel', lstm + '/bias'):
        if name not in source.tensors:
            known = ', '.join(sorted(source.tensors)[:8])
            raise UserError(f"there is no '{name}': expected a model of DeepSpeech 0.9.3; this "
                            f'one has {known} ...')
    window, hidden = source.tensors['layer_1/weights'].shape
    labels = source.tensors['layer_6/weights'].shape[1] - 1
    if labels != len(source.alphabet):
        raise UserError(f'the network has {labels} labels, the alphabet {len(source.alphabet)}: '
                        'pass the --alphabet_config_path it was trained with')
    features = source.features
    if window != features.n_input * (2 * features.n_context + 1):
        raise UserError(f'layer 1 takes {window} features: expected 494')
    norm = _find(source.tensors, 'layer_1/layer_norm/gamma') is not None
    return Geometry(hidden, labels, bidirectional, norm, source.relu_clip, features.n_input,
                    features.n_context)


def converted(source: Source, geometry: Geometry, slot: str) -> dict[str, np.ndarray] | None:
    """Rename and reorder weights, or what Adam keeps of them.

    The LSTM of 0.9.3, and of every export, has one kernel of input and recurrent rows, gates i, c,
    f, o in columns and no forget bias of its own; that of a checkpoint has two kernels, gates i, f,
    c, o.

    Args:
        source: the model.
        geometry: of the network.
        slot: one of SLOTS.

    Returns:
        Our name -> float32 array; None if the model lacks one of them.
    """
    def take(name: str, shape: tuple[int, ...]) -> np.ndarray | None:
        array = _find(source.tensors, name, slot)
        if array is not None and array.shape != shape:
            raise UserError(f"'{name}{slot}' has shape {array.shape}, expected {shape}")
        return array

    h = geometry.n_hidden
    result = {}
    for name, shape in geometry.shapes().items():
        if not name.startswith('lstm_'):
            result[name] = take(name, shape)
    inputs = geometry.n_layer_3
    for ours, theirs in lstm_names(geometry).items():
        kernel = take(theirs + '/kernel', (inputs + h, 4 * h))
        bias = take(theirs + '/bias', (4 * h,))
        if kernel is None or bias is None:
            return None
        result[f'{ours}/kernel'] = swap_gates(kernel[:inputs])
        result[f'{ours}/recurrent_kernel'] = swap_gates(kernel[inputs:])
        result[f'{ours}/bias'] = swap_gates(bias)
    if any(array is None for array in result.values()):
        return None
    return {name: np.asarray(result[name], np.float32) for name in geometry.shapes()}


def _find(tensors: Mapping[str, np.ndarray], name: str, slot: str = '') -> np.ndarray | None:
    """Return a tensor by our name; layer norm is called `LayerNorm` in the variables of 0.9.3."""
    return tensors.get(name + slot, tensors.get(name.replace('layer_norm', 'LayerNorm') + slot))


class _Value:
    """What the saver takes for a variable."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def numpy(self) -> np.ndarray:
        return self._array


def main(options: argparse.Namespace) -> None:
    """Read, convert and write the model, then say how to go on."""
    from DeepSpeech import State  # it loads TensorFlow, without its remarks
    from util.training import checkpoints

    is_graph = options.source.suffix in ('.pb', '.pbmm')
    source = read_graph(options.source) if is_graph else read_checkpoint(options)
    geometry = geometry_of(source)
    weights = converted(source, geometry, '')
    if weights is None:
        raise UserError('a layer is missing: is this a model of DeepSpeech 0.9.3?')
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise UserError(f"weight '{name}' has values that are not finite")
    tensors, step = dict(weights), 0
    moments = {} if options.fresh_optimizer else {
        ours: converted(source, geometry, theirs) for theirs, ours in SLOTS.items() if ours}
    if moments and all(moments.values()) and source.step > 0:
        step = source.step
        for ours, arrays in moments.items():
            tensors.update({name + ours: array for name, array in (arrays or {}).items()})
    else:  # Adam at rest: its count must then begin at 0 too
        for ours in SLOTS.values():
            if ours:
                tensors.update({name + ours: np.zeros_like(a) for name, a in weights.items()})

    shape = checkpoints.shape_of(source.alphabet, geometry, source.features)
    origin = [{'imported': options.source.name}]  # the model card of an export tells of it
    state = {**dataclasses.asdict(State(step=step, trainings=origin)), 'settings': shape}
    check_writable(str(options.folder), 'checkpoint', 'folder')
    if checkpoints.kept(str(options.folder)):
        raise UserError(f"'{options.folder}' already has checkpoints: pass another folder")
    saver = checkpoints.Saver(str(options.folder), 1)
    saver.save({name: _Value(array) for name, array in tensors.items()}, state)
    saver.close()
    log.info(f'{geometry.n_parameters:,} weights in {len(weights)} tensors, '
             + (f'Adam after {step} steps' if step else 'Adam at rest'))
    path = options.alphabet_config_path
    if is_graph and not source.alphabet.bytes_mode:
        path = options.folder / 'alphabet.txt'
        with whole_file(path, 'w') as file:
            file.write(alphabet_lines(source.alphabet.labels))
    print(shlex.join(['./DeepSpeech.py', '--checkpoint_dir', str(options.folder),
                      *flags(source, geometry, path)]))


def flags(source: Source, geometry: Geometry, alphabet: Path) -> list[str]:
    """Return the flags that training needs, where they differ from the defaults."""
    features = source.features
    result = ['--nobidirectional'] * (not geometry.bidirectional)
    result += ['--n_hidden', str(geometry.n_hidden)]
    if geometry.bidirectional and features.kind != '2017':
        result += ['--feature_type', features.kind]
    if geometry.layer_norm:
        result.append('--layer_norm')
    if geometry.relu_clip != 20:
        result += ['--relu_clip', re.sub(r'\.0$', '', str(geometry.relu_clip))]
    if features.sample_rate != 16000:
        result += ['--audio_sample_rate', str(features.sample_rate)]
    usual = FeatureSettings(features.kind)
    if (features.win_len_ms, features.win_step_ms) != (usual.win_len_ms, usual.win_step_ms):
        result += ['--feature_win_len', str(features.win_len_ms),
                   '--feature_win_step', str(features.win_step_ms)]
    if source.alphabet.bytes_mode:
        result.append('--bytes_output_mode')
    elif source.alphabet != Alphabet.load(str(USUAL_ALPHABET)):
        result += ['--alphabet_config_path', str(alphabet)]
    return result


if __name__ == '__main__':
    log.to_stderr()
    errors.run(lambda: main(arguments()))
