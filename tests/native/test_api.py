"""The C API: results of 0.9.3, streams, threads, errors, bounded memory."""

import json
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

from tests.helpers.golden import clip
from tests.helpers.need import unsanitized

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Api:
    """Runs api_probe, a C99 program."""

    def __init__(self, program: pathlib.Path) -> None:
        self.program = program

    def run(self, model, *args, samples=b''):
        data = samples if isinstance(samples, bytes) else np.asarray(samples, '<i2').tobytes()
        return subprocess.run([str(self.program), str(model), *args], input=data,
                              capture_output=True, timeout=300)

    def lines(self, model, *args, samples=b''):
        done = self.run(model, *args, samples=samples)
        assert done.returncode == 0, done.stderr.decode()
        found: dict[str, list[str]] = {}
        for line in done.stdout.decode().splitlines():
            label, _, rest = line.partition(' ')
            found.setdefault(label, []).append(rest)
        return found


@pytest.fixture(scope='session')
def api(build):
    return Api(build / 'api_probe')


@pytest.mark.parametrize('config, beam', [
    ('no scorer', 100), ('no scorer', 500), ('scorer default alpha beta', 500),
])
def test_says_what_0_9_3_said(api, shared_data, config, beam):
    from util.audio.reading import read_audio

    folder = pathlib.Path(shared_data, 'compat')
    recorded = json.loads((folder / 'expected_deepspeech.json').read_text())
    cases = [c for c in recorded['cases'] if c['config'] == config and c['beam_width'] == beam]
    assert len(cases) == 15
    args = ['fp32=1', f'beam={beam}', 'chunk=4321', 'results=3']
    if config != 'no scorer':
        args.append(f'scorer={shared_data}/deepspeech/pruned_lm.scorer')
    for case in cases:
        samples = read_audio(str(folder / 'audio' / case['audio']))
        got = api.lines(folder / 'model256.pb', *args, samples=samples)
        assert got['text'] == [case['stt']]
        assert got['stream'] == [case['stream_final']]
        assert got['partial'][4::5] == case['stream_chunk_4321_intermediate_every_5']
        best = case['metadata'][0]
        confidence, rest = got['candidate'][0].split(' ', 1)
        text, _, steps = rest.rpartition('|')
        assert text == best['text']
        assert abs(float(confidence) - best['confidence']) < 0.01
        assert [int(step) for step in steps.split(',') if step] == best['timesteps']


@pytest.mark.parametrize('kind', ['forward', 'bidirectional', 'bidirectional_layer_norm'])
def test_stream_ends_with_the_text_of_the_whole(api, golden, kind):
    for chunk in (160, 5000):
        got = api.lines(golden / f'{kind}.pbmm', 'beam=16', f'chunk={chunk}', samples=clip())
        assert got['stream'] == got['text']
        assert got['partial'][-1] != ''


def test_a_model_runs_as_many_steps_at_once_as_it_was_exported_for(api, tmp_path):
    from tests.helpers.golden import ENGLISH, geometry_of, random_weights
    from util.export.frozen_graph import export_weights, write_frozen_graph

    geometry, settings = geometry_of('forward')
    texts = {}
    for n_steps in (1, 4, 16):
        path = tmp_path / f'{n_steps}.pb'
        write_frozen_graph(str(path), export_weights(random_weights(geometry), geometry), geometry,
                           settings, {'metadata_alphabet': ENGLISH.serialize()}, n_steps)
        # 24 windows have come after the first call, of which 9 are the context of the others.
        texts[n_steps] = api.lines(path, 'beam=16', 'chunk=8000', samples=clip())
    assert texts[1]['text'] == texts[4]['text'] == texts[16]['text']
    assert texts[1]['stream'] == texts[4]['stream'] == texts[16]['stream']
    assert texts[16]['partial'][0] == '' != texts[4]['partial'][0]
    assert texts[1]['partial'][0] != texts[4]['partial'][0]


def test_flushing_shows_all_audio_so_far_and_changes_nothing(api, golden):
    samples = clip()
    model = golden / 'forward.pbmm'
    got = api.lines(model, 'beam=16', 'chunk=4000', samples=samples)
    for i, flushed in enumerate(got['flush']):
        whole = api.lines(model, 'beam=16', samples=samples[:4000 * 4 * (i + 1)])
        assert flushed == whole['text'][0]
    assert got['stream'] == got['text']


