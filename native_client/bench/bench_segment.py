#!/usr/bin/env python3
"""Find speech and pauses, ours beside webrtcvad: a Markdown table.

    python native_client/bench/bench_segment.py [--noises white,pink] [--decibels 40,20,10]
        [--rounds 3] [--limit 600] [--only digits,sentences,clips] [--clips CSV]

Parts: digits (../shared/data/fsdd: 120 strings of three to seven spoken digits, up to 0.15 s
between digits, pauses of 0.2 to 3 s between strings; where each word is, is known), sentences
(../shared/data/kerstin/long, half an hour; where each sentence is, is known), clips (those of
--clips, such as an4-test.csv, trimmed and joined with pauses of 0.2 to 3 s: recordings by which no
threshold was chosen). Noise is laid over all of it, so many dB below the speech.

A string or sentence has ended within 0.3 s if a segment ends so near, less the silence that it
keeps (ours 0.2 s; webrtcvad 0.3 s); those count that are followed by a pause longer than the
rule's and 0.1 s. A cut is in a word if a segment begins or ends more than 0.03 s inside one.
webrtcvad is used as transcribe.py of 0.9.3 used it: aggressiveness 3, frames of 30 ms, a ring of
ten. PEERS_DIR has a folder venv-webrtcvad with that package; without it ours stands alone.
"""

import csv
import io
import json
import os
import subprocess
import tempfile
import time
import wave
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from long_recording import join, level, noisy, trimmed
from side_by_side import (
    PEERS,
    RATE,
    SHARED,
    Result,
    Table,
    chosen,
    in_turn,
    one_core,
    parser_for,
    run_json,
)

PARTS = ('digits', 'sentences', 'clips')
FSDD = os.path.join(SHARED, 'data', 'fsdd', 'free-spoken-digit-dataset-master.zip')
KERSTIN = os.path.join(SHARED, 'data', 'kerstin', 'long', 'kerstin-long')
NEAR, INSIDE = 0.3, 0.03  # seconds
PAUSE, PADDING, VAD_PAUSE = 0.5, 0.2, 0.3  # seconds; the last is kept too
# Finds the segments of [samples, rate] and prints them, in samples, and the seconds it took.
PEER = '''
import collections, json, sys, time
import webrtcvad
rate = int(sys.argv[2])
samples = open(sys.argv[1], "rb").read()
size = 2 * rate * 30 // 1000
start = time.process_time()
vad, ring, found, begin = webrtcvad.Vad(3), collections.deque(maxlen=10), [], None
for at in range(0, len(samples) - size + 1, size):
    ring.append(vad.is_speech(samples[at:at + size], rate))
    if begin is None and sum(ring) > 5:
        begin = at + size - len(ring) * size
        ring.clear()
    elif begin is not None and len(ring) - sum(ring) > 5:
        found.append((begin // 2, (at + size) // 2))
        begin = None
        ring.clear()
if begin is not None:
    found.append((begin // 2, len(samples) // 2))
print(json.dumps({"seconds": time.process_time() - start, "found": found}))
'''


@dataclass
class Speech:
    """A recording: its samples, where its parts are, and where its words are."""

    rate: int
    samples: np.ndarray
    parts: list[tuple[int, int]]
    words: list[tuple[int, int]]


def digits(count: int = 120) -> Speech:
    """Join digits of one speaker after the other to strings."""
    random, rate = np.random.default_rng(0), 8000
    with zipfile.ZipFile(FSDD) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith('.wav'))
        by_speaker: dict[str, list[str]] = {}
        for name in names:
            by_speaker.setdefault(name.rsplit('_', 2)[1], []).append(name)
        parts, words, at = [np.zeros(int(0.8 * rate))], [], int(0.8 * rate)
        strings = []
        for i in range(count):
            speaker = sorted(by_speaker)[i % len(by_speaker)]
            first = at
            for _ in range(random.integers(3, 8)):
                with wave.open(io.BytesIO(archive.read(random.choice(by_speaker[speaker])))) as f:
                    word = np.frombuffer(f.readframes(f.getnframes()), np.int16).astype(float)
                word = level(trimmed(word, rate))
                gap = np.zeros(int(random.uniform(0.03, 0.15) * rate))
                words.append((at, at + len(word)))
                parts += [word, gap]
                at += len(word) + len(gap)
            strings.append((first, words[-1][1]))
            parts.append(np.zeros(int(random.uniform(0.2, 3) * rate)))
            at += len(parts[-1])
    return Speech(rate, np.concatenate(parts), strings, words)


