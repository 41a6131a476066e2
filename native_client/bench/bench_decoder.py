#!/usr/bin/env python3
"""Measure the decoder, beside ds_ctcdecoder 0.9.3 in the same run: Markdown tables on stdout.

    python native_client/bench/bench_decoder.py [--shared ../shared/data] [--beam 500] [--rounds 3]
                                                [--seconds 5 10]
                                                [--skip peer|vocabulary|long|batch]

One thread each (but for the last table), CPU time, the best of the rounds; ours and theirs take
turns. Theirs runs in the Python 3.9 environment of ../shared/peers ($PEERS_DIR). The posteriors are
those of the small trained network in the shared data, computed once with TensorFlow and kept in
--cache. Needs the installed module (pip install .); the vocabulary part needs lmplz (see
bin/make_scorer.py).
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PEER_PYTHON = os.path.join(os.environ.get('PEERS_DIR', os.path.expanduser('~/.cache/ds-peers')),
                           'venv-decoder/bin/python')
ALPHA, BETA = 0.931289039105002, 1.1834137581510284
FRAMES_PER_SECOND = 50

Job = dict[str, Any]  # what `worker` is to do
Result = dict[str, Any]  # the numbers of a job, by their names
Say = Callable[[str], None]  # prints a line
Save = Callable[[np.ndarray], str]  # writes probabilities and returns their path


def peak_mb() -> float:
    """Return the peak resident memory of this process in MB (ru_maxrss counts the parent's too)."""
    with open('/proc/self/status') as f:
        return next(int(line.split()[1]) for line in f if line.startswith('VmHWM')) / 1024


def resident_mb() -> float:
    """Return the resident memory of this process in MB."""
    with open('/proc/self/statm') as f:
        return int(f.read().split()[1]) * resource.getpagesize() / 2**20


def worker(job: Job) -> Result:
    """Do one job in this interpreter, whichever module it has, and return numbers for JSON."""
    import ds_ctcdecoder as d

    alphabet = d.Alphabet(job['alphabet'])
    result: Result = {}
    if job['scorer']:
        before = resident_mb()
        start = time.perf_counter()
        scorer = d.Scorer(ALPHA, BETA, job['scorer'], alphabet)
        result['open_ms'] = 1e3 * (time.perf_counter() - start)
        result['open_mb'] = resident_mb() - before
    else:
        scorer = None
    if 'probs' not in job:
        return result
    # Three-dimensional arrays are batches; the peer takes float64 only.
    probs = np.load(job['probs'])
    probs = np.ascontiguousarray(probs, None if hasattr(d, 'Decoder') else np.float64)
    before, cpu, wall = peak_mb(), time.process_time(), time.perf_counter()
    if probs.ndim == 2:
        best = d.ctc_beam_search_decoder(probs, alphabet, job['beam'], scorer=scorer)[0]
    else:
        best = d.ctc_beam_search_decoder_batch(probs, [probs.shape[1]] * len(probs), alphabet,
                                               job['beam'], job['threads'], scorer=scorer)[0][0]
    result.update(cpu=time.process_time() - cpu, wall=time.perf_counter() - wall,
                  peak_mb=peak_mb() - before, confidence=best[0], text=best[1])
    return result


def run(job: Job, peer: bool = False) -> Result:
    """Run `worker` in a fresh process."""
    command = [PEER_PYTHON, '-I'] if peer else [sys.executable]
    done = subprocess.run([*command, os.path.abspath(__file__), '--job', json.dumps(job)],
                          stdout=subprocess.PIPE, text=True, check=True)
    result: Result = json.loads(done.stdout)
    return result


def best_of(jobs: Sequence[tuple[Job, bool]], rounds: int, key: str) -> list[Result]:
    """Return the best result by `key` of each (job, peer), the jobs taking turns."""
    best: list[Result] = [{} for _ in jobs]
    for _ in range(rounds):
        for i, (job, peer) in enumerate(jobs):
            result = run(job, peer)
            if not best[i] or result[key] < best[i][key]:
                best[i] = result
    return best


def posteriors_of_recordings(shared: str, cache: str) -> dict[str, np.ndarray]:
    """Return posteriors of the longest recording and of all synthetic sentences in a row."""
    path = os.path.join(cache, 'posteriors.npz')
    if not os.path.exists(path):
        sys.path.insert(0, ROOT)
        from tests.helpers import posteriors

        wanted = [p for p in posteriors.recordings(shared)
                  if os.path.basename(p).startswith(('espeak', 'librivox-joined'))]
        found: dict[str, Any] = posteriors.real(shared, wanted)
        np.savez(path, **found)
    loaded = np.load(path)
    synthetic = np.concatenate([loaded[k] for k in sorted(loaded.files) if k.startswith('espeak')])
    return {'trained on (espeak)': synthetic, 'not trained on (LibriVox)':
            loaded['librivox-joined.wav']}


def repeat(probs: np.ndarray, frames: int) -> np.ndarray:
    """Return `frames` frames of a reading, which starts over where it ends."""
    return np.resize(probs, (frames, probs.shape[1]))


def against_the_peer(say: Say, save: Save, speech: dict[str, np.ndarray], base: Job, rounds: int,
                     lengths: Sequence[int]) -> None:
    """Compare time per frame and memory of both, with and without scorer."""
    say('| speech | seconds | scorer | 0.9.3, us per frame | ours | times faster | 0.9.3, MB '
        '| ours | same text | difference of confidence |')
    say('|---|---|---|---|---|---|---|---|---|---|')
    for name, probs in speech.items():
        for seconds in lengths:
            piece = repeat(probs, seconds * FRAMES_PER_SECOND)
            for scorer in ('', base['scorer']):
                job = {**base, 'scorer': scorer, 'probs': save(piece)}
                theirs, ours = best_of([(job, True), (job, False)], rounds, 'cpu')
                us = [1e6 * r['cpu'] / len(piece) for r in (theirs, ours)]
                same = 'yes' if theirs['text'] == ours['text'] else 'no'
                say(f'| {name} | {seconds} | {"yes" if scorer else "no"} | {us[0]:.0f} '
                    f'| {us[1]:.1f} | {us[0] / us[1]:.1f} | {theirs["peak_mb"]:.1f} '
                    f'| {ours["peak_mb"]:.1f} | {same} '
                    f'| {abs(theirs["confidence"] - ours["confidence"]):.1e} |')


def opening(say: Say, save: Save, base: Job, rounds: int, peer: bool, vocabulary: str) -> None:
    """Measure time and memory of opening scorers, and the first decode afterwards."""
    frames = np.full((200, 29), 0.002, np.float32)
    rng = np.random.default_rng(0)
    frames[np.arange(200), rng.integers(0, 29, 200)] = 0.9
    frames /= frames.sum(axis=1, keepdims=True)
    say('| scorer | MB on disk | decoder | opens in ms | resident MB after opening '
        '| first 4 s decoded in ms |')
    say('|---|---|---|---|---|---|')
    for name, path in (('0.9.3 pruned_lm', base['scorer']), ('500,000 words', vocabulary)):
        if not path:
            continue
        jobs = [({**base, 'scorer': path, 'probs': save(frames)}, False)]
        if peer:
            jobs.append((jobs[0][0], True))
        for (_, theirs), result in zip(jobs, best_of(jobs, rounds, 'open_ms')):
            say(f'| {name} | {os.path.getsize(path) / 1e6:.1f} | {"0.9.3" if theirs else "ours"} '
                f'| {result["open_ms"]:.2f} | {result["open_mb"]:.1f} '
                f'| {1e3 * result["wall"]:.0f} |')


def long_streams(say: Say, save: Save, speech: dict[str, np.ndarray], base: Job,
                 rounds: int) -> None:
    """Measure the cost per frame of one stream from 10 s to 10 min."""
    say('| speech | scorer | ' + ' | '.join(f'{s} s' for s in (10, 60, 180, 600))
        + ' | peak MB at 600 s |')
    say('|---|---|---|---|---|---|---|')
    for name, probs in speech.items():
        for scorer in ('', base['scorer']):
            row = []
            for seconds in (10, 60, 180, 600):
                piece = repeat(probs, seconds * FRAMES_PER_SECOND)
                job = {**base, 'scorer': scorer, 'probs': save(piece)}
                row.append((best_of([(job, False)], rounds, 'cpu')[0], len(piece)))
            say(f'| {name} | {"yes" if scorer else "no"} | '
                + ' | '.join(f'{1e6 * r["cpu"] / n:.1f}' for r, n in row)
                + f' | {row[-1][0]["peak_mb"]:.1f} |')


def batches(say: Say, save: Save, speech: dict[str, np.ndarray], base: Job, rounds: int) -> None:
    """Time a batch on 1 thread and on all processors."""
    processors = len(os.sched_getaffinity(0))
    probs = next(iter(speech.values()))
    batch = np.stack([np.roll(repeat(probs, 1000), 37 * i, axis=0) for i in range(16)])
    say(f'| 16 utterances of 20 s | 1 thread, s | {processors} threads, s | speed-up |')
    say('|---|---|---|---|')
    for scorer in ('', base['scorer']):
        job = {**base, 'scorer': scorer, 'probs': save(batch)}
        jobs = [({**job, 'threads': n}, False) for n in (1, processors)]
        one, many = best_of(jobs, rounds, 'wall')
        say(f'| {"with" if scorer else "without"} scorer | {one["wall"]:.2f} | {many["wall"]:.2f} '
            f'| {one["wall"] / many["wall"]:.2f} |')


def vocabulary_scorer(cache: str, words: int = 500_000) -> str:
    """Return a scorer with a made-up vocabulary, made by bin/make_scorer.py and cached."""
    path = os.path.join(cache, f'made-up-{words}.scorer')
    if not os.path.exists(path):
        rng = np.random.default_rng(1)
        letters = np.array(list('etaoinshrdlucmfwypvbgkjqxz'))
        made: set[str] = set()
        while len(made) < words:
            sizes = rng.integers(4, 12, words)
            text = ''.join(rng.choice(letters, int(sizes.sum())))
            ends = np.cumsum(sizes)
            made.update(text[a:b] for a, b in zip(ends - sizes, ends))
        listed = np.array(sorted(made)[:words])
        rng.shuffle(listed)
        text = os.path.join(cache, 'made-up.txt')
        with open(text, 'w') as f:
            for i in range(0, words, 10):
                f.write(' '.join([*listed[i:i + 10], *rng.choice(listed[:5000], 5)]) + '\n')
        subprocess.run([sys.executable, os.path.join(ROOT, 'bin/make_scorer.py'), '--nonormalize',
                        '--order', '3', '--text', text, '--out', path], check=True,
                       stdout=sys.stderr)
    return path


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n')[0])
    parser.add_argument('--shared', default=os.path.join(ROOT, '../shared/data'))
    parser.add_argument('--cache', default=os.path.expanduser('~/.cache/deepspeech/bench'))
    parser.add_argument('--beam', type=int, default=500)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--seconds', type=int, nargs='+', default=[5, 10],
                        help='of speech beside the peer, whose cost grows with it (5 10)')
    parser.add_argument('--skip', action='append', default=[],
                        choices=('peer', 'vocabulary', 'long', 'batch'))
    parser.add_argument('--job', help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.job:
        print(json.dumps(worker(json.loads(args.job))))
        return 0
    shared = os.path.abspath(args.shared)
    os.makedirs(args.cache, exist_ok=True)
    speech = posteriors_of_recordings(shared, args.cache)
    base = {'alphabet': os.path.join(shared, 'deepspeech/alphabet.txt'), 'beam': args.beam,
            'scorer': os.path.join(shared, 'deepspeech/pruned_lm.scorer')}
    peer = 'peer' not in args.skip
    if peer and not os.path.exists(PEER_PYTHON):
        print(f'ds_ctcdecoder 0.9.3 is not in {PEER_PYTHON}: --skip peer', file=sys.stderr)
        return 1

    def say(line: str) -> None:
        print(line, flush=True)

    def save(probs: np.ndarray) -> str:
        path = os.path.join(args.cache, 'probs.npy')
        np.save(path, probs)
        return path

    if peer:
        say(f'Against ds_ctcdecoder 0.9.3, beam {args.beam}, one thread:\n')
        against_the_peer(say, save, speech, base, args.rounds, args.seconds)
    say('\nOpening a scorer:\n')
    vocabulary = '' if 'vocabulary' in args.skip else vocabulary_scorer(args.cache)
    opening(say, save, base, args.rounds, peer, vocabulary)
    if 'long' not in args.skip:
        say('\nOne stream, microseconds per frame:\n')
        long_streams(say, save, speech, base, args.rounds)
    if 'batch' not in args.skip:
        say('\nA batch, wall seconds:\n')
        batches(say, save, speech, base, args.rounds)
    return 0


if __name__ == '__main__':
    sys.exit(main())
