"""The CTC beam search decoder of DeepSpeech, with the names of ds_ctcdecoder 0.9.3.

    from ds_ctcdecoder import Alphabet, Scorer, ctc_beam_search_decoder

    alphabet = Alphabet('data/alphabet.txt')
    scorer = Scorer(0.93, 1.18, 'my.scorer', alphabet)
    for confidence, text in ctc_beam_search_decoder(probs, alphabet, 500, scorer=scorer):
        print(confidence, text)

Probabilities are arrays [time, labels + 1] after softmax, blank last: float32 or float64, anything
with the buffer protocol (numpy, TensorFlow and torch arrays), or lists. Beyond 0.9.3: `Decoder`
takes a stream piece by piece, `decode` gives words with times, scorers may be ARPA files or KenLM
binaries, hot words may be phrases.

`DS_ERR_*` are the error codes, `__version__` is the version of this project.
"""

from __future__ import annotations

import array
import dataclasses
import os
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from . import swigwrapper as _c

__version__ = _c.dsd_version()
_PIECE = 16  # frames
globals().update({name: code for name, code in vars(_c).items() if name.startswith('DS_ERR_')})


def _path(path: str | bytes | os.PathLike[str]) -> str:
    """Return a path as text; C would take it for ended at a NUL."""
    text = os.fsdecode(path)
    if '\0' in text:
        raise ValueError(f'path {text!r} has a NUL in it')
    return text


class _Native:
    """What has its memory in the native library: the program's own, which cannot be sent on."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(f'a {type(self).__name__} cannot be pickled or copied: its memory is that '
                        'of the native library in this process; make it anew in each process')


class Alphabet(_Native):
    """Labels of the network's output, read from a file with one label per line."""

    def __init__(self, config_path: str | os.PathLike[str]) -> None:
        self._handle = _c.dsd_alphabet_load(_path(config_path))

    @classmethod
    def deserialize(cls, data: bytes) -> Alphabet:
        """Make the alphabet stored in a model or returned by `Serialize()`."""
        alphabet = cls.__new__(cls)
        alphabet._handle = _c.dsd_alphabet_deserialize(data)
        return alphabet

    @property
    def bytes_output(self) -> bool:
        """True if the labels are the bytes 1 to 255."""
        return bool(_c.dsd_alphabet_is_bytes(self._handle))

    def GetSize(self) -> int:
        """Return the number of labels, without the blank."""
        return _c.dsd_alphabet_size(self._handle)

    def GetSpaceLabel(self) -> int:
        """Return the label of the space, or -1 if there is none."""
        return _c.dsd_alphabet_space(self._handle)

    def IsSpace(self, label: int) -> bool:
        """Tell whether a label is the space."""
        return label == self.GetSpaceLabel()

    def _encode(self, text: str) -> tuple[list[int], str]:
        data = text.encode('utf-8', 'surrogateescape')
        labels, spelt = _c.dsd_alphabet_encode(self._handle, data)
        return memoryview(labels).cast('i').tolist(), data[spelt:].decode('utf-8', 'replace')

    def CanEncode(self, text: str) -> bool:
        """Tell whether all characters of a text have labels; False for an empty text."""
        if self.bytes_output:
            return '\0' not in text
        return text != '' and not self._encode(text)[1]

    def CanEncodeSingle(self, text: str) -> bool:
        """Tell whether a text is one label; always True with bytes output."""
        labels, rest = self._encode(text)
        return self.bytes_output or len(labels) == 1 and not rest

    def Encode(self, text: str) -> list[int]:
        """Return the labels of a text, longest label first.

        Raises:
            ValueError: a character has no label.
        """
        labels, rest = self._encode(text)
        if rest:
            raise ValueError(f'character {rest[0]!r} is not in the alphabet')
        return labels

    def EncodeSingle(self, text: str) -> int:
        """Return the single label of a text."""
        labels = self.Encode(text)
        if len(labels) != 1:
            raise ValueError(f'{text!r} is {len(labels)} labels: expected one')
        return labels[0]

    def Decode(self, labels: Iterable[int]) -> str:
        """Return the text of labels; broken UTF-8 becomes U+FFFD."""
        data = _c.dsd_alphabet_decode(self._handle, array.array('i', labels))
        return data.decode('utf-8', 'replace')

    def DecodeSingle(self, label: int) -> str:
        """Return the text of one label."""
        return self.Decode([label])

    def Serialize(self) -> bytes:
        """Return 0.9.3's form: uint16 count, then per label uint16 label, uint16 length, bytes."""
        return _c.dsd_alphabet_serialize(self._handle)

    def Deserialize(self, buffer: bytes, buffer_size: int) -> int:
        """Become the alphabet in `Serialize()`'s form; return 0."""
        self._handle = _c.dsd_alphabet_deserialize(bytes(buffer)[:buffer_size])
        return 0

    def __len__(self) -> int:
        return self.GetSize()


