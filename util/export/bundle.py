"""Write a trained network for those who run it: frozen graph, SavedModel, model card, archive.

    EXPORT_DIR/output_graph.pb              the frozen graph for the client (doc/inside/format.md)
    EXPORT_DIR/VERSION/                     a SavedModel for TensorFlow Serving
    EXPORT_DIR/AUTHOR_NAME_VERSION.md       the model card: `util.export.card`
    EXPORT_DIR/output_graph.tflite          with --export_tflite
    EXPORT_DIR/my.scorer, EXPORT_DIR.zip    with --export_zip

Every file and folder is written under another name and renamed when it is complete.
"""

from __future__ import annotations

import dataclasses
import errno
import glob
import mmap
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from util.errors import UserError, reason
from util.export.card import (
    CARD_HEAD,
    NOTHING_KNOWN,
    ExportMetadata,
    Facts,
    Trained,
    write_card,
)
from util.export.frozen_graph import export_weights, network, write_frozen_graph
from util.export.pack import pack_graph
from util.export.tflite import check_tflite, write_tflite
from util.features import FeatureSettings, compute_features, window
from util.files import whole_file
from util.network.geometry import Geometry
from util.text.alphabet import Alphabet

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@dataclasses.dataclass(frozen=True)
class ExportSettings:
    """What an export consists of.

    Attributes:
        folder: made if it is not there.
        metadata: for the model card and the graph.
        file_name: of the graphs, without ending.
        version: name of the SavedModel's folder.
        n_steps: time steps a call of the streaming graph takes.
        remove: delete what earlier exports left in the folder, once the new one is complete.
        tflite: also write a TensorFlow Lite model (forward networks only).
        archive: also pack the contents of the folder into FOLDER.zip.
        scorer: language model package to copy into the folder; '' for none.
        quantize: weights of 8 bits in the TensorFlow Lite model.
    """

    folder: str
    metadata: ExportMetadata = ExportMetadata()
    file_name: str = 'output_graph'
    version: int = 1
    n_steps: int = 16
    remove: bool = False
    tflite: bool = False
    archive: bool = False
    scorer: str = ''
    quantize: bool = True


def project_version() -> str:
    """Return the version of this program, from the file VERSION."""
    with open(os.path.join(_ROOT, 'VERSION'), encoding='utf-8') as file:
        return file.read().strip()


def write_export(settings: ExportSettings, weights: Mapping[str, np.ndarray], geometry: Geometry,
                 features: FeatureSettings, alphabet: Alphabet, facts: Facts = NOTHING_KNOWN
                 ) -> list[str]:
    """Write everything an export consists of.

    Args:
        settings: what that is, and where it goes.
        weights: checkpoint name -> array, see `util.network.geometry.Geometry.shapes`.
        geometry: of the network.
        features: of the audio.
        alphabet: whose labels the network gives.
        facts: the past of the model, for its card.

    Returns:
        Paths of what was written, the frozen graph first, then its packed form.

    Raises:
        UserError: it cannot be written, or the network has values that are not finite.
    """
    check_matching(geometry, features, alphabet)
    if settings.tflite:
        check_tflite(geometry)
    folder, metadata = os.path.abspath(settings.folder), settings.metadata
    arrays = export_weights(weights, geometry)
    constants: dict[str, int | float | bytes] = {
        'metadata_beam_width': metadata.beam_width,
        'metadata_alphabet': alphabet.serialize(),
        'metadata_language': metadata.language.encode(),
        'metadata_version_string': project_version().encode(),
    }
    try:
        os.makedirs(folder, exist_ok=True)
        old = _earlier_exports(folder, settings.file_name) if settings.remove else []
        graph = os.path.join(folder, f'{settings.file_name}.pb')
        write_frozen_graph(graph, arrays, geometry, features, constants, settings.n_steps)
        written = [graph, os.path.join(folder, f'{settings.file_name}.pbmm')]
        pack_graph(graph, written[-1])
        if settings.tflite:
            written.append(os.path.join(folder, f'{settings.file_name}.tflite'))
            write_tflite(written[-1], arrays, geometry, features, constants, settings.n_steps,
                         settings.quantize)
        written.append(os.path.join(folder, str(settings.version)))
        _replace_folder(
            written[-1], lambda path: _save_model(path, arrays, geometry, features, alphabet)
        )
        written.append(write_card(folder, project_version(), Trained(geometry, features, alphabet),
                                  metadata, facts, settings.tflite))
        if settings.scorer:
            written.append(_copy(settings.scorer, folder))
        for path in set(old) - set(written):
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
        if settings.archive:
            written.append(write_archive(folder))
    except OSError as e:
        raise UserError(
            f"cannot export to '{folder}' ({reason(e)}): pass another --export_dir"
        ) from e
    return written


def check_matching(geometry: Geometry, settings: FeatureSettings, alphabet: Alphabet) -> None:
    """Raise a ValueError unless network, features and alphabet belong together."""
    pairs = (
        ('n_input', geometry.n_input, settings.n_input),
        ('n_context', geometry.n_context, settings.n_context),
        ('labels', geometry.n_labels, len(alphabet)),
    )
    for name, of_network, given in pairs:
        if of_network != given:
            raise ValueError(f'the network has {name}={of_network}, features or alphabet {given}')
    if not geometry.bidirectional and settings.kind == '2017':
        raise ValueError("the forward network needs feature type '0.9.3', which streams")


