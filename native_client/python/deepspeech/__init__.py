"""Speech to text with models exported by DeepSpeech, with the names of deepspeech 0.9.3.

    import wave
    from deepspeech import Model

    model = Model('output_graph.pbmm')
    with wave.open('speech.wav') as f:          # 16-bit mono at model.sampleRate() Hz
        print(model.stt(f.readframes(f.getnframes())))

Audio is anything with a buffer of 16-bit integers in one dimension (numpy array, array('h')),
bytes, or a list of integers. `read_audio` reads it from a file of any format and rate. The
interpreter lock is released while the network and the decoder work, so threads run in parallel.

`deepspeech.model` and `deepspeech.utils` have the interface of 2017.
"""

from __future__ import annotations

import array
import dataclasses
import enum
import operator
import os
import threading
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from . import impl
from .alignment import AlignedLetter, AlignedLine, AlignedWord, Alignment, alignment_of
from .models import NamedModel, find_model, list_models

if TYPE_CHECKING:
    import numpy as np

__all__ = ['AlignStream', 'AlignedLetter', 'AlignedLine', 'AlignedWord', 'Alignment',
           'AudioReader', 'CandidateTranscript', 'Confidence', 'Endpoint', 'HeardKeyword',
           'Metadata', 'Model', 'ModelInfo', 'NamedModel', 'Segmenter', 'SlotMetadata', 'Stream',
           'TokenMetadata', 'WordMetadata', 'find_model', 'list_models', 'open_model',
           'read_audio', 'version']

T = TypeVar('T')
S = TypeVar('S', bound='_Fed')


@dataclasses.dataclass(frozen=True)
class TokenMetadata:
    """A token of a transcript: one label of the alphabet, mostly a letter.

    Attributes:
        text: the label.
        timestep: position in time steps of the network.
        start_time: position in seconds from the start of the audio.
    """

    text: str
    timestep: int
    start_time: float


@dataclasses.dataclass(frozen=True)
class Confidence:
    """How far a text or word can be trusted: figures from 0 to 1.

    Attributes:
        probability: that it is right; fit * share where the model has no calibration.
        fit: how near it comes to what the network says where nothing constrains it.
        share: its part of the probability of all texts that the search has kept.
    """

    probability: float
    fit: float
    share: float


@dataclasses.dataclass(frozen=True)
class WordMetadata:
    """A word of a transcript.

    Attributes:
        text: the word.
        start_time: seconds from the start of the audio.
        end_time: the same.
        confidence: 0 to 1: the geometric mean of its letters' probabilities.
        trust: how probably it is right.
    """

    text: str
    start_time: float
    end_time: float
    confidence: float
    trust: Confidence


@dataclasses.dataclass(frozen=True)
class SlotMetadata:
    """A part of a transcript that a grammar names.

    Attributes:
        name: its tag.
        text: what was said.
        value: what it means: the same unless the grammar tells; numbers in digits.
        start_time: seconds from the start of the audio.
        end_time: the same.
    """

    name: str
    text: str
    value: str
    start_time: float
    end_time: float


@dataclasses.dataclass(frozen=True)
class HeardKeyword:
    """A phrase that a stream has heard.

    Attributes:
        phrase: as its list has it, or the name that it gives it.
        start_time: seconds from the first sample of the stream.
        end_time: the same.
        score: 0 to 1: the probability of its letters, their geometric mean.
    """

    phrase: str
    start_time: float
    end_time: float
    score: float


@dataclasses.dataclass(frozen=True)
class CandidateTranscript:
    """One of the transcripts of an utterance.

    Attributes:
        confidence: roughly the log probability, for comparing candidates of one utterance.
        tokens: its tokens, in order.
        words: its words, in order.
        trust: how probably all of it is right.
        calibrated: whether probabilities are, by the curves that bin/calibrate.py has put into the
            model for searches like this one.
        intent: with a grammar, its rule, or what its tag says; None: it does not tell.
        slots: with a grammar, what it names, in order.
    """

    confidence: float
    tokens: list[TokenMetadata]
    words: list[WordMetadata]
    trust: Confidence
    calibrated: bool
    intent: str | None = None
    slots: list[SlotMetadata] = dataclasses.field(default_factory=list)

    @property
    def text(self) -> str:
        """The tokens as one string."""
        return ''.join(token.text for token in self.tokens)


