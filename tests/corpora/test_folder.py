"""import_folder.py: a person's own recordings, however they are described."""

import json

import pytest

from tests.helpers.clips import broken, noise, text
from util.corpora.recordings import find


def test_text_files_beside(run, tmp_path):
    noise(tmp_path / 'a/one.wav', rate=44100, channels=2)
    text(tmp_path / 'a/one.txt', '\ufeffGrüß Gott!\r\n')
    noise(tmp_path / 'b/two.flac')
    text(tmp_path / 'b/two.lab', "don't")
    noise(tmp_path / 'b/old windows.mp3')
    (tmp_path / 'b/old windows.txt').write_bytes('schön'.encode('cp1252'))
    noise(tmp_path / 'b/untold.wav')
    broken(tmp_path / 'b/bad.wav')
    text(tmp_path / 'b/bad.txt', 'bad')
    noise(tmp_path / 'b/empty.wav')
    text(tmp_path / 'b/empty.txt', '')
    noise(tmp_path / 'b/number.wav')
    text(tmp_path / 'b/number.txt', 'room 101')
    result = run('folder', tmp_path)
    assert result.everything() == {'one': 'grüß gott', 'two': "don't", 'old windows': 'schön'}
    assert result.all_dropped() == {'unreadable audio': 1, 'empty transcript': 1, 'digits': 1,
                                    'no transcript': 1}
    labels = (tmp_path / 'alphabet.txt').read_text().splitlines()[1:]
    assert labels == sorted(set("grüß gottdon'tschön"))
    again = run('folder', tmp_path)
    assert again.everything() == result.everything(), 'its own output is no input'


def test_own_recordings_in_a_folder_called_recordings(run, tmp_path):
    noise(tmp_path / 'recordings/one.wav')
    text(tmp_path / 'recordings/one.txt', 'one')
    noise(tmp_path / 'recordings-of-ann/two.wav')
    text(tmp_path / 'recordings-of-ann/two.txt', 'two')
    for _ in range(2):
        assert run('folder', tmp_path).everything() == {'one': 'one', 'two': 'two'}


def test_alphabet_grows_at_the_end(run, tmp_path):
    text(tmp_path / 'alphabet.txt', 'b\na\n')
    noise(tmp_path / 'x.wav')
    text(tmp_path / 'x.txt', 'cab #1')
    result = run('folder', tmp_path, '--keep_digits', status=1)
    assert 'every clip was left out' in result.stderr
    text(tmp_path / 'x.txt', 'cab')
    result = run('folder', tmp_path)
    assert (tmp_path / 'alphabet.txt').read_text().splitlines()[1:] == ['b', 'a', 'c']
    assert 'older checkpoints do not match' in result.stderr


@pytest.mark.parametrize('name, content', [
    ('list.csv', 'wav_filename,wav_filesize,transcript\n'
     'wavs/one.wav,1,Hello\nwavs/two.wav,1,You\n'),
    ('list.csv', 'Datei;Dauer;Gesprochen\none.wav;0,5;Hello\ntwo.wav;0,5;You\n'),
    ('list.tsv', 'client_id\tpath\tsentence\ns1\tone\tHello\ns2\ttwo\tYou\n'),
    ('list.jsonl', '\n'.join(json.dumps({'audio_filepath': f'wavs/{n}.wav', 'duration': 0.5,
                                         'text': t}) for n, t in (('one', 'Hello'),
                                                                  ('two', 'You')))),
    ('metadata.csv', 'one|1st|Hello\ntwo|2nd|You\n'),
    ('list.csv', '"file","words"\n"C:\\speech\\one.wav","Hello"\n"C:\\speech\\two.wav","You"\n'),
])
def test_tables_of_any_shape(run, tmp_path, name, content):
    noise(tmp_path / 'wavs/one.wav')
    noise(tmp_path / 'wavs/two.wav')
    text(tmp_path / name, content)
    text(tmp_path / 'shopping.csv', 'item,price\nmilk,1\n')
    options = ['--text_column', '3'] if name == 'metadata.csv' else []
    assert run('folder', tmp_path, *options).everything() == {'one': 'hello', 'two': 'you'}


