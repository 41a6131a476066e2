"""Runs of our programs whose logs are kept: what has run once to its end is not run again."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(log, *command):
    """Run a program of ours into a log that gets its name when all is done; return what it says.

    The first line of the log is the command: what another command has left is not taken for this
    one's.
    """
    words = [sys.executable, *map(str, command)]
    if not os.path.exists(log):
        with open(f'{log}.part', 'w', encoding='utf-8') as out:
            print(shlex.join(words[1:]), file=out, flush=True)
            subprocess.run(words, stdout=out, stderr=subprocess.STDOUT, check=True, cwd=ROOT)
        os.rename(f'{log}.part', log)
    first, said = Path(log).read_text(encoding='utf-8').split('\n', 1)
    if first != shlex.join(words[1:]):
        raise SystemExit(f'{log} is of another command: {first}; remove it and what it made, or '
                         'take another folder')
    return said
