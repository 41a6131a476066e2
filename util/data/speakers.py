"""Who speaks in a set, where its CSVs have a column that tells."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Collection, Iterable

from util.corpora.tables import COLUMNS
from util.data.csv_files import DAMAGED, open_csv, what_is
from util.data.manifest import Utterance
from util.files import joined


def count_speakers(files: Iterable[str], utterances: Collection[Utterance]) -> int | None:
    """Return the number of speakers of utterances.

    Args:
        files: they were read from.
        utterances: those that count.

    Returns:
        None where that is not known of each of them.
    """
    used = {str(utterance.wav) for utterance in utterances}
    speakers: set[str] = set()
    for path in files:
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
                speakers.update((row[column] or '').strip() for row in rows
                                if joined(folder, (row['wav_filename'] or '').strip()) in used)
        except (OSError, UnicodeError, csv.Error, KeyError, *DAMAGED):
            return None
    return None if '' in speakers else len(speakers) or None
