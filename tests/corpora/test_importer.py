"""The skeleton: what every importer does, tried on a made-up corpus."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from tests.helpers.clips import broken, noise, text
from tests.helpers.places import BIN
from util.corpora.corpus import hash_split
from util.data.manifest import read_csvs

PAGES = sorted(set(BIN.glob('import_*.py')) - {BIN / 'import_checkpoint.py'})  # of corpora


@pytest.fixture
def digits(tmp_path):
    """Return a small FSDD: good clips of each split and one of every kind of trouble."""
    folder = tmp_path / 'free-spoken-digit-dataset-master' / 'recordings'
    for name in ('0_ann_0', '1_ann_5', '2_ann_10', '3_ann_11'):
        noise(folder / f'{name}.wav', rate=8000)
    broken(folder / '4_ann_12.wav')
    noise(folder / '7_ann_13.wav', secs=0.06, rate=8000)
    import numpy as np
    import soundfile
    soundfile.write(folder / '8_ann_14.wav', np.zeros(8000), 8000)
    noise(folder / '9_ann_15.wav', secs=3)
    whole = noise(folder / '6_ann_16.flac', secs=2)
    (folder / '6_ann_16.wav').write_bytes(whole.read_bytes()[:-3000])
    whole.unlink()
    return tmp_path


def test_counts_what_it_drops(run, digits):
    result = run('fsdd', digits, '--max_seconds', 2.5)
    assert result.rows('train') == {'2_ann_10': 'two', '3_ann_11': 'three'}
    assert result.rows('dev') == {'1_ann_5': 'one'}
    assert result.dropped('train') == {
        'unreadable audio': 1, 'audio cut short': 1, 'too short for its transcript': 1,
        'silence': 1, 'longer than 2.5 s': 1}
    log = (digits / 'fsdd-train.dropped.txt').read_text()
    assert '4_ann_12\tunreadable audio\t' in log and len(log.splitlines()) == 5
    assert not (digits / 'fsdd-dev.dropped.txt').exists()
    assert not list(digits.rglob('*.part'))


def test_rerun_does_only_what_is_missing(run, digits):
    run('fsdd', digits)
    wavs = sorted((digits / 'fsdd-wav').rglob('*.wav'))
    before = [wav.stat().st_mtime_ns for wav in wavs]
    wavs[0].unlink()
    first = (digits / 'fsdd-train.csv').read_text()
    run('fsdd', digits)
    after = [wav.stat().st_mtime_ns for wav in wavs]
    assert after[1:] == before[1:] and after[0] > before[0]
    assert (digits / 'fsdd-train.csv').read_text() == first


def test_telephone_speech_stays_at_its_rate(run, digits):
    """WAVs of 8 kHz are used where they lie, and those made before at 16 kHz stay beside."""
    run('fsdd', digits)
    first = sorted((digits / 'fsdd-wav').rglob('*.wav'))
    result = run('fsdd', digits, '--sample_rate', 8000)
    with open(digits / 'fsdd-train.csv') as f:
        wavs = [row['wav_filename'] for row in csv.DictReader(f)]
    assert result.report['splits']['train']['clips'] == len(wavs) == 3
    assert wavs[:2] == [f'free-spoken-digit-dataset-master/recordings/{name}.wav'
                        for name in ('2_ann_10', '3_ann_11')]
    assert wavs[2] == 'fsdd-wav-8000/train/9_ann_15.wav'  # this one has 16 kHz
    assert sorted((digits / 'fsdd-wav').rglob('*.wav')) == first
    assert (digits / wavs[2]).stat().st_size == 44 + 2 * 3 * 8000
    for rate in (0, -8000, 999, 10**7):
        assert 'expected 1000 to 768000 Hz' in run('fsdd', digits, '--sample_rate', rate,
                                                   status=2).stderr


def test_changed_recording_is_converted_again(run, digits):
    run('fsdd', digits)
    source = noise(digits / 'free-spoken-digit-dataset-master/recordings/2_ann_10.wav', secs=0.75,
                   rate=8000)
    later = time.time() + 5
    os.utime(source, (later, later))
    run('fsdd', digits)
    assert (digits / 'fsdd-wav/train/2_ann_10.wav').stat().st_size == 44 + 2 * 12000


def test_limit_and_splits(run, digits):
    result = run('fsdd', digits, '--limit', 1, '--splits', 'train,test')
    assert result.rows('train') == {'2_ann_10': 'two'} and result.rows('test') == {
        '0_ann_0': 'zero'}
    assert not (digits / 'fsdd-dev.csv').exists()
    bad = run('fsdd', digits, '--splits', 'nope', status=1)
    assert '--splits nope: not among the splits of fsdd; choose from train, dev, test' in bad.stderr


def test_two_processes_give_the_same(run, digits):
    run('fsdd', digits)
    one = (digits / 'fsdd-train.csv').read_text()
    shutil.rmtree(digits / 'fsdd-wav')
    run('fsdd', digits, '--jobs', 2)
    assert (digits / 'fsdd-train.csv').read_text() == one


def test_dry_run_writes_nothing(run, digits, tmp_path):
    before = sorted(tmp_path.rglob('*'))
    result = run('fsdd', digits, '--dry_run')
    assert result.report['splits']['train']['clips'] == 7
    empty = run('fsdd', tmp_path / 'new', '--dry_run')
    assert empty.report['to_fetch'][0].startswith('https://github.com/')
    assert sorted(tmp_path.rglob('*')) == before


def test_alphabet_normalize_and_own_rules(run, digits, tmp_path):
    alphabet = text(tmp_path / 'alphabet.txt', '# labels\n' + '\n'.join('owt hreq') + '\n')
    result = run('fsdd', digits, '--splits', 'train,test', '--filter_alphabet', alphabet)
    assert result.rows('train') == {'2_ann_10': 'two', '3_ann_11': 'three'}
    assert result.dropped('test') == {'not in the alphabet': 1}
    assert result.report['splits']['test']['missing_characters'] == {'z': 1}
    rules = text(tmp_path / 'rules.py', "def validate_label(label):\n"
                 "    return label.upper() if label != 'two' else None\n")
    result = run('fsdd', digits, '--splits', 'train', '--validate_label_locale', rules)
    assert result.rows('train') == {'3_ann_11': 'THREE', '9_ann_15': 'NINE'}
    assert result.dropped('train')['refused by validate_label'] == 1
    bad = run('fsdd', digits, '--validate_label_locale', text(tmp_path / 'x', 'a=1'), status=1)
    assert 'x defines no validate_label(text)' in bad.stderr
    bad = run('fsdd', digits, '--validate_label_locale', text(tmp_path / 'x', '1/0'), status=1)
    assert 'x failed: ZeroDivisionError' in bad.stderr
    assert not (tmp_path / '__pycache__').exists()
    bad = run('fsdd', digits, '--validate_label_locale', tmp_path / 'none', status=1)
    assert "none': no such file" in bad.stderr


def test_archive_in_the_folder_is_used(run, digits, tmp_path):
    with tarfile.open(tmp_path / 'digits.tar.gz', 'w:gz') as tar:
        tar.add(digits / 'free-spoken-digit-dataset-master', 'free-spoken-digit-dataset-master')
    result = run('fsdd', tmp_path / 'a', '--url', tmp_path / 'digits.tar.gz')
    assert result.rows('test') == {'0_ann_0': 'zero'}
    assert (tmp_path / 'a/free-spoken-digit-dataset-master.zip.sha256').exists()
    assert not (tmp_path / 'digits.tar.gz.sha256').exists(), 'only its own folder is written to'
    with tarfile.open(tmp_path / 'wrong.tar.gz', 'w:gz') as tar:
        tar.add(tmp_path / 'a/fsdd-test.csv', 'x')
    bad = run('fsdd', tmp_path / 'b', '--url', tmp_path / 'wrong.tar.gz', status=1)
    assert 'not the expected archive of fsdd' in bad.stderr


def test_unfinished_unpacking_goes_on(run, digits, tmp_path):
    with tarfile.open(tmp_path / 'free-spoken-digit-dataset-master.zip', 'w:gz') as tar:
        tar.add(digits / 'free-spoken-digit-dataset-master', 'free-spoken-digit-dataset-master')
    (tmp_path / '.free-spoken-digit-dataset-master.zip.unpacking').touch()
    (digits / 'free-spoken-digit-dataset-master/recordings/0_ann_0.wav').unlink()
    assert run('fsdd', digits).rows('test') == {'0_ann_0': 'zero'}


def test_file_names_that_are_not_utf8_cost_one_clip(run, digits):
    folder = os.fsencode(digits / 'free-spoken-digit-dataset-master/recordings')
    os.rename(folder + b'/2_ann_10.wav', folder + b'/2_\xe4nn_10.wav')
    result = run('fsdd', digits, '--splits', 'train')
    assert result.dropped('train')['file name is not UTF-8'] == 1


def test_nothing_usable_is_an_error(run, tmp_path):
    broken(tmp_path / 'free-spoken-digit-dataset/recordings/0_ann_0.wav')
    bad = run('fsdd', tmp_path, status=1)
    assert 'every clip was left out' in bad.stderr
    (tmp_path / 'free-spoken-digit-dataset/recordings/0_ann_0.wav').unlink()
    assert 'no clips of fsdd found' in run('fsdd', tmp_path, status=1).stderr


@pytest.mark.parametrize('option', [(), ('--dry_run',)])
def test_a_file_is_no_folder(run, tmp_path, option):
    text(tmp_path / 'file', 'x')
    os.symlink('nowhere', tmp_path / 'gone')
    for name in ('file', 'gone'):
        failed = run('fsdd', tmp_path / 'new', '--target_dir', tmp_path / name, *option, status=1)
        assert failed.stderr == (f'E {tmp_path / name} is no folder: pass the one where the corpus '
                                 'is, or will be put\n')


def test_nothing_found_is_said_once(run, tmp_path):
    for name, options in (('fsdd', ()), ('folder', ())):
        (tmp_path / 'free-spoken-digit-dataset/recordings').mkdir(parents=True, exist_ok=True)
        said = run(name, tmp_path, *options, status=1).stderr
        assert said.count('\n') == 1 and said.count('no clips') == 1


@pytest.mark.parametrize('linked', ['', 'clips', 'cv2-wav'])
def test_paths_of_clips_that_lie_elsewhere(run, tmp_path, linked):
    """CSVs are in clips, WAVs beside it: they are found, also behind links, without detours."""
    corpus = tmp_path / 'corpus'
    text(corpus / 'train.tsv', 'path\tsentence\nx.mp3\tJa.\n')
    noise(corpus / 'clips/x.mp3')
    if linked:
        (corpus / 'cv2-wav').mkdir()
        (tmp_path / 'far/away').mkdir(parents=True)
        (corpus / linked).rename(tmp_path / 'far/away' / linked)
        os.symlink(tmp_path / 'far/away' / linked, corpus / linked)
    result = run('cv2', corpus)
    assert result.rows('train') == {'x': 'ja'}
    row, = read_csvs([result.report['splits']['train']['csv']])
    assert os.path.exists(row.wav) and '..' not in row.wav.split('/')


def test_a_linked_folder_with_a_csv(run, tmp_path):
    """What is `..` of a link is another folder than the one that the link lies in."""
    book = tmp_path / 'real/de_DE/by_book/female/eva_k/haus'
    text(book / 'metadata.csv', 'haus_01_f000001|Das 1.|Das erste\n')
    noise(book / 'wavs/haus_01_f000001.wav', rate=8000)
    (tmp_path / 'corpus').mkdir()
    os.symlink(tmp_path / 'real/de_DE', tmp_path / 'corpus/de_DE')
    result = run('m-ailabs', tmp_path / 'corpus', '--language', 'de_DE')
    assert list(result.everything().values()) == ['das erste']


def test_killed_in_the_middle(tmp_path):
    """SIGKILL leaves no half WAV, no process, no CSV; the next run finishes the work."""
    folder = tmp_path / 'free-spoken-digit-dataset-master' / 'recordings'
    clip = noise(folder / '0_ann_10.wav', secs=10, rate=44100)
    for i in range(11, 150):
        os.link(clip, folder / f'0_ann_{i}.wav')
    command = [sys.executable, str(BIN / 'import_fsdd.py'), str(tmp_path), '--jobs', '2']
    victim = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    wavs = tmp_path / 'fsdd-wav'
    deadline = time.time() + 120  # of a busy machine
    while len(list(wavs.rglob('*.wav'))) < 3 and time.time() < deadline:
        time.sleep(0.02)
    children = [int(p.name) for p in Path('/proc').glob('[0-9]*')
                if f'PPid:\t{victim.pid}\n' in _status(p)]
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    made = list(wavs.rglob('*.wav'))
    assert 3 <= len(made) < 140 and children
    assert {p.stat().st_size for p in made} == {44 + 2 * 16000 * 10}
    assert not (tmp_path / 'fsdd-train.csv').exists()
    deadline = time.time() + 60
    while any(Path(f'/proc/{pid}').exists() for pid in children) and time.time() < deadline:
        time.sleep(0.1)
    assert not any(Path(f'/proc/{pid}').exists() for pid in children)
    done = subprocess.run([*command, '--json'], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)['splits']['train']['clips'] == 140
    assert len(list(csv.reader(open(tmp_path / 'fsdd-train.csv')))) == 141


def _status(process: Path) -> str:
    try:
        return (process / 'status').read_text()
    except OSError:
        return ''


def test_importers_never_load_tensorflow(digits):
    code = ("import sys, runpy\nsys.argv[0] = sys.argv[1]\ndel sys.argv[1]\n"
            "try:\n    runpy.run_path(sys.argv[0], run_name='__main__')\n"
            "finally:\n    print(sorted({m.split('.')[0] for m in sys.modules}))\n")
    done = subprocess.run([sys.executable, '-c', code, str(BIN / 'import_fsdd.py'), str(digits),
                           '--jobs', '1'], capture_output=True, text=True, check=True)
    modules = done.stdout.splitlines()[-1]
    assert "'soundfile'" in modules and 'tensorflow' not in modules and 'pandas' not in modules


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.stem)
def test_help_is_quick_and_says_where_the_corpus_is(page):
    done = subprocess.run([sys.executable, '-X', 'importtime', str(page), '--help'],
                          capture_output=True, text=True, check=True)
    imported = {line.rpartition('|')[2].strip() for line in done.stderr.splitlines()}
    assert 'argparse' in imported and len(imported) < 250
    assert not imported & {'numpy', 'scipy', 'pandas', 'soundfile', 'tensorflow'}
    for word in ('hours', 'licence', 'page', 'layout', 'splits'):
        assert f'\n{word} ' in done.stdout, word
    if page.stem != 'import_folder':
        assert 'http' in done.stdout
    assert os.access(page, os.X_OK)


def test_hash_split_is_stable_and_fair():
    splits = [hash_split(f'speaker{i}') for i in range(4000)]
    assert 150 < splits.count('dev') < 250 and 150 < splits.count('test') < 250
    assert [hash_split(s) for s in ('ann', 'bob', 'eve')] == ['train', 'train', 'train']


def test_documentation_lists_every_importer():
    page = (BIN.parent / 'doc' / 'guide' / 'corpora.md').read_text()
    assert [line.split('`')[1] for line in page.splitlines() if line.startswith('| `import_')] == [
        path.name for path in PAGES]
