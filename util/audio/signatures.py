"""What a file is, told by its first bytes: names lie.

native_client/client/signature.cc holds the same table in C++.
"""

from __future__ import annotations

import mmap
from typing import BinaryIO, NamedTuple

WAV, OGG, MPEG, FLAC, PLAIN, FFMPEG, NO_AUDIO = (
    'wav', 'ogg', 'mpeg', 'flac', 'plain', 'ffmpeg', 'no audio')  # who reads it
_CHAIN = 16384  # bytes that hold three MPEG frames of any kind
_FRAMES = 3  # in a row are no accident

SDB = b'SAMPLEDB'
# (offset, bytes, bytes at 8, reader, name)
_TABLE = (
    (0, b'RIFF', b'WAVE', WAV, 'a WAV file'),
    (0, b'RF64', b'WAVE', WAV, 'a WAV file'),
    (0, b'BW64', b'WAVE', WAV, 'a WAV file'),
    (0, b'RIFX', b'WAVE', PLAIN, 'a WAV file'),
    (0, b'OggS', b'', OGG, 'an Ogg file'),
    (0, b'fLaC', b'', FLAC, 'a FLAC file'),
    (0, b'ID3', b'', MPEG, 'an MP3 file'),
    (0, b'FORM', b'AIFF', PLAIN, 'an AIFF file'),
    (0, b'FORM', b'AIFC', PLAIN, 'an AIFF file'),
    (0, b'FORM', b'8SVX', PLAIN, 'an IFF file'),
    (0, b'.snd', b'', PLAIN, 'an AU file'),
    (0, b'riff\x2e\x91\xcf\x11', b'', PLAIN, 'a W64 file'),
    (0, b'caff', b'', PLAIN, 'a CAF file'),
    (0, b'NIST_1A\n', b'', PLAIN, 'a SPHERE file'),
    (0, b'Creative Voice File', b'', PLAIN, 'a VOC file'),
    (4, b'ftyp', b'', FFMPEG, 'an MP4 (M4A) file'),
    (0, b'\x1a\x45\xdf\xa3', b'', FFMPEG, 'a WebM or Matroska file'),
    (0, b'#!AMR', b'', FFMPEG, 'an AMR file'),
    (0, b'\x30\x26\xb2\x75\x8e\x66\xcf\x11', b'', FFMPEG, 'a WMA file'),
    (0, b'RIFF', b'AVI ', FFMPEG, 'an AVI file'),
    (0, b'FLV\x01', b'', FFMPEG, 'a Flash video'),
    (0, b'wvpk', b'', FFMPEG, 'a WavPack file'),
    (0, b'MAC ', b'', FFMPEG, "a Monkey's Audio file"),
    (0, b'<!DOCTYPE', b'', NO_AUDIO, 'an HTML page'),
    (0, b'<!doctype', b'', NO_AUDIO, 'an HTML page'),
    (0, b'<html', b'', NO_AUDIO, 'an HTML page'),
    (0, b'<HTML', b'', NO_AUDIO, 'an HTML page'),
    (0, b'<?xml', b'', NO_AUDIO, 'an XML file'),
    (0, b'%PDF', b'', NO_AUDIO, 'a PDF document'),
    (0, b'\x89PNG', b'', NO_AUDIO, 'a PNG picture'),
    (0, b'GIF8', b'', NO_AUDIO, 'a GIF picture'),
    (0, b'\xff\xd8\xff\xe0', b'', NO_AUDIO, 'a JPEG picture'),
    (0, b'\xff\xd8\xff\xe1', b'', NO_AUDIO, 'a JPEG picture'),
    (0, b'PK\x03\x04', b'', NO_AUDIO, 'a ZIP archive'),
    (0, b'Rar!\x1a\x07', b'', NO_AUDIO, 'a RAR archive'),
    (0, b'\x1f\x8b\x08', b'', NO_AUDIO, 'a gzip archive'),
    (0, b'\xfd7zXZ', b'', NO_AUDIO, 'an xz archive'),
    (4, b'1AY&SY', b'', NO_AUDIO, 'a bzip2 archive'),
    (0, b'\x28\xb5\x2f\xfd', b'', NO_AUDIO, 'a zstd archive'),
    (0, b'7z\xbc\xaf\x27\x1c', b'', NO_AUDIO, 'a 7z archive'),
    (257, b'ustar', b'', NO_AUDIO, 'a tar archive'),
    (0, SDB, b'', NO_AUDIO, 'a sample database'),
    (0, b'\x7fELF', b'', NO_AUDIO, 'a program'),
)

