"""Signals that come while the native library computes: heard at once, and nothing is left."""

import json
import signal
import subprocess
import sys

import pytest

# Sends itself a signal 0.3 s after a call has begun, and says how long that call went on, and how
# much memory the process has. `long` is far more audio than can be heard meanwhile.
PROGRAM = '''
import json, os, signal, sys, threading, time
import numpy as np
import ds_ctcdecoder, deepspeech, deepspeech.utils
from deepspeech.model import Model as Model2017

path, what = sys.argv[1:3]
random = np.random.default_rng(1)
model = deepspeech.Model(path, threads=int(sys.argv[3]))
model.setBeamWidth(200)
long = random.integers(-9000, 9000, 16000 * 3600, np.int16)
alphabet = ds_ctcdecoder.UTF8Alphabet()

def fed():
    stream = model.createStream()
    stream.feedAudioContent(long[:16000 * 5])
    return stream

def aligning():
    stream = model.createAlignStream('e')
    stream.feedAudioContent(long)

def probs(frames):
    return np.full((frames, 256), 1 / 256, np.float32)

def features():
    old = Model2017.__new__(Model2017)
    old._handle = model._handle
    old.infer(np.zeros((180000, model.info.n_input * (2 * model.info.n_context + 1)), np.float32))

def batch(count):
    ds_ctcdecoder.decode_batch([probs(20000)] * count, None, alphabet, 500, 2)

calls = {
    'stt': lambda: model.stt(long), 'sttWithMetadata': lambda: model.sttWithMetadata(long, 3),
    'feed': lambda: fed().feedAudioContent(long), 'infer': features, 'align': aligning,
    'features': lambda: deepspeech.utils.audioToInputVector(np.tile(long, 8), 16000, 26, 9),
    'decode': lambda: ds_ctcdecoder.decode(probs(100000), alphabet, 500),
    'decode_batch': lambda: batch(8),
}
pid, sent = os.getpid(), 0.0

def begin():
    def send():
        global sent
        time.sleep(0.3)
        sent = time.monotonic()
        os.kill(pid, int(sys.argv[4]))
    threading.Thread(target=send).start()

def kilobytes():
    return int(open('/proc/self/statm').read().split()[1]) * 4

class Heard(Exception):
    pass

def handler(number, frame):
    raise Heard

signal.signal(signal.SIGUSR1, handler)
model.stt(long[:16000 * 30])
before, ends = kilobytes(), []
for _ in range(3):
    begin()
    try:
        calls[what]()
        ends.append('result')
    except (KeyboardInterrupt, Heard) as error:
        ends.append([type(error).__name__, time.monotonic() - sent])
        del error
grown = kilobytes() - before
print(json.dumps({'ends': ends, 'grown': grown}))
'''


def run(environment, path, what, threads=1, number=signal.SIGINT):
    done = subprocess.run([sys.executable, '-c', PROGRAM, path, what, str(threads),
                           str(int(number))], capture_output=True, text=True, env=environment,
                          timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize('what', ['stt', 'sttWithMetadata', 'feed', 'align', 'infer', 'features',
                                  'decode', 'decode_batch'])
def test_ctrl_c_ends_every_long_call(ds, compat, environment, what):
    told = run(environment, compat / 'model256.pbmm', what)
    assert [end[0] for end in told['ends']] == ['KeyboardInterrupt'] * 3
    print(what, told)  # the time is for a reader: a test asserts none
    assert told['grown'] < 30000, 'what an ended call had is freed'


@pytest.mark.parametrize('threads', [1, 2])
def test_both_kinds_of_network_hear(ds, golden, environment, threads):
    for name in ('bidirectional.pb', 'forward.pb'):
        told = run(environment, golden / name, 'stt', threads, signal.SIGUSR1)
        assert [end[0] for end in told['ends']] == ['Heard'] * 3


OPENS = '''
import signal, sys
import deepspeech

class Heard(Exception):
    pass

def handler(number, frame):
    raise Heard

signal.signal(signal.SIGALRM, handler)
path, packed = sys.argv[1:]
data = open(path, 'rb').read()
for call in (lambda: deepspeech.Model(path), lambda: deepspeech.Model(path, fp32=True),
             lambda: deepspeech.Model.from_bytes(data),
             lambda: deepspeech.impl.DS_PackModel(path, packed)):
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    try:
        call()
    except Heard:
        continue
    sys.exit('heard too late')
assert deepspeech.Model(path).sampleRate() == 16000
'''


def test_signals_are_heard_while_a_model_is_opened(ds, slow_to_open, environment, tmp_path):
    done = subprocess.run([sys.executable, '-c', OPENS, slow_to_open, tmp_path / 'packed.pbmm'],
                          capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.iterdir())


# Handlers that return, or use what was interrupted.
RETURNS = '''
import os, signal, sys, threading, time
import numpy as np
import deepspeech

model = deepspeech.Model(sys.argv[1])
audio = np.tile(np.frombuffer(open(sys.argv[2], 'rb').read()[44:], np.int16), 30)
whole = model.sttWithMetadata(audio)
heard, refused, wrong = [], [], []

def handler(number, frame):
    heard.append(model.stt(audio[:16000]))
    if not stream._working:
        return
    try:
        stream.feedAudioContent(audio[:160])
        wrong.append('fed within a call')
    except RuntimeError as error:
        refused.append(error)
        if 'from within a call of the same stream' not in str(error):
            wrong.append(str(error))

stream = model.createStream()
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
stream.feedAudioContent(audio)
again = model.sttWithMetadata(audio)
signal.setitimer(signal.ITIMER_REAL, 0)
assert refused and len(heard) > 1 and set(heard) == {model.stt(audio[:16000])}, heard
assert again == whole
assert stream.finishStreamWithMetadata() == whole
print(wrong)
'''


def test_handlers_that_return_change_nothing(ds, compat, environment):
    done = subprocess.run([sys.executable, '-c', RETURNS, compat / 'model256.pbmm',
                           compat / 'audio' / 'espeak_000.wav'], capture_output=True, text=True,
                          env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout == '[]\n'


def test_an_interrupted_stream_can_only_be_freed(ds, compat):
    import numpy as np

    model, long = ds.Model(compat / 'model256.pbmm'), np.zeros(16000 * 3600, np.int16)

    def handler(number, frame):
        raise InterruptedError

    old = signal.signal(signal.SIGALRM, handler)
    try:
        stream = model.createStream()
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(InterruptedError):
            stream.feedAudioContent(long)
        for call in (stream.intermediateDecode, stream.intermediateDecodeFlushBuffers,
                     lambda: stream.feedAudioContent(long[:160]), stream.finishStream):
            with pytest.raises(RuntimeError, match=r'was interrupted .*\(0x3003\)'):
                call()
        stream = model.createStream()
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(InterruptedError):
            stream.feedAudioContent(long)
        stream.freeStream()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
