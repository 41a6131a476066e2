"""What a run has left is found, whoever made the run, and what is no run is named."""

import pytest

from tests.helpers.runs import write_metrics, write_run
from util.errors import UserError
from util.report.run import Run, differences, read_flags


def test_a_run_of_a_folder(tmp_path):
    folder = write_run(tmp_path / 'run')
    run = Run.find(folder)
    assert run.kept == folder / 'checkpoints' and run.model is None
    assert run.sets == (str(folder / 'data' / 'recordings-test.csv'),)
    assert list(run.tests.values()) == [folder / 'test.json', folder / 'test-alone.json']
    assert run.sample_rate == 16000 and not run.by_characters
    (folder / 'export').mkdir()
    (folder / 'export' / 'output_graph.pbmm').touch()
    assert Run.find(folder).model == folder / 'export' / 'output_graph.pbmm'


@pytest.mark.parametrize('test', ['test.json', 'elsewhere.json', ''])
def test_a_folder_of_checkpoints(tmp_path, test):
    write_metrics(tmp_path)
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'mine.pb').touch()
    flags = [f'--export_dir={tmp_path}/out', '--export_file_name=mine', '--test_files=a.csv,b.csv',
             '--audio_sample_rate=8000', '--bytes_output_mode']
    if test:
        (tmp_path / test).write_text('[]')
        flags.append(f'--test_output_file={tmp_path / test}')
    (tmp_path / 'flags.txt').write_text('\n'.join(flags))
    run = Run.find(tmp_path)
    assert run.tests == ({'test': tmp_path / test} if test else {})
    assert run.sets == ('a.csv', 'b.csv') and run.model == tmp_path / 'out' / 'mine.pb'
    assert run.sample_rate == 8000 and run.by_characters and run.kept == tmp_path


def test_what_is_named_comes_first(tmp_path):
    folder, tested, model = write_run(tmp_path / 'run'), tmp_path / 'a.json', tmp_path / 'a.pbmm'
    run = Run.find(folder, tested, model)
    assert (run.tests, run.model) == ({'test': tested}, model)


def test_the_result_of_a_test_alone(tmp_path):
    path = write_run(tmp_path / 'run') / 'test.json'
    run = Run.find(path)
    assert run.tests == {'test': path} and run.kept is None and run.flags == {}
    beside = run.beside(Run('other', sets=('a.csv',)))
    assert beside.sets == ('a.csv',) and beside.beside(run) == beside


def test_no_run(tmp_path):
    with pytest.raises(UserError, match='no such folder: expected a run of bin/run-folder.sh'):
        Run.find(tmp_path / 'nothing')
    with pytest.raises(UserError, match='is no run: neither'):
        Run.find(tmp_path)


def test_flags_and_their_differences(tmp_path):
    one, two = tmp_path / 'one', tmp_path / 'two'
    one.write_text('# Group\n--epoch=3\n--early_stop\n--nobest\n--normal\n--augment=a\n--augment=b'
                   '\n--checkpoint_dir=x\n--same=1\n')
    two.write_text('--epoch=4\n--noearly_stop\n--nobest\n--normal\n--checkpoint_dir=y\n--same=1\n'
                   '--more=1\n')
    ours, theirs = read_flags(one), read_flags(two)
    assert ours['augment'] == 'a b' and read_flags(tmp_path / 'none') == {}
    assert sorted(differences(ours, theirs)) == [
        ('augment', 'a b', ''), ('early_stop', 'yes', 'no'), ('epoch', '3', '4'),
        ('more', '', '1')]
    assert differences(ours, ours) == []
