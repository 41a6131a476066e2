"""Texts as lines: sentences, wrapped lines, subtitles, DSAlign's scripts; and where each stands."""

import json
import random

import pytest

from util.align.script import read_script, sentences
from util.errors import UserError

TEXTS = {
    'One. Two! Three? "Four." Five': ['One.', 'Two!', 'Three?', '"Four."', 'Five'],
    'It cost 3.5 euros. (Really.) Then': ['It cost 3.5 euros.', '(Really.)', 'Then'],
    'first\nsecond\n\nthird': ['first', 'second', 'third'],
    'first\r\nsecond\rthird\n': ['first', 'second', 'third'],
    '今天很好。明天呢？「好！」他说。': ['今天很好。', '明天呢？', '「好！」', '他说。'],
    '¿Qué? ¡Sí! «Bueno.» Ya…  y más': ['¿Qué?', '¡Sí!', '«Bueno.»', 'Ya…', 'y más'],
    'This is a line that was wrapped by an editor\nand goes on here. Then\nNew one.':
        ['This is a line that was wrapped by an editor and goes on here.', 'Then', 'New one.'],
    'This is a line that was wrapped by an editor\r\nand goes on here.':
        ['This is a line that was wrapped by an editor and goes on here.'],
    'This is a line that ends a paragraph, as it seems\n\nand this is another one.':
        ['This is a line that ends a paragraph, as it seems', 'and this is another one.'],
    # Without a full stop anywhere, nothing tells that a line goes on.
    'this is a line of a list of sentences as in corpora\nand this is another one of them':
        ['this is a line of a list of sentences as in corpora',
         'and this is another one of them'],
    ' \n\t\n': [], '': [], 'a\0b.': ['a b.'], '...\n***\nOne.': ['...', '***', 'One.'],
}


@pytest.mark.parametrize('text', TEXTS)
def test_sentences(text):
    assert [line.text for line in sentences(text)] == TEXTS[text]


def test_random_texts_are_kept_whole():
    choose = random.Random(1)
    pieces = ['a', 'Bb', 'ccc', '3.5', '.', '?', '!"', ' ', '  ', '\n', '\r\n', '\n\n', '。', '“',
              'the quick brown fox jumps over the lazy dog and', '…', '\t', '\u2028', 'É']
    for _ in range(3000):
        text = ''.join(choose.choices(pieces, k=choose.randrange(40)))
        lines = list(sentences(text))
        for line in lines:
            assert line.text == ' '.join(text[line.start:line.end].split()) and line.text
            assert not text[line.start].isspace() and not text[line.end - 1].isspace()
        assert [line.start for line in lines] == sorted({line.start for line in lines})
        assert ''.join(''.join(line.text.split()) for line in lines) == ''.join(text.split())


@pytest.mark.parametrize('name, content, lines', [
    ('a.srt', '1\n00:00:01,000 --> 00:00:02,000\nANNA: Hello\nthere.\n\n2\n'
              '00:00:02,000 --> 00:00:03,000\nYes.\n', ['ANNA: Hello there.', 'Yes.']),
    ('a.vtt', 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n', ['Hello.']),
    ('a.TXT', 'Hello. There.', ['Hello.', 'There.']),
    ('a.script', json.dumps([{'text': 'Hello.\nThere. ', 'speaker': 'Anna'}, {'text': ' '},
                             {'text': 'Yes.', 'speaker': 'Bob', 'scene': 2}]),
     ['Hello. There.', 'Yes.'])])
def test_files(tmp_path, name, content, lines):
    path = tmp_path / name
    path.write_text(content)
    found = read_script(path)
    assert [line.text for line in found] == lines
    if name == 'a.script':
        assert [line.meta for line in found] == [{'speaker': 'Anna'},
                                                 {'speaker': 'Bob', 'scene': 2}]
        assert (found[0].start, found[1].start) == (0, 17)
    if name == 'a.srt':
        assert [line.text for line in read_script(path, labels=False)] == ['Hello there.', 'Yes.']


@pytest.mark.parametrize('name, content, error', [
    ('a.txt', '', 'no text is in it'), ('a.srt', 'no times', 'no text is in it'),
    ('a.script', '{', 'no JSON'), ('a.script', '{}', 'expected a list'),
    ('a.script', '[{"txt": 1}]', 'expected a list'), ('a.script', '[]', 'no text is in it'),
    ('a.script', '[{"text": 5}]', 'each with a "text"'), ('missing', None, 'No such file')])
def test_what_is_no_text(tmp_path, name, content, error):
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match=error) as refused:
        read_script(path)
    assert str(path) in str(refused.value) and '\n' not in str(refused.value)
