"""What a module of DeepSpeech does when programs lean on it: prints JSON, name -> [kind, value].

    PYTHONPATH=. PYTHON tests/compat/behave.py MODULE MODEL SCORER WAV [fp32]

Runs on every Python from 3.9 on and any of the modules `deepspeech` and `stt`, theirs and ours.
"""

import importlib
import json
import sys
import wave

import numpy as np

from tests.helpers.telling import results, tell


def letters(metadata):
    """Return the text of the best transcript."""
    return ''.join(token.text for token in metadata.transcripts[0].tokens)


def types(metadata):
    """Of what a script computes with."""
    best = metadata.transcripts[0]
    return [type(x).__name__ for x in (
        metadata.transcripts, best.tokens, best.confidence, best.tokens[0].timestep,
        best.tokens[0].start_time, best.tokens[0].text)]


def main(module, model, scorer, wav, *options):
    """Call everything, with right and wrong arguments."""
    ds = importlib.import_module(module)
    with wave.open(wav) as f:
        a = np.frombuffer(f.readframes(f.getnframes()), np.int16)

    tell('missing model', lambda: ds.Model('/none.pbmm'))
    tell('empty path', lambda: ds.Model(''))
    m = ds.Model(model, **({'fp32': True} if 'fp32' in options else {}))
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
    tell('setBeamWidth keyword', lambda: m.setBeamWidth(beam_width=100))
    for name, width in (('below 0', -1), ('float', 5.5), ('str', '5'), ('huge', 2**40)):
        tell('setBeamWidth ' + name, m.setBeamWidth, width)
    for name, samples in (
            ('list', a.tolist()), ('tuple', tuple(a.tolist())), ('range', range(3)),
            ('empty list', []), ('list of int16', list(a)), ('big endian', a.astype('>i2')),
            ('memoryview', memoryview(a)), ('backwards', a[::-1]), ('int32', a.astype(np.int32)),
            ('uint16', a.astype(np.uint16)), ('int64', a.astype(np.int64)),
            ('float64', a.astype(np.float64)), ('two dimensions', a.reshape(1, -1)),
            ('no dimension', np.int16(5)), ('nested', [[1, 2], [3, 4]]), ('None', None), ('int', 5),
            ('iterator', iter([1, 2]))):
        tell('stt ' + name, m.stt, samples)
    tell('stt keyword', lambda: m.stt(audio_buffer=a))
    tell('sttWithMetadata keywords', lambda: len(
        m.sttWithMetadata(audio_buffer=a, num_results=2).transcripts))
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
    tell('feed keyword', lambda: s.feedAudioContent(audio_buffer=a))
    tell('feed list', s.feedAudioContent, a.tolist())
    tell('feed nothing', s.feedAudioContent, a[:0])
    tell('intermediate keywords', lambda: len(
        s.intermediateDecodeWithMetadata(num_results=3).transcripts))
    m.setBeamWidth(1)  # of streams to come
    tell('finish keywords', lambda: len(s.finishStreamWithMetadata(num_results=3).transcripts))
    m.setBeamWidth(100)
    first, second = m.createStream(), m.createStream()
    first.feedAudioContent(a)
    second.feedAudioContent(a[:16000])
    tell('finish first', lambda: first.finishStream())
    tell('finish second', lambda: second.finishStream())
    tell('Stream', ds.Stream)
    tell('Stream(None)', lambda: ds.Stream(None).finishStream())
    s = m.createStream()
    tell('intermediate nothing', lambda: s.intermediateDecode())
    tell('enable scorer', lambda: m.enableExternalScorer(scorer_path=scorer))
    tell('enable scorer twice', lambda: m.enableExternalScorer(scorer))
    tell('missing scorer after', lambda: m.enableExternalScorer('/none.scorer'))
    tell('setScorerAlphaBeta str', m.setScorerAlphaBeta, '1', 2)
    tell('setScorerAlphaBeta', lambda: m.setScorerAlphaBeta(alpha=0.75, beta=1.85))
    tell('stt scorer', lambda: m.stt(a))
    for name, args in (('bytes', (b'friend', 1.0)), ('boost str', ('friend', '1')),
                       ('empty', ('', 1.0)), ('capital', ('Friend', 1.0))):
        tell('addHotWord ' + name, m.addHotWord, *args)
    tell('eraseHotWord capital', lambda: m.eraseHotWord(word='Friend'))
    tell('addHotWord', lambda: m.addHotWord(word='friend', boost=7.5))
    tell('addHotWord again', m.addHotWord, 'friend', 7.5)
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
    tell('meta of nothing', lambda: letters(m.sttWithMetadata(a[:0])))
    tell('meta below 0', m.sttWithMetadata, a, -1)
    tell('meta float', m.sttWithMetadata, a, 1.5)
    for name in ('Model', 'Stream', 'Metadata', 'CandidateTranscript', 'TokenMetadata', 'version'):
        tell('has ' + name, hasattr, ds, name)
    client = importlib.import_module(module + '.client')
    tell('client text', lambda: client.metadata_to_string(m.sttWithMetadata(a).transcripts[0]))
    tell('client words', lambda: [w['word'] for w in client.words_from_candidate_transcript(
        m.sttWithMetadata(a).transcripts[0])])
    tell('client json', lambda: sorted(json.loads(client.metadata_json_output(
        m.sttWithMetadata(a, 2)))['transcripts'][0]))
    tell('client main', lambda: callable(client.main))
    tell('beamWidth', lambda: m.beamWidth())
    tell('sampleRate', lambda: m.sampleRate())
    print(json.dumps(results))


if __name__ == '__main__':
    main(*sys.argv[1:])
