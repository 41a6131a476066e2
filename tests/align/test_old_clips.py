"""Which clips of earlier runs are removed: those that we made, and that no table has."""

from util.align.old_clips import remove_old


def test_only_what_we_made_and_no_table_has(tmp_path, outcomes):
    ours = ['clips/a/0.wav', 'clips/a/a-00001000.wav', 'clips/a/a-360000000.wav',
            'clips/b/1.wav', 'clips/gone/gone-00000000.wav', 'clips/bad/bad-00000000.wav']
    theirs = ['clips/a/notes.txt', 'clips/a/b-00001000.wav', 'clips/a/a-1.wav',
              'clips/other/other-00000000.wav', 'clips/a-00001000.wav']
    for name in (*ours, *theirs):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / 'pieces').mkdir()
    for name in ('a', 'b', 'gone', 'bad'):
        (tmp_path / 'pieces' / f'{name}.json').touch()
    assert remove_old(tmp_path, outcomes, ['bad']) == 3
    left = {path.relative_to(tmp_path).as_posix() for path in (tmp_path / 'clips').rglob('*.*')}
    assert left == {*theirs, ours[0], ours[3], ours[5]}
    assert not (tmp_path / 'clips' / 'gone').exists()
    assert remove_old(tmp_path / 'none', outcomes) == 0
