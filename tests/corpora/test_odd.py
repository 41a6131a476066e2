"""Oddly named files and damaged rows: every importer loses that clip, and says so, and no other.

Each page has a small tree of its corpus with one good clip. Beside every file of it come files of
odd names, and into every list odd lines; the good clip must be imported all the same.
"""

import json
import shutil
import urllib.parse
from pathlib import Path

import pytest

from tests.helpers.clips import noise, text
from tests.helpers.places import BIN
from tests.helpers.trees import OPTIONS, TREES
from util.corpora.corpus import hash_split, number, read_rows
from util.errors import UserError

CHAPTER = 'LibriSpeech/dev-clean/84/121123/84-121123.trans.txt'
NAMES = ('x', '_', '__', 'a_b', '1_a_', '²_a_9', '99_a_99', '1_a_b_2', ' ', '-', '...x', 'a..b',
         '[ab]', '**', 'a**b', '{x}', '%s', 'a\nb', 'x' * 200, '\udce4\udcff', 'ä')
LINES = ('x', ' ', '\t', '/', '//', '..', '../../..', '/etc/passwd y', '_', '__', 'a_b', 'a_b_c_d',
         '\0', 'a\0b c d', ',,,', ',', '|', '||||', '\t\t\t\t', '()', '(x)', 'x' * 300 + ' y',
         '"a"', '. . A: hi', '1.2.3 4 A: hi', 'T 1 T 1.2.3 4.5.6 <o> hi', 'T 1 T 9 1 hi',
         'T 1 T 1e9 2', 'sw a b c', 'sw nan inf hi', 'sw -1 2 hi', 'sw 1e400 2 hi', '\ufffd',
         '\x85 \u2028 x', '../..,1,y', 'x\ty\tz', '..\t..\tz', '\ud800 y')
LISTS = ('.txt', '.csv', '.tsv', '.text', '.stm', '.fileids', '.transcription')


def test_every_importer_has_a_tree():
    assert set(TREES) == {path.stem.removeprefix('import_') for path in BIN.glob('import_*.py')
                          } - {'checkpoint'}


@pytest.fixture
def good(run, tmp_path):
    """Return what gives a page its tree, the options it needs, and the rows it gives."""
    def build(name):
        folder = tmp_path / 'corpus'
        TREES[name](folder)
        rows = run(name, folder, *OPTIONS.get(name, [])).everything()
        assert rows
        return folder, OPTIONS.get(name, []), rows
    return build


def sources(folder):
    """Return the files of the tree, without what the importer wrote into it."""
    return [path for path in folder.rglob('*') if path.is_file()
            and '-wav' not in path.relative_to(folder).parts[0]
            and path.name != 'alphabet.txt'
            and not (path.suffix == '.csv' and path.read_text().startswith('wav_filename'))]


@pytest.mark.parametrize('name', TREES)
def test_odd_names_cost_no_other_clip(run, good, name):
    folder, options, rows = good(name)
    for path in sources(folder):
        suffix = '.trans.txt' if path.name.endswith('.trans.txt') else path.suffix
        for odd in NAMES if path.suffix != '.csv' else ():
            if not (target := path.with_name(odd + suffix)).exists():
                shutil.copy(path, target)
        if suffix not in ('.trans.txt', '.stm'):  # of lists each is needed
            path.with_name('folder' + suffix).mkdir(exist_ok=True)
    again = run(name, folder, *options)
    assert rows.items() <= again.everything().items()


@pytest.mark.parametrize('name', sorted(set(TREES) - {'vctk', 'freestmandarin', 'atthack'}))
def test_odd_lines_cost_no_other_clip(run, good, name):
    """Without the corpora whose lists are one transcript each."""
    folder, options, rows = good(name)
    lists = [path for path in sources(folder) if path.parent.name not in ('ann', 'clips')
             and (path.suffix in LISTS or path.name in ('text', 'PROMPTS'))]
    for path in lists:
        with open(path, 'a', encoding='utf-8', errors='surrogatepass') as f:
            f.write('\n' + '\n'.join(LINES) + '\n')
    again = run(name, folder, *options)
    assert rows.items() <= again.everything().items()


