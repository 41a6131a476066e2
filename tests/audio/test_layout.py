"""Where streams lie; tests/client/test_two_readers.py has every format and fault."""

import io
import struct

import numpy as np
import soundfile

from util.audio.layout import Piece, find_parts
from util.audio.signatures import FLAC, MPEG, OGG, PLAIN


def made(path, kind, subtype=None):
    """Write half a second of noise; return its bytes."""
    noise = np.random.default_rng(1).normal(0, 0.1, 8000)
    data = io.BytesIO()
    soundfile.write(data, noise, 16000, subtype, format=kind)
    path.write_bytes(data.getvalue())
    return data.getvalue()


def layout(path, data, reader):
    path.write_bytes(data)
    with open(path, 'rb') as f:
        return find_parts(f, reader)


def test_streams_in_a_row(tmp_path):
    path = tmp_path / 'a'
    for kind, subtype, reader in (('FLAC', None, FLAC), ('OGG', 'VORBIS', OGG),
                                  ('MP3', None, MPEG)):
        data = made(path, kind, subtype)
        tag = b'ID3\x04\0\0\0\0\0\x05abcde' if reader == MPEG else b''
        found = layout(path, tag + data + tag + data, reader)
        assert [sum(p.size for p in part) for part in found.parts] == 2 * [len(data)]
        assert not (found.cut or found.damaged or found.unsized)


def test_what_lies_behind_tags(tmp_path):
    data = made(tmp_path / 'a', 'FLAC')
    found = layout(tmp_path / 'a', b'ID3\x04\0\0\0\0\0\x05abcde' + data, MPEG)
    assert found.reader == FLAC and found.parts == [[Piece(15, len(data))]]


def test_announced_and_there(tmp_path):
    au = b'.snd' + struct.pack('>IIIII', 24, 1000, 3, 16000, 1)
    for there, cut in ((1000, False), (999, True), (1001, False)):
        assert layout(tmp_path / 'a', au + bytes(there), PLAIN).cut == cut
    assert layout(tmp_path / 'a', au[:8] + b'\xff' * 4 + au[12:] + bytes(9), PLAIN).unsized
