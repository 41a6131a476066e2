"""Cleaning rules and error rates of util/text/transcripts.py."""

import random

import pytest

from tests.helpers.need import need_module
from util.text.transcripts import (
    Cleaning,
    Rejected,
    char_error,
    fold_diacritics,
    word_error,
)


def test_rates_agree_with_jiwer():
    jiwer = need_module('jiwer')
    rng = random.Random(3)
    words = ['the', 'a', 'thé', "dog's", 'ran', 'x', 'you']
    for _ in range(200):
        reference = ' '.join(rng.choices(words, k=rng.randrange(1, 12)))
        hypothesis = ' '.join(rng.choices(words, k=rng.randrange(12)))
        edits, length = word_error(reference, hypothesis)
        assert edits / length == pytest.approx(jiwer.wer(reference, hypothesis))
        edits, length = char_error(reference, hypothesis)
        assert edits / length == pytest.approx(jiwer.cer(reference, hypothesis))


def test_rates_of_nothing():
    assert word_error('', '') == (0, 0)
    assert word_error('', 'two words') == (2, 0)
    assert char_error('ab', '') == (2, 2)


@pytest.mark.parametrize(
    'raw, clean',
    [
        ("Don't stop--please!", "don't stop please"),
        ('  She  HAD your dark suit.\r\n', 'she had your dark suit'),
        ('‘Quoted’ – it’s the dogs’ “bone”…', "quoted it's the dogs' bone"),
        ("rock ' n ' roll", 'rock n roll'),
        ('well-known word_pair and,so', 'well known word pair and so'),
        ('U.S.A.', 'u s a'),
        ('soft\u00adhy\ufeffphen', 'softhyphen'),
        ('\u0130stanbul', 'istanbul'),
        ('e\u0301te\u0301 stra\u00dfe', 'été straße'),
        ('ＦＵＬＬ　ｗｉｄｔｈ', 'full width'),
        ('हिन्दी में।', 'हिन्दी में'),
        ('二〇一', '二〇一'),
    ],
)
def test_cleaning(raw, clean):
    assert Cleaning()(raw) == clean


@pytest.mark.parametrize(
    'raw, reason',
    [('', 'empty transcript'), (' ... ', 'empty transcript'), ('room 101', 'digits'),
     ('١٢', 'digits'), ('R&B', 'symbols'), ('50 %', 'digits'), ('<unk> x', 'symbols')],
)
def test_rejection_names_the_reason(raw, reason):
    with pytest.raises(Rejected, match=reason):
        Cleaning()(raw)


def test_corpus_conventions():
    clean = Cleaning(remove=r'\[[^\]]*\]|<sil>', reject=r'\(\(')
    assert clean('[noise] Yes <sil> sir') == 'yes sir'
    with pytest.raises(Rejected, match='unclear'):
        clean('yes ((maybe))')
    assert Cleaning(spaces=False)('今天 天气，很 好') == '今天天气很好'
    assert Cleaning(lower=False, digits=True)('Room 101') == 'Room 101'
    assert Cleaning(keep="'-")("semi-open 'tis") == "semi-open 'tis"
    assert Cleaning(keep='')("don't") == 'don t'


def test_fold_diacritics():
    assert fold_diacritics('Ærøskøbing, ça va? Łódź ñ ß') == 'AEroskobing, ca va? Lodz n ss'
