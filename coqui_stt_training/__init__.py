"""STT's programs under their names there: a page each, over those of this repository.

    python -m coqui_stt_training.train --train_files train.csv --epochs 10
    python -m coqui_stt_training.evaluate_export --model exported/output_graph.tflite --csv test.csv

They take the flags of ours, and the defaults and lines of 0.9.3, which STT kept.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run(program: str, last: Sequence[str] = ()) -> None:
    """Run a program of ours as if it had been called itself.

    Args:
        program: its path in this repository.
        last: arguments that no other can change.
    """
    path = ROOT / program
    if not path.exists():
        sys.exit(f'E {program} is not part of this version')
    os.environ.setdefault('DEEPSPEECH_RELEASE', '0.9.3')
    sys.path.insert(0, str(ROOT))
    sys.argv = [str(path), *sys.argv[1:], *last]
    runpy.run_path(str(path), run_name='__main__')


def with_exports(arguments: Sequence[str]) -> list[str]:
    """Put STT's default before the arguments: an export has a TensorFlow Lite model."""
    exporting = any(word.startswith('--export_dir') for word in arguments)
    return [*['--export_tflite'] * exporting, *arguments]
