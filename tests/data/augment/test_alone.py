"""Augmentation by bin/play.py and bin/data_set_tool.py."""

import io
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from tests.helpers.clips import noise
from tests.helpers.databases import SPEECH, make_sdb, make_tar
from tests.helpers.need import need_module
from tests.helpers.places import ROOT
from util.audio import reading
from util.data.augment.alone import Changer
from util.data.augment.codec import through_opus
from util.data.augment.sources import open_source
from util.data.read import read_utterances
from util.errors import UserError


@pytest.fixture
def folder(tmp_path):
    noise(tmp_path / 'clip.wav', 0.5, 8000, 2)
    samples, _ = reading.read_channels(str(noise(tmp_path / 'noise.wav', 0.3, 8000)))
    content = (tmp_path / 'noise.wav').read_bytes()
    (tmp_path / 'noise.csv').write_text('wav_filename\nnoise.wav\n')
    (tmp_path / 'noise.sdb').write_bytes(make_sdb([(content,)], (SPEECH,)))
    (tmp_path / 'noise.tar').write_bytes(make_tar({'noise.wav': content}))
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'folder/noise.wav').write_bytes(content)
    assert len(samples) == 2400
    return tmp_path


OPERATIONS = ['overlay[source={}/noise.sdb]', 'codec', 'reverb', 'resample[rate=4000]',
              'volume[dbfs=-10]']


def program(name, *arguments, status=0, cwd=ROOT):
    done = subprocess.run([sys.executable, ROOT / 'bin' / name, *map(str, arguments)],
                          capture_output=True, check=False, cwd=cwd)
    assert done.returncode == status, done.stderr
    return done


@pytest.mark.parametrize('operation', OPERATIONS)
def test_play_changes_samples_and_neither_length_nor_format(folder, operation):
    if operation == 'codec':
        need_module('av')
    (folder / 'own.wav').write_bytes(program('play.py', folder / 'clip.wav', '--pipe').stdout)
    (folder / 'new.wav').write_bytes(program(
        'play.py', folder / 'clip.wav', '--pipe', '--augment', operation.format(folder)).stdout)
    program('compare_samples.py', 'own.wav', 'clip.wav', cwd=folder)
    program('compare_samples.py', 'own.wav', 'new.wav', '--if-differ', cwd=folder)


def test_play_as_in_stt(folder):
    """Words for booleans, --source, and operations after one --augment."""
    clip = folder / 'clip.wav'
    stt = program('play.py', '--number', 1, '--quiet', 'true', '--source', clip, '--random',
                  'false', '--augment', 'volume[dbfs=-10]', 'reverb[delay=30]', '--pipe', 'true')
    ours = program('play.py', clip, '--pipe', '--quiet', '--augment', 'volume[dbfs=-10]',
                   '--augment', 'reverb[delay=30]')
    assert stt.stdout == ours.stdout and stt.stderr == b''
    assert program('play.py', clip, '--pipe', '--quiet', 'false').stderr.startswith(b'Sample "')
    assert b'expected a source' in program('play.py', '--pipe', 'true', status=2).stderr


def test_the_clock(folder):
    levels = []
    for clock in (0, 0.5, 1):
        wav = program('play.py', folder / 'clip.wav', '--pipe', '--augment', 'volume[dbfs=-40:-20]',
                      '--clock', clock).stdout
        peak = np.abs(soundfile.read(io.BytesIO(wav))[0]).max()
        levels.append(20 * np.log10(peak) + 3.0103)
    assert levels == pytest.approx([-40, -30, -20], abs=0.2)


def test_each_time_another_chance(folder):
    """As in 0.9.3: who tries an operation hears what it can do, not what sample 0 drew once."""
    heard = {program('play.py', folder / 'clip.wav', '--pipe', '--augment',
                     'volume[dbfs=-40~30]').stdout for _ in range(3)}
    assert len(heard) > 1


def test_a_sample_that_is_not_there(folder):
    done = program('play.py', folder / 'clip.wav', '--pipe', '--start', 1, status=1)
    assert done.stderr == b'E --start 1: there is no such sample: expected 0 to 0\n'


@pytest.mark.parametrize('name', ['noise.csv', 'noise.sdb', 'noise.tar', 'folder'])
def test_sources_of_every_kind(folder, name):
    assert open_source(str(folder / name)).secs.tolist() == [0.3]
    samples, rate = reading.read_channels(str(folder / 'clip.wav'))
    changers = [Changer([f'overlay[source={folder}/{each},snr=0]']) for each in (name, 'noise.csv')]
    one, two = (changer(samples, rate, 3, 0.5) for changer in changers)
    assert np.array_equal(one, two) and not np.array_equal(one, samples)


def test_other_domains_are_left_out_and_mistakes_are_said(folder):
    done = program('play.py', folder / 'clip.wav', '--pipe', '--augment', 'time_mask')
    assert b"'time_mask' changes the spectrogram, which only training has" in done.stderr
    assert done.stdout == program('play.py', folder / 'clip.wav', '--pipe').stdout
    done = program('play.py', folder / 'clip.wav', '--augment', 'revrb', status=1)
    assert b"'^revrb': 'revrb' is no operation" in done.stderr and done.stderr.count(b'\n') == 1
    with pytest.raises(UserError, match=r'source=\^none.sdb.*: no such file'):
        Changer(['overlay[source=none.sdb]'])


def test_the_codec_keeps_length_and_pitch_at_any_rate():
    need_module('av')
    for rate in (8000, 11025, 44100):
        tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate).astype(np.float32)
        heard = through_opus(tone, rate, 16000)
        assert heard.shape == tone.shape
        assert np.argmax(np.abs(np.fft.rfft(heard))) == 440


def test_the_share_that_is_changed():
    changer = Changer(['volume[p=0.25,dbfs=-60]'])
    samples = np.full((100, 1), 9000, np.int16)
    changed = [number for number in range(400) if changer(samples, 8000, number, 0).max() < 9000]
    assert 70 < len(changed) < 130
    assert all(changer(samples, 8000, number, 0).max() < 9000 for number in changed[:9])


def test_a_set_changes_by_its_clock(folder):
    (folder / 'a.csv').write_text('wav_filename\n' + 'clip.wav\n' * 4)
    program('data_set_tool.py', folder / 'a.csv', folder / 'a.sdb', '--unlabeled', '--audio-type',
            'wav', '--augment', 'volume[dbfs=-40:0]')
    peaks = [np.abs(reading.read_channels(each.wav)[0]).max() / 32768
             for each in read_utterances([str(folder / 'a.sdb')], transcripts=False)]
    assert 20 * np.log10(peaks) + 3.0103 == pytest.approx([-40, -30, -20, -10], abs=0.2)