@dataclasses.dataclass(frozen=True)
class Metadata:
    """What `sttWithMetadata` and its like return.

    Attributes:
        transcripts: candidates for the utterance, best first.
    """

    transcripts: list[CandidateTranscript]


@dataclasses.dataclass(frozen=True)
class ModelInfo:
    """Facts about a model.

    Attributes:
        language: as given at export; may be empty.
        version: of the program that exported it; may be empty.
        feature_type: '2017' or '0.9.3'.
        labels: the alphabet, without the blank.
        bytes_output: whether the labels are the bytes 1 to 255.
        n_hidden: width of the layers.
        n_input: features of a frame.
        n_context: frames on either side of a window.
        bidirectional: whether a stream gives results only at its end.
        layer_norm: whether the layers are normalised.
        step_seconds: length of a time step in seconds.
        precision: 'int8' or 'fp32'.
        instruction_set: that of the kernels in use.
        threads: number of threads that work on one utterance.
    """

    language: str
    version: str
    feature_type: str
    labels: list[str]
    bytes_output: bool
    n_hidden: int
    n_input: int
    n_context: int
    bidirectional: bool
    layer_norm: bool
    step_seconds: float
    precision: str
    instruction_set: str
    threads: int


def _metadata(transcripts: list[Any]) -> Metadata:
    return Metadata([
        CandidateTranscript(confidence, [TokenMetadata(*token) for token in tokens],
                            [WordMetadata(text, start, end, clarity, Confidence(*known))
                             for (text, start, end, clarity), known in words],
                            Confidence(*trust), calibrated, intent,
                            [SlotMetadata(*slot) for slot in slots])
        for confidence, tokens, words, trust, calibrated, intent, slots in transcripts])


def _limit(num_results: int) -> int:
    """Return the upper limit of results, if it is one."""
    try:
        limit = operator.index(num_results)
    except TypeError:
        raise TypeError(f'num_results is {num_results!r}: expected a whole number') from None
    if not 0 <= limit < 1 << 32:
        raise OverflowError(f'num_results is {limit}: expected 0 to {(1 << 32) - 1}')
    return limit


