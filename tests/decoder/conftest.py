"""What the decoder's tests share: the module, an alphabet, a small language model."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

LABELS = ' abc'

# Words over a, b and c; the numbers are made up.
ARPA = """\\data\\
ngram 1=7
ngram 2=6
ngram 3=2

\\1-grams:
-2.5\t<unk>\t0
-99\t<s>\t-0.3
-0.9\t</s>\t0
-0.7\ta\t-0.2
-0.9\tab\t-0.4
-1.1\tc\t-0.1
-1.3\tba\t0

\\2-grams:
-0.3\t<s> ab\t-0.2
-0.6\ta c\t-0.15
-0.4\tab a\t-0.25
-0.8\tc c\t0
-0.5\tc </s>
-0.2\tba a

\\3-grams:
-0.1\t<s> ab a
-0.35\tab a c

\\end\\
"""


@pytest.fixture(scope='session')
def d():
    """The module under test."""
    return pytest.importorskip('ds_ctcdecoder', reason='install the native client: pip install .')


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
