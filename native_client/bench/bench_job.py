#!/usr/bin/env python3
"""Time whole jobs, speech in and text out, beside the wheels users have: Markdown tables.

    python native_client/bench/bench_job.py [--build build/native-tests/lib] [--seconds 60 600]
        [--rounds 3] [--beam 500] [--limit 600] [--only job,stt] [--skip length]

Parts: job, sum, length, intermediate, and which wheels to run beside them: stt, tflite, tensorflow.

job: the trained model of ../shared/data/compat (n_hidden 256) on that much speech, joined from the
recordings in ../shared/data: network, features and decoder end to end, one core, against the wheels
of DeepSpeech 0.9.3 (TensorFlow and TFLite) and STT 1.4.0.
sum: at n_hidden 2048 there is no trained model, so a sum for either side, of the first length:
network (the blank so likely that the decoder has no work) and decoder (what the trained model takes
longer with the beam than with beam 1). int4: ours with recurrent weights of 4 bits.
length: ours alone from 10 seconds to an hour: the cost of a second of speech must not grow.
intermediate: ours alone, likewise: what one DS_IntermediateDecode takes at the end of a stream of
that length, beside the feeding of its last second.

In each row the engines take turns, a fresh process each, and the row is printed when its rounds
are done: medians, and the ratio of this row's own runs. A run that takes longer than --limit
seconds, its start included, is ended and its row gives that as a lower bound; one that takes more
than a tenth of it runs once.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence

from side_by_side import (
    HERE,
    SHARED,
    WHEELS,
    Job,
    Result,
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

PARTS = ('job', 'sum', 'length', 'intermediate', *WHEELS)
TRAINED = os.path.join(SHARED, 'data', 'compat', 'model256.')

Both = tuple[Result, Result]  # ours and theirs


def ours(build: str, model: str, wav: str, beam: int, kind: str = 'whole') -> Job:
    """Return a job of ours: `kind` is a function of library.py."""
    job = {'kind': kind, 'build': build, 'model': model, 'wav': wav, 'beam': beam}
    command = [*one_core(), sys.executable, os.path.join(HERE, 'library.py'), json.dumps(job)]
    return lambda limit: run_json(command)  # no limit: nothing can be said of a ratio to a bound


def theirs(wheel: str, model: str, wav: str, beam: int) -> Job:
    """Return the same job of a wheel."""
    _, env, engine, _ = WHEELS[wheel]

    def run(limit: float | None) -> Result:
        return run_wheel(env, engine, model, wav, limit, '--beam', str(beam), '--runs', '1',
                         '--warmup', '0')
    return run


def jobs(o: argparse.Namespace, wheels: Sequence[str], seconds: float) -> dict[str, Both]:
    """Print the table of whole jobs; return wheel -> (our medians, the wheel's)."""
    wav = join_speech(o.cache, seconds)
    done: dict[str, Both] = {}
    mine = ours(o.build, TRAINED + 'pbmm', wav, o.beam)
    table = Table(f'Whole job, n_hidden 256, {seconds:g} s of speech, beam {o.beam}, one core, '
                  f'{o.rounds} rounds', 'engine', 'seconds', 'RTF', 'ours', 'RTF', 'ratio',
                  'open ms', 'ours', 'peak RSS MB', 'ours', 'letters', 'ours', 'others')
    for wheel in wheels or ['']:
        name, *_, form = WHEELS.get(wheel, ('', ''))
        both = {'ours': mine}
        if wheel:
            both[name] = theirs(wheel, TRAINED + form, wav, o.beam)
        r = in_turn(both, o.rounds, o.limit)
        own, peer = r['ours'], r.get(name, {})
        cut, took = bound(peer), peer.get('seconds', 0.0)
        table.row(name, f'{cut}{took:.3f}' if peer else '',
                  f'{cut}{took / seconds:.5f}' if peer else '', f'{own["seconds"]:.3f}',
                  f'{own["seconds"] / seconds:.5f}',
                  f'{cut}{took / own["seconds"]:.1f}' if peer else '', cell(peer, 'open_ms', 1),
                  cell(own, 'open_ms', 1), cell(peer, 'peak_rss_mb', 0),
                  cell(own, 'peak_rss_mb', 0), cell(peer, 'chars', 0), cell(own, 'chars', 0),
                  cell(own, 'others', 2))
        if peer:
            done[wheel] = (own, peer)
    return done


def sums(o: argparse.Namespace, wheels: Sequence[str], seconds: float,
         done: dict[str, Both]) -> None:
    """Print the table of sums; `done` is what `jobs` found for this length."""
    wav = join_speech(o.cache, seconds)
    forward = make_models(o.cache, 2048)['forward']
    lite = os.path.join(SHARED, 'peers', 'models', 'n2048.tflite')
    table = Table(f'Sum of network (n_hidden 2048) and decoder (what beam {o.beam} takes longer '
                  f'than beam 1 with the trained model), {seconds:g} s, one core, '
                  f'{o.rounds} rounds',
                  'engine', 'network s', 'decoder s', 'sum s', 'ours: network s', 'decoder s',
                  'sum s', 'ratio', 'int4: network s', 'sum s', 'ratio')
    for wheel in wheels:
        name, *_, form = WHEELS[wheel]
        runs = {('ours', 'network'): ours(o.build, forward + 'mm', wav, o.beam),
                ('int4', 'network'): ours(o.build, make_int4(o.build, forward + 'mm'), wav, o.beam),
                ('theirs', 'network'): theirs(wheel, lite if form == 'tflite' else forward, wav,
                                              o.beam)}
        beams = {'decoder': o.beam, 'beam 1': 1}
        if wheel in done:
            del beams['decoder']
        for key, beam in beams.items():
            runs['ours', key] = ours(o.build, TRAINED + 'pbmm', wav, beam)
            runs['theirs', key] = theirs(wheel, TRAINED + form, wav, beam)
        r = in_turn(runs, o.rounds, o.limit)
        if wheel in done:
            r['ours', 'decoder'], r['theirs', 'decoder'] = done[wheel]
        if len(r) < 7:
            continue
        cut = bound(r['theirs', 'decoder']) or bound(r['theirs', 'network'])
        cells, totals = [], []
        for side, mark in (('theirs', cut), ('ours', '')):
            network = r[side, 'network']['seconds']
            decoder = r[side, 'decoder']['seconds'] - r[side, 'beam 1']['seconds']
            totals.append(network + decoder)
            cells += [f'{mark}{network:.2f}', f'{mark}{decoder:.3f}', f'{mark}{totals[-1]:.2f}']
        int4 = r['int4', 'network']['seconds']
        total4 = int4 + totals[1] - r['ours', 'network']['seconds']
        table.row(name, *cells, f'{cut}{totals[0] / totals[1]:.1f}', f'{int4:.2f}',
                  f'{total4:.2f}', f'{cut}{totals[0] / total4:.1f}')


def alone(o: argparse.Namespace, seconds: float, kind: str = 'whole') -> Result:
    """Return the medians of one of our jobs with nothing beside it."""
    run = ours(o.build, TRAINED + 'pbmm', join_speech(o.cache, seconds), o.beam, kind)
    return in_turn({f'{seconds:g} s': run}, o.rounds, o.limit)[f'{seconds:g} s']


def lengths(o: argparse.Namespace) -> None:
    """Print the table of our cost by length of audio."""
    table = Table(f'Ours by length, n_hidden 256, beam {o.beam}, one core, {o.rounds} rounds',
                  'audio s', 'seconds', 'RTF', 'RTF by processor time', 'peak RSS MB')
    for seconds in o.lengths:
        r = alone(o, seconds)
        table.row(f'{seconds:g}', f'{r["seconds"]:.3f}', f'{r["seconds"] / seconds:.5f}',
                  f'{r["cpu"] / seconds:.5f}', f'{r["peak_rss_mb"]:.0f}')


def intermediates(o: argparse.Namespace) -> None:
    """Print the table of our intermediate texts by length of audio."""
    table = Table(f'Text of a stream so far, n_hidden 256, beam {o.beam}, one core, '
                  f'{o.rounds} rounds', 'audio s', 'letters', 'one text ms',
                  'feeding a second ms', 'share of 3 texts a second')
    for seconds in o.lengths:
        r = alone(o, seconds, 'intermediate')
        table.row(f'{seconds:g}', f'{r["chars"]:.0f}', f'{r["text_ms"]:.3f}',
                  f'{r["feed_ms"]:.2f}', f'{3 * r["text_ms"] / r["feed_ms"]:.3f}')


def main() -> None:
    """Print the tables."""
    parser = parser_for(__doc__, PARTS)
    parser.add_argument('--seconds', type=float, nargs='+', default=[60, 600])
    parser.add_argument('--lengths', type=float, nargs='+', default=[10, 60, 600, 3600])
    parser.add_argument('--beam', type=int, default=500)
    o = parser.parse_args()
    parts = chosen(parser, o, PARTS)
    wheels = [part for part in parts if part in WHEELS]
    if not set(parts) - set(WHEELS):
        parts += ['job', 'sum']  # --only stt
    done = {}
    if 'job' in parts:
        done = {seconds: jobs(o, wheels, seconds) for seconds in o.seconds}
    if 'sum' in parts:
        sums(o, wheels, o.seconds[0], done.get(o.seconds[0], {}))
    if 'length' in parts:
        lengths(o)
    if 'intermediate' in parts:
        intermediates(o)


if __name__ == '__main__':
    main()
