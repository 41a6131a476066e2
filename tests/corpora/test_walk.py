"""util/corpora/walk.py: folders behind links, each once, and no loop without an end."""

import os
from pathlib import Path

import pytest

from tests.helpers.clips import text
from tests.helpers.trees import OPTIONS, TREES
from util.corpora.walk import files, folders, through_links


@pytest.fixture
def tree(tmp_path):
    """Return a folder with links of every kind to folders."""
    top = tmp_path / 'top'
    text(top / 'a/b/own.txt', '')
    text(tmp_path / 'elsewhere/deep/other.txt', '')
    for link, target in (('l', tmp_path / 'elsewhere'), ('again', tmp_path / 'elsewhere'),
                         ('inside', 'a/b'), ('a/loop', '..'), ('up', '..'), ('root', '/'),
                         ('self', 'self'), ('gone', 'nowhere')):
        os.symlink(target, top / link)
    return top


def test_each_real_folder_once(tree):
    names = [str(path.relative_to(tree)) for path in files(tree)]
    assert names == ['a/b/own.txt', 'again/deep/other.txt']
    assert len(list(folders(tree))) == 5


@pytest.mark.parametrize('pattern, found', [
    ('**/*.txt', ['a/b/own.txt', 'again/deep/other.txt']), ('l/**/*.txt', ['l/deep/other.txt']),
    ('[al]/**/*.txt', ['a/b/own.txt', 'l/deep/other.txt']), ('l/*/*.txt', ['l/deep/other.txt']),
    ('a/b/own.txt/**/*.txt', []), ('none/**/*', [])])
def test_patterns(tree, pattern, found):
    assert sorted(str(p.relative_to(tree)) for p in through_links(tree, pattern)) == found


def test_a_folder_that_may_not_be_read_is_said(tree, capsys, monkeypatch):
    real = os.scandir

    def refuse(place):
        if Path(place).name in ('b', 'inside'):
            raise PermissionError(13, 'Permission denied', str(place))
        return real(place)

    monkeypatch.setattr(os, 'scandir', refuse)
    assert [path.name for path in files(tree)] == ['other.txt']
    assert 'a/b: Permission denied: the folder is left out' in capsys.readouterr().out


@pytest.mark.parametrize('name', TREES)
def test_every_corpus_behind_links(run, tmp_path, name):
    """Every folder of every corpus may lie elsewhere, with a link in its place."""
    TREES[name](tmp_path / 'corpus')
    plain = run(name, tmp_path / 'corpus', *OPTIONS.get(name, [])).everything()
    depth = max(len(path.relative_to(tmp_path / 'corpus').parts)
                for path in (tmp_path / 'corpus').rglob('*'))
    for level in range(depth - 1):
        folder = tmp_path / f'linked{level}'
        TREES[name](folder)
        for place in [path for path in folder.rglob('*') if path.is_dir()
                      and len(path.relative_to(folder).parts) == level + 1]:
            away = tmp_path / 'away' / str(level) / place.relative_to(folder)
            away.parent.mkdir(parents=True, exist_ok=True)
            place.rename(away)
            os.symlink(away, place)
        assert run(name, folder, *OPTIONS.get(name, [])).everything() == plain, level