@pytest.mark.parametrize('name, content, dropped', [
    ('ccpmf', '<doc>{good}<row/><row timestamp="x" timedur="1">a</row>'
     '<row timestamp="1">b</row><row timestamp="nan" timedur="inf">c</row></doc>',
     {'no usable times': 3, 'empty transcript': 1}),
    ('ccpmf', '<doc>', {'unreadable transcript': 1}),
    ('ccpmf', '<?xml version="1.0" encoding="odd"?><doc/>', {'unreadable transcript': 1}),
    ('ccpmf', '', {'unreadable transcript': 1}),
    ('swc', '<article><d><s><t text="A"><n start="x" end="900"/></t><t text="B"><n start="1" '
     'end=""/></t><t text="C"><n start="3"/></t></s></d></article>', {'no usable times': 2}),
    ('swc', '<article', {'unreadable transcript': 1}),
    ('tuda', '<r', {'unreadable transcript': 1}),
    ('tuda', '<r/>', {'empty transcript': 1}),
    ('primewords', '[1, null, {}, {"file": ""}, {"file": "9cd1.wav"}, {"file": null, "text": 5},'
     ' {"file": "../../x.wav", "text": "好"}, {"file": "9x\\u0000.wav", "text": "好"},'
     ' {"user_id": "\\ud800", "file": "9\\udce4.wav", "text": "好"}]',
     {'unexpected name': 7, 'empty transcript': 1, 'file name is not UTF-8': 1})])
def test_damaged_transcripts(run, good, name, content, dropped):
    folder, options, rows = good(name)
    source = next(path for path in folder.rglob('*')
                  if path.suffix in ('.xml', '.swc', '.json') and path.is_file())
    if name == 'primewords':
        entries = json.loads(content) + json.loads(source.read_text())
        source.write_text(json.dumps(entries))
    elif name == 'swc':
        text(source.parents[1] / 'Odd/aligned.swc', content)
    else:
        text(source.with_name('20190101_Odd.xml'), content.replace('{good}', ''))
        if name == 'tuda':
            noise(source.with_name('20190101_Odd_Samson.wav'))
    again = run(name, folder, *options)
    assert again.everything() == rows
    assert again.all_dropped() == dropped


@pytest.mark.parametrize('name, odd, split, reason', [
    ('fsdd', 'free-spoken-digit-dataset-master/recordings/seven.wav', 'train', 'unexpected name'),
    ('fsdd', 'free-spoken-digit-dataset-master/recordings/7_ann_x.wav', 'train',
     'unexpected name'),
    ('swb', 'LDC97S62/swb_ms98_transcriptions/20/2001/sw2001C-ms98-a-trans.text', 'train',
     'unexpected name')])
def test_odd_file_is_counted_and_named(run, good, name, odd, split, reason):
    folder, options, rows = good(name)
    (text if odd.endswith('.text') else noise)(folder / odd, *(
        ['sw2001C-ms98-a-0001 1.0 3.0 yes\n'] if odd.endswith('.text') else []))
    result = run(name, folder, *options)
    assert result.rows(split) == rows
    assert result.dropped(split) == {reason: 1}
    named = Path(result.report['splits'][split]['csv']).with_suffix('.dropped.txt').read_text()
    assert reason in named and (Path(odd).stem in named or 'sw2001C' in named)


@pytest.mark.parametrize('name, list_file, line, dropped', [
    ('an4', 'an4/etc/an4_train.fileids', 'odd', {'unexpected name': 1}),
    ('an4', 'an4/etc/an4_test.fileids', 'a/b', {'unexpected name': 1}),
    ('an4', 'an4/etc/an4_train.fileids', 'a/b/c/d', {'unexpected name': 1}),
    ('mls', 'mls_polish/dev/transcripts.txt', 'odd\tja', {'unexpected name': 1}),
    ('mls', 'mls_polish/dev/transcripts.txt', 'a_b_c_d\tja', {'unexpected name': 1}),
    ('librivox', CHAPTER, ' up', {'unexpected name': 1}),
    ('librivox', CHAPTER, '../x UP', {'unexpected name': 1}),
    ('cv', 'cv_corpus_v1/cv-valid-dev.csv', ',up,1', {'unexpected name': 1}),
    ('cv', 'cv_corpus_v1/cv-valid-dev.csv', 'x.mp3', {'empty transcript': 1}),
    ('cv2', 'train.tsv', '\tup\t1', {'unexpected name': 1}),
    ('cv2', 'train.tsv', 'x.mp3', {'empty transcript': 1}),
    ('magicdata', 'train/TRANS.txt', 'x.wav', {'empty transcript': 1}),
    ('ts', 'ts_2019-04-11_fr_FR/data.csv', 'x.wav', {'empty transcript': 1}),
    ('ldc93s1', 'LDC93S1.txt', '0 9', {'empty transcript': 1}),
    ('ted', 'TEDLIUM_release2/dev/stm/AlGore_2009.stm', 'A 1 A 0..5 1.5 <o> hi',
     {'no usable times': 1}),
    ('fisher', 'LDC2004T19/fe_03_p1_tran/data/trans/000/fe_03_00001.txt', '1.0 2.0.0 A: hi',
     {'no usable times': 1}),
    ('swb', 'LDC97S62/swb_ms98_transcriptions/20/2001/sw2001A-ms98-a-trans.text', 'sw2 a b hi',
     {'no usable times': 1})])
