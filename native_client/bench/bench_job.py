#!/usr/bin/env python3
"""Times whole jobs, speech in and text out, beside the wheels users have: Markdown tables.

    python native_client/bench/bench_job.py [--build build/native-tests/lib] [--seconds 60 600]
        [--rounds 3] [--beam 500] [--skip peers,sum,length]

1. The trained model of ../shared/data/compat (n_hidden 256) on that much speech, joined from the
   recordings in ../shared/data: network, features and decoder end to end, one thread, against the
   wheels of DeepSpeech 0.9.3 (TensorFlow and TFLite) and STT 1.4.0.
2. At n_hidden 2048 there is no trained model, so a sum for either side: network (the blank so
   likely that the decoder has no work), and decoder (what job 1 takes longer than with beam 1).
3. Ours alone from 10 seconds to an hour: the cost of a second of speech must not grow.

Engines take turns, a fresh process each; medians over the rounds.
"""

import argparse
import ctypes
import json
import os
import sys
import time
import wave
from functools import partial

import numpy as np
from bench_network import (
    RATE,
    ROOT,
    SHARED,
    ModelOptions,
    compare,
    library,
    make_models,
    median,
    peak_rss_mb,
    run_json,
    run_wheel,
    table,
)

WHEELS = (('deepspeech 0.9.3 (TensorFlow)', 'venv-ds', 'deepspeech', 'pbmm'),
          ('deepspeech-tflite 0.9.3', 'venv-ds-tflite', 'deepspeech', 'tflite'),
          ('stt 1.4.0', 'venv-stt', 'stt', 'tflite'))