class _Native:
    """What has its memory in the native library: the program's own, which cannot be sent on."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        name = type(self).__name__
        how = ('open it anew from its file in each process'
               if isinstance(self, Model) else 'send its samples or its results')
        raise TypeError(f'a {name} cannot be pickled or copied: its memory is that of the native '
                        f'library in this process; {how}')


class Endpoint(enum.IntEnum):
    """The rule by which an utterance has ended: all but NONE are true."""

    NONE = 0
    NOTHING_SAID = 1
    SAID = 2
    TOO_LONG = 3


class Segmenter(_Native):
    """Finds where somebody speaks, in samples as they come. No model is needed.

        segmenter = Segmenter(16000)
        for piece in pieces:
            for start, end in segmenter.feed(piece): ...
        for start, end in segmenter.finish(): ...

    Args:
        sample_rate: of the samples, in Hz.
        pause_ms: silence that ends a segment.
        padding_ms: kept before and after the speech, but no more than a pause, or than a
            quarter of the longest segment.
        shortest_ms: speech that a segment has at least.
        longest_ms: a longer segment is cut where it is quietest.
        threshold: nats that speech stands out from the noise by.

    Raises:
        RuntimeError: a value that cannot be.
    """

    def __init__(self, sample_rate: int, *, pause_ms: int = 500, padding_ms: int = 200,
                 shortest_ms: int = 100, longest_ms: int = 20000, threshold: float = 0.9) -> None:
        self._handle = impl.CreateSegmenter(sample_rate, pause_ms, padding_ms, shortest_ms,
                                            longest_ms, threshold)

    def feed(self, audio_buffer: Any) -> list[tuple[int, int]]:
        """Feed the next int16 mono samples; return the segments that end with them.

        Returns:
            first sample and one past the last, counted from the first one fed.
        """
        return impl.DS_FeedSegmenter(self._handle, audio_buffer)

    def finish(self) -> list[tuple[int, int]]:
        """End the recording; return the last segment, if there is one more."""
        return impl.DS_FinishSegmenter(self._handle)


class Model(_Native):
    """An exported network with its beam width, scorer and hot words.

    One model serves any number of threads, and each of them may change its settings, which apply
    to streams created afterwards.

    Args:
        model_path: output_graph.pbmm (memory-mapped, ready at once), .pb or .tflite.
        fp32: run the weights of a .pb unquantised: slower, four times the memory.
        threads: threads per utterance; 0: one, or two for a wide network.

    Raises:
        RuntimeError: "CreateModel failed with 'REASON' (0xCODE)". All methods raise it but those
            that return the code, as in 0.9.3.
    """

    def __init__(self, model_path: str | bytes | os.PathLike[str], *, fp32: bool = False,
                 threads: int = 0) -> None:
        self._handle = impl.CreateModel('' if model_path is None else model_path, fp32, threads)

    @classmethod
    def from_bytes(cls, data: Any) -> Model:
        """Make a model from the bytes of a model file, which are copied."""
        model = cls.__new__(cls)
        model._handle = impl.DS_CreateModelFromBuffer(data)
        return model

    @property
    def info(self) -> ModelInfo:
        """Language, alphabet, geometry and how the model is run."""
        return ModelInfo(**impl.model_info(self._handle))

    def beamWidth(self) -> int:
        """Return the number of hypotheses kept by the decoder."""
        return impl.DS_GetModelBeamWidth(self._handle)

    def setBeamWidth(self, beam_width: int) -> int:
        """Set the beam width; return 0 or an error code.

        More hypotheses find better transcripts and take longer.
        """
        return _warn(impl.DS_SetModelBeamWidth(self._handle, beam_width))

    def sampleRate(self) -> int:
        """Return the sample rate, in Hz, that audio must have."""
        return impl.DS_GetModelSampleRate(self._handle)

    def enableExternalScorer(self, scorer_path: str | bytes | os.PathLike[str]) -> None:
        """Use a language model: a .scorer, a KenLM binary or an ARPA file."""
        impl.DS_EnableExternalScorer(self._handle, scorer_path)

    def disableExternalScorer(self) -> int:
        """Decode without a language model again; return 0, or an error code if there was none."""
        return _warn(impl.DS_DisableExternalScorer(self._handle))

    def setScorerAlphaBeta(self, alpha: float, beta: float) -> int:
        """Set the language model's weight and the bonus per word; return 0 or an error code."""
        return _warn(impl.DS_SetScorerAlphaBeta(self._handle, alpha, beta))

    def setOovCost(self, cost: float | None) -> None:
        """Let words be written that the scorer does not know, at a cost in nats; None: none."""
        impl.DS_SetOovCost(self._handle, float('inf') if cost is None else cost)

    def setRejection(self, texts: float = 0, words: float = 0) -> None:
        """Have results become `[unk]` whose probability is below `texts`, and words below `words`.

        Where the best text is rejected there is no other one. What is said so far, and nothing
        said, are not judged.
        """
        impl.DS_SetRejection(self._handle, texts, words)

    def addHotWord(self, word: str, boost: float) -> None:
        """Make a word or phrase more likely, or less likely with a boost below 0.

        A word that the alphabet cannot spell has no effect, as in 0.9.3, and gives a warning.
        """
        impl.DS_AddHotWord(self._handle, _whole(word), boost)
        if reason := impl.DS_LastError():
            warnings.warn(reason, RuntimeWarning, stacklevel=2)

    def eraseHotWord(self, word: str) -> None:
        """Forget a hot word."""
        impl.DS_EraseHotWord(self._handle, _whole(word))

    def clearHotWords(self) -> None:
        """Forget all hot words."""
        impl.DS_ClearHotWords(self._handle)

    def enableGrammar(self, grammar: _Grammar) -> None:
        """Write only what a grammar allows, or nothing where nothing of it is said.

        JSGF without a public rule lets anything be said, as the scorer that is enabled already has
        it: its rules say what that scorer's words such as `[name]` stand for.

        Args:
            grammar: JSGF, a list in JSON (`'["turn on", "[unk]"]'`) or a phrase a line, as a text
                or as the path of a file; the path of a packed file; or a list of phrases.

        Raises:
            RuntimeError: a mistake in the grammar, whose line and column the text has; or a scorer
                that does not have its words.
        """
        impl.DS_EnableGrammar(self._handle, _grammar(grammar))

    def disableGrammar(self) -> None:
        """Write whatever is said again."""
        impl.DS_DisableGrammar(self._handle)

    def packGrammar(self, grammar: _Grammar, packed_path: str | bytes | os.PathLike[str]) -> None:
        """Make a grammar ready for this model's alphabet, in a file that opens at once."""
        impl.DS_PackGrammar(self._handle, _grammar(grammar), packed_path)

    def stt(self, audio_buffer: Any) -> str:
        """Return the transcript of int16 mono samples at `sampleRate()`."""
        return impl.DS_SpeechToText(self._handle, audio_buffer)

    def sttWithMetadata(self, audio_buffer: Any, num_results: int = 1) -> Metadata:
        """Return transcripts of int16 mono samples, with tokens, words and times.

        Args:
            audio_buffer: samples at `sampleRate()`.
            num_results: upper limit of the candidates returned, best first.
        """
        return _metadata(impl.DS_SpeechToTextWithMetadata(self._handle, audio_buffer,
                                                          _limit(num_results)))

    def emissions(self, audio_buffer: Any) -> np.ndarray:
        """Return what the network says: float32 [steps, labels + 1], probabilities.

        Columns are the labels of `info` in their order, the blank last; each row sums up to 1. Row
        i is of the step that begins at `i * info.step_seconds`.

        Args:
            audio_buffer: int16 mono samples at `sampleRate()`.
        """
        import numpy as np  # not needed for anything else
        data, steps, symbols = impl.DS_SpeechToTextWithEmissions(self._handle, audio_buffer, 0)
        symbols = symbols or len(self.info.labels) + 1
        return np.frombuffer(data, np.float64).astype(np.float32).reshape(steps, symbols)

    def align(self, audio_buffer: Any, text: str) -> Alignment:
        """Find where a recording has the lines, words and letters of a text.

        Lines that are not spoken are marked, and speech that is not in the text is passed over.

        Args:
            audio_buffer: int16 mono samples at `sampleRate()`.
            text: what is spoken, with its capitals and punctuation, a line for each sentence or so.

        Raises:
            RuntimeError: the text has no letters of the model's alphabet.
        """
        return alignment_of(*impl.DS_AlignText(self._handle, audio_buffer, _whole(text, 'text')))

    def createAlignStream(self, text: str) -> AlignStream:
        """Start aligning a recording that is fed piece by piece: hours take no more memory.

        Args:
            text: as for `align`.

        Raises:
            RuntimeError: the text has no letters of the model's alphabet.
        """
        return AlignStream(impl.DS_CreateAlignStream(self._handle, _whole(text, 'text')))

    def createStream(self) -> Stream:
        """Start a stream: an utterance fed piece by piece."""
        return Stream(impl.DS_CreateStream(self._handle))


