"""Opus packets without a container: every rate, length and truncation."""

import struct
import zlib

import numpy as np
import pytest
import soundfile

from tests.helpers.clips import noise
from tests.helpers.need import need_module
from util.audio import opus, reading
from util.audio.places import OPUS, Place
from util.errors import UserError

DELAY_SECS = 312 / 48000  # of the encoder, which this format keeps


def packets_of(path):
    """Take the packets out of an Ogg file: RFC 3533, as no code of ours does it."""
    data, at, found, begun = path.read_bytes(), 0, [], b''
    while at < len(data):
        lacing = data[at + 27:at + 27 + data[at + 26]]
        at += 27 + len(lacing)
        for size in lacing:
            begun, at = begun + data[at:at + size], at + size
            if size < 255:
                found, begun = [*found, begun], b''
    return found[2:]  # behind the two of the header


def of_packets(packets, frames, rate=16000, channels=1, width=2):
    """Lay packets out as the format says."""
    return struct.pack('>IIBB', frames * channels * width, rate, channels, width) + b''.join(
        struct.pack('>H', len(packet)) + packet for packet in packets)


def place(tmp_path, content):
    (tmp_path / 'a.sdb').write_bytes(b'before' + content + b'behind')
    return Place('a.sdb:0', str(tmp_path / 'a.sdb'), 6, len(content), OPUS)


def tone(rate, secs, channels=1):
    time = np.arange(round(rate * secs)) / rate
    return np.stack([8000 * np.sin(2 * np.pi * (440 + 220 * c) * time) for c in range(channels)],
                    axis=1).astype(np.int16)


@pytest.fixture
def packets(tmp_path):
    """Packets that libsndfile has made."""
    samples, rate = soundfile.read(noise(tmp_path / 'a.wav', 1.0))
    soundfile.write(tmp_path / 'a.opus', samples, rate, format='OGG', subtype='OPUS')
    return packets_of(tmp_path / 'a.opus')


def test_packets_of_another_writer(tmp_path, packets):
    recording = place(tmp_path, of_packets(packets, 16000))
    info = reading.probe(recording)
    assert (info.frames, info.rate, info.channels) == (16000, 16000, 1)
    skip = round(DELAY_SECS * 16000)
    decoded = reading.read_audio(recording)
    as_ogg = reading.read_audio(str(tmp_path / 'a.opus'))
    assert len(decoded) == 16000
    assert np.abs(decoded[skip:].astype(int) - as_ogg[:16000 - skip]).max() <= 2


@pytest.mark.parametrize('channels', [1, 2])
@pytest.mark.parametrize('rate', opus.RATES)
@pytest.mark.parametrize('secs', [0, 1e-4, 0.06, 0.0601, 0.5])
def test_there_and_back(tmp_path, rate, channels, secs):
    need_module('av')
    samples = tone(rate, secs, channels)
    data = opus.encode(samples, rate, 64000)
    size, *rest = struct.unpack_from('>IIBB', data)
    assert (size, rest) == (2 * samples.size, [rate, channels, 2])
    found = opus.unpack('x', data)
    assert len(found.packets) == -(-len(samples) // round(0.06 * rate))
    assert {opus.ticks(packet) for packet in found.packets} <= {2880}
    recording = place(tmp_path, data)
    info = reading.probe(recording)
    assert (info.frames, info.rate, info.channels) == (len(samples), rate, channels)
    decoded, same_rate = reading.read_channels(recording)
    assert decoded.shape == samples.shape and same_rate == rate
    if secs == 0.5:
        skip = round(DELAY_SECS * rate)
        error = decoded[skip:].astype(float) - samples[:-skip]
        assert np.square(error[rate // 10:]).mean() < 0.02 * np.square(samples.astype(float)).mean()


def test_a_bitrate(tmp_path):
    need_module('av')
    sizes = [len(opus.encode(tone(16000, 2), 16000, rate)) for rate in (6000, 16000, 64000)]
    assert sizes[0] < 0.7 * sizes[1] and sizes[1] < 0.7 * sizes[2]


def test_truncated_at_every_byte(tmp_path, packets):
    """What is there of a recording is used, as of others; nothing but that is ever raised."""
    content = of_packets(packets[:4], 1280)
    ends = np.cumsum([10, *(len(packet) + 2 for packet in packets[:4])])
    for length in range(len(content)):
        recording = place(tmp_path, content[:length])
        whole = int(np.searchsorted(ends, length, 'right')) - 1
        if whole < 1:
            for reader in (reading.probe, reading.read_audio):
                with pytest.raises(reading.AudioError, match='a.sdb:0: .*Opus packets'):
                    reader(recording)
        else:
            info = reading.probe(recording)
            assert info.frames == 320 * whole and reading.TRUNCATED in info.notes
    samples, notes = reading.read_with_notes(place(tmp_path, content[:ends[2] + 1]))
    assert len(samples) == 640 and reading.TRUNCATED in notes


@pytest.mark.parametrize('change, message', [
    ({'rate': 22050}, 'declares 22050 Hz'), ({'channels': 3}, '3 channels'),
    ({'channels': 0}, '0 channels'), ({'width': 4}, '4 bytes a sample')])
def test_headers_that_no_writer_makes(tmp_path, packets, change, message):
    for reader in (reading.probe, reading.read_audio):
        with pytest.raises(reading.AudioError, match=message):
            reader(place(tmp_path, of_packets(packets, 16000, **change)))


def test_packets_that_make_no_sense(tmp_path, packets):
    for packet in (b'', b'\x03', b'\x1b\x03\x00\x00', b'\x03\x00'):
        with pytest.raises(reading.AudioError, match='packet at byte 10 makes no sense'):
            reading.probe(place(tmp_path, of_packets([packet, *packets], 16000)))
    damaged = [packets[0][:1] + bytes(byte ^ 0x5a for byte in packet[1:]) for packet in packets]
    try:
        assert len(reading.read_audio(place(tmp_path, of_packets(damaged, 16000)))) == 16000
    except reading.AudioError as e:
        assert 'Opus packets' in str(e)


@pytest.mark.parametrize('first, ticks', [
    (0, 480), (1, 960), (2, 1920), (3, 2880), (11, 2880), (12, 480), (13, 960), (15, 960),
    (16, 120), (17, 240), (18, 480), (19, 960), (31, 960)])
def test_durations_of_rfc_6716(first, ticks):
    assert opus.ticks(bytes([first << 3, 0])) == ticks
    assert opus.ticks(bytes([first << 3 | 2, 0])) == 2 * ticks
    assert opus.ticks(bytes([first << 3 | 3, 5])) == 5 * ticks


def test_the_checksum_of_ogg():
    """Against the division, bit by bit."""
    for data in (b'', b'OggS', bytes(range(256)) * 3):
        register = 0
        for byte in data:
            register ^= byte << 24
            for _ in range(8):
                register = (register << 1 ^ (0x04c11db7 if register >> 31 else 0)) & 0xFFFFFFFF
        assert opus._checksum(data) == register
    assert zlib.crc32(b'OggS') != opus._checksum(b'OggS')


def test_many_packets_take_many_pages(tmp_path, packets):
    long = reading.read_audio(place(tmp_path, of_packets(packets * 12, 16000 * 12)))
    assert len(long) == 16000 * 12 and np.abs(long[-16000:]).max() > 1000


def test_without_the_library(monkeypatch):
    monkeypatch.setitem(__import__('sys').modules, 'av', None)
    with pytest.raises(UserError, match="^Opus needs the Python package 'av' .*pip install"):
        opus.encode(tone(16000, 0.1), 16000)
