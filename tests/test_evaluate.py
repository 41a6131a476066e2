"""evaluate.py tests a checkpoint as the release that it was trained as."""
import pytest

from util.release import release_of


@pytest.mark.parametrize('named', [
    ['--checkpoint_dir', '{}'], ['--checkpoint_dir={}'], ['-checkpoint_dir', '{}'],
    ['--load_checkpoint_dir={}', '--checkpoint_dir', 'other'],
    ['--checkpoint_dir', 'other', '--load_checkpoint_dir', '{}', '--test_files=a.csv']])
@pytest.mark.parametrize('written, release', [
    ('# Release\n--release=0.9.3\n--epoch=3\n', '0.9.3'), ('--release=\n--epoch=3\n', ''),
    ('--release=9.9\n', ''), ('--epoch=3\n', ''), (None, '')])
def test_release_of_a_checkpoint(tmp_path, named, written, release):
    if written is not None:
        (tmp_path / 'flags.txt').write_text(written)
    assert release_of(['evaluate.py', *(word.format(tmp_path) for word in named)]) == release


def test_without_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'flags.txt').write_text('--release=0.9.3\n')
    for argv in ([], ['evaluate.py'], ['evaluate.py', '--checkpoint_dir'],
                 ['evaluate.py', '--checkpoint_dir', '']):
        assert release_of(argv) == ''
    (tmp_path / 'flags.txt').write_bytes(b'\xff')
    assert release_of(['evaluate.py', '--checkpoint_dir', str(tmp_path)]) == ''
