"""Keywords: the search against one in plain Python, every way of feeding, mistakes in lists."""

import math
import random

import numpy as np
import pytest

from tests.helpers import keywords, posteriors
from tests.helpers.keywords import Listener, Phrase

SPACE = 0  # of the alphabet: space, a, b, c


@pytest.fixture(scope='module')
def letters(d, tmp_path_factory):
    """Three labels: a, b, c."""
    path = tmp_path_factory.mktemp('letters') / 'alphabet.txt'
    path.write_text('a\nb\nc\n')
    return d.Alphabet(path)


def make_phrases(rng, space, most=4):
    """Return random phrases, different ones, with their line in a list."""
    first = 1 if space is not None else 0
    lines = {}
    for _ in range(rng.randint(1, most)):
        words = [[rng.randrange(first, first + 3) for _ in range(rng.randint(1, 3))]
                 for _ in range(rng.choice((1, 1, 2)))]
        threshold = rng.choice((0.005, 0.03, 0.1))
        text = ' '.join(''.join('abc'[label - first] for label in word) for word in words)
        lines[text] = (Phrase(words, threshold), f'{text} #{threshold}\n')
    return [phrase for phrase, _ in lines.values()], ''.join(line for _, line in lines.values())


def listen(d, text, alphabet, probs, sizes=None):
    """Return the hits of a list, in probabilities that are fed in pieces."""
    spotter = d.Spotter(text, alphabet)
    hits, at = [], 0
    for size in sizes or [max(1, len(probs))]:
        hits += spotter.step(probs[at:at + size]) if len(probs[at:at + size]) else []
        at += size
    assert at >= len(probs)
    return hits + spotter.finish()


@pytest.mark.parametrize('spaced', [True, False], ids=['words', 'letters'])
@pytest.mark.parametrize('seed', range(40))
def test_random_phrases_equal_the_plain_search(d, alphabet, letters, spaced, seed):
    rng = random.Random(seed)
    space = SPACE if spaced else None
    phrases, text = make_phrases(rng, space)
    frames = rng.randint(1, 40)
    probs = posteriors.random(frames, 5 if spaced else 4, 2.0, 1.0, np.random.default_rng(seed))
    probs = probs.astype(np.float32)
    found = listen(d, text, alphabet if spaced else letters, probs)
    wanted = Listener(phrases, keywords.logs(probs), space).hits()
    assert [(h.keyword, h.start, h.end) for h in found] == [
        (h.phrase, h.start, h.end) for h in wanted], text
    assert [math.log(h.score) for h in found] == pytest.approx([h.score for h in wanted],
                                                               abs=1e-4)


@pytest.mark.parametrize('spaced', [True, False], ids=['words', 'letters'])
@pytest.mark.parametrize('seed', range(4))
def test_the_plain_search_finds_the_best_of_all_labellings(spaced, seed):
    rng = random.Random(seed)
    space = SPACE if spaced else None
    phrase = make_phrases(rng, space, most=1)[0][0]
    phrase.threshold = 1e-9
    probs = posteriors.random(5, 5 if spaced else 4, 1.5, 1.0, np.random.default_rng(seed))
    log = keywords.logs(probs)
    best = keywords.best_of_all(phrase, log, space)
    hits = Listener([phrase], log, space).hits()
    if math.isfinite(best):
        assert max(hit.score for hit in hits) == pytest.approx(best, abs=1e-5)
    else:
        assert not hits  # too long for so few frames


def test_the_random_cases_have_all_there_is():
    """Otherwise they could not fail: hits, several of one phrase, phrases that gave way."""
    counts, gave_way = [], 0
    for seed in range(40):
        rng = random.Random(seed)
        phrases, _ = make_phrases(rng, SPACE)
        frames = rng.randint(1, 40)
        log = keywords.logs(posteriors.random(frames, 5, 2.0, 1.0, np.random.default_rng(seed)))
        together = Listener(phrases, log, SPACE).hits()
        alone = [hit for phrase in phrases for hit in Listener([phrase], log, SPACE).hits()]
        counts.append(len(together))
        gave_way += len(alone) > len(together)
    assert counts.count(0) < 25 and max(counts) > 3 and gave_way > 4, (counts, gave_way)