def test_odd_row_is_counted(run, good, name, list_file, line, dropped):
    folder, options, rows = good(name)
    with open(folder / list_file, 'a') as f:
        f.write(line + '\n')
    again = run(name, folder, *options)
    assert again.everything() == rows
    assert again.all_dropped() == dropped


@pytest.mark.parametrize('name, path, header', [
    ('cv', 'cv_corpus_v1/cv-valid-dev.csv', 'file,text'), ('cv2', 'train.tsv', 'path,sentence'),
    ('magicdata', 'train/TRANS.txt', 'a\tb'),
    ('ts', 'ts_2019-04-11_fr_FR/data.csv', 'path,words')])
def test_table_of_another_layout(run, good, name, path, header):
    folder, options, _ = good(name)
    text(folder / path, header + '\nx,y\n')
    failed = run(name, folder, *options, status=1)
    assert 'has no column' in failed.stderr and str(folder / path) in failed.stderr
    assert failed.stderr.count('\nE ') + failed.stderr.startswith('E ') == 1


def test_addresses_without_a_file_cost_their_clips(run, tmp_path):
    good = noise(tmp_path / 'server/a[b]**.mp3')
    table = text(tmp_path / 'gv.csv', 'audio_url,transcript,user_id\n'
                 f'{urllib.parse.unquote(good.as_uri())},नम,7\n/,नम,7\n'
                 'http://127.0.0.1:9/..,नम,7\nx\n')
    result = run('gram_vaani', tmp_path / 'out', '--csv_filename', table)
    assert result.all_dropped()['unexpected name'] == 2
    assert list(result.everything().values()) == ['नम']


@pytest.mark.parametrize('name, option, value, words, status', [
    ('folder', '--speaker_pattern', '(', 'is not a regular expression', 2),
    ('folder', '--speaker_pattern', '^x', 'expected a group', 2),
    ('folder', '--test_percent', 'nan', 'expected a number from 0 to 100', 2),
    ('folder', '--test_percent', '-1', 'expected a number from 0 to 100', 2),
    ('folder', '--dev_percent', '91', '91 and --test_percent 10 are more than there is', 2),
    ('lingua_libre', '--bogus-records', '*', 'is not a regular expression', 1)])
def test_expressions_that_are_none(run, good, tmp_path, name, option, value, words, status):
    folder, options, _ = good(name)
    if name == 'lingua_libre':
        value = text(tmp_path / 'bogus.txt', value + '\n')
    failed = run(name, folder, *options, option, value, status=status)
    assert words in failed.stderr and option in failed.stderr


def test_timit_in_the_working_folder(run, good, monkeypatch):
    folder, _, rows = good('timit')
    text(folder / 'README.TXT', 'hello')
    monkeypatch.chdir(folder)
    assert run('timit', Path('.')).everything() == rows


@pytest.mark.parametrize('key', ['', 'ä', '\udce4', '\ud800', 'a\0b'])
def test_every_key_has_a_split(key):
    assert hash_split(key) in ('train', 'dev', 'test')


@pytest.mark.parametrize('cell, value', [('1.5', 1.5), ('-2', -2.0), ('', None), (None, None),
                                         ('x', None), ('1.2.3', None), ('nan', None)])
def test_number(cell, value):
    assert number(cell) == value if value is not None else number(cell) != number(cell)


