"""util/folder/phases.py: what is done is not done again, unless anything that counts changes."""

import os

import pytest

from util.errors import UserError
from util.folder.phases import NAME, Phases, contents, listing


def test_once_and_again(tmp_path):
    result = tmp_path / 'result'
    phases = Phases(tmp_path)
    assert phases.changed('a', {'x': 1}) is None
    phases.note('a', {'x': 1, 'y': [1, 2]})
    for each in (phases, Phases(tmp_path)):
        assert each.changed('a', {'x': 1, 'y': [1, 2]}) == []
        assert each.changed('a', {'x': 2, 'y': [1]}) == ['x', 'y']
        assert each.changed('a', {'y': [1, 2], 'z': 0}) == ['x', 'z']
        assert each.changed('a', {'x': 1, 'y': [1, 2]}, [result]) == [str(result)]
        assert each.changed('b', {}) is None
    result.touch()
    assert phases.changed('a', {'x': 1, 'y': [1, 2]}, [result]) == []


def test_a_damaged_note(tmp_path):
    (tmp_path / NAME).write_text('{')
    with pytest.raises(UserError, match='delete it'):
        Phases(tmp_path)


def test_every_change_of_a_folder_is_seen(tmp_path):
    folder = tmp_path / 'recordings'
    (folder / 'a').mkdir(parents=True)
    (folder / 'a' / '1.wav').write_text('1')
    seen = [listing(folder)]
    assert listing(folder) == seen[0] and seen[0]['files'] == 1

    def changed():
        seen.append(listing(folder))
        assert seen[-1] not in seen[:-1]

    (folder / '2.wav').write_text('2')
    changed()
    (folder / '2.wav').write_text('22')
    changed()
    (folder / '2.wav').rename(folder / '3.wav')
    changed()
    os.utime(folder / '3.wav', (1, 1))
    changed()
    (folder / '3.wav').unlink()
    assert listing(folder) == seen[0]


def test_contents(tmp_path):
    first, second = tmp_path / 'a', tmp_path / 'b'
    first.write_text('one')
    second.write_text('two')
    assert contents([first, second]) == contents([first, second]) != contents([second, first])
    assert contents([]) == 0
