"""Long recordings as utterances: cut where the speaker pauses, transcribed several at a time."""

from __future__ import annotations

import array
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from util.errors import AudioError

if TYPE_CHECKING:
    import deepspeech

AHEAD = 32  # utterances that are read before they are transcribed, so that memory does not grow
SPARE_MS = 2200  # a piece, what the segmenter looks ahead, and the padding of an utterance


@dataclass(frozen=True)
class Cutting:
    """Where to cut.

    Attributes:
        threshold: nats that speech stands out from the noise by.
        pause_ms: silence that ends an utterance.
        longest_ms: a longer one is cut where it is quietest.
    """

    threshold: float
    pause_ms: int = 500
    longest_ms: int = 20000


@dataclass(frozen=True)
class Word:
    """A word and when it is said: seconds from the beginning of the recording, 0 to 1."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True)
class Utterance:
    """What somebody says between two pauses: seconds from the beginning of the recording."""

    start: float
    end: float
    text: str
    words: tuple[Word, ...]


def utterances(model: deepspeech.Model, path: str, cutting: Cutting, pool: ThreadPoolExecutor,
               advance: Callable[[float], object]) -> Iterator[Utterance]:
    """Yield what is said in a recording, in order; what says nothing is left out.

    Args:
        model: to transcribe with.
        path: of the recording, of any format that the client reads.
        cutting: into utterances.
        pool: whose threads transcribe them.
        advance: is told how much of the recording is done, 0 to 1.

    Raises:
        AudioError: the recording cannot be read, or has no samples.
    """
    recording = Recording(path, model.sampleRate(), cutting)
    waiting: deque[Future[Utterance]] = deque()

    def said() -> Iterator[Utterance]:
        utterance = waiting.popleft().result()
        if recording.seconds:
            advance(min(1.0, utterance.end / recording.seconds))
        if utterance.text:
            yield utterance

    try:
        for start, samples in recording:
            waiting.append(pool.submit(_transcribe, model, samples, start, recording.rate))
            while waiting and (waiting[0].done() or len(waiting) > AHEAD):
                yield from said()
        while waiting:
            yield from said()
    finally:
        for future in waiting:
            future.cancel()


class Recording:
    """A recording that is read as it is needed, as (first sample, samples) of each utterance.

    Attributes:
        rate: Hz of the samples.
        seconds: its length, once it is open, if the file tells.
    """

    def __init__(self, path: str, rate: int, cutting: Cutting) -> None:
        import deepspeech

        self.rate = rate
        self.seconds: float | None = None
        self._path = path
        # An utterance may have begun so long before it is known to have ended.
        self._kept = rate * (cutting.longest_ms + cutting.pause_ms + SPARE_MS) // 1000
        self._segmenter = deepspeech.Segmenter(
            rate, threshold=cutting.threshold, pause_ms=cutting.pause_ms,
            longest_ms=cutting.longest_ms)

    def __iter__(self) -> Iterator[tuple[int, array.array[int]]]:
        """Yield the utterances.

        Raises:
            AudioError: the recording cannot be read, or has no samples.
        """
        recent: array.array[int] = array.array('h')
        first = 0  # sample of the recording that `recent` begins with
        for piece in self._pieces():
            recent.extend(piece)
            places = self._segmenter.feed(piece) if piece else self._segmenter.finish()
            for start, end in places:
                yield start, recent[start - first:end - first]
            if (old := len(recent) - self._kept) > 0:
                del recent[:old]
                first += old
        if first == 0 and not recent:
            raise AudioError(self._path, 'contains no samples')

    def _pieces(self) -> Iterator[array.array[int]]:
        """Yield a second of samples at a time, and an empty piece at the end."""
        import deepspeech

        try:
            reader = deepspeech.AudioReader(self._path, self.rate)
            self.seconds = reader.seconds
            yield from reader
        except ValueError as error:  # which names the file first
            raise AudioError(self._path, str(error).removeprefix(f'{self._path}: ')) from error
        yield array.array('h')


def _transcribe(model: deepspeech.Model, samples: array.array[int], start: int, rate: int
                ) -> Utterance:
    """Transcribe samples of which the first is number `start` of the recording."""
    found = model.sttWithMetadata(samples).transcripts[:1]
    first = start / rate
    words = tuple(Word(word.text, first + word.start_time, first + word.end_time, word.confidence)
                  for best in found for word in best.words)
    return Utterance(first, (start + len(samples)) / rate, ''.join(best.text for best in found),
                     words)
