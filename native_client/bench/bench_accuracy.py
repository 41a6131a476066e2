#!/usr/bin/env python3
"""Compare int8 and int4 with fp32 on a test set: WER, CER, how many transcripts differ.

    python native_client/bench/bench_accuracy.py MODEL.pb TEST.csv... [--scorer FILE] [--beam 500]
        [--build build/native-tests/lib] [--limit N]

The model is the exported `.pb`: its weights run as they are, quantised as `.pbmm` holds them, and
with recurrent weights of 4 bits, as `deepspeech-convert --recurrent_bits 4` writes them.
"""

import argparse
import ctypes
import os
import sys
import tempfile

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)

from library import ModelOptions, library
from side_by_side import Table

from util.audio.reading import read_audio
from util.data.manifest import read_csvs
from util.text.transcripts import char_error, word_error


class Model:
    """A model in one precision."""

    def __init__(self, lib: ctypes.CDLL, path: str, fp32: int, beam: int, scorer: str) -> None:
        self.lib, self.handle = lib, ctypes.c_void_p()
        options = ModelOptions(ctypes.sizeof(ModelOptions), fp32, 1)
        self.check(lib.DS_CreateModelWithOptions(path.encode(), ctypes.byref(options),
                                                 ctypes.byref(self.handle)))
        self.check(lib.DS_SetModelBeamWidth(self.handle, beam))
        if scorer:
            self.check(lib.DS_EnableExternalScorer(self.handle, scorer.encode()))
        self.rate = lib.DS_GetModelSampleRate(self.handle)

    def check(self, code: int) -> None:
        """End the program with the library's message unless `code` is 0."""
        if code:
            self.lib.DS_LastError.restype = ctypes.c_char_p
            sys.exit(f'0x{code:04x} {self.lib.DS_LastError().decode()}')

    def stt(self, samples: np.ndarray) -> str:
        """Transcribe int16 mono samples at `rate`."""
        pointer = self.lib.DS_SpeechToText(self.handle, samples.ctypes.data, len(samples))
        text = ctypes.string_at(pointer).decode()
        self.lib.DS_FreeString(ctypes.c_void_p(pointer))
        return text


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('model')
    parser.add_argument('csv', nargs='+')
    parser.add_argument('--scorer', default='')
    parser.add_argument('--beam', type=int, default=500)
    parser.add_argument('--limit', type=int, default=0)
    parser.add_argument('--build', default=os.path.join(ROOT, 'build', 'native-tests', 'lib'))
    o = parser.parse_args()
    lib = library(o.build)
    models = {name: Model(lib, o.model, fp32, o.beam, o.scorer)
              for name, fp32 in (('fp32', 1), ('int8', 0))}
    with tempfile.TemporaryDirectory() as folder:
        packed = os.path.join(folder, 'int4.pbmm')
        models['fp32'].check(lib.DS_PackModelWithBits(o.model.encode(), packed.encode(), 4))
        models['int4'] = Model(lib, packed, 0, o.beam, o.scorer)
    utterances = read_csvs(o.csv, limit=o.limit)
    sums = {name: [0, 0, 0, 0] for name in models}
    differ = dict.fromkeys(models, 0)
    for utterance in utterances:
        samples = read_audio(utterance.wav, models['fp32'].rate)
        texts = {name: model.stt(samples) for name, model in models.items()}
        for name, text in texts.items():
            differ[name] += text != texts['fp32']
            counts = (*word_error(utterance.transcript, text),
                      *char_error(utterance.transcript, text))
            sums[name] = [a + b for a, b in zip(sums[name], counts)]
    table = Table(f'{len(utterances)} utterances, beam {o.beam}', 'precision', 'WER', 'CER',
                  'transcripts that differ')
    for name, s in sums.items():
        table.row(name, f'{s[0] / max(1, s[1]):.4%}', f'{s[2] / max(1, s[3]):.4%}', differ[name])


if __name__ == '__main__':
    main()
