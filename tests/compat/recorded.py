#!/usr/bin/env python3
"""Count how often we say what the wheels of 0.9.3 and STT 1.4 said: ../shared/data/compat.

    python tests/compat/recorded.py [--limit N]

A row for each of our ways to run a model, a column for each wheel: best transcripts equal (and how
many of them are empty), lists of three with the same order where confidences differ by more than
0.05, confidences within max(1 %, 0.002), time steps within one, results of streams equal.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.helpers.recorded import WHEELS, cases, compare


def main() -> None:
    """Print the table, and how often the wheels agree among themselves."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--limit', type=int, default=0, metavar='N', help='cases of each wheel')
    options = parser.parse_args()
    told = {wheel: [case['stt'] for case in cases(wheel)] for wheel in WHEELS}
    for wheel, name in list(WHEELS.items())[1:]:
        same = sum(a == b for a, b in zip(told['deepspeech'], told[wheel]))
        print(f'{name} says what {WHEELS["deepspeech"]} says in {same} of {len(told[wheel])} cases')
    for (way, wheel), counts in compare(options.limit).items():
        print(f'{way:12} {WHEELS[wheel]:17} {counts.line()}')


if __name__ == '__main__':
    main()