def check_archive(settings: ExportSettings) -> None:
    """Find out, before a training, whether its archive will hold this export and nothing else.

    Raises:
        UserError: the folder is not there or not empty, or there is no such scorer.
    """
    folder = settings.folder
    if not os.path.isdir(folder):
        raise UserError(f"--export_zip packs all that is in --export_dir, but there is no folder "
                        f"'{folder}': make it")
    if os.listdir(folder):
        raise UserError(f"--export_zip packs all that is in --export_dir, and '{folder}' is not "
                        'empty: pass an empty folder')
    if not os.path.isfile(settings.scorer):
        raise UserError(f"scorer '{settings.scorer}' is not a file: pass another --scorer_path")


def write_archive(folder: str) -> str:
    """Pack what is in an export folder into FOLDER.zip beside it and return the path."""
    folder = os.path.abspath(folder)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(folder), prefix='.zip-') as scratch:
        packed = shutil.make_archive(os.path.join(scratch, 'export'), 'zip', root_dir=folder)
        os.replace(packed, f'{folder}.zip')
    return f'{folder}.zip'


def _copy(path: str, folder: str) -> str:
    """Copy a file into a folder, whole or not at all, and return its new path."""
    target = os.path.join(folder, os.path.basename(path))
    with open(path, 'rb') as source, whole_file(target) as copy:
        shutil.copyfileobj(source, copy)
    return target


def _save_model(
    path: str,
    arrays: Mapping[str, np.ndarray],
    geometry: Geometry,
    settings: FeatureSettings,
    alphabet: Alphabet,
) -> None:
    """Write a SavedModel with the signatures `serving_default`, `features` and `metadata`."""
    import tensorflow as tf

    class Serving(tf.Module):
        """The whole way from samples to probabilities, for one utterance per call."""

        def __init__(self) -> None:
            super().__init__()
            self.weights = {
                name.replace('/', '-'): tf.Variable(array, trainable=False, name=name)
                for name, array in arrays.items()
            }

        @tf.function(input_signature=[tf.TensorSpec([None], tf.int16, 'samples')])
        def transcribe(self, samples: Any) -> dict[str, Any]:
            frames = compute_features(samples, settings)
            windows = window(frames[tf.newaxis], geometry.n_context)
            steps = tf.shape(windows)[1]
            shape = [1, steps, 2 * geometry.n_context + 1, geometry.n_input]
            weights = {name: tf.identity(self.weights[name.replace('/', '-')]) for name in arrays}
            probs, _ = network(
                tf.reshape(windows, shape), tf.reshape(steps, [1]), weights, geometry
            )
            return {'probabilities': probs[:, 0], 'steps': steps}

        @tf.function(input_signature=[tf.TensorSpec([None], tf.int16, 'samples')])
        def features(self, samples: Any) -> dict[str, Any]:
            return {'features': compute_features(samples, settings)}

        @tf.function(input_signature=[])
        def metadata(self) -> dict[str, Any]:
            coding = 'latin-1' if alphabet.bytes_mode else 'utf-8'
            return {
                'labels': tf.constant([label.encode(coding) for label in alphabet.labels]),
                'sample_rate': tf.constant(settings.sample_rate),
                'feature_type': tf.constant(settings.kind),
                'seconds_per_step': tf.constant(settings.step / settings.sample_rate),
                'version': tf.constant(project_version()),
            }

    module = Serving()
    signatures = {
        'serving_default': module.transcribe,
        'features': module.features,
        'metadata': module.metadata,
    }
    try:
        tf.saved_model.save(module, path, signatures=signatures)
    except tf.errors.OpError as e:  # as the graphs fail, which Python writes
        raise OSError(errno.EIO, reason(e)) from e


def _replace_folder(path: str, write: Callable[[str], None]) -> None:
    """Let `write` fill a new folder, then put it in the place of `path`."""
    parent, name = os.path.split(path)
    with tempfile.TemporaryDirectory(dir=parent, prefix=f'.{name}-') as scratch:
        fresh = os.path.join(scratch, 'new')
        write(fresh)
        if os.path.exists(path):
            os.rename(path, os.path.join(scratch, 'old'))
        os.rename(fresh, path)


def _earlier_exports(folder: str, file_name: str) -> list[str]:
    """List what exports wrote into a folder, and no other files in it."""
    names = {os.path.join(folder, file_name)}
    names |= {path[:-3] for path in glob.glob(os.path.join(glob.escape(folder), '*.pb'))
              if _is_ours(path)}
    paths = [f'{name}{ending}' for name in names for ending in ('.pb', '.pbmm', '.tflite')]
    paths = [path for path in paths if os.path.isfile(path)]
    for saved in glob.glob(os.path.join(glob.escape(folder), '*', 'saved_model.pb')):
        if os.path.basename(os.path.dirname(saved)).isdecimal():
            paths.append(os.path.dirname(saved))
    for card in glob.glob(os.path.join(glob.escape(folder), '*.md')):
        with open(card, encoding='utf-8', errors='replace') as file:
            if file.read(len(CARD_HEAD)) == CARD_HEAD:
                paths.append(card)
    return paths


def _is_ours(graph: str) -> bool:
    """Tell a frozen graph of this project from others: no other states its version so."""
    with open(graph, 'rb') as file:
        if not os.path.getsize(graph):
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(b'metadata_version_string') >= 0
