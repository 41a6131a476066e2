"""CSV files as people write them: every hostile one, and the rules of the contract."""

import bz2
import gzip
import io
import lzma
import os
import re
import tarfile
import threading
import zipfile

import pytest

from util.audio.signatures import _TABLE, recognise
from util.data.csv_files import check_csvs
from util.data.manifest import read_csvs
from util.errors import UserError

HEADER = 'wav_filename,wav_filesize,transcript\n'
SENTENCE = 'he was not an ill disposed young man'

# file -> (line, wav, size, transcript) of the first row, number of rows
READABLE = {
    'good.csv': (2, 'good_16k_mono_16bit.wav', 95724, SENTENCE, 1),
    'bom_crlf.csv': (2, 'good_16k_mono_16bit.wav', 95724, SENTENCE, 1),
    'columns_reordered.csv': (2, 'good_16k_mono_16bit.wav', 95724, SENTENCE, 1),
    'column_missing.csv': (2, 'good_16k_mono_16bit.wav', 0, SENTENCE, 1),
    'file_missing.csv': (2, 'not_there.wav', 32044, 'hello', 2),
    'size_wrong.csv': (2, 'good_16k_mono_16bit.wav', 1, SENTENCE, 1),
    'size_not_number.csv': (2, 'good_16k_mono_16bit.wav', 0, SENTENCE, 1),
    'transcript_empty.csv': (2, 'good_16k_mono_16bit.wav', 95724, '', 2),
    'transcript_spaces.csv': (2, 'good_16k_mono_16bit.wav', 95724, 'he was not', 1),
    'char_not_in_alphabet.csv': (2, 'good_16k_mono_16bit.wav', 95724,
                                 'He was NOT ill-disposed, café 21', 1),
    'transcript_too_long.csv': (2, 'short_10ms.wav', 364, SENTENCE, 2),
    'repeats_tight.csv': (2, 'short_32ms.wav', 1068, 'aa', 1),
    'odd_name.csv': (2, 'name with space, comma é.wav', 95724, SENTENCE, 1),
    'mixed_rates.csv': (2, 'good_16k_mono_16bit.wav', 95724, SENTENCE, 2),
}
UNREADABLE = {
    'no_header.csv': 'no column wav_filename and no column transcript; expected the first line '
                     'wav_filename,wav_filesize,transcript, found ',
    'header_only.csv': 'no utterances; expected rows after',
    'empty.csv': 'the file is empty',
    'latin1.csv': 'latin1.csv:2: not UTF-8',
    'semicolons.csv': 'separated by semicolons',
}


def test_the_table_is_complete(shared_data):
    assert set(os.listdir(f'{shared_data}/hostile/csv')) == READABLE.keys() | UNREADABLE.keys()


@pytest.mark.parametrize('name', READABLE)
def test_readable(shared_data, name):
    line, wav, size, transcript, count = READABLE[name]
    path = f'{shared_data}/hostile/csv/{name}'
    rows = read_csvs([path])
    assert len(rows) == count
    first = rows[0]
    assert (first.line, first.size, first.transcript) == (line, size, transcript)
    assert first.source == path
    assert first.wav == f'{shared_data}/hostile/{wav}'
    assert first.where == f'{path}:2'


@pytest.mark.parametrize('name', UNREADABLE)
def test_unreadable(shared_data, name):
    path = f'{shared_data}/hostile/csv/{name}'
    with pytest.raises(UserError, match=UNREADABLE[name]) as e:
        read_csvs([path])
    assert str(e.value).startswith(path)


def _write(tmp_path, text, name='a.csv'):
    path = tmp_path / name
    path.write_bytes(text.encode())
    return str(path)


def test_words_that_pandas_takes_for_missing_values(tmp_path):
    texts = ['null', 'nan', '007', 'None', 'NA', '1.50', 'true', '']
    path = _write(tmp_path, HEADER + ''.join(f'{i}.wav,1,{t}\n' for i, t in enumerate(texts)))
    assert [u.transcript for u in read_csvs([path])] == texts


def test_several_files_and_the_limit_before_any_sort(tmp_path):
    a = _write(tmp_path, HEADER + 'x.wav,9,one\ny.wav,1,two\n')
    b = _write(tmp_path, HEADER + '/abs/z.wav,5,three', 'b.csv')
    assert [u.transcript for u in read_csvs([a, b])] == ['one', 'two', 'three']
    assert [u.transcript for u in read_csvs([a, b], limit=1)] == ['one']
    assert read_csvs([b])[0].wav == '/abs/z.wav'
    assert read_csvs([a])[0].wav == str(tmp_path / 'x.wav')
    # What the limit leaves out is not even opened.
    assert len(read_csvs([a, str(tmp_path / 'none.csv')], limit=2)) == 2


def test_paths_are_relative_to_the_csv_not_to_the_current_folder(tmp_path, monkeypatch):
    _write(tmp_path, HEADER + 'x.wav,9,one\n')
    monkeypatch.chdir(tmp_path)
    assert read_csvs(['a.csv'])[0].wav == 'x.wav'
    monkeypatch.chdir('/')
    assert read_csvs([str(tmp_path / 'a.csv')])[0].wav == str(tmp_path / 'x.wav')


@pytest.mark.parametrize('end', ['\n', '\r\n', '\r'])
def test_line_numbers_with_empty_lines_and_quoted_line_breaks(tmp_path, end):
    text = HEADER + 'a.wav,1,one\n\n"b.wav",2,"two\nlines"\nc.wav,3,three\n'
    rows = read_csvs([_write(tmp_path, text.replace('\n', end))])
    assert [(u.transcript, u.line) for u in rows] == [('one', 2), ('two lines', 4), ('three', 6)]


