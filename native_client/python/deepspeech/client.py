"""The commands of the wheel, and the functions that programs imported from 0.9.3's.

`deepspeech` is the native command with the JSON of 0.9.3's Python command, `deepspeech-convert`
packs a model.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import deepspeech

from . import impl
from .utils import prefer_bundled_sndfile

if TYPE_CHECKING:
    import numpy as np


def main() -> int:
    """Run the command with the arguments of this process and return its exit status."""
    _end_by_signals()
    prefer_bundled_sndfile()
    return impl.dsc_run_command(_arguments())


def convert() -> int:
    """Run `deepspeech-convert` with the arguments of this process and return its exit status."""
    _end_by_signals()
    return impl.dsc_run_convert(_arguments())


def _end_by_signals() -> None:
    """Let SIGINT and SIGPIPE end the native command at once: it has no Python to return to."""
    ends = signal.SIGINT, signal.SIGPIPE
    for name in ends:
        signal.signal(name, signal.SIG_DFL)
    # A caller that has loaded PortAudio with JACK blocks SIGPIPE, and so does what it starts.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ends)


def _arguments() -> bytes:
    return b'\0'.join(os.fsencode(argument) for argument in sys.argv[1:])


def convert_samplerate(audio_path: str, desired_sample_rate: int) -> tuple[int, np.ndarray]:
    """Return `desired_sample_rate` and the int16 samples of a recording at that rate."""
    import numpy as np  # not needed for anything else
    samples = deepspeech.read_audio(audio_path, desired_sample_rate)
    return desired_sample_rate, np.frombuffer(samples, np.int16)


def metadata_to_string(metadata: deepspeech.CandidateTranscript) -> str:
    """Return the text of a transcript."""
    return ''.join(token.text for token in metadata.tokens)


def words_from_candidate_transcript(
        metadata: deepspeech.CandidateTranscript) -> list[dict[str, Any]]:
    """Return a transcript's words; a word lasts from its first letter to the space behind it."""
    words, start, text = [], 0.0, ''
    for i, token in enumerate(metadata.tokens):
        if token.text != ' ':
            start = start if text else token.start_time
            text += token.text
        if token.text == ' ' or i == len(metadata.tokens) - 1:
            words.append({'word': text, 'start_time': round(start, 4),
                          'duration': round(max(token.start_time - start, 0.0), 4)})
            start, text = 0.0, ''
    return words


def metadata_json_output(metadata: deepspeech.Metadata) -> str:
    """Format transcripts with their words as JSON, as `deepspeech --json` prints them."""
    return json.dumps({'transcripts': [
        {'confidence': transcript.confidence, 'words': words_from_candidate_transcript(transcript)}
        for transcript in metadata.transcripts]}, indent=2)


if __name__ == '__main__':
    sys.exit(main())
