"""Alignment: where a text is spoken, which of it is not, and which speech is not in it."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest

from tests.helpers.said import posteriors, sentences

HEARD = 0.035  # confidence of what is found, at least
LABELS = " abcdefghijklmnopqrstuvwxyzäöüß'"


@dataclasses.dataclass(frozen=True)
class Part:
    """A line, word or letter as align_probe prints it."""

    found: bool
    start: int
    end: int
    confidence: float
    text: str


@pytest.fixture
def align(build, tmp_path):
    """Return what aligns a text with probabilities: (lines, words, letters)."""
    def run(text, probs, labels=LABELS):
        (tmp_path / 'text').write_bytes(text if isinstance(text, bytes) else text.encode())
        (tmp_path / 'alphabet').write_text(''.join(f'{label}\n' for label in labels))
        np.asarray(probs, np.float32).tofile(tmp_path / 'probs')
        done = subprocess.run(
            [build / 'align_probe', tmp_path / 'alphabet' if labels else '-', tmp_path / 'text',
             tmp_path / 'probs'], capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr.decode()
        parts = {'line': [], 'word': [], 'letter': []}
        for row in done.stdout.decode(errors='replace').split('\n')[:-1]:
            kind, found, start, end, confidence, said = row.split('\t')
            parts[kind].append(Part(found == '1', int(start), int(end), float(confidence), said))
        return parts['line'], parts['word'], parts['letter']
    return run


def far_off(line, place):
    return max(abs(line.start - place[0]), abs(line.end - place[1]))


# ---- what is spoken, and where ----


LINGER = 0.2  # what a step of a pause within a word costs


def exact(probs, labels):
    """Return (first, last) step of each label on the best CTC path, by the plain matrix."""
    log = np.log(np.maximum(probs, np.exp(-15.9)))
    states = [len(LABELS)] + [s for label in labels for s in (label, len(LABELS))]
    score = np.full((len(probs), len(states)), -np.inf)
    back = np.zeros(score.shape, int)
    score[0, :2] = log[0, states[:2]]
    for t in range(1, len(probs)):
        for s, label in enumerate(states):
            far = 3 if s % 2 and s > 1 and label != states[s - 2] else min(s + 1, 2)
            back[t, s] = np.argmax([score[t - 1, s - k] for k in range(far)])
            within = s % 2 == 0 and 0 < s < len(states) - 1
            score[t, s] = score[t - 1, s - back[t, s]] + log[t, label] - LINGER * within
    s = len(states) - 1 - int(score[-1, -2] > score[-1, -1])
    path = []
    for t in range(len(probs) - 1, -1, -1):
        path.append(s)
        s -= back[t, s]
    path = np.array(path[::-1])
    return [(int(np.flatnonzero(path == 2 * i + 1)[0]), int(np.flatnonzero(path == 2 * i + 1)[-1]))
            for i in range(len(labels))]


def test_letters_are_where_the_whole_matrix_has_them(align):
    for seed, text in enumerate(['hallo', 'essen', 'aal', 'x']):
        probs, _ = posteriors([text], LABELS, seed, error=0)
        _, words, letters = align(text, probs)
        assert [(p.start, p.end - 1) for p in letters] == exact(
            probs, [LABELS.index(c) for c in text])
        assert [(w.start, w.end) for w in words] == [(letters[0].start, letters[-1].end)]
        assert 0.3 < words[0].confidence <= 1


@pytest.mark.parametrize('error', [0, 0.1, 0.3])
def test_all_lines_of_what_is_read(align, error):
    said = sentences(60)
    probs, places = posteriors(said, LABELS, error=error)
    lines, words, letters = align('\n'.join(said), probs)
    assert [line.text for line in lines] == said
    assert all(line.found for line in lines)
    near = [far_off(line, place) <= 5 for line, place in zip(lines, places)]
    assert np.mean(near) > 0.95 - error / 2
    assert [word.text for word in words] == ' '.join(said).split()
    assert ''.join(letter.text for letter in letters) == ''.join(said).replace(' ', '')
    for parts in (lines, words, letters):
        assert all(a.end <= b.start for a, b in zip(parts, parts[1:]))
        assert all(part.start < part.end for part in parts if part.found)


@pytest.mark.parametrize('error', [0, 0.2])
def test_lines_that_are_not_spoken_are_found_out(align, error):
    said, others = sentences(80), sentences(80, seed=3)
    probs, places = posteriors(said, LABELS, error=error)
    wrong = set(np.random.default_rng(5).permutation(80)[:12])
    lines, _, _ = align('\n'.join(others[i] if i in wrong else said[i] for i in range(80)), probs)
    assert [not line.found for line in lines] == [i in wrong for i in range(80)]
    assert all(far_off(line, place) < 60 for line, place in zip(lines, places) if line.found)
    assert max(lines[i].confidence for i in wrong) < min(
        line.confidence for i, line in enumerate(lines) if i not in wrong)


@pytest.mark.parametrize('seed', [1, 2])
def test_lines_that_are_alike_are_told_apart(align, seed):
    """Of forty words, as commands are: a wrong line leads to none like it farther on."""
    rng = np.random.default_rng(seed)
    words = sorted(set(' '.join(sentences(20, seed=7)).split()))[:40]
    said, others = ([' '.join(rng.choice(words, rng.integers(2, 5))) for _ in range(500)]
                    for _ in range(2))
    wrong = set(rng.permutation(500)[:50])
    probs, places = posteriors(said, LABELS, seed, error=0.3)
    lines, _, _ = align('\n'.join(others[i] if i in wrong else said[i] for i in range(500)), probs)
    kept = [i for i, line in enumerate(lines) if line.found and i not in wrong]
    assert len(kept) > 0.95 * (500 - len(wrong))
    assert sum(lines[i].found for i in wrong) <= 0.1 * len(wrong)
    assert np.mean([far_off(lines[i], places[i]) <= 10 for i in kept]) > 0.95


@pytest.mark.parametrize('missing', [range(0, 60), range(20, 75), range(30, 90), range(5, 85)],
                         ids=['beginning', 'middle', 'end', 'nearly all'])
@pytest.mark.parametrize('where', ['text', 'audio'])
def test_long_parts_may_be_missing(align, missing, where):
    """Of the recording, which begins in the midst of the text for one; of the text."""
    every = sentences(90)
    rest = [line for i, line in enumerate(every) if i not in missing]
    probs, places = posteriors(rest if where == 'audio' else every, LABELS)
    lines, _, _ = align('\n'.join(every if where == 'audio' else rest), probs)
    found = {line.text for line in lines if line.found}
    assert found <= set(rest) and len(found) >= len(rest) - 3
    where_of = dict(zip(rest if where == 'audio' else every, places))
    for line in lines:
        assert not line.found or far_off(line, where_of[line.text]) < 100


def test_words_added_and_left_out(align):
    said = sentences(20)
    probs, _ = posteriors(said, LABELS, error=0)
    added = 'unverständlichkeit'
    text = [line.split() for line in said]
    text[5].insert(2, added)
    lines, words, _ = align('\n'.join(map(' '.join, text)), probs)
    assert all(line.found for line in lines)
    assert [word.text for word in words if not word.found] == [added]
    left_out = text[9].pop(2)
    probs, places = posteriors([' '.join(line) for line in text], LABELS, error=0)
    text[9].insert(2, left_out)
    text[7].pop(1)
    lines, words, _ = align('\n'.join(map(' '.join, text)), probs)
    assert [word.text for word in words if not word.found] == [left_out]
    assert all(far_off(line, place) <= 5 for line, place in zip(lines, places))


def test_twice_spoken_is_found_once_and_in_order(align):
    said = sentences(6)
    probs, places = posteriors(said[:3] + said[2:3] + said[3:], LABELS)
    lines, _, _ = align('\n'.join(said), probs)
    assert all(line.found for line in lines)
    assert all(far_off(line, places[i]) <= 8 for line, i in zip(lines, (0, 1, None, 4, 5, 6))
               if i is not None)


# ---- what is no good ----


def test_text_of_something_else(align):
    probs, _ = posteriors(sentences(30), LABELS)
    for text in ('\n'.join(sentences(30, seed=9)), '\n'.join(sentences(300, seed=9)),
                 ' '.join(sentences(30, 'qxyzjk', seed=9))):
        lines, words, _ = align(text, probs)
        assert sum(word.found for word in words) < 0.1 * len(words)
        assert sum(line.found for line in lines) <= 0.04 * len(lines)


def test_silence_noise_and_nothing(align):
    silence, _ = posteriors([], LABELS, pause=(10, 3000))
    flat = np.full((500, len(LABELS) + 1), 1 / (len(LABELS) + 1))
    rng = np.random.default_rng(3)
    babble = rng.dirichlet(np.full(len(LABELS) + 1, 0.05), 1000)
    for probs in (silence, flat, babble, silence[:1], silence[:0]):
        lines, words, letters = align('\n'.join(sentences(10)), probs)
        assert not any(line.found for line in lines)
        assert all(word.confidence >= HEARD for word in words if word.found)
        assert sum(letter.found for letter in letters) <= 0.05 * len(letters)
        assert all(0 <= line.start <= line.end <= len(probs) for line in lines)


@pytest.mark.parametrize('wrong', [[0], [3], [9], [2, 3, 4], [0, 1, 8, 9], [1, 3, 5, 7]])
def test_what_is_not_found_stands_where_it_is_missing(align, wrong):
    said, others = sentences(10), sentences(10, seed=9)
    probs, places = posteriors([line for i, line in enumerate(said) if i not in wrong], LABELS)
    lines, words, letters = align(
        '\n'.join(others[i] if i in wrong else line for i, line in enumerate(said)), probs)
    assert [i for i, line in enumerate(lines) if not line.found] == wrong
    rest = iter(places)
    place_of = [None if i in wrong else next(rest) for i in range(10)]
    for i in wrong:
        before = [place[1] for place in place_of[:i] if place]
        behind = [place[0] for place in place_of[i:] if place]
        assert max(before, default=0) - 10 <= lines[i].start <= lines[i].end
        assert lines[i].end <= min(behind, default=len(probs)) + 10
    for parts in lines, words, letters:
        times = [time for part in parts for time in (part.start, part.end)]
        assert times == sorted(times)


@pytest.mark.parametrize('text', [b'', b'\n\n', b' \t ', b'\xff\xfea\xff', b'1 2 3', b'-\n-',
                                  'ייִדיש'.encode(), b'a\nb', b'\xef\xbb\xbfabc', b'a' * 5000])
def test_odd_texts(align, text):
    probs, _ = posteriors(['abc'], LABELS)
    lines, words, letters = align(text, probs)
    assert len(lines) <= len(words) + 2 and len(words) <= len(letters) <= len(text)


def test_a_recording_that_ends_in_a_word(align):
    said = sentences(5)
    probs, places = posteriors(said, LABELS)
    cut = (places[4][0] + places[4][1]) // 2
    lines, words, _ = align('\n'.join(said), probs[:cut])
    assert [line.found for line in lines[:4]] == [True] * 4
    assert all(word.end <= cut for word in words)


# ---- spelling ----


@pytest.mark.parametrize('labels, given, spelt', [
    (LABELS, 'Weißenburg-Gunzenhausen, „Über“!', ['weißenburggunzenhausen', 'über']),
    (LABELS, 'U\u0308ber Cafe\u0301s', ['über', 'cafes']),
    (LABELS, "Don't 'quote' d’Artagnan", ["don't", 'quote', "d'artagnan"]),
    (LABELS, 'STRAẞE', ['straße']),
    (LABELS, 'Ærøskøbing Łódź', ['aeroskobing', 'lodz']),
    (LABELS, 'kostet 17 Mark – heute', ['kostet', 'mark', 'heute']),
    (" abcdefghijklmnopqrstuvwxyz", 'Straße Größe', ['strasse', 'grosse']),
    (' Aabc', 'Aab ABC', ['Aab', 'Abc']),
    (' абвгдеёжзийклмнопрстуфхцчшщъыьэюя', 'Ёлка Йод', ['ёлка', 'йод']),
    (' αβγδεζηθικλμνξοπρστυφχψως', 'Ώρα Άλφα', ['ωρα', 'αλφα']),
    ('你好吗我', '你好，吗？我', ['你', '好', '吗', '我']),
])
def test_texts_are_spelt_as_the_alphabet_can(align, labels, given, spelt):
    """What is spelt is found where it is said, and shown as it was given."""
    separator = ' ' if ' ' in labels else ''
    probs, places = posteriors([separator.join(spelt)], labels, error=0)
    lines, words, letters = align(given, probs, labels)
    assert [line.text for line in lines] == [given] and lines[0].found
    assert lines[0].confidence > 0.5 and far_off(lines[0], places[0]) <= 6
    assert len(words) == len(spelt)
    shown = separator.join(word.text for word in words)
    assert shown == given
    assert len(letters) <= sum(map(len, spelt))


def test_words_of_a_line_hold_all_of_it(align):
    given = '– "Eins 2 zwei" 3 …\n4 drei\n5\n'
    probs, _ = posteriors(['eins zwei', 'drei'], LABELS, error=0)
    lines, words, _ = align(given, probs)
    assert [line.text for line in lines] == ['– "Eins 2 zwei" 3 …', '4 drei', '5']
    assert [line.found for line in lines] == [True, True, False]
    assert [word.text for word in words] == ['– "Eins 2', 'zwei" 3 …', '4 drei']


def test_bytes_as_labels(align):
    said = ['grüße', 'an alle']
    probs, places = posteriors([line.encode().decode('latin-1') for line in said],
                               ''.join(map(chr, range(1, 256))), error=0)
    lines, _, letters = align('Grüße,\nan alle!', probs, labels='')
    assert all(line.found and far_off(line, place) <= 6 for line, place in zip(lines, places))
    assert [letter.text for letter in letters] == list('Grüßeanalle')


def test_a_wide_alphabet(align):
    """Of many labels a step keeps the most probable ones."""
    labels = ' ' + ''.join(map(chr, range(0x4e00, 0x4e00 + 900)))
    said = sentences(25, labels[1:])
    probs, places = posteriors(said, labels)
    lines, _, _ = align('\n'.join(said), probs, labels)
    assert all(line.found for line in lines)
    assert np.mean([far_off(line, place) <= 6 for line, place in zip(lines, places)]) > 0.8


# ---- long recordings ----

PEAK = '''
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)
found = sum(row.startswith(b'line\\t1') for row in done.stdout.splitlines())
print(json.dumps([done.returncode, found,
                  resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024]))
'''


def test_two_hours_take_little_memory(build, tmp_path):
    said = sentences(100)
    probs, _ = posteriors(said, LABELS)
    times = 360000 // len(probs) + 1
    (tmp_path / 'alphabet').write_text(''.join(f'{label}\n' for label in LABELS))
    (tmp_path / 'text').write_text('\n'.join(said * times))
    with open(tmp_path / 'probs', 'wb') as f:
        for _ in range(times):
            probs.tofile(f)
    done = subprocess.run(
        [sys.executable, '-c', PEAK, build / 'align_probe', tmp_path / 'alphabet',
         tmp_path / 'text', tmp_path / 'probs'], capture_output=True, timeout=300, check=True)
    code, found, megabytes = json.loads(done.stdout)
    assert code == 0
    assert found > 0.98 * 100 * times
    assert megabytes < 100, megabytes
