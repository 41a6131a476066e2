"""Long recordings as utterances: cut where the speaker pauses, transcribed several at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from util.errors import AudioError

if TYPE_CHECKING:
    import deepspeech


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
    import deepspeech

    rate = model.sampleRate()
    try:
        samples = memoryview(deepspeech.read_audio(path, rate))
    except ValueError as error:  # which names the file first
        raise AudioError(path, str(error).removeprefix(f'{path}: ')) from error
    segmenter = deepspeech.Segmenter(rate, threshold=cutting.threshold, pause_ms=cutting.pause_ms,
                                     longest_ms=cutting.longest_ms)
    places = segmenter.feed(samples) + segmenter.finish()
    waiting: list[Future[Utterance]] = [
        pool.submit(_transcribe, model, samples, start, end, rate) for start, end in places]
    try:
        for future, (_, end) in zip(waiting, places):
            utterance = future.result()
            advance(end / len(samples))
            if utterance.text:
                yield utterance
    finally:
        for future in waiting:
            future.cancel()


def _transcribe(model: deepspeech.Model, samples: memoryview, start: int, end: int, rate: int
                ) -> Utterance:
    """Transcribe samples `start` to `end` - 1."""
    found = model.sttWithMetadata(samples[start:end]).transcripts[:1]
    first = start / rate
    words = tuple(Word(word.text, first + word.start_time, first + word.end_time, word.confidence)
                  for best in found for word in best.words)
    return Utterance(first, end / rate, ''.join(best.text for best in found), words)
