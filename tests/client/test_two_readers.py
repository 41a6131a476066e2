"""The readers in C++ and in Python: every format with every fault, and ffmpeg beside them."""

import io
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
TAGGED_CHAINS = ('flac', 'mp3', 'vbr.mp3', 'stereo.mp3', 'bare.mp3', 'mp2', 'ogg', 'opus')
PLAIN = ('wav', '24.wav', 'float.wav', 'alaw.wav', 'adpcm.wav', 'rf64.wav', 'aiff', 'float.aifc',
         'au', 'w64', 'caf', 'sph')
CHAINS = TAGGED_CHAINS + PLAIN


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
    if name in PLAIN:
        yield 'joined with rubbish', data + b'\0rubbish' * 9 + data
    if name in TAGGED_CHAINS:
        yield 'joined with tags', id3v2(300) + data + ID3V1 + id3v2(40) + data + ID3V1
    if name.endswith(('mp3', 'mp2', 'flac')):
        yield 'tag before', id3v2(5000) + data
        yield 'tags before', id3v2(20) + id3v2(3000) + data
        yield 'tags on both sides', id3v2(1000) + data + ID3V1
    if name.endswith(('mp3', 'mp2')):
        yield 'tags behind', data + APE + ID3V1
    if name.endswith(('mp3', 'mp2', 'ogg', 'opus')) or name in PLAIN:
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


@pytest.fixture(scope='module')
def links(recordings) -> dict[str, bytes]:
    """Return recordings of every kind that may follow one another, of other rates and widths."""
    made = dict(recordings)
    for name, kind, subtype in (
            ('8k.wav', 'WAV', 'PCM_16'), ('8k.float.wav', 'WAV', 'FLOAT'),
            ('8k.rifx', 'WAV', 'PCM_16'), ('8k.aiff', 'AIFF', 'PCM_24'), ('8k.au', 'AU', 'DOUBLE'),
            ('8k.w64', 'W64', 'PCM_U8'), ('8k.caf', 'CAF', 'FLOAT'), ('8k.sph', 'NIST', 'ULAW')):
        stream = io.BytesIO()
        soundfile.write(stream, np.stack([sound()[::2]] * 2, 1), 8000, subtype, format=kind,
                        endian='BIG' if name.endswith('rifx') else None)
        made[name] = stream.getvalue()
    return made


def unfilled(data: bytes) -> bytes:
    """Give a WAV or AU file the length of one that was written to a pipe."""
    at = 8 if data.startswith(b'.snd') else data.index(b'data') + 4
    return data[:at] + b'\xff' * 4 + data[at + 4:]


def test_chains_of_unequal_links(links, probe, tmp_path):
    """The rate of the first is that of all."""
    paths = []
    for kinds in (('mp3', 'stereo.mp3', 'vbr.mp3'),
                  ('wav', '24.wav', '8k.wav', '8k.float.wav', 'rf64.wav', 'alaw.wav'),
                  ('8k.rifx', '8k.rifx'), ('aiff', 'float.aifc', '8k.aiff'), ('au', '8k.au'),
                  ('w64', '8k.w64'), ('caf', '8k.caf'), ('sph', '8k.sph')):
        for first, second in itertools.permutations(kinds, 2):
            paths.append(tmp_path / f'{first}-{second}')
            paths[-1].write_bytes(links[first] + links[second])
    for path, (samples, notes) in zip(paths, in_cpp(probe, paths, tmp_path), strict=True):
        mine, said = in_python(path)
        assert notes == said == [reading.JOINED]
        assert len(samples) == len(mine) and abs(len(samples) / RATE - 2 * SECONDS) < 0.2
        assert abs(reading.probe(str(path)).frames_at(RATE) - len(mine)) <= 2
        if '8k' in path.name or 'stereo' in path.name:  # resamplers differ at the highest pitches
            assert np.corrcoef(samples, mine)[0, 1] > 0.99
        else:
            assert (np.abs(samples.astype(int) - mine) <= 1).all()


def test_a_chain_that_ffmpeg_reads_is_named(links, probe, tmp_path):
    """It reads the first alone."""
    path = tmp_path / 'joined.caf'
    path.write_bytes(2 * links['alac.caf'])
    samples, notes = next(in_cpp(probe, [path], tmp_path))
    assert notes == in_python(path)[1] == [reading.FIRST_ONLY]
    assert abs(len(samples) / RATE - SECONDS) < 0.1


def test_chains_from_pipes_have_no_lengths(links, probe, tmp_path):
    """Each ends where the next begins."""
    paths = []
    for name in ('wav', 'float.wav', 'au'):
        paths.append(tmp_path / name)
        paths[-1].write_bytes(unfilled(links[name]) * 3)
    for path, (samples, notes) in zip(paths, in_cpp(probe, paths, tmp_path), strict=True):
        mine, said = in_python(path)
        assert set(notes) == set(said) == {reading.JOINED, reading.UNSIZED}
        assert len(samples) == len(mine) and abs(len(samples) / RATE - 3 * SECONDS) < 0.01
        assert (np.abs(samples.astype(int) - mine) <= 1).all()


def test_a_chain_with_a_link_that_is_none(links, probe, tmp_path):
    """What cannot be read is left out, and what follows it is heard."""
    wav = links['wav']
    at = wav.index(b'fmt ') + 8
    paths = []
    for number, link in enumerate((wav[:at] + b'\x77' + wav[at + 1:], wav[:30],
                                   wav[:at + 2] + bytes(2) + wav[at + 4:])):
        paths.append(tmp_path / f'{number}.wav')
        paths[-1].write_bytes(wav + link + wav)
    for path, (samples, notes) in zip(paths, in_cpp(probe, paths, tmp_path), strict=True):
        mine, said = in_python(path)
        assert set(notes) == set(said) == {reading.JOINED, reading.DAMAGED}
        assert len(samples) == len(mine) == 2 * round(SECONDS * RATE)


OF_FLOATS = [case for case in itertools.product(
    soundfile.available_formats(), ('FLOAT', 'DOUBLE'), ('FILE', 'LITTLE', 'BIG'))
    if case[0] != 'RAW' and soundfile.check_format(*case)]


@pytest.mark.parametrize(('kind', 'subtype', 'endian'), OF_FLOATS)
def test_what_is_too_loud_for_a_float_is_clipped(probe, tmp_path, kind, subtype, endian):
    """Alone and as one of several channels."""
    loud = 1e300 if subtype == 'DOUBLE' else 3e38
    samples = np.array([0, 0.5, loud, -loud, -0.5, 0], np.float64)
    for channels in (1, 2):
        path = tmp_path / f'{channels}.bin'
        soundfile.write(path, np.stack([samples] * channels, 1), RATE, subtype, endian, kind)
        heard, notes = next(in_cpp(probe, [path], tmp_path))
        mine, said = in_python(path)
        assert heard.tolist() == mine.tolist() == [0, 16384, 32767, -32768, -16384, 0]
        assert notes == said == []
