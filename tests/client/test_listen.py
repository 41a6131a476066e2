"""deepspeech-listen: a file, and what stands for PortAudio, in the place of a microphone."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import wave

import numpy as np
import pytest
import soxr

from tests.helpers.need import need, need_module
from util.text.transcripts import char_error

# What `sounddevice` looks like to its user; the microphone is the file that $MICROPHONE names.
LIBRARY = '''
import os, threading, time, wave

class PortAudioError(Exception):
    pass

class default:
    device = [1, 1]

def query_devices():
    rate = float(os.environ.get('RATE', 16000))
    return [{'name': 'Loudspeaker', 'max_input_channels': 0, 'default_samplerate': rate},
            {'name': 'Built-in Microphone', 'max_input_channels': 2, 'default_samplerate': rate},
            {'name': 'USB Headset', 'max_input_channels': 1, 'default_samplerate': rate}
            ][:int(os.environ.get('DEVICES', 3))]

class RawInputStream:
    def __init__(self, samplerate, blocksize, device, channels, dtype, callback):
        assert (channels, dtype, device) == (1, 'int16', int(os.environ.get('WANTED', 1)))
        if os.environ.get('BUSY'):
            raise PortAudioError('Device unavailable [PaErrorCode -9985]')
        self.size, self.callback = blocksize, callback

    def __enter__(self):
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        class Status:
            input_overflow = False
        with wave.open(os.environ['MICROPHONE']) as file:
            while data := file.readframes(self.size):
                self.callback(data, self.size, None, Status)
        Status.input_overflow = True
        while True:
            time.sleep(0.1)
            self.callback(bytes(2 * self.size), self.size, None, Status)

    def __exit__(self, *_):
        pass
'''


def write(path, samples, rate=16000):
    with wave.open(str(path), 'wb') as file:
        file.setparams((1, 2, rate, 0, 'NONE', ''))
        file.writeframes(samples.astype('<i2').tobytes())
    return path


@pytest.fixture
def talk(ds, compat, expected, tmp_path):
    """Return a WAV of two utterances, and the text of each."""
    samples = np.asarray(ds.read_audio(compat / 'audio' / 'espeak_000.wav'))
    pause = np.zeros(32000, np.int16)
    return (write(tmp_path / 'talk.wav', np.concatenate([samples, pause, samples, pause])),
            expected['espeak_000.wav'])


@pytest.fixture
def command(environment, compat, tmp_path):
    """Return the command, and its environment with the library."""
    (tmp_path / 'library').mkdir()
    (tmp_path / 'library' / 'sounddevice.py').write_text(LIBRARY)
    path = os.pathsep.join([str(tmp_path / 'library'), environment['PYTHONPATH']])

    def make(*arguments, model=True, **more):
        return ([sys.executable, '-m', 'deepspeech.listen',
                 *(['--model', str(compat / 'model256.pbmm')] if model else []),
                 *map(str, arguments)], {**environment, 'PYTHONPATH': path, **more})
    return make


@pytest.fixture
def run(command):
    def call(*arguments, status=0, **options):
        words, env = command(*arguments, **options)
        done = subprocess.run(words, capture_output=True, text=True, env=env, timeout=120)
        assert done.returncode == status and 'Traceback' not in done.stderr, done.stderr
        return done
    return call


def near(text, said):
    return char_error(text, said)[0] <= 3  # the network comes out of silence in another state


def test_a_file(run, talk):
    path, text = talk
    done = run('--file', path)
    said = done.stdout.splitlines()
    assert len(said) == 2 and all(near(text, line) for line in said) and done.stderr == ''


def test_json(run, talk):
    path, text = talk
    first, second = map(json.loads, run('--file', path, '--json').stdout.splitlines())
    assert near(text, first['text']) and near(text, second['text'])
    for said in (first, second):
        assert ' '.join(word['word'] for word in said['words']) == said['text']
    assert second['words'][0]['start'] > first['words'][-1]['end'] + 1
    assert all(0 <= word['confidence'] <= 1 for word in first['words'])


def test_a_longer_silence_keeps_utterances_together(run, talk):
    assert len(run('--file', talk[0], '--silence', 5).stdout.splitlines()) == 1


def test_devices(run):
    done = run('--list', model=False)
    assert done.stdout.splitlines() == ['*   1 Built-in Microphone, 16000 Hz',
                                        '    2 USB Headset, 16000 Hz']


# A sound card of ALSA that plays a file to whoever records.
CARD = '''
pcm.file {{ type file slave.pcm null file /dev/null infile "{path}" format raw }}
pcm.!default {{ type plug slave {{ pcm file format S16_LE rate 16000 channels 1 }} }}
'''


def test_portaudio(environment, compat, talk, tmp_path):
    """Through the real library, from a sound card that is a file."""
    try:
        need_module('sounddevice')
    except OSError:  # the module is there, and PortAudio is not
        need(None, 'libportaudio2')
    with wave.open(str(talk[0])) as file:
        (tmp_path / 'samples').write_bytes(file.readframes(file.getnframes()))
    (tmp_path / '.asoundrc').write_text(CARD.format(path=tmp_path / 'samples'))
    process = subprocess.Popen(
        [sys.executable, '-m', 'deepspeech.listen', '--model', compat / 'model256.pbmm',
         '--device', 'default'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**environment, 'HOME': str(tmp_path)})
    said = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert near(talk[1], said.strip()) and process.returncode == 0, errors


@pytest.mark.parametrize('rate', [16000, 44100])
@pytest.mark.parametrize('device, wanted', [((), 1), (('--device', '2'), 2),
                                            (('--device', 'usb'), 2)])
def test_a_microphone_until_ctrl_c(command, talk, tmp_path, device, wanted, rate):
    with wave.open(str(talk[0])) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), '<i2')
    path = write(tmp_path / 'rate.wav', soxr.resample(samples, 16000, rate), rate)
    words, env = command(*device, RATE=str(rate), MICROPHONE=str(path), WANTED=str(wanted))
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=env)
    said = [process.stdout.readline() for _ in range(2)]
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert process.returncode == 0 and all(near(talk[1], line.strip()) for line in said), said
    assert 'Traceback' not in errors and set(errors.splitlines()) <= {
        'samples were lost: this machine is too slow, or too busy'}


def test_a_terminal(command, talk):
    """The utterance under way stands in one line, which is taken away before what follows."""
    words, env = command('--file', talk[0])
    leader, follower = pty.openpty()
    process = subprocess.Popen(words, stdout=follower, stderr=subprocess.DEVNULL, env=env)
    os.close(follower)
    shown = b''
    while select.select([leader], [], [], 60)[0]:
        try:
            shown += os.read(leader, 4096)
        except OSError:
            break
    assert process.wait(60) == 0
    text = shown.decode()
    lines = text.replace('\r\n', '\n').split('\n')
    assert len(lines) == 3 and near(talk[1], re.sub('.*\r\x1b\\[K', '', lines[0]))
    under_way = re.findall('\r\x1b\\[K(.) ([^\r\n]*)', lines[0])
    assert {level for level, _ in under_way} - {' '}
    partial = [words for _, words in under_way if words]
    assert partial and len(partial[-1]) > len(partial[0]) and partial[0][0] == talk[1][0]
    assert lines[2].endswith('\r\x1b[K')


def test_a_narrow_terminal(ds):
    from deepspeech.listen import fitting
    assert fitting('a few words', 20) == 'a few words' == fitting('a few words', 11)
    assert fitting('a few words', 8) == '…w words'
    assert fitting('漢字漢字', 5) == '…字'
    for room in range(1, 12):
        assert len(fitting('a few words', room)) <= room


def test_the_level(ds):
    from deepspeech.listen import BARS, level
    tones = [np.full(100, round(32767 * 10 ** (decibels / 20)), '<i2').tobytes()
             for decibels in range(-70, 1, 5)]
    levels = [BARS.index(level(tone)) for tone in tones]
    assert levels == sorted(levels) and (levels[0], levels[-1]) == (0, len(BARS) - 1)
    assert level(b'') == level(b'x') == ' '


@pytest.mark.parametrize('arguments, more, error', [
    (['--device', 'laser'], {}, 'none is called so'), (['--device', '0'], {}, 'none is called so'),
    (['--device', 'e'], {}, 'several are called so'), ([], {'DEVICES': '1'}, 'no microphone'),
    ([], {'BUSY': '1'}, 'Device unavailable'), (['--file', '/nonexistent'], {}, 'No such file'),
    (['--file', __file__], {}, 'RIFF'), (['--scorer', '/nonexistent'], {'MICROPHONE': ''}, '0x')])
def test_one_line_for_what_is_wrong(run, arguments, more, error):
    done = run(*arguments, status=1, **more)
    assert len(done.stderr.splitlines()) == 1 and error in done.stderr


@pytest.mark.parametrize('library, error', [
    ("raise ModuleNotFoundError(\"No module named 'sounddevice'\", name='sounddevice')",
     "sounddevice is missing: pip install 'deepspeech[listen]'"),
    ("raise OSError('PortAudio library not found')", 'PortAudio is not installed: ')])
def test_without_its_library(run, tmp_path, library, error):
    (tmp_path / 'library' / 'sounddevice.py').write_text(library)
    for arguments in ((), ('--list',)):
        assert error in run(*arguments, status=1).stderr


@pytest.mark.parametrize('arguments', [[], ['--silence', '0'], ['--file', 'a', '--device', 'b']])
def test_misuse(run, arguments):
    run(*arguments, status=2, model=bool(arguments))


def test_nobody_reads_it(command, talk):
    words, env = command('--file', talk[0])
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
    process.stdout.close()
    time.sleep(0.1)
    assert process.wait(60) == 1 and b'Traceback' not in process.stderr.read()
    process.stderr.close()
