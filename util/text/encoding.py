"""Text files, whatever program wrote them: the only room that decides how bytes become text.

A byte-order mark decides, then UTF-8 if the bytes are UTF-8, then the encoding that the user has
declared (`--encoding`), then a guess, which is said. A guess takes the code page in which the
bytes are the letters of one language; where there is none, characters become U+FFFD, and those
who read them leave the line out.
"""

import codecs
import io
import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from util import log
from util.errors import UserError
from util.text.locales import language

MARKS = ((codecs.BOM_UTF8, 'utf-8-sig'), (codecs.BOM_UTF32_LE, 'utf-32'),
         (codecs.BOM_UTF32_BE, 'utf-32'), (codecs.BOM_UTF16_LE, 'utf-16'),
         (codecs.BOM_UTF16_BE, 'utf-16'))  # the marks of UTF-16 begin those of UTF-32
SAMPLE = 1 << 20  # bytes that decide
LETTERS_FOR_GUESS = 1 << 16  # bytes of lines that are not UTF-8
MOST_WRONG = 0.2  # of the characters beyond ASCII; above it no guess is made

# Code page -> for each language the letters it adds to a to z (CLDR, exemplar characters), in the
# order in which they are tried. Equal ones: the first.
ALPHABETS = {
    'cp1252': ('äöüß', 'àâæçéèêëîïôœùûüÿ', 'áéíñóúü', 'ãáâàçéêíóôõú', 'àèéìíîòóù', 'éëïóöèê',
               'åäöé', 'æøåé', 'áðéíóúýþæö', 'àçèéíïòóúü', 'ëç', 'äõöüšž'),
    'cp1250': ('áčďéěíňóřšťúůýž', 'ąćęłńóśźż', 'áéíóöőúüű', 'áäčďéíĺľňóôŕšťúýž', 'ăâîşţ', 'čćđšž',
               'ëç'),
    'cp1254': ('çğıöşüâîû',),
    'cp1257': ('ąčęėįšųūž', 'āčēģīķļņšūž', 'äõöüšž'),
    'cp1255': ('אבגדהוזחטיכלמנסעפצקרשתךםןףץ',),
    'cp1251': ('абвгдеёжзийклмнопрстуфхцчшщъыьэюя', 'абвгґдеєжзиіїйклмнопрстуфхцчшщьюя',
               'абвгдеёжзійклмнопрстуўфхцчшыьэюя', 'абвгдђежзијклљмнњопрстћуфхцчџш',
               'абвгдѓежзѕијклљмнњопрстќуфхцчџш'),
    'cp1253': ('αβγδεζηθικλμνξοπρστυφχψωάέήίόύώςϊϋΐΰ',),
    'cp1256': ('ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي'
               '\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652',
               'آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیئء'),
    'cp874': (''.join(map(chr, (*range(0xe01, 0xe3b), *range(0xe40, 0xe4f)))),),
    'koi8_r': ('абвгдеёжзийклмнопрстуфхцчшщъыьэюя',)}

# The page that Windows uses for programs without Unicode in a language (Microsoft: National
# Language Support); the languages of western Europe have cp1252, the rest of Cyrillic cp1251.
PAGES = {**dict.fromkeys('cs sk pl hu ro hr sl sq bs hsb dsb'.split(), 'cp1250'),
         **dict.fromkeys('ru uk be bg sr mk kk ky tt ba mn cv sah os'.split(), 'cp1251'),
         **dict.fromkeys('tr az uz tk ku'.split(), 'cp1254'), 'el': 'cp1253', 'th': 'cp874',
         **dict.fromkeys('he yi'.split(), 'cp1255'), 'vi': 'cp1258', 'ja': 'cp932',
         **dict.fromkeys('ar fa ur ug ckb'.split(), 'cp1256'), 'ko': 'cp949', 'zh': 'gb18030',
         **dict.fromkeys('et lv lt'.split(), 'cp1257')}
PAGES_OF_LOCALES = {'zh-tw': 'cp950', 'zh-hk': 'cp950'}

QUOTES_AND_DASHES = '«»“”„‘’‚‹›–—…·¿¡\u00a0¨´\u00ad'
FINAL_IN_HEBREW = dict(zip('כמנפצ', 'ךםןףץ'))


