"""The defaults that the client shares with the Python side are the same wherever they stand."""

import re

import pytest

from tests.helpers.places import ROOT
from tests.helpers.sources import files_of

# Where the weights of 0.9.3 stand: the file, and what alpha and beta follow there.
WEIGHTS = {
    'native_client/scorer/scorer_package.h': ('kDefaultAlpha = ', 'kDefaultBeta = '),
    'DeepSpeech.py': ("flag('lm_alpha', ", "flag('lm_beta', "),
    'util/training/decoder.py': ('lm_alpha: float = ', 'lm_beta: float = '),
    'bin/make_scorer.py': ("'--alpha', type=float, default=", "'--beta', type=float, default="),
}


def numbers(path, *before):
    """Return the number that follows each of these texts, which stand in a file once."""
    found = [re.findall(re.escape(what) + r'([0-9.]+)', (ROOT / path).read_text())
             for what in before]
    assert all(len(each) == 1 for each in found), (path, before, found)
    return [each[0] for each in found]


@pytest.mark.parametrize('path', WEIGHTS)
def test_default_alpha_and_beta(path):
    assert numbers(path, *WEIGHTS[path]) == ['0.931289039105002', '1.1834137581510284']


def test_nowhere_else():
    """A place that is missing above would be forgotten when they change."""
    wrong = [name for path in files_of('bin', 'util', 'native_client', 'data/lm',
                                       endings=('.py', '.h', '.cc', '.c', '.i', '.sh'))
             if 'bench' not in path.parts
             and (name := str(path.relative_to(ROOT))) not in WEIGHTS
             and '0.9312890' in path.read_text()]
    assert wrong == []


def test_longest_n_gram():
    """What lmplz is built for must be what libdskenlm can read."""
    header, = numbers('native_client/kenlm/kenlm_shim.h', 'DSKENLM_MAX_ORDER ')
    build, = numbers('native_client/kenlm/CMakeLists.txt', 'KENLM_MAX_ORDER ')
    tools, = numbers('util/lm/tools.py', '\nMAX_ORDER = ')
    assert header == build == tools
