"""STT's programs under their names: each page runs a program of ours, with 0.9.3's defaults."""
import os
import runpy
import shlex
import subprocess
import sys

import pytest

import DeepSpeech
from tests.helpers.places import ROOT

ONLY_LAST = ['--notrain', '--notest']
PAGES = {
    'train': ('DeepSpeech.py', []),
    'evaluate': ('evaluate.py', []),
    'evaluate_export': ('evaluate_export.py', []),
    'export': ('DeepSpeech.py', ONLY_LAST),
    'training_graph_inference': ('DeepSpeech.py', ONLY_LAST),
    'training_graph_inference_flashlight': ('DeepSpeech.py', ONLY_LAST),
    'transcribe': ('transcribe.py', []),
    'util.lm_optimize': ('lm_optimizer.py', [])}


@pytest.fixture
def called(monkeypatch):
    """Return what runs a page and tells which program it has called, with what."""
    calls = []
    monkeypatch.setenv('DEEPSPEECH_RELEASE', 'to be removed again')
    monkeypatch.delenv('DEEPSPEECH_RELEASE')
    monkeypatch.setattr('pathlib.Path.exists', lambda path: True)
    run_path = runpy.run_path
    monkeypatch.setattr(runpy, 'run_path', lambda path, run_name: calls.append(
        (os.path.relpath(path, ROOT), run_name, sys.argv[1:], os.environ['DEEPSPEECH_RELEASE'])))

    def call(name, *arguments):
        monkeypatch.setattr(sys, 'argv', ['python', *arguments])
        monkeypatch.setattr(sys, 'path', list(sys.path))
        run_path(str(ROOT / 'coqui_stt_training' / f'{name.replace(".", "/")}.py'),
                 run_name='__main__')
        return calls.pop()
    return call


def test_every_page_is_one_of_these():
    found = {path.relative_to(ROOT / 'coqui_stt_training').with_suffix('').as_posix()
             for path in (ROOT / 'coqui_stt_training').rglob('*.py') if path.stem != '__init__'}
    assert {name.replace('/', '.') for name in found} == set(PAGES)


@pytest.mark.parametrize('name', PAGES)
def test_a_page_calls_its_program(called, monkeypatch, name):
    program, last = PAGES[name]
    assert called(name, '--n_hidden', '8') == (
        program, '__main__', ['--n_hidden', '8', *last], '0.9.3')
    monkeypatch.setenv('DEEPSPEECH_RELEASE', '')
    assert called(name)[3] == '', 'whoever sets the variable is heeded'


@pytest.mark.parametrize('name', ['train', 'export'])
def test_an_export_of_stt_has_a_tensorflow_lite_model(called, name):
    last = PAGES[name][1]
    for given in (['--export_dir', 'e', '--export_tflite', 'false'], ['--export_dir=e']):
        assert called(name, *given)[2] == ['--export_tflite', *given, *last]


SETS = '--train_files {0} --train_batch_size 1 --dev_files {0} --test_files {0} '
NET = '--show_progressbar false --early_stop false --n_hidden 100 '


@pytest.mark.parametrize('line, expected', [
    (NET + SETS.format('a.csv') + '--export_dir e --export_tflite false',
     {'early_stop': False, 'export_tflite': False, 'show_progressbar': False, 'n_hidden': 100}),
    (SETS.format('a.sdb a.csv') + '--audio_sample_rate 8000 ' + NET,
     {'train_files': 'a.sdb,a.csv', 'dev_files': 'a.sdb,a.csv', 'audio_sample_rate': 8000}),
    (NET + '--train_files a.csv --scorer "" --augment dropout pitch tempo warp time_mask '
     'frequency_mask add multiply --epochs 1',
     {'scorer_path': '', 'augment': tuple('dropout pitch tempo warp time_mask frequency_mask add '
                                          'multiply'.split())}),
    (SETS.format('a.csv') + "--bytes_output_mode true --checkpoint_secs 0 --scorer_path ''",
     {'bytes_output_mode': True, 'checkpoint_secs': 0}),
    ("--export_zip true --export_language 'Fake English (fk-FK)' --export_dir e --scorer_path s",
     {'export_zip': True, 'export_language': 'Fake English (fk-FK)'}),
    ('--drop_source_layers 1 --load_train last --load_checkpoint_dir a --save_checkpoint_dir b '
     + SETS.format('ru.csv'), {'drop_source_layers': 1, 'load_train': 'last'}),
    ('--one_shot_infer a.wav --vocab_file words.txt --scorer_path s --checkpoint_dir c',
     {'one_shot_infer': 'a.wav', 'vocab_file': 'words.txt'})])
def test_command_lines_of_its_scripts(line, expected):
    options = DeepSpeech.flag.parse(['train.py', *shlex.split(line)])
    assert {name: getattr(options, name) for name in expected} == expected
    assert len(options.warnings) == ('vocab_file' in line)


def test_a_program_that_is_not_there(capsys, monkeypatch):
    from coqui_stt_training import run
    with pytest.raises(SystemExit, match='^E none.py is not part of this version$'):
        run('none.py')


@pytest.mark.parametrize('command', [['train.py'], ['-m', 'coqui_stt_training.train']])
def test_called_as_in_stt(command):
    done = subprocess.run([sys.executable, *command, '--n_hiden', '8'], cwd=ROOT, check=False,
                          capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, '')
    assert done.stderr == 'E unknown flag --n_hiden: did you mean --n_hidden?\n'
