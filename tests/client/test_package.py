"""The Python package: 0.9.3's interface, 2017's, and what happens when it is misused."""

import array
import copy
import json
import pickle
import subprocess
import sys
import threading
import wave

import numpy as np
import pytest

from tests.helpers.golden import ENGLISH, KINDS

FIRST = 'espeak_000.wav'


@pytest.fixture(scope='module')
def model(ds, compat):
    return ds.Model(str(compat / 'model256.pbmm'))


def samples_of(path) -> np.ndarray:
    with wave.open(str(path)) as f:
        return np.frombuffer(f.readframes(f.getnframes()), '<i2')


@pytest.fixture(scope='module')
def audio(compat) -> np.ndarray:
    return samples_of(compat / 'audio' / FIRST)


def test_everything_of_0_9_3_is_there(ds, model):
    assert ds.version() == '1.0.0'
    assert model.sampleRate() == 16000 and model.beamWidth() == 500
    model.setBeamWidth(100)
    assert model.beamWidth() == 100
    model.setBeamWidth(500)
    for name in ('enableExternalScorer disableExternalScorer addHotWord eraseHotWord clearHotWords '
                 'setScorerAlphaBeta stt sttWithMetadata createStream').split():
        assert callable(getattr(ds.Model, name))
    for name in ('feedAudioContent intermediateDecode intermediateDecodeWithMetadata finishStream '
                 'finishStreamWithMetadata freeStream').split():
        assert callable(getattr(ds.Stream, name))


def test_every_buffer_of_int16_will_do(model, audio, expected):
    stereo = np.stack([audio, -audio], 1)
    for form in (audio, audio.tobytes(), bytearray(audio.tobytes()), memoryview(audio),
                 array.array('h', audio.tolist()), stereo[:, 0], memoryview(audio.tobytes())):
        assert model.stt(form) == expected[FIRST]


def test_metadata(model, audio, compat):
    cases = json.loads((compat / 'expected_deepspeech.json').read_text())['cases']
    case = next(c for c in cases if c['audio'] == FIRST and c['beam_width'] == 500)
    told = case['metadata'][0]
    result = model.sttWithMetadata(audio, 3)
    assert len(result.transcripts) == 3
    best = result.transcripts[0]
    assert ''.join(token.text for token in best.tokens) == told['text'] == best.text
    steps = np.array([token.timestep for token in best.tokens])
    assert np.mean(np.abs(steps - told['timesteps']) <= 1) > 0.9
    for token in best.tokens:
        assert abs(token.start_time - 0.02 * token.timestep) < 1e-4
    assert abs(best.confidence - told['confidence']) < 0.05 * abs(told['confidence']) + 0.5
    assert result.transcripts[0].confidence > result.transcripts[1].confidence
    assert [word.text for word in best.words] == told['text'].split()
    assert len(model.sttWithMetadata(audio).transcripts) == 1


def test_stream_fed_in_pieces_equals_the_whole(model, audio, expected):
    for piece in (1, 160, 4321, len(audio)):
        stream = model.createStream()
        short = audio[:16000] if piece == 1 else audio
        for at in range(0, len(short), piece):
            stream.feedAudioContent(short[at:at + piece])
        text = stream.finishStream()
        assert text == (model.stt(short) if piece == 1 else expected[FIRST])


