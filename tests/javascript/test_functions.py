"""The Node package has every function of the C API that Node has a use for."""

import re

from tests.helpers.places import ROOT

ADDON = ROOT / 'native_client' / 'javascript'
# Functions that Node has no use for: another one opens models, and the rest is for training.
NOT_FOR_NODE = {'DS_CreateModel', 'DS_PackModel', 'DS_PackModelWithBits', 'DS_AudioToInputVector',
                'DS_ComputeFeatures', 'DS_FreeFeatures', 'DS_InferFeatures'}


def test_node_has_every_function_of_the_library():
    def names(*paths):
        return {name for path in paths
                for name in re.findall(r'\bDS_[A-Z][a-z]\w+', path.read_text())}
    declared = names(ADDON.parent / 'deepspeech.h')
    assert declared - names(*ADDON.glob('*.cc'), *ADDON.glob('*.h')) == NOT_FOR_NODE
