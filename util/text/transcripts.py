r"""Transcripts: how they are cleaned, how two are compared, and how long one is to CTC.

Cleaning is the same for every corpus and every language model; what languages and scripts do
differently is tabled in locales.py and characters.py. A corpus page only adds its own
conventions (noise tags, partial words) as regular expressions:

    clean = Cleaning(remove=r"\{[A-Z]+\}|<sil>", reject=r"\*")
    clean("{NOISE} Don't stop--please!")  ->  "don't stop please"

Rates are summed over a corpus: add up the edits and the lengths that `word_error` and
`char_error` return, divide once.
"""

import re
import unicodedata
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from util.text import locales
from util.text.characters import Single
from util.text.edits import edit_distance
from util.text.punctuation import punctuation

SPOKEN_SYMBOLS = '&*%$@#+=<>[](){}|~^\\/°§€£¥'  # nobody knows how the speaker read them
NO_DECOMPOSITION = str.maketrans(
    {'ß': 'ss', 'æ': 'ae', 'œ': 'oe', 'ø': 'o', 'ł': 'l', 'đ': 'd', 'ħ': 'h', 'ı': 'i',
     'Æ': 'AE', 'Œ': 'OE', 'Ø': 'O', 'Ł': 'L', 'Đ': 'D', 'Ħ': 'H', 'ẞ': 'SS'})


class Rejected(ValueError):
    """A transcript that cannot become a label; the message is the reason to count."""


@dataclass(frozen=True)
class Cleaning:
    """The rules that turn a corpus's transcript into a training transcript.

    Attributes:
        remove: regular expression of what was not spoken (tags, noise marks): becomes a space.
        reject: regular expression of what makes the transcript unusable (unclear speech).
        keep: punctuation that belongs to words; an apostrophe needs a letter next to it.
        spaces: False removes all spaces (Chinese corpora segment words nobody speaks).
        lower: fold to lower case.
        digits: let digits pass (their reading is unknown, so normally they reject).
        locale: of the language ('tr', 'ga-IE'), for the rules of locales.py; '' = unknown.
        apostrophe: how it is written; '' = as the language does.
    """

    remove: str = ''
    reject: str = ''
    keep: str = "'"
    spaces: bool = True
    lower: bool = True
    digits: bool = False
    locale: str = ''
    apostrophe: str = ''

    def conventions(self, text: str) -> str:
        """Apply only the corpus's own rules: `reject` and `remove`."""
        if self.reject and re.search(self.reject, text):
            raise Rejected('marked as unclear')
        return re.sub(self.remove, ' ', text) if self.remove else text

    def __call__(self, text: str) -> str:
        """Return the cleaned transcript, or raise `Rejected` with the reason."""
        if '\ufffd' in text:
            raise Rejected('not UTF-8')
        text = self.conventions(text)
        rules = locales.rules(self.locale)
        if self.apostrophe:
            rules = replace(rules, apostrophe=self.apostrophe)
        clean = punctuation(rules, self.keep)
        text = unicodedata.normalize('NFC', clean.single(unicodedata.normalize('NFC', text)))
        if not self.digits and any(
                c.isnumeric() and unicodedata.category(c)[0] == 'N' and c != '〇' for c in text):
            raise Rejected('digits')
        if set(text) & set(SPOKEN_SYMBOLS) - set(self.keep):
            raise Rejected('symbols')
        text = clean.out(text)
        if self.lower:  # after words have been told apart: the final sigma of Greek needs it
            text = lower(text, rules.dotless)
        text = unicodedata.normalize('NFC', text)
        if not self.spaces:
            text = text.replace(' ', '')
        if not text:
            raise Rejected('empty transcript')
        return text


def lower(text: str, dotless: bool = False) -> str:
    """Fold to lower case, in NFC.

    Args:
        text: in NFC.
        dotless: capital I is the capital of dotless i, as in Turkish.
    """
    if dotless:
        text = text.replace('I', 'ı')
    return re.sub('i\u0307+', 'i', text.lower())  # which capital dotted I becomes


def fold_diacritics(text: str) -> str:
    """Replace letters with diacritics by their base letters: "Ærøskøbing" -> "AEroskobing"."""
    single = text.translate(Single("'")).translate(NO_DECOMPOSITION)
    bare = ''.join(c for c in unicodedata.normalize('NFD', single) if not _diacritic(c))
    return unicodedata.normalize('NFC', bare)


def _diacritic(char: str) -> bool:
    """Tell accents, and the points of Hebrew and Arabic, from signs that are half a letter.

    Nuktas, the voicing of kana, viramas and the tones of Thai and its neighbours have canonical
    combining classes of their own (7, 8, 9, 84 to 132).
    """
    where = unicodedata.combining(char)
    return 1 <= where <= 6 or 10 <= where <= 36 or where >= 200


def word_error(reference: str, hypothesis: str) -> tuple[int, int]:
    """Return (edits, words in the reference); WER = sum of edits / sum of words."""
    words = reference.split()
    return edit_distance(words, hypothesis.split()), len(words)


def char_error(reference: str, hypothesis: str) -> tuple[int, int]:
    """Return (edits, characters in the reference); CER = sum of edits / sum of characters."""
    reference = reference.strip()
    return edit_distance(reference, hypothesis.strip()), len(reference)


def times_in_a_row(words: Sequence[str], text: Sequence[str]) -> int:
    """Return how often a text has some words one after the other."""
    return sum(text[at:at + len(words)] == words for at in range(len(text)))


def ctc_steps(labels: Sequence[Hashable]) -> int:
    """Return the time steps CTC needs: one per label, and a blank between equal neighbours."""
    return len(labels) + sum(a == b for a, b in zip(labels, labels[1:]))
