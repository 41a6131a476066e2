"""The models that people start from: small, described, licensed, and as good as their cards say."""

import re
import tarfile
import zipfile

import numpy as np
import pytest

from tests.helpers.need import need_module
from tests.helpers.places import ROOT
from util.text.edits import edit_distance

MODELS = ROOT / 'data' / 'models'
NAMES = sorted(path.stem for path in MODELS.glob('*.pbmm'))
MEGABYTE = 1 << 20


def test_they_are_there_and_small():
    assert NAMES
    sizes = {path: path.stat().st_size for path in MODELS.iterdir()}
    for name in NAMES:
        assert sum(size for path, size in sizes.items() if path.stem == name) < 4 * MEGABYTE
    assert sum(sizes.values()) < 12 * MEGABYTE
    assert {path.stem for path in sizes} == set(NAMES)


@pytest.mark.parametrize('name', NAMES)
def test_cards_say_what_people_must_know(name):
    card = (MODELS / f'{name}.md').read_text()
    assert re.search(r'^license: "CC', card, re.M) and re.search(r'^language: "\w\w"', card, re.M)
    for words in ('# ', 'Intended use:', 'Limits:', 'Made from', f'run-start-models.sh {name}',
                  '## Training', '## Errors', '## Commands'):
        assert words in card, words
    assert '/work/' not in card and '/root/' not in card  # paths of the machine that made it
    network = need_module('deepspeech').Model(str(MODELS / f'{name}.pbmm'))
    assert f'n_hidden: {network.info.n_hidden}\n' in card
    assert f'"{"bidirectional" if network.info.bidirectional else "forward"}"' in card


@pytest.mark.parametrize('name', NAMES)
def test_each_opens_with_what_belongs_to_it(name, monkeypatch):
    ds = need_module('deepspeech')
    monkeypatch.setenv('DEEPSPEECH_MODELS', str(MODELS))
    found = ds.find_model(name)
    assert found.path == str(MODELS / f'{name}.pbmm') and found.title
    silence = np.zeros(16000, np.int16)
    assert ds.open_model(name).stt(silence).strip() in ('', '[unk]')


def share_of_errors(model, spoken):
    """Word error rate over (samples, transcript)."""
    wrong = words = 0
    for samples, transcript in spoken:
        said = model.stt(samples).split()
        wrong += edit_distance(said, transcript.split())
        words += len(transcript.split())
    return wrong / words


@pytest.mark.parametrize('name', [name for name in NAMES if name.startswith('en-')])
def test_english_is_heard_as_the_card_says(name, shared_data, tmp_path, monkeypatch):
    ds = need_module('deepspeech')
    monkeypatch.setenv('DEEPSPEECH_MODELS', str(MODELS))
    with tarfile.open(f'{shared_data}/an4/an4_sphere.tar.gz') as archive:
        archive.extractall(tmp_path, [m for m in archive if 'an4test' in m.name
                                      or 'an4_test.transcription' in m.name], filter='data')
    lines = (tmp_path / 'an4/etc/an4_test.transcription').read_text().lower().splitlines()
    spoken = []
    for text, audio in (re.fullmatch(r'(.*) \((\S+)\)', line).groups() for line in lines[::3]):
        path, = tmp_path.rglob(f'{audio}.sph')
        spoken.append((ds.read_audio(path), text))
    card = (MODELS / f'{name}.md').read_text()
    told = float(re.search(r'an4-test\.csv \|.*?\| ([\d.]+) % \|.*scorer \|', card)[1]) / 100
    assert share_of_errors(ds.open_model(name), spoken) < told + 0.1


def test_arabic_commands_are_heard(shared_data, tmp_path, monkeypatch):
    ds = need_module('deepspeech')
    monkeypatch.setenv('DEEPSPEECH_MODELS', str(MODELS))
    model = ds.open_model('ar-commands')
    words = dict(line.split('\t') for line in open(
        f'{shared_data}/arabic_commands/words.tsv', encoding='utf-8').read().splitlines()[1:])
    right = heard = 0
    with zipfile.ZipFile(
            f'{shared_data}/arabic_commands/arabic-speech-commands-dataset.zip') as archive:
        rows = archive.read('test.csv').decode().splitlines()[1::16]
        for file, label in (row.split(',') for row in rows):
            path = archive.extract(file, tmp_path)
            right += model.stt(ds.read_audio(path)).strip() == words[label]
            heard += 1
    assert heard == 100 and right >= 80
