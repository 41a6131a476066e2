"""Cleaning by language: words of every language of Common Voice come through whole."""

import random
import unicodedata

import pytest

from tests.helpers.languages import LANGUAGES
from util.errors import UserError
from util.text import locales
from util.text.characters import APOSTROPHES, JOINERS, MODIFIERS, REMOVED, UNSEEN, Kinds, Single
from util.text.punctuation import punctuation
from util.text.transcripts import Cleaning, Rejected, fold_diacritics


def lowered(text, locale):
    """Return the text in lower case; the alphabets of some have a capital of each i."""
    if locale in ('tr', 'az', 'kaa', 'zza'):
        text = text.replace('I', 'ı').replace('İ', 'i')
    return unicodedata.normalize('NFC', text.lower())


@pytest.mark.parametrize('locale', LANGUAGES)
def test_words_survive(locale):
    text, clean = LANGUAGES[locale], Cleaning(locale=locale)
    words = lowered(text, locale)
    assert clean(LANGUAGES[locale]) == words
    for other in ('NFD', 'NFC'):
        assert clean(unicodedata.normalize(other, text)) == words
    for before, after in (('"', '"'), ('«', '»'), ('„', '“'), ('“', '”'), ('¡', '!'), ('', '…'),
                          ('', '؟'), ('', '։')):
        assert clean(f'{before}{text}{after}') == words, before


@pytest.mark.parametrize('locale', LANGUAGES)
def test_quotes_around_words_go_on_both_sides(locale):
    """Straight, English, German, Swedish, TeX's: a word in the middle, and the whole text."""
    clean, words = Cleaning(locale=locale), lowered(LANGUAGES[locale], locale)
    inner = words.split()[-1].strip("'ʼ")
    letter = next(c for c in inner if unicodedata.category(c)[0] == 'L')
    for before, after in (("'", "'"), ('‘', '’'), ('‚', '‘'), ('‚', '’'), ('’', '’'), ('`', "'"),
                          ('´', '´'), ('‹', '›'), ("''", "''")):
        quoted = f'{before}{inner}{after}'
        assert clean(f'{letter} {quoted} {letter}') == f'{letter} {inner} {letter}', before
        assert clean(f'{letter} {quoted}.') == f'{letter} {inner}', before
        if not words.startswith("'") and not words.endswith(("'", 'ʼ')):
            assert clean(before + LANGUAGES[locale] + after) == words, before


