"""Golden exports: one of each kind, small, with random weights, and what TensorFlow says of a clip.

    python -m tests.helpers.golden OUT_DIR

writes for bidirectional and forward networks (H = 64), each with and without layer norm,
KIND.pb and KIND.npz: `samples` int16, `features` float32 [time + 2 n_context, n_input] (context and
whitening included; forward: with the last, zero padded frame of a stream), `probs` float32
[time, labels + 1] and `logits`, the same before softmax, both from TensorFlow running KIND.pb.
"""

import os
import sys

import numpy as np

from util.features import FeatureSettings
from util.network.geometry import Geometry
from util.text.alphabet import Alphabet

ENGLISH = Alphabet([' ', *'abcdefghijklmnopqrstuvwxyz', "'"])
KINDS = {
    f'{way}{"_layer_norm" if norm else ""}{extra}': (way == 'bidirectional', norm, kind)
    for way, kind, extra in (
        ('bidirectional', '2017', ''),
        ('bidirectional', '0.9.3', '_features_0.9.3'),
        ('forward', '0.9.3', ''),
    )
    for norm in (False, True)
}


def clip(seconds: float = 1.7, seed: int = 3) -> np.ndarray:
    """Make int16 samples at 16 kHz that are loud, soft, voiced and noisy in turn."""
    rng = np.random.default_rng(seed)
    at = np.arange(int(seconds * 16000)) / 16000
    pitch = 120 + 40 * np.sin(2 * np.pi * 1.3 * at)
    voice = np.tanh(3 * np.sin(2 * np.pi * np.cumsum(pitch) / 16000))
    loudness = np.clip(np.sin(2 * np.pi * 2.1 * at), 0, 1)
    noise = rng.standard_normal(len(at)) * np.clip(np.sin(2 * np.pi * 1.7 * at), 0.01, 1)
    return (6000 * loudness * voice + 900 * noise).astype(np.int16)


def random_weights(geometry: Geometry, seed: int = 5) -> dict[str, np.ndarray]:
    """Make weights of trained size: activations neither vanish nor saturate everywhere."""
    rng = np.random.default_rng(seed)
    weights = {}
    for name, shape in geometry.shapes().items():
        spread = 0.3 if len(shape) == 1 else 1.6 / np.sqrt(shape[0])
        # Neither saturated by features that are not whitened, nor the same label throughout.
        spread *= {'layer_1/weights': 0.1, 'layer_6/weights': 3, 'layer_6/bias': 0.1}.get(name, 1)
        weights[name] = rng.normal(0, spread, shape).astype(np.float32)
        if name.endswith('gamma'):
            weights[name] += 1
        if name.startswith('lstm') and name.endswith('bias'):
            weights[name][geometry.n_hidden : 2 * geometry.n_hidden] += 1  # gates i, f, c, o
    return weights


def geometry_of(kind: str, n_hidden: int = 64) -> tuple[Geometry, FeatureSettings]:
    """Return network and features of one of KINDS."""
    bidirectional, layer_norm, features = KINDS[kind]
    return Geometry(n_hidden, len(ENGLISH), bidirectional, layer_norm), FeatureSettings(features)


def write_graph(kind: str, folder: str, n_hidden: int = 64) -> str:
    """Write the export of one of KINDS; return the path of the .pb file."""
    from util.export.frozen_graph import export_weights, write_frozen_graph

    geometry, settings = geometry_of(kind, n_hidden)
    path = os.path.join(folder, f'{kind}.pb')
    constants: dict[str, int | float | bytes] = {
        'metadata_beam_width': 500,
        'metadata_alphabet': ENGLISH.serialize(),
        'metadata_language': b'en',
        'metadata_version_string': b'1.0.0',
    }
    write_frozen_graph(
        path, export_weights(random_weights(geometry), geometry), geometry, settings, constants
    )
    return path


def write(kind: str, folder: str) -> str:
    """Write the export and the answers of one of KINDS; return the path of the .pb file."""
    from util.export.reader import ExportedModel

    path = write_graph(kind, folder)
    model = ExportedModel(path)
    samples = clip()
    features = model.features(samples)
    np.savez(
        os.path.join(folder, f'{kind}.npz'),
        samples=samples,
        features=features,
        probs=model.infer(features),
        logits=model.infer(features, raw=True),
    )
    return path


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    for each in KINDS:
        print(write(each, sys.argv[1]))
