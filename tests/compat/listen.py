"""Transcribe WAV files with a module of DeepSpeech: prints JSON, name -> [whole, stream, ...].

    PYTHON tests/compat/listen.py MODULE MODEL FOLDER BEAM_WIDTH [fp32]

For each file: the transcript of `stt`, then what a stream fed in odd pieces says, in between and at
its end. Runs on every Python from 3.9 on and any of the modules `deepspeech` and `stt`.
"""

import importlib
import json
import pathlib
import sys
import wave

import numpy as np

PIECES = (1, 7, 319, 513, 4321, 5, 16001, 2)  # samples, over and over


def main(module, model, folder, beam_width, *options):
    """Says it all."""
    ds = importlib.import_module(module)
    model = ds.Model(model, **({'fp32': True} if 'fp32' in options else {}))
    model.setBeamWidth(int(beam_width))
    results = {}
    for path in sorted(pathlib.Path(folder).glob('*.wav')):
        with wave.open(str(path)) as f:
            audio = np.frombuffer(f.readframes(f.getnframes()), np.int16)
        stream, at, k, texts = model.createStream(), 0, 0, [model.stt(audio)]
        while at < len(audio):
            piece = PIECES[k % len(PIECES)]
            stream.feedAudioContent(audio[at:at + piece])
            at, k = at + piece, k + 1
            if k % len(PIECES) == 0:
                texts.append(stream.intermediateDecode())
        results[path.name] = [*texts, stream.finishStream()]
    print(json.dumps(results))


if __name__ == '__main__':
    main(*sys.argv[1:])