@pytest.mark.parametrize('double', [False, True], ids=['float', 'double'])
@pytest.mark.parametrize('seed', range(8))
def test_pieces_of_any_size_give_the_same_hits(d, alphabet, seed, double):
    rng = random.Random(seed)
    _, text = make_phrases(rng, SPACE)
    probs = posteriors.random(300, 5, 2.0, 1.0, np.random.default_rng(seed)).astype(np.float32)
    whole = listen(d, text, alphabet, probs)
    assert whole
    if double:
        probs = probs.astype(np.float64)
    for sizes in ([1] * 300, [7] * 43, [rng.randint(0, 16) for _ in range(300)]):
        assert listen(d, text, alphabet, probs, sizes) == whole


ENGLISH = " abcdefghijklmnopqrstuvwxyz'"


@pytest.fixture(scope='module')
def english(d, tmp_path_factory):
    """Return the alphabet of English."""
    path = tmp_path_factory.mktemp('english') / 'alphabet.txt'
    path.write_text('\n'.join(ENGLISH) + '\n')
    return d.Alphabet(path)


def spoken(text, labels=ENGLISH, sure=0.99, gap=2):
    """Return probabilities of somebody who says a text clearly, `_` being silence."""
    blank, path = len(labels), []
    for c in text:
        path += [blank] * 10 if c == '_' else [labels.index(c)] + [blank] * gap
    probs = np.full((len(path), blank + 1), (1 - sure) / blank, np.float32)
    probs[np.arange(len(path)), path] = sure
    return probs


@pytest.mark.parametrize('phrases, said, wanted', [
    ('go', 'go', ['go']),
    ('go', '_go_go_go', ['go'] * 3),
    ('go', 'go go go', ['go'] * 3),
    ('go go', 'go go go go', ['go go'] * 2),
    ('on', 'turn on the light', ['on']),
    ('on', 'once upon a button', []),
    ('he', 'the her he', ['he']),
    ('see', 'a sea a se a see', ['see']),
    ('light\nthe light\nturn on the light', 'turn on the light', ['turn on the light']),
    ('turn on\nturn on the light', 'turn on the light', ['turn on', 'turn on the light']),
    ('turn on\non the', 'turn on the light', ['turn on']),
    ('light\nlights', 'light_lights', ['light', 'lights']),
    ('play #0.1\npray #0.1', 'i pray and play', ['pray', 'play']),
    ('turn on @lamp\nlight on @lamp', 'turn on_light on', ['lamp', 'lamp']),
    ('Café  olé', 'cafe ole', ['Café olé']),
    ('zero one', 'zero_one', ['zero one']),
])
def test_what_is_said_and_nothing_else(d, english, phrases, said, wanted):
    assert [hit.name for hit in listen(d, phrases + '\n', english, spoken(said))] == wanted


def test_times_and_scores(d, english):
    probs = spoken('__stop__')
    [hit] = listen(d, 'stop\n', english, probs)
    # Ten frames, and five of silence on either side; four letters.
    assert (hit.start, hit.end, hit.score) == (20, 30, pytest.approx(0.99 ** 5))
    probs[23, ENGLISH.index('t')] /= 16
    [hit] = listen(d, 'stop\n', english, probs)
    assert hit.score == pytest.approx(0.99 ** 5 / 2)


@pytest.mark.parametrize('said, frames', [('stop a', 5), ('stop____', 5)], ids=['word', 'silence'])
def test_a_hit_is_reported_a_tenth_of_a_second_after_its_last_label(d, english, said, frames):
    probs = spoken(said)
    spotter, at = d.Spotter('stop\nstopping\nstep\n', english), None
    for t in range(len(probs)):
        if spotter.step(probs[t:t + 1]):
            at = t
            break
    assert at == spoken('stop', gap=2).shape[0] - 3 + frames


def test_a_phrase_has_an_end_in_time(d, english):
    """Certain silence costs nothing, but what follows a minute later belongs to another one."""
    beginning, ending, whole, silent = (spoken(said, sure=1 - 1e-7)
                                        for said in ('st', 'op', 'stop', '_' * 300))
    probs = np.concatenate([beginning, silent, ending, silent, whole])
    assert [hit.start for hit in listen(d, 'stop\n', english, probs)] == [
        len(probs) - len(spoken('stop'))]


