"""Where things lie."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / 'bin'
TESTS = ROOT / 'tests'
SHARED = ROOT.parent / 'shared' / 'data'  # recordings and models, not part of the repository
