"""The scripts of bin/ that start training: folders, flags, what they do first."""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
# Stands in for python: shows how it was called, and imports LDC93S1 as the importer would.
PYTHON = '''#!/bin/sh
printf '%s\\n' "$@"
case $1 in bin/import_*) mkdir -p "$2" && sleep 0.5 && touch "$2/ldc93s1.csv" ;; esac
'''


@pytest.fixture
def start(tmp_path):
    """Run a script with a python that only shows its arguments, in an empty home."""
    python = tmp_path / 'bin' / 'python'
    python.parent.mkdir()
    python.write_text(PYTHON)
    python.chmod(0o755)

    def run(script, *arguments, folder=ROOT, **variables):
        environment = {'PATH': f'{python.parent}:/usr/bin:/bin', 'HOME': str(tmp_path), **variables}
        return subprocess.run([str(ROOT / 'bin' / script), *arguments], check=False, cwd=folder,
                              env=environment, capture_output=True, text=True)
    return run


def flags_of(result):
    """Return the flags that DeepSpeech.py was given; a later one overrides an earlier one."""
    words = result.stdout.split('DeepSpeech.py\n')[1].split('\n')[:-1]
    return dict(zip(words[::2], words[1::2]))


def test_ldc93s1_trains_with_the_settings_of_2017(start, tmp_path):
    (tmp_path / 'LDC93S1.wav').touch()
    result = start('run-ldc93s1.sh', COMPUTE_DATA_DIR=str(tmp_path))
    assert result.returncode == 0, result.stderr
    flags = flags_of(result)
    assert flags['--train_files'] == flags['--test_files'] == f'{tmp_path}/ldc93s1.csv'
    assert (flags['--n_hidden'], flags['--epoch'], flags['--train_batch_size']) == (
        '494', '50', '1')
    assert flags['--checkpoint_dir'] == f'{tmp_path}/.local/share/deepspeech/ldc93s1'
    assert result.stdout.startswith('bin/import_ldc93s1.py\n')


@pytest.mark.slow
def test_ldc93s1_is_learnt_by_heart(shared_data, tmp_path):
    data = shutil.copytree(pathlib.Path(shared_data, 'ldc93s1'), tmp_path / 'data')
    run = subprocess.run([ROOT / 'bin' / 'run-ldc93s1.sh'], cwd=ROOT, capture_output=True,
                         text=True, env={**os.environ, 'COMPUTE_DATA_DIR': str(data),
                                         'COMPUTE_KEEP_DIR': str(tmp_path / 'checkpoints')})
    assert run.returncode == 0, run.stderr
    assert 'I Test of Epoch 50 - WER: 0.000000' in run.stdout


def test_ldc93s1_is_imported_only_once_and_flags_override(start, tmp_path):
    keep = tmp_path / 'keep'
    for run_number in range(2):
        result = start('run-ldc93s1.sh', '--epoch', '3', COMPUTE_DATA_DIR=str(tmp_path),
                       COMPUTE_KEEP_DIR=str(keep))
        assert flags_of(result)['--epoch'] == '3'
        assert flags_of(result)['--checkpoint_dir'] == str(keep)
        assert flags_of(result)['--dev_files'] == f'{tmp_path}/ldc93s1/ldc93s1.csv'
        assert ('import_ldc93s1' in result.stdout) == (run_number == 0)


def test_ldc93s1_is_imported_by_one_of_several_processes(start, tmp_path):
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        results = list(pool.map(
            lambda _: start('run-ldc93s1.sh', COMPUTE_DATA_DIR=str(tmp_path)), range(3)))
    assert [result.returncode for result in results] == [0] * 3
    assert sum('import_ldc93s1' in result.stdout for result in results) == 1


def test_ldc93s1_started_elsewhere_says_so(start, tmp_path):
    result = start('run-ldc93s1.sh', folder=tmp_path)
    assert result.returncode == 2
    assert 'repository' in result.stderr


def test_import_of_ldc93s1_uses_the_files_that_are_there(shared_data, tmp_path):
    for name in ('LDC93S1.wav', 'LDC93S1.txt'):
        shutil.copy(os.path.join(shared_data, 'ldc93s1', name), tmp_path)
    subprocess.run([sys.executable, str(ROOT / 'bin/import_ldc93s1.py'), str(tmp_path)], check=True)
    assert (tmp_path / 'ldc93s1.csv').read_text() == (
        'wav_filename,wav_filesize,transcript\n'
        'LDC93S1.wav,93638,she had your dark suit in greasy wash water all year\n')


def test_the_client_is_built_once(tmp_path):
    """What pip leaves among the sources does not make them look new."""
    for name, text in {'setup.py': '', 'VERSION': '1', 'native_client/a.cc': 'int a;',
                       'python': '#!/bin/sh\n'
                                 'case $1 in -c) pwd ;; -m) echo installed >> log\n'
                                 '  mkdir -p native_client/python/deepspeech.egg-info build\n'
                                 '  date +%N > native_client/python/deepspeech.egg-info/PKG-INFO\n'
                                 '  date +%N > build/object.o ;; esac\n'}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / 'python').chmod(0o755)

    def installed():
        done = subprocess.run(['bash', '-ec', f'. {ROOT}/bin/environment.sh; install_client'],
                              cwd=tmp_path, env={'PATH': f'{tmp_path}:/usr/bin:/bin'}, check=False,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return (tmp_path / 'log').read_text().count('installed')

    assert [installed(), installed(), installed()] == [1, 1, 1]
    (tmp_path / 'native_client/a.cc').write_text('int b;')
    assert [installed(), installed()] == [2, 2]
