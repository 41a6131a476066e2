#!/usr/bin/env python3
"""Long recordings, as a whole by `deepspeech` and in utterances by transcribe.py: Markdown tables.

    python native_client/bench/bench_transcribe.py [MODEL] [--minutes 10,120] [--rounds 3]
        [--only length,words] [--long CSV]

Parts: length (real and synthetic speech repeated for so many minutes: seconds of the whole command
and the most memory it held), words (WER of both on the recordings of --long, each by itself: what
cutting costs). MODEL is an English one; by default that of ../shared/data/compat.

transcribe.py runs --jobs 1 beside the command's one thread, and once more with all cores.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

from side_by_side import (
    ROOT,
    SHARED,
    Result,
    Table,
    TooLongError,
    cell,
    chosen,
    in_turn,
    join_speech,
    one_core,
    parser_for,
)

sys.path.insert(0, ROOT)
from util.text.transcripts import word_error

PARTS = ('length', 'words')
MODEL = os.path.join(SHARED, 'data', 'compat', 'model256.pbmm')
LONG = os.path.join(SHARED, 'data', 'long', 'long.csv')


def timed(command: Sequence[str], limit: float | None) -> Result:
    """Run a command; return its wall seconds and the most memory it held in MB."""
    start, peak = time.perf_counter(), 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            if limit and time.perf_counter() - start > limit:
                process.kill()
                raise TooLongError
            with open(f'/proc/{process.pid}/status') as f:
                peak = max([peak, *(int(line.split()[1]) for line in f
                                    if line.startswith('VmHWM'))])
            time.sleep(0.01)
    if process.returncode:
        raise RuntimeError(f'{" ".join(command)}: status {process.returncode}')
    return {'seconds': time.perf_counter() - start, 'mb': peak / 1024}


def commands(build: str, model: str, wav: str, folder: str) -> dict[str, list[str]]:
    """Return the commands to compare, by their names in the table."""
    whole = [os.path.join(os.path.dirname(build), 'bin', 'deepspeech'), model, wav]
    cut = [sys.executable, os.path.join(ROOT, 'transcribe.py'), '--model', model, '--src', wav,
           '--dst', os.path.join(folder, 'said.txt'), '--force']
    return {'deepspeech': [*one_core(), *whole],
            'transcribe.py --jobs 1': [*one_core(), *cut, '--jobs', '1'],
            'transcribe.py': cut}


def by_length(o: argparse.Namespace, folder: str) -> None:
    """Print seconds and memory for recordings of some lengths."""
    table = Table('Whole commands', 'minutes', 'command', 'seconds', 'of deepspeech', 'peak MB')
    for minutes in o.minutes.split(','):
        wav = join_speech(o.cache, 60 * float(minutes))
        jobs = {name: lambda limit, command=command: timed(command, limit)
                for name, command in commands(o.build, o.model, wav, folder).items()}
        found = in_turn(jobs, o.rounds, o.limit)
        for name, result in found.items():
            ratio = result['seconds'] / found['deepspeech']['seconds']
            table.row(minutes, name, cell(result, 'seconds', 1), f'{ratio:.2f}',
                      cell(result, 'mb', 0))


def by_words(o: argparse.Namespace, folder: str) -> None:
    """Print the word error rate of both, over all recordings."""
    with open(o.long, encoding='utf-8', newline='') as f:
        rows = list(csv.DictReader(f))
    edits, words = {'deepspeech': 0, 'transcribe.py': 0}, 0
    for row in rows:
        wav = os.path.join(os.path.dirname(o.long), row['wav_filename'])
        both = commands(o.build, o.model, wav, folder)
        said = subprocess.run(both['deepspeech'], check=True, capture_output=True, text=True)
        subprocess.run(both['transcribe.py'], check=True, capture_output=True)
        with open(os.path.join(folder, 'said.txt'), encoding='utf-8') as f:
            texts = {'deepspeech': said.stdout, 'transcribe.py': f.read()}
        for name, text in texts.items():
            wrong, count = word_error(row['transcript'], text)
            edits[name] += wrong
        words += count
    table = Table(f'{len(rows)} recordings, {words} words', 'command', 'WER in %')
    for name, wrong in edits.items():
        table.row(name, f'{100 * wrong / words:.1f}')


def main() -> None:
    """Run the parts that are wanted."""
    parser = parser_for(__doc__, PARTS)
    parser.add_argument('model', nargs='?', default=MODEL)
    parser.add_argument('--minutes', default='10,120')
    parser.add_argument('--long', default=LONG)
    o = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for part in chosen(parser, o, PARTS):
            {'length': by_length, 'words': by_words}[part](o, folder)


if __name__ == '__main__':
    main()
