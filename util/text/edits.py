"""The fewest edits between two sequences: how many they are, and which."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

T = TypeVar('T', bound=Hashable)
_EDIT = 1 << 40  # of words: more than all letters of a text


def edit_distance(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """Count the fewest insertions, deletions and substitutions that turn `a` into `b`."""
    if not a:
        return len(b)
    last, distance = 1 << (len(a) - 1), len(a)
    for _, _, up, down in _columns(a, b):
        distance += bool(up & last) - bool(down & last)
    return distance


def edit_pairs(a: Sequence[T], b: Sequence[T]) -> list[tuple[T | None, T | None]]:
    """Lay two sequences beside each other with as few edits as possible.

    Where several ways are as short, going back from the ends, two that differ are rather paired
    than left alone, and of `b` rather than of `a`.

    Returns:
        (of `a`, of `b`) from the beginning; None where the other is inserted or deleted.
    """
    columns = [((1 << len(a)) - 1, 0, 0, 0), *_columns(a, b)]

    def right(i: int, j: int) -> int:  # D[i, j] - D[i, j-1]
        _, _, up, down = columns[j]
        bit = 1 << i >> 1
        return bool(up & bit) - bool(down & bit) if i else 1

    def diagonal(i: int, j: int) -> int:  # D[i, j] - D[i-1, j-1]
        plus, minus, _, _ = columns[j - 1]
        bit = 1 << i >> 1
        return right(i, j) + bool(plus & bit) - bool(minus & bit)

    return _pairs(a, b, lambda i, j: a[i - 1] == b[j - 1] or diagonal(i, j) == 1,
                  lambda i, j: right(i, j) == 1)


def word_pairs(a: Sequence[str], b: Sequence[str]) -> list[tuple[str | None, str | None]]:
    """Lay words beside each other: as few edits as possible, and of these ways the likeliest.

    That is the one with the fewest edits of letters: what was misheard stands at what it was.

    Returns:
        (of `a`, of `b`) from the beginning; None where the other is inserted or deleted.
    """
    def cost(x: str | None, y: str | None) -> int:
        return 0 if x == y else _EDIT + edit_distance(x or '', y or '')

    costs = [[0]]
    for y in b:
        costs[0].append(costs[0][-1] + cost(None, y))
    for x in a:
        above, row = costs[-1], [costs[-1][0] + cost(x, None)]
        for j, y in enumerate(b):
            row.append(min(above[j] + cost(x, y), above[j + 1] + cost(x, None),
                           row[j] + cost(None, y)))
        costs.append(row)
    return _pairs(
        a, b, lambda i, j: costs[i][j] == costs[i - 1][j - 1] + cost(a[i - 1], b[j - 1]),
        lambda i, j: costs[i][j] == costs[i][j - 1] + cost(None, b[j - 1]))


def _pairs(a: Sequence[T], b: Sequence[T], paired: Callable[[int, int], bool],
           inserted: Callable[[int, int], bool]) -> list[tuple[T | None, T | None]]:
    """Go back from the ends of two sequences, and return what lies beside what.

    Args:
        a: the first.
        b: the second.
        paired: whether the last of the first i and of the first j may lie beside each other.
        inserted: whether the last of the first j of `b` may lie alone; else that of `a` does.
    """
    pairs: list[tuple[T | None, T | None]] = []
    i, j = len(a), len(b)
    while i or j:
        if i and j and paired(i, j):
            i, j = i - 1, j - 1
            pairs.append((a[i], b[j]))
        elif j and inserted(i, j):
            j -= 1
            pairs.append((None, b[j]))
        else:
            i -= 1
            pairs.append((a[i], None))
    return pairs[::-1]


def _columns(a: Sequence[Hashable], b: Sequence[Hashable]
             ) -> Iterator[tuple[int, int, int, int]]:
    """Yield for each step of `b` the differences in the distance matrix.

    Myers' bit vectors in Hyyrö's form: a column of the distance matrix is kept as the bits of
    its vertical differences, so that one step of `b` is a dozen operations on integers of
    len(a) bits. With D the matrix, bit i of

        plus   D[i+1, j] - D[i, j] = +1        minus  the same = -1
        same   D[i+1, j+1] = D[i, j]           up, down  D[i+1, j+1] - D[i+1, j] = +1, -1

    Yields:
        plus and minus of the column, up and down from the one before it.
    """
    where: dict[Hashable, int] = {}
    for i, item in enumerate(a):
        where[item] = where.get(item, 0) | 1 << i
    mask = (1 << len(a)) - 1
    plus, minus = mask, 0
    for item in b:
        equal = where.get(item, 0)
        same = (((equal & plus) + plus) ^ plus) | equal | minus
        up = minus | ~(same | plus)
        down = plus & same
        shifted = up << 1 | 1  # the first row of the matrix counts insertions
        plus = (down << 1 | ~(same | shifted)) & mask
        minus = shifted & same & mask
        yield plus, minus, up, down
