"""What the benchmarks share: programs in turn, under a time limit; rows printed as they come."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SHARED = os.path.join(os.path.dirname(ROOT), 'shared')
PEERS = os.environ.get('PEERS_DIR', os.path.expanduser('~/.cache/ds-peers'))
BUILD = os.path.join(ROOT, 'build', 'native-tests', 'lib')
CACHE = os.path.expanduser('~/.cache/deepspeech/bench')
RATE = 16000
# The wheels that users have: name, environment in PEERS, module, format of model.
WHEELS = {'tflite': ('deepspeech-tflite 0.9.3', 'venv-ds-tflite', 'deepspeech', 'tflite'),
          'stt': ('stt 1.4.0', 'venv-stt', 'stt', 'tflite'),
          'tensorflow': ('deepspeech 0.9.3 (TensorFlow)', 'venv-ds', 'deepspeech', 'pbmm')}

Result = dict[str, Any]  # the numbers of a run, by their names
Job = Callable[[float | None], Result]  # of the time limit in seconds
Name = TypeVar('Name', bound=Hashable)


class TooLongError(Exception):
    """A run was ended at its time limit."""


def parser_for(doc: str | None, parts: Sequence[str]) -> argparse.ArgumentParser:
    """Make a parser with the shared options; --only and --skip may name any of `parts`."""
    parser = argparse.ArgumentParser(description=(doc or '').splitlines()[0])
    parser.add_argument('--build', default=BUILD)
    parser.add_argument('--cache', default=CACHE)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--limit', type=float, default=600)
    for option in ('--only', '--skip'):
        parser.add_argument(option, type=lambda names: names.split(','), default=[],
                            help=f'comma list of {", ".join(parts)}')
    return parser


def chosen(parser: argparse.ArgumentParser, options: argparse.Namespace,
           parts: Sequence[str]) -> list[str]:
    """Return the parts to run, in their order; exit if a name is none of them."""
    unknown = set(options.only + options.skip) - set(parts)
    if unknown:
        parser.error(f'no part is called {", ".join(sorted(unknown))}: use {", ".join(parts)}')
    return [p for p in parts if p in (options.only or parts) and p not in options.skip]


def one_core() -> list[str]:
    """Return the prefix that pins a command to one core, the first this program may use."""
    return ['taskset', '-c', str(min(os.sched_getaffinity(0)))]


def run_json(command: Sequence[str], env: Mapping[str, str] | None = None,
             limit: float | None = None) -> Result:
    """Return a command's last line, parsed as JSON, and `others`: cores kept busy by others."""
    busy, own, wall = busy_time(), sum(os.times()[:4]), time.perf_counter()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit,
                              env={**os.environ, **(env or {})})
    except subprocess.TimeoutExpired:
        raise TooLongError from None
    if done.returncode:
        raise RuntimeError(f'{" ".join(command[:5])}: {done.stderr[-500:]}')
    others = busy_time() - busy - (sum(os.times()[:4]) - own)
    return {**json.loads(done.stdout.strip().splitlines()[-1]),
            'others': max(0.0, others / (time.perf_counter() - wall))}


def busy_time() -> float:
    """Return the seconds all cores together have been busy so far."""
    with open('/proc/stat') as f:
        v = [int(x) for x in f.readline().split()[1:9]]
    return (sum(v) - v[3] - v[4]) / os.sysconf('SC_CLK_TCK')


def run_wheel(env: str, engine: str, model: str, wav: str, limit: float | None,
              *options: str) -> Result:
    """Run ../shared/peers/bench_infer.py in a peer's environment; return its numbers."""
    r = run_json([*one_core(), os.path.join(PEERS, env, 'bin', 'python'),
                  os.path.join(SHARED, 'peers', 'bench_infer.py'), engine, model, wav,
                  '--loads', '1', *options], limit=limit)
    return {'seconds': r['rtf']['median'] * r['audio_s'],
            'open_ms': 1e3 * r['first_load_s'], 'peak_rss_mb': r['peak_rss_mb'],
            'chars': r['chars'], 'others': r['others']}


