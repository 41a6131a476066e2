"""util/corpora/archives.py: what is fetched, from where, and what an interruption leaves."""

import hashlib
import tarfile
import zipfile

import pytest

from util.corpora.archives import Fetcher
from util.corpora.corpus import Archive, Corpus
from util.errors import UserError


def packed(path, **members):
    """Return an archive at `path`, its kind by its name; member name -> content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == '.zip':
        with zipfile.ZipFile(path, 'w') as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return path
    mode = {'.gz': 'gz', '.tgz': 'gz', '.bz2': 'bz2', '.xz': 'xz'}.get(path.suffix, '')
    with tarfile.open(path, f'w:{mode}') as archive:
        for name, content in members.items():
            file = path.parent / 'member'
            file.write_text(content)
            archive.add(file, name)
            file.unlink()
    return path


def corpus(*archives, **facts):
    return Corpus('toy', ('train', 'test'), clips=lambda folder, split: iter(()),
                  archives=archives, **facts)


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob('*') if path.is_file())


@pytest.fixture
def folder(tmp_path):
    return tmp_path / 'corpus'


@pytest.fixture
def server(tmp_path):
    """Return a folder whose files are fetched by its address."""
    return tmp_path / 'server'


@pytest.mark.parametrize('name', ['a.zip', 'a.tar', 'a.tar.gz', 'a.tgz', 'a.tar.bz2', 'a.tar.xz'])
def test_an_archive_is_fetched_and_unpacked_once(folder, server, name):
    path = packed(server / name, words='one two')
    toy = corpus(Archive(path.as_uri(), 'in/words', into='in'))
    assert Fetcher(folder).fetch(toy, ('train',)) == []
    assert (folder / 'in' / 'words').read_text() == 'one two'
    assert not list(folder.glob('.*unpacking'))
    (folder / 'in' / 'words').write_text('changed by the user')
    path.unlink()
    assert Fetcher(folder).fetch(toy, ('train',)) == []  # is there: neither fetched nor unpacked
    assert (folder / 'in' / 'words').read_text() == 'changed by the user'


def test_a_dry_run_changes_nothing_and_says_what_is_missing(folder, server):
    far = packed(server / 'far.zip', far='1').as_uri()
    toy = corpus(Archive(far, 'far'), Archive('http://x.example/near.zip', 'near'),
                 Archive('http://x.example/there.zip', 'there'))
    dry = Fetcher(folder, dry_run=True)
    assert dry.fetch(toy, ('train',)) == [far, 'http://x.example/near.zip',
                                          'http://x.example/there.zip']
    assert not folder.exists()
    near = packed(folder / 'near.zip', near='1')
    (folder / 'there').write_text('')
    assert dry.fetch(toy, ('train',)) == [far, f'{near} (to be unpacked)']
    assert files(folder) == ['near.zip', 'there']


@pytest.mark.parametrize('asked, unpacked', [
    (('train',), ['all', 'big']), (('test',), ['all', 'small']),
    (('train', 'test'), ['all', 'big', 'small'])])
def test_only_what_the_splits_need(folder, server, asked, unpacked):
    toy = corpus(*(Archive(packed(server / f'{name}.zip', **{name: 'x'}).as_uri(), name,
                           splits=splits)
                   for name, splits in (('all', ()), ('big', ('train',)), ('small', ('test',)))))
    Fetcher(folder).fetch(toy, asked)
    assert [name for name in files(folder) if '.' not in name] == unpacked


def test_an_interrupted_unpacking_is_done_again(folder, server, monkeypatch):
    """What shows that an archive is unpacked may be there long before its last file."""
    path = packed(server / 'a.zip', first='1', last='2')
    toy = corpus(Archive(path.as_uri(), 'first'))

    def interrupted(archive, into):
        (into / 'first').write_text('1')
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr('util.corpora.archives.unpack', interrupted)
        with pytest.raises(KeyboardInterrupt):
            Fetcher(folder).fetch(toy, ('train',))
    assert (folder / 'first').exists() and not (folder / 'last').exists()
    Fetcher(folder).fetch(toy, ('train',))
    assert (folder / 'last').read_text() == '2'


def test_the_users_own_archive_is_verified(folder):
    path = packed(folder / 'a.zip', words='x')
    right = hashlib.sha256(path.read_bytes()).hexdigest()
    for sha256, message in (('0' * 64, 'a.zip'), (right, '')):
        toy = corpus(Archive('http://no.example/a.zip', 'words', sha256=sha256))
        if message:
            with pytest.raises(UserError, match=message):
                Fetcher(folder).fetch(toy, ('train',))
            assert not (folder / 'words').exists()
        else:
            Fetcher(folder).fetch(toy, ('train',))
            assert (folder / 'words').read_text() == 'x'


@pytest.mark.parametrize('given', ['{server}/', 'file://{server}/', '{server}/a.zip',
                                   'file://{server}/a.zip'])
@pytest.mark.parametrize('count', [1, 3])
def test_another_address_from_the_user(folder, server, given, count):
    """A folder or the file itself; of several archives the one of that name."""
    packed(server / 'a.zip', words='x')
    there = [Archive(f'http://no.example/{i}.zip', f'there-{i}') for i in range(count - 1)]
    folder.mkdir()
    for archive in there:
        (folder / archive.provides).write_text('')
    toy = corpus(*there, Archive('http://no.example/a.zip', 'words'))
    Fetcher(folder, (given.format(server=server),)).fetch(toy, ('train',))
    assert (folder / 'words').read_text() == 'x'


def test_an_address_of_another_name_serves_a_lone_archive(folder, server):
    path = packed(server / 'renamed.tgz', words='x')
    lone = corpus(Archive('http://no.example/a.tgz', 'words'))
    assert Fetcher(folder, ('http://mirror.example/renamed.tgz',), dry_run=True).fetch(
        lone, ()) == ['http://mirror.example/renamed.tgz']
    two = corpus(*lone.archives, Archive('http://no.example/b.tgz', 'other'))
    assert Fetcher(folder, ('http://mirror.example/renamed.tgz',), dry_run=True).fetch(
        two, ()) == ['http://no.example/a.tgz', 'http://no.example/b.tgz']
    Fetcher(folder, (str(path),)).fetch(lone, ())
    assert path.exists() and not (folder / 'a.tgz').exists()  # used where it lies
    assert (folder / 'words').read_text() == 'x'


def test_what_must_be_bought_says_where(folder):
    toy = corpus(Archive('', 'LDC99/|ldc99/', name='LDC99.tgz'), manual='buy it at ldc.example')
    with pytest.raises(UserError, match=r'LDC99/\|ldc99/ is missing: buy it at ldc\.example'):
        Fetcher(folder).fetch(toy, ('train',))
    (folder / 'ldc99').mkdir()
    assert Fetcher(folder).fetch(toy, ('train',)) == []


def test_one_of_several_patterns_is_enough(folder):
    toy = corpus(Archive('', 'a/*.sph|b/*.wav'), manual='no')
    (folder / 'b').mkdir(parents=True)
    (folder / 'b' / 'x.flac').write_text('')
    with pytest.raises(UserError):
        Fetcher(folder).fetch(toy, ())
    (folder / 'b' / 'x.wav').write_text('')
    assert Fetcher(folder).fetch(toy, ()) == []


def test_what_the_server_lacks_costs_its_clips_only_where_it_is_optional(folder, server, capsys):
    good = Archive(packed(server / 'good.zip', good='x').as_uri(), 'good')
    lacking = (server / 'lacking.zip').as_uri()
    Fetcher(folder).fetch(corpus(Archive(lacking, 'more', optional=True), good), ('train',))
    said = capsys.readouterr()
    assert 'lacking.zip' in said.out + said.err and (folder / 'good').exists()
    with pytest.raises(UserError, match=r'lacking\.zip'):
        Fetcher(folder).fetch(corpus(Archive(lacking, 'more'), good), ('train',))


def test_another_archive_than_expected(folder, server):
    path = packed(server / 'a.zip', other='x')
    with pytest.raises(UserError, match='contains no words: this is not the expected archive '
                                        'of toy'):
        Fetcher(folder).fetch(corpus(Archive(path.as_uri(), 'words')), ('train',))


def test_archives_inside_an_archive(folder, server, tmp_path):
    inner = [packed(tmp_path / f'{name}.tar.gz', **{name: name}) for name in ('one', 'two')]
    server.mkdir()
    with zipfile.ZipFile(server / 'a.zip', 'w') as archive:
        for path in inner:
            archive.write(path, f'parts/{path.name}')
    toy = corpus(Archive((server / 'a.zip').as_uri(), 'parts/one', nested='parts/*.tar.gz'))
    Fetcher(folder).fetch(toy, ('train',))
    assert (folder / 'parts' / 'one').read_text() == 'one'
    assert (folder / 'parts' / 'two').read_text() == 'two'


def test_a_file_that_is_no_archive_is_copied(folder, server):
    server.mkdir()
    (server / 'list.txt').write_text('1\n2\n')
    toy = corpus(Archive('http://no.example/list.txt', 'doc/list.txt', name='doc/list.txt'))
    Fetcher(folder, (str(server / 'list.txt'),)).fetch(toy, ())
    assert (folder / 'doc' / 'list.txt').read_text() == '1\n2\n'


def test_an_index_says_what_there_is(folder, server):
    """It comes first; a dry run knows no more than that it is missing."""
    server.mkdir()
    names = ('one', 'two', 'three')
    for name in names:
        packed(server / f'{name}.zip', **{name: name})
    (server / 'index.txt').write_text('\n'.join(names))
    prepared = []

    def found(where):
        return tuple(Archive((server / f'{name}.zip').as_uri(), name)
                     for name in (where / 'index.txt').read_text().split())

    toy = Corpus('toy', ('train',), clips=lambda folder, split: iter(()), archives=found,
                 index=Archive((server / 'index.txt').as_uri(), 'index.txt'),
                 prepare=lambda where: prepared.append(files(where)))
    index = [(server / 'index.txt').as_uri()]
    assert Fetcher(folder, dry_run=True).fetch(toy, ('train',)) == index and not prepared
    assert Fetcher(folder).fetch(toy, ('train',)) == []
    assert len(prepared) == 1 and set(names) <= set(prepared[0])
    assert Fetcher(folder, dry_run=True).fetch(toy, ('train',)) == [] and len(prepared) == 1
