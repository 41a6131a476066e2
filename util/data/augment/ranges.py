"""Ranges of values: `v`, `v~r`, `a:b` and `a:b~r`.

A range goes from `start` at the beginning of the training to `end` at its end; whenever a value is
picked, it is picked anew within `r` of where the clock is between the two:

    range = get_value_range('10:30~5', float)     # ValueRange(10.0, 30.0, 5.0)
    pick_value_from_range(range, clock=0.5)       # anything from 15.0 to 25.0
"""
from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

FORMS = 'v, v~r, a:b or a:b~r'


class ValueRange(NamedTuple):
    """Where values of a parameter are picked; all three are int or all are float."""

    start: Any
    end: Any
    r: Any

    @property
    def kind(self) -> type:
        """Whether whole numbers are picked."""
        return int if isinstance(self.start, int) else float

    @property
    def constant(self) -> bool:
        """Whether there is only one value to pick."""
        return self.start == self.end and not self.r


class RangeError(ValueError):
    """A text that is no range.

    Attributes:
        at: place in the text that is at fault.
    """

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


def get_value_range(value: Any, kind: type) -> ValueRange:
    """Make a range of a text, a number, or a tuple of start, end and perhaps radius.

    Args:
        value: such as '1:2~3', 1, (1, 2) or (1, 2, 3).
        kind: int or float.

    Raises:
        RangeError: the text is no range.
        ValueError: the value is nothing of the kind.
    """
    if isinstance(value, str):
        return _parse(value, kind)
    if isinstance(value, tuple) and len(value) in (2, 3):
        return ValueRange(*(kind(each) for each in (*value, 0)[:3]))
    if isinstance(value, (int, float)):
        return ValueRange(kind(value), kind(value), kind(0))
    raise ValueError(f'{value!r}: expected a number, (start, end), (start, end, r) or {FORMS}')


def _parse(text: str, kind: type) -> ValueRange:
    for sign in ':~':
        if text.count(sign) > 1:
            raise RangeError(f"a second '{sign}': expected {FORMS}",
                             text.index(sign, text.index(sign) + 1))
    ends, tilde, radius = text.partition('~')
    if ':' in radius:
        raise RangeError(f"a ':' behind the '~': expected {FORMS}", text.index(':'))
    start, colon, end = ends.partition(':')
    first = _number(start, kind, 0)
    last = _number(end, kind, len(start) + 1) if colon else first
    r = _number(radius, kind, len(ends) + 1) if tilde else kind(0)
    if r < 0:
        raise RangeError('a negative radius', len(ends) + 1)
    return ValueRange(first, last, r)


def _number(text: str, kind: type, at: int) -> Any:
    try:
        number = kind(text)
        if math.isfinite(number):
            return number
    except ValueError:
        pass
    what = 'a whole number' if kind is int else 'a number'
    said = f"'{text.strip()}' is not {what}" if text.strip() else f'{what} is missing'
    raise RangeError(f'{said}: expected {FORMS}', at)


def pick_value_from_range(value_range: ValueRange, clock: float | None = None,
                          random: np.random.Generator | None = None) -> Any:
    """Pick a value.

    Args:
        value_range: to pick from.
        clock: how far the training is, 0 to 1 and cut to that; None: anywhere.
        random: what chance is drawn from.
    """
    import numpy as np  # here: reading a command line takes no longer for it

    random = random or np.random.default_rng()
    c = random.random() if clock is None else min(max(clock, 0.0), 1.0)
    value = value_range.start + c * (value_range.end - value_range.start)
    value = random.uniform(value - value_range.r, value + value_range.r)
    return round(value) if value_range.kind is int else value


def tf_pick_value_from_range(value_range: ValueRange, clock: Any = None, seed: Any = None,
                             shape: Any = ()) -> Any:
    """Pick values as a TensorFlow operation: int32 or float32.

    Args:
        value_range: to pick from.
        clock: float scalar, as for `pick_value_from_range`.
        seed: int [2] that all chance follows from; None: another one each time.
        shape: of the values; each is picked for itself.
    """
    import tensorflow as tf

    if seed is None:
        seed = tf.random.uniform([2], tf.int32.min, tf.int32.max, tf.int32)
    if clock is None:
        clock = tf.random.stateless_uniform(shape, tf.random.fold_in(seed, 1), dtype=tf.float64)
    clock = tf.clip_by_value(tf.cast(clock, tf.float64), 0.0, 1.0)
    values = tf.random.stateless_uniform(shape, seed, -float(value_range.r), float(value_range.r),
                                         tf.float64) if value_range.r else tf.zeros(shape,
                                                                                    tf.float64)
    values += value_range.start + clock * (value_range.end - value_range.start)
    if value_range.kind is int:
        return tf.cast(tf.round(values), tf.int32)
    return tf.cast(values, tf.float32)
