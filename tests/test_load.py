"""TensorFlow is loaded without Keras, which can be loaded afterwards."""

import subprocess
import sys

from tests.helpers.places import ROOT
from util.load import load_tensorflow

PROGRAM = '''
import sys
import DeepSpeech
loaded = 'keras' in sys.modules
from util.load import load_tensorflow
load_tensorflow()
import tensorflow as tf
print(loaded, tf.keras.initializers.Zeros.__name__)
'''


def test_what_is_loaded_stays():
    """A second call changes nothing, and leaves no mark where Keras would be."""
    for _ in range(2):
        load_tensorflow()
        assert 'tensorflow' in sys.modules and sys.modules.get('keras', True) is not None


def test_keras_is_loaded_only_when_it_is_asked_for():
    done = subprocess.run([sys.executable, '-c', PROGRAM], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ('False Zeros\n', '')
