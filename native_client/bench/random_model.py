"""Write an export with random weights: `random_model.py PATH.pb KIND N_HIDDEN`, with its .pbmm.

The blank is so likely that no decoder has work to do.
"""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)

from tests.helpers.golden import ENGLISH, random_weights
from util.export.frozen_graph import export_weights, write_frozen_graph
from util.export.pack import pack_graph
from util.features import FeatureSettings
from util.network.geometry import Geometry


def main(path: str, kind: str, n_hidden: int) -> None:
    """Write the export and its packed form."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    geometry = Geometry(n_hidden, len(ENGLISH), kind == 'bidirectional')
    weights = random_weights(geometry)
    weights['layer_6/bias'][-1] = 200.0  # the blank
    settings = FeatureSettings('0.9.3' if kind == 'forward' else '2017')
    constants: dict[str, int | float | bytes] = {
        'metadata_alphabet': ENGLISH.serialize(), 'metadata_beam_width': 500,
        'metadata_language': b'en'}
    write_frozen_graph(path, export_weights(weights, geometry), geometry, settings, constants)
    pack_graph(path, path + 'mm')


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
