"""A live stream: samples at any rate as they come, partial texts, and utterances as they end.

Nothing here is asynchronous: a connection calls from one thread at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import soxr

import deepspeech

SLICE_SECS = 0.5  # at a time, so that no end of an utterance is passed over
FORWARD_SECS, BIDIRECTIONAL_SECS = 0.1, 2.0  # of new audio that a partial text is worth


@dataclass(frozen=True)
class Said:
    """What was said in an utterance: its text, and words with seconds since the stream began."""

    text: str
    words: tuple[deepspeech.WordMetadata, ...] = ()
    others: tuple[deepspeech.CandidateTranscript, ...] = ()  # candidates, the best first
    start: float = 0.0


@dataclass(frozen=True)
class Heard:
    """What a piece of audio has brought: utterances that ended, and how the next one begins."""

    ended: tuple[Said, ...]
    partial: str


class Hearing:
    """One connection's audio.

    Args:
        model: to hear with.
        rate: of the samples, in Hz.
        silence_secs: after which an utterance has ended; 0: only `finish` ends it.
        results: candidates for each utterance.
        grammar: what may be said, as for `Stream.enableGrammar`; '': anything.

    Raises:
        RuntimeError: a mistake in the grammar.
    """

    def __init__(self, model: deepspeech.Model, rate: int, silence_secs: float,
                 results: int = 1, grammar: str = '') -> None:
        self._model, self._silence, self._results = model, silence_secs, results
        self._grammar = grammar
        self._rate = model.sampleRate()
        self._resampler = (None if rate == self._rate else
                           soxr.ResampleStream(rate, self._rate, 1, dtype='int16'))
        self._every = BIDIRECTIONAL_SECS if model.info.bidirectional else FORWARD_SECS
        self._half = b''  # of a sample that came in two pieces
        self._fed = 0  # samples at the model's rate
        self._begin()
        if grammar:  # a mistake shows at once
            self._listen()

    def _begin(self) -> None:
        self._stream: deepspeech.Stream | None = None  # who waits takes no memory
        self._start, self._shown, self._partial = self._fed, self._fed, ''

    def _listen(self) -> deepspeech.Stream:
        if self._stream is None:
            self._stream = self._model.createStream()
            if self._grammar:
                self._stream.enableGrammar(self._grammar)
            if self._silence:
                self._stream.setEndpointRules(silence_after=self._silence,
                                              silence_before=max(2.4, self._silence))
        return self._stream

    def feed(self, data: bytes) -> Heard:
        """Take the next samples, int16 in little endian, mono."""
        ended = []
        for samples in self._slices(data):
            stream = self._listen()
            stream.feedAudioContent(samples)
            self._fed += len(samples)
            if self._silence and (why := stream.endpoint()):
                ended.append(self._end(why == deepspeech.Endpoint.NOTHING_SAID))
                self._begin()
        if self._stream and self._fed - self._shown >= self._every * self._rate:
            self._partial, self._shown = self._stream.intermediateDecode(), self._fed
        return Heard(tuple(ended), self._partial)

    def _slices(self, data: bytes) -> Iterator[np.ndarray]:
        data = self._half + data
        even = len(data) & ~1
        self._half = data[even:]
        samples = np.frombuffer(data, '<i2', even // 2)
        if self._resampler:
            samples = self._resampler.resample_chunk(samples)
        step = round(SLICE_SECS * self._rate)
        for at in range(0, len(samples), step):
            yield samples[at:at + step]

    def finish(self) -> Said:
        """End the utterance; the next samples begin another one."""
        if self._resampler:
            rest = self._resampler.resample_chunk(np.zeros(0, np.int16), last=True)
            self._resampler.clear()
            if len(rest):
                self._listen().feedAudioContent(rest)
                self._fed += len(rest)
        said = self._end()
        self._begin()
        return said

    def _end(self, is_silent: bool = False) -> Said:
        first = self._start / self._rate
        if is_silent or not self._stream:  # networks read letters in nothing at all
            self.close()
            return Said('', start=first)
        found = self._stream.finishStreamWithMetadata(self._results).transcripts
        words = tuple(replace(word, start_time=word.start_time + first,
                              end_time=word.end_time + first)
                      for best in found[:1] for word in best.words)
        return Said(found[0].text if found else '', words, tuple(found), first)

    def close(self) -> None:
        """Forget what was not finished."""
        if self._stream:
            self._stream.freeStream()
            self._stream = None

    @property
    def secs(self) -> float:
        """Audio that was taken so far."""
        return self._fed / self._rate
