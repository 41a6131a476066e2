"""check_characters, split_csv, data_stats, play, compare_samples and the run scripts."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.helpers.clips import broken, noise, text
from tests.helpers.databases import make_sdb, make_tar
from tests.helpers.places import BIN
from tests.helpers.scripts import tool

ROOT = BIN.parent


@pytest.fixture
def table(tmp_path):
    """Return a CSV of 40 clips by four speakers, one clip missing and one broken."""
    rows = ['wav_filename,wav_filesize,transcript']
    for i in range(40):
        name = f's{i % 4}/clip{i}.wav'
        rows.append(f"{name},,it's #{i % 10} é")
        if i == 7:
            broken(tmp_path / name)
        elif i != 11:
            noise(tmp_path / name, 0.2 + i / 100)
    return text(tmp_path / 'all.csv', '\n'.join(rows) + '\n')


def test_check_characters(table):
    output = tool('check_characters.py', table).stdout
    lines = dict(line.split('\t') for line in output.splitlines())
    assert (lines['#'], lines["' '"], lines['é'], lines['3']) == ('40', '80', '40', '4')
    alphabet = tool('check_characters.py', '-csv', f'{table},{table}', '-alpha').stdout
    assert alphabet.splitlines()[1:4] == [' ', '\\#', "'"]
    unicode = tool('check_characters.py', '-unicode', table).stdout
    assert 'é\t40\tU+00E9\tLATIN SMALL LETTER E WITH ACUTE' in unicode.splitlines()
    counts = json.loads(tool('check_characters.py', '--json', table, table).stdout)
    assert counts['i'] == 80
    missing = tool('check_characters.py', table.parent / 'none.csv', status=1)
    assert missing.stderr.startswith('E ') and 'none.csv' in missing.stderr
    tool('check_characters.py', status=2)


def test_check_characters_names_second_spellings(tmp_path):
    path = tmp_path / 'a.csv'
    path.write_text("wav_filename,transcript\na.wav,don't\nb.wav,don’t ＡＢ\nc.wav,e\u0301\u00ad\n",
                    encoding='utf-8')
    said = tool('check_characters.py', path).stderr
    assert 'W importers write these otherwise: ' in said and "’ (1) as '" in said
    assert 'Ａ (1) as A' in said and "'\\xad' (1) not at all" in said
    assert '1 transcripts have letters and accents apart' in said


def test_split_csv(table):
    tool('split_csv.py', table)
    parts = {}
    for split in ('train', 'dev', 'test'):
        with open(table.with_name(f'all-{split}.csv'), encoding='utf-8') as f:
            parts[split] = {row['wav_filename']: row for row in csv.DictReader(f)}
    assert sum(map(len, parts.values())) == 40 and len(parts['train']) > 20
    row = parts['train'].get('s1/clip1.wav') or parts['dev'].get('s1/clip1.wav')
    assert row['transcript'] == "it's #1 é"
    assert int(row['wav_filesize']) == (table.parent / 's1/clip1.wav').stat().st_size
    tool('split_csv.py', table, '--speaker_pattern', '(s[0-9]+)/', '--dev_percent', 30)
    speakers = [{line[:2] for line in table.with_name(f'all-{split}.csv').read_text().splitlines()
                 if line.startswith('s')} for split in ('train', 'dev', 'test')]
    assert sum(map(len, speakers)) == 4
    bad = tool('split_csv.py', table, '--speaker_pattern', '(x+)/', status=1)
    assert 'finds no speaker' in bad.stderr and not list(table.parent.glob('*.part'))
    tool('split_csv.py', table, '--dev_percent', 101, status=2)


def test_fsdd_without_a_speaker(tmp_path):
    """Five recordings of a speaker in each set; the strings hold none of who is left out."""
    for split in ('train', 'dev', 'test'):
        rows = ''
        for number in range(15):
            name = f'{split}/{number % 10}_{("ann", "bob", "cy")[number % 3]}_{number}.wav'
            noise(tmp_path / name, 0.2)
            rows += f'{name},0,word{number}\n'
        text(tmp_path / f'fsdd-{split}.csv', 'wav_filename,wav_filesize,transcript\n' + rows)
    tool('fsdd_without.py', tmp_path, 'bob', '--strings', 30)
    sets = {}
    for name in ('only-bob', 'without-bob', 'without-bob-strings'):
        with open(tmp_path / f'fsdd-{name}.csv', encoding='utf-8') as f:
            sets[name] = list(csv.DictReader(f))
    assert [len(rows) for rows in sets.values()] == [15, 30, 30]
    assert all('bob' in row['wav_filename'] for row in sets['only-bob'])
    assert not any('_bob' in row['wav_filename'] for row in sets['without-bob'])
    strings = sets['without-bob-strings']
    own = {name: {row['transcript'] for row in sets['without-bob'] if name in row['wav_filename']}
           for name in ('ann', 'cy')}
    for row in strings:
        size = (tmp_path / row['wav_filename']).stat().st_size
        words = row['transcript'].split()
        assert size == int(row['wav_filesize']) and len(words) in (2, 3)
        assert set(words) <= own['ann' if 'ann' in row['wav_filename'] else 'cy']
        pauses = (size - 44) / 32000 - 0.2 * len(words)
        assert 0.05 * (len(words) + 1) - 0.01 < pauses < 0.30 * (len(words) + 1)
    before = [row['transcript'] for row in strings]
    tool('fsdd_without.py', tmp_path, 'bob', '--strings', 30)
    with open(tmp_path / 'fsdd-without-bob-strings.csv', encoding='utf-8') as f:
        assert [row['transcript'] for row in csv.DictReader(f)] == before
    assert 'ann, bob, cy' in tool('fsdd_without.py', tmp_path, 'dan', status=1).stderr


def test_data_stats(table, tmp_path):
    png = tmp_path / 'stats.png'
    report = json.loads(tool('data_stats.py', table, '--json', '--plot', png, '--speaker_pattern',
                             '/(s[0-9])/').stdout)
    assert report['clips'] == 38 and report['unreadable'] == 2
    expected = sum(0.2 + i / 100 for i in range(40) if i not in (7, 11))
    assert report['hours'] == pytest.approx(expected / 3600, abs=1e-4)
    assert report['seconds']['shortest'] == 0.2 and report['seconds']['longest'] == 0.59
    assert report['speakers'] == {'s0': 10, 's1': 10, 's2': 10, 's3': 8}
    assert png.read_bytes().startswith(b'\x89PNG')
    assert '38 clips' in tool('data_stats.py', table).stdout


def test_play(table, tmp_path):
    """A stand-in for the player notes what it is given."""
    player = text(tmp_path / 'bin/play', '#!/bin/sh\ncp "$2" "$PLAYED"\n')
    player.chmod(0o755)
    played = tmp_path / 'played.wav'
    path = f"{player.parent}:{os.environ['PATH']}"
    done = tool('play.py', table, '--start', 6, '--number', 2, status=1, PATH=path,
                PLAYED=str(played))
    assert done.stderr.startswith(f'Sample "{tmp_path}/s2/clip6.wav"\n  "it\'s #6 é"\n')
    assert done.stdout == '' and 'clip7.wav' in done.stderr
    assert played.stat().st_size == 44 + 2 * round(16000 * 0.26)
    silent = subprocess.run([sys.executable, str(BIN / 'play.py'), str(table)], text=True,
                            capture_output=True, check=False, env={'PATH': '/nonexistent'})
    assert silent.returncode == 1 and 'apt-get install sox' in silent.stderr


@pytest.fixture(scope='module')
def guises(tmp_path_factory):
    """Return the same samples as files of their own, as a CSV, a database and an archive."""
    folder = tmp_path_factory.mktemp('guises')
    clips = [noise(folder / f'{i}.wav', 0.1 * (i + 1), 8000, 2).read_bytes() for i in range(3)]
    table = text(folder / 'a.csv', 'wav_filename,transcript\n0.wav,no 0\n1.wav,no 1\n2.wav,no 2\n')
    texts = [b'no 0', b'no 1', b'no 2']
    (folder / 'a.sdb').write_bytes(make_sdb(list(zip(clips, texts))))
    (folder / 'a.tar').write_bytes(make_tar({
        **{f'{i}.wav': clip for i, clip in enumerate(clips)},
        **{f'{i}.txt': each for i, each in enumerate(texts)}}))
    text(folder / 'bare.csv', 'wav_filename\n0.wav\n1.wav\n2.wav\n')
    return folder, table


def piped(*arguments, status=0):
    done = subprocess.run([sys.executable, str(BIN / 'play.py'), *map(str, arguments), '--pipe'],
                          capture_output=True, check=False, env={'PATH': '/nonexistent'})
    assert done.returncode == status, done.stderr
    return done.stdout, done.stderr.decode()


@pytest.mark.parametrize('source, name', [
    ('a.csv', '{}/1.wav'), ('a.sdb', '{}/a.sdb:1'), ('a.tar', '{}/a.tar:1.wav')])
def test_play_pipes_a_sample_as_it_is(guises, source, name):
    folder, _ = guises
    wav, said = piped(folder / source, '--start', 1)
    samples, rate = soundfile.read(io.BytesIO(wav), dtype='int16')
    own, own_rate = soundfile.read(folder / '1.wav', dtype='int16')
    assert rate == own_rate == 8000 and np.array_equal(samples, own)
    assert said == f'Sample "{name.format(folder)}"\n  "no 1"\n'
    assert piped(folder / source, '--start', -2, '--quiet') == (wav, '')


def test_play_needs_no_transcripts(guises):
    folder, _ = guises
    wav, said = piped(folder / 'bare.csv')
    assert said == f'Sample "{folder}/0.wav"\n' and wav == piped(folder / '0.wav')[0]
    broken(folder / 'html.wav')
    assert piped(folder / 'html.wav', status=1)[0] == b''


def compare(folder, *arguments, status):
    done = subprocess.run([sys.executable, str(BIN / 'compare_samples.py'), *map(str, arguments)],
                          capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == status and done.stdout == '', done.stderr
    return done.stderr


def test_compare_samples(tmp_path):
    tone = np.round(8000 * np.sin(np.arange(16000) / 7)).astype(np.int16)
    for name, samples, rate in (
            ('a', tone, 16000), ('same', tone, 16000), ('near', tone + np.int16(1), 16000),
            ('far', tone // 2, 16000), ('rate', tone, 8000), ('long', np.tile(tone, 2), 16000),
            ('two', np.stack([tone, tone], axis=1), 16000)):
        soundfile.write(tmp_path / f'{name}.wav', samples, rate)
    equal, differ = 'Samples are considered equal', 'Samples differ on: '
    near = 20 * np.log10(1 / 32768) + 3.0103
    assert compare(tmp_path, 'a.wav', 'near.wav', status=0) == f'{equal} ({near:f} dB difference)\n'
    assert compare(tmp_path, 'a.wav', 'near.wav', '--no-success-output', status=0) == ''
    assert compare(tmp_path, 'a.wav', 'same.wav', '--if-differ', status=1).startswith(equal)
    assert compare(tmp_path, 'a.wav', 'near.wav', '--threshold', -90, status=1).startswith(differ)
    assert compare(tmp_path, 'a.wav', 'far.wav', status=1).startswith(differ + 'sample data (')
    assert compare(tmp_path, 'a.wav', 'far.wav', '--if-differ', status=0).startswith(differ)
    for other, what in (('rate', 'format'), ('two', 'format'), ('long', 'duration')):
        for options in ([], ['--if-differ']):  # these are never the same sample
            said = compare(tmp_path, 'a.wav', f'{other}.wav', *options, status=1)
            assert said.startswith(differ + what) and said.count('\n') == 1
    assert 'is missing' in compare(tmp_path, 'a.wav', 'none.wav', status=1)


@pytest.mark.parametrize('program', ['stats.py', 'bin/data_stats.py'])
def test_stats_of_0_9_3(tmp_path, program):
    """From sizes alone: the recordings need not be there."""
    text(tmp_path / 'a.csv', f'wav_filename,wav_filesize,transcript\nx.wav,{44 + 32000 * 3700},x\n')
    text(tmp_path / 'b.csv', 'wav_filename,wav_filesize,transcript\ny.wav,32044,y\n')

    def stats(*options):
        done = subprocess.run([sys.executable, BIN.parent / program, *options], cwd=tmp_path,
                              capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    assert stats('-csv', 'a.csv,b.csv') == [
        f'Total bytes: {88 + 32000 * 3701}', 'Total files: 2', 'Total time: 1:01:41']
    assert stats('--csv-files', 'b.csv', '--sample-rate', '8000', '--channels', '2',
                 '--bits-per-sample', '8')[2] == 'Total time: 0:00:02'


SCRIPTS = {  # contract 6: batches, epochs, learning rate, display, validation, dropout
    'librivox': ('12', '12', '12', '15', '0.0001', '5', '5', '0.30'),
    'ted': ('16', '8', '8', '10', '0.0001', '10', '1', '0.30'),
    'swb': ('48', '32', '32', '50', '0.0001', '10', '10', '0.30'),
    'fisher': ('32', '32', '32', '20', '0.0001', '1', '5', None),
    'wer-automation': ('16', '8', '8', '50', '0.0001', '10', '10', '0.30')}
FLAGS = ('train_batch_size', 'dev_batch_size', 'test_batch_size', 'epoch', 'learning_rate',
         'display_step', 'validation_step', 'dropout_rate')


def start(script, tmp_path, *arguments, **environment):
    """Run a script with a python that only shows its arguments."""
    python = tmp_path / 'fake' / 'python'
    text(python, '#!/bin/sh\nprintf "%s\\n" "$@"\n').chmod(0o755)
    return subprocess.run([str(BIN / script), *arguments], cwd=ROOT, text=True, check=False,
                          capture_output=True, env={'PATH': f'{python.parent}:/usr/bin:/bin',
                                                    'HOME': str(tmp_path), **environment})


def trainings(done):
    """Return the arguments of each call of DeepSpeech.py, and of the python calls between them."""
    return [['-u', *call.splitlines()] for call in done.stdout.split('-u\n')[1:]]


def touch_csvs(script, folder):
    """Make the CSVs that a script names."""
    for word in (BIN / script).read_text().replace('"', ' ').split():
        if word.endswith('.csv'):
            text(folder / word, '')


@pytest.mark.parametrize('script', sorted(
    p.name for p in BIN.glob('run-*.sh') if 'train_on ' in p.read_text()))
def test_run_scripts(script, tmp_path):
    corpus = script[4:-3]
    data = {'COMPUTE_DATA_DIR': str(tmp_path / 'data')}
    missing = start(script, tmp_path, **data)
    assert missing.returncode == 1 and 'import the corpus with bin/import_' in missing.stderr
    touch_csvs(script, tmp_path / 'data')
    text(tmp_path / 'data/alphabet.txt', 'a\n')
    done = start(script, tmp_path, '--epoch', '3', **data)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split('-c\n')[0].splitlines()  # what run-fsdd.sh does then: see below
    assert lines[:2] == ['-u', 'DeepSpeech.py'] and lines[-2:] == ['--epoch', '3']
    flags = dict(zip(lines[2::2], lines[3::2]))
    own = 'ted' if corpus == 'wer-automation' else corpus
    assert flags['--checkpoint_dir'] == f'{tmp_path}/.local/share/deepspeech/{own}'
    first = dict(zip(lines[2:-2:2], lines[3:-2:2]))
    if corpus in SCRIPTS:
        assert tuple(first.get(f'--{flag}') for flag in FLAGS) == SCRIPTS[corpus]
    assert all(Path(p).exists() for p in flags['--train_files'].split(','))
    kept = start(script, tmp_path, COMPUTE_KEEP_DIR='/keep', **data)
    assert '/keep' in kept.stdout.splitlines()
    elsewhere = subprocess.run([str(BIN / script)], cwd=tmp_path, text=True, check=False,
                               capture_output=True)
    assert elsewhere.returncode == 2 and "root of the repository" in elsewhere.stderr


def test_run_fsdd_without_a_speaker(tmp_path):
    """Trains, makes a scorer of the training transcripts, and tests again with it."""
    rows = 'wav_filename,wav_filesize,transcript\n'
    for name, words in (('only-bob', 'six'), ('without-bob', 'one'),
                        ('without-bob-strings', 'two one')):
        text(tmp_path / f'fsdd-{name}.csv', f'{rows}a.wav,44,{words}\n')
    done = start('run-fsdd.sh', tmp_path, '--without', 'bob', '--epoch', '3', '--export_dir', 'out',
                 COMPUTE_DATA_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    first, second = trainings(done)
    flags = dict(zip(first[2:10:2], first[3:10:2]))
    keep = f'{tmp_path}/.local/share/deepspeech/fsdd-without-bob'
    assert flags == {
        '--train_files': f'{tmp_path}/fsdd-without-bob.csv,{tmp_path}/fsdd-without-bob-strings.csv',
        '--dev_files': '', '--test_files': f'{tmp_path}/fsdd-only-bob.csv',
        '--checkpoint_dir': keep}
    assert '--validation_step' not in first
    made = first.index('bin/make_scorer.py')  # its call comes after the training's
    assert first[made - 6:made - 2] == ['--epoch', '3', '--export_dir', 'out']
    assert first[made:] == ['bin/make_scorer.py', '--text', f'{keep}/transcripts.txt',
                            '--out', f'{keep}/digits.scorer']
    assert Path(keep, 'transcripts.txt').read_text() == 'one\ntwo one\n'
    assert second == [*first[:made - 2], '--notrain', '--export_dir', '',
                      '--scorer_path', f'{keep}/digits.scorer']


def test_run_fsdd_without_the_native_decoder(tmp_path):
    for name in ('train', 'dev', 'test'):
        text(tmp_path / f'fsdd-{name}.csv', '')
    python = text(tmp_path / 'other/python', '#!/bin/sh\n[ "$1" != -c ] && echo "$@"\n')
    python.chmod(0o755)
    done = subprocess.run([str(BIN / 'run-fsdd.sh')], cwd=ROOT, text=True, check=False,
                          capture_output=True, env={
                              'PATH': f'{python.parent}:/usr/bin:/bin', 'HOME': str(tmp_path),
                              'COMPUTE_DATA_DIR': str(tmp_path)})
    assert done.returncode == 0 and 'pip install .' in done.stderr
    assert done.stdout.count('DeepSpeech.py') == 1 and 'make_scorer' not in done.stdout


def test_run_librivox_uses_all_sets(tmp_path):
    touch_csvs('run-librivox.sh', tmp_path)
    lines = start('run-librivox.sh', tmp_path, COMPUTE_DATA_DIR=str(tmp_path)).stdout.splitlines()
    flags = dict(zip(lines[2::2], lines[3::2]))
    assert [len(flags[f'--{s}_files'].split(',')) for s in ('train', 'dev', 'test')] == [3, 2, 2]
