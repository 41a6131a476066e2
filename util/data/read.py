"""Whatever is named for a set, CSVs, sample databases, tar archives: read by content, not name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from util.data.collections.sdb import check_sdb, read_sdb
from util.data.collections.spool import brought
from util.data.collections.tar import check_tar, read_tar
from util.data.csv_files import check_csvs, unreadable, what_is
from util.data.manifest import Utterance, gather, read_csv

_READERS: dict[str, Callable[[str, bool], list[Utterance]]] = {
    'csv': read_csv, 'sdb': read_sdb, 'tar': read_tar,
    'away': lambda path, transcripts: read_tar(path, transcripts, brought(path))}
_CHECKS: dict[str, Callable[[str], None]] = {
    'csv': lambda path: check_csvs([path]), 'sdb': check_sdb, 'tar': check_tar,
    'away': lambda path: check_tar(path, brought(path))}


def read_utterances(paths: Iterable[str], limit: int = 0,
                    transcripts: bool = True) -> list[Utterance]:
    """Read one set, file after file, each in its own order.

    Args:
        paths: of the files.
        limit: keep only the first `limit` utterances of all files together; 0: all.
        transcripts: are needed; without them a set is good for listening, or as noise.

    Raises:
        UserError: a file cannot be read, or no file has an utterance.
    """
    return gather(paths, limit, lambda path: _READERS[_what(path)](path, transcripts))


def check_sets_named(paths: Iterable[str]) -> None:
    """Find out whether files can be opened as parts of a set, by their beginnings.

    Raises:
        UserError: one cannot.
    """
    for path in paths:
        _CHECKS[_what(path)](path)


def _what(path: str) -> str:
    try:
        return what_is(path)
    except OSError as error:
        raise unreadable(path, error) from error
