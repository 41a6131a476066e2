"""Dividing speakers among train, dev and test: at random, and always in the same way.

Every name has a number from 0 to 100 by its hash. Below `test_percent` it goes to test, in the
`dev_percent` above to dev, the others to train: where a name goes does not depend on the others,
so it stays when data are added. Few names can leave a set empty. Then, in the order of the
numbers, the borders are moved by as many names as a set needs to have one. A name that is added
later changes the set of at most one other at each border, and of none where no border was moved.
"""

import argparse
import re
from collections.abc import Iterable

from util.corpora.corpus import hash_number, hash_split

SPLITS = ('train', 'dev', 'test')


def divide(keys: Iterable[str], dev_percent: float = 10, test_percent: float = 10
           ) -> dict[str, str]:
    """Assign train, dev or test to each key, so that no set stays empty that can have one.

    Args:
        keys: speakers or recordings, in any order.
        dev_percent: size of dev in percent; 0: there is none.
        test_percent: likewise.

    Returns:
        key -> set. With fewer keys than sets, train is the one that is never empty.
    """
    order = sorted(set(keys), key=lambda key: (hash_number(key), key))
    wanted = [int(percent > 0) for percent in
              (test_percent, dev_percent, 100 - test_percent - dev_percent)]
    test, dev, train = wanted if len(order) >= sum(wanted) else (0, 0, wanted[2])
    natural = [hash_split(key, dev_percent, test_percent) for key in order]
    border = _between(test, natural.count('test'), len(order) - dev - train)
    last = _between(border + dev, len(order) - natural.count('train'), len(order) - train)
    return {key: 'test' if i < border else 'dev' if i < last else 'train'
            for i, key in enumerate(order)}


def _between(low: int, value: int, high: int) -> int:
    return max(low, min(value, high))


def add_percentages(parser: argparse.ArgumentParser) -> None:
    """Add the options for the sizes of dev and test."""
    for split in ('dev', 'test'):
        parser.add_argument(f'--{split}_percent', type=_percent, default=10, metavar='P',
                            help=f'size of {split} in percent (default: %(default)s)')


def _percent(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f'{text!r}: expected a number from 0 to 100')
    return value


def check_percentages(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End with a message where dev and test are to be more than there is."""
    dev, test = options.dev_percent, options.test_percent
    if dev + test > 100:
        parser.error(f'--dev_percent {dev:g} and --test_percent {test:g} are more than there is: '
                     'expected at most 100 together')


def speaker_pattern(text: str) -> re.Pattern[str]:
    """Return the regular expression of `--speaker_pattern`, as argparse asks for it."""
    try:
        pattern = re.compile(text)
    except (re.error, OverflowError, RecursionError) as e:
        raise argparse.ArgumentTypeError(f'{text!r} is not a regular expression ({e})') from e
    if not pattern.groups:
        raise argparse.ArgumentTypeError(f'{text!r}: expected a group in parentheses that is the '
                                         "speaker, as in '^([^/]+)/'")
    return pattern


def speaker_of(pattern: re.Pattern[str] | None, path: str) -> str:
    """Return the speaker that a pattern finds in a path; '' where it finds none."""
    match = pattern.search(path) if pattern else None
    return (match[1] or '') if match else ''
