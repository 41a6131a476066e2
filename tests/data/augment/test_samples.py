"""The operations on samples against references of other makes, on real speech."""
import itertools
import os
import shutil

import numpy as np
import pytest
import scipy.signal
import soxr

from tests.helpers.need import need_module
from tests.helpers.tones import write_wav
from util.audio.reading import read_audio
from util.data.augment.draws import Lot
from util.data.augment.operations import KINDS
from util.data.augment.parse import AugmentError, parse_operation
from util.data.augment.samples import OPERATIONS, Scene, change, dbfs, normalised
from util.data.augment.sources import ENDINGS, Library, open_source, open_sources
from util.errors import UserError

RATE = 16000
LOT = Lot(seed=1, epoch=2, utterance=3, clock=0.5)


@pytest.fixture(name='speech', scope='module')
def fixture_speech(shared_data):
    return read_audio(os.path.join(shared_data, 'ldc93s1', 'LDC93S1.wav'))


@pytest.fixture(name='noises', scope='module')
def fixture_noises(tmp_path_factory):
    """Three recordings of noise, of 0.7, 1.0 and 1.3 s, with names that tell them apart."""
    folder = tmp_path_factory.mktemp('noise')
    for number, level in enumerate((500, 2000, 8000)):
        random = np.random.default_rng(number)
        write_wav(folder / f'{number}.wav',
                  random.normal(0, level, int(RATE * (0.7 + 0.3 * number))).astype(np.int16))
    return str(folder)


def done(text, samples, lot=LOT, rate=RATE, clock=None):
    """Return what one operation makes of int16 samples, in -1 to 1."""
    operation = parse_operation(text)
    sources = {operation.source: open_source(operation.source)} if operation.source else {}
    scene = Scene(operation, rate, lot.clock if clock is None else clock, lot.random(0),
                  Library(sources))
    changed = change(samples, [scene])
    assert changed.dtype == np.int16 and len(changed) == len(samples)
    return changed / 32767


def peak_db(x):
    """Compute 20 log10 of the peak in the other way: by powers."""
    return 10 * np.log10(np.max(np.square(np.asarray(x, np.float64)))) + 3.0103


def test_loudness(speech):
    assert dbfs(np.ones(4)) == pytest.approx(3.0103) and dbfs(np.zeros(4)) < -300
    sine = np.sin(np.arange(RATE) * 0.1)
    assert 20 * np.log10(np.sqrt(np.mean(sine ** 2))) + 6.0206 == pytest.approx(dbfs(sine), abs=.01)
    assert np.abs(normalised(speech / 32767, 20)).max() == 1


@pytest.mark.parametrize('wanted', [3.0103, 0, -6, -20, -40])
def test_volume(speech, wanted):
    assert peak_db(done(f'volume[dbfs={wanted}]', speech)) == pytest.approx(wanted, abs=0.05)


def test_volume_ranges(speech):
    for clock, low, high in ((0.0, -32, -28), (1.0, -12, -8)):
        found = [peak_db(done('volume[dbfs=-30:-10~2]', speech, LOT._replace(utterance=n),
                              clock=clock)) for n in range(20)]
        assert low - .05 < min(found) < low + 1.5 and high - 1.5 < max(found) < high + .05


@pytest.mark.parametrize('snr', [-5, 0, 3, 10, 20])
@pytest.mark.parametrize('layers', [1, 3])
def test_overlay(speech, noises, snr, layers):
    """What is added is so many decibels below the speech, and no other noise than the source's."""
    for number in range(3):
        found = done(f'overlay[source={noises},snr={snr},layers={layers}]', speech,
                     LOT._replace(utterance=number))
        x = speech / 32767
        assert np.abs(found).max() == pytest.approx(np.abs(x).max(), abs=2e-4)
        # found = factor (x + noise): the factor is that at which the rest looks least like speech
        factor = np.dot(found, x) / np.dot(x, x)
        library = Library({noises: open_source(noises)})
        random = LOT._replace(utterance=number).random(0)
        random.uniform()  # the pick of snr
        random.uniform()  # and of layers
        noise = sum(library.stretch(noises, len(x), RATE, random) for _ in range(layers))
        (factor, gain), *_ = np.linalg.lstsq(np.stack([x, noise], 1), found, rcond=None)
        np.testing.assert_allclose(found, factor * x + gain * noise, atol=2e-4)
        assert peak_db(factor * x) - peak_db(gain * noise) == pytest.approx(snr, abs=0.1)


