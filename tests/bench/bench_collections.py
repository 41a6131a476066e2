#!/usr/bin/env python3
"""How long a large sample database takes to start training, and how much memory.

    tests/bench/bench_collections.py                    200,000 utterances: 20 s and 1 GB is the aim
    tests/bench/bench_collections.py --utterances 20000

Made up: recordings of 0.2 s in 8 bits, each with a transcript of its own.
"""
import argparse
import os
import resource
import struct
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from util import log
from util.data.collections.sdb import WAV, SdbWriter
from util.data.sets import DataSettings, SetSettings, load_sets
from util.features import FeatureSettings
from util.text.alphabet import Alphabet

RATE, SAMPLES = 8000, 1600
LETTERS = 'abcdefghij'


def make(path: Path, count: int) -> None:
    """Write a database."""
    clip = struct.pack('<4sI4s4sIHHIIHH4sI', b'RIFF', 36 + SAMPLES, b'WAVE', b'fmt ', 16, 1, 1,
                       RATE, RATE, 1, 8, b'data', SAMPLES) + bytes([128]) * SAMPLES
    with open(path, 'wb') as file:
        writer = SdbWriter(file, WAV)
        for number in range(count):
            writer.add(clip, ''.join(LETTERS[int(digit)] for digit in f'{number:06d}'))
        writer.finish()


def main() -> None:
    """Make it, load it, and print what that took."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--utterances', type=int, default=200000)
    options = p.parse_args()
    log.set_level(3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'made-up.sdb'
        make(path, options.utterances)
        print(f'{options.utterances:,} utterances, {os.path.getsize(path) / 2**20:.0f} MiB')
        begin, computed = time.monotonic(), time.process_time()
        settings = DataSettings({'train': SetSettings((str(path),), batch_size=16)},
                                FeatureSettings('2017'), show_progressbar=False)
        data = load_sets(settings, Alphabet(LETTERS))['train']
        batches = len(data.plan.plan(1))
        secs, cpu = time.monotonic() - begin, time.process_time() - computed
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f'read, checked, planned: {batches:,} batches in {secs:.1f} s ({cpu:.1f} s of processor '
          f'time; load {os.getloadavg()[0]:.1f}), {peak:.2f} GiB at most')


if __name__ == '__main__':
    main()
