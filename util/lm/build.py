"""From text to a language model, step by step: read, count, estimate, make binary, package.

Every step works in bounded memory: text is streamed, `lmplz` sorts on disk, and of the words
only the distinct ones are held. bin/make_scorer.py and data/lm/ put the steps together.
"""

from __future__ import annotations

import gzip
import itertools
import os
import re
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from util import log
from util.errors import UserError
from util.lm.tools import MAX_ORDER, find_tool
from util.progress import progress
from util.text import encoding
from util.text.alphabet import Alphabet
from util.text.characters import APOSTROPHES, MODIFIERS
from util.text.locales import rules
from util.text.transcripts import Cleaning, Rejected, lower

MARKERS = ('<s>', '</s>', '<unk>')  # KenLM's own words: white space if a text has them
MOST_WORDS = 5_000_000  # distinct words held while counting; the rarest are dropped beyond


def open_text(path: str) -> Iterator[str]:
    """Yield the lines of a text file, gz or plain, with a bar over its bytes.

    Other encodings than UTF-8 are found out by util/text/encoding.py; lines that
    are broken in theirs are left out and counted.
    """
    try:
        total = os.path.getsize(path)
        with open(path, 'rb') as raw, progress(total=total,
                                               label=f'read {os.path.basename(path)}') as bar:
            file: Any = gzip.open(raw) if path.endswith('.gz') else raw
            seen = broken = 0
            for i, line in enumerate(encoding.lines(file, path)):
                broken += '\ufffd' in line
                if '\ufffd' not in line:
                    yield line
                if i % 1024 == 0:
                    bar.update(raw.tell() - seen)
                    seen = raw.tell()
        if broken:
            log.warn(f'{path}: {broken} lines left out: they have bytes that its encoding lacks; '
                     'pass --encoding if another one is right')
    except (OSError, EOFError) as e:
        reason = getattr(e, 'strerror', None) or e
        raise UserError(f'text {path!r} cannot be read ({reason}): pass a text file with one '
                        'sentence per line, plain or .gz') from e


class Spelling:
    """Turns a line of text into lines that the alphabet can spell, and counts what it loses."""

    def __init__(self, alphabet: Alphabet, normalize: bool = True, locale: str = '',
                 slots: Iterable[str] = ()) -> None:
        """Prepare for an alphabet.

        Args:
            alphabet: what the acoustic model writes.
            normalize: clean as transcripts are cleaned (case, punctuation); False takes words
                as they stand.
            locale: of the language; '' = unknown, but for the two letters i of Turkish.
            slots: names of slots of free speech: the text's words [NAME] stay as they are, though
                the alphabet cannot spell them.
        """
        self.alphabet = alphabet
        self._slots = {f'[{name}]' for name in slots}
        self._slot = re.compile('(' + '|'.join(map(re.escape, sorted(self._slots))) + ')')
        self._normalize, self._cleaning = normalize, _cleaning(alphabet, locale)
        self._dotless = rules(self._cleaning.locale).dotless
        labels = () if alphabet.bytes_mode else alphabet.labels
        self._hebrew = str.maketrans({mark: plain for mark, plain in ('\u05f3\'', '\u05f4"')
                                      if mark not in labels and plain in labels})
        self._spelt: set[str] = set()  # words known to be good
        self.words = self.unspelt = self.lines_rejected = 0
        self.example = ''

    def _spells(self, word: str) -> bool:
        if word in self._spelt:
            return True
        good = word in self._slots or (
            word not in MARKERS and not self.alphabet.missing(word))
        if good and len(self._spelt) < MOST_WORDS:
            self._spelt.add(word)
        return good

    def _clean(self, line: str) -> str:
        line = line.strip()
        if not self._normalize:
            return line
        if line.isascii() and line.replace(' ', '').isalpha():  # nothing but letters: be quick
            return lower(line, self._dotless) if self._cleaning.lower else line
        if self._slots and '[' in line:
            return self._clean_around_slots(line)
        return self._cleaning(line).translate(self._hebrew)

    def _clean_around_slots(self, line: str) -> str:
        parts = [part.strip() for part in self._slot.split(line)]
        return ' '.join(part if part in self._slots
                        else self._cleaning(part).translate(self._hebrew)
                        for part in parts
                        if part in self._slots or any(unicodedata.category(c)[0] not in 'PZ'
                                                      for c in part))

    def __call__(self, line: str) -> Iterator[str]:
        """Yield the pieces of a line, which is cut where a word cannot be spelled."""
        try:
            line = self._clean(line)
        except Rejected:
            self.lines_rejected += bool(line.strip())
            return
        if self.alphabet.bytes_mode:  # the units are characters
            words = list(line.replace(' ', ''))
        elif self.alphabet.spaceless:  # the units are labels
            words = [label for word in line.split() for label in self.alphabet.split(word)]
        else:
            words = line.split()
        self.words += len(words)
        if words and self._spelt.issuperset(words):  # as nearly always
            yield ' '.join(words)
            return
        for good, group in itertools.groupby(words, self._spells):
            piece = list(group)
            if good:
                yield ' '.join(piece)
            else:
                self.unspelt += len(piece)
                self.example = self.example or piece[0]

    def report(self) -> None:
        """Say what was lost."""
        if self.unspelt:
            log.info(f'{self.unspelt} of {self.words} words cannot be spelled with the alphabet '
                     f'(the first: {self.example!r}); lines were split there.')
        if self.lines_rejected:
            log.info(f'{self.lines_rejected} lines left out: symbols that cannot be read aloud, or '
                     'no words.')


