#!/usr/bin/env python3
"""When a stream says that its speaker has finished: a Markdown table.

    python native_client/bench/bench_endpoint.py [MODEL CLIPS.csv] [--noises white,pink]
        [--decibels 40,20,10] [--rules 0.6,1.2] [--minutes 10]

A forward MODEL hears recordings that it can read, drawn again and again and joined with pauses of
0.2 to 3 s, under noise. Each time that `Stream.endpoint()` says SAID, or TOO_LONG, another stream
goes on; it is asked every 20 ms. By default ../shared/data/compat's model256 and its recordings.

An end is found if the answer comes within 0.3 s of the time that the rule has, which begins with
the silence; those pauses count that are longer than the rule and 0.5 s. A cut is in a word if the
answer SAID comes more than 0.1 s inside a recording. TOO_LONG is said wherever 20 s are over.
"""

import argparse
import csv
import glob
import os
import tempfile
from typing import Any

import numpy as np
from long_recording import join, noisy
from side_by_side import RATE, SHARED, Table

COMPAT = os.path.join(SHARED, 'data', 'compat')
PIECE, NEAR, INSIDE = RATE // 50, 0.3, 0.1  # samples; seconds; seconds


def numbers(text: str) -> list[float]:
    """Return the numbers of a list."""
    return [float(number) for number in text.split(',')]


def answers(model: Any, samples: np.ndarray, rule: float) -> np.ndarray:
    """Return where a stream ended because something had been said, in samples."""
    from deepspeech import Endpoint

    said, stream = [], None
    for at in range(0, len(samples), PIECE):
        if stream is None:
            stream = model.createStream()
            stream.setEndpointRules(silence_after=rule, silence_before=60)
        stream.feedAudioContent(samples[at:at + PIECE])
        if end := stream.endpoint():
            if end is Endpoint.SAID:
                said.append(at + PIECE)
            stream.freeStream()
            stream = None
    return np.array(said)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').splitlines()[0])
    parser.add_argument('model', nargs='?', default=os.path.join(COMPAT, 'model256.pbmm'))
    parser.add_argument('clips', nargs='?', default='')
    parser.add_argument('--noises', type=lambda text: text.split(','), default=['white', 'pink'])
    parser.add_argument('--decibels', type=numbers, default=[40, 20, 10])
    parser.add_argument('--rules', type=numbers, default=[0.6, 1.2], help='seconds')
    parser.add_argument('--minutes', type=float, default=10)
    options = parser.parse_args()
    from deepspeech import Model

    with tempfile.NamedTemporaryFile('w', suffix='.csv', encoding='utf-8') as table:
        rows = csv.writer(table)
        rows.writerow(['wav_filename', 'transcript'])
        rows.writerows([path, ''] for path in sorted(
            glob.glob(os.path.join(COMPAT, 'audio', 'espeak_*.wav'))))
        table.flush()
        clean, parts, _ = join(options.clips or table.name, options.minutes)
    model = Model(options.model)
    print_to = Table(f'{len(clean) / RATE / 60:.1f} minutes, {len(parts)} recordings', 'noise',
                     'rule, s', f'ends within {NEAR} s', 'cuts in words', 'median delay, s')
    starts = [start for start, _ in parts[1:]] + [len(clean)]
    for kind in options.noises:
        for decibels in options.decibels:
            samples = noisy(clean, parts, kind, decibels)
            for rule in options.rules:
                said = answers(model, samples, rule)
                late = []
                for (_, end), start in zip(parts, starts):
                    if start - end > (rule + 0.5) * RATE:
                        after = said[(said > end) & (said <= start)]
                        late.append((after[0] - end) / RATE - rule if len(after) else np.inf)
                cuts = sum(a + INSIDE * RATE < at < b - INSIDE * RATE
                           for at in said for a, b in parts)
                near = np.abs(np.array(late)) <= NEAR
                print_to.row(f'{kind}, {decibels:g} dB', f'{rule:g}',
                             f'{near.mean():.1%} of {len(near)}', f'{cuts} of {len(said)}',
                             f'{np.median(late):.2f}')


if __name__ == '__main__':
    main()
