"""The native alphabet: the files and the bytes that util.text.alphabet knows too."""

import pytest

from util.text.alphabet import Alphabet


def test_agrees_with_the_trainer(d, tmp_path):
    path = tmp_path / 'alphabet.txt'
    path.write_bytes('\ufeff# letters\r\na\r\nb\r\n \r\n\\#\r\nch\r\né'.encode())
    ours, theirs = d.Alphabet(path), Alphabet.load(str(path))
    assert ours.GetSize() == len(ours) == len(theirs) == 6
    assert ours.GetSpaceLabel() == 2 and ours.IsSpace(2) and not ours.IsSpace(0)
    assert ours.Serialize() == theirs.serialize()
    for text in ('ab ch#é', '', 'chb'):
        assert ours.Encode(text) == theirs.encode(text)
        assert ours.Decode(ours.Encode(text)) == text
    assert d.Alphabet.deserialize(theirs.serialize()).Serialize() == theirs.serialize()
    assert d.UTF8Alphabet().Serialize() == Alphabet.bytes_output().serialize()
    assert d.Alphabet.deserialize(Alphabet.bytes_output().serialize()).bytes_output


def test_says_what_it_cannot_do(d, alphabet, tmp_path):
    assert alphabet.CanEncode('ab c') and not alphabet.CanEncode('xa')
    assert alphabet.CanEncodeSingle('a') and not alphabet.CanEncodeSingle('ab')
    with pytest.raises(ValueError, match="character 'é' is not in the alphabet"):
        alphabet.Encode('aé')
    with pytest.raises(ValueError, match="'ab' is 2 labels"):
        alphabet.EncodeSingle('ab')
    with pytest.raises(ValueError, match='label 4 is not in the alphabet'):
        alphabet.Decode([4])
    with pytest.raises(ValueError, match='code 0x2000: .*cannot be read .No such file'):
        d.Alphabet(tmp_path / 'none.txt')
    for content, message in ((b'', 'no labels'), (b'a\na\n', "'a' occurs twice")):
        (tmp_path / 'bad.txt').write_bytes(content)
        with pytest.raises(ValueError, match=message):
            d.Alphabet(tmp_path / 'bad.txt')
    for data in (b'', b'\x01\x00', b'\x01\x00\x05\x00\x01\x00a', b'\x01\x00\x00\x00\xff\xffa'):
        with pytest.raises(ValueError, match='not a serialised alphabet'):
            d.Alphabet.deserialize(data)
