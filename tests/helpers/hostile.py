"""What is in ../shared/data/hostile: audio files of every odd kind, and what we make of each."""

from util.audio import reading

REFERENCE = 'good_16k_mono_16bit.wav'
C, R, M = reading.CONVERTED, reading.RESAMPLED, reading.MIXED_DOWN
T, U, H = reading.TRUNCATED, reading.UNSIZED, reading.HALF_SAMPLE

# file -> (samples at 16 kHz, greatest difference from the reference or None, notes)
READABLE = {
    REFERENCE: (47840, 0, []),
    'stereo_two_talkers.wav': (56040, None, [M]),
    'stereo_left_only.wav': (47840, None, [M]),
    'rate_8k.wav': (47840, None, [R]),
    'rate_44k1_stereo.wav': (47840, None, [M, R]),
    'rate_11025.wav': (47840, None, [R]),
    'pcm_24bit.wav': (47840, 1, [C]),
    'pcm_32bit.wav': (47840, 1, [C]),
    'pcm_8bit.wav': (47840, 384, [C]),
    'float_32bit.wav': (47840, 1, [C]),
    'float_nan_inf.wav': (47840, None, [C, reading.NOT_FINITE]),
    'mulaw_8k.wav': (47840, None, [C, R]),
    'extensible_16bit.wav': (47840, 0, []),
    'list_chunk_odd.wav': (47840, 0, []),
    'codec.flac': (47840, 0, [C]),
    'codec.ogg': (47840, None, [C]),
    'codec.mp3': (47855, None, [C]),
    'codec.opus': (47840, None, [C]),
    'codec.aiff': (47840, 0, [C]),
    'codec.sph': (47840, 0, [C]),
    'mp3_named.wav': (47855, None, [C]),
    'flac_named.wav': (47840, 0, [C]),
    'no_samples.wav': (0, 0, []),
    'truncated_half.wav': (23920, 0, [T]),
    'truncated_odd_byte.wav': (47839, 0, [H]),
    'size_ffffffff.wav': (47840, 0, [U]),
    'size_zero_with_data.wav': (47840, 0, [U]),
    'size_double.wav': (47840, 0, [T]),
    'trailing_garbage.wav': (47840, 0, []),
    'one_sample.wav': (1, None, []),
    'short_10ms.wav': (160, None, []),
    'short_32ms.wav': (512, None, []),
    'digital_silence_1s.wav': (16000, None, []),
    'silence_then_speech.wav': (207840, None, []),
    'clipped.wav': (47840, None, []),
    'quiet.wav': (47840, None, []),
    'dc_offset.wav': (47840, None, []),
    'noise_3s.wav': (48000, None, []),
    'name with space, comma é.wav': (47840, 0, []),
}
UNREADABLE = {
    'empty_file.wav': 'the file is empty',
    'header_cut.wav': 'truncated after 20 bytes',
    'header_only_no_data_chunk.wav': 'no data',
    'rate_zero.wav': 'sample rate of 0 Hz',
    'channels_zero.wav': '0 channels',
    'format_unknown.wav': 'a WAV file that cannot be decoded',
    'text_named.wav': 'not an audio file',
    'html_named.wav': 'not an audio file, but an HTML page',
    'random_bytes.wav': 'not an audio file',
}
