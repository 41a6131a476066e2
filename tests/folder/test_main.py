"""bin/run-folder.sh on ten clips: every phase, then again, then with one recording more."""

import json
import shutil

import pytest

from tests.helpers.inside import Inside
from tests.helpers.need import need_module
from tests.helpers.places import ROOT
from util.errors import UserError
from util.folder.main import FolderRun
from util.folder.request import Request

DEMO = ROOT / 'data' / 'demo' / 'train'
SMALL = '--n_hidden', '16', '--epoch', '2', '--beam_width', '8', '--report_count', '1'


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


def run(folder, *more):
    """Run all phases in this process; return the tools that were called."""
    tools = Inside()
    request = Request.parse([str(folder), '--run_dir', str(folder.parent / 'run'), *SMALL, *more])
    FolderRun(request, tools).go()
    return tools.called


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    need_module('deepspeech')
    folder = folder_of(10, tmp_path_factory.mktemp('folder') / 'mine')
    return folder, run(folder)


def test_from_a_folder_to_a_model(finished):
    folder, called = finished
    assert called == ['import_folder.py', 'DeepSpeech.py', 'make_scorer.py', 'DeepSpeech.py']
    there = folder.parent / 'run'
    for name in ('export/output_graph.pbmm', 'words.scorer', 'test.json',
                 'checkpoints/flags.txt'):
        assert (there / name).stat().st_size, name
    card = next((there / 'export').glob('*.md')).read_text()
    assert 'words.scorer' in card and 'recordings-test.csv' in card
    assert json.loads((there / 'test.json').read_text())
    assert not [path for path in folder.iterdir() if path.suffix not in ('.opus', '.txt')]


@pytest.mark.slow
def test_again_and_with_changes(finished, capsys):
    folder, _ = finished
    there = folder.parent / 'run'
    assert run(folder) == []
    (there / 'words.scorer').unlink()
    assert run(folder) == ['make_scorer.py']
    (folder / 'other.txt').write_text('no recording has this name')
    assert run(folder) == ['import_folder.py'], 'what comes of it is as before'
    shutil.copyfile(next(folder.glob('*.opus')), folder / 'other.opus')
    assert run(folder) == ['import_folder.py', 'DeepSpeech.py', 'make_scorer.py', 'DeepSpeech.py']
    assert (there / 'earlier-1' / 'checkpoints').is_dir()
    assert "the earlier model is in" in ''.join(capsys.readouterr())


def test_a_run_belongs_to_one_folder(finished, tmp_path):
    folder, _ = finished
    tmp_path = tmp_path / 'others'
    tmp_path.mkdir()
    with pytest.raises(UserError, match='is the run of another folder'):
        FolderRun(Request.parse([str(tmp_path), '--run_dir', str(folder.parent / 'run')]),
                  Inside()).go()
