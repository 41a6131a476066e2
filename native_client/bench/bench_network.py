#!/usr/bin/env python3
"""Measure the network beside every engine users have, in the same run: Markdown tables on stdout.

    python native_client/bench/bench_network.py [--build build/native-tests/lib] [--rounds 3]
        [--seconds 10] [--n_hidden 2048] [--limit 600] [--only onnx,tflite] [--skip tensorflow]

Parts: onnx, bidirectional, tflite, stt, tensorflow, threads, isa, stream, latency.

One network for all: official geometry, random weights, the blank so likely that no decoder has
work to do (a wheel's time is that of its network and its features). In each row the engines take
turns, a fresh process each, and the row is printed when its rounds are done: medians, and the ratio
of this row's own runs. A run that takes longer than --limit seconds is ended and its row gives that
as a lower bound; one that takes more than a tenth of it runs once. One thread is one core, the
first of those this program may use. `others` is the number of cores that other programs kept busy
meanwhile. Peers: ../shared/peers (environments in $PEERS_DIR), ONNX Runtime (packages onnx and
onnxruntime).
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from side_by_side import (
    HERE,
    SHARED,
    WHEELS,
    Job,
    Table,
    bound,
    cell,
    chosen,
    in_turn,
    join_speech,
    make_int4,
    make_models,
    one_core,
    parser_for,
    run_json,
    run_wheel,
)

PARTS = ('onnx', 'bidirectional', 'tflite', 'stt', 'tensorflow', 'threads', 'isa', 'stream',
         'latency')


class Network:
    """The jobs that can be measured, each a function of the time limit."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.o = options
        self.models = make_models(options.cache, options.n_hidden)
        self.packed = {kind: path + 'mm' for kind, path in self.models.items()}
        self.packed |= {kind + ' int4': make_int4(options.build, path)
                        for kind, path in self.packed.items()}
        self.wav = join_speech(options.cache, options.seconds)

    def ours(self, kind: str = 'forward', batch: int = 16, threads: int = 1, isa: str = '') -> Job:
        """Return a job of our network: `kind` of model, frames per `batch`, `isa` of kernels."""
        command = [os.path.join(self.o.build, 'engine_bench'), self.packed[kind],
                   f'seconds={self.o.seconds}', f'runs={self.o.runs}', f'batch={batch}',
                   f'threads={threads}']
        command = (one_core() if threads == 1 else []) + command
        return lambda limit: run_json(command, {'DEEPSPEECH_ISA': isa})

    def program(self, name: str, threads: int = 1, **job: Any) -> Job:
        """Return a job of a program in this folder; `job` is its argument."""
        command = [sys.executable, os.path.join(HERE, name),
                   json.dumps({**job, 'threads': threads})]
        return partial(run_json, (one_core() if threads == 1 else []) + command, None)

    def onnx(self, bidirectional: bool, batch: int = 0) -> Job:
        """Return a job of ONNX Runtime; `batch` counts frames, of the forward model only."""
        return self.program('onnx_network.py', n_hidden=self.o.n_hidden, batch=batch,
                            bidirectional=bidirectional, seconds=self.o.seconds, runs=self.o.runs,
                            folder=self.o.cache)

    def wheel(self, part: str) -> Job:
        """Return a job of a wheel, a key of `WHEELS`."""
        _, env, engine, _ = WHEELS[part]
        model = (self.models['forward'] if part == 'tensorflow'
                 else os.path.join(SHARED, 'peers', 'models', 'n2048.tflite'))
        return lambda limit: run_wheel(env, engine, model, self.wav, limit, '--runs',
                                       str(self.o.runs))


def compare(network: Network, parts: Sequence[str]) -> None:
    """Print a row per peer, beside ours `streamed` (16 frames at a time) and `whole` (a file)."""
    def ours(name: str, batch: int, kind: str = 'forward') -> dict[str, Job]:
        return {name: network.ours(kind, batch),
                name + ' int4': network.ours(kind + ' int4', batch)}

    streamed, whole = ours('streamed', 16), ours('whole', 64)
    frames = int(network.o.seconds * 50)
    rows = {'onnx': [('ONNX Runtime int8, 16 frames', network.onnx(False, 16),
                      streamed),
                     ('ONNX Runtime int8, whole file', network.onnx(False, frames),
                      whole)],
            'bidirectional': [('ONNX Runtime int8, bidirectional', network.onnx(True),
                               ours('whole', 64, 'bidirectional'))],
            **{part: [(name, network.wheel(part), {**streamed, **whole})]
               for part, (name, *_) in WHEELS.items()}}
    if not set(rows) & set(parts):
        return
    o = network.o
    table = Table(f'Network only, n_hidden {o.n_hidden}, {o.seconds:g} s, one thread, '
                  f'{o.rounds} rounds', 'engine', 'RTF', 'ours, 16 frames', 'ratio', 'int4',
                  'ratio', 'ours, whole file', 'ratio', 'int4', 'ratio', 'open ms', 'ours',
                  'peak RSS MB', 'ours', 'others')
    for part in parts:
        for name, peer, own in rows.get(part, []):
            results = in_turn({**own, name: peer}, o.rounds, o.limit)
            if name not in results:
                continue
            theirs = results.pop(name)
            cut = bound(theirs)
            rtf = theirs['seconds'] / o.seconds
            ratios = []
            for key in ('streamed', 'streamed int4', 'whole', 'whole int4'):
                r = results.get(key)
                ratios += [f'{r["rtf"]:.4f}', f'{cut}{rtf / r["rtf"]:.2f}'] if r else ['', '']
            mine = next(iter(results.values()))
            table.row(name, f'{cut}{rtf:.4f}', *ratios, cell(theirs, 'open_ms', 1),
                      cell(mine, 'open_ms', 1), cell(theirs, 'peak_rss_mb', 0),
                      cell(mine, 'peak_rss_mb', 0), cell(theirs, 'others', 2))