class _Declared:
    """What the user has said, and what has been said to the user: the state of this file."""

    def __init__(self) -> None:
        self.encoding = self.locale = ''
        self.said: set[str] = set()


_declared = _Declared()


def declare(encoding: str = '', locale: str = '') -> None:
    """Take an encoding for files that are not UTF-8, or the language for a guess ('' = none).

    Raises:
        UserError: there is no such encoding.
    """
    try:
        known = not encoding or isinstance(b'a'.decode(encoding, 'replace'), str)
    except (LookupError, ValueError):
        known = False
    if not known:
        raise UserError(f'--encoding {encoding!r}: there is no such encoding; expected a name as '
                        'cp1251, latin-1, koi8-r, shift_jis, gb18030 or utf-16-le')
    _declared.encoding, _declared.locale, _declared.said = encoding, locale, set()


@dataclass(frozen=True)
class Found:
    """How a file is encoded.

    Attributes:
        name: as Python calls it.
        guess: nothing but its letters speaks for it; '' where they speak for none.
    """

    name: str
    guess: str | None = None


def find(sample: bytes, whole: bool = True) -> Found:
    """Find out how text is encoded.

    Args:
        sample: its beginning.
        whole: nothing follows.
    """
    for mark, name in MARKS:
        if sample.startswith(mark):
            return Found(name)
    if _declared.encoding and (b'\0' in sample or sample.isascii()):
        return Found(_declared.encoding)  # UTF-16, or one in seven bits
    if b'\0' in sample:  # no text has it: UTF-16 without its mark
        even, odd = sample[::2].count(0), sample[1::2].count(0)
        if even != odd:
            name = 'utf-16-le' if odd > even else 'utf-16-be'
            return Found(name, name)
    try:
        codecs.getincrementaldecoder('utf-8')().decode(sample, whole)
        return Found('utf-8-sig')
    except UnicodeDecodeError:
        pass
    lines = [line for line in sample.splitlines() if not line.isascii()]
    broken = [line for line in lines if not _is(line, 'utf-8')]
    if len(broken) * 2 <= len(lines):
        return Found('utf-8-sig')  # a few lines are damaged: they become U+FFFD
    if _declared.encoding:
        return Found(_declared.encoding)
    guess = _guess(b'\n'.join(broken)[:LETTERS_FOR_GUESS], _declared.locale)
    return Found(guess or 'utf-8-sig', guess)