def test_overlay_on_silence_and_without_layers(speech, noises):
    assert not done(f'overlay[source={noises}]', np.zeros(500, np.int16)).any()
    np.testing.assert_array_equal(done(f'overlay[source={noises},layers=0]', speech),
                                  speech / 32767)


def test_a_source_is_one_endless_tape(noises):
    """Whatever is taken of it is a piece of all recordings end to end, over and over."""
    source = open_source(noises)
    assert [os.path.basename(file) for file in source.files] == ['0.wav', '1.wav', '2.wav']
    tape = np.concatenate([read_audio(file) for file in source.files] * 4) / np.float32(32767)
    places = []
    for number in range(60):
        piece = Library({noises: source}).stretch(noises, 5 * RATE, RATE,
                                                  np.random.default_rng(number))
        at = next(at for at in np.flatnonzero(tape[:3 * RATE] == piece[0])
                  if np.array_equal(tape[at:at + len(piece)], piece))
        places.append(at / RATE)
    assert min(places) < 0.2 and max(places) > 2.8
    share = np.mean([0.7 <= place < 1.7 for place in places])
    assert 0.2 < share < 0.5  # a third


def test_sources(noises, tmp_path, capsys):
    (tmp_path / 'sub').mkdir()
    os.symlink(os.path.join(noises, '1.wav'), tmp_path / 'sub' / 'one.WAV')
    (tmp_path / 'broken.wav').write_bytes(b'RIFF')
    write_wav(tmp_path / 'nothing.wav', np.zeros(0, np.int16))
    (tmp_path / 'notes.txt').write_text('x')
    found = open_source(str(tmp_path))
    assert [os.path.basename(file) for file in found.files] == ['one.WAV']
    assert found.secs.tolist() == [1.0]
    said = capsys.readouterr().out
    assert said.count('left out') == 2 and 'broken.wav' in said and 'nothing.wav' in said
    (tmp_path / 'noise.csv').write_text('wav_filename\nsub/one.WAV\n\n')
    assert open_source(str(tmp_path / 'noise.csv')).secs.tolist() == [1.0]


@pytest.mark.parametrize('content, said', [
    (None, 'no such file or folder'), ('a,b\n1,2\n', 'wav_filename'), ('', 'wav_filename'),
    ('wav_filename\n', 'no utterances'), ('wav_filename\nx.wav\n', 'none of its 1 recordings'),
    (b'\xff\xfe\x00', 'expected a folder with audio files, a recording, a CSV')])
def test_no_source(tmp_path, content, said):
    path = tmp_path / 'noise.csv'
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        path.write_text(content)
    with pytest.raises(UserError) as failure:
        open_source(str(path))
    assert said in str(failure.value) and '\n' not in str(failure.value)


@pytest.mark.parametrize('ending', ENDINGS)
def test_a_recording_is_a_source(noises, tmp_path, ending):
    shutil.copy(os.path.join(noises, '1.wav'), tmp_path / ('one' + ending))
    found = open_source(str(tmp_path / ('one' + ending)))
    assert found.files == (str(tmp_path / ('one' + ending)),) and found.secs.tolist() == [1.0]
    with pytest.raises(UserError, match='no such file or folder'):
        open_source(str(tmp_path / ('two' + ending)))


@pytest.mark.parametrize('text', ['overlay[source=^o]', 'overlay[snr=3, source = ^/no/where.csv]',
                                  'impulse[source=^{}/nothing.csv,p=0.5]', 'overlay[source=^{}]'])
