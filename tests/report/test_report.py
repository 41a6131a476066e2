"""bin/report.py: from what a run has left to a page, and one line where that does not go."""

import sys

import pytest

from tests.helpers.need import need_module
from tests.helpers.pages import read
from tests.helpers.places import BIN
from tests.helpers.runs import write_run
from tests.helpers.scripts import load, tool
from util import errors
from util.errors import UserError


def run(monkeypatch, *words):
    monkeypatch.setattr(sys, 'argv', ['report.py', *map(str, words)])
    load(BIN / 'report.py').main()


def test_the_page_of_a_run(tmp_path):
    folder = write_run(tmp_path / 'run')
    done = tool('report.py', folder, folder / 'test-alone.json', '--worst', 2)
    assert (done.stdout, done.stderr) == (f'{folder}/report.html\n', '')
    found = read(folder / 'report.html')
    assert len(found.of('audio')) == 2 and 'Curves' in found.text
    assert not list(folder.glob('*.part'))


def test_where_the_page_goes(tmp_path, monkeypatch, capsys):
    folder = write_run(tmp_path / 'run')
    for words, place in (([folder / 'test.json', '--worst', 0], folder / 'test.html'),
                         ([folder, '--out', tmp_path / 'a.html'], tmp_path / 'a.html')):
        run(monkeypatch, *words)
        assert capsys.readouterr().out.splitlines()[-1] == str(place) and place.stat().st_size


def test_words_of_the_exported_model(tmp_path, monkeypatch, compat, capsys):
    need_module('deepspeech')
    wav = compat / 'audio' / 'espeak_000.wav'
    clips = {'a.wav': (1.0, 'ann', 'one two', 'one', 'one')}
    folder = write_run(tmp_path / 'run', clips=clips)
    (folder / 'data' / 'a.wav').write_bytes(wav.read_bytes())
    run(monkeypatch, folder, '--model', compat / 'model256.pbmm')
    assert not capsys.readouterr().err
    broken = folder / 'export' / 'output_graph.pbmm'
    broken.parent.mkdir()
    broken.write_bytes(b'x' * 99)
    run(monkeypatch, folder)
    *warnings, place = capsys.readouterr().out.splitlines()
    assert len(warnings) == 1 and 'no words in the pictures: model' in warnings[0]
    assert read(folder / 'report.html').of('img') and place.endswith('report.html')
    with pytest.raises(UserError, match='output_graph'):
        run(monkeypatch, folder, '--model', broken)


@pytest.mark.parametrize('words, status, line', [
    (['nothing'], 1, "E 'nothing': no such folder: expected a run"),
    (['.'], 1, "E '.' is no run: neither"),
    (['run', '--tested', 'nothing'], 1, 'E nothing: No such file or directory'),
    (['run', 'nothing'], 1, "E 'nothing': no such folder"),
    (['run', '--out', 'no/where.html'], 1, "E 'no/where.html' cannot be written (No such file"),
    (['run', '--worst', '0'], 1, "E '{}/run/report.html' cannot be written (No space left"),
    (['run', '--worst', '-1'], 2, 'report.py: error: --worst is at least 0'),
    (['run', '--speaker_pattern', '('], 2, 'report.py: error: argument --speaker_pattern')])
def test_messages_are_one_line(tmp_path, monkeypatch, capsys, words, status, line):
    (write_run(tmp_path / 'run') / 'report.html.part').symlink_to('/dev/full')
    words = [tmp_path / word if word == 'run' else word for word in words]
    assert errors.status_of(lambda: run(monkeypatch, *words)) == status
    said = capsys.readouterr()
    *usage, last = (said.err or said.out).splitlines()
    assert last.startswith(line.format(tmp_path)) and bool(usage) == (status == 2)