# kbit/s by index; 0: free, or not allowed. Rows: MPEG 1 layers 1 to 3; others layer 1, 2 and 3.
_BITRATES = (
    (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0),
    (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0),
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256, 0),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0))


class Signature(NamedTuple):
    """Who reads a file, and what it is, with an article; both empty for what is not known."""

    reader: str = ''
    name: str = ''


class MpegFrame(NamedTuple):
    """An MPEG audio frame's size in bytes, and what stays the same from frame to frame."""

    size: int
    kind: tuple[int, int, int, bool]  # version (3: MPEG 1), layer, Hz, one channel?
    side_info: int  # bytes between header and data, of layer 3

    @classmethod
    def at(cls, data: bytes | mmap.mmap, at: int) -> MpegFrame | None:
        """Read a header: sync 11 bits, version 2, layer 2, 1, bitrate 4, rate 2, padding 1, mode.

        Returns:
            None if there is none, or the frame's length is not told.
        """
        head = data[at:at + 4]
        if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
            return None
        version, layer, rate = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3), head[2] >> 2 & 3
        if version == 1 or layer == 4 or rate == 3:
            return None
        row = layer - 1 if version == 3 else 3 if layer == 1 else 4
        bitrate = 1000 * _BITRATES[row][head[2] >> 4]
        if not bitrate:
            return None
        hertz = (44100, 48000, 32000)[rate] >> (0 if version == 3 else 1 if version == 2 else 2)
        mono, padding = head[3] >> 6 == 3, head[2] >> 1 & 1
        if layer == 1:
            size = 4 * (12 * bitrate // hertz + padding)
        else:
            size = (72 if layer == 3 and version != 3 else 144) * bitrate // hertz + padding
        side_info = (17 if mono else 32) if version == 3 else (9 if mono else 17)
        return cls(size, (version, layer, hertz, mono), side_info)


def known_head(head: bytes) -> Signature:
    """Tell what the table says of a file that begins with `head`."""
    for at, begin, at_8, reader, name in _TABLE:
        if head.startswith(begin, at) and head.startswith(at_8, 8):
            return Signature(reader, name)
    return Signature()


def recognise(f: BinaryIO) -> Signature:
    """Look at the first bytes of a file."""
    f.seek(0)
    head = f.read(_CHAIN)
    if (known := known_head(head)).reader:
        return known
    if len(head) >= 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        if _is_mpeg(head):
            return Signature(MPEG, 'an MP3 file')
        if _is_adts(head):
            return Signature(FFMPEG, 'an AAC file')
        if MpegFrame.at(head, 0):  # libsndfile would try, and libmpg123 complain
            return Signature(NO_AUDIO, 'a scrap of an MP3 file')
    return Signature()


def _is_mpeg(head: bytes) -> bool:
    at, first = 0, None
    for i in range(_FRAMES):
        if i and at == len(head):
            return True  # a short file
        frame = MpegFrame.at(head, at)
        if not frame or (first and frame.kind != first.kind):
            return False
        first = frame
        at += frame.size
    return True


def _is_adts(head: bytes) -> bool:
    """AAC: 12 bits of ones, version, layer 0; 13 bits of length from bit 30 on."""
    at = 0
    for i in range(_FRAMES):
        if i and at == len(head):
            return True
        p = head[at:at + 7]
        if len(p) < 7 or p[0] != 0xFF or p[1] & 0xF6 != 0xF0:
            return False
        length = (p[3] & 3) << 11 | p[4] << 3 | p[5] >> 5
        if length < 7:
            return False
        at += length
    return True
