r"""Punctuation out, spelling in: quotes go, apostrophes stay, spaces come where words end.

Each step looks at the kinds of the characters (characters.py), a string as long as the text:

    text   Rock 'n' roll, said "Ann"
    kinds  aaaa qaq aaaap aaaa daaad
"""

import functools
import re
from collections.abc import Callable

from util.text.characters import CHILLUS, LOW_QUOTE, Kinds, Single
from util.text.locales import Rules

WORD = 'aAbBwWhz'
NO_APOSTROPHE = 'wWh'  # scripts in which each quote is one
NO_BASE = re.compile(r'(?<![aAbBwWhz])[ABWz]+')  # marks and joiners on nothing
JOINERS = re.compile(r'(?<=[bB])z+(?=[bB])|z+')
SEPARATORS = re.compile('[dp ]*[dp][dp ]*')
HEBREW = '\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u05d0-\u05f2'
CHILLU = re.compile('|'.join(CHILLUS))
# UAX 29, WB7b: gershayim stand in words (tsahal), but a quote after a prefix ends somewhere.
QUOTED_IN_HEBREW = re.compile(
    rf'(?<=[{HEBREW}])["“”„״](?=[{HEBREW}]{{2}})([^"“”„״]*[^\s"“”„״])["“”„״](?![{HEBREW}])')
GERSHAYIM = re.compile(rf'(?<=[{HEBREW}])(?:["“”„״]|\'\')(?=[{HEBREW}])')


