"""Recordings inside of other files are read as those in files of their own."""

import json
import pickle
import subprocess

import numpy as np
import pytest

from tests.helpers.clips import noise
from tests.helpers.hostile import READABLE, UNREADABLE
from tests.helpers.need import need_program
from util.audio import reading
from util.audio.places import Place, file_of, kind_of, open_place, size_of


def inside(tmp_path, content, before=b'RIFF of another', behind=b'OggS of another'):
    """Put a recording between others."""
    (tmp_path / 'all.bin').write_bytes(before + content + behind)
    return Place('all.bin:0', str(tmp_path / 'all.bin'), len(before), len(content))


def outcome(reader, path):
    """Read a recording; what is said of it comes without its name."""
    try:
        return reader(path)
    except reading.AudioError as e:
        return str(e).removeprefix(f'{path}: ')


@pytest.mark.parametrize('name', [*READABLE, *UNREADABLE])
def test_every_hostile_file_reads_the_same(shared_data, tmp_path, name):
    path = f'{shared_data}/hostile/{name}'
    with open(path, 'rb') as file:
        place = inside(tmp_path, file.read())
    assert outcome(reading.probe, place) == outcome(reading.probe, path)
    own, other = (outcome(reading.read_with_notes, each) for each in (path, place))
    if isinstance(own, str):
        assert other == own
    else:
        assert np.array_equal(other[0], own[0]) and other[1] == own[1]


@pytest.mark.parametrize('ending', ['.wav', '.flac', '.ogg', '.mp3'])
def test_every_format(tmp_path, ending):
    path = noise(tmp_path / f'a{ending}')
    place = inside(tmp_path, path.read_bytes())
    assert np.array_equal(reading.read_audio(place), reading.read_audio(str(path)))
    assert reading.probe(place) == reading.probe(str(path))


def test_what_ffmpeg_reads(tmp_path):
    subprocess.run([need_program('ffmpeg'), '-v', 'error', '-i', noise(tmp_path / 'a.wav'),
                    tmp_path / 'a.m4a'], check=True)
    place = inside(tmp_path, (tmp_path / 'a.m4a').read_bytes())
    samples = reading.read_audio(place)
    assert len(samples) and np.array_equal(samples, reading.read_audio(str(tmp_path / 'a.m4a')))


def test_a_place_is_its_name(tmp_path):
    place = Place('a.sdb:7', 'a.sdb', 5, 6, 'audio/wav', 'a fault')
    assert place == 'a.sdb:7' and f'{place}' == str(place) == 'a.sdb:7'
    assert json.dumps({'wav': place}) == '{"wav": "a.sdb:7"}' and {place: 1}['a.sdb:7'] == 1
    again = pickle.loads(pickle.dumps(place, pickle.HIGHEST_PROTOCOL))
    assert again == place and isinstance(again, Place)
    assert (again.file, again.offset, again.size, again.kind, again.fault) == (
        'a.sdb', 5, 6, 'audio/wav', 'a fault')
    assert (file_of(place), kind_of(place)) == ('a.sdb', 'audio/wav')
    assert (file_of('a.wav'), kind_of('a.wav')) == ('a.wav', '')


def test_faults_name_the_place(tmp_path):
    for place, reason in ((Place('a.sdb:7', fault='it is not there'), 'it is not there'),
                          (Place('a.sdb:7', str(tmp_path / 'a.sdb')), 'the file is missing')):
        for reader in (reading.probe, reading.read_audio):
            with pytest.raises(reading.AudioError, match=f'^a.sdb:7: {reason}'):
                reader(place)


@pytest.mark.parametrize('offset, size, content', [
    (0, 10, b'0123456789'), (3, 4, b'3456'), (8, 9, b'89'), (10, 1, b''), (99, 1, b''),
    (2, 0, b'')])
def test_a_window_ends_where_its_place_and_its_file_do(tmp_path, offset, size, content):
    (tmp_path / 'a').write_bytes(b'0123456789')
    with open_place(Place('a:0', str(tmp_path / 'a'), offset, size)) as file:
        assert size_of(file) == len(content) and file.read() == content
        file.seek(1)
        assert file.read(2) == content[1:3]
        with open(file.fileno(), 'rb', closefd=False) as copy:
            assert copy.read() == content
