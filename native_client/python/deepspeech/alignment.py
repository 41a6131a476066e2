"""What `Model.align` returns: the lines of a text with their words and letters, and their times."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class AlignedLetter:
    """A letter of a text that the model's alphabet can spell.

    Attributes:
        text: as it was given.
        start_time: seconds from the start of the audio.
        end_time: the same.
        confidence: 0 to 1.
        found: whether it is spoken; if not, it has no time of its own.
    """

    text: str
    start_time: float
    end_time: float
    confidence: float
    found: bool


@dataclasses.dataclass(frozen=True)
class AlignedWord(AlignedLetter):
    """A word of a text, with the punctuation at it.

    Attributes:
        letters: those that the alphabet can spell.
    """

    letters: list[AlignedLetter]


@dataclasses.dataclass(frozen=True)
class AlignedLine(AlignedLetter):
    """A line of a text, found if at least half of its letters are.

    Attributes:
        words: its words, in order.
    """

    words: list[AlignedWord]


@dataclasses.dataclass(frozen=True)
class Alignment:
    """A text, and where a recording has it.

    Attributes:
        lines: those that are not blank.
        duration: of the recording, in seconds.
    """

    lines: list[AlignedLine]
    duration: float

    @property
    def words(self) -> list[AlignedWord]:
        """The words of all lines."""
        return [word for line in self.lines for word in line.words]


def alignment_of(lines: list[Any], words: list[Any], letters: list[Any],
                 duration: float) -> Alignment:
    """Build an alignment from tuples (text, start, end, confidence, found, first, count)."""
    of_letters = [AlignedLetter(*letter[:5]) for letter in letters]
    of_words = [AlignedWord(text, start, end, confidence, found, of_letters[first:first + count])
                for text, start, end, confidence, found, first, count in words]
    return Alignment([
        AlignedLine(text, start, end, confidence, found, of_words[first:first + count])
        for text, start, end, confidence, found, first, count in lines], duration)
