#!/usr/bin/env python3
"""Time our wheel beside those users have on every format of model: a Markdown table.

    python native_client/bench/bench_formats.py [--seconds 10 30] [--rounds 5] [--beam 500]
        [--only 2048] [--formats tflite] [--limit 600]

Parts: 256, the trained model of ../shared/data/compat; 2048, random weights of the official size,
with which nearly all time goes into the network. Both as .pb, .pbmm and .tflite, opened by
`Model(path)` and heard by `stt(samples)`: the same Python program for all, one core, engines in
turn, a fresh process each; medians. Ours is the package installed for the Python that runs this.
"""

import os
import sys

from side_by_side import (
    SHARED,
    WHEELS,
    Job,
    Table,
    bound,
    cell,
    chosen,
    in_turn,
    join_speech,
    make_models,
    parser_for,
    run_wheel,
)

PARTS = ('256', '2048')
FORMATS = ('pb', 'pbmm', 'tflite')


def models(part: str, form: str, cache: str) -> list[str]:
    """Return the paths of a network in a format: for the wheels, and for ours."""
    if part == '256':
        return [os.path.join(SHARED, 'data', 'compat', f'model256.{form}')] * 2
    if form == 'tflite':
        return [os.path.join(SHARED, 'peers', 'models', 'n2048.tflite')] * 2
    graph = make_models(cache, 2048)['forward']
    return [graph, graph + 'mm' if form == 'pbmm' else graph]  # our .pbmm is packed


def main() -> None:
    """Print the table."""
    parser = parser_for(__doc__, PARTS)
    parser.add_argument('--seconds', type=float, nargs='+', default=[10, 30])
    parser.add_argument('--formats', nargs='+', default=FORMATS, choices=FORMATS)
    parser.add_argument('--beam', type=int, default=500)
    parser.set_defaults(rounds=5)
    o = parser.parse_args()
    options = ('--beam', str(o.beam), '--runs', '1', '--warmup', '0')

    def job(env: str, engine: str, model: str, wav: str) -> Job:
        return lambda limit: run_wheel(env, engine, model, wav, limit, *options)

    table = Table(f'Beam {o.beam}, one core, medians of {o.rounds} rounds', 'n_hidden', 'format',
                  'audio s', 'engine', 'seconds', 'ours', 'ratio', 'open ms', 'ours',
                  'peak RSS MB', 'ours', 'others')
    for part in chosen(parser, o, PARTS):
        for form in o.formats:
            theirs, ours = models(part, form, o.cache)
            for seconds in o.seconds:
                wav = join_speech(o.cache, seconds)
                jobs = {'ours': job(sys.prefix, 'deepspeech', ours, wav)}
                jobs |= {name: job(env, engine, theirs, wav)
                         for name, env, engine, its in WHEELS.values()
                         if (form == 'tflite') == (its == 'tflite')}
                results = in_turn(jobs, o.rounds, o.limit)
                own = results.pop('ours')
                for name, r in results.items():
                    cut = bound(r)
                    table.row(part, form, f'{seconds:g}', name, f'{cut}{r["seconds"]:.3f}',
                              f'{own["seconds"]:.3f}', f'{cut}{r["seconds"] / own["seconds"]:.1f}',
                              cell(r, 'open_ms', 1), cell(own, 'open_ms', 1),
                              cell(r, 'peak_rss_mb', 0), cell(own, 'peak_rss_mb', 0),
                              cell(own, 'others', 2))


if __name__ == '__main__':
    main()
