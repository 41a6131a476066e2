"""Where the streams of a file lie.

libsndfile reads the first stream of a file and believes what its header says.
What follows it (joined MP3s, chained Ogg), what is missing at the end and what
lies between is found here; native_client/client/layout.cc does the same in C++.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from util.audio.signatures import FLAC, MPEG, OGG, PLAIN, WAV, MpegFrame
from util.audio.wav import BEGINNING


@dataclass
class Piece:
    """Bytes of a file, or others in their place."""

    offset: int
    size: int
    instead: bytes = b''


@dataclass
class Layout:
    """Where the streams of a file lie.

    Attributes:
        parts: what libsndfile is given as files, in order.
        cut: it ends before its header says.
        damaged: something between is left out.
        unsized: no header says where it ends.
        reader: behind tags there may be another than in front of them.
    """

    parts: list[list[Piece]] = field(default_factory=list)
    cut: bool = False
    damaged: bool = False
    unsized: bool = False
    reader: str = ''


def find_parts(f: BinaryIO, reader: str) -> Layout:
    """Find the streams of a file; none in an MP3 file that has no frames."""
    with mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as data:
        begin = _skip_tags(data, 0) if reader == MPEG else 0
        if begin:
            reader = {b'fLaC': FLAC, b'OggS': OGG}.get(data[begin:begin + 4], reader)
        layout = (_find_ogg(data, begin) if reader == OGG else
                  _find_flac(data, begin) if reader == FLAC else
                  _find_mpeg(data) if reader == MPEG else
                  _find_plain(data) if reader in (PLAIN, WAV) else Layout())
        if not layout.parts and reader != MPEG:
            layout.parts.append([Piece(0, len(data))])
        layout.reader = reader
        return layout


def _extend(part: list[Piece], offset: int, size: int) -> None:
    """Add bytes to a stream: to its last piece, where they follow on that."""
    if part and not part[-1].instead and part[-1].offset + part[-1].size == offset:
        part[-1].size += size
    else:
        part.append(Piece(offset, size))


def _tag_size(data: mmap.mmap, at: int) -> int:
    """Return the bytes of a tag that begins at `at`, 0 if none does.

    ID3v2: `ID3`, version u16, flags u8, size 4 * 7 bits without these ten bytes and those of a
    footer. ID3v1 has 128 bytes. APE: 32 bytes before and behind `size` - 32 bytes of items.
    """
    head = data[at:at + 32]
    if head[:3] == b'ID3' and len(head) >= 10:
        size = 0
        for byte in head[6:10]:
            size = size << 7 | byte & 0x7F
        return 10 + size + (10 if head[5] & 0x10 else 0)
    if head[:3] == b'TAG' and at + 128 <= len(data):
        return 128
    if head[:8] == b'APETAGEX' and len(head) == 32:
        return 32 + (int.from_bytes(head[12:16], 'little') if head[23] & 0x20 else 0)
    return 0


def _skip_tags(data: mmap.mmap, at: int) -> int:
    while size := _tag_size(data, at):
        at += size
    return min(at, len(data))


_REVERSED = bytes(int(f'{byte:08b}'[::-1], 2) for byte in range(256))


def _is_sound(page: bytes) -> bool:
    """Tell whether an Ogg page's bytes are as they were written.

    Its checksum is that of zlib, with the bits of each byte the other way round and without
    complements, over the page with 0 in its place.
    """
    bare = (page[:22] + bytes(4) + page[26:]).translate(_REVERSED)
    mirrored = (zlib.crc32(bare, 0xFFFFFFFF) ^ 0xFFFFFFFF).to_bytes(4, 'little')
    return mirrored.translate(_REVERSED)[::-1] == page[22:26]


def _find_ogg(data: mmap.mmap, at: int) -> Layout:
    """Walk over pages.

    `OggS`, version u8, flags u8, granule u64, serial u32, number u32, checksum u32, segments u8,
    their sizes. Flag 2 begins a stream, 4 ends it.
    """
    layout, inside, ended = Layout(), False, False  # inside: past a stream's first pages
    while at < len(data):
        head = data[at:at + 27]
        if head[:4] != b'OggS':
            if tag := _tag_size(data, at):
                at += tag
                continue
            following = data.find(b'OggS', at)
            if following < 0:
                break  # what lies behind the last page is none of ours
            layout.damaged = True
            at = following
            continue
        segments = head[26] if len(head) == 27 else 0
        size = 27 + segments + sum(data[at + 27:at + 27 + segments])
        if len(head) < 27 or at + size > len(data):
            layout.cut = True
            break
        if not _is_sound(data[at:at + size]):
            layout.damaged = True
            at += 1  # its size may be wrong too
            continue
        begins = bool(head[5] & 2)
        if not layout.parts or (begins and inside):
            layout.cut |= inside and not ended
            layout.parts.append([])
        inside, ended = not begins, bool(head[5] & 4)
        _extend(layout.parts[-1], at, size)
        at += size
    layout.cut |= not ended and not layout.damaged
    return layout


class _MpegStream:
    """A stream of MPEG frames."""

    def __init__(self, data: mmap.mmap, at: int, frame: MpegFrame) -> None:
        self.kind, self.frames, self.size = frame.kind, 0, frame.size
        self.first = data[at:at + frame.size]
        self.info_at, self.info_frames = _find_info(self.first, frame)
        self.part = [Piece(at, frame.size)]

    def add(self, at: int, size: int) -> None:
        _extend(self.part, at, size)
        self.size += size
        self.frames += 1

    @property
    def lacks(self) -> bool:
        """Whether there are fewer frames than the first one says."""
        return self.info_frames > self.frames

    def finish(self) -> list[Piece]:
        """Return the stream; a first frame that is wrong would make libmpg123 complain, or stop."""
        if self.info_frames and self.info_frames != self.frames:
            begin, size = self.part[0], len(self.first)
            self.part[:1] = [Piece(0, size, self._corrected())] + (
                [Piece(begin.offset + size, begin.size - size)] if begin.size > size else [])
        return self.part

    def _corrected(self) -> bytes:
        frame, flags, at = bytearray(self.first), self.first[self.info_at + 7], self.info_at + 8
        for flag, value in ((1, self.frames), (2, self.size)):
            if flags & flag:
                if at + 4 <= len(frame):
                    frame[at:at + 4] = (value & 0xFFFFFFFF).to_bytes(4, 'big')
                at += 4
        at += (100 if flags & 4 else 0) + (4 if flags & 8 else 0) + 21
        if self.lacks and at + 3 <= len(frame):  # nothing to leave out behind
            frame[at + 1] &= 0xF0
            frame[at + 2] = 0
        return bytes(frame)


def _find_info(frame: bytes, header: MpegFrame) -> tuple[int, int]:
    """Find what a first frame may hold instead of sound; 0, 0 if there is none.

    `Xing` or `Info`, flags u32, number of frames u32 if flag 1, of bytes u32 if flag 2, a table of
    100 bytes if flag 4, a quality u32 if flag 8; then, from LAME, 9 bytes of name, 12 more, and
    12 bits each of what to leave out before and behind.

    Returns:
        Where it is in the frame, and the number of frames, 0 if that is not told.
    """
    for at in (4 + header.side_info, 36):
        tag = frame[at:at + 12]
        if len(tag) < 12:
            continue
        if tag[:4] == b'VBRI' and at == 36:
            return at, 0
        if tag[:4] in (b'Xing', b'Info'):
            return at, int.from_bytes(tag[8:], 'big') if tag[7] & 1 else 0
    return 0, 0


def _stream_at(data: mmap.mmap, at: int) -> bool:
    """Tell whether two MPEG frames, or one that ends the file, begin at `at`."""
    frame = MpegFrame.at(data, at)
    if not frame:
        return False
    end = at + frame.size
    following = MpegFrame.at(data, end)
    return (end == len(data) or bool(following and following.kind == frame.kind)
            or _tag_size(data, end) > 0)


def _next_stream(data: mmap.mmap, at: int) -> int:
    while (at := data.find(b'\xff', at)) >= 0:
        if _stream_at(data, at):
            return at
        at += 1
    return len(data)


def _find_mpeg(data: mmap.mmap) -> Layout:
    """Walk over frames and tags; what lies between is left out."""
    layout, at = Layout(), 0
    stream: _MpegStream | None = None

    def finish() -> None:
        if stream:
            layout.cut |= stream.lacks and not layout.damaged or not stream.frames
            if stream.frames:  # one frame alone is not decoded
                layout.parts.append(stream.finish())

    while at < len(data):
        if tag := _tag_size(data, at):
            at += tag
            finish()
            stream = None
            continue
        frame = MpegFrame.at(data, at)
        good = bool(stream and frame and frame.kind == stream.kind)
        if not frame or (not good and not _stream_at(data, at)):
            following = _next_stream(data, at)
            if following == len(data):
                break
            layout.damaged |= bool(stream or layout.parts)
            at = following
            continue
        end = at + frame.size
        if end > len(data):
            layout.cut = True
            break
        if not stream or not good or _find_info(data[at:end], frame)[0]:
            finish()
            stream = _MpegStream(data, at, frame)
        elif (end == len(data) or MpegFrame.at(data, end) or _tag_size(data, end)
              or _next_stream(data, end) == len(data)):
            stream.add(at, frame.size)
        else:
            layout.damaged = True  # and so is this frame, whose end is not where it should be
        at = end
    finish()
    return layout


def _find_flac(data: mmap.mmap, at: int) -> Layout:
    """Look for `fLaC` and the block of 34 bytes that every stream begins with."""
    layout, end = Layout(), len(data)
    if data[-128:][:3] == b'TAG' and end >= 128:
        end -= 128
    while at < end:
        following = data.find(b'fLaC\0\0\0\x22', at + 4, end)
        following = end if following < 0 else following
        layout.parts.append([Piece(at, following - at)])
        at = following
    return layout


class _Extent(NamedTuple):
    """Where the samples of a file that begins at `at` should lie; begin 0: not known.

    `size_at` is the place of a size of 64 bits that libsndfile must see right, 0 for none.
    """

    begin: int = 0
    size: int = 0
    size_at: int = 0


def _chunk_extent(data: mmap.mmap, at: int, name: bytes, order: str) -> _Extent:
    """Look for a chunk of AIFF or WAV: name, size u32, data, even."""
    while len(chunk := data[at:at + 8]) == 8:
        size = int.from_bytes(chunk[4:], 'big' if order == 'big' else 'little')
        if chunk[:4] == name:
            return _Extent(at + 8, size)
        at += 8 + size + (size & 1)
    return _Extent()


def _caf_extent(data: mmap.mmap, at: int) -> _Extent:
    """Look at chunks: name, size u64, data; `data` may have -1."""
    at += 8
    while len(chunk := data[at:at + 12]) == 12:
        size = int.from_bytes(chunk[4:], 'big')
        if chunk[:4] == b'data':
            return _Extent(at + 12, size, at + 4)
        at += 12 + size
    return _Extent()


def _w64_extent(data: mmap.mmap, at: int) -> _Extent:
    """Look at chunks: GUID, size u64 with these 24 bytes, data, to a multiple of 8 bytes."""
    at += 40
    while len(chunk := data[at:at + 24]) == 24:
        size = int.from_bytes(chunk[16:], 'little')
        if chunk[:4] == b'data':
            return _Extent(at + 24, (size - 24) % (1 << 64))
        if size < 24:
            break
        at += size + 7 & ~7
    return _Extent()


def _sphere_extent(data: mmap.mmap, at: int) -> _Extent:
    """Look at lines like `sample_count -i 47840`; libsndfile writes `sample_n_bytes -s1 1`."""
    header = data[at:at + 1024]
    if b',embedded-' in header:  # shortened, for example
        return _Extent()
    size = 1
    for name in (b'sample_count', b'channel_count', b'sample_n_bytes'):
        digits = re.search(rb'\n%s -\w+ (\d+)' % name, header)
        size *= min(int(digits[1]), 1 << 31) if digits else 0
    return _Extent(at + 1024, size) if size else _Extent()


def _au_extent(data: mmap.mmap, at: int) -> _Extent:
    """Look at `.snd`, where the samples begin u32, their size u32."""
    begin, size = (int.from_bytes(data[i:i + 4], 'big') for i in (at + 4, at + 8))
    return _Extent(at + begin, size)


# How files begin, with enough of it to be found within others, and where their samples are.
_KINDS: tuple[tuple[re.Pattern[bytes], Callable[[mmap.mmap, int], _Extent]], ...] = (
    (BEGINNING, lambda data, at: _chunk_extent(data, at + 12, b'data', 'little')),
    (re.compile(b'RIFX....WAVE', re.DOTALL),
     lambda data, at: _chunk_extent(data, at + 12, b'data', 'big')),
    (re.compile(b'FORM....AIF[FC]', re.DOTALL),
     lambda data, at: _chunk_extent(data, at + 12, b'SSND', 'big')),
    (re.compile(b'caff\0\1\0\0desc'), _caf_extent),
    (re.compile(re.escape(b'riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0')), _w64_extent),
    (re.compile(rb'NIST_1A\n   1024\n'), _sphere_extent),
    (re.compile(rb'\.snd\0\0'), _au_extent))
_TO_THE_END = (_w64_extent, _sphere_extent)  # libsndfile reads there, whatever the header says


def _find_plain(data: mmap.mmap) -> Layout:
    """Find files with a header before their samples, one or several in a row."""
    layout, at, size = Layout(), 0, len(data)
    begins, extent_of = next((kind for kind in _KINDS if kind[0].match(data)), (None, None))
    while at < size:
        extent = extent_of(data, at) if extent_of else _Extent()
        if not begins or not at < extent.begin < size:
            layout.parts.append([Piece(at, size - at)])
            break
        unsized = extent.size in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
        layout.unsized |= unsized
        behind = extent.begin + (0 if unsized else extent.size)
        layout.cut |= behind > size
        following = begins.search(data, min(behind, size))
        end = following.start() if following else size
        there = end - extent.begin
        last = min(behind, end) if extent_of in _TO_THE_END and not unsized else end
        part = [Piece(at, last - at)]
        if extent.size_at and extent.size > there:
            rest = extent.size_at + 8
            part = [Piece(at, extent.size_at - at), Piece(0, 8, there.to_bytes(8, 'big')),
                    Piece(rest, end - rest)]
        layout.parts.append(part)
        at = end
    return layout
