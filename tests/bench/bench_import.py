#!/usr/bin/env python3
"""Importing 2,000 FLAC files: import_librivox.py against one sox process a file.

    tests/bench/bench_import.py [--files 2000] [--jobs 2]

Makes a tree in the layout of LibriSpeech (clips of 2 to 16 s of noise shaped like speech, about
5 hours), imports it, then converts the same files by `sox in.flac out.wav` in as many processes.
Prints a Markdown table; exit 1 if the import is less than 3 times as fast, a rerun takes 3 s, or
memory grows with the number of files.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parents[2]
WORDS = 'THE QUICK BROWN FOX JUMPED OVER LAZY DOGS WHILE NOBODY WATCHED'.split()


def make_tree(folder: Path, files: int) -> float:
    """Write the corpus and return its seconds of audio."""
    rng = np.random.default_rng(0)
    noise = np.cumsum(rng.normal(0, 1, 20 * 16000)) * 0.01
    noise = np.clip(noise - np.convolve(noise, np.ones(400) / 400, 'same'), -0.9, 0.9)
    total = 0.0
    for first in range(0, files, 50):
        chapter = folder / 'LibriSpeech' / 'dev-clean' / str(first) / '1'
        chapter.mkdir(parents=True)
        lines = []
        for i in range(first, min(files, first + 50)):
            secs = rng.uniform(2, 16)
            total += secs
            name = f'{first}-1-{i:04d}'
            soundfile.write(chapter / f'{name}.flac', noise[:int(secs * 16000)], 16000)
            lines.append(f"{name} {' '.join(rng.choice(WORDS, 6))}\n")
        (chapter / f'{first}-1.trans.txt').write_text(''.join(lines))
    return total


def run_import(folder: Path, jobs: int, *more: str) -> tuple[float, float, float]:
    """(seconds, seconds of processor time, peak MB of the main process) of one run."""
    start = time.time()
    command = [sys.executable, str(ROOT / 'bin' / 'import_librivox.py'), str(folder), '--splits',
               'dev-clean', '--jobs', str(jobs), '--json', *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        report = json.loads(process.stdout.read())
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0 and not report['splits']['dev-clean']['dropped']
    return time.time() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def run_sox(folder: Path, jobs: int) -> tuple[float, float]:
    """(seconds, seconds of processor time) that one sox process a file takes."""
    out = folder / 'sox'
    out.mkdir()
    files = sorted((folder / 'LibriSpeech').rglob('*.flac'))
    start, before = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda f: subprocess.run(
            ['sox', f, '-r', '16000', '-c', '1', '-b', '16', out / f'{f.stem}.wav'], check=True),
            files))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.time() - start, (after.ru_utime + after.ru_stime
                                 - before.ru_utime - before.ru_stime)


def main() -> int:
    """Measures and prints; returns the exit status."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--files', type=int, default=2000)
    p.add_argument('--jobs', type=int, default=2)
    options = p.parse_args()
    if not shutil.which('sox'):
        p.error('needs sox: sudo apt-get install sox')
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        hours = make_tree(folder, options.files) / 3600
        *_, small = run_import(folder, options.jobs, '--limit', str(options.files // 10))
        shutil.rmtree(folder / 'librivox-wav')
        ours, ours_cpu, large = run_import(folder, options.jobs)
        again, again_cpu, _ = run_import(folder, options.jobs)
        sox, sox_cpu = run_sox(folder, options.jobs)
    print(f'| {options.files:,} FLAC files, {hours:.1f} h, {options.jobs} processes | seconds | '
          'processor time | files/s |\n|---|---|---|---|')
    for name, secs, cpu in (('import_librivox.py', ours, ours_cpu),
                            ('sox, one process a file', sox, sox_cpu),
                            ('import_librivox.py, nothing to do', again, again_cpu)):
        print(f'| {name} | {secs:.2f} | {cpu:.2f} | {options.files / secs:,.0f} |')
    print(f'\n{sox / ours:.1f} times as fast as sox ({sox_cpu / ours_cpu:.1f} by processor time); '
          f'peak memory {small:.0f} MB for {options.files // 10:,} files, {large:.0f} MB for '
          f'{options.files:,}')
    return 0 if sox >= 3 * ours and again < 3 and large < 1.25 * small + 10 else 1


if __name__ == '__main__':
    sys.exit(main())
