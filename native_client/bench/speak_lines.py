#!/usr/bin/env python3
"""Write a long recording of lines whose times are known, by espeak-ng, for bench_align.py.

    python native_client/bench/speak_lines.py OUT [--lines 300] [--seed 4]

Writes OUT.wav (16 kHz; pauses of 0.2 to 2.5 s, noise at -60 dBFS), OUT.tsv (start, end, text) and
OUT.wrong.tsv, in which one line in ten is another than what is spoken. The words are those that
the model of ../shared/data/compat was trained on, at speeds of its training.
"""

import argparse
import csv
import io
import json
import os
import random
import subprocess
import wave
from collections.abc import Sequence

import numpy as np
from side_by_side import RATE, SHARED


def vocabulary() -> list[str]:
    """Return the words that 0.9.3 recognised in recordings of the model's training."""
    path = os.path.join(SHARED, 'data', 'compat', 'expected_deepspeech.json')
    with open(path, encoding='utf-8') as f:
        cases = json.load(f)['cases']
    return sorted({word for case in cases if case['audio'].startswith('espeak')
                   and case['config'] == 'no scorer' and case['beam_width'] == 500
                   for word in case['stt'].split()})


def speak(text: str, speed: int) -> np.ndarray:
    """Return what espeak-ng says, float [samples] without silence at its ends."""
    import soxr

    done = subprocess.run(['espeak-ng', '-v', 'en-us', '-s', str(speed), '--stdout', text],
                          capture_output=True, check=True)
    with wave.open(io.BytesIO(done.stdout)) as f:
        samples = np.frombuffer(done.stdout[44:], np.int16) / 32768
        samples = soxr.resample(samples, f.getframerate(), RATE)
    loud = np.flatnonzero(np.abs(samples) > 0.003)
    return 0.5 * samples[loud[0]:loud[-1]]


def write_table(path: str, heading: str, rows: Sequence[Sequence[object]]) -> None:
    """Write a TSV."""
    with open(path, 'w', encoding='utf-8', newline='') as f:
        table = csv.writer(f, delimiter='\t', quoting=csv.QUOTE_NONE, lineterminator='\n')
        table.writerows([heading.split(), *rows])


def main() -> None:
    """Speak, and write what was spoken where."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').splitlines()[0])
    parser.add_argument('out')
    parser.add_argument('--lines', type=int, default=300)
    parser.add_argument('--seed', type=int, default=4)
    o = parser.parse_args()
    rng, words = random.Random(o.seed), vocabulary()

    def line() -> str:
        return ' '.join(rng.choice(words) for _ in range(rng.randint(4, 10)))

    pieces, spoken, at = [np.zeros(RATE)], [], RATE
    for _ in range(o.lines):
        text = line()
        samples = speak(text, rng.randint(135, 180))
        spoken.append((f'{at / RATE:.3f}', f'{(at + len(samples)) / RATE:.3f}', text))
        pieces += [samples, np.zeros(int(RATE * rng.uniform(0.2, 2.5)))]
        at += len(samples) + len(pieces[-1])
    noise = np.random.default_rng(o.seed).normal(0, 1e-3, at)
    with wave.open(o.out + '.wav', 'wb') as f:
        f.setparams((1, 2, RATE, 0, 'NONE', ''))
        f.writeframes(((np.concatenate(pieces) + noise) * 32767).astype('<i2').tobytes())
    write_table(o.out + '.tsv', 'start end text', spoken)
    wrong = set(rng.sample(range(o.lines), o.lines // 10))
    write_table(o.out + '.wrong.tsv', 'line wrong start end text spoken', [
        (i + 1, int(i in wrong), start, end, line() if i in wrong else text, text)
        for i, (start, end, text) in enumerate(spoken)])


if __name__ == '__main__':
    main()