def sentences() -> Speech:
    """Return the long recording; its sentences are all that is known, words included."""
    from deepspeech import read_audio

    samples = np.array(read_audio(KERSTIN + '.opus', RATE)).astype(float)
    with open(KERSTIN + '.tsv', encoding='utf-8', newline='') as f:
        rows = list(csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE))
    parts = [(int(float(row['start']) * RATE), int(float(row['end']) * RATE)) for row in rows]
    return Speech(RATE, samples, parts, parts)


def clips(table: str) -> Speech:
    """Join the clips of a CSV; no words are known in them."""
    samples, parts, _ = join(table)
    return Speech(RATE, samples, parts, parts)


def ours(path: str, rate: int, limit: float | None) -> Result:
    """Run the segmenter, as it is by default."""
    from deepspeech import Segmenter

    samples = np.fromfile(path, np.int16)
    start = time.process_time()
    segmenter = Segmenter(rate)
    found = segmenter.feed(samples) + segmenter.finish()
    return {'seconds': time.process_time() - start, 'found': json.dumps(found)}


def webrtcvad(path: str, rate: int, limit: float | None) -> Result:
    """Run webrtcvad in its environment."""
    result = run_json([*one_core(), os.path.join(PEERS, 'venv-webrtcvad', 'bin', 'python'), '-c',
                       PEER, path, str(rate)], limit=limit)
    return {'seconds': result['seconds'], 'found': json.dumps(result['found'])}


def judge(found: list[tuple[int, int]], speech: Speech, pause: float, kept: float) -> Result:
    """Compare segments, which keep so much silence at their ends, with the truth."""
    rate = speech.rate
    ends = np.array([end for _, end in found]) - kept * rate
    followed = [b[0] - a[1] for a, b in zip(speech.parts, speech.parts[1:])] + [10 * rate]
    near = [abs(ends - part[1]).min() <= NEAR * rate
            for part, silence in zip(speech.parts, followed) if silence > (pause + 0.1) * rate]
    inside = INSIDE * rate
    cut = sum(a + inside < place < b - inside for segment in found for place in segment
              for a, b in speech.words)
    return {'ends': f'{np.mean(near):.1%} of {len(near)}', 'cut': f'{cut} of {2 * len(found)}'}


def table_of(name: str, speech: Speech, noises: list[str], levels: list[float], rounds: int,
             limit: float) -> None:
    """Print the figures of one recording."""
    table = Table(f'{name}: {len(speech.samples) / speech.rate / 60:.1f} minutes', 'noise',
                  'engine', f'ends within {NEAR} s', 'segments', 'cuts in words', 'seconds')
    engines: dict[str, tuple[Callable[[str, int, float | None], Result], float, float]] = {
        'ours': (ours, PAUSE, PADDING)}
    if os.path.isdir(os.path.join(PEERS, 'venv-webrtcvad')):
        engines['webrtcvad'] = (webrtcvad, VAD_PAUSE, VAD_PAUSE)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'samples')
        for kind in noises:
            for decibels in levels:
                noisy(speech.samples, speech.words, kind, decibels).tofile(path)
                jobs = {engine: lambda limit, run=run: run(path, speech.rate, limit)
                        for engine, (run, *_) in engines.items()}
                for engine, result in in_turn(jobs, rounds, limit).items():
                    found = json.loads(result['found'])
                    seen = judge(found, speech, *engines[engine][1:])
                    table.row(f'{kind}, {decibels:g} dB', engine, seen['ends'], len(found),
                              seen['cut'] if name == 'digits' else '',
                              f"{result['seconds']:.3f}")


def main() -> None:
    """Parse the command line and print the tables."""
    parser = parser_for(__doc__, PARTS)
    parser.add_argument('--noises', type=lambda text: text.split(','), default=['white', 'pink'])
    parser.add_argument('--decibels', default='40,20,10',
                        type=lambda text: [float(number) for number in text.split(',')])
    parser.add_argument('--clips', default='', metavar='CSV', help='of the part clips')
    options = parser.parse_args()
    made: dict[str, Callable[[], Speech]] = {
        'digits': digits, 'sentences': sentences, 'clips': lambda: clips(options.clips)}
    for part in chosen(parser, options, PARTS):
        if part == 'clips' and not options.clips:
            continue
        speech = made[part]()
        table_of(part, speech, options.noises, options.decibels, options.rounds, options.limit)


if __name__ == '__main__':
    subprocess.run(['taskset', '-p', '-c', one_core()[-1], str(os.getpid())], check=False,
                   stdout=subprocess.DEVNULL)
    main()