def scale(network: Network) -> None:
    """Compare ours on two threads with one."""
    if len(os.sched_getaffinity(0)) < 2:
        print('threads: needs two cores', file=sys.stderr)
        return
    table = Table('Two threads', 'ours', 'RTF, one thread', 'RTF, two', 'ratio')
    for name, options in (('16 frames', {}), ('whole file', {'batch': 64}),
                          ('bidirectional', {'kind': 'bidirectional'})):
        r = in_turn({n: network.ours(**options, threads=n) for n in (1, 2)}, network.o.rounds,
                    network.o.limit)
        table.row(name, f'{r[1]["rtf"]:.4f}', f'{r[2]["rtf"]:.4f}',
                  f'{r[1]["rtf"] / r[2]["rtf"]:.2f}')


def kernels(network: Network) -> None:
    """Measure ours on every instruction set of this processor."""
    table = Table('Kernels, one thread', 'kernels', 'RTF, 16 frames', 'int4', 'RTF, whole file',
                  'int4')
    jobs = [(kind, batch) for batch in (16, 64) for kind in ('forward', 'forward int4')]
    for isa in ('sse', 'avx2', 'avxvnni', 'avx512vnni', 'amx', 'neon', 'neon_dot'):
        try:
            network.ours(isa=isa)(network.o.limit)
        except RuntimeError:
            continue  # not on this processor
        r = in_turn({job: network.ours(*job, isa=isa) for job in jobs}, network.o.rounds,
                    network.o.limit)
        table.row(isa, *(f'{r[job]["rtf"]:.4f}' for job in jobs))


def streams(network: Network) -> None:
    """Time short feeds, and several streams at once, for models of one thread and of a team."""
    o = network.o
    cores = len(os.sched_getaffinity(0))
    table = Table(f'20 ms feeds of one stream, and seconds of audio a second that 1, 2, 4, 8 '
                  f'streams get through together on {cores} cores (memory with Python and NumPy)',
                  'threads', 'median ms', '99 % ms', 'open ms', 'peak RSS MB', '1', '2', '4', '8')
    for threads in range(1, min(cores, 2) + 1):
        job = partial(run_json, [sys.executable, os.path.join(HERE, 'library.py'), json.dumps(
            {'kind': 'stream', 'build': o.build, 'model': network.packed['forward'],
             'wav': network.wav, 'threads': threads, 'runs': o.runs,
             'streams': [1, 2, 4, 8]})], None)
        r = in_turn({'streams': job}, o.rounds, o.limit)['streams']
        table.row(threads, f'{r["p50_ms"]:.3f}', f'{r["p99_ms"]:.2f}', f'{r["open_ms"]:.1f}',
                  f'{r["peak_rss_mb"]:.0f}', *(f'{r[f"streams_{n}"]:.1f}' for n in (1, 2, 4, 8)))


def latency(network: Network) -> None:
    """Measure how long after the last word was spoken its text is there."""
    trained = os.path.join(SHARED, 'data', 'compat')
    wavs = [os.path.join(trained, 'audio', f'espeak_0{n}0.wav') for n in (0, 1, 2, 3, 4, 5)]
    job = network.program('library.py', kind='latency', build=network.o.build, wavs=wavs,
                          model=os.path.join(trained, 'model256.pb'))
    r = in_turn({'latency': job}, network.o.rounds, network.o.limit)['latency']
    table = Table('From the last sample of the last word to its text, seconds, n_hidden 256',
                  'median', 'worst')
    table.row(f'{r["median_s"]:.3f}', f'{r["worst_s"]:.3f}')


def main() -> None:
    """Print the tables."""
    parser = parser_for(__doc__, PARTS)
    parser.add_argument('--n_hidden', type=int, default=2048)
    parser.add_argument('--seconds', type=float, default=10)
    parser.add_argument('--runs', type=int, default=2, help='measured runs of a process')
    options = parser.parse_args()
    parts = chosen(parser, options, PARTS)
    network = Network(options)
    compare(network, parts)
    for part, measure in (('threads', scale), ('isa', kernels), ('stream', streams),
                          ('latency', latency)):
        if part in parts:
            measure(network)


if __name__ == '__main__':
    main()
