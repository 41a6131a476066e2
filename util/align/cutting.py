"""Where to cut a recording whose words are found: clips from pause to pause, and what is left out.

A clip holds words that follow one another in the text and are all found, with nothing else said
between them. It begins and ends in silence, mostly where a line of the text does.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from util.align.script import Line
from util.text.transcripts import Rejected

if TYPE_CHECKING:
    import deepspeech

NOT_SPOKEN = 'not spoken, as it seems'
NOT_IN_TEXT = 'speech that is not in the text'
NO_PAUSE = 'no pause to cut at'
LOW = 'low score'
LOOK = 0.1  # seconds that the middle of a silence may lie within a word, whose edges are rough
EDGE = 0.7  # seconds of speech that a word may have before its first letter or after its last one
LOST_EDGE = 0.2  # where a word is missing: what is said there may be that word
STRAY = 0.25  # seconds of speech between two silences that are somebody's
WINDOW = 20  # letters over which a score is taken
MID_LINE, LINE_ENDS = 4.0, 1.0  # what cuts and their absence cost
IMPOSSIBLE = 1000.0


@dataclass(frozen=True)
class Rules:
    """What makes a clip.

    Attributes:
        shortest, longest: seconds.
        padding: seconds of silence that are kept before and after the speech.
        least_score: of a clip that is used.
    """

    shortest: float = 1.0
    longest: float = 15.0
    padding: float = 0.2
    least_score: float = 0.0


@dataclass(frozen=True)
class Piece:
    """A stretch of a recording with its words: a clip, or what is left out and why.

    Attributes:
        start, end: seconds.
        text: as it was given.
        transcript: cleaned; '' if it cannot be.
        score: 0 to 1: the lowest mean confidence (geometric) of as many letters in a row as
          `WINDOW` says.
        first, last: its first character in the script, and one past its last.
        reason: why it is left out; '' for a clip.
        meta: what the script says of its lines: each value once.
    """

    start: float
    end: float
    text: str
    transcript: str = ''
    score: float = 0.0
    first: int = 0
    last: int = 0
    reason: str = ''
    meta: dict[str, list[Any]] | None = None


@dataclass(frozen=True)
class _Word:
    """A word, where it is said, and where it stands."""

    line: int
    begin: int  # in its line
    stop: int
    start: float
    end: float
    found: bool
    confidences: tuple[float, ...]
    problem: str


@dataclass(frozen=True)
class _Gap:
    """Between two words: where a clip may end, where the next one may begin, and what is said."""

    end: float | None
    begin: float | None
    stray: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class _Point:
    """A place to cut in a run of words."""

    word: int  # the first one after it
    gap: _Gap
    mid_line: bool


def cut(lines: Sequence[Line], alignment: deepspeech.Alignment,
        silences: Sequence[tuple[float, float]], rules: Rules, clean: Callable[[str], str]
        ) -> list[Piece]:
    """Return clips and what is left out, in the order of the recording.

    Args:
        lines: of the text.
        alignment: of them.
        silences: (start, end) in seconds, in order.
        rules: for clips.
        clean: makes a transcript; raises `Rejected`.
    """
    return sorted(_Recording(lines, alignment, silences, rules, clean).pieces(),
                  key=lambda piece: (piece.start, piece.end, piece.first))


class _Recording:
    """One recording on its way."""

    def __init__(self, lines: Sequence[Line], alignment: deepspeech.Alignment,
                 silences: Sequence[tuple[float, float]], rules: Rules,
                 clean: Callable[[str], str]) -> None:
        self._rules, self._clean, self._lines = rules, clean, lines
        self._silences, self._duration = silences, alignment.duration
        self._middles = [(start + end) / 2 for start, end in silences]
        self._problems: dict[str, str] = {}
        self._words = list(self._read(alignment))
        self._ends, self._starts = self._neighbours()

    def _read(self, alignment: deepspeech.Alignment) -> Iterator[_Word]:
        """Yield all words with their places in their lines."""
        lines = iter(enumerate(self._lines))
        for found in alignment.lines:  # what looks blank is no line there
            number, line = next(each for each in lines if found.text in each[1].text)
            at = 0
            for word in found.words:
                begin = line.text.index(word.text, at)
                at = begin + len(word.text)
                yield _Word(number, begin, at, word.start_time, word.end_time, word.found,
                            tuple(letter.confidence for letter in word.letters),
                            self._problem(word.text) if word.found else NOT_SPOKEN)

    def _neighbours(self) -> tuple[list[float | None], list[float | None]]:
        """Return when the last word before each and before the end was said, and the next one."""
        ends: list[float | None] = [None]
        for word in self._words:
            ends.append(word.end if word.found else ends[-1])
        starts: list[float | None] = [None]
        for word in reversed(self._words):
            starts.append(word.start if word.found else starts[-1])
        return ends, starts[::-1]

    def _problem(self, text: str) -> str:
        """Return why a part of the text cannot be in a transcript; '' if it can."""
        if text not in self._problems:
            self._problems[text] = ''
            if any(c.isalnum() for c in text):
                try:
                    self._clean(text)
                except Rejected as e:
                    self._problems[text] = str(e)
        return self._problems[text]

    def _between(self, first: int, second: int) -> str:
        """Return what stands between two words, in their lines."""
        one, other = self._words[first], self._words[second]
        if one.line == other.line:
            return self._lines[one.line].text[one.stop:other.begin]
        whole = [line.text for line in self._lines[one.line + 1:other.line]]
        return ' '.join([self._lines[one.line].text[one.stop:], *whole,
                         self._lines[other.line].text[:other.begin]])

    def pieces(self) -> Iterator[Piece]:
        """Yield runs of usable words as clips, and all else with its reason."""
        words = self._words
        begin = 0
        for i in range(1, len(words) + 1):
            between = self._problem(self._between(i - 1, i)) if i < len(words) else ''
            if i < len(words) and words[i].problem == words[begin].problem and not between:
                continue
            if problem := words[begin].problem:
                yield self._left_out(begin, i, problem)
            else:
                yield from self._run(begin, i)
            if between:
                one, other = words[i - 1], words[i]
                yield Piece(one.end, max(one.end, other.start), self._between(i - 1, i).strip(),
                            first=self._lines[one.line].start + one.stop,
                            last=self._lines[other.line].start + other.begin, reason=between)
            begin = i
        yield from self._stray()

    def _left_out(self, begin: int, stop: int, reason: str) -> Piece:
        """Return words that are left out, with the time that they may take."""
        words = self._words[begin:stop]
        if words[0].found:
            return self._piece(begin, stop, words[0].start, words[-1].end, reason)
        start = self._ends[begin] or 0.0
        end = self._starts[stop]
        return self._piece(begin, stop, start, max(start, self._duration if end is None else end),
                           reason)

    def _piece(self, begin: int, stop: int, start: float, end: float, reason: str = '') -> Piece:
        """Make a piece of the words `begin` to `stop` - 1; the reason may be found on the way."""
        one, other = self._words[begin], self._words[stop - 1]
        lines = self._lines[one.line:other.line + 1]
        texts = [line.text for line in lines]
        texts[-1] = texts[-1][:self._tail(stop - 1)]
        texts[0] = texts[0][self._head(begin):]
        text, transcript = ' '.join(texts).strip(), ''
        try:
            transcript = self._clean(text)
        except Rejected as e:
            reason = reason or str(e)
        confidences = [c for word in self._words[begin:stop] for c in word.confidences]
        score = lowest_mean(confidences) if other.found else 0.0
        if not reason and score < self._rules.least_score:
            reason = LOW
        meta: dict[str, list[Any]] = {}
        for line in lines:
            for key, value in line.meta.items():
                if value not in meta.setdefault(key, []):
                    meta[key].append(value)
        return Piece(round(start, 3), round(end, 3), text, transcript, round(score, 4),
                     lines[0].start + one.begin, lines[-1].start + other.stop, reason, meta)

    def _head(self, word: int) -> int:
        """Return where the text of a clip begins that begins with a word: with its quotes."""
        here = self._words[word]
        before = self._lines[here.line].text[:here.begin]
        return here.begin if self._follows(word) or self._problem(before) else 0

    def _tail(self, word: int) -> int:
        """Return where the text of a clip ends that ends with a word, behind its full stop."""
        here = self._words[word]
        text = self._lines[here.line].text
        cut = self._follows(word + 1) or self._problem(text[here.stop:])
        return here.stop if cut else len(text)

    def _follows(self, word: int) -> bool:
        """Tell whether a word stands in the line of the one before."""
        return 0 < word < len(self._words) and (
            self._words[word].line == self._words[word - 1].line)

    def _run(self, begin: int, stop: int) -> Iterator[Piece]:
        """Yield the pieces of words that follow one another, all found."""
        points = [_Point(begin, self._gap(begin), False)]
        for i in range(begin + 1, stop):
            gap = self._gap(i)
            if gap.stray:
                yield from self._stretch([*points, _Point(i, gap, False)])
                points = [_Point(i, gap, False)]
            elif gap.end is not None and gap.begin is not None:
                points.append(_Point(i, gap, self._follows(i)))
        yield from self._stretch([*points, _Point(stop, self._gap(stop), False)])

    def _stray(self) -> Iterator[Piece]:
        """Yield what is said where the text has nothing."""
        for i in range(len(self._words) + 1):
            if all(self._words[j].found for j in (i - 1, i) if 0 <= j < len(self._words)):
                for start, end in self._gap(i).stray:
                    yield Piece(round(start, 3), round(end, 3), '', reason=NOT_IN_TEXT)

    def _gap(self, word: int) -> _Gap:
        """Look at what lies before a word, after the last one that is found."""
        before, after = self._ends[word], self._starts[word]
        lost = any(not self._words[j].found for j in (word - 1, word) if 0 <= j < len(self._words))
        edge = LOST_EDGE if lost else EDGE
        low = 0.0 if before is None else before
        high = self._duration if after is None else after
        first = bisect_left(self._middles, low - LOOK)
        inside = self._silences[first:bisect_right(self._middles, high + LOOK)]
        if not inside:
            near, inner = high - low <= edge, before is not None and after is not None
            return _Gap(self._duration if after is None and near else None,
                        0.0 if before is None and near else None,
                        ((low, high),) * (inner and high - low > 2 * EDGE))
        head, tail = inside[0], inside[-1]
        stray = [(end, start) for (_, end), (start, _) in pairwise(inside) if start - end > STRAY]
        late, early = head[0] - low, high - tail[1]  # of speech at the words on either side
        if before is None:
            stray = [(low, head[0])] * (late > STRAY) + stray
        if after is None:
            stray = stray + [(tail[1], high)] * (early > STRAY)
        padding = self._rules.padding
        return _Gap(min(head[0] + padding, sum(head) / 2) if late <= edge else None,
                    max(tail[1] - padding, sum(tail) / 2) if early <= edge else None,
                    tuple(stray))

    def _stretch(self, points: list[_Point]) -> Iterator[Piece]:
        """Yield the pieces between the first and the last point: the cheapest way to cut."""
        first, last = points[0].word, points[-1].word
        if points[0].gap.begin is None:
            points = points[1:]
        if points and points[-1].gap.end is None:
            points = points[:-1]
        if len(points) < 2:
            if first < last:
                yield self._left_out(first, last, NO_PAUSE)
            return
        if first < points[0].word:
            yield self._left_out(first, points[0].word, NO_PAUSE)
        for one, other in pairwise(self._cheapest(points)):
            start, end = one.gap.begin, other.gap.end
            assert start is not None and end is not None
            yield self._piece(one.word, other.word, start, end, self._length_problem(end - start))
        if points[-1].word < last:
            yield self._left_out(points[-1].word, last, NO_PAUSE)

    def _length_problem(self, secs: float) -> str:
        if secs > self._rules.longest:
            return f'no pause within {self._rules.longest:g} s'
        return f'shorter than {self._rules.shortest:g} s' if secs < self._rules.shortest else ''

    def _cheapest(self, points: list[_Point]) -> list[_Point]:
        """Choose among the points those to cut at: line ends first, no more than are needed."""
        cost, back = [0.0], [0]
        for j in range(1, len(points)):
            best = (math.inf, j - 1)
            line_ends = 0.0
            for i in range(j - 1, -1, -1):
                start, end = points[i].gap.begin, points[j].gap.end
                assert start is not None and end is not None
                much = IMPOSSIBLE * bool(self._length_problem(end - start))
                best = min(best, (cost[i] + much + line_ends, i))
                if end - start > self._rules.longest:
                    break
                line_ends += LINE_ENDS * (not points[i].mid_line)
            cost.append(best[0] + MID_LINE * points[j].mid_line)
            back.append(best[1])
        chosen = [len(points) - 1]
        while chosen[-1]:
            chosen.append(back[chosen[-1]])
        return [points[i] for i in reversed(chosen)]


def lowest_mean(confidences: Sequence[float]) -> float:
    """Return the lowest geometric mean of `WINDOW` values in a row, or of all if they are fewer."""
    if not confidences:
        return 0.0
    sums = np.cumsum([0.0, *np.log(np.maximum(confidences, 1e-10))])
    window = min(WINDOW, len(confidences))
    return float(np.exp((sums[window:] - sums[:-window]).min() / window))
