#!/usr/bin/env python3
"""Make a scorer (language model and vocabulary for the decoder) from text.

    bin/make_scorer.py --text corpus.txt --alphabet data/alphabet.txt --out my.scorer

Text has one sentence per line, plain or .gz; separate several files by commas. It is cleaned like
transcripts: case, punctuation, spaces; --nonormalize takes it as it is. Even hundreds of megabytes
need no more memory than --memory plus the vocabulary.

The n-grams are of words; of characters where the alphabet has no space (Chinese, Japanese, Thai)
and with --bytes_output_mode.

With --slots name,weekday the text may have words such as [name] in the place of what a grammar
allows there (doc/use/grammars.md).
"""

import argparse
import functools
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from util import errors, log
from util.errors import UserError
from util.lm import build
from util.text import encoding, locales
from util.text.alphabet import Alphabet

SMALL_TEXT_WORDS = 2_000_000  # below, every n-gram is worth its space


def parse(args: list[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--text', required=True, help='comma-separated text files, plain or .gz')
    add('--out', required=True, help='path of the .scorer to write')
    add('--alphabet', default='data/alphabet.txt',
        help='alphabet of the acoustic model (default: %(default)s)')
    add('--bytes_output_mode', action='store_true',
        help='for a model trained with --bytes_output_mode: n-grams of characters')
    add('--locale', default='', metavar='CODE', help="language of the text, as 'tr' or 'pt-BR': "
        'spelled as importers spell its transcripts')
    add('--encoding', default='', metavar='NAME', help='encoding of text that is not UTF-8, e.g. '
        'cp1251 (default: guessed, and said)')
    add('--nonormalize', dest='normalize', action='store_false', help='take words as they are')
    add('--slots', default='', metavar='NAME,...', help='slots of free speech: words [NAME] of the '
        'text stay as they are')
    add('--order', type=int, default=5, help='longest n-gram, 2 to 6 (default: %(default)s)')
    add('--prune', default='auto', help='for order 1, 2, ...: drop n-grams seen at most N times; '
        '"0 0 1" drops trigrams and longer ones seen once; auto: "0 0 1" for texts over '
        f'{SMALL_TEXT_WORDS // 1_000_000} million words, else none (default: %(default)s)')
    add('--top_k', type=int, default=500_000, help='words in the vocabulary (default: %(default)s)')
    add('--memory', default='1G', help='for sorting n-grams: 500M, 2G, 50%% (default: %(default)s)')
    add('--alpha', type=float, default=0.931289039105002,
        help='weight of the language model (default: %(default)s)')
    add('--beta', type=float, default=1.1834137581510284,
        help='bonus per word (default: %(default)s)')
    add('--keep', default='', help='keep lm.arpa, lm.binary, vocab.txt here (default: delete)')
    add('--kenlm_bins', default='', help='folder of lmplz and build_binary (default: build them)')
    return parser.parse_args(args)


def pruning(text: str, words: int, order: int) -> list[int]:
    """Parse the counts of --prune."""
    if text == 'auto':
        return [] if words < SMALL_TEXT_WORDS else [0, 0, 1][:order]
    try:
        return [int(count) for count in text.replace('|', ' ').split()]
    except ValueError as e:
        raise UserError(f'--prune {text!r}: expected numbers such as "0 0 1"') from e


def slot_names(text: str, alphabet: Alphabet) -> list[str]:
    """Parse the names of --slots."""
    names = text.split(',') if text else []
    for name in names:
        if not name or any(c.isspace() or c in '[]<>' for c in name):
            raise UserError(f'--slots {text!r}: expected names of rules such as name,weekday')
    if names and (alphabet.bytes_mode or alphabet.spaceless):
        raise UserError(f'--slots {text!r}: slots are words, and those of this alphabet are single '
                        'characters')
    return names


def check_slots(counts: Counter[str], slots: list[str]) -> None:
    """Say how often the text has the words of slots.

    Raises:
        UserError: it lacks one of them.
    """
    for slot in slots:
        if not counts[slot]:
            raise UserError(f'the text has no word {slot!r}: write it where a slot {slot[1:-1]!r} '
                            'is to be, or leave the name out of --slots')
    if slots:
        log.info('Slots: ' + ', '.join(f'{slot} {counts[slot]} times' for slot in slots) + '.')


def spelled_lines(paths: list[str], spelling: build.Spelling) -> Iterator[str]:
    """Yield the lines of all files as the alphabet can spell them."""
    for path in paths:
        for line in build.open_text(path):
            yield from spelling(line)


def make_scorer(flags: argparse.Namespace, work: str) -> None:
    """Run all steps; intermediate files go to `work`."""
    alphabet = (Alphabet.bytes_output() if flags.bytes_output_mode
                else Alphabet.load(flags.alphabet))
    text, arpa, binary, vocab = (os.path.join(work, name)
                                 for name in ('text.txt', 'lm.arpa', 'lm.binary', 'vocab.txt'))
    names = slot_names(flags.slots, alphabet)
    slots = [f'[{name}]' for name in names]
    spelling = build.Spelling(alphabet, flags.normalize, flags.locale, names)
    counts = build.write_lines(spelled_lines(flags.text.split(','), spelling), text)
    if not counts:
        raise UserError(
            f'no words in {flags.text!r}: pass text with one sentence per line'
            if not spelling.words else
            f'none of the {spelling.words} words of {flags.text!r} can be spelled with '
            f'{flags.alphabet!r} (the first is {spelling.example!r}): is it this text\'s alphabet?')
    spelling.report()
    check_slots(counts, slots)
    words = sum(counts.values())
    kept = build.save_vocabulary(counts, flags.top_k, vocab, slots)
    estimate = functools.partial(
        build.estimate, text, arpa, flags.order,
        pruning(flags.prune, words, flags.order), flags.memory, work, flags.kenlm_bins,
        vocabulary=vocab if len(kept) < len(counts) else '')
    try:
        estimate()
    except build.DiscountsUnknown as e:
        log.warn(f'The text is too small or too unusual to estimate discounts ({e}); continuing '
                 'with fixed ones (0.5, 1, 1.5 for n-grams seen once, twice, more often): expect '
                 'a weak model.')
        estimate(fallback=True)
    build.make_binary(arpa, binary, kenlm_bins=flags.kenlm_bins)
    if slots:  # words of the model, but not of the vocabulary: nobody says them
        with open(vocab, 'w', encoding='utf-8') as f:
            f.writelines(word + '\n' for word in kept if word not in slots)
    options = ['--lm', binary, '--vocab', vocab, '--package', flags.out,
               '--default_alpha', repr(flags.alpha), '--default_beta', repr(flags.beta),
               f'--force_bytes_output_mode={str(alphabet.bytes_mode).lower()}']
    if not alphabet.bytes_mode:
        options += ['--alphabet', flags.alphabet]
    if build.make_package(options):
        raise UserError(f'{flags.out!r} was not made; see above')
    log.info(f'{flags.out}: {len(kept) - len(slots)} words, '
             f'{os.path.getsize(flags.out) / 1e6:.1f} MB.')


def main() -> None:
    """Run the command."""
    flags = parse(sys.argv[1:])
    encoding.declare(flags.encoding, locales.check(flags.locale))
    folder = os.path.dirname(os.path.abspath(flags.out))
    if not os.path.isdir(folder):
        raise UserError(f'--out {flags.out!r}: there is no folder {folder!r}; create it first')
    if flags.keep:
        os.makedirs(flags.keep, exist_ok=True)
        make_scorer(flags, flags.keep)
    else:
        with tempfile.TemporaryDirectory(prefix='.make_scorer-', dir=folder) as work:
            make_scorer(flags, work)


if __name__ == '__main__':
    errors.run(main)
