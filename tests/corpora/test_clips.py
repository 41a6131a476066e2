"""util/corpora/clips.py: what soundfile, ffmpeg and sph2pipe make of recordings."""

import http.server
import os
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.helpers.clips import noise, text
from tests.helpers.need import need_program
from util.audio.reading import SAMPLE_RATE
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


@pytest.mark.parametrize('rate', [8000, 16000, 44100])
@pytest.mark.parametrize('channels', [1, 2])
@pytest.mark.parametrize('wanted', [8000, 16000])
@pytest.mark.parametrize('start, end', [(0, None), (0.5, 1.5)])
def test_m4a_by_ffmpeg(tmp_path, rate, channels, wanted, start, end):
    """What is decoded on the way is gone at the end: also audio as it is asked for is written."""
    need_program('ffmpeg')
    noise(tmp_path / 'a.wav', 2, rate=rate, channels=channels)
    subprocess.run(['ffmpeg', '-v', 'error', '-i', tmp_path / 'a.wav', tmp_path / 'a.m4a'],
                   check=True)
    made, = make_all([Clip(str(tmp_path / 'a.m4a'), str(tmp_path / 'b.wav'), start, end,
                           rate=wanted)], 1, tmp_path)
    assert made.problem == '' and made.path == str(tmp_path / 'b.wav')
    assert made.secs == pytest.approx((end or 2) - start, abs=0.3)
    assert soundfile.info(made.path).samplerate == wanted


def test_as_it_is(tmp_path):
    """A recording that needs no conversion is used where it lies."""
    source = str(noise(tmp_path / 'a.wav', 1))
    made, = make_all([Clip(source, str(tmp_path / 'b.wav'))], 1, tmp_path)
    assert made == clips.Made(source, 44 + 32000, 1.0)
    cut, = make_all([Clip(source, str(tmp_path / 'c.wav'), 0.5)], 1, tmp_path)
    assert cut.path.endswith('c.wav') and cut.secs == 0.5


HOSTILE = (
    '-', '--', '-i', '-y -f', 'a\nb', '\n', '$(touch made)', '`touch made`', ';touch made', '&',
    '| touch made |', "'", '"', '%d', '%s%n', 'http:x', 'file:x', 'pipe:0', 'concat:a|b', '@x', '~',
    'data:audio,x', 'subfile,,start,0,end,9,,:x', 'async:x', 'ä', ' ', '.', '*', '[a]', '\\',
    'a\tb', '\x1b[31m', 'x' * 250)


def by_odd_names(tmp_path, monkeypatch, source):
    """Make a clip of a recording by each odd name, given from its own folder."""
    monkeypatch.chdir(tmp_path)
    wanted = []
    for i, name in enumerate(HOSTILE):
        os.link(source, f'{name}{source.suffix}')
        wanted.append(Clip(f'{name}{source.suffix}', f'-out/{i}.wav'))
    before = set(os.listdir())
    made = list(clips.make_all(wanted, 1, Path('-scratch')))
    assert {name: m.detail for name, m in zip(HOSTILE, made) if m.problem} == {}
    assert set(os.listdir()) - before == {'-out'}
    assert len({m.secs for m in made}) == 1 and len(made) == len(os.listdir('-out')) > 30


def test_odd_names_by_ffmpeg(tmp_path, monkeypatch):
    need_program('ffmpeg')
    wav, source = noise(tmp_path / 'elsewhere/a.wav', 1), tmp_path / 'elsewhere/a.m4a'
    subprocess.run(['ffmpeg', '-v', 'error', '-i', wav, source], check=True)
    by_odd_names(tmp_path, monkeypatch, source)


def test_odd_names_by_sph2pipe(tmp_path, monkeypatch, stereo):
    """The stand-in takes what begins with - for an option, as the real one does."""
    source = tmp_path / 'elsewhere/a.sph'
    source.parent.mkdir()
    source.write_bytes(shortened_sphere(stereo[:100], 8000, 'ulaw'))
    soundfile.write(tmp_path / 'elsewhere/decoded.wav', stereo, 8000)
    tool = text(tmp_path / 'bin/sph2pipe',
                '#!/bin/sh\nfor name; do [ "$name" = -p ] || [ "$name" = -f ] || '
                'case $name in -*) exit 1;; esac; done\n'
                f'[ $# = 5 ] && [ -f "$4" ] && cp "{tmp_path}/elsewhere/decoded.wav" "$5"\n')
    tool.chmod(0o755)
    monkeypatch.setenv('PATH', f'{tool.parent}:/usr/bin:/bin')
    by_odd_names(tmp_path, monkeypatch, source)


