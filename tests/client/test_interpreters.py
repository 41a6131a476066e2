"""Several interpreters in one process: each has its own models, and may end before the others."""

import subprocess
import sys

import pytest

from tests.helpers.need import unsanitized

# Two sub-interpreters, and the main one where `order` names it, use models and end in some order.
PROGRAM = '''
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

def create():
    try:
        return interpreters.create(isolated=False)
    except TypeError:
        return interpreters.create('legacy')

code = f"""
import sys
sys.path[:] = {sys.path!r}
import ds_ctcdecoder, deepspeech
model = deepspeech.Model({sys.argv[1]!r})
stream = model.createStream()
stream.feedAudioContent(bytes(32000))
assert stream.finishStream() == model.stt(bytes(32000))
open_stream, other = model.createStream(), model.createAlignStream('a')
decoder = ds_ctcdecoder.Decoder(ds_ctcdecoder.UTF8Alphabet(), 5)
decoder.step([[1 / 256] * 256] * 5)
assert decoder.decode()
"""
made = {}
for name in sys.argv[2]:
    if name == 'm':
        exec(code)
    elif name.islower():
        made[name] = made.get(name) or create()
        assert not interpreters.run_string(made[name], code)
    else:
        interpreters.destroy(made.pop(name.lower()))
print('end')
'''


@unsanitized
@pytest.mark.parametrize('order', [
    'ab', 'abA', 'abB', 'abAB', 'abBA', 'mabAB', 'abmAB', 'abABm', 'mab', 'aAbB', 'aAmbB',
    'abAaBbABm', 'abcdCBaDA'])
def test_interpreters_end_in_any_order(ds, golden, environment, order):
    done = subprocess.run([sys.executable, '-c', PROGRAM, golden / 'forward.pbmm', order],
                          capture_output=True, text=True, env=environment, timeout=300)
    assert (done.returncode, done.stdout) == (0, 'end\n'), done.stderr


@unsanitized
@pytest.mark.parametrize('package', ['deepspeech', 'stt'])
def test_the_package_is_the_command(ds, environment, package):
    for arguments, status in ((['--version'], 0), (['--no_such_option'], 2)):
        done = subprocess.run([sys.executable, '-m', package, *arguments], capture_output=True,
                              text=True, env=environment)
        assert done.returncode == status, done.stderr
        assert 'DeepSpeech' in done.stdout or '--no_such_option' in done.stderr