@pytest.mark.parametrize('text, message', [
    (HEADER + 'a.wav,1,one, two\n', 'Expected 3 fields in line 2, saw 4; put cells'),
    (HEADER + 'a.wav,1,"one\n', 'put cells'),
    ('wav_filename\ttranscript\na\tb\n', 'separated by tabs'),
    ('wav_filename,text\na.wav,one\n', "no column transcript; .* found 'wav_filename,text'"),
])
def test_broken_tables(tmp_path, text, message):
    with pytest.raises(UserError, match=message):
        read_csvs([_write(tmp_path, text)])


def test_missing_csv_and_short_rows(tmp_path):
    with pytest.raises(UserError, match='No such file'):
        read_csvs([str(tmp_path / 'none.csv')])
    rows = read_csvs([_write(tmp_path, HEADER + 'a.wav,1\nb.wav\nc.wav,,three\n')])
    assert [(u.size, u.transcript) for u in rows] == [(1, ''), (0, ''), (0, 'three')]


def test_a_size_that_is_no_number_is_said_once(tmp_path, capsys):
    rows = read_csvs([_write(tmp_path, HEADER + 'a.wav,big,x\nb.wav,1e3,y\nc.wav,huge,z\n')])
    assert [u.size for u in rows] == [0, 1000, 0]
    out = capsys.readouterr().out
    assert out.count('\n') == 1 and "in 2 rows, such as 'big'" in out


CSV = b'wav_filename,wav_filesize,transcript\na.wav,1,one\n'


def packed(kind):
    """Return a file of this kind with a CSV in it, made by the library that reads them."""
    out = io.BytesIO()
    if kind == 'zip':
        with zipfile.ZipFile(out, 'w') as archive:
            archive.writestr('a.csv', CSV)
    elif kind.startswith('tar'):
        with tarfile.open(fileobj=out, mode='w:' + kind.partition('.')[2]) as archive:
            member = tarfile.TarInfo('a.csv')
            member.size = len(CSV)
            archive.addfile(member, io.BytesIO(CSV))
    else:
        return {'gz': gzip.compress, 'bz2': bz2.compress, 'xz': lzma.compress,
                'sdb': lambda text: b'SAMPLEDB' + bytes(8) + text,
                'zst': lambda text: b'(\xb5/\xfd' + text,
                '7z': lambda text: b'7z\xbc\xaf\x27\x1c' + text,
                'rar': lambda text: b'Rar!\x1a\x07' + text,
                'wav': lambda text: b'RIFF1234WAVE' + text,
                'flac': lambda text: b'fLaC' + text}[kind](CSV)
    return out.getvalue()


@pytest.mark.parametrize('named', ['{kind}', 'csv', 'data'])
@pytest.mark.parametrize('kind', ['zip', 'tar', 'tar.gz', 'tar.bz2', 'tar.xz', 'sdb', 'zst', '7z',
                                  'rar', 'wav', 'flac'])
def test_other_files_given_for_a_csv(tmp_path, kind, named):
    """Under their own name or another; whole, or damaged under their own name."""
    path = tmp_path / ('a.' + named.format(kind=kind))
    path.write_bytes(packed(kind))
    for read in (lambda paths: check_csvs(paths), read_csvs):
        with pytest.raises(UserError, match=r': this is a .*, not a CSV: .*give ') as refusal:
            read([str(path)])
        assert str(refusal.value).startswith(str(path)) and '\n' not in str(refusal.value)
    if named == '{kind}' and not kind.startswith('tar.'):
        path.write_bytes(b'\xff\xfe damaged')
        with pytest.raises(UserError, match='this is a .*, not a CSV'):
            check_csvs([str(path)])


READ_AS_THEY_ARE = {'a gzip archive', 'a bzip2 archive', 'an xz archive'}
KNOWN = [row for row in _TABLE if row[4] not in READ_AS_THEY_ARE]


@pytest.mark.parametrize('at, begin, at_8, _, name', KNOWN)
def test_everything_with_a_signature_is_named(tmp_path, at, begin, at_8, _, name):
    """As recordings that are none are: one table serves both."""
    head = bytearray(600)
    head[at:at + len(begin)] = begin
    head[8:8 + len(at_8)] = at_8 or head[8:8]
    (tmp_path / 'a.csv').write_bytes(head)
    with pytest.raises(UserError, match=re.escape(f'this is {name}, not a CSV: ')):
        check_csvs([str(tmp_path / 'a.csv')])
    assert recognise(io.BytesIO(head)).name == name


@pytest.mark.parametrize('kind', ['gz', 'bz2', 'xz'])
def test_a_compressed_csv(tmp_path, kind):
    """It is read whatever its name, and a damaged one is said to be damaged."""
    for name in (f'a.csv.{kind}', f'a.{kind}', 'a.csv'):
        path = tmp_path / name
        path.write_bytes(packed(kind))
        check_csvs([str(path)])
        assert [row.transcript for row in read_csvs([str(path)])] == ['one']
        path.write_bytes(packed(kind)[:-12])
        with pytest.raises(UserError, match='a compressed file is damaged|file is damaged'):
            read_csvs([str(path)])


def test_a_csv_through_a_pipe_is_read_once(tmp_path):
    os.mkfifo(tmp_path / 'a.csv')
    check_csvs([str(tmp_path / 'a.csv')])
    writer = threading.Thread(target=(tmp_path / 'a.csv').write_bytes, args=(CSV,))
    writer.start()
    assert len(read_csvs([str(tmp_path / 'a.csv')])) == 1
    writer.join()


@pytest.mark.parametrize('path', ['none.csv', '.'])
def test_what_cannot_be_opened(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    for read in (lambda paths: check_csvs(paths), read_csvs):
        with pytest.raises(UserError, match=f'^{path}: the CSV cannot be read'):
            read([path])