class UTF8Alphabet(Alphabet):
    """The alphabet of bytes output mode: label i is byte i + 1, for 1 to 255."""

    def __init__(self) -> None:
        self._handle = _c.dsd_alphabet_bytes_output()


class Scorer(_Native):
    """A language model with its vocabulary and weights: a .scorer, a KenLM binary or an ARPA file.

    Without scorer_path and alphabet it is empty until `init` opens one.

    Args:
        alpha: weight of the language model; None: the package's own.
        beta: bonus per word (bytes mode: per character); None: the package's own.
        scorer_path: the file.
        alphabet: of the acoustic model; the scorer must have been made for it.

    Raises:
        ValueError: the file cannot be used; one line with the error code (the table is in
            doc/inside/decoder.md).
    """

    def __init__(self, alpha: float | None = None, beta: float | None = None,
                 scorer_path: str | os.PathLike[str] | None = None,
                 alphabet: Alphabet | None = None) -> None:
        self._handle: Any = None
        if scorer_path is None and alphabet is None:
            return
        if scorer_path is None or alphabet is None:
            raise ValueError('a scorer needs scorer_path and alphabet')
        self._handle = _c.dsd_scorer_open(_path(scorer_path), alphabet._handle)
        self.reset_params(self.alpha if alpha is None else alpha,
                          self.beta if beta is None else beta)

    def init(self, scorer_path: str | bytes | os.PathLike[str], alphabet: Alphabet) -> int:
        """Open a scorer; return DS_ERR_OK or an error code."""
        try:
            self._handle = _c.dsd_scorer_open(_path(scorer_path), alphabet._handle)
        except ValueError:
            return _c.dsd_error_code()
        return _c.DS_ERR_OK

    def _opened(self) -> Any:
        if self._handle is None:
            raise ValueError('the scorer is empty: pass scorer_path and alphabet')
        return self._handle

    def reset_params(self, alpha: float, beta: float) -> None:
        """Set the weights for decoders made from now on."""
        _c.dsd_scorer_set_weights(self._opened(), alpha, beta)

    @property
    def alpha(self) -> float:
        """Weight of the language model."""
        return _c.dsd_scorer_alpha(self._opened())

    @alpha.setter
    def alpha(self, alpha: float) -> None:
        self.reset_params(alpha, self.beta)

    @property
    def beta(self) -> float:
        """Bonus per word."""
        return _c.dsd_scorer_beta(self._opened())

    @beta.setter
    def beta(self, beta: float) -> None:
        self.reset_params(self.alpha, beta)

    @property
    def words_left_out(self) -> int:
        """Words of a plain language model that the alphabet cannot spell."""
        return _c.dsd_scorer_words_left_out(self._opened())

    def is_utf8_mode(self) -> bool:
        """Tell whether the scorer is for bytes output mode."""
        return bool(_c.dsd_scorer_is_bytes(self._opened()))

    def get_max_order(self) -> int:
        """Return the order of the n-grams."""
        return _c.dsd_scorer_order(self._opened())

    def get_log_cond_prob(self, words: Iterable[str | bytes], bos: bool = False,
                          eos: bool = False) -> float:
        """Return the natural log of the last word's probability given the others; -1000 if unknown.

        Args:
            words: the words.
            bos: a sentence begins with them.
            eos: a sentence ends with them: its end is scored, instead of the last word.
        """
        lines = b'\n'.join(w.encode() if isinstance(w, str) else w for w in words)
        return _c.dsd_scorer_log_prob(self._opened(), lines, bos, eos)


