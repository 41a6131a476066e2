"""util/folder/expect.py: the less there is, the less is promised."""

import pytest

from util.folder.expect import expectation


@pytest.mark.parametrize('hours, said', [
    (0, 'too little'), (0.08, 'too little'), (0.09, 'dozen words'), (0.49, 'dozen words'),
    (0.51, 'commands'), (9.9, 'commands'), (10, ''), (1000, '')])
def test_by_hours(hours, said):
    lines = expectation(hours, 10, None)
    assert len(lines) == bool(said) and said in ''.join(lines)


@pytest.mark.parametrize('speakers, said', [(1, 'one speaker'), (2, 'two speakers'), (3, ''),
                                            (None, '')])
def test_by_speakers(speakers, said):
    lines = expectation(100, 10, speakers)
    assert len(lines) == bool(said) and said in ''.join(lines)


def test_a_single_clip():
    assert expectation(0, 1, None)[0].startswith('1 clip is too little')