def test_threads(build, golden, shared_data):
    """Also while another thread changes beam width, scorer, weights and hot words."""
    scorer = f'{shared_data}/deepspeech/pruned_lm.scorer'
    for kind in ('forward', 'bidirectional'):
        done = subprocess.run([build / 'threads_test', golden / f'{kind}.pbmm', '2', scorer],
                              input=clip().tobytes(), capture_output=True, timeout=300)
        assert done.returncode == 0, done.stdout.decode()


@unsanitized
@pytest.mark.parametrize('kind', ['forward', 'bidirectional'])
def test_memory_is_bounded(build, golden, probe, kind):
    peaks = []
    for minutes in (1, 8):
        samples = np.tile(clip(10.0), 6 * minutes).tobytes()
        script = ('import resource, subprocess, sys; '
                  'done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); '
                  'print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.returncode)')
        done = subprocess.run(
            ['python3', '-c', script, build / 'engine_probe', 'probs', golden / f'{kind}.pbmm',
             'chunk=160000'], input=samples, capture_output=True, text=False, timeout=300)
        peak, code = map(int, done.stdout.split())
        assert code == 0
        peaks.append(peak - len(samples) // 1024)  # the probe holds the samples, the stream not
    assert peaks[1] < peaks[0] + 4000, peaks  # kB


def test_long_bidirectional_input_is_cut_where_it_is_quiet(probe, golden):
    speech = clip(9.0)
    pause = np.zeros(16000, np.int16)
    samples = np.concatenate([speech, pause] * 6)
    model = golden / 'bidirectional_features_0.9.3.pbmm'
    probs = probe.floats('probs', model, samples=samples, columns=29)
    frames = (len(samples) - 512) // 320 + 2
    assert len(probs) == frames
    # Far from the cut, and on either side of it, the middle of a part is what it is alone.
    short = probe.floats('probs', model, samples=samples[:30 * 16000], columns=29)
    np.testing.assert_allclose(probs[:1200], short[:1200], atol=0.05)


def test_a_lost_packet_is_no_pause(probe, golden):
    """Faint noise between two words is where to cut, not the digital silence inside a word."""
    rng = np.random.default_rng(8)
    samples = np.rint(3000 * rng.standard_normal(45 * 16000)).astype(np.int16)
    for at in rng.integers(0, len(samples) - 1600, 60):
        samples[at:at + 1280] = 0
    first = 1500  # the frame where 0.4 s of pause begin
    samples[first * 320:first * 320 + 6400] = rng.integers(-40, 41, 6400)
    model = golden / 'bidirectional_features_0.9.3.pbmm'
    probs = probe.floats('probs', model, samples=samples, columns=29)
    # What follows the cut is what the samples give from a second before it.
    assert any(np.allclose(probs[cut:], probe.floats('probs', model, columns=29, samples=samples[
        (cut - 50) * 320:])[50:], atol=1e-5) for cut in range(first + 5, first + 16))


def test_errors_are_codes_and_sentences(api, golden, tmp_path):
    def fails(*args):
        done = api.run(*args)
        assert done.returncode == 1
        return done.stderr.decode()

    assert '0x1000 Missing model information.' in fails('')
    assert '0x3000' in fails(tmp_path / 'none.pbmm')
    packed = golden / 'forward.pbmm'
    message = fails(packed, 'scorer=/nowhere/at.scorer')
    assert '0x2002' in message and "'/nowhere/at.scorer' cannot be read" in message
    (tmp_path / 'bad.scorer').write_bytes(b'no scorer at all' * 100)
    message = fails(packed, f'scorer={tmp_path}/bad.scorer')
    assert '0x2002' in message and 'neither a KenLM binary nor an ARPA file' in message
    message = fails(packed, 'hot=friend:nan')
    assert '0x3008' in message and 'from -1e6 to 1e6' in message
    assert '0x3007' in fails(packed, 'beam=0')
    assert 'open the .pb export instead' in fails(packed, 'fp32=1')


# Calls of every function that tells whether it worked, in an order that works.
LAST_ERROR = '''
import ctypes, sys
from ctypes import byref, c_float, c_int, c_uint, c_void_p, sizeof
library = ctypes.CDLL(sys.argv[1])
path, buffer, folder, scorer = sys.argv[2].encode(), open(sys.argv[2], 'rb').read(), *[
    argument.encode() for argument in sys.argv[3:]]
library.DS_LastError.restype = ctypes.c_char_p
model, other, stream, windows = c_void_p(), c_void_p(), c_void_p(), c_void_p()
aligning, alignment = c_void_p(), c_void_p()
segmenter, found, count = c_void_p(), c_void_p(), c_uint()
rules = (c_float * 4)(0, 2.4, 1.2, 20)
ctypes.cast(rules, ctypes.POINTER(c_uint))[0] = 16
info = (c_uint * 64)(sizeof(c_uint * 64))
options = (c_int * 4)(16)
samples = (ctypes.c_short * 16000)(*(i % 997 for i in range(16000)))
steps, width, words, text = c_uint(), c_uint(), c_uint(), c_void_p()


def pointer(name, *arguments):
    function = getattr(library, name)
    function.restype = c_void_p
    result = function(*arguments)
    assert result, (name, library.DS_LastError())
    return c_void_p(result)


def code(name, *arguments):
    assert getattr(library, name)(*arguments) == 0, (name, library.DS_LastError())


def number(name, *arguments):
    assert getattr(library, name)(*arguments) > 0, name


def ended(name):
    code('DS_CreateStream', model, byref(stream))
    library.DS_SpeechToText(None, None, 0)
    assert library.DS_LastError()
    pointer(name, stream, *([1] if 'Metadata' in name else []))


CALLS = {
    'DS_CreateModel': lambda name: code(name, path, byref(model)),
    'DS_CreateModelFromBuffer': lambda name: code(name, buffer, len(buffer), byref(other)),
    'DS_CreateModelWithOptions': lambda name: code(name, path, byref(options), byref(other)),
    'DS_PackModel': lambda name: code(name, path, folder + b'/a.pbmm'),
    'DS_PackModelWithBits': lambda name: code(name, path, folder + b'/b.pbmm', 4),
    'DS_GetModelBeamWidth': lambda name: number(name, model),
    'DS_SetModelBeamWidth': lambda name: code(name, model, 8),
    'DS_GetModelSampleRate': lambda name: number(name, model),
    'DS_GetModelInfo': lambda name: code(name, model, byref(info)),
    'DS_EnableExternalScorer': lambda name: code(name, model, scorer),
    'DS_EnableExternalScorerFromBuffer': lambda name: code(
        name, model, open(scorer, 'rb').read(), len(open(scorer, 'rb').read())),
    'DS_SetScorerAlphaBeta': lambda name: code(name, model, c_float(1), c_float(1)),
    'DS_SetOovCost': lambda name: code(name, model, c_float(float('inf'))),
    'DS_SetRejection': lambda name: code(name, model, c_float(0), c_float(0)),
    'DS_AddHotWord': lambda name: code(name, model, b'friend', c_float(1)),
    'DS_EraseHotWord': lambda name: code(name, model, b'friend'),
    'DS_ClearHotWords': lambda name: code(name, model),
    'DS_DisableExternalScorer': lambda name: code(name, model),
    'DS_PackGrammar': lambda name: code(name, model, b'turn on\\nturn off\\n', folder + b'/g'),
    'DS_EnableGrammar': lambda name: code(name, model, folder + b'/g'),
    'DS_DisableGrammar': lambda name: code(name, model),
    'DS_SpeechToText': lambda name: pointer(name, model, samples, 16000),
    'DS_SpeechToTextWithMetadata': lambda name: pointer(name, model, samples, 16000, 1),
    'DS_SpeechToTextWithEmissions': lambda name: pointer(name, model, samples, 16000, 1),
    'DS_AlignText': lambda name: code(name, model, samples, 16000, b'some text',
                                      byref(alignment)),
    'DS_CreateAlignStream': lambda name: code(name, model, b'some text', byref(aligning)),
    'DS_FeedAlignStream': lambda name: code(name, aligning, samples, 16000),
    'DS_FinishAlignStream': lambda name: code(name, aligning, byref(alignment)),
    'DS_CreateSegmenter': lambda name: code(name, 16000, None, byref(segmenter)),
    'DS_FeedSegmenter': lambda name: code(name, segmenter, samples, 16000, byref(found),
                                          byref(count)),
    'DS_FinishSegmenter': lambda name: code(name, segmenter, byref(found), byref(count)),
    'DS_CreateStream': lambda name: code(name, model, byref(stream)),
    'DS_EnableStreamGrammar': lambda name: code(name, stream, b'["go", "stop"]'),
    'DS_DisableStreamGrammar': lambda name: code(name, stream),
    'DS_EnableKeywords': lambda name: code(name, stream, b'go #0.1\\nstop @halt\\n'),
    'DS_TakeKeywords': lambda name: code(name, stream, byref(found), byref(count)),
    'DS_AddStreamHotWord': lambda name: code(name, stream, b'friend', c_float(1)),
    'DS_EraseStreamHotWord': lambda name: code(name, stream, b'friend'),
    'DS_ClearStreamHotWords': lambda name: code(name, stream),
    'DS_SetEndpointRules': lambda name: code(name, stream, byref(rules)),
    'DS_StreamEndpoint': lambda name: getattr(library, name)(stream),
    'DS_FeedAudioContent': lambda name: library.DS_FeedAudioContent(stream, samples, 16000),
    'DS_IntermediateDecode': lambda name: pointer(name, stream),
    'DS_IntermediateDecodeWithMetadata': lambda name: pointer(name, stream, 1),
    'DS_IntermediateDecodeFlushBuffers': lambda name: pointer(name, stream),
    'DS_IntermediateDecodeWithMetadataFlushBuffers': lambda name: pointer(name, stream, 1),
    'DS_EndKeywords': lambda name: code(name, stream, byref(found), byref(count)),
    'DS_FinishStream': ended,
    'DS_FinishStreamWithMetadata': ended,
    'DS_GetWords': lambda name: getattr(library, name)(metadata, 0, byref(words)),
    'DS_GetSlots': lambda name: getattr(library, name)(metadata, 0, byref(words)),
    'DS_GetIntent': lambda name: getattr(library, name)(metadata, 0),
    'DS_GetConfidences': lambda name: getattr(library, name)(metadata, 0),
    'DS_ComputeFeatures': lambda name: code(name, model, samples, 16000, byref(windows),
                                            byref(steps), byref(width)),
    'DS_AudioToInputVector': lambda name: code(name, samples, 16000, 16000, 26, 9,
                                               byref(c_void_p()), byref(c_uint()), byref(c_uint())),
    'DS_InferFeatures': lambda name: code(name, model, windows, steps, width, byref(text)),
}
for name, call in CALLS.items():
    if name == 'DS_GetWords':
        metadata = pointer('DS_SpeechToTextWithMetadata', model, samples, 16000, 1)
    library.DS_SpeechToText(None, None, 0)
    assert library.DS_LastError() == b'the model is NULL', name
    call(name)
    assert library.DS_LastError() == b'', (name, library.DS_LastError())
    print(name)
# Those that have no code say why they give nothing.
for name, arguments, says in (
        ('DS_GetModelBeamWidth', (None,), b'the model is NULL'),
        ('DS_GetModelSampleRate', (None,), b'the model is NULL'),
        ('DS_StreamEndpoint', (None,), b'the stream is NULL'),
        ('DS_GetWords', (None, 0, byref(words)), b'the metadata is NULL'),
        ('DS_GetSlots', (None, 0, byref(words)), b'the metadata is NULL'),
        ('DS_GetIntent', (None, 0), b'the metadata is NULL'),
        ('DS_GetIntent', (metadata, 7), b'transcript 7 of 1: they are numbered from 0'),
        ('DS_GetConfidences', (None, 0), b'the metadata is NULL'),
        ('DS_GetConfidences', (metadata, 7), b'transcript 7 of 1: they are numbered from 0'),
        ('DS_GetWords', (metadata, 7, byref(words)),
         b'transcript 7 of 1: they are numbered from 0')):
    assert getattr(library, name)(*arguments) == 0 and library.DS_LastError() == says, name
# Texts that say nothing get a line.
for said, says in (b'', b'the text is empty'), (b'12 \\xd7\\xa9', b'the text has no letter of'):
    assert library.DS_AlignText(model, samples, 16000, said, byref(alignment)) == 0x3003
    assert library.DS_LastError().startswith(says) and not alignment, library.DS_LastError()
    assert library.DS_CreateAlignStream(model, said, byref(aligning)) == 0x3004
assert library.DS_AlignText(model, samples, 0, b'text', byref(alignment)) == 0
for odd in float('nan'), float('inf'), -float('inf'):
    rows = ctypes.cast(windows, ctypes.POINTER(c_float))
    rows[3 * width.value + 5] = odd
    assert library.DS_InferFeatures(model, windows, steps, width, byref(text)) == 0x3003
    assert library.DS_LastError() == (f'feature 5 of step 3 is {odd}: expected finite numbers'
                                      ).encode(), library.DS_LastError()
'''


@unsanitized
def test_the_last_error_is_of_the_last_call(build, golden, shared_data, tmp_path):
    """Every function of the header but those that free something, tell errors or cannot fail."""
    done = subprocess.run([sys.executable, '-c', LAST_ERROR, build / 'libdeepspeech.so',
                           golden / 'forward.pb', tmp_path,
                           f'{shared_data}/deepspeech/pruned_lm.scorer'], capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    header = (ROOT / 'native_client' / 'deepspeech.h').read_text()
    code = re.sub(r'/\*.*?\*/|//[^\n]*', '', header, flags=re.S)
    declared = set(re.findall(r'\b(DS_\w+)\(', code))
    told = {name for name in declared if re.match('DS_[A-Z][a-z]', name)
            and not name.startswith('DS_Free')}
    assert told - {'DS_Version', 'DS_ErrorCodeToErrorMessage', 'DS_LastError',
                   'DS_SetInterrupt'} == set(done.stdout.split())


QUIET = '''
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
model, stream, none = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
sound, *broken, arpa = map(str.encode, sys.argv[2:])
assert library.DS_CreateModel(sound, ctypes.byref(model)) == 0
library.DS_SetModelBeamWidth(model, 8)
for path in broken:
    assert library.DS_CreateModel(path, ctypes.byref(none)) != 0
    assert library.DS_EnableExternalScorer(model, path) == 0x2002
    assert library.DS_PackModel(path, b"/nowhere/at/all") != 0
assert library.DS_EnableExternalScorer(model, arpa) == 0  # KenLM shows a bar for these
library.DS_SetModelBeamWidth(model, 0)
library.DS_AddHotWord(model, b"\\xff\\x00", ctypes.c_float(1e9))
library.DS_SpeechToText(model, None, 100)
library.DS_SpeechToText(None, None, 0)
library.DS_FeedAudioContent(None, None, 0)
library.DS_FinishStream(None)
assert library.DS_CreateStream(model, ctypes.byref(stream)) == 0
library.DS_FeedAudioContent(stream, bytes(64000), 32000)
library.DS_FinishStreamWithMetadata(stream, 3)
library.DS_FreeModel(model)
'''


@unsanitized
def test_the_library_neither_prints_nor_exits(build, golden, tmp_path):
    sound = golden / 'forward.pbmm'
    broken = [tmp_path / 'none', tmp_path, tmp_path / 'noise', tmp_path / 'half']
    broken[2].write_bytes(np.random.default_rng(1).bytes(5000))
    broken[3].write_bytes(sound.read_bytes()[:9999])
    arpa = tmp_path / 'lm.arpa'
    arpa.write_text('\\data\\\nngram 1=4\nngram 2=1\n\n\\1-grams:\n-1\t<unk>\n-1\t<s>\t-0.3\n'
                    '-1\t</s>\n-1\tab\t-0.3\n\n\\2-grams:\n-0.2\t<s> ab\n\n\\end\\\n')
    done = subprocess.run([sys.executable, '-c', QUIET, build / 'libdeepspeech.so', sound, *broken,
                           arpa], capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b'', b'')


def test_only_the_api_is_exported_and_the_name_is_right(build):
    library = build / 'libdeepspeech.so'
    symbols = subprocess.run(['nm', '-D', '--defined-only', library], capture_output=True,
                             text=True).stdout.split('\n')
    names = {line.split()[-1] for line in symbols if line}
    header = (ROOT / 'native_client' / 'deepspeech.h').read_text()
    assert names and all(name.startswith('DS_') for name in names)
    assert all(f'{name}(' in header for name in names)
    assert len(names) >= 28
    dynamic = subprocess.run(['readelf', '-d', library], capture_output=True, text=True).stdout
    assert 'Library soname: [libdeepspeech.so]' in dynamic


@unsanitized
def test_every_function_of_the_contract_is_there(build):
    import ctypes

    library = ctypes.CDLL(str(build / 'libdeepspeech.so'))
    for name in '''CreateModel GetModelBeamWidth SetModelBeamWidth GetModelSampleRate FreeModel
            EnableExternalScorer DisableExternalScorer SetScorerAlphaBeta AddHotWord EraseHotWord
            ClearHotWords SpeechToText SpeechToTextWithMetadata CreateStream FeedAudioContent
            IntermediateDecode IntermediateDecodeWithMetadata FinishStream
            FinishStreamWithMetadata FreeStream FreeMetadata FreeString Version
            ErrorCodeToErrorMessage CreateModelFromBuffer EnableExternalScorerFromBuffer
            IntermediateDecodeFlushBuffers IntermediateDecodeWithMetadataFlushBuffers'''.split():
        assert getattr(library, f'DS_{name}')


# As scripts and programs know them from 0.9.3.
CODES = {
    'OK': 0x0000, 'NO_MODEL': 0x1000, 'INVALID_ALPHABET': 0x2000, 'INVALID_SHAPE': 0x2001,
    'INVALID_SCORER': 0x2002, 'MODEL_INCOMPATIBLE': 0x2003, 'SCORER_NOT_ENABLED': 0x2004,
    'SCORER_UNREADABLE': 0x2005, 'SCORER_INVALID_LM': 0x2006, 'SCORER_NO_TRIE': 0x2007,
    'SCORER_INVALID_TRIE': 0x2008, 'SCORER_VERSION_MISMATCH': 0x2009, 'FAIL_INIT_MMAP': 0x3000,
    'FAIL_INIT_SESS': 0x3001, 'FAIL_INTERPRETER': 0x3002, 'FAIL_RUN_SESS': 0x3003,
    'FAIL_CREATE_STREAM': 0x3004, 'FAIL_READ_PROTOBUF': 0x3005, 'FAIL_CREATE_SESS': 0x3006,
    'FAIL_CREATE_MODEL': 0x3007, 'FAIL_INSERT_HOTWORD': 0x3008, 'FAIL_CLEAR_HOTWORD': 0x3009,
    'FAIL_ERASE_HOTWORD': 0x3010,
}
LATER_CODES = {'INVALID_GRAMMAR': 0x200A, 'INVALID_KEYWORDS': 0x200B}


@unsanitized
def test_codes_are_those_of_0_9_3_and_the_page_lists_them(build):
    import ctypes

    library = ctypes.CDLL(str(build / 'libdeepspeech.so'))
    library.DS_ErrorCodeToErrorMessage.restype = ctypes.c_char_p
    header = (ROOT / 'native_client' / 'deepspeech.h').read_text()
    page = (ROOT / 'doc' / 'use' / 'c-and-cpp.md').read_text()
    in_header = re.findall(r'X\(DS_ERR_(\w+), +0x(\w{4}), ', header)
    assert {name: int(code, 16) for name, code in in_header} == CODES | LATER_CODES
    rows = re.findall(r'^\| 0x(\w{4}) \| `DS_ERR_(\w+)` \| (.+) \|$', page, re.M)
    assert {name: int(code, 16) for code, name, _ in rows} == CODES | LATER_CODES
    said = {int(code, 16): library.DS_ErrorCodeToErrorMessage(int(code, 16)).decode()
            for code, _, _ in rows}
    assert said == {int(code, 16): message for code, _, message in rows}
    assert library.DS_ErrorCodeToErrorMessage(0x4000).decode() not in said.values()


@unsanitized
def test_scorers_from_memory_and_weights_for_later_streams(build, golden, shared_data, tmp_path):
    """A binary with its words opens from memory too; a stream at work keeps its weights."""
    import ctypes

    from util.lm.tools import find_tool

    library = ctypes.CDLL(str(build / 'libdeepspeech.so'))
    library.DS_FinishStream.restype = ctypes.c_char_p
    model, samples = ctypes.c_void_p(), clip()

    def check(code):
        library.DS_LastError.restype = ctypes.c_char_p
        assert code == 0, library.DS_LastError()

    arpa, binary = tmp_path / 'lm.arpa', tmp_path / 'lm.binary'
    words = ''.join(f'-1\t{a}{b}\t-0.3\n' for a in 'abcdefghij' for b in 'klmnopqrst')
    arpa.write_text('\\data\\\nngram 1=103\nngram 2=1\n\n\\1-grams:\n-1\t<unk>\n-1\t<s>\t-0.3\n'
                    f'-1\t</s>\n{words}\n\\2-grams:\n-0.2\t<s> ak\n\n\\end\\\n')
    subprocess.run([find_tool('build_binary'), '-s', 'trie', arpa, binary], check=True,
                   capture_output=True)
    check(library.DS_CreateModel(bytes(golden / 'forward.pbmm'), ctypes.byref(model)))
    check(library.DS_SetModelBeamWidth(model, 16))
    data = binary.read_bytes()
    check(library.DS_EnableExternalScorerFromBuffer(model, data, len(data)))

    def transcript(meanwhile=lambda: None):
        stream = ctypes.c_void_p()
        check(library.DS_CreateStream(model, ctypes.byref(stream)))
        meanwhile()
        library.DS_FeedAudioContent(stream, samples.tobytes(), len(samples))
        return library.DS_FinishStream(stream)

    def set_weights(alpha, beta):
        library.DS_SetScorerAlphaBeta.argtypes = [ctypes.c_void_p, ctypes.c_float, ctypes.c_float]
        check(library.DS_SetScorerAlphaBeta(model, alpha, beta))

    before = transcript()
    assert before
    assert transcript(lambda: set_weights(0, -1000)) == before
    assert transcript() != before
    library.DS_FreeModel(model)


INTERRUPTS = r"""
import ctypes
import sys

library, model_path = sys.argv[1:]
api, wishes, asked = ctypes.CDLL(library), iter([]), []
api.DS_LastError.restype = ctypes.c_char_p
api.DS_SpeechToText.restype = api.DS_FinishStream.restype = ctypes.c_void_p
api.DS_IntermediateDecodeFlushBuffers.restype = ctypes.c_void_p
FUNCTION = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)


@FUNCTION
def stop(user):
    asked.append(user)
    return next(wishes, 1)


model, stream = ctypes.c_void_p(), ctypes.c_void_p()
assert not api.DS_CreateModel(model_path.encode(), ctypes.byref(model))
count = 16000 * 1800
long = (ctypes.c_short * count)()
api.DS_SetInterrupt(stop, 14)
wishes = iter([0, 0, 5])
assert api.DS_SpeechToText(model, long, count) is None
assert asked == [14] * 3 and b'interrupted' in api.DS_LastError()
assert not api.DS_CreateStream(model, ctypes.byref(stream))
api.DS_SetInterrupt(None, None)
api.DS_FeedAudioContent(stream, long, 16000)
assert api.DS_LastError() == b'' and len(asked) == 3
api.DS_SetInterrupt(stop, 14)
api.DS_FeedAudioContent(stream, long, count)
assert b'interrupted' in api.DS_LastError()
assert api.DS_IntermediateDecodeFlushBuffers(stream) is None
assert b'incomplete' in api.DS_LastError()
api.DS_SetInterrupt(None, None)
assert api.DS_FinishStream(stream) is None and b'incomplete' in api.DS_LastError()
before = len(asked)
assert api.DS_SpeechToText(model, long, 16000 * 30) and len(asked) == before
api.DS_FreeModel(model)
"""


@unsanitized
def test_a_caller_ends_what_takes_long(build, golden):
    for name in ('forward.pbmm', 'bidirectional.pbmm'):
        done = subprocess.run([sys.executable, '-c', INTERRUPTS, build / 'libdeepspeech.so',
                               golden / name], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr


OPENING = r"""
import ctypes
import sys

library, path, packed = (name.encode() for name in sys.argv[1:])
api, asked = ctypes.CDLL(library), []
api.DS_LastError.restype = ctypes.c_char_p


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
def stop(user):
    asked.append(user)
    return 1


data, model = open(path, 'rb').read(), ctypes.c_void_p()
fp32 = (ctypes.c_uint * 3)(12, 1, 0)
calls = (lambda: api.DS_CreateModel(path, ctypes.byref(model)),
         lambda: api.DS_CreateModelFromBuffer(data, len(data), ctypes.byref(model)),
         lambda: api.DS_CreateModelWithOptions(path, fp32, ctypes.byref(model)),
         lambda: api.DS_PackModel(path, packed),
         lambda: api.DS_PackModelWithBits(path, packed, 4))
for number, call in enumerate(calls, 1):
    api.DS_SetInterrupt(stop, 14)
    assert call() != 0 and not model, number
    assert b'interrupted' in api.DS_LastError() and len(asked) == number
api.DS_SetInterrupt(None, None)
assert calls[0]() == 0 and len(asked) == len(calls)
"""


@unsanitized
def test_a_caller_ends_the_opening_of_a_large_model(build, slow_to_open, tmp_path):
    done = subprocess.run([sys.executable, '-c', OPENING, build / 'libdeepspeech.so', slow_to_open,
                           tmp_path / 'packed.pbmm'], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.iterdir())


NULLS = r"""
import ctypes
import re
import sys

library, header, model_path = sys.argv[1:]
api = ctypes.CDLL(library)
functions = re.findall(r'DEEPSPEECH_(?:EXPORT|RESULT) [\w ]+\**\s*(DS_\w+)\((?:const )?(\w+)',
                       open(header).read())
assert len(functions) > 28
api.DS_LastError.restype = ctypes.c_char_p
for name, _ in functions:
    getattr(api, name)(*[None] * 9)
for name, first in functions:
    model, stream = ctypes.c_void_p(), ctypes.c_void_p()
    assert not api.DS_CreateModel(model_path.encode(), ctypes.byref(model))
    assert not api.DS_CreateStream(model, ctypes.byref(stream))
    if first in ('ModelState', 'StreamingState'):
        getattr(api, name)(model if first == 'ModelState' else stream, *[None] * 8)
for call in (api.DS_CreateModel, api.DS_CreateModelWithOptions):
    assert call(model_path.encode(), None, None)
    assert api.DS_LastError() == b'the pointer for the result is NULL'
print(*(name for name, _ in functions))
"""


@unsanitized
def test_null_is_a_code_in_every_function(build, golden):
    header = ROOT / 'native_client' / 'deepspeech.h'
    done = subprocess.run([sys.executable, '-c', NULLS, build / 'libdeepspeech.so', header,
                           golden / 'forward.pbmm'], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    exported = re.findall('^DEEPSPEECH_(?:EXPORT|RESULT) ', header.read_text(), re.MULTILINE)
    assert len(done.stdout.split()) == len(exported)


def test_what_must_not_be_ignored_is_marked():
    """Codes, and what is to be freed: client/CMakeLists.txt makes ignoring them an error."""
    header = (ROOT / 'native_client' / 'deepspeech.h').read_text()
    unmarked = re.findall(r'^DEEPSPEECH_EXPORT (.*?)(DS_\w+)', header, re.MULTILINE)
    assert {name for kind, name in unmarked if kind != 'void '} == {
        'DS_GetConfidences', 'DS_GetIntent', 'DS_GetModelBeamWidth', 'DS_GetModelSampleRate',
        'DS_GetSlots', 'DS_GetWords', 'DS_LastError'}