def test_intermediate_results(model, audio, expected):
    stream = model.createStream()
    texts = []
    for at in range(0, len(audio), 8000):
        stream.feedAudioContent(audio[at:at + 8000])
        texts.append(stream.intermediateDecode())
    assert stream.intermediateDecodeWithMetadata(2).transcripts[0].text == texts[-1]
    assert expected[FIRST].startswith(texts[len(texts) // 2]) and texts[len(texts) // 2]
    flushed = stream.intermediateDecodeFlushBuffers()
    assert len(flushed) >= len(texts[-1])
    assert stream.intermediateDecodeWithMetadataFlushBuffers().transcripts[0].text == flushed
    assert stream.finishStreamWithMetadata().transcripts[0].text == expected[FIRST]


def test_a_finished_stream_says_so(model, audio):
    stream = model.createStream()
    stream.finishStream()
    for call in (stream.finishStream, stream.intermediateDecode,
                 lambda: stream.feedAudioContent(audio), stream.freeStream):
        with pytest.raises(RuntimeError, match=r'not valid.*has ended.*\(0x3004\)'):
            call()
    with model.createStream() as other:
        other.feedAudioContent(audio)


def test_a_stream_has_no_copies(model):
    """They would end the same native stream twice."""
    with model.createStream() as stream:
        for copied in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError):
                copied(stream)


def test_samples_one_by_one(model, audio, expected):
    for samples in (audio.tolist(), tuple(audio), audio.astype('>i2')):
        assert model.stt(samples) == expected[FIRST]
    assert model.stt([]) == model.stt(b'')


def test_a_stream_outlives_its_model(ds, compat, audio, expected):
    stream = ds.Model(compat / 'model256.pbmm').createStream()
    stream.feedAudioContent(audio)
    assert stream.finishStream() == expected[FIRST]


@pytest.mark.parametrize('bad, error, says', [
    (np.zeros(9, np.float32), TypeError, "elements of type 'f': expected 16-bit integers"),
    (np.zeros(9, np.uint8), TypeError, "elements of type 'B'"),
    (np.zeros((9, 2), np.int16), TypeError, '2 dimensions: expected one'),
    ([0.5, 1.0], TypeError, "'float' object cannot be interpreted as an integer"),
    ([1, 40000], OverflowError, 'greater than maximum'),
    ('speech.wav', TypeError, "type 'str'"),
    (None, TypeError, "type 'NoneType'"),
    (b'123', ValueError, '3 bytes: expected 2 per sample'),
])
def test_audio_of_another_kind(model, bad, error, says):
    with pytest.raises(error) as e:
        model.stt(bad)
    assert says in str(e.value) and '\n' not in str(e.value)
    with pytest.raises(error):
        model.createStream().feedAudioContent(bad)


def test_failures_hold_message_and_code(ds, model, compat, tmp_path):
    cases = ((lambda: ds.Model(tmp_path / 'none.pbmm'), 'none.pbmm'),
             (lambda: ds.Model(''), r'Missing model information.*\(0x1000\)'),
             (lambda: model.enableExternalScorer(tmp_path / 'no.scorer'), r'no.scorer.*\(0x2002\)'),
             (lambda: model.eraseHotWord('none'), r'EraseHotWord failed with .*\(0x3010\)'))
    for call, says in cases:
        with pytest.raises(RuntimeError, match=says) as e:
            call()
        assert '(0x' in str(e.value) and '\n' not in str(e.value)
    for call in (model.disableExternalScorer, lambda: model.setScorerAlphaBeta(1, 1)):
        with pytest.warns(RuntimeWarning, match=r'no scorer is enabled.*\(0x2004\)'):
            assert call() == 0x2004
    with pytest.warns(RuntimeWarning, match=r"'1', which is not in the alphabet.*no effect"):
        model.addHotWord('123', 1.0)
    with pytest.warns(RuntimeWarning, match=r"hot word '' is empty.*no effect"):
        model.addHotWord('', 1.0)
    model.eraseHotWord('')
    with pytest.raises(RuntimeError, match='0x3008'):
        model.addHotWord('123', 1.0)
    model.eraseHotWord('123')
    with pytest.raises(RuntimeError, match='0x3010'):
        model.eraseHotWord('123')


def test_model_from_memory_and_its_facts(ds, compat, audio, expected):
    model = ds.Model.from_bytes((compat / 'model256.pbmm').read_bytes())
    assert model.stt(audio) == expected[FIRST]
    info = model.info
    assert (info.n_hidden, info.n_input, info.n_context) == (256, 26, 9)
    assert info.feature_type == '0.9.3' and not info.bidirectional
    assert ''.join(info.labels) == " abcdefghijklmnopqrstuvwxyz'"


@pytest.mark.parametrize('kind', sorted(KINDS))
def test_the_text_is_that_of_tensorflow_s_probabilities(ds, golden, kind):
    """Golden clip -> features -> probabilities -> transcript."""
    import ds_ctcdecoder

    answers = np.load(golden / f'{kind}.npz')
    alphabet = ds_ctcdecoder.Alphabet.deserialize(ENGLISH.serialize())
    expected = ds_ctcdecoder.decode(answers['probs'], alphabet, 100)[0]
    model = ds.Model(golden / f'{kind}.pb', fp32=True)
    model.setBeamWidth(100)
    got = model.sttWithMetadata(answers['samples']).transcripts[0]
    assert got.text == expected.text and len(got.text) > 5
    assert tuple(token.timestep for token in got.tokens) == expected.timesteps
    assert abs(got.confidence - expected.confidence) < 1e-3


def test_threads_share_a_model(model, compat, expected):
    names = [name for name in expected if name.startswith('espeak')][:4] * 2
    alone = {name: model.stt(samples_of(compat / 'audio' / name)) for name in set(names)}
    got = {}

    def run(i, name):
        got[i] = model.stt(samples_of(compat / 'audio' / name))

    threads = [threading.Thread(target=run, args=item) for item in enumerate(names)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {i: alone[name] for i, name in enumerate(names)}


def test_a_stream_that_another_thread_ends(model, audio):
    """The thread that feeds hears that it has ended; the process lives."""
    for _ in range(20):
        stream, started, heard = model.createStream(), threading.Event(), []

        def feed(stream=stream, started=started, heard=heard):
            try:
                while True:
                    stream.feedAudioContent(audio)
                    started.set()
            except RuntimeError as e:
                heard.append(str(e))

        thread = threading.Thread(target=feed)
        thread.start()
        started.wait()
        assert stream.finishStream()
        thread.join()
        assert 'It has ended' in heard[0]


def test_the_interpreter_runs_meanwhile(model, audio):
    """While the network computes, another thread counts."""
    counts, done = [0], threading.Event()

    def count():
        while not done.is_set():
            counts[0] += 1

    thread = threading.Thread(target=count)
    old = sys.getswitchinterval()
    sys.setswitchinterval(0.5)  # a thread that holds the lock keeps it that long
    try:
        thread.start()
        before = counts[0]
        model.stt(np.tile(audio, 4))
        during = counts[0] - before
    finally:
        done.set()
        sys.setswitchinterval(old)
        thread.join()
    assert during > 1000


def test_no_numpy_to_transcribe_bytes(compat, expected, ds, environment):
    code = ('import sys, wave, deepspeech\n'
            'm = deepspeech.Model(sys.argv[1])\n'
            'print(m.stt(wave.open(sys.argv[2]).readframes(10**9)))\n'
            'print(m.stt(deepspeech.read_audio(sys.argv[2])))\n'
            'assert "numpy" not in sys.modules\n')
    done = subprocess.run([sys.executable, '-c', code, compat / 'model256.pbmm',
                           compat / 'audio' / FIRST], capture_output=True, text=True,
                          env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout == 2 * (expected[FIRST] + '\n')


def test_the_interface_of_2017(ds, golden):
    from deepspeech.model import Model
    from deepspeech.utils import audioToInputVector

    told = np.load(golden / 'bidirectional.npz')
    samples, rows = told['samples'], told['features']
    model = Model(golden / 'bidirectional.pb', 26, 9)
    vectors = model.getInputVector(samples, 16000)
    assert vectors.dtype == np.float32 and vectors.shape == (len(rows) - 18, 494)
    windows = np.lib.stride_tricks.sliding_window_view(rows, (19, 26)).reshape(-1, 494)
    assert np.abs(vectors - windows).max() < 1e-3
    assert np.abs(audioToInputVector(samples, 16000, 26, 9) - vectors).max() < 1e-6
    assert model.infer(vectors) == model.stt(samples, 16000)

    with pytest.raises(ValueError, match='8000 Hz: this model expects 16000 Hz'):
        model.stt(samples, 8000)
    with pytest.raises(ValueError, match='has 26 coefficients and 9 context frames, not 13 and 9'):
        Model(golden / 'bidirectional.pb', 13, 9)
    with pytest.raises(ValueError, match='expected a float32 array'):
        model.infer(vectors.astype(np.float64))
    with pytest.raises(RuntimeError, match='0x'):
        model.infer(vectors[:, :-1].copy())


@pytest.mark.parametrize('word', ['a\0b', '\0', 'a\0'])
def test_a_hot_word_with_a_nul_is_refused(ds, compat, word):
    """C would take it for another word, which ends there."""
    model = ds.Model(str(compat / 'model256.pbmm'))
    for call in (lambda: model.addHotWord(word, 1.0), lambda: model.eraseHotWord(word)):
        with pytest.raises(ValueError, match=r"hot word '.*\\x00.*' has a NUL in it"):
            call()
    model.addHotWord('a', 1.0)  # was not added before


@pytest.mark.parametrize('number', [1e300, -1e300, 1e39])
def test_numbers_too_large_for_a_float_are_refused(ds, compat, number):
    model = ds.Model(str(compat / 'model256.pbmm'))
    model.enableExternalScorer(str(compat.parent / 'deepspeech' / 'pruned_lm.scorer'))
    for call in (lambda: model.addHotWord('a', number),
                 lambda: model.setScorerAlphaBeta(number, 1.0),
                 lambda: model.setScorerAlphaBeta(1.0, number)):
        with pytest.raises((OverflowError, ValueError, RuntimeError)):
            call()
