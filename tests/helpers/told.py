"""A network that says what it is told: for one recording, any text at any times.

The last layer is solved for, over the random features that the layers below it make of the
recording, so that tests of what follows the network need no training.
"""

import pathlib

import numpy as np

from tests.helpers.golden import clip, random_weights
from util.features import FeatureSettings
from util.network.geometry import Geometry
from util.text.alphabet import Alphabet

SURE = 12.0  # logit of what is said at a step; of everything else 0


def steps(text: str, alphabet: Alphabet, at: int = 5, every: int = 3) -> dict[int, int]:
    """Return a label for each step, `every` steps from one to the next."""
    return {at + every * i: label for i, label in enumerate(alphabet.encode(text))}


def write(folder: pathlib.Path, alphabet: Alphabet, said: dict[int, int], seconds: float
          ) -> tuple[pathlib.Path, pathlib.Path]:
    """Write a network and the recording that it transcribes.

    Args:
        folder: for told.pb and told.wav.
        alphabet: of the network.
        said: label by time step of 20 ms; blank at all others.
        seconds: of the recording; the network is as wide as it has steps.

    Returns:
        the paths of both.
    """
    import wave

    from util.export.frozen_graph import export_weights, write_frozen_graph
    from util.export.reader import ExportedModel

    samples, settings = clip(seconds), FeatureSettings('0.9.3')
    n_hidden = int(seconds * 50) + 8

    def export(labels: Alphabet, kernel: np.ndarray) -> pathlib.Path:
        geometry = Geometry(n_hidden, len(labels), False, False)
        weights = random_weights(geometry)
        weights['layer_6/weights'] = kernel.astype(np.float32)
        weights['layer_6/bias'] = np.zeros(len(labels) + 1, np.float32)
        write_frozen_graph(str(folder / 'told.pb'), export_weights(weights, geometry), geometry,
                           settings, {'metadata_beam_width': 50,
                                      'metadata_alphabet': labels.serialize(),
                                      'metadata_language': b'en'})
        return folder / 'told.pb'

    # With the identity as its last layer a network gives the features of that layer.
    bare = Alphabet(chr(0x4e00 + i) for i in range(n_hidden - 1))
    model = ExportedModel(str(export(bare, np.eye(n_hidden))))
    features = model.infer(model.features(samples), raw=True)
    assert max(said) < len(features), 'the recording is too short for its text'
    wanted = np.zeros((len(features), len(alphabet) + 1))
    wanted[np.arange(len(features)),
           [said.get(step, alphabet.blank) for step in range(len(features))]] = SURE
    kernel, *_ = np.linalg.lstsq(features.astype(np.float64), wanted, rcond=None)
    with wave.open(str(folder / 'told.wav'), 'wb') as f:
        f.setparams((1, 2, 16000, 0, 'NONE', ''))
        f.writeframes(samples.tobytes())
    return export(alphabet, kernel), folder / 'told.wav'