def test_a_source_that_is_none_is_shown_in_its_place(text, tmp_path):
    (tmp_path / 'nothing.csv').write_text('wav_filename\n')
    text = text.format(tmp_path)
    operation = parse_operation(text.replace('^', ''))
    with pytest.raises(AugmentError) as failure:
        open_sources([operation])
    assert str(failure.value).startswith(f"--augment '{text}': ")
    assert '\n' not in str(failure.value)


def test_a_recording_that_broke_later_costs_a_line(noises, tmp_path):
    for number in range(2):
        write_wav(tmp_path / f'{number}.wav', np.full(100, 1000, np.int16))
    library = Library({'x': open_source(str(tmp_path))})
    (tmp_path / '0.wav').unlink()
    assert library.stretch('x', 1000, RATE, np.random.default_rng(1)).shape == (1000,)
    (tmp_path / '1.wav').unlink()
    assert library.complaints and '0.wav' in library.complaints[0]
    empty = Library({'x': open_source(str(noises))})
    for file in open_source(str(noises)).files:
        empty._decoded[file, RATE] = np.zeros(0, np.int16)
    assert not empty.stretch('x', 1000, RATE, np.random.default_rng(1)).any()


def test_a_library_keeps_to_its_memory(noises):
    library = Library({noises: open_source(noises)}, memory=40000)
    for number in range(9):
        library.stretch(noises, RATE, RATE, np.random.default_rng(number))
    assert len(library._decoded) == 1


@pytest.mark.parametrize('delay, decay', itertools.product((0.1, 5, 20, 60), (0.5, 3, 10, 40)))
def test_reverb(speech, delay, decay):
    x, g = speech / 32767, 10 ** (-decay / 20)
    wet = x.copy()
    for k in (17, 19, 23, 29, 31):
        d = max(16, int(np.floor(delay * k / 17 * 16)))
        wet += scipy.signal.lfilter([1], [1, *[0] * (d - 1), -g], x)
    wet *= np.abs(x).max() / np.abs(wet).max()
    np.testing.assert_allclose(done(f'reverb[delay={delay},decay={decay}]', speech), wet, atol=1e-4)


@pytest.mark.parametrize('rate', [4000, 8000, 11025, 44100])
def test_resample(speech, rate):
    x = (speech / 32767).astype(np.float32)
    back = soxr.resample(soxr.resample(x, RATE, rate), rate, RATE)
    back = np.pad(back, [0, max(0, len(x) - len(back))])[:len(x)]
    found = done(f'resample[rate={rate}]', speech)
    np.testing.assert_allclose(found, np.clip(back, -1, 1), atol=1e-4)
    if rate < RATE:
        hertz, before = scipy.signal.welch(x, RATE, nperseg=1024)
        _, after = scipy.signal.welch(found, RATE, nperseg=1024)
        assert after[hertz > 0.55 * rate].sum() < 1e-3 * before[hertz > 0.55 * rate].sum() + 1e-9


def test_impulse(speech, tmp_path):
    response = np.zeros(3000)
    response[[200, 900, 2500]] = 1, -0.5, 0.25
    write_wav(tmp_path / 'room.wav', (response * 20000).astype(np.int16))
    found = done(f'impulse[source={tmp_path}]', speech)
    x = speech / 32767
    wet = scipy.signal.convolve(x, response)[200:200 + len(x)]  # the direct sound stays in place
    np.testing.assert_allclose(found, wet * np.abs(x).max() / np.abs(wet).max(), atol=2e-4)
    write_wav(tmp_path / 'room.wav', np.zeros(300, np.int16))
    np.testing.assert_array_equal(done(f'impulse[source={tmp_path}]', speech), x)


def bandwidth(x, rate=RATE):
    """Return below how many Hz 99.9 % of the energy lie."""
    hertz, power = scipy.signal.welch(x, rate, nperseg=1024)
    return hertz[np.searchsorted(np.cumsum(power) / power.sum(), 0.999)]


