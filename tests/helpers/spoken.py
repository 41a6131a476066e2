"""New speech by espeak-ng, heard by the installed wheel of 0.9.3 and by us."""

import json
import pathlib
import random
import subprocess
import sys
import tempfile
import wave

import numpy as np

from tests.helpers.peers import for_peers, interpreter
from tests.helpers.places import SHARED, TESTS

VOICES = ('en', 'en-us', 'en-gb-scotland', 'en+m3', 'en+f2', 'en-us+m7', 'en-us+f4', 'en+croak')


def speak(folder: pathlib.Path, count: int, seed: int = 1) -> None:
    """Write utterances at 16 kHz."""
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
        for python, options, env in (
                (interpreter('ds'), [], for_peers()),
                (sys.executable, ['fp32'] if fp32 else [], None)):
            script = TESTS / 'compat' / 'listen.py'
            done = subprocess.run([python, script, 'deepspeech', model, folder, str(beam_width),
                                   *options], capture_output=True, text=True, env=env)
            if done.returncode:
                sys.exit(done.stderr[-2000:])
            said.append(json.loads(done.stdout.strip().splitlines()[-1]))
    theirs, ours = said
    return {'utterances': len(theirs),
            'whole': sum(ours[name][0] == texts[0] for name, texts in theirs.items()),
            'stream': sum(ours[name][-1] == texts[-1] for name, texts in theirs.items()),
            'intermediate': sum(ours[name][1:-1] == texts[1:-1] for name, texts in theirs.items()),
            'empty': sum(not texts[0] for texts in theirs.values())}
