"""The readers in C++ and in Python: every format with every fault, and ffmpeg beside them."""

import itertools
import struct
import subprocess

import numpy as np
import pytest
import soundfile

from tests.helpers.need import need_program
from tests.helpers.readers import WITHIN, in_cpp, in_python
from util.audio import reading

RATE = 16000
SECONDS = 1.3
ID3V1 = b'TAG' + b'title'.ljust(125, b'\0')
APE = b'APETAGEX' + struct.pack('<IIII', 2000, 32, 0, 0) + bytes(8)

# name -> arguments of ffmpeg; None: made here.
FORMATS = {
    'wav': ['-c:a', 'pcm_s16le'], '24.wav': ['-c:a', 'pcm_s24le'],
    'float.wav': ['-c:a', 'pcm_f32le'],
    'alaw.wav': ['-c:a', 'pcm_alaw'], 'adpcm.wav': ['-c:a', 'adpcm_ms'],
    'rf64.wav': ['-rf64', 'always'], 'flac': [], 'mp3': [], 'vbr.mp3': ['-q:a', '4'],
    'stereo.mp3': ['-ac', '2', '-ar', '44100'],
    'bare.mp3': ['-write_xing', '0', '-id3v2_version', '0'], 'mp2': [],
    'ogg': ['-c:a', 'libvorbis', '-page_duration', '200000'],
    'opus': ['-page_duration', '200000'], 'flac.oga': ['-c:a', 'flac'], 'aiff': [],
    'float.aifc': ['-c:a', 'pcm_f32be', '-f', 'aiff'], 'au': [], 'w64': [], 'caf': [],
    'alac.caf': ['-c:a', 'alac'], 'm4a': [], 'aac': [], 'webm': [], 'sph': None,
}
BY_FFMPEG = ('flac.oga', 'alac.caf', 'm4a', 'aac', 'webm')
CHAINS = ('flac', 'mp3', 'vbr.mp3', 'stereo.mp3', 'bare.mp3', 'mp2', 'ogg', 'opus')


def sound() -> np.ndarray:
    """Something like speech: a gliding tone, louder and softer, in noise."""
    time = np.arange(int(RATE * SECONDS)) / RATE
    noise = np.random.default_rng(3).normal(0, 300, len(time))
    tone = 9000 * np.sin(2 * np.pi * (300 + 200 * time) * time) * (1.2 + np.sin(20 * time)) / 2.2
    return (tone + noise).astype('<i2')


def sphere(samples: np.ndarray) -> bytes:
    header = (f'NIST_1A\n   1024\nchannel_count -i 1\nsample_count -i {len(samples)}\n'
              f'sample_rate -i {RATE}\nsample_n_bytes -i 2\nsample_byte_format -s2 01\n'
              'sample_coding -s3 pcm\nend_head\n')
    return header.encode().ljust(1024) + samples.tobytes()


@pytest.fixture(scope='module')
def recordings(tmp_path_factory) -> dict[str, bytes]:
    """Return the same sound in every format, by name."""
    need_program('ffmpeg')
    folder = tmp_path_factory.mktemp('formats')
    soundfile.write(folder / 'source.wav', sound(), RATE)
    made = {}
    for name, options in FORMATS.items():
        if options is None:
            made[name] = sphere(sound())
            continue
        subprocess.run(['ffmpeg', '-v', 'error', '-i', folder / 'source.wav', *options,
                        folder / f'made.{name}'], check=True)
        made[name] = (folder / f'made.{name}').read_bytes()
    return made


def faults(name: str, data: bytes):
    """Yield (fault, bytes) for a recording."""
    yield 'whole', data
    yield 'nothing', b''
    few = name in BY_FFMPEG
    for part in (*np.linspace(0.03, 0.97, 4 if few else 11), 1 - 1 / len(data)):
        yield f'cut {part:.4f}', data[:int(part * len(data))]
    for part in (0.8,) if few else (0.6, 0.75, 0.9):  # Vorbis begins with kilobytes of tables
        at = int(part * len(data))
        yield f'hole {part}', data[:at] + bytes(200) + data[at + 200:]
    if name in CHAINS:
        yield 'joined', data + data
        yield 'joined with tags', id3v2(300) + data + ID3V1 + id3v2(40) + data + ID3V1
    if name.endswith(('mp3', 'mp2', 'flac')):
        yield 'tag before', id3v2(5000) + data
        yield 'tags before', id3v2(20) + id3v2(3000) + data
        yield 'tags on both sides', id3v2(1000) + data + ID3V1
    if name.endswith(('mp3', 'mp2')):
        yield 'tags behind', data + APE + ID3V1
    if name.endswith(('mp3', 'mp2', 'ogg', 'opus', 'wav')):
        yield 'rubbish behind', data + b'\0rubbish' * 50


