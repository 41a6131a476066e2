"""The results of a test: what was said, what was understood, by whom, and how long it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from util.audio.reading import AudioError, audio_info
from util.data.manifest import Utterance
from util.training.report import Sample


@dataclass(frozen=True)
class Tested(Sample):
    """One utterance of a test, and what is known of its recording.

    Attributes:
        place: where the recording is: its path, or its place in a collection.
        secs: its length; 0 where it cannot be read any more.
        speaker: '' where that is not known.
    """

    place: str = ''
    secs: float = 0.0
    speaker: str = ''


@dataclass(frozen=True)
class Rates:
    """Error rates of utterances together: edits summed, by the length of all references."""

    count: int
    words: int
    secs: float
    wer: float
    cer: float

    @classmethod
    def of(cls, tested: Sequence[Tested]) -> Rates:
        """Sum up."""
        words, chars = sum(each.words for each in tested), sum(each.chars for each in tested)
        return cls(len(tested), words, sum(each.secs for each in tested),
                   sum(each.word_edits for each in tested) / max(words, 1),
                   sum(each.char_edits for each in tested) / max(chars, 1))


def placed(samples: Iterable[Sample], utterances: Iterable[Utterance],
           speakers: Mapping[str, str]) -> list[Tested]:
    """Add to the results of a test what the set that was tested knows.

    Args:
        samples: the results.
        utterances: of the set, in its order; there may be others, or none.
        speakers: recording -> who speaks, as far as that is known.

    Returns:
        The results in the order of the set; where it does not tell, of their names.
    """
    order = {str(each.wav): (number, each.wav) for number, each in enumerate(utterances)}
    found = [(order.get(each.wav_filename, (len(order), each.wav_filename)), each)
             for each in samples]
    found.sort(key=lambda pair: (pair[0][0], pair[1].wav_filename))
    return [Tested(**{field.name: getattr(each, field.name) for field in fields(Sample)},
                   place=wav, secs=_length(wav), speaker=speakers.get(each.wav_filename, ''))
            for (_, wav), each in found]


def _length(wav: str) -> float:
    try:
        frames, rate, _ = audio_info(wav)
    except (AudioError, ValueError):
        return 0.0
    return frames / rate


def worst(tested: Iterable[Tested], count: int, by_characters: bool = False) -> list[Tested]:
    """Return the utterances with the most wrong words; among equals those with more letters.

    Args:
        tested: utterances.
        count: how many at most; those without errors are never among them.
        by_characters: letters count alone.
    """
    wrong = [each for each in tested if each.char_edits or each.word_edits]
    return sorted(wrong, key=lambda each: (-each.word_edits * (not by_characters),
                                           -each.char_edits, each.wav_filename))[:count]
