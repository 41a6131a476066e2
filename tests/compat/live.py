#!/usr/bin/env python3
"""Count how often we say what the installed wheel of 0.9.3 says of new speech, in one run.

    python tests/compat/live.py [--count 200] [--beam_width 100] [--int8]

The utterances are espeak-ng's: sentences of common words in many voices, speeds and pitches, heard
whole and as a stream in odd pieces with intermediate results.
"""

import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.helpers.spoken import compare


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--count', type=int, default=200)
    parser.add_argument('--beam_width', type=int, default=100)
    parser.add_argument('--int8', action='store_true', help='our default, instead of fp32')
    options = parser.parse_args()
    print(json.dumps(compare(options.count, options.beam_width, not options.int8)))


if __name__ == '__main__':
    main()
