"""Tar archives: WebDatasets, and those with a list."""

import tarfile

import numpy as np
import pytest

from tests.helpers.clips import noise
from tests.helpers.databases import make_tar
from util.audio import reading
from util.data.collections.tar import check_tar, read_tar
from util.errors import UserError


def archive(tmp_path, content):
    (tmp_path / 'a.tar').write_bytes(content)
    return str(tmp_path / 'a.tar')


@pytest.fixture
def clips(tmp_path):
    return [noise(tmp_path / f'{i}{ending}', 0.1 * (i + 1)).read_bytes()
            for i, ending in enumerate(('.wav', '.flac', '.ogg'))]


@pytest.fixture
def files(clips):
    return {'a/0.wav': clips[0], 'a/0.txt': b'one', 'a/0.json': b'{}', './b/0.txt': b' zwei  drei ',
            './b/0.FLAC': clips[1], 'c.x.ogg': clips[2], 'c.txt': '\ufeffvier'.encode(),
            '.hidden.wav': b'', 'd.wav': clips[0]}


def test_a_web_dataset(tmp_path, files):
    path = archive(tmp_path, make_tar(files))
    check_tar(path)
    rows = read_tar(path)
    assert [(each.wav, each.transcript) for each in rows] == [
        (f'{path}:a/0.wav', 'one'), (f'{path}:./b/0.FLAC', 'zwei drei'),
        (f'{path}:c.x.ogg', 'vier'), (f'{path}:d.wav', '')]
    for each, name in zip(rows, ('0.wav', '1.flac', '2.ogg', '0.wav')):
        assert np.array_equal(reading.read_audio(each.wav),
                              reading.read_audio(str(tmp_path / name)))


@pytest.mark.parametrize('format', [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_dialect(tmp_path, clips, monkeypatch, format):
    monkeypatch.setattr(tarfile, 'DEFAULT_FORMAT', format)
    name = '/'.join(['long' * 20] * 2) + '/ü.wav'
    path = archive(tmp_path, make_tar({name: clips[0]}))
    row, = read_tar(path, transcripts=False)
    assert row.wav == f'{path}:{name}' and len(reading.read_audio(row.wav)) == 1600


def test_a_list_in_the_archive(tmp_path, clips):
    path = archive(tmp_path, make_tar({
        'samples/sample00000000.wav': clips[0], 'samples/x.wav': clips[0], 'LICENSE': b'free',
        'samples.csv': b'wav_filename,wav_filesize,transcript\n'
                       b'samples/sample00000000.wav,9,one\nsamples/none.wav,9,two\n'}))
    good, bad = read_tar(path)
    assert (good.transcript, good.where) == ('one', f'{path}:samples/sample00000000.wav')
    assert len(reading.read_audio(good.wav)) == 1600
    with pytest.raises(reading.AudioError, match='samples/none.wav: it is not in the archive'):
        reading.probe(bad.wav)


def test_bad_samples_cost_themselves(tmp_path, clips):
    path = archive(tmp_path, make_tar({'a.txt': b'one', 'b.wav': clips[0], 'b.txt': b'\xff',
                                       'c.wav': clips[0], 'c.txt': b'three'}))
    rows = read_tar(path)
    for row, reason in zip(rows, ('no recording has this name', 'the transcript is not UTF-8')):
        with pytest.raises(reading.AudioError, match=reason):
            reading.probe(row.wav)
    assert len(reading.read_audio(rows[2].wav)) == 1600


def test_truncated_at_every_block(tmp_path, files, capsys):
    """What is there whole is used; where nothing is, one line says so."""
    content = make_tar(files)
    whole = read_tar(archive(tmp_path, content))
    for length in range(0, len(content) - 10240, 512):
        for more in (0, 100):
            path = archive(tmp_path, content[:length + more])
            try:
                rows = read_tar(path)
            except UserError as e:
                assert str(e).startswith(f'{path}: ') and '\n' not in str(e)
                continue
            for row, same in zip(rows, whole):
                assert row.wav == same.wav or str(row.wav).endswith(('/0', ':c'))
                end = getattr(row.wav, 'offset', 0) + row.size
                if end > length + more:
                    with pytest.raises(reading.AudioError, match='the archive ends in it'):
                        reading.probe(row.wav)
                elif row.size:
                    reading.probe(row.wav)
    assert 'Traceback' not in capsys.readouterr().out


@pytest.mark.parametrize('files, message', [
    ({}, 'no recordings in the tar archive'), ({'a.txt': b'a'}, 'no recordings'),
    ({'a.wav': b'RIFF'}, 'No transcript data'), ({'samples.csv': b'x,y\n'}, 'no column')])
def test_archives_that_hold_no_set(tmp_path, files, message):
    with pytest.raises(UserError, match=f'a.tar.*: {message}'):
        read_tar(archive(tmp_path, make_tar(files)))


def test_no_archive(tmp_path):
    for content in (b'', b'x' * 1000):
        with pytest.raises(UserError, match='a.tar: this is no tar archive'):
            read_tar(archive(tmp_path, content))
