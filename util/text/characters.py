r"""Characters: one spelling of each, and what part it can play in a word.

The rules are those of whole scripts, found by the first word of a character's Unicode name;
locales.py has those of single languages.
"""

import unicodedata

# Signs in the place of an apostrophe, most of them also quotes. U+055A is Armenian, U+05F3 the
# Hebrew geresh, U+1FBD to U+1FFE are Greek.
APOSTROPHES = "'’‘`´＇‛′‵\u055a\u05f3\u1fbd\u1fbf\u1ffe\uff40"
MODIFIERS = 'ʼʻʽʹ'  # letters by their category, yet people type an apostrophe
LOW_QUOTE = '‚'  # opens what ‘ or ’ closes, and is no apostrophe

# Letters that NFKC would take apart, though their languages have them as they are (CLDR: th, lo,
# hy); the letters of Korean that are written alone would become half syllables.
WHOLE = {'\u0e33', '\u0eb3', '\u0edc', '\u0edd', '\u0587', *map(chr, range(0x3131, 0x318f))}

# Punctuation by category, but spelling: Thai and Burmese abbreviations and words (CLDR: th, my),
# the geresh of Hebrew once it is told from quotes.
WRITTEN = 'ฯ\u104c\u104d\u104e\u104f\u05f3'

# Nobody speaks these, and they stand within words: the tatweel of Arabic, the marks of Armenian
# (emphasis, exclamation, question, abbreviation), Ethiopic notes.
REMOVED = {'\u0640', '\u055b', '\u055c', '\u055e', '\u055f', *map(chr, range(0x1390, 0x139a))}

# Default_Ignorable_Code_Point of Unicode, where the category is not Cf: they choose a glyph or
# fill a cell. The selectors of Mongolian are spelling.
UNSEEN = {'\u034f', '\u115f', '\u1160', '\u17b4', '\u17b5', '\u3164', '\uffa0',
          *map(chr, range(0xfe00, 0xfe10)), *map(chr, range(0xe0100, 0xe01f0))}
JOINERS = '\u200c\u200d\u180e'  # spelling in Arabic, Indic and Mongolian script, noise elsewhere

# UAX 14: scripts of the classes ID and SA, which have no spaces between words.
SPACELESS = {'CJK', 'IDEOGRAPHIC', 'HIRAGANA', 'KATAKANA', 'KATAKANA-HIRAGANA', 'HENTAIGANA',
             'VERTICAL', 'BOPOMOFO', 'YI', 'THAI', 'LAO', 'KHMER', 'MYANMAR', 'TAI', 'NEW', 'AHOM',
             'JAVANESE', 'BALINESE', 'TANGUT', 'NUSHU'}
# UAX 31 and RFC 5892: where joiners distinguish words.
JOINING = {'ARABIC', 'SYRIAC', 'MANDAIC', 'NKO', 'MONGOLIAN', 'DEVANAGARI', 'BENGALI', 'GURMUKHI',
           'GUJARATI', 'ORIYA', 'TAMIL', 'TELUGU', 'KANNADA', 'MALAYALAM', 'SINHALA', 'NEWA',
           'GRANTHA', 'TIRHUTA', 'MODI', 'SHARADA', 'CHAKMA', 'MEETEI', 'KAITHI', 'TULU-TIGALARI'}

# The core specification of Unicode, chapter 12: old spellings of the chillus of Malayalam.
CHILLUS = {base + '\u0d4d\u200d': chillu for base, chillu in zip('ണനരലളക', 'ൺൻർൽൾൿ')}


class Single(dict):
    """Translation table, filled on demand: what each character is written as.

    Wide, narrow, presentation and ligature forms become the characters they stand for;
    numerals stay what they are.
    """

    def __init__(self, apostrophe: str) -> None:
        """Prepare a table.

        Args:
            apostrophe: what modifier letters that look like one become.
        """
        self.apostrophe = apostrophe

    def __missing__(self, code: int) -> str | None:
        self[code] = result = self._single(chr(code))
        return result

    def _single(self, char: str) -> str | None:
        category = unicodedata.category(char)
        if char in APOSTROPHES:
            return "'"
        if char in MODIFIERS:
            return self.apostrophe
        if char in REMOVED or char in UNSEEN or category == 'Cf' and char not in JOINERS:
            return None
        form = unicodedata.decomposition(char)
        if not form.startswith('<') or char in WHOLE or category in ('No', 'Nl'):
            return char
        if form.startswith(('<wide>', '<narrow>')):  # one step: half syllables would be two
            return self._single(chr(int(form.split()[1], 16)))
        if char in '\u309b\u309c':  # the voicing marks of kana, as characters of their own
            return unicodedata.normalize('NFKC', char).strip()
        if category in ('Lm', 'Sk'):  # raised letters are letters; accents alone are none
            return char
        stands_for = unicodedata.normalize('NFKC', char).strip()
        return ''.join(self._single(c) or '' for c in stands_for) or char


class Kinds(dict):
    """Translation table, filled on demand: the kind of each character, as one letter.

    a  a letter or digit; A  a mark on it (combining characters, vowel signs)
    b, B  the same in scripts whose spelling has joiners
    w, W  the same in scripts without spaces between words
    h  Hangul; z  a joiner; q  an apostrophe or quote
    d  a double quote; p  other punctuation; k  punctuation to be kept
    """

    def __init__(self, keep: str) -> None:
        """Prepare a table.

        Args:
            keep: punctuation that belongs to words.
        """
        self.keep = keep

    def __missing__(self, code: int) -> str:
        self[code] = result = self._kind(chr(code))
        return result

    def _kind(self, char: str) -> str:
        category = unicodedata.category(char)
        if char.isspace():
            return ' '
        if char in JOINERS:
            return 'z'
        if category[0] in 'LM' or char in WRITTEN or char == '〇':
            return _of_script(char).upper() if category[0] == 'M' else _of_script(char)
        if category[0] == 'N':
            return 'a'
        if char == "'":
            return 'q'
        if char in self.keep:
            return 'k'
        return 'd' if category in ('Pi', 'Pf') or char in '"„‟״' else 'p'


def _of_script(char: str) -> str:
    script = unicodedata.name(char, '').removeprefix('COMBINING ').split(' ')[0]
    return ('w' if script in SPACELESS else 'b' if script in JOINING
            else 'h' if script == 'HANGUL' else 'a')