def _whole(word: str, what: str = 'hot word') -> str:
    """Return a word or text as it is; C would take it for ended at a NUL."""
    if isinstance(word, str) and '\0' in word:
        shown = word if len(word) < 40 else word[:40] + '...'
        raise ValueError(f'{what} {shown!r} has a NUL in it, which no alphabet spells')
    return word


_Grammar = str | bytes | os.PathLike[str] | Sequence[str]


def _grammar(grammar: _Grammar) -> str | bytes | os.PathLike[str]:
    """Return a grammar as C takes it: a list of phrases as a text."""
    if isinstance(grammar, (str, bytes, os.PathLike)):
        return grammar
    phrases = list(grammar)
    for phrase in phrases:
        if not isinstance(phrase, str):
            raise TypeError(f'grammar: found the phrase {phrase!r}, expected str')
    return ''.join(' '.join(phrase.split()) + '\n' for phrase in phrases) or '\n'


def _warn(code: int) -> int:
    """Return an error code, with a warning that explains it unless it is 0."""
    if code:
        reason = impl.DS_LastError()  # first: it lives until the next call only
        warnings.warn(f'{impl.DS_ErrorCodeToErrorMessage(code)} {reason} (0x{code:X})',
                      RuntimeWarning, stacklevel=3)
    return code


