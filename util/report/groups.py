"""Error rates by length, by speaker, and by the time in the test."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence

from util.progress import clock
from util.report.tested import Rates, Tested

LENGTHS = 1, 2, 4, 8, 16, 32  # seconds, each twice the one before
PIECES = 12  # at most, of the time
STEPS = 30, 60, 300, 600, 1800, 3600, 4 * 3600, 24 * 3600  # seconds of such a piece
UNKNOWN = 'not known'

Groups = dict[str, Rates]


def by_length(tested: Sequence[Tested]) -> Groups:
    """Group utterances by seconds; those whose recording is gone are left out."""
    groups = {}
    for low, high in itertools.pairwise([0, *LENGTHS, float('inf')]):
        found = [each for each in tested if each.secs and low <= each.secs < high]
        if found:
            name = f'{low} s and more' if high == float('inf') else f'{low} to {high:g} s'
            groups[name] = Rates.of(found)
    return groups


def by_speaker(tested: Sequence[Tested]) -> Groups:
    """Group utterances by speaker, the worst first; {} where none is known."""
    found: defaultdict[str, list[Tested]] = defaultdict(list)
    for each in tested:
        found[each.speaker or UNKNOWN].append(each)
    if set(found) <= {UNKNOWN}:
        return {}
    rates = {name: Rates.of(each) for name, each in found.items()}
    return dict(sorted(rates.items(), key=lambda group: (-group[1].wer, -group[1].cer, group[0])))


def by_time(tested: Sequence[Tested]) -> Groups:
    """Cut the test into pieces of equal time, in its order: does it get worse towards the end?

    An utterance belongs to the piece in which it begins. {} where all is one piece.
    """
    total = sum(each.secs for each in tested)
    step = next((each for each in STEPS if total <= PIECES * each), STEPS[-1])
    if total <= step:
        return {}
    ends = itertools.accumulate(each.secs for each in tested)
    pieces: defaultdict[int, list[Tested]] = defaultdict(list)
    for each, end in zip(tested, ends):
        pieces[int((end - each.secs + 1e-6) / step)].append(each)
    return {f'from {clock(number * step)}': Rates.of(piece) for number, piece in pieces.items()}
