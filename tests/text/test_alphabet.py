"""Alphabet files in every accepted spelling; encoding, bytes, and 0.9.3's serialised form."""

import pytest

from util.errors import UserError
from util.text.alphabet import Alphabet, alphabet_lines


@pytest.mark.parametrize('end', ['\n', '\r', '\r\n'])
@pytest.mark.parametrize('last', [True, False])
def test_load(tmp_path, end, last):
    path = tmp_path / 'alphabet.txt'
    lines = ['\ufeff# comment', ' ', 'a', '\\#', 'é', "'", '# end']
    path.write_bytes((end.join(lines) + (end if last else '')).encode())
    alphabet = Alphabet.load(str(path))
    assert alphabet.labels == (' ', 'a', '#', 'é', "'")
    assert len(alphabet) == alphabet.blank == 5
    assert alphabet.encode("a é#") == [1, 0, 3, 2]
    assert alphabet.decode([1, 0, 3, 2]) == 'a é#'


@pytest.mark.parametrize('labels', [[' ', 'a', '#', "'"], ['#', '# end', 'sch', '\\', 'ß'], ['中']])
def test_written_and_read(tmp_path, labels):
    path = tmp_path / 'alphabet.txt'
    path.write_text(alphabet_lines(labels), encoding='utf-8')
    assert Alphabet.load(str(path)).labels == tuple(labels)


@pytest.mark.parametrize('content, message', [
    (b'', 'at least one label'), (b'# only a comment\n', 'at least one label'),
    (b'a\nb\na\n', "'a' is in the alphabet twice"), (b'caf\xe9\n', 'not UTF-8'),
    (''.join(f'{i:x}\n' for i in range(65536)).encode(), 'of 65536 labels .* at most 65535'),
    (None, 'cannot be read')])
def test_load_names_what_is_wrong(tmp_path, content, message):
    path = tmp_path / 'alphabet.txt'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=message) as e:
        Alphabet.load(str(path))
    assert str(path) in str(e.value)


def test_encode_names_the_character():
    alphabet = Alphabet('abc')
    with pytest.raises(ValueError, match="'é'"):
        alphabet.encode('abé')
    assert alphabet.missing('aéx') == {'é', 'x'}
    assert alphabet.missing('cab') == set()


def test_longest_label_first():
    alphabet = Alphabet(['s', 'sch', 'c', 'h', 'e'])
    assert alphabet.encode('schesch') == [1, 4, 1]
    assert alphabet.encode('sche') == [1, 4]
    assert alphabet.missing('schxe') == {'x'}
    with pytest.raises(ValueError, match="'x'"):
        alphabet.encode('schx')


def test_bytes_output():
    alphabet = Alphabet.bytes_output()
    assert len(alphabet) == 255
    assert alphabet.encode('aé') == [96, 0xC3 - 1, 0xA9 - 1]
    assert alphabet.decode(alphabet.encode('größe 中')) == 'größe 中'
    assert alphabet.decode([0xC3 - 1]) == '\ufffd'
    assert alphabet.missing('x\0y') == {'\0'}
    assert Alphabet.deserialize(alphabet.serialize()) == alphabet


def test_serialize_is_the_form_of_093():
    alphabet = Alphabet([' ', 'é', 'sch'])
    data = alphabet.serialize()
    assert data == b'\3\0' b'\0\0\1\0 ' b'\1\0\2\0\xc3\xa9' b'\2\0\3\0sch'
    assert Alphabet.deserialize(data) == alphabet
    for broken in (b'', data[:-1], data + b'x', b'\2\0\0\0\1\0a\0\0\1\0b'):
        with pytest.raises(ValueError, match='not a serialised alphabet'):
            Alphabet.deserialize(broken)


def test_the_original_alphabet(shared_data):
    alphabet = Alphabet.load(f'{shared_data}/deepspeech/alphabet.txt')
    assert ''.join(alphabet.labels) == " abcdefghijklmnopqrstuvwxyz'"
