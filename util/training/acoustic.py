"""Trained networks as functions from int16 samples to probabilities: of an export or a checkpoint.

What a model needs to be run it carries itself, so no flag repeats its geometry.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable

import numpy as np

from util import log
from util.errors import UserError
from util.features import FeatureSettings, compute_features
from util.text.alphabet import Alphabet


class ExportedAcoustics:
    """The network of an exported .pb, of this project or of 0.9.3."""

    def __init__(self, path: str) -> None:
        from util.export.reader import ExportedModel

        self._model = ExportedModel(path)
        self.path = path
        self.settings = self._model.settings
        self.alphabet = Alphabet.deserialize(self._model.metadata['alphabet'])

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Return probabilities, float32 [time, labels + 1], of int16 samples."""
        return self._model.probabilities(samples)


class CheckpointAcoustics:
    """The network of a folder's best checkpoint, else of its newest.

    Args:
        folder: of the checkpoints.
        network: `DeepSpeech.BiRNN`, from features to logits.
    """

    def __init__(self, folder: str, network: Callable) -> None:
        import tensorflow as tf

        from util.network.geometry import Geometry
        from util.training import checkpoints

        checkpoint = checkpoints.newest(folder, 'best_dev') or checkpoints.newest(folder)
        if checkpoint is None:
            raise UserError(f'no checkpoint in {folder!r}: train first, or pass an exported '
                            'model with --model')
        stored = checkpoint.state['settings']
        geometry = Geometry(**{field.name: stored[field.name]
                               for field in dataclasses.fields(Geometry)})
        self.settings = FeatureSettings(**{field.name: stored['feature_' + field.name]
                                           for field in dataclasses.fields(FeatureSettings)})
        labels = stored['alphabet']
        self.alphabet = Alphabet.bytes_output()
        if labels != list(self.alphabet.labels):
            self.alphabet = Alphabet(labels)
        weights = {name: tf.constant(checkpoint.tensors[name]) for name in geometry.shapes()}
        self.path = checkpoint.path + '.index'
        log.info(f'Loaded {checkpoint.path!r}')

        @tf.function(input_signature=[tf.TensorSpec([None, geometry.n_input])])
        def probabilities(frames: tf.Tensor) -> tf.Tensor:
            steps = tf.shape(frames)[:1] - 2 * geometry.n_context
            return tf.nn.softmax(network(frames[tf.newaxis], steps, weights, geometry)[:, 0])

        self._probabilities = probabilities
        self._n_classes = geometry.n_classes

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Return probabilities, float32 [time, labels + 1], of int16 samples."""
        frames = compute_features(samples, self.settings)
        if len(frames) <= 2 * self.settings.n_context:
            return np.zeros([0, self._n_classes], np.float32)
        return self._probabilities(frames).numpy()


def fingerprint(*paths: str) -> str:
    """Return the names, sizes and times of files, which tell whether they are still the same."""
    facts = []
    for path in paths:
        status = os.stat(path)
        facts.append(f'{os.path.abspath(path)} {status.st_size} {status.st_mtime_ns}')
    return '\n'.join(facts)
