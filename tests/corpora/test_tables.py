"""util/corpora/tables.py and kaldi.py: lists of recordings in every dialect, whole or damaged."""

import contextlib
import csv
import io
import itertools
import json
import random

import pytest

from tests.helpers.clips import noise, text
from util.corpora.kaldi import read_kaldi
from util.corpora.pairing import Names
from util.corpora.recordings import find
from util.corpora.tables import read_table
from util.errors import UserError

BREAKS = {'U+2028': '\u2028', 'U+2029': '\u2029', 'U+0085': '\x85', 'VT': '\x0b', 'FF': '\x0c',
          'FS': '\x1c', 'GS': '\x1d', 'RS': '\x1e', 'tab': '\t'}  # what str.splitlines cuts at
SUFFIXES = {'.csv': ',', '.tsv': '\t'}


@pytest.fixture
def clip(tmp_path):
    noise(tmp_path / 'c0.wav')
    return tmp_path


@pytest.mark.parametrize('mark', BREAKS.values(), ids=BREAKS)
@pytest.mark.parametrize('kind', ['.jsonl', '.json', '.ndjson', '.csv', '.txt'])
def test_no_line_is_cut_within(run, clip, mark, kind):
    said = f'eins{mark}zwei'
    if kind == '.csv':
        text(clip / 'm.csv', f'file,text\nc0.wav,{said}\n')
    elif kind == '.txt':
        text(clip / 'c0.txt', said)
    else:
        text(clip / f'm{kind}', json.dumps({'audio_filepath': 'c0.wav', 'text': said},
                                           ensure_ascii=False) + '\n')
    result = run('folder', clip)
    assert result.everything() == {'c0': 'eins zwei'} and result.all_dropped() == {}


@pytest.mark.parametrize('end', ['\n', '\r\n', '\r'])
@pytest.mark.parametrize('delimiter', [',', ';', '\t', '|'])
@pytest.mark.parametrize('cell', ['"fünf\nsechs"', '"fünf\n\nsechs"', '"fünf\r\nsechs"',
                                  '"fünf\n""sechs"""', 'fünf sechs'])
def test_newlines_in_quotes_are_spaces(run, clip, end, delimiter, cell):
    noise(clip / 'c1.wav')
    rows = [f'file{delimiter}text', f'c0.wav{delimiter}{cell}', f'c1.wav{delimiter}sieben']
    (clip / 't.csv').write_bytes(''.join(row + end for row in rows).encode())
    assert run('folder', clip).everything() == {'c0': 'fünf sechs', 'c1': 'sieben'}


@pytest.mark.parametrize('missing', [1, 49, 50, 60, 999, 3000])
@pytest.mark.parametrize('heading', ['file,text\n', 'Datei,Gesprochen\n', ''])
def test_however_many_files_are_missing_first(run, clip, missing, heading):
    rows = ''.join(f'x{i}.wav,eins zwei\n' for i in range(missing))
    text(clip / 't.csv', f'{heading}{rows}c0.wav,drei vier\n')
    result = run('folder', clip)
    assert result.everything() == {'c0': 'drei vier'}
    assert result.all_dropped() == {'missing file': missing}


def test_all_files_missing(run, clip):
    text(clip / 't.csv', 'file,text\nx.wav,one\ny.wav,two\n')
    assert run('folder', clip, status=1).all_dropped() == {'missing file': 2, 'no transcript': 1}


@pytest.mark.parametrize('name, content', [
    ('notes.jsonl', '{"a": 1\n'), ('notes.json', '{"a":\n [}'), ('config.json', '{"a": {"b": []}}'),
    ('list.json', '[1, null, "c0", [2]]'), ('deep.json', '[' * 100_000), ('empty.csv', ''),
    ('open.csv', 'a,b\n1,"never ends\n'), ('binary.csv', '\x00\x01"\x02,\n'), ('x.tsv', '"' * 99),
    ('prices.csv', 'item,price\nmilk,1\n'), ('numbers.csv', '1,2\n3,4\n'),
    ('wide.csv', 'a,' * 5000 + '\n' + '1,' * 6000), ('big.csv', 'a,b\n1,' + 'x' * 200_000 + '\n')])
