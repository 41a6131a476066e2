r"""How languages spell: the rules in which one differs from the others.

What holds for a whole script stands in characters.py. A language is listed here only if
it has a rule of its own. The sources are named where the rule is:

    CLDR        exemplar characters of the Unicode Common Locale Data Repository, version 48
    UAX 29      Unicode text segmentation: what may stand inside a word
    Casing      SpecialCasing.txt of the Unicode Character Database
"""

import functools
import re
from dataclasses import dataclass

from util.errors import UserError

CYRILLIC = '[\u0400-\u04ff]'
ANY = '.*'  # every word

# Words that begin or end with an apostrophe, as regular expressions over lower case. A pair of
# straight quotes and two such words look the same: 'tis the dogs' bone.
ENGLISH_STARTS = ('tis|twas|twere|twill|twould|em|cause|cuz|cos|til|till|bout|round|n|neath|gainst|'
                  'fore|kay|s|d|ll|ve|re|m|nother')
ENGLISH_ENDS = '.*s|.*in|o|ol|an|th|wi'
UNKNOWN_ENDS = ENGLISH_ENDS + '|po|mo|be|va|fa|da|di|sta|ta|ma|sa'
ITALIAN_STARTS = 'n|na|no|nu|o|u|a|e|i|l|sto|sta|sti|ste|ndrangheta|ntra|nta|mmenzu'


@dataclass(frozen=True)
class Rules:
    r"""How one language spells.

    Attributes:
        apostrophe: the one spelling of all characters that look like an apostrophe and are none
          of the quotes around words.
        starts: words that begin with an apostrophe, a regular expression over lower case.
        ends: words that end with one.
        respell: (regular expression, replacement): other keyboards' ways to write a letter.
        inside: mark and its two neighbours, where a mark belongs to a word.
        dotless: capital I is the capital of dotless i.
    """

    apostrophe: str = "'"
    starts: str = ''
    ends: str = ''
    respell: tuple[tuple[str, str], ...] = ()
    inside: str = '[lL]·[lL]'
    dotless: bool = False


# CLDR: has both i and dotless i, or Casing: tr, az; Crimean Tatar, Gagauz and Zaza likewise.
DOTLESS = Rules(dotless=True)
# CLDR: the okina is a letter of its own, U+02BB; it begins words and never ends them.
OKINA = Rules('\u02bb', starts=ANY)
# CLDR: the glottal stop is U+02BC; it ends words and never begins them.
GLOTTAL = Rules('\u02bc', ends=ANY)
# The palochka, U+04CF in lower case (CLDR, ce), is on no keyboard: people type 1, I, l or |.
TYPED = '[1ILl|\u0406\u0456]+'
PALOCHKA = Rules(respell=((f'(?<={CYRILLIC}){TYPED}|{TYPED}(?={CYRILLIC})', '\u04cf'),))
# CLDR: Persian and Urdu have their own yeh and kaf; Arabic keyboards give the Arabic ones.
PERSIAN = (('[\u064a\u0649]', '\u06cc'), ('\u0643', '\u06a9'))
# CLDR: comma below (U+0219, U+021B); old keyboards give the cedilla.
ROMANIAN = Rules(respell=(('\u015f', '\u0219'), ('\u015e', '\u0218'),
                          ('\u0163', '\u021b'), ('\u0162', '\u021a')))

