"""The engine as WebAssembly, under Node: texts of the native one, errors in words, no growth."""

import gzip
import json
import subprocess

import pytest

from tests.helpers.need import need_module
from tests.helpers.recorded import SCORER

pytestmark = pytest.mark.slow
BUILDS = pytest.mark.parametrize('simd', [True, False])
KINDS = ('pb', 'pbmm', 'tflite')


def chunks(samples, size=4321):
    return [samples[at:at + size] for at in range(0, len(samples), size)]


def native(model, samples):
    """Return what the native engine says, in the shape that probe.js gives it."""
    stream = model.createStream()
    partials = []
    for piece in chunks(samples):
        stream.feedAudioContent(piece)
        partials.append(stream.intermediateDecode())
    return {'text': model.stt(samples),
            'best': [{'confidence': best.confidence,
                      'tokens': [{'text': token.text, 'timestep': token.timestep,
                                  'start_time': token.start_time} for token in best.tokens]}
                     for best in model.sttWithMetadata(samples, 3).transcripts],
            'stream': {'partials': partials, 'flushed': stream.intermediateDecodeFlushBuffers(),
                       'text': stream.finishStream()}}


@BUILDS
@pytest.mark.parametrize('kind, scorer, hot', [
    *((kind, None, {}) for kind in KINDS), ('pbmm', SCORER, {}), ('pbmm', SCORER, {'music': 7.5}),
    ('pbmm', None, {'winter': -5.0})])
def test_it_says_what_the_native_engine_says(probe, compat, recordings, simd, kind, scorer, hot):
    path = compat / f'model256.{kind}'
    said = probe('texts', simd=simd, model=path, scorer=scorer, hotWords=hot,
                 paths=[place for place, _ in recordings.values()])
    ds = need_module('deepspeech')
    model = ds.Model(path)
    if scorer:
        model.enableExternalScorer(scorer)
    for word, boost in hot.items():
        model.addHotWord(word, boost)
    assert said['facts'] == {'rate': 16000, 'beam': model.beamWidth(), 'version': ds.version()}
    for (name, (_, samples)), ours in zip(recordings.items(), said['result'], strict=True):
        theirs = native(model, samples)
        assert (ours['text'], ours['stream']) == (theirs['text'], theirs['stream']), name
        for one, other in zip(ours['best'], theirs['best'], strict=True):
            assert one == {**other, 'confidence': pytest.approx(other['confidence'], abs=1e-2),
                           'tokens': [{**token, 'start_time': pytest.approx(token['start_time'])}
                                      for token in other['tokens']]}, name
    assert any(ours['text'] for ours in said['result'])


def test_thousand_streams_leave_nothing_behind(probe, compat, recordings):
    sizes = probe('rounds', model=compat / 'model256.pbmm', scorer=SCORER, rounds=1000,
                  path=recordings['espeak_030'][0])
    assert len(set(sizes[1:10])) == 1, sizes  # streams
    assert sizes[10] == sizes[11], sizes      # models and scorers
    assert sizes[-1] < 100 << 20


ERRORS = {
    'new stt.Model(bytes.subarray(0, 70000))':
        'CreateModel failed: the model is not a readable GraphDef',
    'new stt.Model(new Uint8Array(0))':
        "CreateModel failed: model 'model' cannot be read: it is empty; give an exported",
    "new stt.Model('output_graph.pbmm')":
        "'model' is output_graph.pbmm: give a Uint8Array or an ArrayBuffer",
    'model.enableExternalScorer(bytes)':
        "EnableExternalScorer failed: language model 'scorer' is neither a KenLM binary nor an ",
    'model.enableExternalScorer(new Uint8Array(0))':
        "EnableExternalScorer failed: scorer 'scorer' cannot be read: it is empty",
    'model.disableExternalScorer()': 'DisableExternalScorer failed: no scorer is enabled',
    'model.setScorerAlphaBeta(1, 1)': 'SetScorerAlphaBeta failed: no scorer is enabled',
    "model.eraseHotWord('absent')": "EraseHotWord failed: hot word 'absent' cannot be erased",
    'model.setModelBeamWidth(0)': 'SetModelBeamWidth failed: beam width 0 is out of range',
    'model.speechToText([1, 2])': 'the audio is Array: give an Int16Array of samples',
    'model.speechToText(null)': 'the audio is null: give an Int16Array of samples',
    'model.speechToText(new Uint8Array(3))':
        'the audio has 3 bytes: 16-bit samples take two each',
    'const s = model.createStream(); s.finishStream(); s.finishStream()':
        'the stream was finished or freed',
    'const s = model.createStream(); model.freeModel(); s.intermediateDecode()':
        'the stream was finished or freed',
    'model.freeModel(); model.createStream()': 'the model was freed',
}


def test_what_fails_says_why(probe, compat):
    said = probe('errors', model=compat / 'model256.pbmm', scripts=list(ERRORS))
    for script, message in zip(ERRORS, said, strict=True):
        assert message and message.startswith(ERRORS[script]), (script, message)
        assert '\n' not in message


def test_audio_of_every_shape_is_heard(probe, compat):
    """As bytes at odd addresses, none at all, as vectors made by every method."""
    scripts = [
        'model.speechToText(new Int16Array(0))',
        'model.speechToText(new Uint8Array(32001).subarray(1))',
        'model.speechToText(new ArrayBuffer(32000))',
        'const v = new stt.VectorShort(); v.resize(9000, 7); v.push_back(8); v.set(0, 9);'
        'if ([v.size(), v.get(0), v.get(8999), v.get(9000), v.get(9001), v.set(9001, 1)] + "" '
        '!== "9001,9,7,8,,false") throw new Error("vector"); model.speechToText(v); v.delete();'
        'if (v.size()) throw new Error("size")',
    ]
    assert probe('errors', model=compat / 'model256.pbmm', scripts=scripts) == [None] * 4


def test_it_is_small_and_whole(package):
    files = {path.name for path in (package / 'dist').iterdir()}
    assert files == {'stt_wasm.js', 'stt_wasm.wasm', 'stt_wasm_plain.wasm', 'stt_wasm.worker.js',
                     'stt_wasm.d.ts', 'deepspeech.js', 'deepspeech.d.ts'}
    for name in ('stt_wasm.wasm', 'stt_wasm_plain.wasm'):
        assert len(gzip.compress((package / 'dist' / name).read_bytes())) < 1.5e6
    described = json.loads((package / 'package.json').read_text())
    assert (package / described['main']).exists() and (package / described['types']).exists()
    script = ('import STT from "deepspeech-wasm";'
              'console.log(typeof STT, STT.name, Object.keys(await STT()).join())')
    modules = package.parent / 'node_modules'
    modules.mkdir(exist_ok=True)
    if not (modules / 'deepspeech-wasm').exists():
        (modules / 'deepspeech-wasm').symlink_to(package)
    said = subprocess.run(['node', '--input-type=module', '-e', script], cwd=package.parent,
                          capture_output=True, text=True, check=True).stdout.split()
    assert said[:2] == ['function', 'STT'] and said[2].startswith('Model,VectorShort,')
