"""Catalogs of DSAlign: which recordings there are, and which files belong to each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from util.errors import UserError


def read_catalog(path: str, keys: tuple[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the entries of a catalog: a JSON list of objects.

    Args:
        path: of the catalog.
        keys: what each entry must name.

    Raises:
        UserError: it cannot be read, is no list or an empty one, or an entry lacks a name.
    """
    names = ' and '.join(f'"{key}"' for key in keys)
    try:
        with open(path, encoding='utf-8') as file:
            entries = json.load(file)
    except OSError as error:
        raise UserError(f'{path}: {error.strerror}') from error
    except ValueError as error:
        raise UserError(f'{path}: no JSON ({error}): expected a list of objects with {names}'
                        ) from error
    if not isinstance(entries, list):
        raise UserError(f'{path}: expected a list of objects with {names}')
    if not entries:
        raise UserError(f'{path}: the list is empty: expected a list of objects with {names}')
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or not all(
                isinstance(entry.get(key), str) and entry[key] for key in keys):
            raise UserError(f'{path}: entry {number}: expected an object with {names}')
        yield entry
