#!/usr/bin/env python3
"""Test a checkpoint on one or more sets and report each by itself, as evaluate.py of 0.9.3 did.

    ./evaluate.py --test_files test.csv,noisy.csv --checkpoint_dir runs/first --n_hidden 512
    ./evaluate.py --flagfile runs/first/flags.txt --test_files test.csv --test_output_file out.json

It is DeepSpeech.py that only tests: it takes the same flags, which ./DeepSpeech.py --help lists,
needs --test_files, and neither trains nor exports whatever the others say. A checkpoint that was
trained with --release is tested with it.
"""
import os
import runpy
import sys
from pathlib import Path

from util import errors
from util.release import VARIABLE, release_of

TRAINER = Path(__file__).resolve().with_name('DeepSpeech.py')
ONLY_TEST = ('--notrain', '--test', '--test_each', '--export_dir=', '--one_shot_infer=')


if __name__ == '__main__':
    if {'--help', '--helpfull', '-h'} & set(sys.argv):
        errors.run(lambda: print(__doc__.strip()))
    os.environ.setdefault(VARIABLE, release_of(sys.argv))
    sys.argv += ONLY_TEST
    runpy.run_path(str(TRAINER), None, '__main__')
