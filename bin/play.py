#!/usr/bin/env python3
"""Play the samples of a CSV, an SDB or a tar archive, or audio files, with their transcripts.

    bin/play.py train.csv --random --number 10
    bin/play.py clip.flac
    bin/play.py train.sdb --start 7 --pipe > sample.wav
    bin/play.py clip.wav --augment 'reverb[delay=30]' --augment 'codec[bitrate=6000]'

Ctrl-C stops it. Plays recordings with their own channels at their own rate.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import errors, log
from util.audio.reading import AudioError, read_channels
from util.audio.wav import as_bytes
from util.data.augment.alone import Changer
from util.data.csv_files import what_is
from util.data.manifest import Utterance
from util.data.read import read_utterances
from util.errors import UserError

SWITCHES = ('--random', '--pipe', '--quiet')
PLAYERS = (('play', '-q'), ('aplay', '-q'), ('afplay',),
           ('ffplay', '-nodisp', '-autoexit', '-v', 'error'))


def arguments() -> argparse.Namespace:
    """Parse the command line; --source and booleans as words are those of STT.

    There several operations may follow one --augment.
    """
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('sources', nargs='*', metavar='source', help='CSV, SDB, tar or audio files')
    p.add_argument('--source', help='the same, as an option')
    p.add_argument('--start', type=int, default=0, help='first sample, counted from 0; negative: '
                   'from the end')
    p.add_argument('--number', type=int, default=-1, help='number of samples; negative: all')
    p.add_argument('--random', action='store_true', help='play in random order')
    p.add_argument('--augment', action='append', default=[], metavar='OPERATION',
                   help='change the samples, as in training; each time chance is another')
    p.add_argument('--clock', type=float, default=0.5, help='how far the training were, for values '
                   'that change with it: 0 to 1 (%(default)s)')
    p.add_argument('--pipe', action='store_true', help='write the first sample as a WAV file to '
                   'standard output instead')
    p.add_argument('--quiet', action='store_true', help='do not name what is played')
    o = p.parse_args(without_words(sys.argv[1:]))
    if o.source:
        o.augment, o.sources = o.augment + o.sources, [o.source]
    if not o.sources:
        p.error('expected a source')
    return o


def without_words(argv: list[str]) -> list[str]:
    """Return the arguments with `--quiet` for `--quiet true`, and nothing for `--quiet false`."""
    found: list[str] = []
    for word in argv:
        if found and found[-1] in SWITCHES and word in ('true', 'false'):
            if word == 'false':
                found.pop()
        else:
            found.append(word)
    return found


def listed(sources: list[str]) -> list[Utterance]:
    """Return all that is named on the command line."""
    found = []
    for source in sources:
        if what_is(source) != 'csv' or '.csv' in source.lower():
            found += read_utterances([source], transcripts=False)
        else:
            found.append(Utterance(source, 0, '', source, 0))
    return found


def main(options: argparse.Namespace) -> int:
    """Play the samples; name those that cannot be read and go on."""
    changer = Changer(options.augment, seed=random.randrange(1 << 31))
    player = None if options.pipe else find_player()
    found = listed(options.sources)
    chosen = found[options.start:]
    if not chosen:
        raise UserError(f'--start {options.start}: there is no such sample: expected 0 to '
                        f'{len(found) - 1}')
    if options.random:
        random.shuffle(chosen)
    number = 1 if options.pipe else options.number
    failures = 0
    for i, sample in enumerate(chosen[:number if number >= 0 else None]):
        try:
            samples, rate = read_channels(sample.wav)
            wav = as_bytes(changer(samples, rate, i, options.clock), rate)
        except AudioError as e:
            log.error(e)
            failures += 1
            continue
        if not options.quiet:
            say(sample)
        if player:
            play(player, wav)
        else:
            pipe(wav)
    return 1 if failures else 0


def find_player() -> tuple[str, ...]:
    """Find a program that plays audio."""
    player = next((p for p in PLAYERS if shutil.which(p[0])), None)
    if not player:
        raise UserError('no program to play audio: sudo apt-get install sox (play), '
                        'or alsa-utils (aplay), or ffmpeg (ffplay)')
    return player


def say(sample: Utterance) -> None:
    """Name a sample."""
    print(f'Sample "{sample.wav}"', file=sys.stderr)
    if sample.transcript:
        print(f'  "{sample.transcript}"', file=sys.stderr, flush=True)


def play(player: tuple[str, ...], wav: bytes) -> None:
    """Play a WAV file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'clip.wav')
        Path(path).write_bytes(wav)
        done = subprocess.run([*player, path], stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise UserError(f"{player[0]} cannot play: "
                        f"{(done.stderr.strip() or 'no reason given').splitlines()[-1]}")


def pipe(wav: bytes) -> None:
    """Write a WAV file to standard output."""
    if sys.stdout.isatty():
        raise UserError('--pipe writes a WAV file, not for a terminal: redirect it, > sample.wav')
    sys.stdout.buffer.write(wav)
    sys.stdout.buffer.flush()


if __name__ == '__main__':
    log.to_stderr()
    errors.run(lambda: main(arguments()))
