"""Runs of our programs whose logs are kept: what has run once to its end is not run again."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(log, *command):
    """Run a program of ours into a log that gets its name when all is done; return what it says."""
    if not os.path.exists(log):
        with open(f'{log}.part', 'w', encoding='utf-8') as out:
            subprocess.run([sys.executable, *map(str, command)], stdout=out,
                           stderr=subprocess.STDOUT, check=True, cwd=ROOT)
        os.rename(f'{log}.part', log)
    return Path(log).read_text(encoding='utf-8')
