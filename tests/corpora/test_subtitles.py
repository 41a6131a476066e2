"""util/corpora/subtitles.py: SRT and WebVTT as the programs in the wild write them."""

import itertools

import pytest

from tests.helpers.clips import noise
from util.corpora.subtitles import read_subtitles

ENDS = {'LF': '\n', 'CRLF': '\r\n', 'CR': '\r'}
ARROWS = (' --> ', '-->', '  -->  ', ' -> ')


def written(path, content, end='\n'):
    path.write_bytes(content.replace('\n', end).encode())
    return path


def texts(path):
    return [cue.text for cue in read_subtitles(path)]


@pytest.mark.parametrize('end', ENDS.values(), ids=ENDS)
@pytest.mark.parametrize('arrow', ARROWS)
@pytest.mark.parametrize('numbered', [True, False])
@pytest.mark.parametrize('suffix, times', [
    ('.srt', ('00:00:01,500', '00:00:02,250', '00:00:03,000')),
    ('.srt', ('0:00:01,5', '0:00:02,25', '0:00:03')),
    ('.vtt', ('00:01.500', '00:02.250', '00:03.000')),
    ('.vtt', ('00:00:01.500', '00:00:02.250', '00:00:03.000'))])
def test_every_layout(tmp_path, end, arrow, numbered, suffix, times):
    """The same two cues, whatever ends the lines and whatever the gaps are."""
    first, second, third = times
    cues = ((first + arrow + second, 'one', 'two'), (second + arrow + third, 'three', ''))
    for blanks, trailing in itertools.product((1, 2), ('', '\n', '\n\n')):
        blocks = [(f'{i}\n' if numbered else '') + '\n'.join(filter(None, cue))
                  for i, cue in enumerate(cues, 1)]
        content = 'WEBVTT\n\n' * (suffix == '.vtt') + ('\n' * (blanks + 1)).join(blocks) + trailing
        for mark in ('', '\ufeff'):
            path = written(tmp_path / f'a{suffix}', mark + content, end)
            assert [(cue.start, cue.end, cue.text) for cue in read_subtitles(path)] == [
                (1.5, 2.25, 'one two'), (2.25, 3.0, 'three')]


@pytest.mark.parametrize('body, text', [
    ('first\n\nsecond', 'first second'), ('\nfirst', 'first'),
    ('first\n \n\n\nsecond', 'first second'), ('<i>one</i> {\\an8}two', 'one two'),
    ('<v Ann>hi', 'hi'), ('a &lt; b &amp; c&nbsp;d', 'a < b & c d'), ('>>> news', 'news'),
    ('&gt;&gt; Good day', 'Good day'), ('- >> who?', 'who?'), ('&#39;s', "'s"),
    ('R&D &unknown; x', 'R&D &unknown; x'), ('1984 was', '1984 was'), ('', ''),
    ('one\u2028two\x85three', 'one two three')])
@pytest.mark.parametrize('suffix', ['.srt', '.vtt'])
def test_what_a_cue_says(tmp_path, suffix, body, text):
    """Between two others, so that neither loses or gains anything."""
    path = tmp_path / f'a{suffix}'
    written(path, 'WEBVTT\n\n' * (suffix == '.vtt') + '1\n00:00:00.000 --> 00:00:01.000\nbefore\n\n'
            f'2\n00:00:01.000 --> 00:00:02.000\n{body}\n\n'
            '3\n00:00:02.000 --> 00:00:03.000\nafter\n')
    assert texts(path) == ['before', text, 'after']


def test_hours(tmp_path):
    cue, = read_subtitles(written(tmp_path / 'a.srt', '7\n01:02:03,004 --> 01:02:04,500\nx\n'))
    assert (cue.start, cue.end, cue.lines) == (3723.004, 3724.5, ('x',))


