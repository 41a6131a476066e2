"""bin/compare_client.py: the client's word error rate beside the trainer's."""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ('espeak_000.wav', 'espeak_001.wav')


def compare(environment, *arguments):
    return subprocess.run([sys.executable, ROOT / 'bin' / 'compare_client.py', *arguments],
                          capture_output=True, text=True, env=environment, timeout=300)


def test_line_has_both_rates(ds, compat, expected, environment, tmp_path):
    """The trainer misses one word more than the client, of all words of two recordings."""
    rows = [{'wav_filename': str(compat / 'audio' / name), 'src': f'{expected[name]} unsaid',
             'res': expected[name]} for name in NAMES]
    rows[0]['res'] = rows[0]['res'].rpartition(' ')[0]
    report = tmp_path / 'test.json'
    report.write_text(json.dumps(rows))
    done = compare(environment, compat / 'model256.pbmm', report)
    words = sum(len(row['src'].split()) for row in rows)
    assert done.stdout.startswith(
        f'WER on 2 test utterances: trainer {300 / words:.1f} %, native client {200 / words:.1f} % '
        '(same transcript for 1, RTF '), done.stdout + done.stderr
    assert done.returncode == 0 and done.stdout.count('\n') == 1


def test_failures_are_one_line(ds, compat, environment, tmp_path):
    report = tmp_path / 'test.json'
    report.write_text('[]')
    for arguments, says in (((compat / 'model256.pbmm', report), 'has no utterances'),
                            ((tmp_path / 'none.pbmm', report), ''),
                            ((compat / 'model256.pbmm', tmp_path / 'none.json'), 'none.json')):
        done = compare(environment, *arguments)
        assert done.returncode == 1 and says in done.stderr and done.stdout == ''
        assert done.stderr.startswith('E ') and done.stderr.count('\n') == 1
