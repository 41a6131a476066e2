"""util/folder/main.py: which phases a run has, whatever ends one of them, and what another gives.

Ten clips are imported as they are; training and language model are real in the slow test only.
"""

import errno
import json
import os
import shutil
import signal

import pytest

from tests.helpers.inside import Inside, Quick
from tests.helpers.need import need_module
from tests.helpers.places import ROOT
from util import log
from util.folder.main import main
from util.folder.tool import Failed

DEMO = ROOT / 'data' / 'demo' / 'train'
SMALL = '--n_hidden', '16', '--epoch', '2', '--beam_width', '8', '--report_count', '1'
PHASES = 'import', 'check', 'language model', 'training', 'test and export', 'report'
TOOLS = 'import_folder.py', 'make_scorer.py', 'DeepSpeech.py', 'DeepSpeech.py', 'report.py'
PHASE_OF_TOOL = 'import', 'language model', 'training', 'test and export', 'report'


def folder_of(clips, path):
    """Put clips of the demo with their texts into a folder."""
    path.mkdir()
    rows = (ROOT / 'data' / 'demo' / 'train.csv').read_text().splitlines()[1:]
    for row in sorted(rows)[:clips]:
        wav, _, text = row.split(',')
        name = wav.split('/')[-1]
        shutil.copyfile(DEMO / name, path / name)
        (path / name).with_suffix('.txt').write_text(text)
    return path


@pytest.fixture
def folder(tmp_path):
    return folder_of(10, tmp_path / 'mine')


def run(folder, *more, tools=None, status=0):
    """Run all phases in this process; return the tools that were called."""
    tools = tools or Quick()
    assert main([str(folder), '--run_dir', str(folder.parent / 'run'), *SMALL, *more],
                tools) == status
    return tools.called


def last_line(capsys):
    return ''.join(capsys.readouterr()).splitlines()[-1]


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.slow
def test_from_a_folder_to_a_model(folder):
    need_module('deepspeech')
    assert run(folder, tools=Inside()) == [*TOOLS]
    there = folder.parent / 'run'
    for name in ('export/output_graph.pbmm', 'words.scorer', 'test.json',
                 'checkpoints/flags.txt', 'report.html'):
        assert (there / name).stat().st_size, name
    card = next((there / 'export').glob('*.md')).read_text()
    assert 'words.scorer' in card and 'recordings-test.csv' in card
    assert json.loads((there / 'test.json').read_text())
    assert not [path for path in folder.iterdir() if path.suffix not in ('.opus', '.txt')]
    assert run(folder, tools=Inside()) == []


def test_again_and_with_changes(folder, capsys):
    there = folder.parent / 'run'
    assert run(folder) == [*TOOLS]
    assert run(folder) == []
    (there / 'words.scorer').unlink()
    assert run(folder) == ['make_scorer.py']
    (folder / 'other.txt').write_text('no recording has this name')
    assert run(folder) == ['import_folder.py'], 'what comes of it is as before'
    assert not (there / 'earlier-1').exists()
    capsys.readouterr()
    shutil.copyfile(next(folder.glob('*.opus')), folder / 'other.opus')
    assert run(folder) == [*TOOLS]
    assert (there / 'earlier-1' / 'checkpoints').is_dir()
    assert "the earlier model is in '" in ''.join(capsys.readouterr())


def test_no_row_of_recordings_that_are_gone(folder):
    there = folder.parent / 'run' / 'data'
    run(folder)
    assert {path.stem for path in there.glob('*.csv')} == {
        f'recordings-{split}' for split in ('train', 'dev', 'test')}
    run(folder, '--dev_percent', '0')
    assert not (there / 'recordings-dev.csv').exists()


@pytest.mark.parametrize('phase', PHASES)
def test_ctrl_c_as_a_phase_begins(folder, capsys, monkeypatch, phase):
    """It comes while no tool runs: in our own work, however long that takes."""
    def info(message):
        if str(message).endswith(f': {phase}'):
            interrupt()

    with monkeypatch.context() as patch:
        patch.setattr(log, 'info', info)
        done = run(folder, status=130)
    assert last_line(capsys) == (
        f'W interrupted in {phase}: run the same command to go on from there')
    assert done + run(folder) == [*TOOLS]
    assert run(folder) == []


@pytest.mark.parametrize('where', range(len(TOOLS)))
def test_ctrl_c_while_a_tool_runs(folder, capsys, where):
    begun = run(folder, tools=Quick(where, interrupt), status=130)
    assert begun == [*TOOLS[:where + 1]]
    assert last_line(capsys) == (
        f'W interrupted in {PHASE_OF_TOOL[where]}: run the same command to go on from there')
    assert run(folder) == [*TOOLS[where:]] and run(folder) == []


@pytest.mark.parametrize('status, killed', [(1, ''), (137, ' (killed by signal 9)')])
@pytest.mark.parametrize('where', range(len(TOOLS) - 1))
def test_a_tool_that_fails(folder, capsys, where, status, killed):
    def fail():
        raise Failed(status)

    assert run(folder, tools=Quick(where, fail), status=status) == [*TOOLS[:where + 1]]
    assert last_line(capsys) == (f'W stopped in {PHASE_OF_TOOL[where]}{killed}: once that is '
                                 'mended, the same command goes on from there')
    assert run(folder) == [*TOOLS[where:]]


def test_a_report_that_fails_costs_nothing_else(folder, capsys):
    def fail():
        raise Failed(1)

    assert run(folder, tools=Quick(len(TOOLS) - 1, fail)) == [*TOOLS]
    said = ''.join(capsys.readouterr())
    assert 'W no report, but the model is there' in said and ' --model ' in said
    assert run(folder) == ['report.py'] and run(folder) == []


@pytest.mark.parametrize('phase', PHASES)
def test_a_disk_that_fills_under_our_own_files(folder, capsys, monkeypatch, phase):
    def info(message):
        if str(message).endswith(f': {phase}'):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), 'run/phases.json')

    with monkeypatch.context() as patch:
        patch.setattr(log, 'info', info)
        done = run(folder, status=1)
    *_, cause, advice = ''.join(capsys.readouterr()).splitlines()
    assert cause == 'E run/phases.json: No space left on device'
    assert advice.startswith(f'W stopped in {phase}: once that is mended')
    assert done + run(folder) == [*TOOLS]


def test_a_run_belongs_to_one_folder(folder, tmp_path, capsys):
    run(folder)
    (tmp_path / 'others').mkdir()
    assert run(tmp_path / 'others', status=1) == []
    assert 'is the run of another folder: pass another --run_dir' in ''.join(capsys.readouterr())


def test_nothing_that_can_be_used(tmp_path, capsys):
    folder = folder_of(0, tmp_path / 'mine')
    (folder / 'letter.pdf').touch()
    run(folder, status=1)
    cause, advice = ''.join(capsys.readouterr()).splitlines()[-2:]
    assert cause.startswith('E ') and 'put audio files and their transcripts into' in cause
    assert advice.startswith('W stopped in import: ')
