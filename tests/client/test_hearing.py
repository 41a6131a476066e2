"""Live audio: the text is that of the stream alone, whatever the pieces; what ends, ends."""

import numpy as np
import pytest
import soxr

from tests.helpers.need import need_module
from util.text.transcripts import char_error


@pytest.fixture(scope='module')
def model(ds, compat):
    return ds.Model(compat / 'model256.pbmm')


@pytest.fixture
def speech(compat, expected):
    """Return a recording and its text."""
    return compat / 'audio' / 'espeak_000.wav', expected['espeak_000.wav']


@pytest.fixture
def hearing(model):
    """Return what begins to hear."""
    from deepspeech.hearing import Hearing
    return lambda rate=16000, silence=0.8, results=1: Hearing(model, rate, silence, results)


def samples_of(path):
    return np.asarray(need_module('deepspeech').read_audio(path, 16000))


@pytest.mark.parametrize('size', [1, 2, 3, 777, 32000, 10**9])
def test_pieces_of_any_size(hearing, model, speech, size):
    data = samples_of(speech[0]).tobytes()[:4000 if size < 4 else None]
    live = hearing(silence=0)
    for at in range(0, len(data), size):
        assert live.feed(data[at:at + size]).ended == ()
    assert live.secs == len(data) / 32000
    said = live.finish()
    best = model.sttWithMetadata(data).transcripts[0]
    assert (said.text, list(said.words)) == (best.text, best.words)


def test_utterances(hearing, speech):
    samples = samples_of(speech[0])
    pause = np.zeros(24000, np.int16)
    data = np.concatenate([samples, pause, samples, pause, samples]).tobytes()
    live, ended = hearing(), []
    for at in range(0, len(data), 6400):
        heard = live.feed(data[at:at + 6400])
        ended += heard.ended
        if heard.ended:
            assert heard.partial == ''
    ended.append(live.finish())
    texts = [said.text for said in ended if said.text]
    assert len(texts) == 3
    for text in texts:  # the network comes out of silence in another state
        assert char_error(speech[1], text)[0] <= 3
    words = [word for said in ended for word in said.words]
    assert all(one.start_time <= other.start_time for one, other in zip(words, words[1:]))
    assert words[-1].end_time <= live.secs
    # In one piece they are the same.
    whole = hearing()
    together = [*whole.feed(data).ended, whole.finish()]
    assert [said.text for said in together] == [said.text for said in ended]


@pytest.mark.parametrize('rate', [8000, 11025, 16000, 44100])
def test_no_sample_is_lost_at_another_rate(hearing, model, speech, rate):
    samples = soxr.resample(samples_of(speech[0]), 16000, rate)
    live = hearing(rate, 0)
    for at in range(0, len(samples), 801):
        live.feed(samples[at:at + 801].tobytes())
    live.finish()
    assert live.secs == pytest.approx(len(samples) / rate, abs=0.001)


def test_nothing_is_nothing(hearing):
    live = hearing()
    assert live.finish().text == '' == live.feed(b'').partial
    live.feed(b'x')  # half a sample
    assert live.finish().words == ()
    live.close()


def test_candidates(hearing, speech):
    live = hearing(results=5, silence=0)
    live.feed(samples_of(speech[0]).tobytes())
    said = live.finish()
    assert 1 < len(said.others) <= 5 and said.others[0].text == said.text


def test_silence_says_nothing(hearing):
    live = hearing()
    ended = [said for _ in range(12) for said in live.feed(bytes(32000)).ended]
    assert len(ended) >= 3 and {said.text for said in ended} == {''}


def test_a_grammar_holds_for_every_utterance(model, speech):
    from deepspeech.hearing import Hearing
    path, text = speech
    samples = samples_of(path).tobytes() + bytes(2 * 32000)
    hearing = Hearing(model, 16000, 0.8, grammar=f'{text}\nsomething else\n')
    ended = [said.text for _ in range(2) for said in hearing.feed(samples).ended]
    assert ended == [text, text]
    with pytest.raises(RuntimeError, match="line 1, column 1: .* cannot spell '7' in '7up'"):
        Hearing(model, 16000, 0.8, grammar='7up\n')
