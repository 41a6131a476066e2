#!/usr/bin/env python3
"""Tell whether two recordings are the same: format, duration, samples.

    bin/compare_samples.py a.wav b.wav                          exit 0 if they are, else 1
    bin/compare_samples.py a.wav b.wav --if-differ              exit 0 if only the samples differ

The difference is the level of one minus the other, in dB of which a full sine has 0.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import errors, log
from util.audio.reading import read_channels

FULL_SCALE_DBFS = 3.0103  # of a constant 1, since a full sine has 0
FAINTEST = 1e-16
SAME_SECS = 0.001  # durations may differ by so much


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('sample1', help='a recording')
    p.add_argument('sample2', help='another')
    p.add_argument('--threshold', type=float, default=-60.0,
                   help='dB of the difference up to which they are the same (%(default)s)')
    p.add_argument('--if-differ', action='store_true', help='succeed if the samples differ')
    p.add_argument('--no-success-output', action='store_true', help='say nothing on success')
    return p.parse_args()


def main(options: argparse.Namespace) -> int:
    """Compare, say what comes out on stderr, and return the exit status."""
    one, rate = read_channels(options.sample1)
    two, other_rate = read_channels(options.sample2)
    formats = [f'{r} Hz, {samples.shape[1]} channels' for samples, r in
               ((one, rate), (two, other_rate))]
    secs = len(one) / rate, len(two) / other_rate
    if formats[0] != formats[1]:
        return said(f'Samples differ on: format ({formats[0]} and {formats[1]})', 1)
    if abs(secs[0] - secs[1]) > SAME_SECS:
        return said(f'Samples differ on: duration ({secs[0]:f} s and {secs[1]:f} s)', 1)
    level = difference(one, two)
    differ = level > options.threshold
    message = (f'Samples differ on: sample data ({level:f} dB difference)' if differ else
               f'Samples are considered equal ({level:f} dB difference)')
    failed = differ != options.if_differ
    return said('' if options.no_success_output and not failed else message, int(failed))


def difference(one: np.ndarray, two: np.ndarray) -> float:
    """Return the level of one minus the other, in dBFS, as far as the shorter goes."""
    length = min(len(one), len(two))
    rest = (one[:length].astype(np.float64) - two[:length]) / 32768
    rms = np.sqrt(np.square(rest).mean()) if rest.size else 0.0
    return float(20 * np.log10(max(FAINTEST, rms))) + FULL_SCALE_DBFS


def said(message: str, status: int) -> int:
    """Print a message, if there is one, and return the exit status."""
    if message:
        print(message, file=sys.stderr)
    return status


if __name__ == '__main__':
    log.to_stderr()
    errors.run(lambda: main(arguments()))
