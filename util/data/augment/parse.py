"""From what is written, `reverb[p=0.2,delay=10:30~5]`, to an operation."""
from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Iterator

from util.data.augment.operations import KINDS, Operation, Parameter, in_order
from util.data.augment.ranges import RangeError, ValueRange, get_value_range
from util.errors import UserError

FORM = 'operation or operation[key=value,...]'
RENAMED = {'gaps': 'time_mask[domain=signal]'}  # since 0.7


class AugmentError(UserError):
    """A mistake in what is written: one line, in which a `^` stands before the place."""

    def __init__(self, text: str, at: int, message: str) -> None:
        super().__init__(f"--augment '{text[:at]}^{text[at:]}': {message}")


def parse_operations(texts: Iterable[str]) -> tuple[Operation, ...]:
    """Read operations, and put them in the order in which they are done.

    Raises:
        AugmentError: a text is none.
    """
    return in_order(tuple(parse_operation(text) for text in texts))


def parse_operation(text: str) -> Operation:
    """Read one operation.

    Raises:
        AugmentError: the text is none.
    """
    name = re.match(r'\s*([\w-]*)\s*', text)
    assert name  # which may be empty
    at, end = name.end(), len(text.rstrip())
    if name[1] not in KINDS:
        message = f"'{name[1]}' is no operation" if name[1] else f'expected {FORM}'
        raise AugmentError(text, name.start(1), message + _meant(name[1], KINDS))
    if at < end and (text[at] != '[' or text[end - 1] != ']' or end - at < 2):
        raise AugmentError(text, at if text[at] != '[' else end, f'expected {FORM}')
    kind = KINDS[name[1]]
    written: dict[str, tuple[int, str]] = {}
    known = [*kind.parameters, 'p', *['domain'] * (len(kind.domains) > 1)]
    names = {each.alias: key for key, each in kind.parameters.items() if each.alias}
    names |= {key: key for key in known}
    for place, key, value_at, value in _items(text, at + 1, end - 1):
        if key not in names:
            raise AugmentError(text, place, f"{name[1]} has no '{key}': expected "
                               f'{", ".join(known[:-1])} or {known[-1]}')
        if names[key] in written:
            raise AugmentError(text, place, f"a second '{key}'")
        written[names[key]] = value_at, value
    return _build(text, name[1], written)


def _items(text: str, start: int, end: int) -> Iterator[tuple[int, str, int, str]]:
    """Yield (place of the key, key, place of the value, value) of what stands in the bracket."""
    if not text[start:end].strip():
        return
    for item in text[start:end].split(','):
        key, equals, value = item.partition('=')
        place = start + len(item) - len(item.lstrip())
        if not key.strip() or not equals:
            raise AugmentError(text, place, 'expected key=value')
        value_at = start + len(key) + 1
        if '=' in value:
            raise AugmentError(text, value_at + value.index('='), "a second '='")
        value_at += len(value) - len(value.lstrip())
        if not value.strip():
            raise AugmentError(text, value_at, f"'{key.strip()}' has no value")
        yield place, key.strip(), value_at, value.strip()
        start += len(item) + 1


def _build(text: str, name: str, written: dict[str, tuple[int, str]]) -> Operation:
    kind, ranges, source = KINDS[name], {}, ''
    at, domain = written.get('domain', (0, kind.domains[0]))
    if domain not in kind.domains:
        raise AugmentError(text, at, f"{name} has no domain '{domain}': expected "
                           + ', '.join(sorted(kind.domains)))
    at, p = written.get('p', (0, '1'))
    chance = _range(text, at, p, Parameter(float, None, 0, 1))
    if not chance.constant:
        raise AugmentError(text, at, 'p stays the same: expected a number from 0 to 1')
    for key, parameter in kind.parameters.items():
        if key not in written and parameter.default is None:
            raise AugmentError(text, len(text), f'{name} needs {key}=PATH')
        at, value = written.get(key, (0, parameter.default or ''))
        if parameter.kind is str:
            source = os.path.expanduser(value)
        else:
            ranges[key] = _range(text, at, value, parameter)
    return Operation(name, domain, chance.start, ranges, source, text.strip())


def _range(text: str, at: int, value: str, parameter: Parameter) -> ValueRange:
    try:
        found = get_value_range(value, parameter.kind)
    except RangeError as e:
        raise AugmentError(text, at + e.at, str(e)) from e
    for number, place in ((found.start, at), (found.end, at + value.find(':') + 1)):
        if not parameter.low <= number <= parameter.high:
            limits = [f'at least {parameter.low:g}'] * (parameter.low > -float('inf'))
            limits += [f'at most {parameter.high:g}'] * (parameter.high < float('inf'))
            raise AugmentError(text, place, f'{number} is out of range: expected '
                               + ' and '.join(limits))
    return found


def _meant(name: str, known: Iterable[str]) -> str:
    name = name.lower().replace('-', '_')
    close = ([RENAMED[name]] if name in RENAMED else
             difflib.get_close_matches(name, known, n=1))
    return f": did you mean '{close[0]}'?" if close else f'; there are {", ".join(known)}'