@pytest.mark.parametrize('locale, text, words', [
    ('tr', 'İSTANBUL ILIK I\u0307zmir', 'istanbul ılık izmir'), ('az', 'İSTİ QIŞ ǝ', 'isti qış ə'),
    ('tr_TR', 'IŞIK', 'ışık'), ('tur', 'IŞIK', 'ışık'), ('en', 'IT İS', 'it is'),
    ('', 'I\u0307', 'i'), ('lt', 'I\u0307\u0300 j\u0307 i\u0307', 'ì j i'),
    ('de', 'STRAẞE Straße', 'straße straße'),
    ('el', 'ΟΔΟΣ.ΣΟΦΟΣ ΜΕΣ’ ΣΤΗΝ Σ', 'οδος σοφος μες\' στην σ'), ('el', 'ΟΣ«ΑΣ»', 'ος ας'),
    ('ca', 'COL·LEGI col.lecció paral•lel il‧lusió', 'col·legi col·lecció paral·lel il·lusió'),
    ('ca', 'ceŀla fi.la i·o L.L. Sol.La', 'cel·la fi la i o l l sol la'),
    ('', 'col·legi ami·e·s', 'col·legi ami e s'), ('oc', 'in·hèrn', 'in·hèrn'),
    ('moh', 'kanien:keha.', 'kanien:keha'),
    ('hy-AM', 'Ինչպե՞ս ես։ Ո՛չ, բարեւ՜ այո՝', 'ինչպես ես ոչ բարեւ այո'), ('hy-AM', 'թ՟ե', 'թե'),
    ('he', 'צה"ל אמר "שלום" לג\'ירפה', 'צה״ל אמר שלום לג׳ירפה'),
    ('he', 'קראתי ב"הארץ" על מנכ״לית ג\'', 'קראתי בהארץ על מנכ״לית ג׳'),
    ('he', "'שלום' אמר ‘דוד’", 'שלום אמר דוד'), ('', "צה''ל", 'צה״ל'),
    ('uz', 'Oʻzbek o‘g‘il to’g’ri maʼno tog` O´', "o'zbek o'g'il to'g'ri ma'no tog' o'"),
    ('uk', 'п’ять пʼять п`ять п\'ять п′ять', "п'ять п'ять п'ять п'ять п'ять"),
    ('haw', "'O ‘āina Hawai'i Hawai’i ʻO", 'ʻo ʻāina hawaiʻi hawaiʻi ʻo'),
    ('haw', "i mai 'o ia ‘Aloha’.", 'i mai ʻo ia aloha'), ('to', 'faka‘osi', 'fakaʻosi'),
    ('ar', 'مـحـمـد كـتـاب', 'محمد كتاب'), ('fa', 'يك كتاب مي‌خواهم', 'یک کتاب می‌خواهم'),
    ('ckb', 'ئه‌م', 'ئەم'), ('ar', '«كتاب»،قلم؟', 'كتاب قلم'), ('', 'ﻣﺤﻤﺪ', 'محمد'),
    ('hi', "'की' ‘हिन्दी’ माँ'स", "की हिन्दी माँ's".replace('s', 'स')),
    ('hi', 'हिन्दी।में', 'हिन्दी में'), ('ml', 'അവന്‍ അവർ', 'അവൻ അവർ'), ('bn', 'র‍্যাব', 'র‍্যাব'),
    ('si', '‘ශ්‍රී’', 'ශ්‍රී'), ('de', 'Auf\u200clage \u200dx', 'auflage x'),
    ('fa', '\u200cخانه\u200c \u200c', 'خانه'),
    ('zh-CN', '你好，世界。“今天”——很好！', '你好世界今天很好'),
    ('zh-CN', '他说‘你好’吗', '他说你好吗'), ('zh-CN', '你好，world。好', '你好 world 好'),
    ('zh-TW', '「臺灣」、香港', '臺灣香港'),
    ('ja', '東京、大阪。ｶﾞﾗｽ・ジョン「はい」', '東京大阪ガラスジョンはい'),
    ('ja', 'か\u3099 か゛', 'が が'), ('th', 'น้ำ“ดี”,มาก กรุงเทพฯ', 'น้ำดีมาก กรุงเทพฯ'),
    ('lo', 'ນ້ຳ"ດີ"', 'ນ້ຳດີ'), ('km', 'ខ្មែរ។ខ្មែរ', 'ខ្មែរខ្មែរ'),
    ('my', 'မြန်မာ၏၊စာ', 'မြန်မာ၏စာ'),
    ('ko', '"안녕"이라고 \'네\'라고 ㅋㅋ, 네', '안녕이라고 네라고 ㅋㅋ 네'),
    ('bo', 'བོད་སྐད།', 'བོད སྐད'), ('ro', 'ştiinţă', 'știință'),
    ('cv', 'Чăваш чĕлхи', 'чӑваш чӗлхи'), ('os', 'Ирон æвзаг', 'ирон ӕвзаг'),
    ('kbd', 'кIуэ гъуэгу, кӀуэ к1уэ Iуэху к|э', 'кӏуэ гъуэгу кӏуэ кӏуэ ӏуэху кӏэ'),
    ('nan-tw', 'o·', 'o͘'), ('en', "'Tis the dogs' bone", "'tis the dogs' bone"),
    ('en', "'the dogs' bone'", "the dogs' bone"),
    ('en', "rock 'n' roll o'clock ’em", "rock n roll o'clock 'em"),
    ('en', "'hello world', she said", 'hello world she said'),
    ('en', '``Well\'\' he said', 'well he said'),
    ('nl', "'s Avonds 't huis ‘mooi’", "'s avonds 't huis mooi"),
    ('de', "‚Hallo‘, sagt er. 'ne Frau geht", "hallo sagt er 'ne frau geht"),
    ('sv-SE', 'Han sa ’hej’.', 'han sa hej'),
    ('it', "un po' di 'pasta' e' vero", "un po' di pasta e' vero"),
    ('mt', "'il quddiem ta' Malta", "'il quddiem ta' malta"),
    ('fr', 'L’homme qu‘elle', "l'homme qu'elle"), ('cy', "'n dda a'r", "'n dda a'r"),
    ('af', "Dit is ŉ boek", "dit is 'n boek"), ('', '❤️ love\u034f \u0301x', 'love x'),
    ('', 'ﬁve ĳs Ǆ', 'five ijs dž'),
])
def test_each_kind(locale, text, words):
    clean = Cleaning(locale=locale)
    assert clean(text) == words
    assert clean(words) == words


EVERY = [chr(code) for code in range(0x110000)
         if unicodedata.category(chr(code)) not in ('Cn', 'Co', 'Cs')]


