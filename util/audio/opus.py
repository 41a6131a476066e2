"""Opus packets without a container, as sample databases of 0.9.3 hold them.

    u32 bytes of the decoded 16-bit samples, u32 rate, u8 channels, u8 bytes of a sample (2), then
    for each packet u16 length and the packet; all big endian

libsndfile decodes them, in the clothes of an Ogg file; encoding takes PyAV, since a packet has
60 ms here, which libsndfile does not write, nor anything below 6 kbit/s.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from util.audio.wav import TRUNCATED
from util.errors import AudioError, UserError

RATES = (8000, 12000, 16000, 24000, 48000)  # Hz, that Opus takes
CLOCK = 48000  # Hz, in which Ogg counts
PACKET_SECS = 0.06
LONGEST = CLOCK * 120 // 1000  # of a packet, in ticks of that clock
HEADER = struct.Struct('>IIBB')
_MIRRORED = bytes(int(f'{byte:08b}'[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class Packets:
    """What such a recording holds.

    Attributes:
        rate: Hz.
        channels: 1 or 2.
        frames: samples per channel.
        packets: of Opus, at least one unless there are no samples.
        notes: what was put right.
    """

    rate: int
    channels: int
    frames: int
    packets: tuple[bytes, ...]
    notes: tuple[str, ...] = ()


def unpack(path: str, data: bytes) -> Packets:
    """Find the packets.

    Raises:
        AudioError: there are none, or they make no sense.
    """
    if len(data) < HEADER.size:
        raise AudioError(path, f'the header of the Opus packets is truncated after {len(data)} '
                               'bytes')
    size, rate, channels, width = HEADER.unpack_from(data)
    if rate not in RATES or channels not in (1, 2) or width != 2:
        raise AudioError(path, f'the header of the Opus packets declares {rate} Hz, {channels} '
                               f'channels and {width} bytes a sample')
    packets = tuple(_packets(path, data))
    there = sum(map(ticks, packets)) * rate // CLOCK
    frames = size // (channels * width)
    if frames and not there:
        raise AudioError(path, 'there are no Opus packets')
    short = there < frames or HEADER.size + sum(len(p) + 2 for p in packets) < len(data)
    return Packets(rate, channels, min(frames, there), packets, (TRUNCATED,) * short)


def _packets(path: str, data: bytes) -> Iterator[bytes]:
    at = HEADER.size
    while at + 2 <= len(data):
        length = int.from_bytes(data[at:at + 2], 'big')
        packet = data[at + 2:at + 2 + length]
        if len(packet) < length:
            return  # cut
        if not 0 < ticks(packet) <= LONGEST:
            raise AudioError(path, f'the Opus packet at byte {at} makes no sense')
        yield packet
        at += 2 + length


def ticks(packet: bytes) -> int:
    """Return how long a packet is, at 48 kHz: RFC 6716, 3.1; 0 if it cannot be one."""
    if not packet:
        return 0
    kind, code = packet[0] >> 3, packet[0] & 3
    frame = (480 << (kind & 1) if 12 <= kind < 16 else 120 << (kind & 3) if kind >= 16 else
             (480, 960, 1920, 2880)[kind & 3])
    count = (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 0)[code]
    return frame * count


def decode(path: str, found: Packets) -> np.ndarray:
    """Return the samples, float32 [frames, channels] in -1..1.

    Raises:
        AudioError: they cannot be decoded.
    """
    if not found.frames:
        return np.zeros((0, found.channels), np.float32)
    import soundfile
    try:
        samples, rate = soundfile.read(io.BytesIO(as_ogg(found)), found.frames, dtype='float32',
                                       always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as e:
        raise AudioError(path, f'the Opus packets cannot be decoded ({e})') from e
    if rate != found.rate or len(samples) != found.frames:
        raise AudioError(path, f'of the Opus packets {len(samples)} samples at {rate} Hz are '
                               f'decoded: expected {found.frames} at {found.rate} Hz')
    return samples


def as_ogg(found: Packets) -> bytes:
    """Return the packets as an Ogg file: RFC 7845."""
    head = struct.pack('<8sBBHIhB', b'OpusHead', 1, found.channels, 0, found.rate, 0, 0)
    tags = struct.pack('<8sII', b'OpusTags', 0, 0)
    pages = [([head], 0), ([tags], 0)]
    clock = lacing = 0
    for packet in found.packets:
        segments = len(packet) // 255 + 1
        if len(pages) == 2 or lacing + segments > 255:
            pages.append(([], 0))
            lacing = 0
        clock, lacing = clock + ticks(packet), lacing + segments
        pages[-1] = [*pages[-1][0], packet], clock
    pages[-1] = pages[-1][0], found.frames * CLOCK // found.rate
    last = len(pages) - 1
    return b''.join(_page(number, packets, granule, (number == 0) * 2 | (number == last) * 4)
                    for number, (packets, granule) in enumerate(pages))


def _page(number: int, packets: list[bytes], granule: int, flags: int) -> bytes:
    """Return a page: its checksum goes over all of it, with 0 in its place."""
    lacing = b''.join(b'\xff' * (len(p) // 255) + bytes([len(p) % 255]) for p in packets)
    head = struct.pack('<4sBBqII', b'OggS', 0, flags, granule, 1, number)
    rest = bytes([len(lacing)]) + lacing + b''.join(packets)
    return head + struct.pack('<I', _checksum(head + bytes(4) + rest)) + rest


def _checksum(data: bytes) -> int:
    """Return that of Ogg: the polynomial of zlib's, begun at 0, its bits the other way round."""
    mirrored = zlib.crc32(data.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f'{mirrored:032b}'[::-1], 2)


