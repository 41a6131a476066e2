"""A file is there whole, or as it was before."""
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from util.files import joined, path_from, whole_file


@pytest.mark.parametrize('mode, content', [('wb', b'new'), ('w', 'né\r\n')])
def test_the_name_is_taken_at_the_end(tmp_path, mode, content):
    path = tmp_path / 'file'
    path.write_text('old')
    with whole_file(path, mode, sync=True) as file:
        file.write(content)
        file.flush()
        assert path.read_text() == 'old'
        assert sorted(os.listdir(tmp_path)) == ['file', 'file.part']
    assert path.read_bytes() == (content if mode == 'wb' else content.encode())
    assert os.listdir(tmp_path) == ['file']


@pytest.mark.parametrize('error', [ValueError, KeyboardInterrupt, OSError])
def test_an_error_leaves_what_was_there(tmp_path, error):
    path = tmp_path / 'file'
    path.write_text('old')
    with pytest.raises(error), whole_file(path) as file:
        file.write(b'half')
        raise error
    assert path.read_text() == 'old' and os.listdir(tmp_path) == ['file']


def test_the_folder_must_be_there(tmp_path):
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / 'no' / 'file'):
        pass


def test_many_at_once_write_the_same_file(tmp_path):
    path = tmp_path / 'file'

    def write(number):
        with whole_file(path, contended=True) as file:
            for _ in range(50):
                file.write(bytes([number]) * 999)
                file.flush()
        assert len(set(path.read_bytes())) == 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert path.stat().st_size == 50 * 999 and os.listdir(tmp_path) == ['file']


def test_ways_from_every_folder_to_every_file(tmp_path):
    """Also where folders are links: each leads to its file, in one line without detours."""
    for name in ('corpus/clips', 'corpus/wav/deep', 'elsewhere/more'):
        (tmp_path / name).mkdir(parents=True)
    for link, target in (('corpus/linked', 'elsewhere'), ('short', 'corpus/wav/deep'),
                         ('corpus/wav/back', 'corpus')):
        os.symlink(tmp_path / target, tmp_path / link)
    places = ['corpus', 'corpus/clips', 'corpus/wav/deep', 'elsewhere/more', 'corpus/linked',
              'corpus/linked/more', 'short', 'corpus/wav/back/clips']
    for folder in places:
        for place in places:
            file = tmp_path / place / 'a b.wav'
            file.write_text(place)
            way = path_from(tmp_path / folder, file)
            reached = joined(str(tmp_path / folder), way)
            assert os.path.samefile(os.path.join(tmp_path, folder, way), file)
            assert os.path.samefile(reached, file) and '..' not in reached.split('/')
    assert path_from('x', 'x/y/z') == 'y/z' and path_from('x/y', 'x/z') == '../z'
    assert path_from(tmp_path / 'corpus', tmp_path / 'corpus/linked/a') == 'linked/a'


def test_joined_paths_of_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / 'clips').mkdir()
    monkeypatch.chdir(tmp_path)
    assert joined('clips', '../wav/x') == 'wav/x' and joined('', '../x') == '../x'
    assert joined('clips', 'a..b/x') == 'clips/a..b/x' and joined('a', '/b/c') == '/b/c'
