"""The page: well formed whatever the texts are, self-contained, with all that there is."""

import base64
import io
import re

import pytest
import soundfile
from PIL import Image

from tests.helpers.pages import read
from tests.helpers.runs import CLIPS, HOSTILE, utterance, write_metrics, write_run
from util.client.utterances import Word
from util.report.examples import Example
from util.report.look import Looked, look
from util.report.page import write_page
from util.report.run import Run


def example(tested):
    whole = Example.of(tested, 16000, None)
    words = [Word(HOSTILE, 0.25 * whole.secs, 0.75 * whole.secs, 0.5)]
    return Example(tested, whole.sound, whole.picture, whole.secs, words, [], whole.note)


def page_of(path, looked, other=None, examples=()):
    write_page(path, looked, other, examples)
    found = read(path)
    everything = [value for _, attrs in found.found for value in attrs.values() if value]
    assert not any(re.search('//|url', value) for value in everything if value[:5] != 'data:')
    assert not re.search(r'<script>alert|@import|url\(', path.read_text())
    return found


def titles(found):
    return re.findall('What came out|beside each other|Curves|By length|By speaker|By time|'
                      'Confusions|with the most wrong words|Utterances that differ most',
                      found.text)


@pytest.fixture
def looked(tmp_path):
    return look(Run.find(write_run(tmp_path / f'run {HOSTILE.replace("/", "")}')), None)


def test_all_there_is(tmp_path, looked):
    examples = [example(each) for each in looked.tested[::-1][:2]]
    found = page_of(tmp_path / 'page.html', looked, None, examples)
    assert titles(found) == ['What came out', 'Curves', 'By length', 'By speaker', 'Confusions',
                             'with the most wrong words']
    for text in (HOSTILE, '4 utterances, 8 s, 2 speakers', '18.2\N{NO-BREAK SPACE}%', '45.5',
                 '1 wrong of 3 words', 'bob', 'ate', 'loss 3.2', '1 to 2 s'):
        assert text in found.text, text
    sounds = [soundfile.read(io.BytesIO(base64.b64decode(each['src'].split(',')[1])))
              for each in found.of('audio')]
    assert [len(samples) / rate for samples, rate in sounds] == [0.5, 4.0]
    assert [Image.open(io.BytesIO(base64.b64decode(each['src'].split(',')[1]))).width
            for each in found.of('img')] == [50, 400]
    places = [each['style'] for each in found.of('span') if 'left:' in each.get('style', '')]
    assert places == ['left:25.00%;width:50.00%;--p:0.50'] * 2


def test_beside_another(tmp_path, looked):
    clips = {name: (secs, who, said, alone, alone)
             for name, (secs, who, said, alone, _) in CLIPS.items()}
    other = look(Run.find(write_run(tmp_path / 'other', '--epoch=7\n--more\n', clips)), None)
    found = page_of(tmp_path / 'page.html', looked, other)
    assert titles(found) == ['What came out', 'beside each other', 'Curves', 'By length',
                             'By speaker', 'Confusions', 'Utterances that differ most']
    for text in ('On the 4 utterances of both', 'no more than what chance can', 'for five'):
        assert text in found.text, text
    alone = look(Run.find(tmp_path / 'other' / 'test-alone.json'), None)
    assert 'Which flags differ is not known' in page_of(tmp_path / 'a.html', looked, alone).text


@pytest.mark.parametrize('tested', [[], [('a b', 'a b')], [('a b', '')], [('', 'a')]])
def test_little_to_show(tmp_path, tested):
    looked = Looked(Run('mine'), {}, {'test': [utterance(*each) for each in tested]}
                    if tested else {}, missing={'test': 'no test: & why'} if not tested else {})
    found = page_of(tmp_path / 'page.html', looked, looked)
    if tested:
        assert ('There are no errors' in found.text) == (tested == [('a b', 'a b')])
    else:
        assert 'no test: & why' in found.text


def test_what_is_missing_is_said_where_it_would_be(tmp_path, looked):
    write_metrics(tmp_path / 'plain', 2)
    plain = look(Run.find(tmp_path / 'plain'), None)
    found = page_of(tmp_path / 'page.html', plain)
    assert 'make it with ./evaluate.py' in found.text and titles(found)[-1] == 'Curves'
    gone = Example.of(utterance('a', 'b', str(tmp_path / 'gone.wav')), 16000, None)
    found = page_of(tmp_path / 'page.html', looked, None, [gone])
    assert 'gone.wav: the file is missing' in found.text
    assert 'No words below the pictures' in found.text and not found.of('img')
