"""Where recordings are cut: made-up alignments, in which all that must hold is known."""

import random
from itertools import pairwise

import pytest

from tests.helpers.need import need_module
from util.align.cutting import (
    LOW,
    NO_PAUSE,
    NOT_IN_TEXT,
    NOT_SPOKEN,
    WINDOW,
    Rules,
    cut,
    lowest_mean,
)
from util.align.script import Line
from util.text.transcripts import Cleaning

LETTER = 0.08  # seconds
clean = Cleaning()


def recording(lines, pauses, lost=(), stray=(), confidence=lambda: 0.9, lead=0.5):
    """Make what an aligner and a segmenter would say.

    Args:
        lines: texts.
        pauses: seconds behind each word.
        lost: numbers of the words that are not spoken.
        stray: numbers of the words behind which a second of something else is said.
        confidence: of each letter.
        lead: silence at the beginning.
    """
    made = need_module('deepspeech').alignment
    script, at, aligned, silences = [], 0, [], [(0.0, lead)] if lead else []
    now, number = lead, 0
    for text in lines:
        script.append(Line(text, at, at + len(text), {'line': len(script)}))
        at += len(text) + 1
        words = []
        for word in text.split():
            if not any(c.isalpha() for c in word):
                number += 1
                continue
            letters, found = [], number not in lost
            begin = now
            for letter in filter(str.isalpha, word):
                letters.append(made.AlignedLetter(letter, now, now + LETTER,
                                                  confidence() if found else 0, found))
                now += LETTER * found
            words.append(made.AlignedWord(word, begin, now, 0.9, found, letters))
            if found:
                for said in ([1.0] if number in stray else []):
                    silences.append((now, now + 0.3))
                    now += 0.3 + said
                if pauses[number] >= 0.1:
                    silences.append((now, now + pauses[number]))
                now += pauses[number]
            number += 1
        aligned.append(made.AlignedLine(text, 0, 0, 0.9, any(w.found for w in words), words))
    merged = []
    for start, end in silences:
        if merged and start - merged[-1][1] < 1e-6:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return script, made.Alignment(aligned, now), merged


def pieces_of(*args, rules=None, **options):
    return cut(*recording(*args, **options), rules or Rules(), clean)


def test_a_line_is_a_clip_where_there_are_pauses():
    lines = ['Here is one line.', '“And another one”,', 'the last line.']
    pauses = [0.0, 0.02, 0, .6, 0, 0, .3, 0, 0, .8]
    pieces = pieces_of(lines, pauses)
    assert [(p.text, p.transcript, p.reason) for p in pieces] == [
        ('Here is one line.', 'here is one line', ''),
        ('“And another one”,', 'and another one', ''),
        ('the last line.', 'the last line', '')]
    assert ['\n'.join(lines)[p.first:p.last] for p in pieces] == lines
    assert pieces[0].start == pytest.approx(0.3) and pieces[0].meta == {'line': [0]}
    for one, other in pairwise(pieces):
        assert one.end <= other.start


def test_a_long_line_is_cut_in_its_longest_run_only_where_it_must():
    words = 60
    line = ' '.join(['word'] * words)
    pauses = [0.3 if i % 10 == 9 else 0.0 for i in range(words)]
    pieces = pieces_of([line], pauses)
    assert all(not p.reason and p.end - p.start <= 15 for p in pieces)
    assert len(pieces) == 2  # 60 x 0.32 s and pauses: two clips do
    pieces = pieces_of([line], [0.0] * (words - 1) + [0.5])
    assert [p.reason for p in pieces] == ['no pause within 15 s']


def test_short_lines_are_put_together():
    pieces = pieces_of(['Yes.', 'No.', 'Perhaps not.'], [0.3, 0.3, 0, 0.5])
    assert [p.text for p in pieces] == ['Yes. No.', 'Perhaps not.']
    assert all(p.end - p.start >= 1 and not p.reason for p in pieces)


def test_what_is_not_spoken_parts_clips():
    lines = ['one line is here', 'this one is not', 'and the third one']
    pauses = [0, 0, 0, 0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.5]
    pieces = pieces_of(lines, pauses, lost=range(4, 8))
    assert [(p.text, p.reason) for p in pieces if p.text] == [
        ('one line is here', ''), ('this one is not', NOT_SPOKEN), ('and the third one', '')]


def test_words_beside_what_is_lost_need_a_pause():
    lines = ['one line with something lost in its middle']
    pieces = pieces_of(lines, [0] * 7 + [0.5], lost=[4])
    assert {(p.text, p.reason) for p in pieces} == {
        ('one line with something', NO_PAUSE), ('lost', NOT_SPOKEN),
        ('in its middle', NO_PAUSE)}
    pieces = pieces_of(lines, [0, 0, 0, 0.4] + [0] * 3 + [0.5], lost=[4])
    assert {(p.text, p.reason) for p in pieces} == {
        ('one line with something', ''), ('lost', NOT_SPOKEN), ('in its middle', '')}


