"""Speakers of a set are counted only where all of them are known."""

import gzip

import pytest

from tests.helpers.clips import text
from util.data.manifest import Utterance
from util.data.speakers import count_speakers

HEAD = 'wav_filename,wav_filesize,transcript'


def count(tmp_path, rows, used='abc', head=f'{HEAD},client_id'):
    path = text(tmp_path / 'a.csv', f'\ufeff{head}\n{rows}')
    return count_speakers([str(path)], [Utterance(f'{tmp_path}/{name}.wav', 0, '', '', 2)
                                        for name in used])


def test_those_of_the_utterances_used(tmp_path):
    rows = 'a.wav,1,x,ann\nb.wav,1,x,"b,\nob"\nc.wav,1,x,ann\nd.wav,1,x,dan\n'
    assert count(tmp_path, rows) == 2 and count(tmp_path, rows, 'a') == 1
    assert count(tmp_path, rows, 'abcd') == 3
    assert count(tmp_path, rows, head=f'{HEAD}, Speaker ') == 2


@pytest.mark.parametrize('rows, head', [
    ('a.wav,1,x,\nb.wav,1,x,bob\n', f'{HEAD},speaker'), ('a.wav,1,x\n', f'{HEAD},speaker'),
    ('a.wav,1,x,ann\n', f'{HEAD},mood'), ('', f'{HEAD},speaker'), ('a,b\n', 'file,speaker')])
def test_not_known(tmp_path, rows, head):
    assert count(tmp_path, rows, head=head) is None


def test_collections_and_several_files(tmp_path):
    one = str(text(tmp_path / 'a.csv', f'{HEAD},speaker\na.wav,1,x,ann\n'))
    two = str(tmp_path / 'b.csv')
    with gzip.open(two, 'wt') as file:
        file.write(f'{HEAD},speaker\nb.wav,1,x,bob\n')
    used = [Utterance(f'{tmp_path}/{name}.wav', 0, '', '', 2) for name in 'ab']
    assert count_speakers([one, two], used) == 2
    (tmp_path / 'c.sdb').write_bytes(b'SAMPLEDB')
    for other in ('c.sdb', 'gone.csv'):
        assert count_speakers([one, str(tmp_path / other)], used) is None
