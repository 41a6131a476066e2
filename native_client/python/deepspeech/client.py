"""The commands of the wheel.

`deepspeech` is the native command with the JSON of 0.9.3's Python command, `deepspeech-convert`
packs a model.
"""

from __future__ import annotations

import os
import signal
import sys

from . import impl
from .utils import prefer_bundled_sndfile


def main() -> int:
    """Runs the command with the arguments of this process; returns its exit status."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the native command has no Python to go back to
    prefer_bundled_sndfile()
    return impl.dsc_run_command(_arguments())


def convert() -> int:
    """Runs `deepspeech-convert` with the arguments of this process; returns its exit status."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return impl.dsc_run_convert(_arguments())


def _arguments() -> bytes:
    return b'\0'.join(os.fsencode(argument) for argument in sys.argv[1:])


if __name__ == '__main__':
    sys.exit(main())
