"""The Node package as npm would install it, and what the Python package says of the recordings."""

import dataclasses
import json
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from native_client.javascript.build_npm import Build, BuildError, node_tools, stage
from tests.helpers.alone import alone
from tests.helpers.class_model import PEOPLE, people
from tests.helpers.need import need, need_module, need_program
from tests.helpers.places import ROOT

KEYWORDS = ['doctor @who', 'early picture #0.2', 'winter']
TOOLS = ROOT / 'build' / 'node-tools'


@pytest.fixture(scope='session')
def node() -> str:
    need_program('npm')
    return need_program('node')


@pytest.fixture(scope='session')
def tools(node) -> pathlib.Path:
    """Return the folder of the npm packages that building and testing take."""
    with alone(TOOLS.with_suffix('.lock')):
        wanted = (ROOT / 'native_client' / 'javascript' / 'package.json').read_text()
        installed = TOOLS / 'installed.json'
        if not installed.exists() or installed.read_text() != wanted:
            try:
                node_tools(str(TOOLS))
            except BuildError:
                need(None, 'the npm packages of native_client/javascript/package.json')
            installed.write_text(wanted)
    return TOOLS / 'node_modules'


@pytest.fixture(scope='session')
def package(tools, build, tmp_path_factory) -> pathlib.Path:
    """Return the package, installed in a node_modules."""
    made = Build(str(build.parent), str(tools / 'node-api-headers' / 'include'))
    cmake = shutil.which('cmake') or str(pathlib.Path(sys.executable).with_name('cmake'))
    with alone(build.parent.with_suffix('.lock')):
        made.make(cmake)
    folder = tmp_path_factory.mktemp('app') / 'node_modules' / 'deepspeech'
    arch = subprocess.run(['node', '-p', 'process.arch'], capture_output=True, text=True)
    stage({arch.stdout.strip(): made}, str(folder))
    return folder


@pytest.fixture(scope='session')
def facts(compat, shared_data, tmp_path_factory) -> dict:
    """Return paths of the models, and what the Python package says of each recording."""
    ds = need_module('deepspeech')
    model = ds.Model(compat / 'model256.pbmm')
    scorer = f'{shared_data}/deepspeech/pruned_lm.scorer'
    said = {}
    for path in sorted((compat / 'audio').glob('*.wav')):
        audio = ds.read_audio(path, model.sampleRate())
        raw = tmp_path_factory.mktemp('raw') / f'{path.stem}.raw'
        raw.write_bytes(audio.tobytes())
        found = model.sttWithMetadata(audio, 3).transcripts
        said[str(path)] = {
            'raw': str(raw), 'text': model.stt(audio),
            'transcripts': [{**dataclasses.asdict(each), 'text': each.text} for each in found],
            'emissions': [float(x) for x in model.emissions(audio)[5]],
            'segments': [list(each) for each in ds.Segmenter(16000).feed(
                audio.tobytes() + bytes(64000))]}
    found = model.align(audio, said[str(path)]['text'])
    aligned = {'path': str(path), 'duration': found.duration,
               'words': [word.text for word in found.lines[0].words]}
    stream = model.createStream()
    stream.enableKeywords(KEYWORDS)
    stream.feedAudioContent(ds.read_audio(compat / 'audio' / 'espeak_000.wav', 16000))
    heard = [vars(each) for each in [*stream.keywords(), *stream.finishKeywords()]]
    model.enableExternalScorer(scorer)
    for path, each in said.items():
        each['scored'] = model.stt(ds.read_audio(path, model.sampleRate()))
    first = str(compat / 'audio' / 'espeak_000.wav')
    calls = tmp_path_factory.mktemp('slots') / 'calls.arpa'
    calls.write_text(people(said[first]['text']))
    model.enableExternalScorer(calls)
    model.enableGrammar(PEOPLE)
    best = model.sttWithMetadata(ds.read_audio(first, model.sampleRate())).transcripts[0]
    slots = {'scorer': str(calls), 'grammar': PEOPLE, 'text': best.text,
             'found': [vars(slot) for slot in best.slots]}
    return {'model': str(compat / 'model256.pbmm'), 'pb': str(compat / 'model256.pb'),
            'scorer': scorer, 'said': said, 'aligned': aligned,
            'keywords': {'list': KEYWORDS, 'heard': heard}, 'slots': slots}


@pytest.fixture(scope='session')
def run_node(node, package, facts, tmp_path_factory):
    """Return what runs a file of tests by Node's runner; all of them must pass."""
    listed = tmp_path_factory.mktemp('facts') / 'facts.json'
    listed.write_text(json.dumps(facts))
    here = package.parents[1]
    for file in pathlib.Path(__file__).parent.glob('*.js'):
        shutil.copy(file, here)

    def run(name, *flags, program=node, **variables):
        done = subprocess.run(
            [program, *flags, '--test', '--test-reporter=tap', name], cwd=here,
            capture_output=True, text=True, timeout=600,
            env={'PATH': '/usr/bin:/bin', 'FACTS': str(listed), **variables})
        failed = re.findall(r'^ *not ok .*(?:\n(?! *(?:# Subtest|ok )).*)*', done.stdout, re.M)
        assert done.returncode == 0, '\n'.join([*failed, done.stderr])
        assert re.search(r'^# pass [1-9]\d*\n# fail 0\n', done.stdout, re.M), done.stdout
    return run
