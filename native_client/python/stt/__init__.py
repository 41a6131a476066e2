"""The module of STT 1.4, for programs that `import stt`: the same names on this engine.

    import stt
    model = stt.Model('model.tflite')
    print(model.stt(samples))
"""

from deepspeech import (
    CandidateTranscript,
    Metadata,
    Model,
    Stream,
    TokenMetadata,
    version,
)

__all__ = ['CandidateTranscript', 'Metadata', 'Model', 'Stream', 'TokenMetadata', 'version']
