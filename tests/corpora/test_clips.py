"""util/corpora/clips.py: what soundfile, ffmpeg and sph2pipe make of recordings."""

import os
import subprocess

import numpy as np
import pytest
import soundfile

from tests.helpers.clips import noise, text
from tests.helpers.need import need_program
from util.corpora import clips
from util.corpora.clips import Clip
from util.errors import UserError


def make_all(wanted, jobs, folder):
    """All clips, with a folder for what is in the works that must not outlive them."""
    made = list(clips.make_all(wanted, jobs, folder / '.decoding'))
    assert not (folder / '.decoding').exists()
    return made


class Bits:
    """Writes the codes of shorten: a number's high part in unary, k low bits after it."""

    def __init__(self):
        self.bits = []

    def unsigned(self, value, k):
        self.bits += [0] * (value >> k) + [1] + [value >> i & 1 for i in range(k - 1, -1, -1)]

    def number(self, value):
        size = max(1, value.bit_length())
        self.unsigned(size, 2)
        self.unsigned(value, size)


def shortened_sphere(samples, rate, coding='pcm'):
    """Return a SPHERE file with samples int16 [n, channels] in shorten's simplest form."""
    bits, block = Bits(), 256
    for value in (3, samples.shape[1], block, 0, 0, 0):  # 16 bits, big end first; no prediction
        bits.number(value)
    for at in range(0, len(samples), block):
        piece = samples[at:at + block]
        if len(piece) < block:
            bits.unsigned(5, 2)
            bits.number(len(piece))
        for channel in piece.T.tolist():
            bits.unsigned(0, 2)
            bits.unsigned(9, 3)
            for value in channel:
                bits.unsigned(value << 1 if value >= 0 else ~value << 1 | 1, 10)
    bits.unsigned(4, 2)
    bits.bits += [0] * (-len(bits.bits) % 32)
    coding += ',embedded-shorten-v2.00'
    header = (f'NIST_1A\n   1024\nchannel_count -i {samples.shape[1]}\nsample_count -i '
              f'{len(samples)}\nsample_rate -i {rate}\nsample_n_bytes -i 2\n'
              f'sample_byte_format -s2 10\nsample_coding -s{len(coding)} {coding}\nend_head\n')
    return header.encode().ljust(1024) + b'ajkg\x02' + np.packbits(bits.bits).tobytes()


@pytest.fixture
def stereo():
    rng = np.random.default_rng(5)
    return (rng.normal(0, 1, (16000, 2)) * (2000, 300)).astype(np.int16)


def test_shortened_sphere_by_ffmpeg(tmp_path, stereo):
    need_program('ffmpeg')
    source = tmp_path / 'a.sph'
    source.write_bytes(shortened_sphere(stereo, 16000))
    wanted = [Clip(str(source), str(tmp_path / f'{c}.wav'), 0.25, 0.75, c) for c in (0, 1)]
    made = make_all(wanted, 1, tmp_path)
    assert [m.problem for m in made] == ['', '']
    for channel in (0, 1):
        samples, rate = soundfile.read(tmp_path / f'{channel}.wav', dtype='int16')
        assert rate == 16000 and (samples == stereo[4000:12000, channel]).all()
    assert sorted(os.listdir(tmp_path)) == ['0.wav', '1.wav', 'a.sph']
    source.write_bytes(source.read_bytes()[:1030])
    os.remove(tmp_path / '0.wav')
    assert [m.problem for m in make_all(wanted, 1, tmp_path)][0] == 'unreadable audio'


def test_mulaw_shortened_sphere_by_sph2pipe(tmp_path, stereo, monkeypatch):
    """A stand-in for sph2pipe: it is called as the real one is used."""
    source = tmp_path / 'a.sph'
    source.write_bytes(shortened_sphere(stereo[:100], 8000, 'ulaw'))
    soundfile.write(tmp_path / 'decoded.wav', stereo, 8000)
    monkeypatch.setenv('PATH', '/nonexistent')
    assert clips.tool_for(str(source)) == 'sph2pipe'
    with pytest.raises(UserError, match='be read only by sph2pipe.*openslr.org/3'):
        clips.require('sph2pipe', str(source))
    tool = text(tmp_path / 'bin/sph2pipe', f'#!/bin/sh\n[ "$1 $2 $3" = "-p -f wav" ] && '
                f'cp "{tmp_path}/decoded.wav" "$5"\n')
    tool.chmod(0o755)
    monkeypatch.setenv('PATH', f'{tool.parent}:/usr/bin:/bin')
    made, = make_all([Clip(str(source), str(tmp_path / 'b.wav'), 0.5, 1.5, 0)], 1, tmp_path)
    assert (made.problem, made.secs) == ('', 1.0)


def test_m4a_by_ffmpeg(tmp_path):
    need_program('ffmpeg')
    noise(tmp_path / 'a.wav', 2, rate=44100, channels=2)
    subprocess.run(['ffmpeg', '-v', 'error', '-i', tmp_path / 'a.wav', tmp_path / 'a.m4a'],
                   check=True)
    made, = make_all([Clip(str(tmp_path / 'a.m4a'), str(tmp_path / 'b.wav'))], 1, tmp_path)
    assert made.problem == '' and made.secs == pytest.approx(2, abs=0.1)
    assert soundfile.info(made.path).samplerate == 16000


def test_as_it_is(tmp_path):
    """A recording that needs no conversion is used where it lies."""
    source = str(noise(tmp_path / 'a.wav', 1))
    made, = make_all([Clip(source, str(tmp_path / 'b.wav'))], 1, tmp_path)
    assert made == clips.Made(source, 44 + 32000, 1.0)
    cut, = make_all([Clip(source, str(tmp_path / 'c.wav'), 0.5)], 1, tmp_path)
    assert cut.path.endswith('c.wav') and cut.secs == 0.5


def test_hostile_audio(shared_data, tmp_path):
    """Every odd file is converted or refused with a reason; none gets through as it is."""
    folder = f'{shared_data}/hostile'
    names = sorted(n for n in os.listdir(folder) if not n.endswith(('.md', 'csv')))
    made = make_all([Clip(f'{folder}/{n}', str(tmp_path / f'{n}.wav')) for n in names], 1, tmp_path)
    problems = {}
    for name, result in zip(names, made, strict=True):
        if result.problem:
            problems[name] = result.problem
            assert not os.path.exists(tmp_path / f'{name}.wav')
            continue
        samples, rate = soundfile.read(result.path, dtype='int16')
        assert rate == 16000 and samples.ndim == 1 and samples.any()
        assert abs(len(samples) / rate - result.secs) < 0.01
    assert problems['html_named.wav'] == problems['rate_zero.wav'] == 'unreadable audio'
    assert problems['digital_silence_1s.wav'] == 'silence'
    assert problems['truncated_half.wav'] == problems['size_double.wav'] == 'audio cut short'
    assert problems['one_sample.wav'] == 'shorter than 0.05 s'
    for good in ('codec.flac', 'codec.mp3', 'codec.opus', 'codec.sph', 'pcm_24bit.wav',
                 'mulaw_8k.wav', 'float_nan_inf.wav', 'size_ffffffff.wav', 'stereo_left_only.wav'):
        assert good not in problems
