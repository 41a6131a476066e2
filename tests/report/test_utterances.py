"""Single utterances: what was said above what was understood, and words at their places."""

from tests.helpers.pages import read
from tests.helpers.runs import utterance
from util.client.utterances import Word
from util.report.examples import Example
from util.report.run import Run
from util.report.utterances import utterances


def page_of(*examples, flags=()):
    return read('\n'.join(utterances(Run('mine', flags=dict.fromkeys(flags, '')), examples)))


def test_pairs():
    found = page_of(Example(utterance('one two', 'one to <b>', 'deep/a.wav', speaker='ann')))
    assert [each['class'] for each in found.of('span') if each['class'] in ('right', 'wrong')] == [
        'right', 'wrong', 'wrong']
    for text in ('1. a.wav', '2 wrong of 2 words, ann, loss 1.5', '<b>', '\N{EN DASH}'):
        assert text in found.text, text
    assert len(found.of('b')) == len(found.of('i')) == 3


def test_letters():
    found = page_of(Example(utterance('ab c', 'abc')), flags=['bytes_output_mode'])
    assert '1 wrong of 4 letters' in found.text and len(found.of('b')) == 4
    assert 'with the most wrong letters' in found.text


def test_words_at_their_places():
    said, heard = [Word('a&', 0.5, 1.0, 0.25), Word('b', 1.0, 2.0, 1.0)], [Word('c', 0, 1, 0)]
    found = page_of(Example(utterance('a', 'b'), b'', b'png', 2.0, said, heard))
    places = [each for each in found.of('span') if 'style' in each]
    assert [each['style'] for each in places] == [
        'left:25.00%;width:25.00%;--p:0.25', 'left:50.00%;width:50.00%;--p:1.00',
        'left:0.00%;width:50.00%;--p:0.00']
    assert places[0]['title'] == 'a&: 0.50 to 1.00 s, 25 % sure'
    assert [each['class'] for each in found.of('div') if 'words' in each.get('class', '')] == [
        'words said', 'words heard']
    assert len(found.of('script')) == 1 and not found.of('audio')


def test_none():
    assert page_of().found == []
