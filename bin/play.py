#!/usr/bin/env python3
"""Play the clips of a CSV, or audio files, one after the other, with their transcripts.

    bin/play.py train.csv --random --number 10
    bin/play.py clip.flac

Ctrl-C stops it. Plays what training would hear: mono, at 16 kHz.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import errors, log
from util.audio import AudioError, read_audio
from util.corpora.clips import write_wav
from util.data.manifest import read_csvs
from util.errors import UserError

PLAYERS = (('play', '-q'), ('aplay', '-q'), ('afplay',),
           ('ffplay', '-nodisp', '-autoexit', '-v', 'error'))


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('source', nargs='+', help='CSV or audio files')
    p.add_argument('--start', type=int, default=0, help='first clip, counted from 0; negative: '
                   'from the end')
    p.add_argument('--number', type=int, default=-1, help='number of clips; negative: all')
    p.add_argument('--random', action='store_true', help='play in random order')
    return p.parse_args()


def clips(sources: list[str]) -> list[tuple[str, str]]:
    """Return (audio, transcript) of everything named on the command line."""
    found = []
    for source in sources:
        if source.lower().endswith('.csv'):
            found += [(row.wav, row.transcript) for row in read_csvs([source])]
        else:
            found.append((source, ''))
    return found


def main(options: argparse.Namespace) -> int:
    """Play the clips; name those that cannot be read and go on."""
    player = next((p for p in PLAYERS if shutil.which(p[0])), None)
    if not player:
        raise UserError('no program to play audio: sudo apt-get install sox (play), '
                        'or alsa-utils (aplay), or ffmpeg (ffplay)')
    chosen = clips(options.source)[options.start:]
    if options.random:
        random.shuffle(chosen)
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        wav = str(Path(folder) / 'clip.wav')
        for path, transcript in chosen[:options.number if options.number >= 0 else None]:
            try:
                write_wav(wav, read_audio(path))
            except AudioError as e:
                log.error(e)
                failures += 1
                continue
            print(path + (f'\t{transcript}' if transcript else ''), flush=True)
            done = subprocess.run([*player, wav], stderr=subprocess.PIPE, text=True, check=False)
            if done.returncode:
                raise UserError(f"{player[0]} cannot play: "
                                f"{(done.stderr.strip() or 'no reason given').splitlines()[-1]}")
    return 1 if failures else 0


if __name__ == '__main__':
    log.to_stderr()
    errors.run(lambda: main(arguments()))