class Grammar(_Native):
    """What may be said: a grammar made ready for an alphabet.

    Args:
        text_or_path: JSGF, a list in JSON (`["turn on", "[unk]"]`) or a phrase a line, as a text
            or as the path of a file; or the path of a packed file.
        alphabet: of the acoustic model.

    Raises:
        ValueError: a mistake in the grammar; one line with its place.
    """

    def __init__(self, text_or_path: str | os.PathLike[str], alphabet: Alphabet) -> None:
        self._handle = _c.dsd_grammar_new(_path(text_or_path), alphabet._handle)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a packed file, which is used in place when it is opened."""
        _c.dsd_grammar_save(self._handle, _path(path))

    def __len__(self) -> int:
        """Return the number of states."""
        return _c.dsd_grammar_states(self._handle)


@dataclasses.dataclass(frozen=True)
class Slot:
    """A part of a transcript that a grammar names; times in frames."""

    name: str
    text: str  # what was said
    value: str  # what it means: the same unless the grammar tells
    start: int
    end: int


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What speaks for a text or a word: two figures from 0 to 1, by what they compare it with."""

    fit: float  # with the best text that nothing constrains: exp(lag behind it for each label)
    share: float  # with the search's other hypotheses: its part of their probability

    @property
    def raw(self) -> float:
        """Both in one."""
        return self.fit * self.share


@dataclasses.dataclass(frozen=True)
class Word:
    """A word of a transcript; times in frames."""

    text: str
    start: int  # frame in which its first label appeared
    end: int  # one past the last frame of its last label
    confidence: float  # geometric mean of its labels' highest probabilities, 0..1
    evidence: Evidence


@dataclasses.dataclass(frozen=True)
class Output:
    """One transcript of a decoder."""

    confidence: float  # log of the summed probability of its paths with all bonuses, in nats
    text: str
    tokens: tuple[int, ...]  # labels
    timesteps: tuple[int, ...]  # frame in which each label appeared
    words: tuple[Word, ...]
    evidence: Evidence
    intent: str | None = None  # with a grammar: what is meant; None: it does not tell
    slots: tuple[Slot, ...] = ()


class Decoder(_Native):
    """A beam search under way.

        decoder = Decoder(alphabet, 500, scorer=scorer)
        for piece in pieces:            # float32 or float64 [frames, labels + 1]
            decoder.step(piece)
            print(decoder.decode()[0].text)

    Feeding in pieces gives the same bits as feeding at once.

    Args:
        alphabet: labels of the probabilities.
        beam_size: hypotheses kept.
        cutoff_prob: labels of a frame are tried until their probabilities sum up to this.
        cutoff_top_n: upper limit of the labels tried per frame.
        scorer: the language model, or None.
        hot_words: word or phrase -> boost; one that the alphabet cannot spell has no effect and
            causes a warning.
        oov_cost: lets words be written that the scorer does not know, each at this cost in nats.
        grammar: only its texts are written, and a scorer is not asked; one without a public rule
            says what words of the scorer such as `[name]` stand for.
    """

    def __init__(self, alphabet: Alphabet, beam_size: int = 500, cutoff_prob: float = 1.0,
                 cutoff_top_n: int = 40, scorer: Scorer | None = None,
                 hot_words: Mapping[str, float] | None = None,
                 oov_cost: float | None = None, grammar: Grammar | None = None) -> None:
        options = _c.dsd_options_new(beam_size, cutoff_prob, cutoff_top_n)
        if oov_cost is not None:
            _c.dsd_options_set_oov_cost(options, oov_cost)
        if grammar is not None:
            _c.dsd_options_set_grammar(options, grammar._handle)
        for text, boost in (hot_words or {}).items():
            text = text.decode('utf-8') if isinstance(text, bytes) else text
            words = [word for word in text.split(' ') if word]
            if words and all(map(alphabet.CanEncode, words)):
                _c.dsd_options_add_hot_word(options, text, boost)
            else:
                warnings.warn(f'the alphabet cannot spell hot word {text!r}: it has no effect',
                              RuntimeWarning, stacklevel=2)
        self._handle = _c.dsd_decoder_new(alphabet._handle, options,
                                          scorer._opened() if scorer else None)

    def step(self, probs: Any) -> None:
        """Feed the next frames: [frames, labels + 1], after softmax, blank last."""
        _c.dsd_decoder_step(self._handle, _matrix(probs))

    def decode(self, num_results: int = 1) -> list[Output]:
        """Return the best transcripts so far, best first; the stream may continue."""
        results = _c.dsd_decoder_decode(self._handle, num_results)
        return [_output(results, i) for i in range(_c.dsd_results_count(results))]

    def reset(self) -> None:
        """Begin a new stream with the same settings."""
        _c.dsd_decoder_reset(self._handle)

    @property
    def frames(self) -> int:
        """Frames fed so far."""
        return _c.dsd_decoder_frames(self._handle)


