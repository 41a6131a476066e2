"""Confidences, rejection, unknown words and hot words of a stream: C functions, Python, command."""

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest

MODELS = Path(__file__).resolve().parents[2] / 'data' / 'models'
UNK = '[unk]'
RATE = 16000


@pytest.fixture(scope='module')
def model(ds, compat):
    return ds.Model(compat / 'model256.pbmm')


@pytest.fixture(scope='module')
def samples(ds, compat):
    return np.array(ds.read_audio(sorted((compat / 'audio').glob('espeak_*.wav'))[0]))


def figures(trust):
    return dataclasses.astuple(trust)


def test_a_model_without_calibration_says_so(model, samples):
    best = model.sttWithMetadata(samples, 3).transcripts
    for each in best:
        assert each.calibrated is False
        for trust in [each.trust, *(word.trust for word in each.words)]:
            assert all(0 <= figure <= 1 for figure in figures(trust))
            assert trust.probability == pytest.approx(trust.fit * trust.share, abs=1e-6)
    assert best[0].trust.share > best[1].trust.share
    assert best[0].trust.share == pytest.approx(best[1].trust.share * math.exp(
        best[0].confidence - best[1].confidence), rel=1e-3)


def test_confidences_are_those_of_the_decoder(model, samples, tmp_path):
    import ds_ctcdecoder
    path = tmp_path / 'alphabet.txt'
    path.write_text('\n'.join(model.info.labels) + '\n')
    alphabet = ds_ctcdecoder.Alphabet(path)
    expected = ds_ctcdecoder.decode(model.emissions(samples), alphabet, model.beamWidth())[0]
    best = model.sttWithMetadata(samples).transcripts[0]
    assert best.trust.fit == pytest.approx(expected.evidence.fit, rel=1e-4)
    assert best.trust.share == pytest.approx(expected.evidence.share, rel=1e-3)
    assert [w.trust.share for w in best.words] == pytest.approx(
        [w.evidence.share for w in expected.words], rel=1e-3)


def test_what_is_improbable_is_rejected(ds, compat, samples):
    model = ds.Model(compat / 'model256.pbmm')
    plain = model.sttWithMetadata(samples, 3).transcripts
    text, words = plain[0].text, plain[0].words
    for texts, accepted in ((plain[0].trust.probability * 0.99, True),
                            (min(1, plain[0].trust.probability * 1.01), False)):
        model.setRejection(texts)
        got = model.sttWithMetadata(samples, 3).transcripts
        assert model.stt(samples) == got[0].text == (text if accepted else UNK)
        assert len(got) == (3 if accepted else 1)
    word = got[0].words
    assert [w.text for w in word] == [UNK] and len(got[0].tokens) == 1
    assert (word[0].start_time, word[0].end_time) == (words[0].start_time, words[-1].end_time)
    stream = model.createStream()
    stream.feedAudioContent(samples)
    assert stream.intermediateDecodeFlushBuffers() == text  # not at its end
    assert stream.intermediateDecodeWithMetadataFlushBuffers().transcripts[0].text == text
    assert stream.finishStream() == UNK
    model.setRejection()
    assert model.stt(samples) == text