@pytest.mark.parametrize('text', ['日本', 'äußern', 'go on'])
def test_bytes(d, text):
    """With bytes as labels, phrases are found wherever they are, as they may have no spaces."""
    labels = [chr(i) for i in range(1, 256)]
    alphabet = d.UTF8Alphabet()
    said = ''.join(map(chr, f'x{text}y'.encode()))
    hits = listen(d, text + '\n', alphabet, spoken(said, labels))
    assert [(hit.name, hit.start) for hit in hits] == [(text, 3)]


def test_alphabets_without_space(d, letters):
    probs = spoken('cabacab', 'abc')
    assert [(hit.name, hit.start) for hit in listen(d, 'ab\nca\n', letters, probs)] == [
        ('ca', 0), ('ca', 12)]
    assert [(hit.name, hit.start) for hit in listen(d, 'ab\ncab\n', letters, probs)] == [
        ('cab', 0), ('cab', 12)]
    assert listen(d, 'a b\n', letters, probs)[0].name == 'a b'


def test_lists_as_they_are_written(d, english, tmp_path):
    text = ('\ufeff# commands\n\nturn on the  light #0.35 @light_on\r\n@stop_it  stop #.5\n'
            '\tgo #1\n  # more\nyes')
    path = tmp_path / 'keywords.txt'
    path.write_text(text, encoding='utf-8', newline='')
    for given in (text, path, str(path)):
        spotter = d.Spotter(given, english)
        assert spotter.names == ['light_on', 'stop_it', 'go', 'yes']
        assert spotter.thresholds == [0.35, 0.5, 1, 0.3]


@pytest.mark.parametrize('text, what', [
    ('go\nstop #a\n', "keywords: line 2, column 6: found '#a': no threshold, expected a number "
                      'above 0 and at most 1 after #'),
    ('go #1.5\n', "line 1, column 4: found '#1.5': no threshold"),
    ('go #0\n', 'no threshold'), ('go #nan\n', 'no threshold'), ('go #\n', 'no threshold'),
    ('go #-1\n', 'no threshold'), ('go #0.5x\n', 'no threshold'),
    ('go #0.5 #0.4\n', "line 1, column 9: found '#0.4': a second threshold"),
    ('go @\n', "line 1, column 4: found '@': no name"),
    ('go @a @b\n', "line 1, column 7: found '@b': a second name"),
    ('go :1.5\n', "line 1, column 4: found ':1.5': a boost, which has no place here"),
    ('@go #0.5\n', "line 1, column 1: found '@go': no phrase"),
    ('go\nstop\n Go\n', "line 3, column 2: found 'Go', which line 1 has already"),
    ('go 7up\n', "line 1, column 4: the model's alphabet cannot spell '7' in '7up'"),
    ('go\n日本\n', "line 2, column 1: the model's alphabet cannot spell '日' in '日本'"),
    ('\n', 'keywords: has no phrase'), ('# only this\n', 'keywords: has no phrase'),
    ('', 'keywords: is empty'),
    ('no/such/file', 'no/such/file: No such file or directory: expected a list of keywords'),
    ('go\n' * 2 + 'x' * (9 << 20) + '\n', 'keywords: has 9 MB'),
    (''.join(f'a{"b" * (i % 100)}c{"d" * (i // 100)}\n' for i in range(20001)),
     'keywords: has 20001 phrases: expected at most 20000'),
])
def test_mistakes(d, english, text, what):
    with pytest.raises(ValueError) as caught:
        d.Spotter(text, english)
    assert what in str(caught.value) and '\n' not in str(caught.value)


@pytest.mark.parametrize('data, what', [
    (b'go\n\xff\n', 'line 2, column 1: found a byte that is no UTF-8'),
    (b'go\n\0\n', 'line 2, column 1: found a NUL byte'),
    ('go\n'.encode('utf-16'), 'is UTF-16: expected text in UTF-8'),
])
def test_files_that_are_no_text(d, english, tmp_path, data, what):
    path = tmp_path / 'keywords.txt'
    path.write_bytes(data)
    with pytest.raises(ValueError, match=what):
        d.Spotter(path, english)


def test_probabilities_that_are_none(d, english):
    spotter = d.Spotter('go\n', english)
    with pytest.raises(ValueError, match='probabilities have 5 classes'):
        spotter.step(np.zeros((1, 5), np.float32))
    probs = spoken('go')
    probs[3, 2] = np.nan
    with pytest.raises(ValueError, match='frame 3, class 2 has probability nan'):
        spotter.step(probs)
