#!/usr/bin/env python3
"""Transcribe a test set with the native client and compare it with the trainer's report.

    ./DeepSpeech.py --test_files test.csv --test_output_file test.json --export_dir exported ...
    bin/compare_client.py exported/output_graph.pbmm test.json

Prints one line: the word error rates of both on the same recordings, the number of equal
transcripts, and the client's real-time factor. Exit status: 0 compared, 1 failed, 2 misuse.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

from util import errors, log
from util.errors import UserError
from util.text.transcripts import word_error


def compare(model_path: str, report_path: str) -> str:
    """Compute the line from an exported model and a file written by --test_output_file."""
    import deepspeech

    with open(report_path, encoding='utf-8') as file:
        samples = json.load(file)
    if not samples:
        raise ValueError(f'{report_path} has no utterances: run the test with --test_output_file')
    model = deepspeech.Model(model_path)
    words = trainer = client = same = n_samples = 0
    start = time.monotonic()
    for sample in samples:
        audio = deepspeech.read_audio(sample['wav_filename'], model.sampleRate())
        text = model.stt(audio)
        edits, count = word_error(sample['src'], text)
        words += count
        client += edits
        trainer += word_error(sample['src'], sample['res'])[0]
        same += text == sample['res']
        n_samples += memoryview(audio).nbytes // 2
    rtf = (time.monotonic() - start) * model.sampleRate() / max(n_samples, 1)
    words = max(words, 1)
    return (f'WER on {len(samples)} test utterances: trainer {100 * trainer / words:.1f} %, '
            f'native client {100 * client / words:.1f} % '
            f'(same transcript for {same}, RTF {rtf:.4f})')


def main() -> None:
    """Read the command line, run the client beside the trainer, print what differs."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('model', help='exported output_graph.pbmm or .pb')
    parser.add_argument('report', help='JSON file written by --test_output_file')
    args = parser.parse_args()
    try:
        report = compare(args.model, args.report)
    except (OSError, RuntimeError, ValueError, KeyError, ImportError) as e:
        raise UserError(f'{type(e).__name__}: {e}') from e
    print(report)


if __name__ == '__main__':
    log.to_stderr()
    errors.run(main)
