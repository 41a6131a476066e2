"""Through the Opus codec and back, by PyAV: libsndfile encodes at no less than 6 kbit/s.

    pip install -r requirements-augment.txt
"""
from __future__ import annotations

from typing import Any

import numpy as np

from util.audio.opus import PACKET_SECS, RATES, opus_library

EFFORT = 1  # of 10: as telephones encode; all would take three times as long


def through_opus(x: np.ndarray, rate: int, bitrate: int) -> np.ndarray:
    """Encode and decode.

    Args:
        x: float32 [n] in -1 to 1.
        rate: Hz.
        bitrate: bit/s.

    Returns:
        float32 [n]; what the codec delays is put back in place.
    """
    opus_rate = next((each for each in RATES if each >= rate), RATES[-1])
    packets, delay = _encode(converted(x, rate, opus_rate), opus_rate, bitrate)
    decoded = _decode(packets)[delay:]
    return converted(decoded, RATES[-1], rate, len(x))


def _encode(x: np.ndarray, rate: int, bitrate: int) -> tuple[list[Any], int]:
    """Return the packets and the samples at 48 kHz by which they come too late."""
    av = opus_library('codec')
    encoder = av.CodecContext.create('libopus', 'w')
    encoder.sample_rate, encoder.format, encoder.layout = rate, 's16', 'mono'
    encoder.bit_rate = bitrate
    encoder.options.update(application='audio', frame_duration=f'{1000 * PACKET_SECS:g}',
                           compression_level=str(EFFORT))
    encoder.open()
    # OpusHead: 8 bytes of name, version, channels, then the delay as u16
    delay = int.from_bytes(encoder.extradata[10:12], 'little')
    size = encoder.frame_size
    count = -(-(len(x) + delay * rate // RATES[-1] + 1) // size)
    pcm = np.zeros(count * size, np.int16)
    pcm[:len(x)] = np.rint(np.clip(x, -1, 1) * 32767)
    packets = []
    for start in range(0, len(pcm), size):
        frame = av.AudioFrame.from_ndarray(pcm[np.newaxis, start:start + size], 's16', 'mono')
        frame.sample_rate, frame.pts = rate, start
        packets += encoder.encode(frame)
    return packets + encoder.encode(None), delay


def _decode(packets: list[Any]) -> np.ndarray:
    decoder = opus_library('codec').CodecContext.create('libopus', 'r')
    decoder.sample_rate, decoder.layout = RATES[-1], 'mono'
    frames = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]) / np.float32(32768)


def converted(x: np.ndarray, rate: int, to_rate: int, length: int | None = None) -> np.ndarray:
    """Resample; cut or fill up with zeros to a length if one is given."""
    if rate != to_rate:
        import soxr
        x = soxr.resample(x.astype(np.float32), rate, to_rate)
    if length is None:
        return x
    return np.pad(x[:length], [0, max(0, length - len(x))])
