"""util/folder/request.py: what of the command line is for whom."""

from pathlib import Path

import pytest

from tests.helpers.scripts import tool
from util.folder.request import IMPORTING, INSTEAD, Request


def test_what_is_for_whom(tmp_path):
    folder = tmp_path / 'talks'
    folder.mkdir()
    request = Request.parse([
        str(folder), '--epoch', '2', '--text', 'a.txt,b.txt', '--speaker_pattern=-(.)-',
        '--vary', '0', '--text', 'c.txt', '--keep_digits', '--locale', 'de', '--noearly_stop'])
    assert request.training == ('--epoch', '2', '--vary', '0', '--noearly_stop')
    assert request.texts == ('a.txt', 'b.txt', 'c.txt') and request.locale == 'de'
    assert request.importing == ('--speaker_pattern=-(.)-', '--locale=de', '--keep_digits')
    assert request.run_dir == Path('runs/talks')


def test_the_importer_knows_its_options():
    known = tool('import_folder.py', '--help').stdout
    assert all(f'--{name} ' in known or f'--{name}]' in known for name in IMPORTING)


def test_the_trainer_knows_the_flags_that_are_set():
    known = tool('../DeepSpeech.py', '--helpfull').stdout
    assert all(name in known for name in INSTEAD)


@pytest.mark.parametrize('arguments, said', [
    ([], 'expected the folder of the recordings first'),
    (['--epoch', '2'], 'expected the folder of the recordings first'),
    (['nowhere'], 'is no folder'), (['.', '--run_dir', '.'], 'lies in the folder'),
    (['.', '--export_dir', 'x', '--run_dir', '/x'], '--export_dir is set by the run itself'),
    (['.', '--notest', '--run_dir', '/x'], '--notest is set by the run itself'),
    (['.', '-scorer_path=x', '--run_dir', '/x'], 'pass its text as --text'),
    (['.', '--run_dir', './run'], 'lies in the folder'), (['.', '--recipe', 'x'], 'minutes')])
def test_misuse(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        Request.parse(arguments)
    assert stop.value.code == 2 and said in capsys.readouterr().err


def test_the_run_folder_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv('COMPUTE_KEEP_DIR', '/somewhere')
    (tmp_path / 'a').mkdir()
    assert Request.parse([str(tmp_path / 'a')]).run_dir == Path('/somewhere')
    assert Request.parse([str(tmp_path / 'a'), '--run_dir', 'x']).run_dir == Path('x')
