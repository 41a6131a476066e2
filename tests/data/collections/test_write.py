"""bin/data_set_tool.py: every source into every target, and back."""

import csv
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.clips import broken, noise
from tests.helpers.databases import SPEECH, TRANSCRIPT, make_sdb, make_tar
from tests.helpers.need import need_module
from tests.helpers.places import ROOT
from tests.helpers.scripts import load
from util.audio import opus, reading
from util.audio.places import OPUS
from util.data.collections.sdb import read_sdb
from util.data.collections.write import Form, open_target, recording
from util.data.read import read_utterances
from util.errors import UserError

HEADER = 'wav_filename,wav_filesize,transcript\n'


def tool(*args, status=0, cwd=None):
    done = subprocess.run([sys.executable, ROOT / 'bin/data_set_tool.py', *map(str, args)],
                          capture_output=True, text=True, cwd=cwd)
    assert done.returncode == status, done.stderr
    assert done.stdout == '' and 'Traceback' not in done.stderr
    return done.stderr


@pytest.fixture
def table(tmp_path):
    """Three recordings, the longest first, one of two channels at another rate."""
    noise(tmp_path / 'long.wav', 0.5)
    noise(tmp_path / 'stereo.flac', 0.3, 22050, 2)
    noise(tmp_path / 'short.wav', 0.1, 8000)
    path = tmp_path / 'all.csv'
    path.write_text(HEADER + 'long.wav,1,one\nstereo.flac,2,zwei\nshort.wav,3,"three, 3"\n')
    return path


def contents(*sources):
    """Return what a set holds: transcript -> (own channels, own rate)."""
    return {each.transcript: reading.read_channels(each.wav) for each in read_utterances(sources)}


def assert_same(found, wanted):
    assert found.keys() == wanted.keys()
    for text, (samples, rate) in wanted.items():
        assert found[text][1] == rate and np.array_equal(found[text][0], samples)


@pytest.mark.parametrize('source', ['csv', 'sdb', 'tar'])
@pytest.mark.parametrize('target', ['new.csv', 'new.sdb', 'new.tar'])
def test_everything_into_everything(tmp_path, table, source, target):
    wanted = contents(str(table))
    clips = [(tmp_path / name).read_bytes() for name in ('long.wav', 'short.wav', 'stereo.flac')]
    (tmp_path / 'all.sdb').write_bytes(make_sdb(list(zip(clips, (b'one', b'three, 3', b'zwei')))))
    (tmp_path / 'all.tar').write_bytes(make_tar({
        'a.wav': clips[0], 'a.txt': b'one', 'b.wav': clips[1], 'b.txt': b'three, 3',
        'c.flac': clips[2], 'c.txt': b'zwei'}))
    said = tool(tmp_path / f'all.{source}', tmp_path / target, '--audio-type', 'wav')
    assert said.splitlines()[-1].endswith(f'3 samples written to {tmp_path / target}')
    assert_same(contents(str(tmp_path / target)), wanted)
    assert [each.transcript for each in read_utterances([str(tmp_path / target)])] == [
        'three, 3', 'zwei', 'one']  # by length


def test_the_database_is_that_of_the_layout(tmp_path, table):
    tool(table, tmp_path / 'new.sdb', '--audio-type', 'wav')
    wavs = [(recording(str(tmp_path / name), Form()), text) for name, text in (
        ('short.wav', b'three, 3'), ('stereo.flac', b'zwei'), ('long.wav', b'one'))]
    assert (tmp_path / 'new.sdb').read_bytes() == make_sdb(wavs, (SPEECH, TRANSCRIPT))


@pytest.mark.parametrize('ending', ['tar', 'tar.gz', 'tgz'])
def test_the_archive_is_as_0_9_3_wrote_it(tmp_path, table, ending):
    (tmp_path / 'LICENSE').write_text('free')
    tool(table, tmp_path / f'new.{ending}', '--include', tmp_path / 'LICENSE')
    with tarfile.open(tmp_path / f'new.{ending}') as archive:
        assert archive.getnames() == ['samples', *[f'samples/sample{i:08d}.wav' for i in range(3)],
                                      'LICENSE', 'samples.csv']
        rows = list(csv.reader(archive.extractfile('samples.csv').read().decode().splitlines()))
        size = archive.getmember('samples/sample00000000.wav').size
    assert rows[:2] == [['wav_filename', 'wav_filesize', 'transcript'],
                        ['samples/sample00000000.wav', str(size), 'three, 3']]


def test_a_csv_and_its_folder(tmp_path, table):
    target = tmp_path / 'new.csv'
    tool(table, target)
    assert sorted(os.listdir(tmp_path / 'new')) == [f'sample{i:08d}.wav' for i in range(3)]
    assert target.read_text().splitlines()[1] == 'new/sample00000000.wav,1644,"three, 3"'
    before = target.read_bytes()
    said = tool(table, target, status=1)
    assert f'{tmp_path}/new: is there already' in said and said.count('\n') == 1
    assert target.read_bytes() == before
    tool(table, tmp_path / 'far.csv', '--absolute_paths', cwd=tmp_path)
    assert f'\n{tmp_path}/far/sample00000000.wav,' in (tmp_path / 'far.csv').read_text()


@pytest.mark.parametrize('ending', ['tar', 'tgz'])
def test_webdataset(tmp_path, table, ending):
    """It has nothing but samples, and gives what it was made of."""
    target = tmp_path / f'web.{ending}'
    tool(table, target, '--webdataset')
    with tarfile.open(target) as archive:
        assert archive.getnames() == [f'sample0000000{number}.{kind}' for number in range(3)
                                      for kind in ('wav', 'txt')]
    assert_same(contents(str(target)), contents(str(table)))
    mute = tmp_path / f'mute.{ending}'
    tool(target, mute, '--webdataset', '--unlabeled')
    found = read_utterances([str(mute)], transcripts=False)
    assert [each.transcript for each in found] == ['', '', '']


