"""What the decoder's tests share: the module, an alphabet, a small language model."""

import pytest

from tests.helpers.need import need_module
from tests.helpers.small_model import ARPA, LABELS


@pytest.fixture(scope='session')
def d():
    """Return the module under test."""
    return need_module('ds_ctcdecoder')


@pytest.fixture(scope='session')
def alphabet(d, tmp_path_factory):
    """Four labels: space, a, b, c."""
    path = tmp_path_factory.mktemp('alphabet') / 'alphabet.txt'
    path.write_text('# four labels\n' + '\n'.join(LABELS) + '\n')
    return d.Alphabet(path)


@pytest.fixture(scope='session')
def arpa(tmp_path_factory):
    """Path of a trigram model over the words a, ab, c and ba."""
    path = tmp_path_factory.mktemp('lm') / 'small.arpa'
    path.write_text(ARPA)
    return path
