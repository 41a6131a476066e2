#!/usr/bin/env python3
r"""Measure keywords: the cost of a frame; hits, false alarms and delay in a long stream.

    python native_client/bench/bench_keywords.py [--rounds 5]
    python native_client/bench/bench_keywords.py --model forward.pbmm --keywords words.txt \
        --test_files test.csv [--other_files speech.csv] [--noise noise.flac --snr 10]

The first prints what 1, 40 and 1000 phrases cost a frame, over random posteriors as peaked as a
network's. The second joins the recordings in a random order with pauses of 0.5 to 2 seconds, lays
the noise over them, so many decibels below the speech, and feeds the stream 20 ms at a time, as a
microphone does. A phrase is hit if it is heard where a recording has it; all else that is heard is
a false alarm. Delays are from the end of a recording's speech, as loud as 1/40 of its loudest, to
the sample with which the hit came. The table has the list's own thresholds (bin/tune_keywords.py
finds them), and then these times a factor that gives so many false alarms an hour. Needs the
installed module (pip install .).
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
import unicodedata
from typing import Any, NamedTuple

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, ROOT)
FRAMES = 2000
LEAST = 0.02          # of scores that are looked at
USUAL = 0.3           # threshold of phrases without
RATES = 0, 1, 5, 10   # false alarms an hour
NEAR = 0.5            # seconds by which a hit may lie beside its recording


class Clip(NamedTuple):
    """A recording in the stream: seconds of its speech, and what is said."""

    start: float
    end: float
    words: list[str]


class Hit(NamedTuple):
    """What was heard, and the second in which it was told."""

    phrase: str
    start: float
    end: float
    score: float
    told: float


def plain(text: str) -> list[str]:
    """Return the words of a text as they are compared."""
    return unicodedata.normalize('NFC', text).lower().split()


def cost(rounds: int) -> None:
    """Print the cost of a frame."""
    from ds_ctcdecoder import Alphabet, Spotter

    from tests.helpers import posteriors

    alphabet = Alphabet(os.path.join(ROOT, 'data/alphabet.txt'))
    probs = posteriors.random(FRAMES, len(alphabet) + 1, 6.0, 3.0, np.random.default_rng(1))
    probs = probs.astype(np.float32)
    rng = random.Random(1)
    words = [''.join(rng.choice('bdfgklmnprst') + rng.choice('aeiou')
                     for _ in range(rng.randint(2, 5))) for _ in range(3000)]
    print('| phrases | us a frame |\n|---|---|')
    for count in (1, 40, 1000):
        phrases = list(dict.fromkeys(words))[:count]
        spotter = Spotter('\n'.join(phrases) + '\n', alphabet)
        least = float('inf')
        for _ in range(rounds):
            start = time.process_time()
            spotter.step(probs)
            least = min(least, time.process_time() - start)
        print(f'| {count} | {1e6 * least / FRAMES:.1f} |', flush=True)


def speech_of(samples: np.ndarray, rate: int) -> tuple[float, float]:
    """Return the seconds in which a recording is as loud as speech."""
    step = rate // 100
    rows = samples[:len(samples) // step * step].reshape(-1, step).astype(float)
    level = np.sqrt((rows ** 2).mean(axis=1))
    loud = np.flatnonzero(level > level.max() / 40)
    return loud[0] / 100, (loud[-1] + 1) / 100


def join(options: argparse.Namespace, rate: int) -> tuple[np.ndarray, list[Clip]]:
    """Return the stream and where its recordings are."""
    from deepspeech import read_audio

    from util.data.read import read_utterances

    files = [path for path in f'{options.test_files},{options.other_files}'.split(',') if path]
    utterances = read_utterances(files)
    rng = random.Random(options.seed)
    rng.shuffle(utterances)
    utterances = utterances[:options.limit] if options.limit else utterances
    parts: list[np.ndarray] = []
    clips, at, power = [], 0, []
    for utterance in utterances:
        parts.append(np.zeros(int(rng.uniform(0.5, 2) * rate), np.int16))
        at += len(parts[-1])
        samples = np.array(read_audio(utterance.wav, rate))
        if not samples.any():
            continue
        start, end = speech_of(samples, rate)
        clips.append(Clip(at / rate + start, at / rate + end, plain(utterance.transcript)))
        power.append((samples[int(start * rate):int(end * rate)].astype(float) ** 2).mean())
        parts.append(samples)
        at += len(samples)
    parts.append(np.zeros(2 * rate, np.int16))
    stream = np.concatenate(parts)
    if options.noise:
        noise = np.resize(np.array(read_audio(options.noise, rate), dtype=float), len(stream))
        noise *= np.sqrt(np.mean(power) / 10 ** (options.snr / 10) / (noise ** 2).mean())
        stream = np.clip(np.rint(stream + noise), -32768, 32767).astype(np.int16)
    return stream, clips


def listen(model: Any, keywords: Any, stream: np.ndarray) -> list[Hit]:
    """Return the hits of a stream that comes from a microphone."""
    rate, piece = model.sampleRate(), model.sampleRate() // 50
    ear = model.createStream()
    ear.enableKeywords(keywords)
    hits = []
    for at in range(0, len(stream), piece):
        ear.feedAudioContent(stream[at:at + piece])
        hits += [Hit(h.phrase, h.start_time, h.end_time, h.score, (at + piece) / rate)
                 for h in ear.keywords()]
    return hits + [Hit(h.phrase, h.start_time, h.end_time, h.score, len(stream) / rate)
                   for h in ear.finishKeywords()]


def judge(hits: list[Hit], clips: list[Clip], names: dict[str, list[list[str]]]
          ) -> tuple[int, list[Hit], list[float], list[Hit]]:
    """Return how much was said, the right hits and their delays, and the others.

    `names` are the phrases, in words, that each reported name stands for.
    """
    wanted = []
    for clip in clips:
        for name, texts in names.items():
            for words in texts:
                count = sum(clip.words[i:i + len(words)] == words
                            for i in range(len(clip.words)))
                wanted += [(clip, name, len(clip.words) == len(words))] * count
    right: list[Hit] = []
    wrong: list[Hit] = []
    delays: list[float] = []
    left = list(wanted)
    for hit in sorted(hits, key=lambda h: -h.score):
        place = next((w for w in left if w[1] == hit.phrase
                      and w[0].start - NEAR <= hit.start and hit.end <= w[0].end + NEAR), None)
        if place is None:
            wrong.append(hit)
            continue
        left.remove(place)
        right.append(hit)
        if place[2]:  # the recording's end is the phrase's
            delays.append(hit.told - place[0].end)
    return len(wanted), right, delays, wrong


def names_of(path: str) -> dict[str, list[list[str]]]:
    """Return the phrases of a list by the names that are reported."""
    names: dict[str, list[list[str]]] = {}
    with open(path, encoding='utf-8-sig') as file:
        for line in file:
            tokens = line.split()
            if not tokens or tokens[0][0] == '#':
                continue
            words = [token for token in tokens if token[0] not in '#@']
            name = next((token[1:] for token in tokens if token[0] == '@'), ' '.join(words))
            names.setdefault(name, []).append(plain(' '.join(words)))
    return names


def lowest(path: str) -> tuple[list[str], dict[str, float]]:
    """Return the lines of a list with the lowest threshold, and its own ones by name."""
    lines, thresholds = [], {}
    with open(path, encoding='utf-8-sig') as file:
        for tokens in map(str.split, file):
            if not tokens or tokens[0][0] == '#':
                continue
            rest = [token for token in tokens if token[0] != '#']
            lines.append(' '.join([*rest, f'#{LEAST}']))
            name = next((token[1:] for token in tokens if token[0] == '@'),
                        ' '.join(token for token in rest if token[0] != '@'))
            given = next((token[1:] for token in tokens if token[0] == '#'), USUAL)
            thresholds[name] = float(given)
    return lines, thresholds


def row(what: str, said: int, right: int, wrong: int, hours: float) -> None:
    """Print a line of the table."""
    print(f'| {what} | {said} | {right} | {right / max(1, said):.1%} | {wrong} '
          f'| {wrong / hours:.2f} |')


def accuracy(options: argparse.Namespace) -> None:
    """Print hits, false alarms and delays."""
    import deepspeech

    model = deepspeech.Model(options.model)
    stream, clips = join(options, model.sampleRate())
    names = names_of(options.keywords)
    hours = len(stream) / model.sampleRate() / 3600
    start = time.process_time()
    hits = listen(model, options.keywords, stream)
    took = time.process_time() - start
    said, right, delays, wrong = judge(hits, clips, names)
    print(f'\n{len(clips)} recordings, {hours:.2f} hours with pauses; '
          f'{took / (3600 * hours):.4f} CPU seconds for a second\n')
    print('| thresholds | said | hit | share | false alarms | an hour |\n|---|---|---|---|---|---|')
    row("the list's own", said, len(right), len(wrong), hours)
    if delays:
        spread = [statistics.median(delays), float(np.quantile(delays, 0.9))]
    lines, thresholds = lowest(options.keywords)
    said, right, _, wrong = judge(listen(model, lines, stream), clips, names)
    good, bad = ([hit.score / thresholds[hit.phrase] for hit in hits] for hits in (right, wrong))
    for rate in RATES:
        allowed, ranked = int(rate * hours), sorted(bad, reverse=True)
        bar = ranked[allowed] if allowed < len(ranked) else 0.0
        row(f'above {bar:.3f} of these, for {rate} an hour', said, sum(x > bar for x in good),
            sum(x > bar for x in bad), hours)
    if delays:
        print(f'\nDelay after the end of the speech: median {spread[0]:.2f} s, nine of ten below '
              f'{spread[1]:.2f} s')


def main() -> None:
    """Print the tables that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--model')
    parser.add_argument('--keywords')
    parser.add_argument('--test_files', help='CSVs, separated by commas')
    parser.add_argument('--other_files', default='', help='CSVs of other speech')
    parser.add_argument('--noise', help='a recording, repeated')
    parser.add_argument('--snr', type=float, default=10.0, help='decibels (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--limit', type=int, default=0, help='recordings; 0: all')
    options = parser.parse_args()
    if options.model is None:
        cost(options.rounds)
    elif options.keywords is None or options.test_files is None:
        parser.error('--model needs --keywords and --test_files')
    else:
        accuracy(options)


if __name__ == '__main__':
    main()
