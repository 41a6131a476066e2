"""bin/run-start-models.sh: what it asks for, and a model from a little of the real recordings."""

import os
import subprocess

import pytest

from tests.helpers.places import ROOT
from tests.helpers.scripts import tool

NAMES = 'en-commands', 'en-commands-live', 'ar-commands', 'de-kerstin'


def start(*arguments, **environment):
    return subprocess.run([ROOT / 'bin/run-start-models.sh', *map(str, arguments)], text=True,
                          capture_output=True, check=False, cwd=ROOT,
                          env={**os.environ, 'TF_CPP_MIN_LOG_LEVEL': '3', **environment})


def test_a_model_that_nobody_makes():
    done = start('ar-commands', 'fr-commands')
    assert done.returncode == 2 and done.stdout == ''
    assert done.stderr == f"E no model 'fr-commands': expected one of {' '.join(NAMES)}\n"


@pytest.mark.slow
@pytest.mark.parametrize('name', NAMES)
def test_a_corpus_that_is_missing(tmp_path, name):
    done = start(name, COMPUTE_DATA_DIR=str(tmp_path), COMPUTE_KEEP_DIR=str(tmp_path / 'keep'),
                 MODELS=str(tmp_path / 'models'))
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f'E {tmp_path}/') and ' is missing: bin/import_' in last


@pytest.mark.slow
def test_a_model_of_a_few_clips(shared_data, tmp_path):
    tool('import_arabic_commands.py', tmp_path / 'data/arabic_commands', '--limit', 60, '--url',
         f'{shared_data}/arabic_commands/arabic-speech-commands-dataset.zip')
    keep, models = tmp_path / 'keep', tmp_path / 'models'
    places = {'COMPUTE_DATA_DIR': str(tmp_path / 'data'), 'COMPUTE_KEEP_DIR': str(keep),
              'MODELS': str(models)}
    for _ in range(2):  # the second goes on from the first, which has come to its end
        done = start('ar-commands', '--', '--epoch', 2, '--n_hidden', 16, **places)
        assert done.returncode == 0, done.stderr
        made = {path.name for path in models.iterdir()}
        assert made == {'ar-commands.pbmm', 'ar-commands.grammar', 'ar-commands.md'}
    assert 'nothing to train' in done.stdout
    card = (models / 'ar-commands.md').read_text()
    assert '\n# Forty Arabic commands\n' in card and 'width 16' in card and '--epoch=2' in card
    listed = subprocess.run(['deepspeech', '--list_models'], text=True, capture_output=True,
                            check=True, env={**os.environ, 'DEEPSPEECH_MODELS': str(models)})
    assert 'ar-commands  Forty Arabic commands' in listed.stdout
