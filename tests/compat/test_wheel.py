"""We answer as the wheels of 0.9.3 and STT 1.4 do, asked in the same run."""

import difflib
import os
import re
import subprocess
import sys

import pytest

from tests.helpers import recorded, spoken
from tests.helpers.need import need_module, need_program
from tests.helpers.peers import for_peers, python_of
from tests.helpers.places import TESTS

WAV = 'audio/espeak_000.wav'
# What we do beyond the wheel, and what it did by accident. Everything else must be the same kind of
# result, and the same value where it is one.
BEYOND = {'addHotWord no scorer', 'addHotWord twice', 'eraseHotWord', 'eraseHotWord twice',
          'clearHotWords', 'clearHotWords empty', 'stt hot word no scorer', 'stt bytes',
          'stt big endian'}
NO_SPEECH = {'stt 8kHz', 'stt strided', 'stt backwards'}


@pytest.mark.parametrize('peer, module, model, options', [
    ('ds', 'deepspeech', 'model256.pb', ['fp32']),
    ('ds-tflite', 'deepspeech', 'model256.tflite', []), ('stt', 'stt', 'model256.tflite', []),
])
def test_programs_see_the_same_behaviour(ask, compat, peer, module, model, options):
    args = (module, compat / model, recorded.SCORER, compat / WAV)
    theirs, ours = ask(peer, 'behave.py', *args), ask('ours', 'behave.py', *args, *options)
    assert theirs.keys() == ours.keys()
    for name, (kind, value) in theirs.items():
        if name in BEYOND:
            continue
        assert ours[name][0] == kind, (name, value, ours[name])
        if kind == 'value':
            if name in NO_SPEECH and not options:  # two int8 arithmetics
                assert difflib.SequenceMatcher(None, ours[name][1], value).ratio() > 0.8
            else:
                assert ours[name][1] == value, (name, value, ours[name])
        elif kind == 'RuntimeError' and ' failed with ' in value:
            assert re.fullmatch(value.split(" '")[0] + r" '.+' \(0x[0-9A-F]{4}\)", ours[name][1])
        elif kind == 'RuntimeError':
            assert ours[name][1].startswith(value)


def test_fp32_says_what_was_recorded(compat):
    need_module('deepspeech')
    table = recorded.compare(limit=15)
    exact = table['.pb, fp32', 'deepspeech']
    assert exact.cases == 15
    assert exact.text == exact.order == exact.confidence == exact.steps == exact.stream == 15
    assert table['.pbmm, int8', 'deepspeech'].text >= 13
    assert table['.tflite', 'deepspeech_tflite'].text >= 13


@pytest.mark.slow
def test_every_recorded_case(compat):
    need_module('deepspeech')
    table = recorded.compare()
    exact = table['.pb, fp32', 'deepspeech']
    assert exact.text == exact.order == exact.confidence == exact.steps == exact.cases == 90
    assert table['.pbmm, int8', 'deepspeech'].text >= 78
    assert table['.tflite', 'deepspeech'].text >= 78


@pytest.mark.slow
def test_two_hundred_utterances(compat):
    python_of('ds')
    need_program('espeak-ng')
    counts = spoken.compare(200, 100, fp32=True)
    assert min(counts['whole'], counts['stream'], counts['intermediate']) >= 199, counts


OPTIONS = {
    'plain': [],
    'json': ['--json'],
    'json, five candidates': ['--json', '--candidate_transcripts', '5'],
    'extended': ['--extended'],
    'beam': ['--beam_width', '50', '--json'],
    'scorer': ['--scorer', str(recorded.SCORER)],
    'scorer, json': ['--scorer', str(recorded.SCORER), '--lm_alpha', '0.75', '--lm_beta', '1.85',
                     '--json'],
    'hot words': ['--scorer', str(recorded.SCORER), '--hot_words', 'friend:7.5,enemy:-3.0'],
}
NUMBER = re.compile(r'(?<="confidence": )-?[0-9.e+-]+')


@pytest.mark.parametrize('name', OPTIONS)
@pytest.mark.parametrize('wav', [WAV, 'audio/LDC93S1.wav', 'audio/unseen_3.wav'])
def test_the_command_prints_the_same_bytes(compat, environment, name, wav):
    """All bytes of standard output, but for the last digits of confidences."""
    wheel = python_of('ds').with_name('deepspeech')
    args = ['--model', compat / 'model256.pb', '--audio', compat / wav, *OPTIONS[name]]
    theirs = subprocess.run([wheel, *args], capture_output=True, timeout=300, env=for_peers())
    ours = subprocess.run([sys.executable, '-m', 'deepspeech.client', *args, '--fp32'],
                          capture_output=True, timeout=300, env=environment)
    assert theirs.returncode == ours.returncode == 0, (theirs.stderr, ours.stderr)
    texts = [done.stdout.decode() for done in (theirs, ours)]
    assert NUMBER.sub('x', texts[0]) == NUMBER.sub('x', texts[1])
    for one, other in zip(*(NUMBER.findall(text) for text in texts)):
        assert abs(float(one) - float(other)) <= max(0.002, 0.01 * abs(float(one)))
    for line in (b'Loading model from file', b'Loaded model in', b'Inference took'):
        assert line in ours.stderr and line in theirs.stderr


@pytest.mark.parametrize('peer, model', [('ds', 'model256.pbmm'), ('ds-tflite', 'model256.tflite')])
def test_a_program_linked_against_0_9_3_runs_with_ours(build, compat, tmp_path, peer, model):
    package = python_of(peer).parents[1]
    theirs = next(package.glob('lib/python3*/site-packages/deepspeech/lib'))
    program = tmp_path / 'program'
    source = TESTS / 'compat' / 'program.c'
    subprocess.run(['cc', '-std=c99', '-w', source, '-o', program, f'-L{theirs}', '-ldeepspeech',
                    f'-Wl,-rpath-link,{theirs}',
                    '-Wl,--unresolved-symbols=ignore-in-shared-libs'], check=True)
    pcm = recorded.samples('espeak_000.wav').tobytes()
    said = []
    for folder in (theirs, build):
        done = subprocess.run([program, compat / model, recorded.SCORER], input=pcm,
                              capture_output=True, timeout=300,
                              env={**os.environ, 'LD_LIBRARY_PATH': str(folder)})
        assert done.returncode == 0, done.stderr
        said.append(done.stdout.decode().splitlines())
    assert 'libdeepspeech.so' in subprocess.run(['readelf', '-d', program], capture_output=True,
                                                text=True).stdout
    theirs, ours = said
    assert len(theirs) == len(ours) > 15

    def exact(line):  # times and confidences of an int8 network differ in the last digits
        return re.sub(r'\[\d+ [\d.]+\]| -?[\d.]+$', '', line)

    for one, other in zip(theirs, ours):
        if not one.startswith(('candidate 1', 'candidate 2', 'weights')):
            assert exact(one) == exact(other)
