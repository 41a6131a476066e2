"""Which recording has which text: in a folder, and in a catalog of DSAlign."""

import json

import pytest

from util.align.pairs import find_pairs
from util.errors import UserError


def make(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b'x')


def test_a_folder(tmp_path, capsys):
    make(tmp_path, 'a.mp3', 'a.txt', 'b c.wav', 'b c.de.srt', 'deep/a.wav', 'deep/a.vtt',
         'deep/z.flac', 'deep/z.script', 'alone.wav', 'two.wav', 'two.de.srt', 'two.en.srt',
         'free.txt', 'aligned/clips/a/a.wav', 'aligned/clips/a/a.txt', 'Größe ß.ogg',
         'Größe ß.txt', 'a.wav/x', 'deep/earlier/left_out.csv', 'deep/earlier/clips/a/b.wav',
         'deep/earlier/clips/a/b.txt', 'deep/earlier/rounds/1/clips/a/c.wav', 'left_out.csv')
    pairs = find_pairs(tmp_path, tmp_path / 'aligned')
    assert [(str(pair.audio.relative_to(tmp_path)), pair.script.name, pair.name)
            for pair in pairs] == [
        ('Größe ß.ogg', 'Größe ß.txt', 'Groe'), ('a.mp3', 'a.txt', 'a'),
        ('b c.wav', 'b c.de.srt', 'b_c'), ('deep/a.wav', 'a.vtt', 'deep-a'),
        ('deep/z.flac', 'z.script', 'deep-z')]
    said = capsys.readouterr()
    said = said.out + said.err
    assert '1 of 7 recordings have no text: alone.wav' in said
    assert '1 of 7 recordings have several texts: two.wav' in said


def test_names_are_never_alike(tmp_path):
    make(tmp_path, *(f'{name}.{kind}' for name in ('a b', 'a_b', 'a-b', 'A b', '東', '京')
                     for kind in ('wav', 'txt')))
    names = [pair.name for pair in find_pairs(tmp_path, tmp_path / 'aligned')]
    assert len({name.lower() for name in names}) == 6
    assert all(name.replace('-', '').replace('_', '').isalnum() and name.isascii()
               for name in names)


def test_a_catalog(tmp_path):
    make(tmp_path, 'x/a.wav')
    path = tmp_path / 'all.catalog'
    path.write_text(json.dumps([
        {'audio': 'x/a.wav', 'script': 'a.txt', 'aligned': 'out/a.aligned', 'tlog': 'a.tlog'},
        {'audio': '/abs/b.wav', 'script': 'b.script'}]))
    first, second = find_pairs(path, tmp_path / 'aligned')
    assert (first.audio, first.script, first.aligned, first.name) == (
        tmp_path / 'x/a.wav', tmp_path / 'a.txt', tmp_path / 'out/a.aligned', 'x-a')
    assert str(second.audio) == '/abs/b.wav' and second.aligned is None
    assert second.name == 'abs-b'


@pytest.mark.parametrize('content, error', [
    ('{', 'no JSON'), ('{}', 'expected a list'), ('[5]', 'entry 1: expected'),
    ('[{"audio": "a"}]', 'entry 1: expected'), ('[{"audio": "a", "script": 5}]', 'entry 1'),
    ('[]', 'the list is empty'), (b'\xff', 'no JSON')])
def test_what_is_no_catalog(tmp_path, content, error):
    path = tmp_path / 'all.catalog'
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=error):
        find_pairs(path, tmp_path / 'aligned')


def test_no_folder_and_an_empty_one(tmp_path):
    with pytest.raises(UserError, match='no such folder or catalog'):
        find_pairs(tmp_path / 'missing', tmp_path)
    with pytest.raises(UserError, match='no recording has a text of its name'):
        find_pairs(tmp_path, tmp_path / 'aligned')
