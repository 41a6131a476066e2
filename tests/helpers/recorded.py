"""What the wheels of 0.9.3 and STT 1.4 said (../shared/data/compat), and what we say."""

import dataclasses
import functools
import json
import wave
from typing import Any

import numpy as np

from tests.helpers.places import SHARED

COMPAT = SHARED / 'compat'
SCORER = SHARED / 'deepspeech' / 'pruned_lm.scorer'
WHEELS = {'deepspeech': 'TensorFlow 0.9.3', 'deepspeech_tflite': 'tflite 0.9.3',
          'stt_tflite': 'stt 1.4.0'}
WAYS = {'.pb, fp32': ('model256.pb', True), '.pbmm, int8': ('model256.pbmm', False),
        '.tflite': ('model256.tflite', False)}
PIECE = 4321  # samples fed at a time
CLOSE = 0.05  # candidates whose confidences differ by less may change places


@dataclasses.dataclass
class Counts:
    """Cases in which something was as recorded."""

    cases: int = 0
    text: int = 0
    empty: int = 0  # of `text`
    order: int = 0
    confidence: int = 0
    steps: int = 0
    stream: int = 0

    def line(self) -> str:
        """For the table."""
        return (f'{self.text}/{self.cases} ({self.empty} empty), order {self.order}, confidence '
                f'{self.confidence}, steps {self.steps}, streams {self.stream}')


@functools.cache
def samples(name: str) -> np.ndarray:
    """Return a recording."""
    with wave.open(str(COMPAT / 'audio' / name)) as f:
        return np.frombuffer(f.readframes(f.getnframes()), np.int16)


def cases(wheel: str) -> list[dict[str, Any]]:
    """Return what a wheel said: one of WHEELS."""
    return json.loads((COMPAT / f'expected_{wheel}.json').read_text())['cases']


def configure(model: Any, case: dict[str, Any]) -> None:
    """Make a model what it was for a case."""
    model.setBeamWidth(case['beam_width'])
    config = case['config']
    model.clearHotWords()
    if config == 'no scorer':
        return
    model.enableExternalScorer(str(SCORER))
    if 'alpha 0.75' in config:
        model.setScorerAlphaBeta(0.75, 1.85)
    if 'hot words' in config:
        model.addHotWord('friend', 7.5)
        model.addHotWord('enemy', -3.0)


def answer(model: Any, case: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Says what our model says of a case: three candidates, and a stream's results in turn."""
    audio = samples(case['audio'])
    candidates = [{'text': ''.join(token.text for token in t.tokens), 'confidence': t.confidence,
                   'timesteps': [token.timestep for token in t.tokens]}
                  for t in model.sttWithMetadata(audio, 3).transcripts]
    stream, texts = model.createStream(), []
    for i in range(0, len(audio), PIECE):
        stream.feedAudioContent(audio[i:i + PIECE])
        if (i // PIECE) % 5 == 4:
            texts.append(stream.intermediateDecode())
    return candidates, [*texts, stream.finishStream()]


def same_order(ours: list[dict[str, Any]], told: list[dict[str, Any]]) -> bool:
    """Whether candidates that are clearly apart come in the same order."""
    for i, (mine, other) in enumerate(zip(ours, told)):
        if mine['text'] == other['text']:
            continue
        near = [abs(other['confidence'] - t['confidence']) for k, t in enumerate(told) if k != i]
        if i == len(told) - 1:  # what came fourth is not known: it may have been as near
            near.append(abs(mine['confidence'] - other['confidence']))
        if min(near, default=1) > CLOSE:
            return False
    return True


def count(counts: Counts, ours: Any, case: dict[str, Any]) -> None:
    """Compare an answer with what was recorded."""
    candidates, texts = ours
    told, best = case['metadata'], candidates[0]
    counts.cases += 1
    same = best['text'] == case['stt']
    counts.text += same
    counts.empty += same and not case['stt']
    counts.order += same_order(candidates, told)
    off = abs(best['confidence'] - told[0]['confidence'])
    counts.confidence += same and off <= max(0.01 * abs(told[0]['confidence']), 0.002)
    counts.steps += same and all(abs(a - b) <= 1 for a, b in
                                 zip(best['timesteps'], told[0]['timesteps']))
    counts.stream += texts == [*case['stream_chunk_4321_intermediate_every_5'],
                               case['stream_final']]


def compare(limit: int = 0) -> dict[tuple[str, str], Counts]:
    """(way, wheel) -> counts; `limit` > 0: of each wheel's first cases."""
    import deepspeech

    result = {}
    for way, (file, fp32) in WAYS.items():
        model, known = None, {}
        for wheel in WHEELS:
            counts = result[way, wheel] = Counts()
            last = ''
            for case in cases(wheel)[:limit or None]:
                if model is None or (last != 'no scorer' and case['config'] == 'no scorer'):
                    model = deepspeech.Model(str(COMPAT / file), fp32=fp32)
                key = (case['config'], case['beam_width'], case['audio'])
                if key not in known:  # the wheels were asked the same
                    configure(model, case)
                    known[key] = answer(model, case)
                last = case['config']
                count(counts, known[key], case)
    return result