def test_a_playlist_fetches_nothing(tmp_path):
    need_program('ffmpeg')
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    address = f'http://127.0.0.1:{server.server_address[1]}/x.ts'
    text(tmp_path / 'hls.m4a', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n'
         f'{address}\n#EXT-X-ENDLIST\n')
    text(tmp_path / 'concat.m4a', f"ffconcat version 1.0\nfile '{address}'\n")
    text(tmp_path / 'sdp.m4a', 'v=0\nc=IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n')
    made = make_all([Clip(str(tmp_path / f'{name}.m4a'), str(tmp_path / f'{name}.wav'))
                     for name in ('hls', 'concat', 'sdp')], 1, tmp_path)
    server.shutdown()
    server.server_close()
    assert [m.problem for m in made] == ['unreadable audio'] * 3 and asked == []


@pytest.mark.parametrize('rate', [8000, 16000, 22050, 44100])
@pytest.mark.parametrize('source_rate', [8000, 16000, 44100])
@pytest.mark.parametrize('suffix', ['.wav', '.flac', '.mp3'])
def test_rates(tmp_path, rate, source_rate, suffix):
    """A WAV of the rate asked for is used where it lies; others are resampled once."""
    source = noise(tmp_path / f'a{suffix}', 1, source_rate)
    plain, cut = make_all([Clip(str(source), str(tmp_path / 'b.wav'), rate=rate),
                           Clip(str(source), str(tmp_path / 'c.wav'), 0.25, 0.75, rate=rate)],
                          1, tmp_path)
    assert plain.path == str(source if suffix == '.wav' and rate == source_rate
                             else tmp_path / 'b.wav')
    for made, secs in ((plain, 1), (cut, 0.5)):
        info = soundfile.info(made.path)
        assert (info.samplerate, info.channels, info.subtype) == (rate, 1, 'PCM_16')
        assert made.secs == pytest.approx(secs, abs=0.15 if suffix == '.mp3' else 1e-3)
        assert made.size == os.path.getsize(made.path)


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


def test_names_are_names_on_the_way_to_other_programs(tmp_path, monkeypatch):
    """None is an option, an address or a command."""
    need_program('ffmpeg')
    noise(tmp_path / 'a.wav', 1)
    subprocess.run(['ffmpeg', '-v', 'error', '-i', tmp_path / 'a.wav', tmp_path / 'a.m4a'],
                   check=True)
    monkeypatch.chdir(tmp_path)
    for i, name in enumerate(('-i.m4a', '$(touch x).m4a', '`touch x`.m4a', 'a\nb.m4a', 'http:a.m4a',
                              '%d.m4a', 'concat:a|b.m4a', '"\'; touch x;.m4a')):
        os.link('a.m4a', name)
        made, = make_all([Clip(name, str(tmp_path / f'{i}.wav'))], 1, tmp_path)
        assert made.problem == '' and made.secs == pytest.approx(1, abs=0.1), name
    assert not os.path.exists('x')


def test_joined_and_damaged_recordings(tmp_path):
    """A joined FLAC is whole; one with a hole says less than its transcript."""
    flac = noise(tmp_path / 'a.wav', 1).with_suffix('.flac')
    soundfile.write(flac, soundfile.read(tmp_path / 'a.wav', dtype='int16')[0], SAMPLE_RATE)
    data = flac.read_bytes()
    (tmp_path / 'joined.flac').write_bytes(data + data)
    at = len(data) // 2
    (tmp_path / 'hole.flac').write_bytes(data[:at] + bytes(200) + data[at + 200:])
    joined, hole, cut = make_all([
        Clip(str(tmp_path / 'joined.flac'), str(tmp_path / 'j.wav')),
        Clip(str(tmp_path / 'hole.flac'), str(tmp_path / 'h.wav')),
        Clip(str(tmp_path / 'hole.flac'), str(tmp_path / 'c.wav'), 0.1, 0.9)], 1, tmp_path)
    assert (joined.problem, joined.secs) == ('', 2.0)
    assert hole.problem == 'audio cut short' and cut.problem in ('audio cut short',
                                                                 'unreadable audio')