class _Fed(_Native):
    """What takes samples piece by piece, and ends. Calls of several threads queue up."""

    _made_by = ''

    def __init__(self, native_stream: Any) -> None:
        self._handle = native_stream
        self._turn = threading.RLock()  # a signal may come, and call, within a call
        self._working = False
        _streams.add(self)

    def __enter__(self: S) -> S:
        return self

    def __exit__(self, *_exception: object) -> None:
        with self._turn:
            if not self._working:
                self._handle = None

    def _call(self, verb: str, function: Callable[..., T], *arguments: Any) -> T:
        with self._turn:
            if self._working:
                raise RuntimeError(f'cannot {verb}: this comes from within a call of the same '
                                   'stream, which a signal has interrupted')
            handle = self._handle
            if handle is None:
                raise RuntimeError(f'Stream object is not valid. Trying to {verb} an already '
                                   'finished stream? It has ended: create another one with '
                                   f'{self._made_by} (0x{impl.DS_ERR_FAIL_CREATE_STREAM:X})')
            if verb in ('finish', 'free'):
                self._handle = None
            self._working = True
            try:
                return function(handle, *arguments)
            finally:
                self._working = False

    def _after_fork(self) -> None:
        """In a child: a stream that another thread was using then is lost."""
        if self._turn.acquire(blocking=False):
            self._turn.release()
            return
        if self._handle is not None:
            impl.forget(self._handle)  # what it was doing is half done: it must not be freed
        self._handle, self._working, self._turn = None, False, threading.RLock()

    def freeStream(self) -> None:
        """End the stream without a result."""
        self._call('free', lambda handle: None)


class AlignStream(_Fed):
    """An alignment in progress; made by `Model.createAlignStream`.

    Calls of several threads queue up. A call that a signal's handler ends, as Ctrl-C does, leaves
    a stream that can only be freed.
    """

    _made_by = 'createAlignStream()'

    def feedAudioContent(self, audio_buffer: Any) -> None:
        """Feed the next int16 mono samples, any number of them."""
        self._call('feed', impl.DS_FeedAlignStream, audio_buffer)

    def finishStream(self) -> Alignment:
        """End the stream and return where the text is spoken."""
        return alignment_of(*self._call('finish', impl.DS_FinishAlignStream))


class Stream(_Fed):
    """An utterance in progress; made by `Model.createStream`. Calls of several threads queue up.

    A call that a signal's handler ends, as Ctrl-C does, leaves a stream that can only be freed.
    """

    _made_by = 'createStream()'

    def feedAudioContent(self, audio_buffer: Any) -> None:
        """Feed the next int16 mono samples, any number of them."""
        self._call('feed', impl.DS_FeedAudioContent, audio_buffer)

    def addHotWord(self, word: str, boost: float) -> None:
        """Add a hot word for this stream alone, before it is fed; it begins with its model's."""
        self._call('set', impl.DS_AddStreamHotWord, _whole(word), boost)
        if reason := impl.DS_LastError():
            warnings.warn(reason, RuntimeWarning, stacklevel=2)

    def eraseHotWord(self, word: str) -> None:
        """Forget a hot word in this stream, before it is fed."""
        self._call('set', impl.DS_EraseStreamHotWord, _whole(word))

    def clearHotWords(self) -> None:
        """Forget all hot words in this stream, before it is fed."""
        self._call('set', impl.DS_ClearStreamHotWords)

    def intermediateDecode(self) -> str:
        """Return the transcript so far."""
        return self._call('decode', impl.DS_IntermediateDecode)

    def intermediateDecodeWithMetadata(self, num_results: int = 1) -> Metadata:
        """Return the transcripts so far, with tokens, words and times."""
        return _metadata(self._call('decode', impl.DS_IntermediateDecodeWithMetadata,
                                    _limit(num_results)))

    def intermediateDecodeFlushBuffers(self) -> str:
        """Return the transcript so far, up to the last sample fed."""
        return self._call('decode', impl.DS_IntermediateDecodeFlushBuffers)

    def intermediateDecodeWithMetadataFlushBuffers(self, num_results: int = 1) -> Metadata:
        """Return the transcripts so far, up to the last sample fed."""
        return _metadata(self._call(
            'decode', impl.DS_IntermediateDecodeWithMetadataFlushBuffers, _limit(num_results)))

    def enableGrammar(self, grammar: _Grammar) -> None:
        """Write only what a grammar allows, as `Model.enableGrammar`; before the first samples."""
        self._call('change', impl.DS_EnableStreamGrammar, _grammar(grammar))

    def disableGrammar(self) -> None:
        """Write whatever is said, though the model has a grammar; before the first samples."""
        self._call('change', impl.DS_DisableStreamGrammar)

    def enableKeywords(self, keywords: _Grammar) -> None:
        """Listen for phrases and do nothing else, without end; before the first samples.

        Args:
            keywords: a phrase a line, with its threshold after # and the name to report after @
                where it has them (`turn on #0.5 @on`), as a text or as the path of a file; or a
                list of such lines.

        Raises:
            RuntimeError: a mistake in the list, with its line and column.
        """
        self._call('change', impl.DS_EnableKeywords, _grammar(keywords))

    def keywords(self) -> list[HeardKeyword]:
        """Return what was heard since the last call.

        A forward network hears while it is fed, best in pieces of 20 to 100 ms; a bidirectional one
        at the end, and every 20 to 39 seconds before.
        """
        return [HeardKeyword(*heard) for heard in self._call('ask', impl.DS_TakeKeywords)]

    def finishKeywords(self) -> list[HeardKeyword]:
        """End the stream and return what was heard since the last call."""
        return [HeardKeyword(*heard) for heard in self._call('finish', impl.DS_EndKeywords)]

    def setEndpointRules(self, *, silence_before: float = 2.4, silence_after: float = 1.2,
                         longest: float = 20.0) -> None:
        """Set when an utterance has ended; before the first samples.

        Args:
            silence_before: seconds of silence where nothing was said.
            silence_after: seconds of silence after something was said.
            longest: seconds of an utterance.
        """
        self._call('listen', impl.SetEndpointRules, silence_before, silence_after, longest)

    def endpoint(self) -> Endpoint:
        """Return why what was fed so far is an utterance that has ended; false if it is not.

        Finish the stream then, and go on with another one. Ask from the beginning on, whenever
        samples were fed: a stream listens from the first time on, or since its rules were set. A
        forward network is asked what it reads; for a bidirectional one, which runs later, speech is
        what stands out from the noise.
        """
        return Endpoint(self._call('ask', impl.DS_StreamEndpoint))

    def finishStream(self) -> str:
        """End the stream and return its transcript."""
        return self._call('finish', impl.DS_FinishStream)

    def finishStreamWithMetadata(self, num_results: int = 1) -> Metadata:
        """End the stream and return its transcripts with tokens, words and times."""
        return _metadata(self._call('finish', impl.DS_FinishStreamWithMetadata,
                                    _limit(num_results)))


