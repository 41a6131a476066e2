#!/usr/bin/env python3
"""Counts how often we say what the installed wheel of 0.9.3 says of new speech, in one run.

    python tests/compat/live.py [--count 200] [--beam_width 100] [--int8]

The utterances are espeak-ng's: sentences of common words in many voices, speeds and pitches, heard
whole and as a stream in odd pieces with intermediate results.
"""

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import wave

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).parent
SHARED = ROOT.parent / 'shared' / 'data'
PEERS = pathlib.Path(os.environ.get('PEERS_DIR', '~/.cache/ds-peers')).expanduser()
VOICES = ('en', 'en-us', 'en-gb-scotland', 'en+m3', 'en+f2', 'en-us+m7', 'en-us+f4', 'en+croak')


def speak(folder: pathlib.Path, count: int, seed: int = 1) -> None:
    """Writes utterances at 16 kHz."""
    words = [w for w in (SHARED / 'deepspeech' / 'vocab.txt').read_text().split() if w.isalpha()]
    rng = random.Random(seed)
    for i in range(count):
        text = ' '.join(rng.choice(words) for _ in range(rng.randint(2, 7)))
        done = subprocess.run(
            ['espeak-ng', '-v', rng.choice(VOICES), '-s', str(rng.randint(120, 210)), '-p',
             str(rng.randint(20, 80)), '--stdout', text], capture_output=True, check=True)
        raw = np.frombuffer(done.stdout[44:len(done.stdout) // 2 * 2], '<i2').astype(np.float64)
        at = np.arange(0, len(raw) - 1, 22050 / 16000)
        samples = np.interp(at, np.arange(len(raw)), raw).astype('<i2')
        with wave.open(str(folder / f'{i:03}.wav'), 'wb') as f:
            f.setnchannels(1)
            f.setsampwidth(2)
            f.setframerate(16000)
            f.writeframes(samples.tobytes())


def compare(count: int, beam_width: int, fp32: bool) -> dict[str, int]:
    """Asks both; counts utterances, equal transcripts, equal streams, and empty transcripts."""
    model = SHARED / 'compat' / 'model256.pb'
    with tempfile.TemporaryDirectory() as folder:
        speak(pathlib.Path(folder), count)
        said = []
        alone = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}  # the wheel's package
        for python, options, env in (
                (PEERS / 'venv-ds' / 'bin' / 'python', [], alone),
                (sys.executable, ['fp32'] if fp32 else [], None)):
            done = subprocess.run([python, HERE / 'listen.py', 'deepspeech', model, folder,
                                   str(beam_width), *options], capture_output=True, text=True,
                                  env=env)
            if done.returncode:
                sys.exit(done.stderr[-2000:])
            said.append(json.loads(done.stdout.strip().splitlines()[-1]))
    theirs, ours = said
    return {'utterances': len(theirs),
            'whole': sum(ours[name][0] == texts[0] for name, texts in theirs.items()),
            'stream': sum(ours[name][-1] == texts[-1] for name, texts in theirs.items()),
            'intermediate': sum(ours[name][1:-1] == texts[1:-1] for name, texts in theirs.items()),
            'empty': sum(not texts[0] for texts in theirs.values())}


def main() -> None:
    """Prints the counts."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--count', type=int, default=200)
    parser.add_argument('--beam_width', type=int, default=100)
    parser.add_argument('--int8', action='store_true', help='our default, instead of fp32')
    options = parser.parse_args()
    print(json.dumps(compare(options.count, options.beam_width, not options.int8)))


if __name__ == '__main__':
    main()
