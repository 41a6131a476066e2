"""The operations of `--augment`: their names, the domains they work in, and their parameters.

Domains follow one another: `sample` (int16 recordings, changed in numpy), `signal` (the same as
TensorFlow sees it), `spectrogram` (power, before the mel filters) and `features`. What each
operation does is written where it is done: `samples`, `spectrogram` and `points`.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from util.data.augment.ranges import ValueRange

SAMPLE, SIGNAL, SPECTROGRAM, FEATURES = DOMAINS = ('sample', 'signal', 'spectrogram', 'features')
FULL_SCALE_DBFS = 3.0103  # dBFS of a recording whose peak is 1
OPUS_LEAST = 2400  # bit/s: below, packets of 60 ms hold silence


class Parameter(NamedTuple):
    """What an operation can be told.

    Attributes:
        kind: int or float, of a range; str for a path.
        default: as it would be written; None where it must be given.
        low, high: bounds of both ends of the range; what the radius adds is cut to them.
        alias: another name.
    """

    kind: type
    default: str | None
    low: float = -math.inf
    high: float = math.inf
    alias: str = ''


class Kind(NamedTuple):
    """An operation as it is defined.

    Attributes:
        domains: it can work in; the first is the default.
        parameters: name -> parameter, beside `p` and `domain`.
    """

    domains: tuple[str, ...]
    parameters: dict[str, Parameter]


ANYWHERE = (SPECTROGRAM, SIGNAL, FEATURES)
LATE = (FEATURES, SIGNAL, SPECTROGRAM)
KINDS = {
    'overlay': Kind((SAMPLE,), {
        'source': Parameter(str, None), 'snr': Parameter(float, '3.0'),
        'layers': Parameter(int, '1', low=0)}),
    'codec': Kind((SAMPLE,), {'bitrate': Parameter(int, '3200', OPUS_LEAST, 256000)}),
    'reverb': Kind((SAMPLE,), {
        'delay': Parameter(float, '20.0', low=0), 'decay': Parameter(float, '10.0', low=0)}),
    'resample': Kind((SAMPLE,), {'rate': Parameter(int, '8000', 1000, 768000)}),
    'volume': Kind((SAMPLE,), {'dbfs': Parameter(float, str(FULL_SCALE_DBFS),
                                                 high=FULL_SCALE_DBFS)}),
    'impulse': Kind((SAMPLE,), {'source': Parameter(str, None)}),
    'pitch': Kind((SPECTROGRAM,), {'pitch': Parameter(float, '1.075~0.125', 0.1, 10)}),
    'tempo': Kind((SPECTROGRAM,), {
        'factor': Parameter(float, '1.1', 0.1, 10), 'max_time': Parameter(float, '-1')}),
    'warp': Kind((SPECTROGRAM,), {
        'nt': Parameter(int, '1', 0, 1000, 'num_t'), 'nf': Parameter(int, '1', 0, 1000, 'num_f'),
        'wt': Parameter(float, '0.1', 0, 1, 'warp_t'), 'wf': Parameter(float, '0.0', 0, 1,
                                                                       'warp_f')}),
    'frequency_mask': Kind((SPECTROGRAM,), {
        'n': Parameter(int, '3', 0, 10000), 'size': Parameter(int, '2', 1)}),
    'time_mask': Kind(ANYWHERE, {
        'n': Parameter(int, '3', 0, 10000), 'size': Parameter(float, '10.0', low=0)}),
    'dropout': Kind(ANYWHERE, {'rate': Parameter(float, '0.05', 0, 1)}),
    'add': Kind(LATE, {'stddev': Parameter(float, '5', low=0)}),
    'multiply': Kind(LATE, {'stddev': Parameter(float, '5', low=0)}),
}


@dataclass(frozen=True)
class Operation:
    """An operation as it is asked for.

    Attributes:
        name: of its kind.
        domain: it is to work in.
        p: the share of the utterances that it changes.
        ranges: parameter -> what its value is picked from.
        source: path of the recordings it takes others from; '' where it takes none.
        text: how it was written.
    """

    name: str
    domain: str
    p: float = 1.0
    ranges: dict[str, ValueRange] = field(default_factory=dict)
    source: str = ''
    text: str = ''

    def bounds(self, parameter: str) -> tuple[Any, Any]:
        """Return between what the values of a parameter are kept."""
        return KINDS[self.name].parameters[parameter][2:4]


def numbers_of(operations: Sequence[Operation], *domains: str) -> list[int]:
    """Return which operations work in one of the domains."""
    return [number for number, each in enumerate(operations) if each.domain in domains]


def in_order(operations: tuple[Operation, ...]) -> tuple[Operation, ...]:
    """Sort by domain; inside one the order stays."""
    return tuple(sorted(operations, key=lambda each: DOMAINS.index(each.domain)))