def join_speech(folder, seconds):
    """Writes a WAV of real and synthetic speech with pauses of 0.4 s, again and again."""
    path = os.path.join(folder, f'speech-{seconds:g}s.wav')
    if os.path.exists(path):
        return path
    pieces = []
    for name in (('long', 'wav16k'), ('compat', 'audio')):
        source = os.path.join(SHARED, 'data', *name)
        for file in sorted(os.listdir(source)):
            if file.endswith('.wav') and 'joined' not in file:
                with wave.open(os.path.join(source, file)) as w:
                    pieces.append(np.frombuffer(w.readframes(w.getnframes()), np.int16))
                pieces.append(np.zeros(RATE * 2 // 5, np.int16))
    with wave.open(path, 'wb') as w:
        w.setparams((1, 2, RATE, 0, 'NONE', ''))
        w.writeframes(np.resize(np.concatenate(pieces), int(seconds * RATE)).tobytes())
    return path


def ours(job):
    """Transcribes job['wav'] in one call; returns numbers for JSON."""
    lib = library(job['build'])
    options = ModelOptions(ctypes.sizeof(ModelOptions), 0, 1)
    model = ctypes.c_void_p()
    start = time.perf_counter()
    code = lib.DS_CreateModelWithOptions(job['model'].encode(), ctypes.byref(options),
                                         ctypes.byref(model))
    open_s = time.perf_counter() - start
    assert code == 0, hex(code)
    assert lib.DS_SetModelBeamWidth(model, job['beam']) == 0
    with wave.open(job['wav']) as w:
        samples = np.frombuffer(w.readframes(w.getnframes()), np.int16)
    lib.DS_SpeechToText.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint]
    start, busy = time.perf_counter(), time.process_time()
    pointer = lib.DS_SpeechToText(model, samples.ctypes.data, len(samples))
    took, busy = time.perf_counter() - start, time.process_time() - busy
    text = ctypes.string_at(pointer).decode()
    return {'seconds': took, 'cpu': busy, 'open_ms': 1e3 * open_s, 'peak_rss_mb': peak_rss_mb(),
            'chars': len(text)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--build', default=os.path.join(ROOT, 'build', 'native-tests', 'lib'))
    parser.add_argument('--cache', default=os.path.expanduser('~/.cache/deepspeech/bench'))
    parser.add_argument('--seconds', type=float, nargs='+', default=[60, 600])
    parser.add_argument('--lengths', type=float, nargs='+', default=[10, 60, 600, 3600])
    parser.add_argument('--beam', type=int, default=500)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--skip', default='')
    parser.add_argument('--job', help=argparse.SUPPRESS)
    o = parser.parse_args()
    if o.job:
        print(json.dumps(ours(json.loads(o.job))))
        return
    skip = set(o.skip.split(','))
    os.makedirs(o.cache, exist_ok=True)
    compat = os.path.join(SHARED, 'data', 'compat')
    trained = os.path.join(compat, 'model256.')

    def own(model, wav, beam):
        return run_json([sys.executable, os.path.abspath(__file__), '--job',
                         json.dumps({'build': o.build, 'model': model, 'wav': wav, 'beam': beam})])

    def wheel(env, engine, model, wav, beam):
        return run_wheel(env, engine, model, wav, '--beam', str(beam), '--runs', '1',
                         '--warmup', '0')

    def measure(jobs):
        """name -> medians over the rounds."""
        return {name: {key: median(runs, key) for key in runs[0]}
                for name, runs in compare(jobs, o.rounds).items()}

    peers = [] if 'peers' in skip else WHEELS
    decoding = {}  # (name, seconds) -> what the decoder takes with trained posteriors
    for seconds in o.seconds:
        wav = join_speech(o.cache, seconds)
        jobs = []
        for beam in (o.beam, 1):
            jobs.append((('ours', beam), partial(own, trained + 'pbmm', wav, beam)))
            for name, env, engine, form in peers:
                jobs.append(((name, beam), partial(wheel, env, engine, trained + form, wav, beam)))
        results = measure(jobs)
        mine = results['ours', o.beam]['seconds']
        print(f'\nWhole job, n_hidden 256, {seconds:g} s of speech, beam {o.beam}')
        table(['engine', 'seconds', 'RTF', 'to ours', 'open ms', 'peak RSS MB', 'letters',
               'others'],
              [(name, f'{r["seconds"]:.3f}', f'{r["seconds"] / seconds:.5f}',
                f'{r["seconds"] / mine:.1f}', f'{r["open_ms"]:.1f}', f'{r["peak_rss_mb"]:.0f}',
                f'{r["chars"]:g}', f'{r["others"]:.2f}')
               for (name, beam), r in results.items() if beam == o.beam])
        for name in {name for name, _ in results}:
            both = [results.get((name, beam)) for beam in (o.beam, 1)]
            if all(both):
                decoding[name, seconds] = both[0]['seconds'] - both[1]['seconds']

    if 'sum' not in skip:
        seconds = o.seconds[0]
        wav = join_speech(o.cache, seconds)
        forward = make_models(o.cache, 2048)['forward']
        lite = os.path.join(SHARED, 'peers', 'models', 'n2048.tflite')
        jobs = [('ours', partial(own, forward + 'mm', wav, o.beam))]
        for name, env, engine, form in peers:
            model = lite if form == 'tflite' else forward
            jobs.append((name, partial(wheel, env, engine, model, wav, o.beam)))
        results = measure(jobs)
        sums = {name: r['seconds'] + decoding[name, seconds] for name, r in results.items()
                if (name, seconds) in decoding}
        print(f'\nSum of network (n_hidden 2048) and decoder (what beam {o.beam} takes longer than '
              f'beam 1 with the trained model), {seconds:g} s')
        table(['engine', 'network s', 'decoder s', 'sum s', 'to ours'],
              [(name, f'{results[name]["seconds"]:.2f}', f'{decoding[name, seconds]:.3f}',
                f'{total:.2f}', f'{total / sums["ours"]:.1f}') for name, total in sums.items()])

    if 'length' not in skip:
        rows = []
        for seconds in o.lengths:
            r = own(trained + 'pbmm', join_speech(o.cache, seconds), o.beam)
            rows.append((f'{seconds:g}', f'{r["seconds"]:.3f}', f'{r["seconds"] / seconds:.5f}',
                         f'{r["cpu"] / seconds:.5f}', f'{r["peak_rss_mb"]:.0f}'))
        print(f'\nOurs by length, n_hidden 256, beam {o.beam}')
        table(['audio s', 'seconds', 'RTF', 'RTF by processor time', 'peak RSS MB'], rows)


if __name__ == '__main__':
    main()
