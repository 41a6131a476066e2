"""A transcript in the forms that programs ask for: text, subtitles, OpenAI's JSON."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from deepspeech import WordMetadata

PAUSE, LONGEST, MOST = 0.6, 7.0, 80  # of a segment: seconds, seconds, characters


@dataclass(frozen=True)
class Transcript:
    """What is said in a recording."""

    text: str
    words: tuple[WordMetadata, ...]
    secs: float  # of the recording
    language: str = ''


def segments(words: Sequence[WordMetadata]) -> Iterator[list[WordMetadata]]:
    """Yield words in a row: none across pauses, or too long to read."""
    found: list[WordMetadata] = []
    for word in words:
        if found and (word.start_time - found[-1].end_time > PAUSE
                      or word.end_time - found[0].start_time > LONGEST
                      or len(_line([*found, word])) > MOST):
            yield found
            found = []
        found.append(word)
    if found:
        yield found


def _line(words: Sequence[WordMetadata]) -> str:
    return ' '.join(word.text for word in words)


def srt(transcript: Transcript) -> str:
    """Return SubRip subtitles."""
    return ''.join(f'{number}\n{_times(words, ",")}\n{_line(words)}\n\n'
                   for number, words in enumerate(segments(transcript.words), 1))


def vtt(transcript: Transcript) -> str:
    """Return WebVTT subtitles."""
    return 'WEBVTT\n\n' + ''.join(f'{_times(words, ".")}\n{_line(words)}\n\n'
                                  for words in segments(transcript.words))


def _times(words: Sequence[WordMetadata], point: str) -> str:
    return f'{_clock(words[0].start_time, point)} --> {_clock(words[-1].end_time, point)}'


def _clock(secs: float, point: str) -> str:
    ms = round(1000 * secs)
    return (f'{ms // 3600000:02d}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d}{point}'
            f'{ms % 1000:03d}')


def verbose(transcript: Transcript, words: bool, with_segments: bool) -> dict[str, Any]:
    """Return OpenAI's `verbose_json`.

    Args:
        transcript: what is said.
        words: whether words are asked for.
        with_segments: whether segments are.
    """
    answer: dict[str, Any] = {'task': 'transcribe', 'language': transcript.language,
                              'duration': round(transcript.secs, 3), 'text': transcript.text}
    if words:
        answer['words'] = [{'word': word.text, 'start': round(word.start_time, 3),
                            'end': round(word.end_time, 3)} for word in transcript.words]
    if with_segments:
        answer['segments'] = [_segment(number, row) for number, row
                              in enumerate(segments(transcript.words))]
    answer['usage'] = usage(transcript.secs)
    return answer


def _segment(number: int, words: Sequence[WordMetadata]) -> dict[str, Any]:
    text = _line(words)
    logs = [math.log(max(word.confidence, 1e-10)) for word in words]
    data = text.encode()
    return {'id': number, 'seek': 0, 'start': round(words[0].start_time, 3),
            'end': round(words[-1].end_time, 3), 'text': text, 'tokens': [], 'temperature': 0.0,
            'avg_logprob': round(sum(logs) / len(logs), 4),
            'compression_ratio': round(len(data) / max(len(zlib.compress(data)), 1), 4),
            'no_speech_prob': 0.0}


def usage(secs: float) -> dict[str, Any]:
    """Return what OpenAI would charge for."""
    return {'type': 'duration', 'seconds': math.ceil(secs)}
