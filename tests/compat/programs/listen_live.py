"""What a microphone's program does with frames of 20 ms: listen_live.py MODEL WAV...

Cuts at pauses of 300 ms by the loudness, keeps 200 ms of what came before speech, and shows what is
heard meanwhile.
"""

import collections
import sys
import wave

import deepspeech
import numpy as np

FRAME = 320


def frames(paths):
    """Frames of all recordings, each followed by half a second of silence."""
    for path in paths:
        with wave.open(path) as f:
            pcm = f.readframes(f.getnframes()) + bytes(16000)
        for at in range(0, len(pcm), 2 * FRAME):
            yield pcm[at:at + 2 * FRAME]


def main(model, *paths):
    """Print every utterance."""
    model = deepspeech.Model(model)
    stream, quiet, before = None, 0, collections.deque(maxlen=10)
    for frame in frames(paths):
        samples = np.frombuffer(frame, np.int16)
        loud = len(samples) > 0 and np.abs(samples.astype(np.float32)).mean() > 80
        if stream is None:
            before.append(samples)
            if loud:
                stream, quiet, heard = model.createStream(), 0, ''
                for samples in before:
                    stream.feedAudioContent(samples)
                before.clear()
            continue
        stream.feedAudioContent(samples)
        quiet = 0 if loud else quiet + 1
        if quiet % 10 == 9:
            heard = max(heard, stream.intermediateDecode(), key=len)
        if quiet > 15:
            metadata = stream.finishStreamWithMetadata(num_results=2)
            stream = None
            text = ''.join(token.text for token in metadata.transcripts[0].tokens)
            print(f'{len(metadata.transcripts)} candidates: {text} ({heard})', flush=True)
    if stream:
        stream.freeStream()


main(*sys.argv[1:])