def _is(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _guess(data: bytes, locale: str) -> str:
    """Return the code page whose letters the bytes are, or ''."""
    page = PAGES_OF_LOCALES.get(locale.lower().replace('_', '-')) or PAGES.get(language(locale))
    if page and _is(data, page):
        return page
    wrong = {name: _wrong(data.decode(name, 'replace'), alphabets)
             for name, alphabets in ALPHABETS.items()}
    best = min(wrong, key=wrong.__getitem__)
    return best if wrong[best] <= MOST_WRONG else ''


def _wrong(text: str, alphabets: tuple[str, ...]) -> float:
    """Return the share of characters beyond ASCII that do not belong, in the best language."""
    words = [word for word in re.split(r'[\s,;|/]+', text) if not word.isascii()]  # cells too
    total = sum(not c.isascii() for word in words for c in word)
    latin = alphabets[0][0] < '\u0250'
    everywhere = sum(_odd(word, latin) for word in words)
    letters = [c for word in words for c in word.lower()
               if not c.isascii() and c not in QUOTES_AND_DASHES + '\u0307']
    strange = min(sum(c not in alphabet for c in letters) for alphabet in alphabets)
    return (everywhere + strange) / max(total, 1)


def _odd(word: str, latin: bool) -> int:
    """Count what no word has: two scripts, capitals within, wrong finals, Greek without accent."""
    letters = word.strip(QUOTES_AND_DASHES + '.,;:!?"\'()[]')
    count = sum(b.isupper() and a.islower() for a, b in zip(letters, letters[1:]))
    count += sum(c in QUOTES_AND_DASHES[:-1] for c in letters)
    if latin:
        count += len(letters) * (len(letters) > 1 and not any(map(str.isascii, letters)))
    else:
        count += len(letters) * any(c.isascii() and c.isalpha() for c in letters)
        count += len(letters) > 3 and letters.isupper()  # KOI8 has its cases the other way round
    if 'α' <= max(letters, default='') <= 'ώ' and len(letters) > 3:
        count += 2 * (unicodedata.normalize('NFD', letters) == letters) + letters[:-1].count('ς')
    if any('א' <= c <= 'ת' for c in letters):
        count += sum(c in FINAL_IN_HEBREW.values() for c in letters[:-1])
        count += letters[-1] in FINAL_IN_HEBREW
    return count


def read(path: str | os.PathLike) -> str:
    """Return the text of a file, and say what was guessed; what cannot be read is U+FFFD.

    Line ends stay as they are. The other small files of its kind in the folder help to guess.
    """
    path = Path(path)
    data = path.read_bytes()
    found = find(data[:SAMPLE], len(data) <= SAMPLE)
    if found.guess is not None and len(data) < LETTERS_FOR_GUESS and not found.name.startswith(
            'utf-16'):
        found = find(b'\n'.join([data, *_relatives(path)])[:SAMPLE])
        if found.guess is None:  # most others are UTF-8
            found = find(data)
    text = data.decode(found.name, 'replace')
    _say(path, found, text)
    return text


def _relatives(path: Path) -> Iterator[bytes]:
    """Yield other files of the folder that are not UTF-8, as long as they are few and small."""
    size = 0
    for other in sorted(path.parent.glob('*' + path.suffix))[:200]:
        if size < LETTERS_FOR_GUESS and other != path and other.is_file():
            with open(other, 'rb') as file:
                data = file.read(LETTERS_FOR_GUESS)
            if not _is(data, 'utf-8') and find(data).name not in ('utf-16', 'utf-32'):
                size += len(data)
                yield data


def lines(file: BinaryIO, name: str) -> Iterator[str]:
    r"""Yield the lines of a binary file of any size, ended by '\n'; say what was guessed.

    Args:
        file: opened for reading, at its beginning; it need not be able to seek.
        name: for messages.
    """
    head = file.read(SAMPLE)
    found = find(head, len(head) < SAMPLE)
    _say(name, found, head.decode(found.name, 'replace'))
    rest = io.BufferedReader(_Replayed(head, file), 1 << 16)
    yield from io.TextIOWrapper(rest, found.name, errors='replace')


class _Replayed(io.RawIOBase):
    """A file whose beginning has been read already, from its beginning."""

    def __init__(self, head: bytes, file: BinaryIO) -> None:
        self._head, self._file = memoryview(head), file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._head[:len(buffer)] if self._head else self._file.read(len(buffer))
        self._head = self._head[len(buffer):]
        buffer[:len(data)] = data
        return len(data)


def _say(path: object, found: Found, text: str) -> None:
    """Warn of a guess, once for each encoding."""
    if found.guess is None or found.guess in _declared.said:
        return
    _declared.said.add(found.guess)
    shown = next((line for line in text.splitlines() if not line.isascii()), text)[:60].strip()
    if found.guess:
        log.warn(f'{path}: not UTF-8; it is read as {found.guess}, which its letters look like, '
                 f'and so are others of its kind ({shown!r}): if that is wrong, pass --encoding')
    else:
        log.warn(f'{path}: not UTF-8, and its letters tell no other encoding: pass --encoding '
                 'if you know it; what cannot be read is left out')


def say_name(path: str) -> None:
    """Say how to rename a file whose name is not UTF-8, once."""
    if 'name' not in _declared.said:
        _declared.said.add('name')
        guess = _declared.encoding or _guess(os.fsencode(path), _declared.locale) or 'ENCODING'
        log.warn(f'{path!r}: the name is not UTF-8, so no CSV can hold it; rename it and others of '
                 f'its kind: convmv -f {guess} -t utf-8 -r --notest FOLDER')


def certain(data: bytes) -> str:
    """Return the encoding of a text that must not be guessed: UTF-8 where nothing else is sure."""
    found = find(data[:SAMPLE], len(data) <= SAMPLE)
    sure = found.guess is None or found.name.startswith('utf-16')
    return found.name if sure else 'utf-8-sig'


def advice(data: bytes, path: str | os.PathLike) -> str:
    """Say how to convert a file that is not UTF-8."""
    guess = find(data[:SAMPLE], len(data) <= SAMPLE).guess or 'ENCODING'
    looks = '' if guess == 'ENCODING' else f'it looks like {guess}; '
    return f'{looks}convert it: iconv -f {guess} -t utf-8 {path} > NEW'