def test_codec(speech):
    """Fewer bits, less bandwidth; and what remains is the speech, in its place."""
    need_module('av')
    x = speech / 32767
    wide = np.random.default_rng(1).normal(0, 3000, 2 * RATE).astype(np.int16)
    found = {bitrate: done(f'codec[bitrate={bitrate}]', wide) for bitrate in (3200, 9000, 64000)}
    assert bandwidth(found[3200]) < 4500 < bandwidth(found[64000])
    assert bandwidth(found[64000]) > 7500
    errors = [np.mean((done(f'codec[bitrate={bitrate}]', speech) - x) ** 2) / np.mean(x ** 2)
              for bitrate in (4000, 16000, 96000)]
    assert errors[0] > errors[1] > errors[2] and errors[2] < 0.01
    for bitrate in (12000, 24000, 96000):
        assert abs(lag(done(f'codec[bitrate={bitrate}]', speech), x)) <= 4
    smooth = scipy.signal.butter(2, 40, fs=RATE, output='sos')  # few bits: the loudness remains

    def loudness(x):
        return scipy.signal.sosfiltfilt(smooth, np.abs(x))

    # within a frame of the features: at little effort the loudness itself is coarse (16.6 ms; 5.8
    # at full effort)
    assert abs(lag(loudness(done('codec[bitrate=3200]', speech)), loudness(x))) < 0.02 * RATE


@pytest.mark.parametrize('name, key, bound', [
    (name, key, bound) for name in OPERATIONS for key, each in KINDS[name].parameters.items()
    for bound in (each.low, each.high) if np.isfinite(bound)])
def test_an_utterance_is_heard_at_the_bounds_of_every_value(name, key, bound, speech, noises):
    """Below them there may be silence: Opus has no sound for less than 2400 bit/s."""
    if name == 'codec':
        need_module('av')
    source = f'source={noises},' if 'source' in KINDS[name].parameters else ''
    y = done(f'{name}[{source}{key}={bound}]', speech)
    assert np.mean(y ** 2) > 0.1 * np.mean((speech / 32767) ** 2)


def lag(y, x):
    """Return by how many samples y comes after x."""
    return np.argmax(scipy.signal.correlate(y, x)) - (len(x) - 1)


@pytest.mark.parametrize('rate', [8000, 11025, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize('length', [1, 100, 959, 960, 961, 20000])
def test_codec_at_all_rates_and_lengths(rate, length):
    need_module('av')
    tone = (8000 * np.sin(np.arange(length) * 2 * np.pi * 440 / rate)).astype(np.int16)
    y = done('codec[bitrate=64000]', tone, rate=rate)
    if length > 9000:
        x = tone / 32767
        middle = slice(2000, -2000)
        assert np.mean((y[middle] - x[middle]) ** 2) < 0.02 * np.mean(x[middle] ** 2)


@pytest.mark.parametrize('name', OPERATIONS)
def test_any_length(name, noises):
    if name == 'codec':
        need_module('av')
    text = f'{name}[source={noises}]' if 'source' in KINDS[name].parameters else name
    for length in (0, 1, 2, 15, 16, 17, 100):
        done(text, np.arange(-length, length, 2, np.int16)[:length])
    done(text, np.full(1000, -32768, np.int16))


def test_operations_follow_one_another(speech):
    texts = ['reverb', 'volume[dbfs=-20]']
    for first, second in (texts, texts[::-1]):
        scenes = [Scene(parse_operation(text), RATE, 0.5, LOT.random(n), Library({}))
                  for n, text in enumerate((first, second))]
        one = change(change(speech, scenes[:1]), scenes[1:])
        scenes = [Scene(parse_operation(text), RATE, 0.5, LOT.random(n), Library({}))
                  for n, text in enumerate((first, second))]
        assert np.abs(change(speech, scenes).astype(int) - one).max() <= 1
    assert {name for name, kind in KINDS.items() if 'sample' in kind.domains} == set(OPERATIONS)