def _cleaning(alphabet: Alphabet, locale: str) -> Cleaning:
    """Return the rules that give transcripts in the characters of an alphabet."""
    text = ''.join(alphabet.labels)
    if alphabet.bytes_mode:
        return Cleaning(digits=True, locale=locale)
    keep = ''.join(c for c in text if not c.isalnum() and not c.isspace())
    apostrophe = next((c for c in "'" + APOSTROPHES + MODIFIERS if c in text), '')
    if 'ı' in text and 'i' in text:
        locale = locale or 'tr'  # both are letters, so that I is the capital of the first
    return Cleaning(keep=keep + "'" if apostrophe else keep, digits=True,
                    lower=text == text.lower(), locale=locale, apostrophe=apostrophe)


def write_lines(lines: Iterable[str], path: str, compress: bool = False) -> Counter[str]:
    """Write lines and count their words; the rarest are forgotten beyond `MOST_WORDS`."""
    counts: Counter[str] = Counter()
    with (gzip.open(path, 'wt', encoding='utf-8', compresslevel=1) if compress
          else open(path, 'w', encoding='utf-8')) as f:
        for line in lines:
            f.write(line + '\n')
            counts.update(line.split())
            if len(counts) > MOST_WORDS:
                counts = Counter(dict(counts.most_common(MOST_WORDS // 2)))
    return counts


def save_vocabulary(counts: Counter[str], top_k: int, path: str,
                    always: Collection[str] = ()) -> list[str]:
    """Write the `top_k` most frequent words, one per line, and say how much of the text they cover.

    Ties go by the alphabet, so that the same text gives the same vocabulary. Words of `always` are
    taken first, however rare.
    """
    ranked = sorted(counts.items(),
                    key=lambda item: (item[0] not in always, -item[1], item[0]))[:top_k]
    with open(path, 'w', encoding='utf-8') as f:
        f.writelines(word + '\n' for word, _ in ranked)
    total, kept = sum(counts.values()), sum(count for _, count in ranked)
    log.info(f'Vocabulary: {len(ranked)} of {len(counts)} different words, '
             f'{100 * kept / max(total, 1):.2f} % of the {total} words in the text.')
    return [word for word, _ in ranked]


class DiscountsUnknown(Exception):
    """Text too small or too odd for Kneser-Ney discounts; the message is lmplz's reason."""


def estimate(text: str, arpa: str, order: int, prune: Sequence[int], memory: str, work: str,
             kenlm_bins: str = '', vocabulary: str = '', fallback: bool = False) -> None:
    """Estimate n-grams with modified Kneser-Ney smoothing (lmplz).

    Args:
        text: file with one sentence per line, words separated by spaces.
        arpa: file to write.
        order: longest n-gram, 2 to 6.
        prune: for order 1, 2, ...: n-grams seen so often or less are left out.
        memory: for sorting, such as '1G' or '50%'; more is kept in `work`.
        work: folder for temporary files.
        kenlm_bins: folder of KenLM's programs, else they are built.
        vocabulary: file with the words to keep, else all.
        fallback: use fixed discounts where they cannot be estimated.

    Raises:
        DiscountsUnknown: `fallback` is False and the text is too small.
    """
    if not 2 <= order <= MAX_ORDER:
        raise UserError(f'n-grams of order {order}: expected 2 to {MAX_ORDER}')
    if len(prune) > order or list(prune) != sorted(prune):
        raise UserError(f'pruning by {" ".join(map(str, prune))}: expected at most {order} '
                        'counts, none smaller than the one before it')
    command = [find_tool('lmplz', kenlm_bins), '--order', str(order), '--text', text,
               '--arpa', arpa, '--memory', memory, '--temp_prefix', os.path.join(work, ''),
               '--skip_symbols']
    if prune:
        command += ['--prune', *map(str, prune)]
    if vocabulary:
        command += ['--limit_vocab_file', vocabulary]
    if fallback:
        command.append('--discount_fallback')
    said = run_tool(command, '=== ')
    reasons = [x for x in said if 'Kneser-Ney discounts' in x or 'discount out of range' in x]
    if reasons and not fallback:
        raise DiscountsUnknown(reasons[0])
    if said:
        raise UserError(f'lmplz failed: {said[-1]}')


def filter_arpa(arpa: str, filtered: str, vocabulary: str, kenlm_bins: str = '') -> None:
    """Leave out the n-grams that have a word outside the vocabulary."""
    said = run_tool([find_tool('filter', kenlm_bins), 'single', f'model:{arpa}', filtered],
                    stdin=vocabulary)
    if said:
        raise UserError(f'filter failed: {said[-1]}')


def make_binary(arpa: str, binary: str, a_bits: int = 255, q_bits: int = 8,
                kind: str = 'trie', kenlm_bins: str = '') -> None:
    """Make KenLM's binary form, without the strings of the words."""
    bits = ['-a', str(a_bits), '-q', str(q_bits)] if kind == 'trie' else []
    said = run_tool([find_tool('build_binary', kenlm_bins), *bits, '-v', kind, arpa, binary])
    if said:
        raise UserError(f'build_binary failed: {said[-1]}')


def make_package(options: Sequence[str]) -> int:
    """Run generate_scorer_package with its own options; returns its exit status, as a shell."""
    status = subprocess.run([find_tool('generate_scorer_package'), *options]).returncode
    return status if status >= 0 else 128 - status


def run_tool(command: Sequence[str], stage: str = '\0', stdin: str = os.devnull) -> list[str]:
    """Run a KenLM program and show lines with `stage`; return its output if it failed."""
    said: list[str] = []
    with open(stdin, 'rb') as given, subprocess.Popen(
            command, stdin=given, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            errors='replace') as process:
        assert process.stderr
        for line in process.stderr:
            line = line.strip()
            if line.startswith(stage):
                log.info(line.strip('= '))
            if line:
                said = said[-49:] + [line]
    if process.returncode == 0:
        return []
    # The reason stands before the advice on how to override it and the ERROR of build_binary.
    reasons = [x for x in said if x != 'ERROR' and not x.startswith(('Try dedup', 'terminate'))]
    return reasons or [f'exit status {process.returncode}']