def opus_library(what: str) -> Any:
    """Import the library that encodes.

    Args:
        what: needs it, for the message.

    Raises:
        UserError: it is not installed.
    """
    try:
        import av
        return av
    except ImportError as e:
        raise UserError(f"{what} needs the Python package 'av' ({e}): "
                        'pip install -r requirements-augment.txt') from e


def encode(samples: np.ndarray, rate: int, bitrate: int = 0) -> bytes:
    """Return int16 [frames, channels] as packets, with their header.

    Args:
        samples: of one or two channels.
        rate: one of RATES.
        bitrate: in bit/s; 0: as the encoder likes.
    """
    frames, channels = samples.shape
    encoder = opus_library('Opus').CodecContext.create('libopus', 'w')
    encoder.sample_rate, encoder.format = rate, 's16'
    encoder.layout = 'mono' if channels == 1 else 'stereo'
    if bitrate:
        encoder.bit_rate = bitrate
    encoder.options.update(application='audio', frame_duration=f'{1000 * PACKET_SECS:g}')
    encoder.open()
    made = list(_encoded(encoder, samples, round(PACKET_SECS * rate)))
    return HEADER.pack(2 * samples.size, rate, channels, 2) + b''.join(
        struct.pack('>H', len(packet)) + packet for packet in made)


def _encoded(encoder: Any, samples: np.ndarray, size: int) -> Iterator[bytes]:
    """Yield a packet for every `size` samples, the last filled up with zeros."""
    frames, channels = samples.shape
    av, wanted = opus_library('Opus'), -(-frames // size)
    filled = np.zeros((wanted * size, channels), np.int16)
    filled[:frames] = samples
    packets = []
    for start in range(0, len(filled), size):
        frame = av.AudioFrame.from_ndarray(filled[start:start + size].reshape(1, -1), 's16',
                                           encoder.layout.name)
        frame.sample_rate, frame.pts = encoder.sample_rate, start
        packets += encoder.encode(frame)
    packets += encoder.encode(None)  # those behind the last hold what the encoder delays
    return map(bytes, packets[:wanted])