def test_what_is_about_something_else(run, clip, name, content):
    noise(clip / '1.wav')  # what such a table has numbers of
    text(clip / 'c0.txt', 'eins zwei')
    text(clip / name, content)
    result = run('folder', clip)
    assert result.everything() == {'c0': 'eins zwei'}
    assert result.all_dropped() == {'no transcript': 1}
    if name in ('notes.jsonl', 'notes.json', 'deep.json', 'open.csv'):
        assert name in result.stderr and 'left out' in result.stderr


@pytest.mark.parametrize('kind', ['.csv', '.tsv', '|', ';'])
def test_more_cells_than_columns_are_no_text(run, clip, kind):
    """Where text holds the delimiter, the rest of it would be lost: the row is left out."""
    noise(clip / 'c1.wav')
    d = SUFFIXES.get(kind, kind)
    text(clip / f't{kind if kind in SUFFIXES else ".csv"}',
         f'file{d}text\nc0.wav{d}eins{d} zwei\nc1.wav{d}drei{d}\n')
    result = run('folder', clip)
    assert result.everything() == {'c1': 'drei'}
    assert result.all_dropped() == {'more cells than columns': 1}
    assert ':2 c0' in str(result.report)


@pytest.mark.parametrize('bad', ['c1.wav,"vier', 'c1.wav,"vier" fünf', 'c1.wav,"vier,',
                                 'c1.wav,"vier\nfünf" sechs', '"c1.wav', 'c1.wav,' + 'x' * 200_000])
@pytest.mark.parametrize('place', [0, 1, 2])
def test_a_broken_row_costs_itself_alone(run, clip, bad, place):
    """Wherever it is: a quote that ends nowhere swallows no row behind it."""
    noise(clip / 'c2.wav')
    rows = ['c0.wav,"eins, zwei"', 'c2.wav,"drei"']
    rows.insert(place, bad)
    text(clip / 't.csv', '\n'.join(['file,text', *rows]) + '\n')
    result = run('folder', clip)
    assert result.everything() == {'c0': 'eins zwei', 'c2': 'drei'}
    assert sum(result.all_dropped().values()) == 1 + bad.count('\n')
    assert 'unreadable row' in result.all_dropped()


@pytest.mark.parametrize('size', range(0, 60, 3))
def test_a_file_cut_off_anywhere(run, clip, size):
    noise(clip / 'c1.wav')
    rows = [{'audio_filepath': f'c{i}.wav', 'text': 'eins zwei'} for i in range(2)]
    content = '\n'.join(map(json.dumps, rows))
    text(clip / 'm.jsonl', content[:len(content) - size])
    cut = len(content) - size < len(json.dumps(rows[0]))
    assert run('folder', clip, status=int(cut)).everything().items() <= {
        'c0': 'eins zwei', 'c1': 'eins zwei'}.items()


@pytest.mark.parametrize('cell', ['"Ja" sagte er', '"Ja', 'er: "Ja"', '"Ja"', '"', 'a " b " c'])
def test_quotes_in_tsv_are_characters(run, clip, cell):
    noise(clip / 'c1.wav')
    text(clip / 't.tsv', f'path\tsentence\nc0.wav\t{cell} oh\nc1.wav\tdrei\n')
    result = run('folder', clip).everything()
    assert result['c1'] == 'drei' and result['c0'].endswith('oh') and len(result) == 2


@pytest.mark.parametrize('commas', range(4))
@pytest.mark.parametrize('gone', [False, True])
def test_lists_like_those_of_lj_speech(run, clip, commas, gone):
    """Bare names, no header, commas within the text; the first recording may be missing."""
    for i in range(1 if gone else 0, 4):
        noise(clip / f'wavs/LJ001-000{i}.wav')
    (clip / 'c0.wav').unlink()
    said = 'Well' + ', well' * commas
    text(clip / 'metadata.csv', ''.join(f'LJ001-000{i}|{said}|{said}\n' for i in range(4)))
    result = run('folder', clip, '--text_column', '3')
    assert set(result.everything().values()) == {said.lower().replace(',', '')}
    assert len(result.everything()) + sum(result.all_dropped().values()) == 4
    assert result.all_dropped() == ({'missing file': 1} if gone else {})