def test_each_word_below_is_rejected(ds, compat, samples):
    model = ds.Model(compat / 'model256.pbmm')
    plain = model.sttWithMetadata(samples).transcripts[0]
    least = sorted(word.trust.probability for word in plain.words)[len(plain.words) // 2]
    model.setRejection(words=least)
    got = model.sttWithMetadata(samples).transcripts[0]
    expected = [word.text if word.trust.probability >= least else UNK for word in plain.words]
    assert [word.text for word in got.words] == expected and UNK in expected
    assert got.text == model.stt(samples) == ' '.join(expected)
    assert [word.start_time for word in got.words] == [word.start_time for word in plain.words]


def test_nothing_said_is_not_rejected(ds, compat):
    model = ds.Model(compat / 'model256.pbmm')
    model.setRejection(1, 1)
    assert model.stt(np.zeros(16000, np.int16)) == ''


@pytest.mark.parametrize('least', [-0.1, 1.1, float('nan')])
def test_probabilities_that_cannot_be(ds, compat, least):
    model = ds.Model(compat / 'model256.pbmm')
    for arguments in ((least, 0), (0, least)):
        with pytest.raises(RuntimeError, match='the least probability is .*from 0 to 1'):
            model.setRejection(*arguments)


def test_unknown_words_at_a_cost(ds, compat, samples, tmp_path):
    model = ds.Model(compat / 'model256.pbmm')
    free = model.stt(samples).split()
    arpa = tmp_path / 'one.arpa'
    arpa.write_text(f"""\\data\\
ngram 1=4
ngram 2=1

\\1-grams:
-1\t<unk>
-1\t<s>\t0
-1\t</s>
-1\t{free[0]}\t0

\\2-grams:
-1\t<s> {free[0]}

\\end\\
""")
    model.enableExternalScorer(arpa)
    model.setScorerAlphaBeta(1, 0)
    assert set(model.stt(samples).split()) <= {free[0]}
    model.setOovCost(1.0)
    assert model.stt(samples).split() == free
    model.setOovCost(None)
    assert set(model.stt(samples).split()) <= {free[0]}
    for cost in -1.0, float('nan'):
        with pytest.raises(RuntimeError, match='the cost of an unknown word is'):
            model.setOovCost(cost)


def music(seconds):
    """Return notes, two a second, each dying away."""
    rng = np.random.default_rng(3)
    t = np.arange(RATE // 2) / RATE
    notes = []
    for semitones in rng.integers(0, 24, 2 * seconds):
        phase = 2 * np.pi * 220 * 2 ** (semitones / 12) * t
        waves = sum(np.sin(h * phase) / h for h in range(1, 6))
        notes.append(3000 * waves * np.exp(-6 * t))
    return np.concatenate(notes).astype(np.int16)


def babble(ds, files, seconds):
    """Return eight voices at once."""
    rng = np.random.default_rng(4)
    total = np.zeros(RATE * seconds)
    for _ in range(8):
        voice = np.concatenate([np.array(ds.read_audio(files[i]))
                                for i in rng.integers(0, len(files), 8)])
        total += np.resize(np.roll(voice, rng.integers(len(voice))), len(total))
    return np.clip(total / 3, -32768, 32767).astype(np.int16)


def hum(count):
    """Return 50 Hz with overtones."""
    time = np.arange(count) / RATE
    return sum(level * np.sin(2 * np.pi * 50 * (k + 1) * time)
               for k, level in enumerate((2000, 800, 600, 0, 300)))


@pytest.mark.parametrize('name', ['model256', *sorted(path.stem for path in MODELS.glob('*.pbmm'))])
@pytest.mark.parametrize('kind', ['silence', 'faint noise', 'white noise', 'hum', 'hum and noise'])
def test_a_minute_without_speech_has_no_utterance(ds, compat, name, kind):
    """Every model of the tree, in utterances as --segment hears them."""
    random = np.random.default_rng(3).normal(size=60 * RATE)
    samples = {'silence': 0 * random, 'faint noise': 5 * random, 'white noise': 1000 * random,
               'hum': hum(60 * RATE), 'hum and noise': hum(60 * RATE) + 100 * random}[kind]
    path = compat / 'model256.pbmm' if name == 'model256' else MODELS / f'{name}.pbmm'
    segmenter = ds.Segmenter(RATE)
    found = segmenter.feed(np.rint(samples).astype(np.int16)) + segmenter.finish()
    model = ds.Model(path)
    assert ''.join(model.stt(samples[a:b].astype(np.int16)) for a, b in found) == ''


def test_music_and_babble_are_told_from_speech(ds, compat):
    """A minute of each, cut as --segment does: a limit that is far from both parts them."""
    files = sorted((compat / 'audio').glob('espeak_*.wav'))
    model = ds.Model(compat / 'model256.pbmm')
    model.setRejection(0.1)
    speech = np.concatenate([np.append(ds.read_audio(path), np.zeros(RATE, np.int16))
                             for path in files])
    for samples, accepted in ((music(60), False), (babble(ds, files, 60), False), (speech, True)):
        segmenter = ds.Segmenter(RATE)
        texts = [model.stt(samples[a:b].astype(np.int16))
                 for a, b in segmenter.feed(samples.astype(np.int16)) + segmenter.finish()]
        said = [text for text in texts if text not in ('', UNK)]
        assert bool(said) is accepted and (not accepted or len(said) == len(texts))


# ---- hot words of a stream ----


def finish(stream, samples):
    stream.feedAudioContent(samples)
    return stream.finishStreamWithMetadata().transcripts[0].confidence


def test_hot_words_of_a_stream_are_its_own(ds, compat, samples):
    model = ds.Model(compat / 'model256.pbmm')
    word = model.stt(samples).split()[0]
    plain = finish(model.createStream(), samples)
    one, other = model.createStream(), model.createStream()
    one.addHotWord(word, 3.0)
    assert finish(one, samples) == pytest.approx(plain + 3, abs=0.01)
    assert finish(other, samples) == plain == finish(model.createStream(), samples)
    model.addHotWord(word, 5.0)  # where streams begin from now on
    erased, cleared, kept, more = (model.createStream() for _ in range(4))
    erased.eraseHotWord(word)
    cleared.clearHotWords()
    more.eraseHotWord(word)
    more.addHotWord(word, 1.0)
    assert finish(erased, samples) == finish(cleared, samples) == plain
    assert finish(kept, samples) == pytest.approx(plain + 5, abs=0.01)
    assert finish(more, samples) == pytest.approx(plain + 1, abs=0.01)


def test_hot_words_of_a_stream_that_cannot_be(ds, model, samples):
    stream = model.createStream()
    with pytest.raises(RuntimeError, match='was not added'):
        stream.eraseHotWord('three')
    stream.addHotWord('three', 1)
    with pytest.raises(RuntimeError, match='was added already'):
        stream.addHotWord('three', 1)
    with pytest.warns(RuntimeWarning, match='it has no effect'):
        stream.addHotWord('drei!', 1)
    stream.feedAudioContent(samples)
    for call in (lambda: stream.addHotWord('two', 1), lambda: stream.eraseHotWord('three'),
                 stream.clearHotWords):
        with pytest.raises(RuntimeError, match='was fed already'):
            call()
    stream.finishStream()
    with pytest.raises(RuntimeError, match='already finished'):
        stream.clearHotWords()


# ---- the command ----


def test_the_command(command, compat):
    audio = sorted((compat / 'audio').glob('espeak_*.wav'))[0]
    done = command(compat / 'model256.pbmm', audio, '--json', '--json_style', 'full')
    best = json.loads(done.stdout)['transcripts'][0]
    assert 0 < best['probability'] < 1 and best['calibrated'] is False
    assert len([word['probability'] for word in best['words']]) > 1
    assert command(compat / 'model256.pbmm', audio, '--reject', 1).stdout == UNK + '\n'
    assert command(compat / 'model256.pbmm', audio, '--reject', 0).stdout == best['text'] + '\n'
    words = command(compat / 'model256.pbmm', audio, '--reject_words', 1).stdout.split()
    assert words == [UNK if word['probability'] < 1 else word['word'] for word in best['words']]
    told = command(compat / 'model256.pbmm', audio, '--oov_cost', 3)
    assert told.returncode == 0 and '--oov_cost has no effect without --scorer' in told.stderr


@pytest.mark.parametrize('arguments, says', [
    (['--reject', '2'], "--reject is '2': expected a probability from 0 to 1"),
    (['--reject_words', 'x'], "--reject_words is 'x': expected a number"),
    (['--oov_cost', '-1'], '--oov_cost is -1.000000: expected a number from 0 to 1e6'),
])
def test_misuse(command, compat, arguments, says):
    done = command(compat / 'model256.pbmm', 'x.wav', *arguments)
    assert done.returncode == 2 and says in done.stderr