_streams: weakref.WeakSet[_Fed] = weakref.WeakSet()


def _after_fork() -> None:
    for stream in list(_streams):
        stream._after_fork()


os.register_at_fork(after_in_child=_after_fork)


def open_model(name: str | os.PathLike[str], scorer: str | os.PathLike[str] = '', *,
               threads: int = 0) -> Model:
    """Open a model with the language model or the grammar that belongs to it.

    Args:
        name: one of `list_models`, or the path of a file.
        scorer: a language model to use instead.
        threads: as of `Model`.

    Raises:
        RuntimeError: there is no such model, or it cannot be used.
    """
    found = find_model(name)
    model = Model(found.path, threads=threads)
    if scorer or found.scorer:
        model.enableExternalScorer(scorer or found.scorer)
    elif found.grammar:
        model.enableGrammar(found.grammar)
    return model


def version() -> str:
    """Return the version of the native library."""
    return impl.DS_Version()


class AudioReader(_Native):
    """Reads a recording piece by piece: int16 samples, mixed down to mono and resampled.

        reader = AudioReader('talk.mp3', model.sampleRate())
        for piece in reader: ...       # array('h') of a second each, the last one shorter

    WAV is read here; other formats need libsndfile: the system's, or `pip install
    'deepspeech[audio]'`.

    Attributes:
        seconds: the length that the file announces; None where it does not.

    Raises:
        ValueError: the file has no readable audio; the text names file and reason. Going through
            the pieces raises it too, where the file is damaged further on.
    """

    def __init__(self, path: str | bytes | os.PathLike[str], sample_rate: int = 16000) -> None:
        from .utils import prefer_bundled_sndfile
        prefer_bundled_sndfile()
        self._handle = impl.open_audio(path, sample_rate)
        self._rate = sample_rate
        seconds = impl.dsc_audio_seconds(self._handle)
        self.seconds = seconds if seconds >= 0 else None

    def __iter__(self) -> Iterator[array.array[int]]:
        """Yield what has not been read yet."""
        return self._pieces(1)

    def _pieces(self, secs: int) -> Iterator[array.array[int]]:
        while data := impl.next_samples(self._handle, secs * self._rate):
            yield array.array('h', data)


def read_audio(path: str | bytes | os.PathLike[str], sample_rate: int = 16000) -> array.array[int]:
    """Read a recording as a whole, as `AudioReader` does.

    Raises:
        ValueError: the file has no readable audio; the text names file and reason.
    """
    samples = array.array('h')
    for piece in AudioReader(path, sample_rate)._pieces(60):  # each takes the interpreter's lock
        samples.extend(piece)
    return samples