def in_turn(jobs: Mapping[Name, Job], rounds: int, limit: float) -> dict[Name, Result]:
    """Run the jobs, name -> function of the limit, in turn; return name -> medians of its results.

    A job that took more than a tenth of the limit is not repeated; one that was cut there has
    `seconds` alone, the limit. A job that fails is said on stderr and left out.
    """
    results: dict[Name, list[Result]] = {}
    over = set()
    for turn in range(rounds):
        for name, job in jobs.items():
            if name in over:
                continue
            start = time.perf_counter()
            try:
                results.setdefault(name, []).append(job(limit))
            except TooLongError:
                results[name] = [{'seconds': limit, 'cut': True}]
                over.add(name)
            except (RuntimeError, OSError) as e:
                print(f'{name}: {e}', file=sys.stderr)
                over.add(name)
            took = time.perf_counter() - start
            if took > limit / 10:
                over.add(name)
            print(f'round {turn + 1}: {name}: {took:.1f} s', file=sys.stderr)
    return {name: {key: statistics.median(r[key] for r in runs) if not isinstance(value, str)
                   else value for key, value in runs[0].items()}
            for name, runs in results.items() if runs}


class Table:
    """A Markdown table whose rows appear one by one."""

    def __init__(self, title: str, *heading: str) -> None:
        print(f'\n{title}\n\n| {" | ".join(heading)} |\n|{"---|" * len(heading)}', flush=True)

    def row(self, *cells: object) -> None:
        """Print a row."""
        print(f'| {" | ".join(str(cell) for cell in cells)} |', flush=True)


def bound(result: Result) -> str:
    """Return the mark of a lower bound for a run that was cut, else ''."""
    return '> ' if 'cut' in result else ''


def cell(result: Result, key: str, digits: int) -> str:
    """Format a number of a result for a table; '' if the result lacks it."""
    return f'{result[key]:.{digits}f}' if key in result else ''


def make_models(folder: str, n_hidden: int) -> dict[str, str]:
    """Write missing random models, forward and bidirectional, and return the paths by kind.

    Another process does it: TensorFlow in this one would count as memory of all that it starts.
    """
    paths = {kind: os.path.join(folder, f'{kind}-{n_hidden}.pb')
             for kind in ('forward', 'bidirectional')}
    for kind, path in paths.items():
        if not os.path.exists(path + 'mm'):
            subprocess.run([sys.executable, os.path.join(HERE, 'random_model.py'), path, kind,
                            str(n_hidden)], check=True, capture_output=True)
    return paths


def make_int4(build: str, packed: str) -> str:
    """Write, if missing, a packed model's copy with 4-bit recurrent weights; return its path."""
    path = packed.removesuffix('.pbmm') + '.int4.pbmm'
    if not os.path.exists(path):
        program = os.path.join(os.path.dirname(build), 'bin', 'deepspeech-convert')
        subprocess.run([program, '--recurrent_bits', '4', packed, path], check=True,
                       capture_output=True)
    return path


def join_speech(folder: str, seconds: float) -> str:
    """Write a WAV of repeated real and synthetic speech, with pauses of 0.4 s."""
    path = os.path.join(folder, f'speech-{seconds:g}s.wav')
    if os.path.exists(path):
        return path
    os.makedirs(folder, exist_ok=True)
    pieces = []
    for name in (('long', 'wav16k'), ('compat', 'audio')):
        source = os.path.join(SHARED, 'data', *name)
        for file in sorted(os.listdir(source)):
            if file.endswith('.wav') and 'joined' not in file:
                pieces += [read_wav(os.path.join(source, file)), np.zeros(RATE * 2 // 5, np.int16)]
    with wave.open(path, 'wb') as w:
        w.setparams((1, 2, RATE, 0, 'NONE', ''))
        w.writeframes(np.resize(np.concatenate(pieces), int(seconds * RATE)).tobytes())
    return path


def read_wav(path: str) -> np.ndarray:
    """Return the samples of a 16-bit mono WAV file, int16 [n]."""
    with wave.open(path) as w:
        return np.frombuffer(w.readframes(w.getnframes()), np.int16)


def peak_rss_mb() -> float:
    """Return the peak resident memory of this process in MB (ru_maxrss counts the parent's too)."""
    with open('/proc/self/status') as f:
        return next(int(line.split()[1]) for line in f if line.startswith('VmHWM')) / 1024
