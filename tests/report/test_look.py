"""Looking at a run: what is there is read, and each thing that is not has its line."""

import json
import re

import pytest

from tests.helpers.clips import noise
from tests.helpers.databases import make_sdb
from tests.helpers.runs import CLIPS, write_metrics, write_run
from util.errors import UserError
from util.report.examples import Example
from util.report.look import CURVES, LENGTHS, SPEAKERS, TEST, look
from util.report.run import Run
from util.training.report import Sample, write_json


@pytest.fixture
def folder(tmp_path):
    return write_run(tmp_path / 'run')


def looked(folder, pattern=None):
    return look(Run.find(folder), pattern)


def test_all_is_there(folder, capsys):
    found = looked(folder)
    assert found.missing == {} and found.in_order and capsys.readouterr().out == ''
    assert [each.wav_filename.split('/')[-1] for each in found.tested] == [*CLIPS]
    assert [each.speaker for each in found.tested] == ['ann', 'ann', 'bob', 'bob']
    assert [each.secs for each in found.tested] == [1.0, 2.5, 4.0, 0.5]
    assert [len(tested) for tested in found.tests.values()] == [4, 4]
    assert found.curves['dev', 'wer']


def without(folder, name, content=None):
    """Take a file away, or put another in its place."""
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(content)


@pytest.mark.parametrize('name, content, what, line', [
    ('checkpoints/metrics.jsonl', None, CURVES, 'no curves: .*No such file'),
    ('checkpoints/metrics.jsonl', 'x\n{}\n', CURVES, 'no curves: .*, line 1: expected'),
    ('test.json', '{"a": 1}', TEST, 'test.json is no result of a test'),
    ('test.json', '[{"wav_filename": "a"}]', TEST, 'test.json is no result of a test'),
    ('test.json', '[[', TEST, 'test.json is no result of a test'),
    ('test.json', '[]', TEST, 'test.json: the test has no utterances'),
    ('data/a.wav', None, LENGTHS, '1 of 4 recordings cannot be read from here, such as .*a.wav'),
    ('data/a.wav', 'x', LENGTHS, '1 of 4 recordings cannot be read from here'),
    ('data/recordings-test.csv', 'a;b\n', SPEAKERS, 'no errors by speaker: the sets have no col')])
def test_one_thing_is_missing(folder, capsys, name, content, what, line):
    without(folder, name, content)
    found = looked(folder)
    assert re.search(line, found.missing[what])
    assert all('\n' not in each for each in found.missing.values())
    assert capsys.readouterr().out.splitlines() == [
        f'W {each}' for name, each in found.missing.items() if name != SPEAKERS]
    assert found.curves or what == CURVES
    assert found.tested  # of the network alone, where the other is damaged


def test_without_a_test(tmp_path):
    write_metrics(tmp_path)
    line = looked(tmp_path).missing[TEST]
    assert f'./evaluate.py --flagfile {tmp_path}/flags.txt --test_files CSV' in line
    (tmp_path / 'flags.txt').write_text('--test_files=a.csv')
    assert '--test_files' not in looked(tmp_path).missing[TEST]


def test_nothing_to_show(tmp_path):
    (tmp_path / 'flags.txt').write_text('')
    with pytest.raises(UserError, match='has nothing to show yet: no curves: .*evaluate.py'):
        looked(tmp_path)
    (tmp_path / 'a.json').write_text('nothing')
    with pytest.raises(UserError, match='has nothing to show yet: .*a.json is no result'):
        looked(tmp_path / 'a.json')


def test_speakers_by_their_names(folder):
    rows = json.loads((folder / 'test.json').read_text())
    found = looked(folder / 'test.json', re.compile(r'/([ab])\.wav'))
    assert [each.speaker for each in found.tested] == ['a', 'b', '', '']
    assert not found.in_order and len(rows) == 4
    assert 'finds none' in looked(folder, re.compile('(nobody)')).missing[SPEAKERS]


def test_the_order_of_another_set_is_none(folder):
    csv = folder / 'data' / 'recordings-test.csv'
    csv.write_text('wav_filename,wav_filesize,transcript\nother.wav,1,x\n')
    assert not looked(folder).in_order


def test_sets_that_are_collections(folder):
    """Their recordings have names only there; what would have to be fetched is not."""
    clip = noise(folder / 'clip.wav', 1.5).read_bytes()
    (folder / 'test.sdb').write_bytes(make_sdb([(clip, b'b'), (clip[:8044], b'c')]))
    path = folder / 'result.json'
    write_json(path, [Sample.compare(f'{folder}/test.sdb:{number}', 'b', 'c', 1.0)
                      for number in (1, 0)])
    found = look(Run('mine', tests={'test': path}, sets=(f'{folder}/test.sdb',)), None)
    assert [each.secs for each in found.tested] == [1.5, 0.25] and found.in_order
    assert Example.of(found.tested[0], 16000, None).sound
    away = look(Run('mine', tests={'test': path}, sets=('https://nowhere/a.tar',)), None)
    assert 'would have to be brought here' in away.missing['https://nowhere/a.tar']
    assert '2 of 2 recordings cannot be read from here' in away.missing[LENGTHS]
