"""How alike what is heard and what is written are: the metrics of DSAlign, by their names."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Sequence

from util.errors import UserError
from util.text.edits import edit_distance
from util.text.transcripts import char_error, word_error

LIBRARY = 'textdistance'
SIZES = (1, 2, 3)  # of n-grams
MATCH, OTHER = 100, -100  # a letter's score by Smith and Waterman; OTHER: another one, or a gap


def measures(names: Sequence[str]) -> dict[str, Callable[[str, str], float]]:
    """Return what computes each metric, of (what is heard, what is written).

    Lengths are counts of letters. Error rates are in percent of what is written, 100 at most; all
    others are from 0 for nothing alike to 100 for the same.

    Raises:
        UserError: a metric needs a library that is not there.
    """
    return {name: METRICS[name] if name in METRICS else _of_library(name) for name in names}


def _of_library(name: str) -> Callable[[str, str], float]:
    """Return one of the metrics that go by sound, or by letters that changed places."""
    try:
        measure = getattr(importlib.import_module(LIBRARY), name)
    except ImportError as error:
        raise UserError(f'--metrics {name} needs {LIBRARY}: pip install {LIBRARY}') from error
    return lambda heard, written: _percent(float(measure.normalized_similarity(heard, written)))


def _percent(share: float) -> float:
    return round(100 * min(max(share, 0.0), 1.0), 2)


def _alike(part: float, whole: float) -> float:
    """Return how much of two texts is alike, in percent; two empty ones are the same."""
    return _percent(part / whole if whole else 1)


def _levenshtein(heard: str, written: str) -> float:
    longer = max(len(heard), len(written))
    return _alike(longer - edit_distance(heard, written), longer)


def _hamming(heard: str, written: str) -> float:
    """Share of the places with the same letter."""
    return _alike(sum(map(str.__eq__, heard, written)), max(len(heard), len(written)))


def _wng(heard: str, written: str) -> float:
    """N-grams in common, by weight: the longer and the nearer to an end, the more they count."""
    short, long = (_weighted(text) for text in sorted((heard, written), key=len))
    return _alike((short & long).total(), long.total())


def _weighted(text: str) -> Counter[str]:
    """Return what the n-grams of a text weigh: their size, and up to 3 more towards its ends."""
    found: Counter[str] = Counter()
    for size in SIZES:
        last = len(text) - size
        for place in range(last + 1):
            found[text[place:place + size]] += (  # type: ignore[assignment]
                size + 3 * ((2 * place / last - 1) ** 2 if last else 1))
    return found


def _sws(heard: str, written: str) -> float:
    """Score the parts that are most alike, by Smith and Waterman: of what the longer one could."""
    above, best = [0] * (len(written) + 1), 0
    for letter in heard:
        row = [0]
        for place, other in enumerate(written):
            row.append(max(0, above[place] + (MATCH if letter == other else OTHER),
                           above[place + 1] + OTHER, row[-1] + OTHER))
        best, above = max(best, *row), row
    return _alike(best, MATCH * max(len(heard), len(written)))


def _error_rate(count: Callable[[str, str], tuple[int, int]]) -> Callable[[str, str], float]:
    def rate(heard: str, written: str) -> float:
        edits, length = count(written, heard)
        return _percent(edits / max(length, 1))
    return rate


METRICS: dict[str, Callable[[str, str], float]] = {
    'tlen': lambda heard, written: len(heard),
    'mlen': lambda heard, written: len(written),
    'sws': _sws, 'wng': _wng, 'levenshtein': _levenshtein, 'hamming': _hamming,
    'cer': _error_rate(char_error), 'wer': _error_rate(word_error)}
NAMES = (*METRICS, 'jaro_winkler', 'editex', 'mra')
USUAL = ('tlen', 'mlen', 'cer', 'wer')
