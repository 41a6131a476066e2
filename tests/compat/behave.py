"""What a module of DeepSpeech does when programs lean on it: prints JSON, name -> [kind, value].

    PYTHON tests/compat/behave.py MODULE MODEL SCORER WAV

Runs on every Python from 3.9 on and any of the modules `deepspeech` and `stt`, theirs and ours.
"""

import importlib
import json
import sys
import wave

import numpy as np

results = {}


def tell(name, call):
    """Keeps what a call returns, or raises."""
    try:
        value = call()
        plain = isinstance(value, (int, str, float, list, type(None)))
        results[name] = ['value', value if plain else type(value).__name__]
    except Exception as error:
        results[name] = [type(error).__name__, str(error)]


def letters(metadata):
    """The best transcript."""
    return ''.join(token.text for token in metadata.transcripts[0].tokens)


def types(metadata):
    """Of what a script computes with."""
    best = metadata.transcripts[0]
    return [type(x).__name__ for x in (best.confidence, best.tokens[0].timestep,
                                       best.tokens[0].start_time, best.tokens[0].text)]


def main(module, model, scorer, wav):
    """Calls everything, rightly and wrongly."""
    ds = importlib.import_module(module)
    with wave.open(wav) as f:
        a = np.frombuffer(f.readframes(f.getnframes()), np.int16)

    tell('missing model', lambda: ds.Model('/none.pbmm'))
    tell('empty path', lambda: ds.Model(''))
    m = ds.Model(model)
    if module == 'deepspeech':  # STT 1.4 crashes
        tell('None path', lambda: ds.Model(None))
    tell('setBeamWidth', lambda: m.setBeamWidth(100))
    tell('setScorerAlphaBeta no scorer', lambda: m.setScorerAlphaBeta(1.0, 2.0))
    tell('disableExternalScorer no scorer', lambda: m.disableExternalScorer())
    tell('missing scorer', lambda: m.enableExternalScorer('/none.scorer'))
    tell('empty scorer', lambda: m.enableExternalScorer(''))
    tell('not a scorer', lambda: m.enableExternalScorer(wav))
    tell('addHotWord no scorer', lambda: m.addHotWord('friend', 7.5))
    tell('stt hot word no scorer', lambda: m.stt(a))
    tell('addHotWord twice', lambda: m.addHotWord('friend', 7.5))
    tell('eraseHotWord', lambda: m.eraseHotWord('friend'))
    tell('eraseHotWord twice', lambda: m.eraseHotWord('friend'))
    tell('clearHotWords', lambda: m.clearHotWords())
    tell('clearHotWords empty', lambda: m.clearHotWords())
    tell('stt', lambda: m.stt(a))
    tell('stt list', lambda: m.stt([1, 2, 3]))
    tell('stt empty', lambda: m.stt(np.zeros(0, np.int16)))
    tell('stt 10 samples', lambda: m.stt(np.zeros(10, np.int16)))
    tell('stt bytes', lambda: m.stt(a.tobytes()))
    tell('stt float', lambda: m.stt(a.astype(np.float32)))
    tell('stt 8kHz', lambda: m.stt(a[::2].copy()))
    tell('stt strided', lambda: m.stt(a[::2]))
    s = m.createStream()
    s.feedAudioContent(a)
    tell('intermediate', lambda: s.intermediateDecode())
    tell('intermediate meta', lambda: letters(s.intermediateDecodeWithMetadata()))
    tell('finish', lambda: s.finishStream())
    tell('finish twice', lambda: s.finishStream())
    tell('feed finished', lambda: s.feedAudioContent(a))
    tell('decode finished', lambda: s.intermediateDecode())
    tell('decode meta finished', lambda: s.intermediateDecodeWithMetadata())
    tell('finish meta finished', lambda: s.finishStreamWithMetadata())
    tell('free finished', lambda: s.freeStream())
    s = m.createStream()
    tell('free', lambda: s.freeStream())
    tell('free twice', lambda: s.freeStream())
    s = m.createStream()
    tell('finish nothing', lambda: s.finishStream())
    s = m.createStream()
    tell('intermediate nothing', lambda: s.intermediateDecode())
    tell('enable scorer', lambda: m.enableExternalScorer(scorer))
    tell('setScorerAlphaBeta', lambda: m.setScorerAlphaBeta(0.75, 1.85))
    tell('stt scorer', lambda: m.stt(a))
    tell('addHotWord', lambda: m.addHotWord('friend', 7.5))
    tell('addHotWord unknown', lambda: m.addHotWord('xqzzt', 7.5))
    tell('addHotWord phrase', lambda: m.addHotWord('two words', 7.5))
    tell('addHotWord digits', lambda: m.addHotWord('123', 7.5))
    tell('stt scorer hot', lambda: m.stt(a))
    tell('clear', lambda: m.clearHotWords())
    tell('disableExternalScorer', lambda: m.disableExternalScorer())
    tell('stt after', lambda: m.stt(a))
    tell('meta 0', lambda: len(m.sttWithMetadata(a, 0).transcripts))
    tell('meta 5', lambda: len(m.sttWithMetadata(a, 5).transcripts))
    tell('meta types', lambda: types(m.sttWithMetadata(a, 1)))
    tell('beamWidth', lambda: m.beamWidth())
    tell('sampleRate', lambda: m.sampleRate())
    print(json.dumps(results))


if __name__ == '__main__':
    main(*sys.argv[1:])
