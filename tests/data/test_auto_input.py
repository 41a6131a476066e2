"""A set given alone: split by hash, used again as it was, and every mistake told in a line."""
import csv
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.helpers.databases import make_sdb, make_tar
from tests.helpers.tones import speak, write_wav
from tests.helpers.trainer import flags, run
from util.data.auto_input import Split, sizes, split_alone
from util.data.read import read_utterances
from util.errors import UserError
from util.text.alphabet import Alphabet

HEADER = 'wav_filename,wav_filesize,transcript\n'
NAMES = ['train.csv', 'dev.csv', 'test.csv', 'alphabet.txt']


def make(folder, count=20, name='all.csv', text='say {} #1'):
    """Write a CSV whose recordings are not there: to split it nobody needs them."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(HEADER + ''.join(f'clips/{i}.wav,{i},{text.format(chr(97 + i % 26))}\n'
                                     for i in range(count)))
    return path


def rows(path):
    with open(path, encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file))


def contents(folder):
    return {name: (folder / name).read_bytes() for name in NAMES}


def test_sizes():
    for count in [*range(3, 300), 4000, 49923]:
        fits = [(size, n) for size in range(1, count + 1)
                for n in [int(16641 / (1 + 16641 / size) + 1e-9)] if size + 2 * n <= count]
        held_out = max(1, max(fits)[1])
        assert sizes(count) == (count - 2 * held_out, held_out)
    assert [sizes(count) for count in (3, 20, 1000)] == [(1, 1), (8, 6), (338, 331)]


def test_a_csv_alone(tmp_path, capsys):
    source = make(tmp_path)
    split = split_alone(str(source))
    assert split == Split(*(str(tmp_path / name) for name in NAMES))
    parts = [rows(path) for path in (split.train, split.dev, split.test)]
    assert [len(part) for part in parts] == [8, 6, 6]
    assert sorted(sum(parts, []), key=str) == sorted(rows(source), key=str)
    for part in parts:  # in the order of the whole
        assert [int(row['wav_filesize']) for row in part] == sorted(
            int(row['wav_filesize']) for row in part)
    alphabet = Alphabet.load(split.alphabet)
    assert list(alphabet.labels) == sorted(set(''.join(row['transcript'] for row in rows(source))))
    assert capsys.readouterr().out == (
        f'I Split {source}: 8 utterances in {split.train}, 6 utterances in {split.dev}, '
        f'6 utterances in {split.test}\n'
        f'I Wrote {split.alphabet}: {len(alphabet)} characters\n')


def test_it_is_split_alike_elsewhere_and_not_again(tmp_path, capsys):
    one, two = make(tmp_path / 'one'), make(tmp_path / 'two')
    split_alone(str(one))
    split_alone(str(two.parent))  # by its folder
    assert contents(one.parent) == contents(two.parent)
    one.write_text(HEADER)
    before, _ = contents(one.parent), capsys.readouterr()
    split_alone(str(one))
    split_alone(str(one.parent))
    one.unlink()
    split_alone(str(one.parent))
    assert contents(one.parent) == before
    assert capsys.readouterr().out.count('I Using the sets that are there: train.csv, ') == 3


def _collection(path):
    clips = []
    for i in range(6):
        write_wav(path.parent / 'one.wav', speak('abcd'[i % 4] * 2, secs=0.05 + i / 100))
        clips.append((path.parent / 'one.wav').read_bytes())
    (path.parent / 'one.wav').unlink()
    if path.suffix == '.sdb':
        return make_sdb([(clip, f'clip {i}'.encode()) for i, clip in enumerate(clips)])
    table = HEADER + ''.join(f'samples/{i}.wav,1,clip {i}\n' for i in range(6))
    return make_tar({'samples.csv': table.encode(),
                     **{f'samples/{i}.wav': clip for i, clip in enumerate(clips)}})


@pytest.mark.parametrize('name', ['all.sdb', 'all.tar'])
def test_a_collection(tmp_path, name):
    """Its samples come as WAV files beside it, in folders named after the sets."""
    source = tmp_path / name
    source.write_bytes(_collection(source))
    split = split_alone(str(source))
    found = {one.transcript: open(one.wav, 'rb').read()
             for path in (split.train, split.dev, split.test) for one in read_utterances([path])}
    assert sorted(found) == [f'clip {i}' for i in range(6)]
    sizes_of = [len(found[f'clip {i}']) for i in range(6)]
    assert sizes_of == [44 + 2 * 2 * int(16000 * (0.05 + i / 100)) for i in range(6)]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [name, *NAMES, 'train', 'dev', 'test'])


@pytest.mark.parametrize('files, given, message', [
    ({'all.csv': 2}, 'all.csv', '2 utterances cannot be split into three sets: expected at least'),
    ({}, '', 'expected one CSV in the folder, beside train.csv, dev.csv and test.csv, found none'),
    ({'a.csv': 9, 'b.csv': 9}, '', 'found a.csv and b.csv: give the file itself'),
    ({}, 'a,b/all.csv', 'a,b/all.csv: a comma separates files, so the sets to be made could not'),
    *(({f'{name}.csv': 9}, f'{name}.csv', f'{name}.csv: the name is that of a set to be made')
      for name in ('train', 'dev', 'test')),
    ({'train.csv': 9}, '', 'train.csv is there and dev.csv and test.csv are not: remove'),
    ({'a.csv': 9, 'dev.csv': 3, 'test.csv': 3}, 'a.csv',
     'dev.csv and test.csv are there and train.csv is not: remove what is left of an earlier'),
    ({}, 'none.csv', 'none.csv: the CSV cannot be read (No such file or directory)'),
    ({}, 'no/all.csv', 'cannot be read (No such file or directory): give a CSV, or a folder')])
def test_what_cannot_be_split(tmp_path, files, given, message):
    for name, count in files.items():
        make(tmp_path, count, name)
    with pytest.raises(UserError) as error:
        split_alone(str(tmp_path / given))
    assert message in str(error.value) and '\n' not in str(error.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)


def test_alphabets(tmp_path, capsys):
    """Whatever alphabet is there must have all characters; bytes need none."""
    source = make(tmp_path, text='ab {}')
    letters = ''.join(f'{chr(97 + i)}\n' for i in range(26))
    (tmp_path / 'mine.txt').write_text(letters + ' \n')
    assert split_alone(str(source), str(tmp_path / 'mine.txt')).alphabet.endswith('mine.txt')
    assert not (tmp_path / 'alphabet.txt').exists()
    assert split_alone(str(source), None).alphabet == ''
    (tmp_path / 'alphabet.txt').write_text(letters)
    with pytest.raises(UserError, match=r"alphabet.txt' does not have ' ' of the transcripts: "
                                        'remove the file to have one made'):
        split_alone(str(source))
    (tmp_path / 'mine.txt').write_text('a\n \n')
    with pytest.raises(UserError, match="'i', 'j', 'k' and 9 more of .*: omit --alphabet_config"):
        split_alone(str(source), str(tmp_path / 'mine.txt'))


def test_processes_that_begin_together(tmp_path):
    source = make(tmp_path, 300)
    with ThreadPoolExecutor(4) as pool:  # a lock of theirs is like one of processes
        found = list(pool.map(split_alone, [str(source)] * 8))
    assert len(set(found)) == 1


def test_trained_on_alone(tmp_path, capsys):
    table = HEADER
    for i in range(8):
        write_wav(tmp_path / f'{i}.wav', speak('abcd'[i % 4] * 4))
        table += f'{i}.wav,1,{"abcd"[i % 4] * 4}\n'
    (tmp_path / 'all.csv').write_text(table)
    common = flags(dict.fromkeys(('train', 'dev', 'test'), ''), tmp_path / 'ck')[8:]
    assert run('--auto_input_dataset', tmp_path, *common, '--epoch', 1) == 0
    out = capsys.readouterr().out
    assert 'I Validation of Epoch 0' in out and 'I Test of Epoch 1' in out
    assert Alphabet.load(str(tmp_path / 'alphabet.txt')).labels == ('a', 'b', 'c', 'd')
    with pytest.raises(UserError, match='--auto_input_dataset makes the sets, and --dev_files'):
        run('--auto_input_dataset', tmp_path, '--dev_files', tmp_path / 'dev.csv')
