"""Recordings as samples on the disk: those that the reader of whole files gives, in any format."""

import os
import shutil
import wave
from concurrent.futures import CancelledError

import numpy as np
import pytest
import soundfile

from tests.helpers.hostile import READABLE, UNREADABLE
from util.align import recording
from util.align.recording import open_recording
from util.audio.reading import read_audio
from util.errors import AudioError, UserError

RATE = 16000


def write(path, rate, channels, secs=3.0):
    random = np.random.default_rng(1)
    count = int(rate * secs)
    time = np.arange(count)[:, None] / rate
    samples = 0.3 * np.sin(2 * np.pi * (200 + 100 * np.arange(channels)) * time)
    soundfile.write(path, samples + random.normal(0, 0.01, (count, channels)), rate)


@pytest.mark.parametrize('block', [1, 20])
@pytest.mark.parametrize('channels', [1, 2])
@pytest.mark.parametrize('rate', [8000, 16000, 22050, 44100])
@pytest.mark.parametrize('kind', ['wav', 'flac', 'ogg', 'mp3'])
def test_as_a_whole(tmp_path, monkeypatch, kind, rate, channels, block):
    """Piece by piece or at once; the edges of resampled pieces do not show."""
    monkeypatch.setattr(recording, 'BLOCK_SECS', block)
    path = tmp_path / f'a.{kind}'
    write(path, rate, channels)
    samples = open_recording(path, tmp_path / 'out' / 'a.wav', RATE)
    whole = read_audio(str(path), RATE)
    assert samples.dtype == np.int16 and isinstance(samples, np.memmap)
    assert abs(len(samples) - len(whole)) <= (rate != RATE)
    count = min(len(samples), len(whole))
    assert np.abs(samples[:count].astype(int) - whole[:count]).max() <= 1
    assert (tmp_path / 'out' / 'a.wav').exists() == ((kind, rate, channels) != ('wav', RATE, 1))
    if kind != 'wav':
        with wave.open(str(tmp_path / 'out' / 'a.wav')) as file:
            assert file.getparams()[:4] == (1, 2, RATE, len(samples))


@pytest.mark.parametrize('name', [*READABLE, *UNREADABLE])
def test_every_hostile_file(shared_data, tmp_path, name):
    path = f'{shared_data}/hostile/{name}'
    try:
        whole = read_audio(path, RATE)
        assert len(whole)
    except (AudioError, AssertionError):
        with pytest.raises((AudioError, UserError)) as refused:
            open_recording(type(tmp_path)(path), tmp_path / 'a.wav', RATE)
        assert '\n' not in str(refused.value)
        return
    samples = open_recording(type(tmp_path)(path), tmp_path / 'a.wav', RATE)
    assert abs(len(samples) - len(whole)) <= 1
    count = min(len(samples), len(whole))
    assert np.abs(samples[:count].astype(int) - whole[:count]).max() <= 1


def test_it_is_decoded_once_and_anew_when_it_changes(tmp_path):
    path, made = tmp_path / 'a.flac', tmp_path / 'made.wav'
    write(path, 8000, 1)
    open_recording(path, made, RATE)
    before = made.stat().st_mtime_ns
    open_recording(path, made, RATE)
    assert made.stat().st_mtime_ns == before
    write(path, 8000, 1, secs=1)
    os.utime(path, ns=(before + 10**9, before + 10**9))
    assert len(open_recording(path, made, RATE)) == RATE


def test_nothing_is_left_behind(tmp_path):
    bad = tmp_path / 'a.flac'
    bad.write_bytes(b'fLaC' + bytes(100))
    with pytest.raises(AudioError):
        open_recording(bad, tmp_path / 'out' / 'a.wav', RATE)
    assert list((tmp_path / 'out').iterdir()) == []
    with pytest.raises(AudioError, match='missing'):
        open_recording(tmp_path / 'no.wav', tmp_path / 'out' / 'a.wav', RATE)
    (tmp_path / 'file').write_bytes(b'')
    shutil.copy(bad, tmp_path / 'b.flac')
    with pytest.raises(UserError, match='cannot be written'):
        open_recording(tmp_path / 'b.flac', tmp_path / 'file' / 'a.wav', RATE)


def test_what_ends_it_leaves_nothing(tmp_path):
    """Ctrl-C does not wait until hours are decoded."""
    path = tmp_path / 'a.flac'
    write(path, 8000, 1)
    calls = []

    def stop():
        calls.append(1)
        raise CancelledError

    with pytest.raises(CancelledError):
        open_recording(path, tmp_path / 'out' / 'a.wav', RATE, stop)
    assert calls == [1] and list((tmp_path / 'out').iterdir()) == []


@pytest.mark.parametrize('kind', ['wav', 'flac'])
@pytest.mark.parametrize('rate, told', [(8000, [8000]), (16000, []), (44100, [])])
def test_a_lower_rate_is_told(tmp_path, kind, rate, told):
    write(tmp_path / f'a.{kind}', rate, 1)
    heard = []
    open_recording(tmp_path / f'a.{kind}', tmp_path / 'made.wav', RATE, upsampled=heard.append)
    assert heard == told
