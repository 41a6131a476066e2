"""Tables of what came of recordings, in the trainer's format, and the words that end a run."""

import csv

import pytest

from util.align.results import best, hours, kept, left_out, summary, write_clips, write_left_out
from util.data.manifest import read_csvs


def test_tables(tmp_path, outcomes):
    write_clips(tmp_path / 'clips.csv', kept(outcomes), 'up/')
    rows = read_csvs([str(tmp_path / 'clips.csv')])
    assert [(row.wav, row.transcript) for row in rows] == [
        (str(tmp_path / 'up/clips/a/0.wav'), 'one'), (str(tmp_path / 'up/clips/a/1.wav'), 'two'),
        (str(tmp_path / 'up/clips/a/2.wav'), 'three four'),
        (str(tmp_path / 'up/clips/b/1.wav'), 'ünd')]
    write_left_out(tmp_path / 'out.csv', left_out(outcomes))
    with open(tmp_path / 'out.csv', encoding='utf-8', newline='') as file:
        assert [row[-2] for row in csv.reader(file)] == [
            'reason', 'not spoken, as it seems', 'low score']


@pytest.mark.parametrize('share, chosen', [
    (0, []), (0.1, ['one']), (0.4, ['one', 'three four']), (0.5, ['one', 'three four', 'ünd']),
    (1, ['one', 'two', 'three four', 'ünd'])])
def test_the_surest(outcomes, share, chosen):
    """As much of the time as is asked for, best scores first, in the order of the recordings."""
    assert [clip.piece.transcript for clip in best(kept(outcomes), share)] == chosen


def test_summary(outcomes):
    assert summary(outcomes) == ['4 clips, 20.0 s of 1.03 h, median score 0.55',
                                 '       1 left out, 1.0 s: not spoken, as it seems',
                                 '       1 left out, 3.0 s: low score']
    assert summary([]) == ['0 clips, 0.0 s of 0.0 s']
    assert [hours(secs) for secs in (59.9, 60, 3599, 3600)] == [
        '59.9 s', '1.0 min', '60.0 min', '1.00 h']
