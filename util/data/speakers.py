"""Who speaks in a set, where its CSVs have a column that tells."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Collection, Iterable

from util.corpora.tables import COLUMNS
from util.data.csv_files import DAMAGED, open_csv, what_is
from util.data.manifest import Utterance
from util.errors import UserError
from util.files import joined


def count_speakers(files: Iterable[str], utterances: Collection[Utterance]) -> int | None:
    """Return the number of speakers of utterances.

    Args:
        files: they were read from.
        utterances: those that count.

    Returns:
        None where that is not known of each of them.
    """
    known: dict[str, str] = {}
    for path in files:
        found = speakers_in(path)
        if found is None:
            return None
        known.update(found)
    speakers = {known.get(str(utterance.wav), '') for utterance in utterances}
    return None if '' in speakers else len(speakers) or None


def speakers_in(path: str) -> dict[str, str] | None:
    """Return recording -> who speaks; None where a file does not tell, or is no CSV."""
    try:
        if what_is(path) != 'csv' or not os.path.isfile(path):
            return None
        with open_csv(path) as file, io.TextIOWrapper(file, 'utf-8-sig', newline='') as text:
            rows = csv.DictReader(text)
            column = next((name for name in rows.fieldnames or () if name.strip().lower() in
                           COLUMNS['speaker']), None)
            if column is None:
                return None
            folder = os.path.dirname(path)
            return {joined(folder, (row['wav_filename'] or '').strip()):
                    (row[column] or '').strip() for row in rows}
    except (OSError, UnicodeError, UserError, csv.Error, KeyError, *DAMAGED):
        return None