@dataclasses.dataclass(frozen=True)
class KeywordHit:
    """A phrase that was heard; times in frames."""

    name: str
    start: int  # frame of its first label
    end: int  # one past the last frame of its last label
    score: float  # 0..1: the probability of its labels, their geometric mean
    keyword: int  # number of the phrase in its list


class Spotter(_Native):
    """Listens for phrases in a stream without end, in constant memory.

        spotter = Spotter('keywords.txt', alphabet)
        for piece in pieces:            # float32 or float64 [frames, labels + 1]
            for hit in spotter.step(piece): ...
        for hit in spotter.finish(): ...

    Feeding in pieces gives the same hits as feeding at once.

    Args:
        text_or_path: a phrase a line, with its threshold after # and the name to report after @
            where it has them, as a text or as the path of a file.
        alphabet: labels of the probabilities.

    Raises:
        ValueError: a mistake in the list; one line with its place.
    """

    def __init__(self, text_or_path: str | os.PathLike[str], alphabet: Alphabet) -> None:
        self._handle = _c.dsd_spotter_new(_path(text_or_path), alphabet._handle)
        count = range(_c.dsd_spotter_size(self._handle))
        self.names = [_c.dsd_spotter_name(self._handle, i).decode() for i in count]
        self.thresholds = [_c.dsd_spotter_threshold(self._handle, i) for i in count]

    def step(self, probs: Any) -> list[KeywordHit]:
        """Feed the next frames, as to a `Decoder`; return the hits that are sure by then."""
        _c.dsd_spotter_step(self._handle, _matrix(probs))
        return self._hits()

    def finish(self) -> list[KeywordHit]:
        """End the stream; return the last hits."""
        _c.dsd_spotter_finish(self._handle)
        return self._hits()

    def _hits(self) -> list[KeywordHit]:
        figures = memoryview(_c.dsd_spotter_hits(self._handle)).cast('d')
        hits = []
        for at in range(0, len(figures), 4):
            number, start, end, score = figures[at:at + 4]
            hits.append(KeywordHit(self.names[int(number)], int(start), int(end), score,
                                   int(number)))
        return hits


def _matrix(probs: Any) -> Any:
    """Return an object with a buffer [frames, classes] of float32 or float64."""
    try:
        memoryview(probs)
    except (TypeError, ValueError, BufferError):  # half floats of some libraries have none
        if hasattr(probs, '__array__'):
            return _matrix(probs.__array__())
        rows = [list(map(float, row)) for row in probs]
        width = len(rows[0]) if rows else 0
        if any(len(row) != width for row in rows):
            raise ValueError('the frames have different numbers of classes') from None
        if not rows or not width:
            return memoryview(b'').cast('B').cast('d', [0])  # refused below, with its shape
        flat = array.array('d', (x for row in rows for x in row))
        return memoryview(flat).cast('B').cast('d', [len(rows), width])
    kind = getattr(getattr(probs, 'dtype', None), 'kind', '')
    if kind and (kind in 'iu' or kind == 'f' and probs.dtype.itemsize not in (4, 8)):
        return probs.astype('d')
    return probs


def _pieces(probs: Any) -> Iterator[Any]:
    """Cut an array [frames, classes] into pieces that do not take long each."""
    view = memoryview(_matrix(probs))
    if view.ndim != 2 or len(view) <= _PIECE:
        yield view
        return
    for at in range(0, len(view), _PIECE):
        yield view[at:at + _PIECE]


def _output(results: Any, i: int) -> Output:
    figures = memoryview(_c.dsd_results_evidence(results, i)).cast('d')
    evidence = [Evidence(*figures[at:at + 2]) for at in range(0, len(figures), 2)]
    words = tuple(Word(_c.dsd_results_word(results, i, w).decode('utf-8', 'replace'),
                       _c.dsd_results_word_start(results, i, w),
                       _c.dsd_results_word_end(results, i, w),
                       _c.dsd_results_word_confidence(results, i, w), evidence[w + 1])
                  for w in range(_c.dsd_results_num_words(results, i)))
    slots = tuple(Slot(_c.dsd_results_slot_name(results, i, s).decode(),
                       _c.dsd_results_slot_text(results, i, s).decode('utf-8', 'replace'),
                       _c.dsd_results_slot_value(results, i, s).decode('utf-8', 'replace'),
                       _c.dsd_results_slot_start(results, i, s),
                       _c.dsd_results_slot_end(results, i, s))
                  for s in range(_c.dsd_results_num_slots(results, i)))
    return Output(_c.dsd_results_confidence(results, i),
                  _c.dsd_results_text(results, i).decode('utf-8', 'replace'),
                  tuple(memoryview(_c.dsd_results_tokens(results, i)).cast('i')),
                  tuple(memoryview(_c.dsd_results_timesteps(results, i)).cast('I')), words,
                  evidence[0], _c.dsd_results_intent(results, i).decode() or None, slots)


