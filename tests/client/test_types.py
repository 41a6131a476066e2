"""The Python packages for editors and type checkers: stubs, annotations, docstrings."""

import inspect
import pathlib
import pkgutil
import subprocess
import sys

import pytest

from tests.helpers.need import need_module

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / 'native_client' / 'examples'

# The libraries beside the module, and the stub's names for the types of its capsules.
NOT_IN_STUBS = r'''
deepspeech\.impl\.(AlignStream|AudioPieces|ModelState|StreamingState|Segmenter)
deepspeech\.(libdeepspeech|libdskenlm)
'''

PROGRAM = '''
import array
from collections.abc import Mapping

import deepspeech
import ds_ctcdecoder
import numpy as np
import stt
from deepspeech.model import Model as Model2017

model = deepspeech.Model('output_graph.pbmm', threads=2)
text: str = model.stt(b'')
samples: array.array[int] = deepspeech.read_audio('speech.wav', model.sampleRate())
with model.createStream() as stream:
    stream.feedAudioContent(samples)
    for candidate in stream.intermediateDecodeWithMetadata(3).transcripts:
        start: list[float] = [token.start_time for token in candidate.tokens]
        words: dict[str, float] = {word.text: word.confidence for word in candidate.words}
with model.createAlignStream('text') as aligning:
    aligning.feedAudioContent(samples)
    ends: list[float] = [word.end_time for word in aligning.finishStream().words]
width: int = model.info.n_hidden
other: stt.Model = stt.Model('output_graph.tflite')
old: str = Model2017('output_graph.pb', 26, 9).stt(samples, 16000)
alphabet = ds_ctcdecoder.Alphabet('alphabet.txt')
labels: list[int] = alphabet.Encode('text')
probs = np.zeros((2, 50, 29), np.float32)
best: float = ds_ctcdecoder.decode_batch(probs, [50, 20], alphabet)[0][0].confidence
best, _ = ds_ctcdecoder.ctc_beam_search_decoder_batch(probs, [50, 20], alphabet, 500, 2)[0][0]
'''


def checked(*arguments, environment):
    return subprocess.run([sys.executable, '-m', *map(str, arguments)], capture_output=True,
                          text=True, env={**environment, 'MYPYPATH': ''})


@pytest.fixture(autouse=True)
def mypy():
    need_module('mypy')


def test_stubs_agree_with_the_modules(ds, environment, tmp_path):
    (tmp_path / 'allowed').write_text(NOT_IN_STUBS)
    (tmp_path / 'mypy.ini').write_text('[mypy]\nignore_missing_imports = true\n')  # soxr, PortAudio
    done = checked('mypy.stubtest', 'deepspeech', 'deepspeech_server', 'stt', '--concise',
                   '--allowlist', tmp_path / 'allowed', '--mypy-config-file', tmp_path / 'mypy.ini',
                   environment=environment)
    assert done.returncode == 0, done.stdout + done.stderr


def test_programs_are_checked_against_the_types(ds, environment, tmp_path):
    program = tmp_path / 'program.py'
    program.write_text(PROGRAM)
    strict = ('mypy', '--strict', '--cache-dir', tmp_path / 'cache')
    done = checked(*strict, program, EXAMPLES / 'transcribe.py', environment=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    program.write_text(PROGRAM.replace('text: str', 'text: int').replace('n_hidden', 'n_hiden'))
    done = checked(*strict, program, environment=environment)
    assert 'Incompatible types' in done.stdout and 'has no attribute "n_hiden"' in done.stdout


def members(module):
    """Name and object of every public class, function, method and property."""
    for name, thing in vars(module).items():
        ours = getattr(thing, '__module__', '') == module.__name__
        if name.startswith('_') or not ours:
            continue
        yield f'{module.__name__}.{name}', thing
        for part, method in vars(thing).items() if inspect.isclass(thing) else ():
            if not part.startswith('_') and (callable(method) or isinstance(
                    method, (property, classmethod, staticmethod))):
                yield f'{module.__name__}.{name}.{part}', method


def test_everything_public_says_what_it_is(ds):
    import importlib

    silent, seen = [], 0
    for package in ('deepspeech', 'stt', 'ds_ctcdecoder'):
        root = importlib.import_module(package)
        names = [package] + [f'{package}.{m.name}' for m in pkgutil.iter_modules(root.__path__)
                             if m.name in ('client', 'model', 'utils')]
        for name in names:
            module = importlib.import_module(name)
            found = [(name, module), *members(module)]
            seen += len(found)
            silent += [label for label, thing in found if not inspect.getdoc(thing)]
    assert seen > 60 and not silent
