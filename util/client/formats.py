"""Utterances as files: 0.9.3's `.tlog`, subtitles, CTM, plain text."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Callable, Iterator, Sequence

from util.client.utterances import Utterance, Word

PAUSE, LONGEST, MOST = 0.8, 6.0, 64  # of a subtitle: seconds, seconds, characters


def tlog(utterances: Sequence[Utterance], path: str) -> str:
    """Write a list of objects `start`, `end` (ms) and `transcript`, as transcribe.py of 0.9.3."""
    return json.dumps([{'start': round(1000 * u.start), 'end': round(1000 * u.end),
                        'transcript': u.text} for u in utterances], ensure_ascii=False) + '\n'


def text(utterances: Sequence[Utterance], path: str) -> str:
    """Write a line for each utterance."""
    return ''.join(f'{u.text}\n' for u in utterances)


def ctm(utterances: Sequence[Utterance], path: str) -> str:
    """Write a line for each word: recording, channel, start, duration, word, confidence.

    A space in the name is written as by `deepspeech --align`.
    """
    name = os.path.splitext(os.path.basename(path))[0].replace(' ', '<space>')
    return ''.join(f'{name} 1 {word.start:.2f} {max(word.end - word.start, 0):.2f} '
                   f'{word.text} {word.confidence:.3f}\n' for u in utterances for word in u.words)


def srt(utterances: Sequence[Utterance], path: str) -> str:
    """Write SubRip subtitles."""
    return ''.join(f'{number}\n{_clock(words[0].start, ",")} --> {_clock(words[-1].end, ",")}\n'
                   f'{_line(words)}\n\n' for number, words in enumerate(_cues(utterances), 1))


def vtt(utterances: Sequence[Utterance], path: str) -> str:
    """Write WebVTT subtitles."""
    return 'WEBVTT\n\n' + ''.join(
        f'{_clock(words[0].start, ".")} --> {_clock(words[-1].end, ".")}\n'
        f'{html.escape(_line(words), quote=False)}\n\n'
        for words in _cues(utterances))


FORMATS: dict[str, Callable[[Sequence[Utterance], str], str]] = {
    'tlog': tlog, 'txt': text, 'srt': srt, 'vtt': vtt, 'ctm': ctm}


def _line(words: Sequence[Word]) -> str:
    return ' '.join(word.text for word in words)


def _cues(utterances: Sequence[Utterance]) -> Iterator[list[Word]]:
    """Yield the words of each subtitle: none across utterances, pauses, or too long to read."""
    for utterance in utterances:
        cue: list[Word] = []
        for word in utterance.words:
            if cue and (word.start - cue[-1].end > PAUSE or word.end - cue[0].start > LONGEST
                        or len(_line([*cue, word])) > MOST):
                yield cue
                cue = []
            cue.append(word)
        if cue:
            yield cue


def _clock(seconds: float, point: str) -> str:
    ms = round(1000 * seconds)
    return (f'{ms // 3600000:02d}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d}{point}'
            f'{ms % 1000:03d}')
