#!/usr/bin/env python3
"""List the characters of the transcripts in CSVs, with counts: what the alphabet must contain.

    bin/check_characters.py train.csv dev.csv test.csv
    bin/check_characters.py -csv train.csv,dev.csv -alpha > alphabet.txt
    bin/check_characters.py -unicode train.csv
"""

import argparse
import json
import sys
import unicodedata
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import errors, log
from util.data.read import read_utterances
from util.text.alphabet import alphabet_lines
from util.text.characters import MODIFIERS, Single


def arguments() -> argparse.Namespace:
    """Parse the command line; options with one dash are those of the tool of 0.9.3."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('csv', nargs='*', help='CSV, SDB or tar files, separated by spaces or '
                   'commas')
    p.add_argument('-csv', '--csv-files', default='', help='the same, as an option')
    p.add_argument('-alpha', '--alphabet-format', action='store_true',
                   help='print an alphabet file, one label per line')
    p.add_argument('-unicode', '--unicode', action='store_true',
                   help='add code points and names')
    p.add_argument('--json', action='store_true', help='print one JSON object of character: count')
    options = p.parse_args()
    options.paths = [path for group in [*options.csv, options.csv_files]
                     for path in group.split(',') if path]
    if not options.paths:
        p.error('give at least one CSV file')
    return options


def main(options: argparse.Namespace) -> None:
    """Count the characters and print them in the order of their code points."""
    counts: Counter[str] = Counter()
    decomposed = 0
    for utterance in read_utterances(options.paths):
        counts.update(utterance.transcript)
        decomposed += not unicodedata.is_normalized('NFC', utterance.transcript)
    if options.json:
        print(json.dumps(dict(sorted(counts.items())), ensure_ascii=False))
        return
    if options.alphabet_format:
        print('# One label per line; the order is part of every checkpoint.')
        print(alphabet_lines(sorted(counts)), end='')
    for char, n in () if options.alphabet_format else sorted(counts.items()):
        if options.unicode:
            print(f"{shown(char)}\t{n}\tU+{ord(char):04X}\t{unicodedata.name(char, 'no name')}")
        else:
            print(f'{shown(char)}\t{n}')
    log.info(f'{len(counts)} characters')
    warn_of_spellings(counts, decomposed)


def warn_of_spellings(counts: Counter[str], decomposed: int) -> None:
    """Name what importers write in one way: two labels for one letter are never learnt well."""
    single = Single("'")
    odd = {char: single[ord(char)] for char in sorted(counts)
           if single[ord(char)] != char and char not in MODIFIERS}
    if odd:
        log.warn('importers write these otherwise: ' + ', '.join(
            f'{shown(char)} ({counts[char]}) ' + (f'as {one}' if one else 'not at all')
            for char, one in odd.items()))
    if decomposed:
        log.warn(f'{decomposed} transcripts have letters and accents apart, which importers write '
                 'as one (NFC)')


def shown(char: str) -> str:
    """Return the character, or its escape if it cannot be seen."""
    return char if char.isprintable() and not char.isspace() else repr(char)


if __name__ == '__main__':
    log.to_stderr()
    errors.run(lambda: main(arguments()))
