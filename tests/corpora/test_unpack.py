"""util/corpora/unpack.py against archives from strangers."""

import ast
import gzip
import io
import os
import random
import re
import stat
import subprocess
import sys
import tarfile
import warnings
import zipfile

import pytest

from tests.helpers.places import ROOT
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
    assert "left out 3 links, devices or files" in capsys.readouterr().out


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


@MAKERS
@pytest.mark.parametrize('first, second', [
    ('a', 'a/b'), ('a/b', 'a'), ('a/', 'a'), ('a', 'a/'), ('A', 'a'), ('Straße', 'STRASSE'),
    ('ok', 'x' * 300), ('ok', 'x' * 255), ('ok', 'd/' * 3000 + 'x'), ('ok', 'ä' * 200), ('ok', '.'),
    ('ok', './'), ('ok', 'a\nb'), ('ok', ' '), ('ok', '-rf'), ('ok', '~'), ('ok', '$(x)'),
    ('ok', '\x1b[2J'), ('ok', 'con'), ('ok', '.part'), ('a.part', 'a'), ('ok', '\u202egpj.x')])
def test_a_name_that_is_none_costs_its_file(tmp_path, make, name, first, second, capsys):
    """Whatever cannot be made is counted and named; what is before and behind it is there."""
    archive = make(tmp_path / name, ('before', b'1'), (first, b'2' * (not first.endswith('/'))),
                   (second, b'33' * (not second.endswith('/'))), ('behind', b'4'))
    unpack(archive, tmp_path / 'out')
    said = capsys.readouterr().out
    made = {str(p.relative_to(tmp_path / 'out')): p for p in (tmp_path / 'out').rglob('*')}
    assert made['before'].read_bytes() == b'1' and made['behind'].read_bytes() == b'4'
    if first.rstrip('/') != second.rstrip('/'):
        for there, content in ((first, b'2'), (second, b'33')):
            if there in made and made[there].is_file():
                assert made[there].read_bytes() == content
            elif there not in made and there != './':
                assert f'such as {there[:80]!r}' in said
    assert {p.name for p in tmp_path.iterdir()} == {name, 'out'}


NAMES = ('a', 'a/b', 'a/b/c', 'A', '../x', '/x', '', '.', '..', 'a/../..', 'C:x', 'a\\b', 'x' * 99,
         'x' * 300, 'a\nb', 'ä', ' ', '-', 'a//b', 'a/./b', './a')
NUMBERS = (0, 1, 511, 512, 513, 1 << 20, (1 << 31) - 1, 1 << 33, (1 << 63) - 1, -1, -512, -1024)
TYPES = (b'0', b'5', b'1', b'2', b'3', b'6', b'7', b'L', b'K', b'x', b'g', b'X', b'S', b'V', b'Z')
BODIES = (b'', b'data', bytes(600), b'20 size=-1024\n', b'22 size=99999999999\n', b'9' * 40,
          b'12 path=x\n' * 3, b'28 GNU.sparse.major=1\n', b'40 GNU.sparse.map=0,9,-5,7\n',
          b'\xff' * 90, b'26 linkpath=/etc/passwd\n', b'18 hdrcharset=X\n', b'16 path=../../x\n')


def odd_tar(draw):
    """Return a tar whose headers have right checksums and anything else in their fields."""
    out = bytearray()
    for _ in range(draw.randint(1, 6)):
        info = tarfile.TarInfo(draw.choice(NAMES)[:90])
        info.type, info.linkname = draw.choice(TYPES), draw.choice(('', '/etc', '..', 'a'))
        body = draw.choice(BODIES)
        info.size = len(body) if draw.random() < 0.8 else 0
        header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
        if draw.random() < 0.4:
            size = draw.choice(NUMBERS)
            header[124:136] = (size % (1 << 96)).to_bytes(12, 'big') if draw.random() < 0.7 else (
                b'%011o\0' % (size % (1 << 33)))
            if header[124] < 128 and draw.random() < 0.7:
                header[124] = draw.choice((128, 255))
        for _ in range(draw.choice((0, 0, 1, 3))):
            header[draw.randrange(512)] = draw.randrange(256)
        header[148:156] = b' ' * 8
        header[148:156] = b'%06o\0 ' % sum(header[:512])
        out += header + body + bytes(-len(body) % 512)
    whole = bytes(out) + bytes(1024) * draw.choice((0, 1))
    return gzip.compress(whole) if draw.random() < 0.3 else whole


def odd_zip(draw):
    """Return a zip whose directory says other things than its members do."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, 'w') as z:
        for _ in range(draw.randint(1, 5)):
            info = zipfile.ZipInfo(draw.choice(NAMES) or 'n', (1980, 1, 1, 0, 0, 0))
            info.external_attr = draw.choice((0, 0o120777, 0o100644, 0o010644, 0o060644)) << 16
            info.compress_type = draw.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED,
                                              zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')  # of names that come twice
                z.writestr(info, draw.choice((b'', b'data', bytes(3000), os.urandom(300))))
    data = bytearray(stream.getvalue())
    for _ in range(draw.randint(0, 4)):
        marks = [m.start() for m in re.finditer(b'PK(\x01\x02|\x03\x04|\x05\x06)', bytes(data))]
        at = draw.choice(marks) + draw.choice((6, 8, 10, 14, 16, 20, 22, 24, 26, 28, 30, 42, 46))
        value = draw.choice(NUMBERS) % (1 << 32)
        data[at:at + 4] = value.to_bytes(4, 'little')
        del data[len(stream.getvalue()):]
    return bytes(data)


UNPACKER = """
import collections, pathlib, resource, signal, sys
from util import log
from util.corpora.unpack import unpack
from util.errors import UserError

log.set_level(3)
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
signal.signal(signal.SIGALRM, signal.default_int_handler)
ends, fallen = collections.Counter(), []
for path in sorted(pathlib.Path('in').iterdir()):
    signal.alarm(30)
    try:
        unpack(path, pathlib.Path('out', path.name), allowance=1 << 24)
        ends['unpacked'] += 1
    except UserError:
        ends['refused'] += 1
    except BaseException as e:
        fallen.append(f'{path}: {e!r}'[:200])
print(dict(ends))
sys.exit('\\n'.join(fallen) or 0)
"""


@pytest.mark.parametrize('make, name', [(odd_tar, 'a.tar'), (odd_zip, 'a.zip')])
def test_archives_of_every_make(tmp_path, make, name):
    """Each is unpacked or refused, in its folder, with little memory and time.

    ODD_ARCHIVES: how many; 20,000 of each kind were tried once.
    """
    count = int(os.environ.get('ODD_ARCHIVES', '200'))
    draw = random.Random(name)
    archives = tmp_path / 'in'
    archives.mkdir()
    for i in range(count):
        (archives / f'{i}-{name}').write_bytes(make(draw))
    done = subprocess.run([sys.executable, '-c', UNPACKER], cwd=tmp_path, capture_output=True,
                          text=True, env={**os.environ, 'PYTHONPATH': str(ROOT)})
    assert done.returncode == 0, done.stderr
    ends = ast.literal_eval(done.stdout)
    assert sum(ends.values()) == count and min(ends.values()) > count // 20, ends
    assert {p.name for p in tmp_path.iterdir()} == {'in', 'out'}
    assert not any(p.is_symlink() or p.is_fifo() for p in (tmp_path / 'out').rglob('*'))