def test_no_letter_or_mark_is_lost_in_a_word():
    """All of Unicode, between two letters of scripts that treat it as their own."""
    clean, kinds = Cleaning(), Kinds("'")
    unspoken, apostrophes = {*UNSEEN, *REMOVED}, {*APOSTROPHES, *MODIFIERS}
    neighbour = {'a': 'o', 'b': 'क', 'w': '中', 'h': '안'}
    seen = 0
    for char in EVERY:
        if unicodedata.category(char)[0] not in 'LM' or char in unspoken or (
                apostrophes.intersection(unicodedata.normalize('NFKC', char))):
            continue
        beside = neighbour[kinds[ord(char)].lower()]
        if 'L WITH MIDDLE DOT' in unicodedata.name(char, ''):
            beside = 'l'
        got, want = clean(beside + char + beside), beside + char + beside
        for form in ('NFKC', 'NFKD'):  # presentation forms and the like are the same letters
            got, want = (unicodedata.normalize(form, each.casefold()) for each in (got, want))
        if ' ' in unicodedata.normalize('NFKC', char):  # a ligature of words, or a mark alone
            got, want = (each.replace(' ', '') for each in (got, want))
        want = want.replace('\u0640', '')  # the tatweel of a presentation form
        assert got.replace('i\u0307', 'i') == want.replace('i\u0307', 'i'), f'U+{ord(char):04X}'
        seen += 1
    assert seen > 130_000


ODD = list("'’‘`´‚„“”\"«»ʼʻʹ·.•-,;:  |1lLIiİıSΣςσοαΑ") + [chr(code) for code in (
    0x307, 0x301, 0x200c, 0x200d, 0x640, 0x5f3, 0x5f4, 0x5d0, 0x5d1, 0x5b8, 0x915, 0x94d, 0x93f,
    0xd28, 0xd4d, 0x4f60, 0x3002, 0x30ab, 0x3099, 0x309b, 0xff76, 0xff9e, 0xe33, 0xe01, 0xe48,
    0xc548, 0x1100, 0x1161, 0x55e, 0x561, 0x587, 0xfe0f, 0x2764, 0x180e, 0x1820, 0x180b, 0x627,
    0x647, 0x64b, 0x4c0, 0x4cf, 0x433, 0x15f, 0x218, 0x149, 0x140, 0xfdfa, 0xfe70, 0x1f4d, 0x130)]


@pytest.mark.parametrize('locale', ['', *locales.RULES, 'ja', 'he', 'hi', 'th', 'ko', 'hy', 'el'])
def test_clean_text_stays_as_it_is(locale):
    """clean(clean(x)) == clean(x), of random strings that are mostly odd."""
    rng, kept = random.Random(locale), 0
    for _ in range(250):
        odd = rng.random()
        text = ''.join(rng.choice(ODD if rng.random() < odd else EVERY)
                       for _ in range(rng.randrange(1, 14)))
        clean = Cleaning(locale=locale, digits=rng.random() < .5, lower=rng.random() < .8,
                         keep=rng.choice(("'", "'", "'-", '', "·'")))
        try:
            once = clean(text)
        except Rejected:
            continue
        kept += 1
        assert clean(once) == once, ascii(text)
        assert once == unicodedata.normalize('NFC', once) == ' '.join(once.split())
    assert kept > 100


def test_no_two_ways_to_write_an_apostrophe():
    for locale in ('', *LANGUAGES):
        if locales.language(locale) not in locales.RULES or locale == 'sms':
            continue
        kept = {Cleaning(locale=locale)(f'ag{sign}a') for sign in (*APOSTROPHES, *MODIFIERS)}
        assert len(kept) == 1, locale


def test_apostrophe_of_an_alphabet():
    assert Cleaning(apostrophe='’')("don't ‘yes’") == 'don’t yes'
    assert Cleaning(apostrophe='ʼ', locale='uk')("п'ять") == 'пʼять'
    assert Cleaning(keep='')("don’t ʼa") == 'don t a'


def test_every_rule_is_one_of_the_table():
    assert set(locales.CODES.values()) <= set(locales.RULES)
    for code, rules in locales.RULES.items():
        assert locales.rules(f'{code}_XX') == locales.rules(code.upper()) == rules
        assert punctuation(rules, "'").out('a') == 'a'
        assert Single(rules.apostrophe)[ord('ʼ')] == rules.apostrophe
    assert locales.rules('sv') == locales.Rules() != locales.rules('')
    assert len(JOINERS) == 3


@pytest.mark.parametrize('wrong', ['turkish language', 'x', 'tr;', 'türkisch', '12'])
def test_wrong_locale(wrong):
    with pytest.raises(UserError, match="expected the code of a language, as 'tr'"):
        locales.check(wrong)
    assert locales.check('tr_TR') == 'tr_TR' and locales.check('') == ''


def test_base_letters_keep_the_signs_of_other_scripts():
    """--normalize takes diacritics off; vowel signs, viramas, tones and voicing are no such."""
    for text in ('हिन्दी क्षमा ড়', 'ภาษาไทยน้ำ', 'がぎプ', '안녕', 'മലയാളം', 'ශ්‍රී', 'ຂ້ອຍ', 'བོད',
                 'မြန်မာစာ'):
        assert fold_diacritics(text) == unicodedata.normalize('NFC', text)
    assert fold_diacritics('Tiếng Việt Ąžuolas ǆ') == 'Tieng Viet Azuolas dz'
    assert fold_diacritics('מְדַבֵּר مُعَلِّم') == 'מדבר معلم'
