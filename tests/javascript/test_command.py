"""The command `deepspeech` of the Node package, with the options and the output of 0.9.3."""

import re
import subprocess
import wave

import pytest

pytestmark = pytest.mark.slow  # as test_node.py


@pytest.fixture
def run(node, package):
    def command(*arguments):
        return subprocess.run([node, package / 'client.js', *map(str, arguments)],
                              capture_output=True, text=True)
    return command


@pytest.mark.parametrize('options', [(), ('--extended',), ('--stream',),
                                     ('--stream', '--extended')])
def test_transcripts(run, facts, options):
    path, said = next(iter(facts['said'].items()))
    done = run('--model', facts['model'], '--audio', path, *options)
    assert done.stdout == said['text'] + '\n', done.stderr
    lines = done.stderr.splitlines()
    assert lines[0] == f'Loading model from file {facts["model"]}'
    assert re.fullmatch(r'Loaded model in [0-9.e-]+s\.', lines[1])
    assert lines[2] == 'Running inference.'
    assert re.fullmatch(r'Inference took [0-9.e-]+s for 2\.925s audio file\.', lines[-1])
    assert ('intermediate: ' in done.stderr) == ('--stream' in options)


def test_scorer_and_hot_words(run, facts):
    path, said = next(iter(facts['said'].items()))
    both = ('--model', facts['model'], '--audio', path, '--scorer', facts['scorer'])
    done = run(*both)
    assert done.stdout == said['scored'] + '\n'
    assert f'Loading scorer from file {facts["scorer"]}\n' in done.stderr
    done = run(*both, '--hot_words', 'she:5,a b:-2.5', '--lm_alpha', 1, '--lm_beta', 2,
               '--beam_width', 50)
    assert done.returncode == 0 and 'Adding hot-words she:5,a b:-2.5\n' in done.stderr


def test_a_lower_rate_is_said(run, facts, tmp_path):
    path = tmp_path / 'low.wav'
    with wave.open(str(path), 'wb') as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(8000)
        f.writeframes(b'\0' * 16000)
    done = run('--model', facts['model'], '--audio', path)
    assert done.returncode == 0 and done.stderr.count('erratic speech recognition') == 1
    assert 'original sample rate (8000) is lower than 16000 Hz' in done.stderr


def test_version_and_help(run):
    done = run('--version')
    assert re.fullmatch(r'DeepSpeech \d+\.\d+\.\d+\S*\n', done.stdout)
    assert done.stderr == 'Runtime: Node\n'
    done = run('--help')
    assert done.returncode == 0 and done.stderr == ''
    for option in ('model', 'scorer', 'audio', 'version', 'extended', 'stream', 'hot_words'):
        assert f'--{option}' in done.stdout


@pytest.mark.parametrize('arguments, status, message', [
    ((), 2, '--model is required'), (('--model', 'a'), 2, '--audio is required'),
    (('--modl', 'a'), 2, "Unknown option '--modl'"),
    (('--model', 'MODEL', '--audio', 'a', '--hot_words', 'she'), 2,
     "--hot_words has 'she': expected word:boost"),
    (('--model', 'MODEL', '--audio', 'a', '--beam_width', 'x'), 2,
     "--beam_width is 'x': expected a number"),
    (('--model', '/no/model', '--audio', 'a'), 1, "'/no/model'"),
    (('--model', 'MODEL', '--audio', '/no/audio'), 1, '/no/audio'),
    (('--model', 'MODEL', '--audio', __file__), 1, __file__)])
def test_mistakes_are_one_line(run, facts, arguments, status, message):
    done = run(*(facts['model'] if each == 'MODEL' else each for each in arguments))
    assert done.returncode == status and done.stdout == ''
    assert done.stderr.count('deepspeech: error: ') == 1
    assert message in done.stderr.splitlines()[-1]
    assert '    at ' not in done.stderr
