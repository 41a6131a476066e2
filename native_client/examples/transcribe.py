#!/usr/bin/env python
"""Transcribe a recording, showing the text as it grows.

    python transcribe.py output_graph.pbmm speech.wav
"""

import sys

from deepspeech import Model, read_audio


def main() -> int:
    """Run the command and return its exit status."""
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        model = Model(sys.argv[1])
        audio = read_audio(sys.argv[2], model.sampleRate())
    except (RuntimeError, ValueError) as e:
        print(e, file=sys.stderr)
        return 1
    stream = model.createStream()
    piece = model.sampleRate() // 10
    for at in range(0, len(audio), piece):
        stream.feedAudioContent(audio[at : at + piece])
        print(stream.intermediateDecode(), file=sys.stderr)
    for word in stream.finishStreamWithMetadata().transcripts[0].words:
        print(f'{word.start_time:.2f} {word.end_time:.2f} {word.confidence:.2f} {word.text}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