def test_table_with_times_and_missing_file(run, tmp_path):
    noise(tmp_path / 'long.flac', 6)
    text(tmp_path / 'cuts.jsonl', '\n'.join(json.dumps(row) for row in (
        {'audio': 'long.flac', 'offset': 1.0, 'duration': 1.5, 'text': 'first'},
        {'audio': 'long.flac', 'offset': 3, 'duration': 1, 'text': 'second'},
        {'audio': 'gone.flac', 'offset': 3, 'duration': 1, 'text': 'third'})))
    result = run('folder', tmp_path)
    assert result.everything() == {'long-0001000-0002500': 'first',
                                   'long-0003000-0004000': 'second'}
    assert result.all_dropped() == {'missing file': 1}


def test_wrong_column(run, tmp_path):
    noise(tmp_path / 'one.wav')
    text(tmp_path / 'list.csv', 'path,words\none.wav,Hello\n')
    bad = run('folder', tmp_path, '--text_column', 'nope', status=1)
    assert "no column 'nope' for text; it has path, words" in bad.stderr


def test_subtitles(run, tmp_path):
    noise(tmp_path / 'talk.mp3', 6)
    text(tmp_path / 'talk.srt', '1\r\n00:00:00,500 --> 00:00:01,500\r\n<i>Hello,</i>\r\nworld\r\n'
         '\r\n'
         '2\r\n00:00:02,000 --> 00:00:02,500\r\n[music]\r\n\r\n'
         '3\r\n00:00:03,000 --> 00:00:03,100\r\nmuch too long for this\r\n')
    noise(tmp_path / 'show.wav', 6)
    text(tmp_path / 'show.vtt', 'WEBVTT\n\nNOTE made by hand\n\nintro\n'
         '00:01.000 --> 00:02.250 align:start\n<v Ann>Yes & no\n\n'
         '00:00:04.000 --> 00:00:05.000\n- Why?\n- Because.\n')
    result = run('folder', tmp_path)
    assert result.everything() == {'talk-0000500-0001500': 'hello world',
                                   'show-0004000-0005000': 'why because'}
    assert result.all_dropped() == {'empty transcript': 1, 'too short for its transcript': 1,
                                    'symbols': 1}


def test_splits_stay_when_data_grow(run, tmp_path):
    def add(count):
        for i in range(count):
            noise(tmp_path / f's{i % 7}/clip{i}.wav', 0.3)
            text(tmp_path / f's{i % 7}/clip{i}.txt', 'a word')

    add(30)
    first = run('folder', tmp_path)
    place = {name: split for split in ('train', 'dev', 'test')
             if first.report['splits'][split]['clips'] for name in first.rows(split)}
    assert set(place.values()) == {'train', 'dev', 'test'}
    add(45)
    second = run('folder', tmp_path)
    for name, split in place.items():
        assert name in second.rows(split)


def test_splits_by_speaker(run, tmp_path):
    for i in range(40):
        noise(tmp_path / f's{i % 20}/clip{i}.wav', 0.3)
        text(tmp_path / f's{i % 20}/clip{i}.txt', 'a word')
    result = run('folder', tmp_path, '--speaker_pattern', '^([^/]+)/')
    speakers = {split: {int(name[4:]) % 20 for name in result.rows(split)}
                for split in ('train', 'dev', 'test') if result.report['splits'][split]['clips']}
    assert len(speakers) >= 2 and sum(map(len, speakers.values())) == 20