def decode(probs_seq: Any, alphabet: Alphabet, beam_size: int = 500, num_results: int = 1,
           **options: Any) -> list[Output]:
    """Decode one utterance; return its transcripts with tokens, times and words.

    Args:
        probs_seq: array [time, labels + 1] after softmax, blank last.
        alphabet: labels of the probabilities.
        beam_size: hypotheses kept.
        num_results: upper limit of the transcripts returned, best first.
        **options: cutoff_prob, cutoff_top_n, scorer, hot_words, oov_cost and grammar, as for
            `Decoder`.
    """
    decoder = Decoder(alphabet, beam_size, **options)
    decoder.step(probs_seq)
    return decoder.decode(num_results)


def decode_batch(probs_seq: Any, seq_lengths: Sequence[int] | None, alphabet: Alphabet,
                 beam_size: int = 500, num_processes: int | None = None,
                 **options: Any) -> list[list[Output]]:
    """Decode many utterances on a pool of threads.

    Args:
        probs_seq: array [batch, time, labels + 1], or a sequence of arrays [time, labels + 1].
        seq_lengths: frames to use per utterance; None: all.
        alphabet: labels of the probabilities.
        beam_size: hypotheses kept.
        num_processes: threads; None: one per processor.
        **options: as for `decode`.

    Returns:
        the transcripts of each utterance, best first.

    Raises:
        ValueError: there is not one length per utterance, or one exceeds its frames.
    """
    if seq_lengths is not None and len(seq_lengths) != len(probs_seq):
        raise ValueError(f'{len(probs_seq)} utterances, but {len(seq_lengths)} lengths')
    for i, length in enumerate(seq_lengths if seq_lengths is not None else ()):
        if not 0 <= length <= len(probs_seq[i]):
            raise ValueError(f'utterance {i} has {len(probs_seq[i])} frames, but length '
                             f'{length}')

    num_results = options.pop('num_results', 1)
    stop = threading.Event()

    def one(i: int) -> list[Output]:
        probs = probs_seq[i] if seq_lengths is None else probs_seq[i][:int(seq_lengths[i])]
        decoder = Decoder(alphabet, beam_size, **options)
        for piece in _pieces(probs):
            if stop.is_set():
                return []
            decoder.step(piece)
        return decoder.decode(num_results)

    with ThreadPoolExecutor(num_processes or os.cpu_count()) as pool:
        try:
            return list(pool.map(one, range(len(probs_seq))))
        except BaseException:  # Ctrl-C too: only the main thread hears it
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def ctc_beam_search_decoder(probs_seq: Any, alphabet: Alphabet, beam_size: int,
                            cutoff_prob: float = 1.0, cutoff_top_n: int = 40,
                            scorer: Scorer | None = None,
                            hot_words: Mapping[str, float] | None = None,
                            num_results: int = 1) -> list[tuple[float, str]]:
    """Return pairs (confidence, text) of one utterance [time, labels + 1], best first."""
    return [(out.confidence, out.text) for out in decode(
        probs_seq, alphabet, beam_size, num_results, cutoff_prob=cutoff_prob,
        cutoff_top_n=cutoff_top_n, scorer=scorer, hot_words=hot_words)]


def ctc_beam_search_decoder_batch(probs_seq: Any, seq_lengths: Sequence[int],
                                  alphabet: Alphabet, beam_size: int, num_processes: int | None,
                                  cutoff_prob: float = 1.0, cutoff_top_n: int = 40,
                                  scorer: Scorer | None = None,
                                  hot_words: Mapping[str, float] | None = None,
                                  num_results: int = 1) -> list[list[tuple[float, str]]]:
    """Decode utterances [batch, time, labels + 1] on a pool of threads.

    Arguments and results as for `ctc_beam_search_decoder`, one list per utterance.
    """
    return [[(out.confidence, out.text) for out in outputs] for outputs in decode_batch(
        probs_seq, seq_lengths, alphabet, beam_size, num_processes, num_results=num_results,
        cutoff_prob=cutoff_prob, cutoff_top_n=cutoff_top_n, scorer=scorer, hot_words=hot_words)]