@pytest.mark.parametrize('target', ['new.csv', 'new.sdb', 'new.tar'])
def test_unlabelled(tmp_path, target):
    noise(tmp_path / 'a.wav')
    (tmp_path / 'noise.csv').write_text('wav_filename\na.wav\n')
    assert 'no column transcript' in tool(tmp_path / 'noise.csv', tmp_path / target, '--audio-type',
                                          'wav', status=1)
    assert not (tmp_path / target).exists()
    tool(tmp_path / 'noise.csv', tmp_path / target, '--audio-type', 'wav', '--unlabeled')
    row, = read_utterances([str(tmp_path / target)], transcripts=False)
    assert len(reading.read_audio(row.wav)) == 8000
    with pytest.raises(UserError, match='(?i)no (column )?transcript'):
        read_utterances([str(tmp_path / target)])


def test_opus_and_its_bitrate(tmp_path, table):
    need_module('av')
    tool(table, tmp_path / 'new.sdb')
    rows = {each.transcript: each for each in read_sdb(str(tmp_path / 'new.sdb'))}
    assert {each.wav.kind for each in rows.values()} == {OPUS}
    rates = {text: (reading.probe(each.wav).rate, reading.probe(each.wav).channels)
             for text, each in rows.items()}
    assert rates == {'one': (16000, 1), 'zwei': (24000, 1), 'three, 3': (8000, 1)}
    assert abs(len(reading.read_audio(rows['zwei'].wav)) - 4800) <= 1
    tool('--sources', table, '--target', tmp_path / 'small.sdb', '--bitrate', 6000)
    sizes = [(tmp_path / name).stat().st_size for name in ('small.sdb', 'new.sdb')]
    assert sizes[0] < 0.7 * sizes[1]


@pytest.mark.parametrize('line, bitrate, augment', [
    ('a.csv b.sdb t.sdb --augment volume --augment codec[p=0.5]', 0, ['volume', 'codec[p=0.5]']),
    ('a.csv b.sdb t.sdb --bitrate 9000', 9000, []), ('a.csv b.sdb --target t.sdb', 0, []),
    ('--sources a.csv b.sdb --target t.sdb --augment volume codec[p=0.5]', 16000,
     ['volume', 'codec[p=0.5]']),
    ('--sources a.csv b.sdb --target t.sdb --bitrate 0', 0, [])])
def test_the_forms_of_0_9_3_and_of_stt(monkeypatch, line, bitrate, augment):
    monkeypatch.setattr(sys, 'argv', ['data_set_tool.py', *line.split()])
    o = load(ROOT / 'bin' / 'data_set_tool.py').arguments()
    assert (o.sources, o.target) == (['a.csv', 'b.sdb'], 't.sdb')
    assert (o.bitrate, o.augment) == (bitrate, augment)


def test_recordings_that_cannot_be_read(tmp_path, table):
    broken(tmp_path / 'html.wav')
    with open(table, 'a') as file:
        file.write('html.wav,1,four\nnone.wav,1,five\n')
    said = tool(table, tmp_path / 'new.sdb', '--audio-type', 'wav')
    assert said.count('left out\n') == 3 and 'all.csv:5: ' in said and 'all.csv:6: ' in said
    assert '3 samples written to' in said and '; 2 left out' in said
    (tmp_path / 'bad.csv').write_text(HEADER + 'html.wav,1,four\n')
    said = tool(tmp_path / 'bad.csv', tmp_path / 'bad.sdb', '--audio-type', 'wav', status=1)
    assert 'none of 1 recordings can be read' in said and not (tmp_path / 'bad.sdb').exists()


@pytest.mark.parametrize('args, status, message', [
    (['a.csv'], 2, 'one or more sources and a target'), ([], 2, 'sources and a target'),
    (['all.csv', 'all.csv'], 2, 'all.csv is a source and the target'),
    (['all.csv', './x/../all.csv'], 2, 'all.csv is a source and the target'),
    (['all.csv', 'b.mp3'], 1, 'b.mp3: Unknown file type: expected a target'),
    (['all.csv', 'b.sdb', '--include', 'x'], 2, '--include is for tar archives'),
    (['all.csv', 'b.csv', '--webdataset'], 2, '--webdataset is for tar archives'),
    (['all.csv', 'b.tar', '--webdataset', '--include', 'x'], 2, 'belongs to a sample'),
    (['none.csv', 'b.sdb', '--audio-type', 'wav'], 1, 'none.csv: the CSV cannot be read'),
    (['all.csv', 'b.sdb', '--bitrate', '-1'], 2, '--bitrate at least 0')])
def test_misuse(tmp_path, table, args, status, message):
    said = tool(*args, status=status, cwd=tmp_path)
    assert message in said.splitlines()[-1]
    assert {path.name for path in tmp_path.iterdir()} == {'all.csv', 'long.wav', 'short.wav',
                                                          'stereo.flac'}


@pytest.mark.parametrize('name', ['new.csv', 'new.sdb', 'new.tar'])
def test_what_is_interrupted_leaves_nothing(tmp_path, name):
    with pytest.raises(KeyboardInterrupt):
        with open_target(str(tmp_path / name), Form()) as target:
            target.add(b'RIFF', 'one')
            raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_forms(tmp_path):
    need_module('av')
    path = str(noise(Path(tmp_path / 'a.wav'), 0.2, 44100, 3))
    found = opus.unpack(path, recording(path, Form(OPUS)))
    assert (found.rate, found.channels, found.frames) == (48000, 1, 9600)
    samples, rate = reading.read_channels(path)
    assert samples.shape == (8820, 3) and rate == 44100