def id3v2(size: int) -> bytes:
    return b'ID3\x04\0\0' + bytes([0, 0, size >> 7, size & 127]) + bytes(size)


@pytest.fixture
def probe(build):
    return build / 'audio_probe'


@pytest.mark.parametrize('name', FORMATS)
def test_every_fault_of_every_format(recordings, probe, tmp_path, capfd, name):
    cases = list(faults(name, recordings[name]))
    paths = [tmp_path / f'{i}.bin' for i in range(len(cases))]
    for path, (_, data) in zip(paths, cases):
        path.write_bytes(data)
    rate = reading.probe(str(paths[0])).rate
    whole = None
    for path, (fault, _), (samples, notes) in zip(paths, cases,
                                                  in_cpp(probe, paths, tmp_path, rate),
                                                  strict=True):
        mine, said = in_python(path, rate)
        assert (samples is None) == (mine is None), fault
        if samples is None:
            assert fault == 'nothing' or fault.startswith('cut') or name in BY_FFMPEG, fault
            continue
        if fault == 'whole':
            whole = samples
            assert notes == [] and abs(len(samples) / rate - SECONDS) < 0.15
        assert sorted(notes) == sorted(said), fault
        assert len(samples) == len(mine), fault
        other = np.abs(samples.astype(int) - mine) > 1
        if reading.DAMAGED in notes and name == 'flac':  # versions of libFLAC find more, or less
            other &= (samples != 0) & (mine != 0)
        # Behind a gap, Opus and Vorbis begin with what the last block left.
        assert not other.any() or (reading.DAMAGED in notes and name in ('ogg', 'opus')), fault
        assert reading.probe(str(path)).frames >= len(mine), fault
        if fault.startswith('cut') and name != 'aac':  # AAC frames tell nothing of others
            assert notes or len(samples) == len(whole), fault
        if fault.startswith('hole'):
            assert len(samples) > 0.1 * len(whole), fault
            assert notes or len(samples) == len(whole) or name in BY_FFMPEG, fault
        if fault.startswith('joined'):
            assert len(samples) == 2 * len(whole), fault
            # Without a first frame that tells, one stream goes on in the other.
            assert notes == [reading.JOINED] or (name in ('bare.mp3', 'mp2') and not notes), fault
        if fault.startswith(('tag', 'rubbish')):
            assert (samples == whole).all() and notes == [], fault
    assert WITHIN.sub('', capfd.readouterr().err) == ''


@pytest.mark.parametrize('name', FORMATS)
def test_as_much_is_heard_as_by_ffmpeg(recordings, probe, tmp_path, name):
    cases = [case for case in faults(name, recordings[name])
             if case[0].split()[0] in ('whole', 'hole', 'joined', 'tags')
             or case[0].startswith(('cut 0.97', 'cut 0.6'))]
    paths = [tmp_path / f'{i}.bin' for i in range(len(cases))]
    for path, (_, data) in zip(paths, cases):
        path.write_bytes(data)
    rate = reading.probe(str(paths[0])).rate
    for path, (fault, _), (samples, _) in zip(paths, cases, in_cpp(probe, paths, tmp_path, rate),
                                              strict=True):
        done = subprocess.run(['ffmpeg', '-v', 'quiet', '-i', path, '-ac', '1', '-ar', str(rate),
                               '-f', 's16le', '-'], capture_output=True, check=False)
        theirs = len(done.stdout) // 2
        ours = 0 if samples is None else len(samples)
        assert ours >= theirs - 0.15 * rate, f'{fault}: {ours} and {theirs} samples'


def test_chains_of_unequal_links(recordings, probe, tmp_path):
    """The rate of the first is that of all."""
    paths = []
    for first, second in itertools.permutations(('mp3', 'stereo.mp3', 'vbr.mp3'), 2):
        paths.append(tmp_path / f'{first}-{second}')
        paths[-1].write_bytes(recordings[first] + recordings[second])
    for path, (samples, notes) in zip(paths, in_cpp(probe, paths, tmp_path), strict=True):
        mine, said = in_python(path)
        assert notes == said == [reading.JOINED]
        assert len(samples) == len(mine) and abs(len(samples) / RATE - 2 * SECONDS) < 0.2
        assert reading.probe(str(path)).frames_at(RATE) == len(mine)
