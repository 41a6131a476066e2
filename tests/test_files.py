"""A file is there whole, or as it was before."""
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from util.files import whole_file


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
