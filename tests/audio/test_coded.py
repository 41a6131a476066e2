"""What libsndfile reads that is cut, or announces what is not there."""

import io

import numpy as np
import soundfile

from util.audio import reading
from util.audio.coded import PartFile
from util.audio.layout import Piece


def tone(rate, secs=1):
    return (8000 * np.sin(2 * np.pi * 440 * np.arange(int(rate * secs)) / rate)).astype(np.int16)


def test_cut_flac_is_found_before_it_is_needed(tmp_path):
    path = tmp_path / 'cut.flac'
    soundfile.write(path, np.random.default_rng(0).integers(-9000, 9000, 160000, np.int16), 16000)
    path.write_bytes(path.read_bytes()[:150000])
    samples, notes = reading.read_with_notes(str(path))
    assert 50000 < len(samples) < 100000 and notes == [reading.CONVERTED, reading.TRUNCATED]
    info = reading.probe(str(path))
    assert (info.frames, info.notes) == (len(samples), tuple(notes))


def test_flac_from_a_pipe_is_read_to_its_end(tmp_path):
    path = tmp_path / 'pipe.flac'
    soundfile.write(path, tone(16000, 100), 16000)
    data = bytearray(path.read_bytes())
    data[8 + 13] &= 0xF0  # STREAMINFO: 36 bits of sample count, 0 = not known
    data[8 + 14:8 + 18] = bytes(4)
    path.write_bytes(data)
    samples, notes = reading.read_with_notes(str(path))
    assert (samples == tone(16000, 100)).all() and notes == [reading.CONVERTED, reading.UNSIZED]
    assert reading.probe(str(path)).frames == 1600000


def test_flac_that_announces_the_impossible_never_allocates(tmp_path):
    path = tmp_path / 'long.flac'
    soundfile.write(path, tone(16000), 16000)
    data = bytearray(path.read_bytes())
    data[8 + 13] |= 0x0F
    data[8 + 14:8 + 18] = b'\xff' * 4
    path.write_bytes(data)
    samples, notes = reading.read_with_notes(str(path))
    assert (samples == tone(16000)).all() and notes == [reading.CONVERTED, reading.TRUNCATED]


def test_pieces_look_like_a_file():
    source, whole = io.BytesIO(b'0123456789'), b'345xy89'
    part = [Piece(3, 3), Piece(0, 2, b'xy'), Piece(8, 2)]
    assert PartFile(source, part).read() == whole
    for begin in range(9):
        for size in range(9):
            f = PartFile(source, part)
            assert f.seek(begin) == min(begin, 7) and f.read(size) == whole[begin:begin + size]
    assert f.seek(-2, io.SEEK_END) == 5 and f.read() == b'89'
