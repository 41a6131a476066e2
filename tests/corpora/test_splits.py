"""util/corpora/splits.py: every set gets somebody, and nobody moves without need."""

import pytest

from tests.helpers.clips import noise, text
from tests.helpers.scripts import tool
from util.corpora.corpus import hash_split
from util.corpora.splits import SPLITS, divide

PERCENTAGES = [(10, 10), (5, 5), (0, 10), (10, 0), (0, 0), (50, 50), (0, 100), (1, 1), (30, 30)]


def names(count, case):
    return [f'{case}-speaker{i}' for i in range(count)]


@pytest.mark.parametrize('dev, test', PERCENTAGES)
def test_no_set_stays_empty_that_can_have_somebody(dev, test):
    wanted = {split for split, percent in zip(SPLITS, (100 - dev - test, dev, test)) if percent}
    for count in range(1, 40):
        for case in range(30):
            sets = divide(names(count, case), dev, test)
            assert set(sets) == set(names(count, case)) and set(sets.values()) <= wanted
            if count >= len(wanted):
                assert set(sets.values()) == wanted
            elif 'train' in wanted:
                assert 'train' in sets.values()
    assert divide([], dev, test) == {}


def test_the_hash_decides_where_no_set_would_be_empty():
    """So what was imported before stays as it was."""
    for case in range(200):
        speakers = names(60, case)
        natural = {speaker: hash_split(speaker, 10, 10) for speaker in speakers}
        if len(set(natural.values())) == 3:
            assert divide(speakers) == natural


def test_adding_somebody_moves_as_few_as_it_must():
    """At most one at each border, and none where the hash alone fills all sets."""
    moves = 0
    for count in range(3, 40):
        for case in range(30):
            speakers = names(count, case)
            before = divide(speakers)
            after = divide([*speakers, f'{case}-new'])
            moved = [speaker for speaker in speakers if before[speaker] != after[speaker]]
            assert len(moved) <= 2
            if {hash_split(speaker, 10, 10) for speaker in speakers} == set(SPLITS):
                assert not moved
            moves += len(moved)
    assert 0 < moves < 300  # of 23,000


def test_the_order_is_of_no_account():
    assert divide(names(9, 1)) == divide(reversed(names(9, 1))) == divide(names(9, 1) * 2)


@pytest.mark.parametrize('speakers', [3, 5, 12])
def test_a_folder_of_few_speakers(run, tmp_path, speakers):
    """One of them has only recordings that cannot be used: it fills no set."""
    for speaker in range(speakers):
        for clip in range(2):
            noise(tmp_path / f's{speaker}/{clip}.wav', 0.3)
            text(tmp_path / f's{speaker}/{clip}.txt', 'a word')
    for name in ('0.wav', '1.wav'):
        noise(tmp_path / f'untold/{name}')
    result = run('folder', tmp_path, '--speaker_pattern', '^([^/]+)/')
    assert all(result.report['splits'][split]['clips'] >= 2 for split in SPLITS)
    assert sum(tally['clips'] for tally in result.report['splits'].values()) == 2 * speakers


@pytest.mark.parametrize('speakers', [3, 5])
def test_a_csv_of_few_speakers(tmp_path, speakers):
    rows = ''.join(f's{i % speakers}/{i}.wav,1,word\n' for i in range(20))
    table = text(tmp_path / 'all.csv', 'wav_filename,wav_filesize,transcript\n' + rows)
    tool('split_csv.py', table, '--speaker_pattern', '(s[0-9])/')
    sets = [{line.split('/')[0] for line in (tmp_path / f'all-{split}.csv').read_text().split()[1:]}
            for split in SPLITS]
    assert all(sets) and sum(map(len, sets)) == speakers


@pytest.mark.parametrize('script', ['split_csv.py', 'data_stats.py', 'import_folder.py'])
@pytest.mark.parametrize('pattern, words', [
    ('(', 'is not a regular expression'), ('s[0-9]', 'expected a group'),
    ('(?P<x', 'is not a regular expression'), ('a{99999999999}(b)', 'is not a regular expression')])
def test_patterns_that_are_none(tmp_path, script, pattern, words):
    table = text(tmp_path / 'all.csv', 'wav_filename,wav_filesize,transcript\ns1/1.wav,1,x\n')
    failed = tool(script, table if script != 'import_folder.py' else tmp_path,
                  '--speaker_pattern', pattern, status=2)
    assert words in failed.stderr and 'Traceback' not in failed.stderr


@pytest.mark.parametrize('script', ['split_csv.py', 'data_stats.py', 'import_folder.py'])
def test_a_group_that_does_not_take_part(tmp_path, script):
    noise(tmp_path / 's1/1.wav')
    text(tmp_path / 's1/1.txt', 'x')
    table = text(tmp_path / 'all.csv', 'wav_filename,wav_filesize,transcript\ns1/1.wav,1,x\n')
    done = tool(script, table if script != 'import_folder.py' else tmp_path,
                '--speaker_pattern', '(x)|s', status=int(script == 'split_csv.py'))
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize('script', ['split_csv.py', 'import_folder.py'])
@pytest.mark.parametrize('options, words', [
    (('--dev_percent', '-1'), 'from 0 to 100'), (('--test_percent', 'nan'), 'from 0 to 100'),
    (('--test_percent', 'inf'), 'from 0 to 100'), (('--test_percent', 'x'), 'from 0 to 100'),
    (('--dev_percent', '95'), 'at most 100 together')])
def test_percentages_that_are_none(tmp_path, script, options, words):
    table = text(tmp_path / 'all.csv', 'wav_filename,wav_filesize,transcript\ns1/1.wav,1,x\n')
    failed = tool(script, table if script == 'split_csv.py' else tmp_path, *options, status=2)
    assert words in failed.stderr and 'Traceback' not in failed.stderr
