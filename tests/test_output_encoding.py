"""Outputs that lack letters, as those of old terminals and of cron: all is said, in escapes."""

import json
import os
import subprocess
import sys

import pytest

from tests.helpers.clips import noise, text
from tests.helpers.places import ROOT

TOOLS = {  # what each prints of the CSV, of names or of letters
    'import_folder': ['bin/import_folder.py', '{folder}', '--jobs', '1'],
    'import_folder --json': ['bin/import_folder.py', '{folder}', '--jobs', '1', '--json'],
    'check_characters': ['bin/check_characters.py', '{csv}'],
    'check_characters -unicode': ['bin/check_characters.py', '-unicode', '{csv}'],
    'check_characters -alpha': ['bin/check_characters.py', '-alpha', '{csv}'],
    'check_characters --json': ['bin/check_characters.py', '--json', '{csv}'],
    'data_stats': ['bin/data_stats.py', '{csv}', '--speaker_pattern', '([^/]+)/[^/]+$'],
    'data_stats --json': ['bin/data_stats.py', '{csv}', '--json'],
    'check_data': ['bin/check_data.py', '{csv}'],
    'check_data --json': ['bin/check_data.py', '{csv}', '--json'],
    'split_csv': ['bin/split_csv.py', '{csv}'],
    'play': ['bin/play.py', '{csv}']}


@pytest.mark.parametrize('tool, encoding', [
    *((tool, 'ascii') for tool in TOOLS),
    *(('import_folder', encoding) for encoding in ('latin-1', 'koi8-r', 'utf-8', 'utf-16'))])
def test_letters_that_an_output_lacks(tmp_path, tool, encoding):
    folder = tmp_path / 'ü 😀'
    noise(folder / 'Żółć/ä.wav')
    text(folder / 'Żółć/ä.txt', 'fünf ж')
    csv = text(folder / 'all.csv', 'wav_filename,wav_filesize,transcript\n'
               'Żółć/ä.wav,1,fünf ж\nŻółć/gone.wav,1,ж\n')
    player = text(tmp_path / 'programs/play', '#!/bin/sh\n')
    player.chmod(0o755)
    command = [part.format(folder=folder, csv=csv) for part in TOOLS[tool]]
    environment = {**os.environ, 'PYTHONIOENCODING': encoding,
                   'PATH': f'{player.parent}:{os.environ["PATH"]}'}
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True,
                          env=environment)
    out, err = done.stdout.decode(encoding), done.stderr.decode(encoding, 'replace')
    if tool == 'play':  # talks on stderr: stdout may be a WAV file
        out, err = err, out
    assert 'Traceback' not in err and done.returncode in (0, 1) and out
    if '--json' in tool:
        plain = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True,
                               env={**environment, 'PYTHONIOENCODING': 'utf-8'})
        assert json.loads(out) == json.loads(plain.stdout)
    elif encoding == 'ascii':
        assert '\\u00' in out or '\\u01' in out


def test_file_names_that_are_no_text(tmp_path):
    program = ('import sys\nfrom util import errors\n'
               'errors.run(lambda: print("a\\udce4 \\ud800 \\U0001f600 ü"))')
    for encoding, said in (('utf-8', 'a\\udce4 \\ud800 \U0001f600 ü\n'),
                           ('ascii', 'a\\udce4 \\ud800 \\ud83d\\ude00 \\u00fc\n')):
        done = subprocess.run([sys.executable, '-c', program], cwd=ROOT, capture_output=True,
                              env={**os.environ, 'PYTHONIOENCODING': encoding}, check=True)
        assert done.stdout.decode(encoding) == said
