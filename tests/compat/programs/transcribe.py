"""Transcribe recordings: transcribe.py MODEL SCORER WAV..."""

import sys
import wave

import numpy as np
from deepspeech import Model, version

print('deepspeech', version(), file=sys.stderr)
ds = Model(sys.argv[1])
ds.setBeamWidth(200)
ds.enableExternalScorer(sys.argv[2])
ds.setScorerAlphaBeta(0.75, 1.85)
for path in sys.argv[3:]:
    fin = wave.open(path, 'rb')
    if fin.getframerate() != ds.sampleRate():
        sys.exit(f'{path}: {fin.getframerate()} Hz')
    audio = np.frombuffer(fin.readframes(fin.getnframes()), dtype=np.int16)
    fin.close()
    print(path, ds.stt(audio))
