"""Python programs that fork with a model open: gunicorn --preload, multiprocessing."""

import subprocess
import sys

import pytest

from tests.helpers.need import unsanitized

# A child that hangs ends by the alarm.
PROGRAM = '''
import multiprocessing, os, signal, sys, threading
from deepspeech import Model

def child(work):
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)
        try:
            work()
            os._exit(0)
        except BaseException as error:
            print(repr(error), flush=True)
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

path, clip, threads = sys.argv[1], open(sys.argv[2], 'rb').read()[44:], int(sys.argv[3])
model = Model(path, threads=threads)
text = Model(path, threads=1).stt(clip)

def whole():
    assert model.stt(clip) == text

def rest_of(stream):
    stream.feedAudioContent(clip[16000:])
    assert stream.finishStream() == text

assert child(whole) == 0
whole()
assert child(whole) == 0
stream = model.createStream()
stream.feedAudioContent(clip[:16000])
assert child(lambda: rest_of(stream)) == 0
rest_of(stream)

# A stream that another thread is using is lost to the child; others are not.
busy, idle, end = model.createStream(), model.createStream(), False
idle.feedAudioContent(clip[:16000])

def use():
    while not end:
        busy.feedAudioContent(clip)
        busy.intermediateDecode()

thread = threading.Thread(target=use)
thread.start()

def both():
    rest_of(idle)
    try:
        busy.feedAudioContent(clip[:3200])
        busy.freeStream()
    except RuntimeError as error:
        assert 'Stream object is not valid' in str(error), error
    whole()

assert all(child(both) == 0 for _ in range(30))
end = True
thread.join()
with multiprocessing.get_context('fork').Pool(2) as pool:
    assert pool.map(model.stt, []) == []
    results = [pool.apply_async(whole) for _ in range(4)]
    for result in results:
        result.get(60)
print('good')
'''


@unsanitized
@pytest.mark.parametrize('threads', [1, 2])
def test_a_program_that_forks(ds, compat, environment, threads):
    done = subprocess.run(
        [sys.executable, '-c', PROGRAM, compat / 'model256.pbmm',
         compat / 'audio' / 'espeak_000.wav', str(threads)],
        capture_output=True, text=True, env=environment, timeout=600)
    assert done.stdout == 'good\n', done.stdout + done.stderr