def test_bare_names_under_an_unknown_title_are_asked_about(run, clip):
    text(clip / 't.csv', 'Datei;Gesprochen\nc0;eins\n')
    asked = run('folder', clip, status=1)
    assert "if its column 'Datei' names the recordings, say so: --audio_column" in asked.stderr
    told = run('folder', clip, '--audio_column', 'Datei')
    assert told.everything() == {'c0': 'eins'}
    assert "'Gesprochen' is taken for the text" in told.stderr


@pytest.mark.parametrize('wrap', [
    '{0}\n{1}', '[{0}, {1}]', '{{"data": [{0}, {1}], "version": 2}}',
    '{{"version": 2, "all": [{0}, {1}]}}', '\ufeff{0}\r\n{1}\r\n'])
def test_json_of_every_shape(run, clip, wrap):
    noise(clip / 'c1.wav')
    rows = [json.dumps({'audio_filepath': f'c{i}.wav', 'duration': 0.5, 'text': 'x', 'tokens': [1]})
            for i in range(2)]
    text(clip / 'manifest.json', wrap.format(*rows))
    assert run('folder', clip).everything() == {'c0': 'x', 'c1': 'x'}


def test_one_json_object_with_a_list_of_its_own(run, clip):
    text(clip / 'c0.json', json.dumps({'audio': 'c0.wav', 'text': 'eins',
                                       'words': [{'text': 'no'}]}))
    assert run('folder', clip).everything() == {'c0': 'eins'}


@pytest.mark.parametrize('order', itertools.permutations(['file', 'text', 'speaker']))
@pytest.mark.parametrize('dialect', ['excel', 'excel-tab', 'unix'])
def test_what_python_writes_comes_back(run, tmp_path, order, dialect):
    said = ['a, b', 'c "d" e', "it's", 'new\nline', 'tab\there', 'semi;colon', 'pipe. bar', '"x"']
    out = io.StringIO(newline='')
    writer = csv.DictWriter(out, order, dialect=dialect)
    writer.writeheader()
    for i, words in enumerate(said):
        noise(tmp_path / f'{i}.wav')
        writer.writerow({'file': f'{i}.wav', 'text': words, 'speaker': f's{i % 3}'})
    name = 't.tsv' if dialect == 'excel-tab' else 't.csv'
    (tmp_path / name).write_text(out.getvalue(), newline='')
    assert run('folder', tmp_path).everything() == {
        str(i): words for i, words in enumerate(['a b', 'c d e', "it's", 'new line', 'tab here',
                                                 'semi colon', 'pipe bar', 'x'])}


def test_kaldi(run, tmp_path):
    for name in ('ann/one', 'ann/2', 'bob/1', 'eve/long'):
        noise(tmp_path / f'audio/{name}.wav', 4)
    text(tmp_path / 'data/train/wav.scp',
         'ann-1 /old/audio/ann/one.wav\nbob-1\t../../audio/bob/1.wav\n'
         'sph-1 sph2pipe -f wav x.sph |\ngone-1 /old/audio/eve/1.wav\n')
    text(tmp_path / 'data/train/text', 'ann-1 good\u2028morning\nbob-1\thello\nsph-1 no\n'
         'gone-1 no\nunlisted-1 no\nbob-1x\n')
    text(tmp_path / 'data/train/utt2spk', 'ann-1 ann\nbob-1 bob\n')
    text(tmp_path / 'data/test/wav.scp', 'long audio/eve/long.wav\n')
    text(tmp_path / 'data/test/segments', 'a long 0.5 1.5\nb long 2 x\nc long\nd other 0 1\n')
    text(tmp_path / 'data/test/text', 'a one\nb two\nc three\nd four\n')
    result = run('folder', tmp_path)
    assert sorted(result.everything().values()) == ['good morning', 'hello', 'one']
    assert result.all_dropped() == {'wav.scp runs a command': 1, 'missing file': 3,
                                    'no transcript': 1, 'no usable times': 2,
                                    'another folder than listed': 1}