class Punctuation:
    """Takes the punctuation out of texts in one language."""

    def __init__(self, rules: Rules, keep: str) -> None:
        """Prepare for a language.

        Args:
            rules: how it spells.
            keep: punctuation that belongs to words; without "'" apostrophes end words.
        """
        self._rules = rules
        self._single = Single(rules.apostrophe)
        self._kinds = Kinds(keep + rules.apostrophe)
        self._apostrophes = "'" in keep
        self._respell = [(re.compile(pattern), new) for pattern, new in rules.respell]
        self._starts, self._ends = (re.compile(each or '(?!)') for each in (rules.starts,
                                                                            rules.ends))
        self._inside = re.compile(rules.inside)

    def kinds(self, text: str) -> str:
        """Return the kind of each character."""
        return text.translate(self._kinds)

    def single(self, text: str) -> str:
        """Write each character in one way, and leave out those that nobody can see or say."""
        text = text.translate(self._single)
        if text.isascii():
            return self._in_letters(text)
        written = CHILLU.sub(lambda match: CHILLUS[match[0]], self._in_letters(text))
        text = self._edit(written, NO_BASE, lambda found, around: '')
        text = self._edit(text, JOINERS, self._joiner)
        return self._in_letters(text) if text != written else text

    def _in_letters(self, text: str) -> str:
        """Put the letters of the language in the place of what people type."""
        for pattern, new in self._respell:
            text = pattern.sub(new, text)
        return text

    def out(self, text: str) -> str:
        """Return the words of a text that `single` has written, with single spaces."""
        if '\u05d0' <= max(text, default=''):
            text = GERSHAYIM.sub('\u05f4', QUOTED_IN_HEBREW.sub(r'\1', text))
        if "'" in text:
            text = self._apostrophe(text)
        return ' '.join(self._edit(text, SEPARATORS, self._separator).split())

    def _edit(self, text: str, pattern: re.Pattern[str],
              new: Callable[[str, str], str]) -> str:
        """Replace what a pattern finds among the kinds by `new(found, its two neighbours)`."""
        kinds, at, parts = self.kinds(text), 0, []
        for match in pattern.finditer(kinds):
            start, end = match.span()
            around = (text[start - 1] if start else ' ') + (text[end] if end < len(text) else ' ')
            parts += [text[at:start], new(text[start:end], around)]
            at = end
        return ''.join([*parts, text[at:]]) if at else text

    def _joiner(self, found: str, around: str) -> str:
        return found[0] if re.fullmatch('[bB]{2}', self.kinds(around)) else ''

    def _separator(self, found: str, around: str) -> str:
        """Return what becomes of a run of punctuation and spaces between two characters."""
        if ' ' in found or around.isascii() and len(found) > 1:
            return ' '
        if len(found) == 1 and self._inside.fullmatch(around[0] + found + around[1]):
            return found
        kinds = self.kinds(found)
        if ' ' not in kinds:
            beside = self.kinds(around).lower()
            if beside == 'ww' or beside == 'hh' and set(kinds) == {'d'}:  # 안녕"이라고
                return ''
            if found == '\u05f4' and re.fullmatch(f'[{HEBREW}]{{2}}', around):
                return found
        return ' '

    def _apostrophe(self, text: str) -> str:
        """Turn quotes into double quotes, and write apostrophes as the language does."""
        kinds, chars = self.kinds(text), list(text)
        edges: list[tuple[int, bool]] = []  # (position, whether a word begins there)
        for match in re.finditer('q+|p', kinds):
            start, end = match.span()
            if match[0] == 'p' and text[start] != LOW_QUOTE:
                continue
            before, after = kinds[max(start - 1, 0):start], kinds[end:end + 1]
            left, right = before in WORD and before > '', after in WORD and after > ''
            if end - start > 1 or not (left or right):
                chars[start:end] = '"' * (end - start)
            elif {before, after} & set(NO_APOSTROPHE):
                chars[start] = '"'
                left, right = (each and kind not in NO_APOSTROPHE if left and right else each
                               for each, kind in ((left, before), (right, after)))
            if end - start == 1 and left != right:
                edges.append((start, right))
        for i in self._quotes(text, kinds, edges):
            chars[i] = '"'
        for i, kind in enumerate(kinds):
            if kind == 'q' and chars[i] == "'":
                chars[i] = self._written(text[i - 1] if i else ' ')
        return ''.join(chars)

    def _written(self, before: str) -> str:
        if re.match(f'[{HEBREW}]', before):
            return '\u05f3'  # UAX 29, WB7a: the geresh
        return self._rules.apostrophe if self._apostrophes else ' '

    def _quotes(self, text: str, kinds: str, edges: list[tuple[int, bool]]) -> list[int]:
        """Return the positions of quotes, among the apostrophes at the edges of words.

        A pair are quotes, unless both belong to words that have an apostrophe there.
        """
        open_quotes: list[tuple[int, bool]] = []  # (position, whether no word begins so)
        found: list[int] = []
        for n, (i, begins) in enumerate(edges):
            word = _word(text, kinds, i, begins)
            if begins:
                open_quotes.append((i, text[i] == LOW_QUOTE or not self._starts.fullmatch(word)))
                continue
            sure = [k for k, (at, certain) in enumerate(open_quotes) if certain]
            if self._ends.fullmatch(word):
                around = bool(sure) and open_quotes[sure[-1]][0] == i - len(word) - 1
                if n + 1 < len(edges) and not edges[n + 1][1] and not around:
                    continue  # 'the dogs' bone': a later one ends it
                match = sure
            else:
                match = sure or list(range(len(open_quotes)))
            if match:
                found += [open_quotes.pop(match[-1])[0], i]
        return found


def _word(text: str, kinds: str, at: int, begins: bool) -> str:
    """Return the word that begins or ends beside a quote, in lower case."""
    step = 1 if begins else -1
    last = at + step
    while 0 <= last < len(text) and (
            kinds[last] in WORD or kinds[last] == 'q'
            and 0 <= last + step < len(text) and kinds[last + step] in WORD):
        last += step
    return (text[at + 1:last] if begins else text[last + 1:at]).lower()


@functools.cache
def punctuation(rules: Rules, keep: str) -> Punctuation:
    """Return the one for a language and what is to be kept."""
    return Punctuation(rules, keep)