def test_order_does_not_depend_on_the_way(tmp_path):
    """By path, however each is described."""
    for name in ('c', 'a', 'b/x', 'd'):
        noise(tmp_path / f'{name}.wav')
    text(tmp_path / 'table.csv', 'path,text\nc.wav,see\ngone.wav,no\n')
    text(tmp_path / 'b/x.txt', 'bee')
    found = find(tmp_path, {}, 'recordings')
    assert [(r.audio.name, r.text, r.problem, r.where) for r in found] == [
        ('a.wav', '', 'no transcript', ''), ('x.wav', 'bee', '', ''),
        ('c.wav', 'see', '', 'table.csv:2'),
        ('d.wav', '', 'no transcript', ''), ('gone.wav', 'no', 'missing file', 'table.csv:3')]


def test_files_of_other_kinds_are_counted(run, tmp_path):
    noise(tmp_path / 'a/one.wav')
    text(tmp_path / 'a/one.txt', 'one')
    for name in ('a/one.TextGrid', 'a/letter.pdf', 'b/noise', '.DS_Store', 'lists/utt2dur'):
        text(tmp_path / name, 'other')
    text(tmp_path / 'lists/wav.scp', 'x one.wav')
    result = run('folder', tmp_path)
    assert ('3 files are neither recordings nor transcripts by their names, such as a/letter.pdf: '
            'passed over') in result.stderr
    assert 'neither' not in run('folder', tmp_path / 'lists', status=1).stderr


def test_recordings_that_stay_as_they_are(run, tmp_path):
    """With --recordings nothing is written to their folder, and the pattern counts from there."""
    there, here = tmp_path / 'theirs', tmp_path / 'ours'
    for speaker in 'ab':
        for name in ('1.wav', '2.flac'):
            noise(there / speaker / f'{speaker}{name}')
            text((there / speaker / f'{speaker}{name}').with_suffix('.txt'), f'{speaker} said')
    before = sorted(there.rglob('*'))
    result = run('folder', here, '--recordings', there, '--speaker_pattern', '^([^/]+)/',
                 '--dev_percent', 0)
    assert sorted(result.everything()) == ['a1', 'a2', 'b1', 'b2']
    assert sorted(there.rglob('*')) == before and (here / 'alphabet.txt').exists()
    rows = [line.split(',') for path in here.glob('*.csv')
            for line in path.read_text().splitlines()]
    assert all(row[3] == ('speaker' if row[1] == 'wav_filesize' else row[0].rpartition('/')[2][0])
               for row in rows)


def test_recordings_elsewhere_that_are_none(run, tmp_path):
    (tmp_path / 'theirs').mkdir()
    result = run('folder', tmp_path / 'ours', '--recordings', tmp_path / 'theirs', status=1)
    assert f'{tmp_path / "theirs"}: no clips of recordings found' in result.stderr


@pytest.mark.parametrize('known', [False, True])
def test_speakers_are_told_where_they_are_known(run, tmp_path, known):
    noise(tmp_path / 'one.wav')
    noise(tmp_path / 'two.wav')
    text(tmp_path / 'list.csv', 'path,speaker,text\n' + (
        'one.wav,ann,one\ntwo.wav,,two\n' if known else 'one.wav,,one\ntwo.wav,,two\n'))
    run('folder', tmp_path)
    rows = (tmp_path / 'recordings-train.csv').read_text().splitlines()
    assert [row.split(',')[3:] for row in rows] == (
        [['speaker'], ['ann'], ['']] if known else [[], [], []])


def test_split_by_clip(run, tmp_path):
    """One recording with subtitles: its lines are told apart, and always in the same way."""
    noise(tmp_path / 'talk.wav', secs=30)
    text(tmp_path / 'talk.srt', ''.join(
        f'{i + 1}\n00:00:{i:02},000 --> 00:00:{i + 1:02},000\nline of words\n\n'
        for i in range(28)))
    whole = run('folder', tmp_path).report['splits']
    assert [whole[name]['clips'] for name in ('train', 'dev', 'test')] == [28, 0, 0]
    found = [run('folder', tmp_path, '--split_by', 'clip').report['splits'] for _ in range(2)]
    assert found[0] == found[1] and all(found[0][name]['clips'] for name in found[0])
    assert sum(split['clips'] for split in found[0].values()) == 28
