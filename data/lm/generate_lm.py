#!/usr/bin/env python3
r"""Estimate a language model from text, with the options of DeepSpeech 0.9.3.

    data/lm/generate_lm.py --input_txt librispeech-lm-norm.txt.gz --output_dir . --top_k 500000 \
        --arpa_order 5 --max_arpa_memory 85% --arpa_prune '0|0|1' --binary_a_bits 255 \
        --binary_q_bits 8 --binary_type trie

writes lm.binary and vocab-500000.txt, the input of generate_scorer_package. In most cases
bin/make_scorer.py is simpler: it does both.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))

from util import errors, log
from util.errors import UserError
from util.files import check_writable
from util.lm import build
from util.text import encoding


def parse(args: list[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--input_txt', required=True, help='text with one sentence per line, plain or .gz')
    add('--output_dir', required=True, help='folder for lm.binary and vocab-K.txt')
    add('--top_k', type=int, required=True, help='number of words in the vocabulary')
    add('--kenlm_bins', default='', help='folder of lmplz, filter and build_binary (default: '
        'built on first use)')
    add('--arpa_order', type=int, required=True, help='longest n-gram, 2 to 6')
    add('--max_arpa_memory', required=True, help='memory for lmplz, such as 85%% or 2G')
    add('--arpa_prune', required=True, help="per order, drop n-grams seen at most N times: '0|0|1'")
    add('--binary_a_bits', type=int, required=True, help='build_binary -a')
    add('--binary_q_bits', type=int, required=True, help='build_binary -q')
    add('--binary_type', required=True, choices=['trie', 'probing'], help='data structure')
    add('--encoding', default='', help='encoding of text that is not UTF-8 (default: guessed)')
    add('--discount_fallback', action='store_true',
        help='fixed discounts where the text is too small to estimate them')
    return parser.parse_args(args)


def main() -> None:
    """Run the command."""
    flags = parse(sys.argv[1:])
    encoding.declare(flags.encoding)
    check_writable(flags.output_dir, 'the language model', '--output_dir')
    lower, arpa, filtered, binary, vocab = (
        os.path.join(flags.output_dir, name)
        for name in ('lower.txt', 'lm.arpa', 'lm_filtered.arpa', 'lm.binary',
                     f'vocab-{flags.top_k}.txt'))
    try:
        prune = [int(count) for count in flags.arpa_prune.split('|')]
    except ValueError as e:
        raise UserError(f"--arpa_prune {flags.arpa_prune!r}: expected numbers such "
                        "as '0|0|1'") from e
    try:
        log.info('Converting to lower case and counting words ...')
        lines = (line.lower().strip() for line in build.open_text(flags.input_txt))
        counts = build.write_lines(lines, lower)
        if not counts:
            raise UserError(f'no words in {flags.input_txt!r}')
        build.save_vocabulary(counts, flags.top_k, vocab)
        try:
            build.estimate(lower, arpa, flags.arpa_order, prune, flags.max_arpa_memory,
                           flags.output_dir, flags.kenlm_bins,
                           fallback=flags.discount_fallback)
        except build.DiscountsUnknown as e:
            raise UserError(f'the text is too small to estimate discounts ({e}): add text, '
                            'or pass --discount_fallback') from e
        if len(counts) > flags.top_k:
            log.info(f'Leaving out n-grams beyond the {flags.top_k} most frequent words ...')
            build.filter_arpa(arpa, filtered, vocab, flags.kenlm_bins)
        else:
            os.replace(arpa, filtered)
        log.info('Building lm.binary ...')
        build.make_binary(filtered, binary, flags.binary_a_bits, flags.binary_q_bits,
                          flags.binary_type, flags.kenlm_bins)
    finally:
        for path in (lower, arpa, filtered):
            if os.path.exists(path):
                os.remove(path)


if __name__ == '__main__':
    errors.run(main)