RULES = {
    'af': Rules(starts='n|s|t|k|m', ends='.*[aeiou]'),
    'av': PALOCHKA, 'ady': PALOCHKA, 'ce': PALOCHKA, 'dar': PALOCHKA, 'inh': PALOCHKA,
    'kbd': PALOCHKA, 'lbe': PALOCHKA, 'lez': PALOCHKA, 'tab': PALOCHKA,
    'az': Rules(dotless=True, respell=(('\u01dd', '\u0259'), ('\u018e', '\u018f'))),  # CLDR: schwa
    'br': Rules(starts='m|n|z|ta|s|d'),
    # CLDR: the middle dot is a letter's part; typed as a full stop or a bullet.
    'ca': Rules(starts='l|n|s|m|t|ls|ns|hi|ho',
                respell=((r'(?<=\wl)[.\u2022\u2027\u2219\u22c5](?=l\w)', '·'),
                         (r'(?<=\wL)[.\u2022\u2027\u2219\u22c5](?=L\w)', '·'))),
    'cak': GLOTTAL, 'kek': GLOTTAL, 'mam': GLOTTAL, 'quc': GLOTTAL, 'yua': GLOTTAL, 'nv': GLOTTAL,
    # CLDR: Sorani writes the vowel as U+06D5; Arabic keyboards give heh and a non-joiner.
    'ckb': Rules(respell=(*PERSIAN, ('\u0647\u200c', '\u06d5'))),
    'crh': DOTLESS, 'gag': DOTLESS, 'kaa': DOTLESS, 'tr': DOTLESS, 'zza': DOTLESS,
    # CLDR: Cyrillic letters; typed as the Latin ones that look the same.
    'cv': Rules(respell=tuple(zip('ăĕçÿĂĔÇŸ', 'ӑӗҫӳӐӖҪӲ'))),
    'cy': Rules(starts='r|n|w|ch|u|i|m|th|di|da|ma|na|sdim|sgwennu|run|rwan|ngh', ends='a|i|o'),
    'de': Rules(starts='n|ne|nen|nem|ner|nes|s|rum|rein|raus|ran|runter|rauf|rüber|mal'),
    'en': Rules(starts=ENGLISH_STARTS, ends=ENGLISH_ENDS),
    'eo': Rules(ends=ANY),  # in verse, nouns lose their o
    'fa': Rules(respell=PERSIAN), 'ur': Rules(respell=PERSIAN),
    'fy': Rules(starts='t|e|k|n|s|m|r'),
    'ga': Rules(starts='s|na|un', ends='a|de|.*[bd]'),
    'gd': Rules(starts='s|na|san|n|m|sa', ends='a|.*[bd]|th|.*[aeiou]'),
    'haw': OKINA, 'rap': OKINA, 'sm': OKINA, 'to': OKINA, 'ty': OKINA,
    'it': Rules(starts=ITALIAN_STARTS, ends='.*[aeiou]|.*n'),  # ASCII accents too: perche'
    'nap': Rules(starts=ITALIAN_STARTS, ends=ANY), 'sc': Rules(starts='e|n', ends='.*[aeiou]'),
    'scn': Rules(starts=ITALIAN_STARTS, ends=ANY),
    'lb': Rules(starts='t|n|s|d|k'), 'nds': Rules(starts='n|t|m|s|k|ne'),
    'mk': Rules(starts='r.*|р.*'),
    'moh': Rules(inside=r'\w:\w'),  # CLDR: the colon makes a vowel long
    'mt': Rules(starts='il|l|i', ends='.*[aeiou]'),
    # CLDR: POJ has the dot above right, U+0358; typed as a middle dot.
    'nan': Rules(respell=(('(?<=[oO])[\u00b7\u2022\u2027]', '\u0358'),)),
    'nl': Rules(starts='s|t|n|k|m|r|ie|er|ns'),
    'oc': Rules(inside=r'\w·\w', starts='l|n|s|m|t'),  # CLDR: in·hèrn, des·hèr
    'os': Rules(respell=(('æ', 'ӕ'), ('Æ', 'Ӕ'))),  # CLDR: the Cyrillic letter
    'pms': Rules(inside=r'[nN]-\w|[sS]-[cC]'),  # CLDR: an-sima, s-cet
    'ro': ROMANIAN, 'mo': ROMANIAN,
    'sms': Rules('\u02b9'),  # the soft sign of Skolt Sami is the modifier prime
    'uz': Rules(ends='.*[og]'),  # o' and g' are letters (CLDR); the Latin ones are typed at random
    # CLDR: the apostrophe is U+02BC; typed as ', which is what alphabets have. One spelling.
    'be': Rules(), 'uk': Rules(), 'gn': Rules(), 'ha': Rules(ends='.*[k]'),
    'lt': Rules(respell=(('(?<=[ij\u012fIJ\u012e])\u0307', ''),)),  # Casing: the dot stays a dot
}

# ISO 639-2 and 639-3 codes of the languages above, as some corpora name them.
CODES = {'afr': 'af', 'ava': 'av', 'aze': 'az', 'azj': 'az', 'bel': 'be', 'bre': 'br', 'cat': 'ca',
         'che': 'ce', 'chv': 'cv', 'cym': 'cy', 'deu': 'de', 'diq': 'zza', 'eng': 'en',
         'epo': 'eo', 'fas': 'fa', 'pes': 'fa', 'fry': 'fy', 'gla': 'gd', 'gle': 'ga', 'grn': 'gn',
         'hau': 'ha', 'ita': 'it', 'lit': 'lt', 'ltz': 'lb', 'mkd': 'mk', 'mlt': 'mt', 'nav': 'nv',
         'nld': 'nl', 'oci': 'oc', 'oss': 'os', 'ron': 'ro', 'smo': 'sm', 'srd': 'sc', 'tah': 'ty',
         'ton': 'to', 'tur': 'tr', 'ukr': 'uk', 'urd': 'ur', 'uzb': 'uz', 'uzn': 'uz'}


def language(locale: str) -> str:
    """Return the code under which `RULES` may know a locale: 'tr_TR' and 'tur' are 'tr'."""
    code = re.split('[-_]', locale.strip().lower())[0]
    return CODES.get(code, code)


def check(locale: str, option: str = '--locale') -> str:
    """Return a locale that a user named.

    Raises:
        UserError: it has not the form of one.
    """
    if locale and not re.fullmatch(r'[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*', locale):
        raise UserError(f"{option} {locale!r}: expected the code of a language, as 'tr' or 'pt-BR'")
    return locale


@functools.cache
def rules(locale: str) -> Rules:
    """Return the rules of a locale such as 'tr', 'ga-IE' or 'nan-tw'.

    Where it is not known ('') the words that begin with an apostrophe are those of all languages,
    and those that end with one are the frequent ones; nothing else is assumed.
    """
    if locale:
        return RULES.get(language(locale), Rules())
    starts = {each.starts for each in RULES.values() if each.apostrophe == "'"}
    return Rules(starts='|'.join(sorted(starts - {''})), ends=UNKNOWN_ENDS)
