"""First bytes of files."""

import io
import os
import re

import pytest

from tests.helpers.places import ROOT
from util.audio.signatures import MPEG, NO_AUDIO, MpegFrame, recognise


@pytest.mark.parametrize('head, name', [
    (b'RIFF1234WAVEfmt ', 'a WAV file'), (b'BW641234WAVEds64', 'a WAV file'),
    (b'RIFF1234AVI LIST', 'an AVI file'), (b'\0\0\0\x20ftypM4A ', 'an MP4 (M4A) file'),
    (b'FORM1234AIFC', 'an AIFF file'), (b'<html><body>', 'an HTML page'), (b'RIFF1234', ''),
    (b'', ''), (b'\xff', ''), (b'\xff\xfb', ''), (b'plain text', '')])
def test_names(head, name):
    assert recognise(io.BytesIO(head)).name == name


def test_frames_of_mpeg_are_known_by_those_that_follow():
    header = bytes([0xFF, 0xFB, 0x90, 0xC4])  # MPEG 1, layer 3, 128 kbit/s, 44100 Hz, one channel
    assert MpegFrame.at(header, 0) == (417, (3, 3, 44100, True), 17)
    frame = header + bytes(413)
    assert recognise(io.BytesIO(3 * frame)).reader == MPEG
    assert recognise(io.BytesIO(frame + os.urandom(9))).reader == NO_AUDIO  # a scrap


def test_the_table_is_that_of_the_client():
    ours = (ROOT / 'util/audio/signatures.py').read_text()
    theirs = (ROOT / 'native_client/client/signature.cc').read_text()
    names = re.findall(r"""[A-Z_]+, (['"])(an? .+?)\1\),""", ours)
    assert [name for _, name in names] == re.findall(r'Reader::k\w+, "(an? [^"]+)"}},', theirs)
    assert len(names) > 35