def test_names_and_asides_of_web_subtitles(tmp_path):
    path = written(tmp_path / 'a.vtt', 'WEBVTT\nKind: captions\n\nSTYLE\n::cue { color: red }\n\n'
                   'intro\n00:01.000 --> 00:02.000 align:start\none\n\n'
                   'NOTE\nmade by hand\nand late\n\n'
                   'NOTEWORTHY\n00:03.000 --> 00:04.000\ntwo\n\nREGION\nid:x\n')
    assert texts(path) == ['one', 'two']


def rolling(lines, shown, flicker=False):
    """Return captions that show the last `shown` lines, a new one each time."""
    cues = []
    for i in range(len(lines)):
        cues.append((2 * i, 2 * i + 2, lines[max(0, i + 1 - shown):i + 1]))
        if flicker:  # as a well-known site has it: what was said stays for a moment
            cues.append((2 * i + 2, 2 * i + 2, [lines[i], ' ']))
    return '\n\n'.join(['WEBVTT', *(f'00:{start:02}.000 --> 00:{end:02}.010\n' + '\n'.join(body)
                                    for start, end, body in cues)])


@pytest.mark.parametrize('shown', [2, 3, 4])
@pytest.mark.parametrize('flicker', [False, True])
@pytest.mark.parametrize('count', [2, 3, 10])
def test_rolling_captions_are_what_is_new(tmp_path, shown, flicker, count):
    lines = [f'line {i}' for i in range(count)]
    cues = read_subtitles(written(tmp_path / 'a.vtt', rolling(lines, shown, flicker)))
    assert [(cue.start, cue.text) for cue in cues] == [
        (2 * i, line) for i, line in enumerate(lines)]


@pytest.mark.parametrize('cues', [
    ['ja', 'ja', 'ja', 'ja'], ['one', 'two', 'two\nthree', 'four', 'five'],
    ['a\nb', 'c\nb', 'b\na']])
def test_what_somebody_says_again_stays(tmp_path, cues):
    content = '\n\n'.join(f'{i}\n00:00:{i:02},000 --> 00:00:{i + 1:02},000\n{text}'
                          for i, text in enumerate(cues))
    assert texts(written(tmp_path / 'a.srt', content)) == [text.replace('\n', ' ') for text in cues]


def test_speaker_labels_are_an_option(run, tmp_path):
    noise(tmp_path / 'a.wav', 6)
    written(tmp_path / 'a.srt', '1\n00:00:00,000 --> 00:00:01,000\nANNA: Hello\n- DR. BO: Hi\n\n'
            '2\n00:00:01,000 --> 00:00:02,000\nNote: this\n\n3\n00:00:02,000 --> 00:00:03,000\n'
            'ÄRZTIN MÜLLER: at 10:30\n\n4\n00:00:03,000 --> 00:00:04,000\nNASA said: no\n')
    kept = run('folder', tmp_path, '--keep_digits')
    assert sorted(kept.everything().values()) == [
        'anna hello dr bo hi', 'nasa said no', 'note this', 'ärztin müller at 10 30']
    assert "3 lines of subtitles begin with a name in capitals, such as 'ANNA: H" in kept.stderr
    dropped = run('folder', tmp_path, '--keep_digits', '--drop_speaker_labels')
    assert sorted(dropped.everything().values()) == [
        'at 10 30', 'hello hi', 'nasa said no', 'note this']
    assert 'in capitals' not in dropped.stderr


@pytest.mark.parametrize('content', ['', 'no times', '00:00:01,000 -->', '\x00\x01', '-->' * 100,
                                     '9' * 400 + ':00:01,000 --> 00:00:02,000\nx'])
def test_what_is_no_subtitle_is_counted(run, tmp_path, content):
    noise(tmp_path / 'a.wav')
    written(tmp_path / 'a.srt', content)
    assert run('folder', tmp_path, status=1).all_dropped() == {'unreadable transcript': 1}


@pytest.mark.parametrize('name, text', [
    ('blank-line.srt', 'erster satz'), ('tight-arrow.srt', 'erster satz'),
    ('cr-only.srt', 'erster satz'), ('entities.vtt', 'Guten Tag')])
def test_what_outsiders_had(faults, name, text):
    assert texts(faults / 'E2-srt' / name) == [text]