def test_rows_that_cannot_be_read_are_empty(tmp_path):
    table = text(tmp_path / 'x.csv', 'a,b,c\n1,2,3\n4\n,5,6,7,8\n"' + 'x' * 200_000 + '\n9,9,9\n'
                 '7,"8\n8",9\n1,2,3,,\n4,5\n')
    assert list(read_rows(table, ('a', 'b', 'c'))) == [dict(zip('abc', row)) for row in (
        '123', ('', '', ''), ('', '', ''), ('', '', ''), '999', ('7', '8\n8', '9'), '123',
        ('4', '', ''))]
    assert list(read_rows(text(tmp_path / 'empty.csv', ''), ('a',))) == []
    with pytest.raises(UserError, match="has no column 'd', only a, b, c"):
        list(read_rows(table, ('d',)))


def listed(folder):
    """Return the files of a tree that list clips, or say what is spoken in one."""
    return [path for path in sources(folder) if path.suffix in (*LISTS, '.json', '.xml', '.swc')
            or path.name in ('text', 'PROMPTS')]


@pytest.mark.parametrize('name', TREES)
def test_lists_cut_off_anywhere(run, good, name):
    """However much is missing, what is there is imported or counted, and no trace is left."""
    folder, options, _ = good(name)
    for path in listed(folder):
        whole = path.read_bytes()
        for size in range(0, len(whole), max(1, len(whole) // 12)):
            path.write_bytes(whole[:size])
            try:
                run(name, folder, *options)
            except AssertionError as e:
                said = str(e).splitlines()[0]
                assert said.startswith(('E ', 'W ')), (path, size)
                run(name, folder, *options, status=1)
        path.write_bytes(whole)


SPACED = ('aidatatang', 'aishell', 'an4', 'fisher', 'gram_vaani', 'ldc93s1', 'librivox', 'mls',
          'slr57', 'swb', 'ted', 'timit', 'voxforge')


@pytest.mark.parametrize('gap', ['\t', '  ', ' \t ', '\u00a0'])
@pytest.mark.parametrize('name', SPACED)
def test_white_space_of_every_kind(run, good, name, gap):
    folder, options, rows = good(name)
    for path in listed(folder):
        content = path.read_text()
        if 'fileids' not in path.name:
            text(path, content.replace('\t', ' ').replace(' ', gap))
    assert run(name, folder, *options).everything() == rows


@pytest.mark.parametrize('name, list_file, line', [
    ('ted', 'TEDLIUM_release2/dev/stm/AlGore_2009.stm', 'A 1 A x 2 hi'),
    ('ted', 'TEDLIUM_release2/dev/stm/AlGore_2009.stm', 'A 1'),
    ('fisher', 'LDC2004T19/fe_03_p1_tran/data/trans/000/fe_03_00001.txt', '1.0 2.0 C: hi'),
    ('swb', 'LDC97S62/swb_ms98_transcriptions/20/2001/sw2001A-ms98-a-trans.text', 'sw2001A 1.0')])
def test_a_line_that_is_none_is_counted(run, good, name, list_file, line):
    folder, options, rows = good(name)
    with open(folder / list_file, 'a') as f:
        f.write(line + '\n')
    again = run(name, folder, *options)
    assert again.everything() == rows and again.all_dropped() == {'unreadable line': 1}


@pytest.mark.parametrize('name, source', [('fisher', '*/d1/audio/*/*.sph'), ('swb', '*/*/*/*.sph')])
def test_conversations_without_audio_are_counted(run, good, name, source):
    folder, options, _ = good(name)
    shutil.rmtree(next(iter(folder.glob('*-wav'))))
    audio, = folder.glob(source)
    audio.rename(audio.with_name(audio.name.replace('001.', '002.')))
    assert run(name, folder, *options, status=1).all_dropped() == {'missing file': 1}


def test_what_outsiders_had(run, faults):
    for name in ('train', 'dev', 'test'):
        assert (faults / f'F2-ted/TEDLIUM_release2/{name}/sph/A.sph').exists()
    ted = run('ted', faults / 'F2-ted')
    assert [tally['clips'] for tally in ted.report['splits'].values()] == [3, 3, 3]
    assert not ted.all_dropped()
    cut = run('cv2', faults / 'F1-cv-cut', status=1)
    assert cut.all_dropped() == {'missing file': 1, 'empty transcript': 1}
    mls = run('mls', faults / 'F1-mls-cut', '--language', 'polish', status=1)
    assert mls.all_dropped() == {'missing file': 1, 'unexpected name': 1}
    other = run('cv2', faults / 'F1-cv-spontaneous', status=1)
    assert "has no column 'path', only client_id, audio_file, transcription" in other.stderr
    assert other.stderr.count('\n') == 1
