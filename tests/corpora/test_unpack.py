"""util/corpora/unpack.py against archives from strangers."""

import io
import os
import stat
import tarfile
import zipfile

import pytest

from util.corpora.unpack import unpack
from util.errors import UserError


def make_tar(path, *members):
    """Members are (name, bytes) or TarInfo."""
    with tarfile.open(path, 'w:gz') as tar:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                tar.addfile(info, io.BytesIO(member[1]))
    return path


def make_zip(path, *members):
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as z:
        for name, data in members:
            z.writestr(name, data)
    return path


MAKERS = pytest.mark.parametrize('make, name', [(make_tar, 'a.tar.gz'), (make_zip, 'a.zip')])


@MAKERS
def test_plain(tmp_path, make, name):
    archive = make(tmp_path / name, ('x/y/1.txt', b'one'), ('x/2.txt', b''))
    assert unpack(archive, tmp_path / 'out') == 2
    assert (tmp_path / 'out/x/y/1.txt').read_bytes() == b'one'
    before = (tmp_path / 'out/x/y/1.txt').stat().st_mtime_ns
    (tmp_path / 'out/x/2.txt').write_bytes(b'cut')
    unpack(archive, tmp_path / 'out')
    assert (tmp_path / 'out/x/y/1.txt').stat().st_mtime_ns == before, 'complete files are kept'
    assert (tmp_path / 'out/x/2.txt').read_bytes() == b''


@MAKERS
@pytest.mark.parametrize('path', ['/etc/evil', '../evil', 'a/../../evil', 'C:evil', 'a\\..\\evil'])
def test_no_path_leaves_the_folder(tmp_path, make, name, path):
    archive = make(tmp_path / name, ('good', b'1'), (path, b'evil'))
    with pytest.raises(UserError, match='leads out of the folder'):
        unpack(archive, tmp_path / 'in' / 'out')
    assert {p.name for p in tmp_path.rglob('*') if p.is_file()} == {name, 'good'}


def test_links_and_devices_are_left_out(tmp_path, capsys):
    def info(name, kind, link=''):
        i = tarfile.TarInfo(name)
        i.type, i.linkname = kind, link
        return i

    outside = tmp_path / 'outside'
    outside.mkdir()
    archive = make_tar(tmp_path / 'a.tar.gz', info('link', tarfile.SYMTYPE, str(outside)),
                       ('link/evil', b'evil'), info('hard', tarfile.LNKTYPE, '../outside'),
                       info('pipe', tarfile.FIFOTYPE))
    unpack(archive, tmp_path / 'out')
    assert not list(outside.iterdir()) and not (tmp_path / 'out/link').is_symlink()
    assert sorted(os.listdir(tmp_path / 'out')) == ['link']
    assert 'left out 3 links or devices' in capsys.readouterr().out


def test_links_in_zip_are_left_out(tmp_path):
    link = zipfile.ZipInfo('link')
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive = make_zip(tmp_path / 'a.zip', (link, '/etc/passwd'), ('file', b'1'))
    unpack(archive, tmp_path / 'out')
    assert os.listdir(tmp_path / 'out') == ['file']


@MAKERS
def test_bomb(tmp_path, make, name):
    archive = make(tmp_path / name, ('zeros', bytes(3_000_000)))
    with pytest.raises(UserError, match='unpacks to more than 1,000,000 bytes'):
        unpack(archive, tmp_path / 'out', allowance=1_000_000)
    assert not list((tmp_path / 'out').iterdir())
    unpack(archive, tmp_path / 'out')


def test_sparse_bomb(tmp_path):
    """A header that announces terabytes is refused before a byte is written."""
    info = tarfile.TarInfo('huge')
    info.size = 1 << 42
    with open(tmp_path / 'a.tar', 'wb') as f:
        f.write(info.tobuf(tarfile.GNU_FORMAT))
    with pytest.raises(UserError, match='unpacks to more than'):
        unpack(tmp_path / 'a.tar', tmp_path / 'out')


@MAKERS
def test_damaged(tmp_path, make, name):
    archive = make(tmp_path / name, ('a', os.urandom(50_000)), ('b', os.urandom(50_000)))
    data = archive.read_bytes()
    archive.write_bytes(data[:70_000] if make is make_tar else data[:30_000] + b'?' + data[30_001:])
    with pytest.raises(UserError, match='damaged or truncated'):
        unpack(archive, tmp_path / 'out')
    assert not list((tmp_path / 'out').glob('*.part'))


def test_not_an_archive(tmp_path):
    (tmp_path / 'a.zip').write_bytes(b'<html>nope</html>' * 100)
    with pytest.raises(UserError, match='damaged or truncated'):
        unpack(tmp_path / 'a.zip', tmp_path / 'out')