@pytest.mark.parametrize('text, problem', [('in 1984 he', 'digits'), ('for 5 € more', 'digits'),
                                           ('a&b said', 'symbols')])
def test_what_cannot_be_spelt_parts_clips(text, problem):
    words = f'This is the first part {text} went to the second part'.split()
    pieces = pieces_of([' '.join(words)], [0.3] * len(words))
    reasons = {p.reason for p in pieces}
    assert problem in reasons and '' in reasons
    for piece in pieces:
        assert not piece.reason or piece.reason == problem or 'shorter' in piece.reason
        assert piece.reason or not any(c.isdigit() for c in piece.transcript)


def test_speech_that_is_not_in_the_text():
    lines = ['one line of four words', 'and the second of them']
    pieces = pieces_of(lines, [0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0.5], stray=[4])
    assert [(p.text, p.reason) for p in pieces] == [
        (lines[0], ''), ('', NOT_IN_TEXT), (lines[1], '')]
    middle = pieces[1]
    assert middle.end - middle.start == pytest.approx(1.0)
    assert pieces[0].end <= middle.start and middle.end <= pieces[2].start


def test_scores():
    assert lowest_mean([]) == 0
    assert lowest_mean([0.5] * 3) == pytest.approx(0.5)
    for place in range(40):
        values = [1.0] * 60
        values[place:place + WINDOW] = [0.1] * WINDOW
        assert lowest_mean(values) == pytest.approx(0.1)
    pieces = pieces_of(['one line of words'], [0, 0, 0, 0.5], confidence=lambda: 0.2,
                       rules=Rules(least_score=0.3))
    assert [(p.reason, p.score) for p in pieces] == [(LOW, 0.2)]


def test_nothing_is_found():
    pieces = pieces_of(['none of this', 'is said'], [0.5] * 5, lost=range(5))
    assert [p.reason for p in pieces] == [NOT_SPOKEN] and pieces[0].score == 0


@pytest.mark.parametrize('seed', range(200))
def test_random_recordings(seed):
    choose = random.Random(seed)
    vocabulary = ['one', 'Two,', 'three.', '“four”', 'seven-eight', 'x', '1984', 'é', 'Zebra!']
    lines = [' '.join(choose.choices(vocabulary, k=choose.randint(1, 25)))
             for _ in range(choose.randint(1, 30))]
    count = sum(len(line.split()) for line in lines)
    pauses = [choose.choice([0, 0, 0.05, 0.1, 0.3, 1.5]) for _ in range(count)]
    lost = {i for i in range(count) if choose.random() < 0.05}
    stray = {i for i in range(count) if choose.random() < 0.05}
    rules = Rules(choose.choice([0, 0.5, 1, 2]), choose.choice([3, 8, 15, 30]))
    script, alignment, silences = recording(
        lines, pauses, lost, stray, lambda: choose.random(), choose.choice([0, 0.5]))
    pieces = cut(script, alignment, silences, rules, clean)
    clips = [piece for piece in pieces if not piece.reason]
    text = '\n'.join(lines)
    for clip in clips:
        assert rules.shortest <= round(clip.end - clip.start, 3) <= rules.longest
        assert clip.transcript == clean(clip.text)
        # Its edges lie in silence, or where the recording begins or ends, and no word over them.
        for edge in (clip.start, clip.end):
            assert edge in (0, round(alignment.duration, 3)) or any(
                start - 0.001 <= edge <= end + 0.001 for start, end in silences)
        inside = [word.text for word in alignment.words
                  if word.found and clip.start <= word.start_time < clip.end]
        assert inside == clip.text.split()
        assert text[clip.first:clip.last].split() == inside
    for one, other in pairwise(clips):
        assert one.end <= other.start + 1e-9
    # No word is in two pieces, and none is in none.
    spans = sorted((piece.first, piece.last) for piece in pieces if piece.text)
    for (_, end), (start, _) in pairwise(spans):
        assert end <= start
    at = 0
    for word in alignment.words:
        at = text.index(word.text, at)
        assert any(first <= at < last for first, last in spans), word
        at += len(word.text)


@pytest.mark.parametrize('before, used', [(0.05, True), (0.5, False)])
def test_a_missing_word_may_be_what_is_heard_before_the_next_one(before, used):
    """Its sound must not get into a clip whose transcript lacks it."""
    script, alignment, silences = recording(
        ['over here are many more words'], [0, 0, 0, 0, 0, 0.5], lost=[0])
    silences[0] = (0.0, silences[0][1] - before)
    pieces = cut(script, alignment, silences, Rules(), clean)
    assert [(p.text, p.reason) for p in pieces if p.text != 'over'] == [
        ('here are many more words', '' if used else NO_PAUSE)]