def test_what_a_row_says_and_where_it_stands(tmp_path):
    wav = noise(tmp_path / 'a.wav')
    path = text(tmp_path / 'x.csv', 'path,text,speaker,start,duration\n\n"a.wav","b\nc",Ann,1.5,2\n'
                'a.wav,d,Bob,x,2\n')
    first, second = read_table(path, 'in/x.csv', Names([wav]), {})
    assert (first.where, first.name, first.text, first.speaker, first.start, first.end) == (
        'in/x.csv:3', 'a.wav', 'b\nc', 'Ann', 1.5, 3.5)
    assert (second.where, second.start, second.end) == ('in/x.csv:5', 0.0, None)


def test_damaged_lists_of_recordings(tmp_path):
    """Whatever is in them, no list ends in anything but rows, or one line."""
    seeds = {
        't.csv': b'path,sentence,start,duration\na.wav,"x, y\nz",1,2\nb.wav,hi,,\n1,2,3,4\n',
        't.tsv': b'path\tsentence\na.wav\t"hi\nb.wav\tho\n', 'text': b'u hi\nv ho\nw\n',
        't.jsonl': b'{"audio":"a.wav","text":"x","offset":1}\n{"audio":"b.wav","text":["q"]}\n',
        't.json': b'{"d":[{"path":"a","text":"x"},{"path":{"a":1}}]}', 'segments': b'u r 0 1\nv\n',
        'a.srt': b'1\n00:00:01,000 --> 00:00:02,000\nhi\n\n2\n00:00:02,000 --> 00:00:03,000\nho\n',
        'wav.scp': b'u a.wav\nv cat b.wav |\nw b.wav\n',
        'b.vtt': b'WEBVTT\n\nNOTE x\n\nid\n00:01.000-->00:02.000 x:y\n&gt;&gt; <v A>x\n'}
    pieces = (b'\n', b'\r', b'"', b',', b'\t', b'|', b'\0', b'{', b'}', b'[', b']', b'a.wav',
              b'../', b'-->', b'\xff', b'\xe2\x80\xa8', b'1e999', b'nan', b'NaN', b':', b' ',
              b'9' * 400, b'\xed\xa0\x80', b'\\ud800', b'file://', b'C:\\')
    for name in ('a', 'b', '1', '2'):
        noise(tmp_path / f'{name}.wav', 0.01)
    draw = random.Random(14)
    for _ in range(300):
        for name, seed in seeds.items():
            content = bytearray(seed)
            for _ in range(draw.randint(0, 4)):
                at = draw.randrange(len(content) + 1)
                content[at:at + draw.choice((0, 0, 1, 9))] = draw.choice(pieces)
            (tmp_path / name).write_bytes(content)
        with contextlib.suppress(UserError):
            assert find(tmp_path, {}, 'recordings')


def test_a_folder_of_kaldi_without_a_text(tmp_path):
    text(tmp_path / 'wav.scp', 'a a.wav\n')
    assert read_kaldi(tmp_path, 'x') == []


@pytest.mark.parametrize('name, rows, dropped', [
    ('A4-jsonl-u2028', ['eins zwei'], {}), ('A5-quoted-newline', ['fünf sechs'], {}),
    ('A6-first-50-missing', ['drei vier'], {'missing file': 60}),
    ('A7-unrelated-jsonl', ['eins zwei'], {}), ('B2-nemo-manifest', ['eins zwei'], {}),
    ('E2-srt', ['erster satz', 'erster satz', 'erster satz', 'guten tag'], {})])
def test_what_outsiders_had(run, faults, name, rows, dropped):
    result = run('folder', faults / name)
    assert sorted(result.everything().values()) == rows and result.all_dropped() == dropped
    assert ('notes.jsonl' in result.stderr) == (name == 'A7-unrelated-jsonl')
