#!/usr/bin/env python3
"""Check the CSV files of a corpus: every row, every audio file, every transcript.

    bin/check_data.py data/train.csv data/dev.csv
    bin/check_data.py --json data/train.csv | python3 -m json.tool

Names what training would leave out, with line and reason, and odd files that are
used nevertheless. Exit status: 0 each CSV has usable rows; 1 one has none (or, with
--strict, anything would be left out); 2 misuse.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

from util import errors, log
from util.errors import UserError
from util.text.alphabet import Alphabet


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('csv', nargs='+', help='CSV, SDB or tar files')
    parser.add_argument('--alphabet', default=os.path.join(ROOT, 'data', 'alphabet.txt'),
                        help='file with one label per line (default: data/alphabet.txt)')
    parser.add_argument('--bytes_output_mode', action='store_true',
                        help='labels are UTF-8 bytes, any text will do')
    parser.add_argument('--feature_type', choices=['2017', '0.9.3'], default='2017',
                        help='kind of features, which sets the time steps per clip (default: 2017)')
    parser.add_argument('--audio_sample_rate', type=int, default=16000, metavar='HZ',
                        help='sample rate; audio at other rates is resampled (default: 16000)')
    parser.add_argument('--feature_win_len', type=int, default=0, metavar='MS',
                        help='window length (default: 25 or 32, by feature type)')
    parser.add_argument('--feature_win_step', type=int, default=0, metavar='MS',
                        help='from one window to the next (default: 20)')
    parser.add_argument('--jobs', type=int, default=0, metavar='N',
                        help='number of threads (default: four per processor)')
    parser.add_argument('--json', action='store_true', help='print one JSON object')
    parser.add_argument('--strict', action='store_true',
                        help='exit with status 1 if anything would be left out')
    args = parser.parse_args()
    if args.jobs < 0:
        parser.error(f'--jobs {args.jobs}: expected 0 or more')
    if args.audio_sample_rate < 1000:
        parser.error(f'--audio_sample_rate {args.audio_sample_rate}: expected at least 1000 Hz')
    return args


def main() -> int:
    """Check the CSV files one after another and return the exit status."""
    args = _arguments()
    log.to_stderr()
    from util.data.check import check
    from util.data.read import read_utterances
    from util.features import FeatureSettings

    alphabet = Alphabet.bytes_output() if args.bytes_output_mode else Alphabet.load(args.alphabet)
    try:
        settings = FeatureSettings(args.feature_type, args.audio_sample_rate,
                                   args.feature_win_len or None, args.feature_win_step or None)
    except ValueError as e:
        raise UserError(str(e)) from e
    reports, failed = [], False
    for csv in args.csv:
        try:
            result = check(read_utterances([csv]), alphabet, settings, args.jobs, label=csv)
        except UserError as e:
            reports.append({'csv': csv, 'error': str(e)})
            failed = True
            if not args.json:
                log.error(e)
            continue
        failed |= not result.usable or (args.strict and bool(result.left_out))
        if args.json:
            reports.append(_report(csv, result))
        else:
            _print(csv, result)
    if args.json:
        print(json.dumps({'ok': not failed, 'sets': reports}, indent=2, ensure_ascii=False))
    return int(failed)


def _report(csv: str, result: Any) -> dict[str, Any]:
    return {
        'csv': csv, 'utterances': result.count, 'usable': len(result.usable),
        'hours': round(result.hours_total, 6), 'hours_left_out': round(result.hours_left_out, 6),
        'rejected': [{'line': r.utterance.line, 'wav_filename': r.utterance.wav, 'kind': r.kind,
                      'reason': r.reason} for r in result.left_out],
        'notes': result.notes,
    }


def _print(csv: str, result: Any) -> None:
    from util.data.check import more
    for left_out in result.left_out:
        print(left_out)
    for note, wavs in sorted(result.notes.items()):
        print(f'{csv}: {wavs[0]} {note}{more(wavs)}')
    print(f'{csv}: {result.summary}' + ('' if result.usable else '; none can be used'))


if __name__ == '__main__':
    errors.run(main)
