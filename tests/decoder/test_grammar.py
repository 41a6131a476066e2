"""Grammars: the search against lists of sentences, intents and slots, mistakes, files."""

import json
import random

import numpy as np
import pytest

from tests.helpers import grammars, posteriors, reference
from tests.helpers.reference import close
from tests.helpers.small_model import LABELS

FRAMES = 5  # so that every path can be visited


def bonus_of(said):
    """Return what texts earn; that nothing was said is always possible."""
    texts = {' '.join(words): weight for words, weight in said.items()}
    texts[''] = 0.0
    return texts.get


def expected(probs, said):
    return reference.exhaustive(probs, LABELS, bonus_of(said))


@pytest.mark.parametrize('unknown', [False, True], ids=['known', 'unknown'])
@pytest.mark.parametrize('seed', range(12))
def test_a_random_grammar_equals_the_list_of_its_sentences(d, alphabet, seed, unknown):
    rng = random.Random(seed)
    rules = grammars.make_rules(rng, unknown)
    frames = FRAMES - unknown
    said = grammars.sentences(rules['top'], rules, frames)
    probs = posteriors.random(frames, 5, 1.5, 1.0, np.random.default_rng(seed))
    text = grammars.as_jsgf(rules)
    found = d.decode(probs, alphabet, 5000, 10000, grammar=d.Grammar(text, alphabet))
    # Texts as they are spelt, whatever of them is [unk].
    spelt = [(out.confidence, alphabet.Decode(out.tokens)) for out in found
             if out.confidence > -1e30]
    wanted = expected(probs, said)
    assert [t for _, t in spelt] == [t for _, t in wanted], text
    assert [c for c, _ in spelt] == pytest.approx([c for c, _ in wanted], abs=1e-3), text


@pytest.mark.parametrize('seed', range(6))
def test_phrases_line_by_line(d, alphabet, seed):
    rng = random.Random(seed)
    phrases = [tuple(rng.choices(grammars.WORDS, k=rng.randint(1, 3))) for _ in range(4)]
    text = '# what may be said\n\n' + '\r\n'.join(' '.join(words) for words in phrases)
    probs = posteriors.random(FRAMES, 5, 1.5, 1.0, np.random.default_rng(seed))
    found = d.decode(probs, alphabet, 1000, 1000, grammar=d.Grammar(text, alphabet))
    wanted = expected(probs, dict.fromkeys(phrases, 0.0))
    close([out for out in found if out.confidence > -1e30], wanted)


def bigram(phrases):
    """Return the weight of a sentence in Vosk's bigram model of a list: the best way through it."""
    follows, counts = {}, {}
    for phrase in phrases:
        for pair in zip(['<s>', *phrase], [*phrase, '</s>']):
            follows.setdefault(pair[0], {}).setdefault(pair[1], 0)
            follows[pair[0]][pair[1]] += 1
            counts[pair[1]] = counts.get(pair[1], 0) + 1
    total = sum(counts.values())

    def share(before, word):
        after, all_of = follows[before], sum(follows[before].values())
        back = (grammars.rounded(0.5 * len(after) / all_of)
                + grammars.rounded(counts[word] / total))
        seen = grammars.rounded((after[word] - 0.5) / all_of) if word in after else back
        return max(back, seen)

    return lambda words: sum(share(*pair)
                             for pair in zip(['<s>', *words], [*words, '</s>']))


@pytest.mark.parametrize('seed', range(6))
def test_a_list_in_json_lets_its_words_be_joined_anew(d, alphabet, seed):
    rng = random.Random(seed)
    phrases = [tuple(rng.choices(grammars.WORDS, k=rng.randint(1, 3))) for _ in range(4)]
    weight = bigram(phrases)
    words = sorted({word for phrase in phrases for word in phrase})
    said, open_ = {}, [()]
    while open_:
        sentence = open_.pop()
        if len(' '.join(sentence)) > FRAMES:
            continue
        if sentence:
            said[sentence] = weight(sentence)
        open_ += [(*sentence, word) for word in words]
    probs = posteriors.random(FRAMES, 5, 1.5, 1.0, np.random.default_rng(seed))
    grammar = d.Grammar(json.dumps([' '.join(phrase) for phrase in phrases]), alphabet)
    found = [out for out in d.decode(probs, alphabet, 5000, 1000, grammar=grammar)
             if out.confidence > -1e30]
    wanted = expected(probs, said)
    assert [out.text for out in found] == [text for _, text in wanted]
    assert [out.confidence for out in found] == pytest.approx([c for c, _ in wanted], abs=1e-3)


def spoken(text, labels, sure=0.999):
    """Return probabilities of somebody who says a text clearly: a frame each, blanks between."""
    blank = len(labels)
    path = [label for c in text for label in (labels.index(c), blank)]
    probs = np.full((len(path), blank + 1), (1 - sure) / blank)
    probs[np.arange(len(path)), path] = sure
    return probs


@pytest.fixture(scope='module')
def english(d, tmp_path_factory):
    """Return the alphabet of English."""
    path = tmp_path_factory.mktemp('english') / 'alphabet.txt'
    path.write_text('\n'.join(ENGLISH) + '\n')
    return d.Alphabet(path)


ENGLISH = " abcdefghijklmnopqrstuvwxyz'"

HOUSE = '''#JSGF V1.0 UTF-8 en;
grammar house;   // a comment
import <en.number>;
/* and
   another */
<room> = kitchen | "living room" | (bed | bath) room;
<state> = on {state=1} | off {state=0};
public <light> = [please] turn <state> the [<room> {room}] (light | lights)
               | lights <state> {intent=quick};
public <heat> = set [the] temperature to <number> {degrees} [degrees] | (warmer | colder)+ {how};
public <call> = call [unk] {who};
'''


@pytest.fixture(scope='module')
def house(d, english):
    """Return a grammar with a little of everything."""
    return d.Grammar(HOUSE, english)


@pytest.mark.parametrize('text, intent, slots', [
    ('turn on the light', 'light', {'state': '1'}),
    ('please turn off the bath room lights', 'light', {'state': '0', 'room': 'bath room'}),
    ('lights off', 'quick', {'state': '0'}),
    ('set temperature to twenty one degrees', 'heat', {'degrees': '21'}),
    ('set the temperature to two hundred thousand and five', 'heat', {'degrees': '200005'}),
    ('warmer colder warmer', 'heat', {'how': 'warmer colder warmer'}),
])
def test_intents_and_slots(d, english, house, text, intent, slots):
    out = d.decode(spoken(text, ENGLISH), english, 100, grammar=house)[0]
    assert (out.text, out.intent) == (text, intent)
    assert {slot.name: slot.value for slot in out.slots} == slots
    for slot in out.slots:
        at = text.index(slot.text)
        assert (slot.start, slot.end) == (2 * at, 2 * (at + len(slot.text)) - 1)


def test_other_speech_is_unk(d, english, house):
    out = d.decode(spoken('call grandma xy', ENGLISH), english, 100, grammar=house)[0]
    assert (out.text, out.intent) == ('call [unk]', 'call')
    assert [(slot.name, slot.text) for slot in out.slots] == [('who', '[unk]')]
    assert [word.text for word in out.words] == ['call', '[unk]']
    assert english.Decode(out.tokens) == 'call grandma xy'


def test_nothing_is_said(d, english, house):
    silence = np.zeros((50, len(ENGLISH) + 1))
    silence[:, -1] = 1
    for noise in (0.0, 0.3):
        probs = silence * (1 - noise) + noise / (len(ENGLISH) + 1)
        out = d.decode(probs, english, 100, grammar=house)[0]
        assert (out.text, out.intent, out.slots) == ('', None, ())


@pytest.mark.parametrize('rule, said, values', [
    ('number', ['zero', 'seven', 'nineteen', 'forty', 'ninety nine', 'a hundred', 'one hundred one',
                'three hundred and twelve', 'a thousand', 'twelve thousand',
                'nine hundred ninety nine thousand nine hundred ninety nine'],
     [0, 7, 19, 40, 99, 100, 101, 312, 1000, 12000, 999999]),
    ('digit', ['oh', 'zero', 'nine'], [0, 0, 9]),
    ('ordinal', ['first', 'twelfth', 'thirtieth', 'twenty third'], [1, 12, 30, 23]),
    ('date', ['monday', 'the first of may', 'march twenty third nineteen eighty four',
              'friday the thirteenth of june two thousand and one', 'next tuesday', 'tomorrow'],
     None),
    ('time', ["five o'clock", 'half past six', 'twelve thirty', 'quarter to nine', 'noon',
              'nine oh five p m'], None),
])
def test_english_numbers_and_dates(d, english, rule, said, values):
    grammar = d.Grammar(f'#JSGF V1.0; grammar g; public <g> = <en.{rule}> {{it}};', english)
    for i, text in enumerate(said):
        out = d.decode(spoken(text, ENGLISH), english, 100, grammar=grammar)[0]
        assert out.text == text
        assert out.slots[0].text == text
        assert out.slots[0].value == (str(values[i]) if values else text)


def test_numbers_have_one_value_each(d, english):
    """Every number from 0 to 2000 as people say it; the grammar must read it and count it."""
    ones = ['', *'one two three four five six seven eight nine ten eleven twelve thirteen fourteen '
            'fifteen sixteen seventeen eighteen nineteen'.split()]
    tens = ['', '', *'twenty thirty forty fifty sixty seventy eighty ninety'.split()]

    def words(n):
        if n >= 1000:
            return [*words(n // 1000), 'thousand', *words(n % 1000)]
        if n >= 100:
            return [ones[n // 100], 'hundred', *words(n % 100)]
        return [ones[n]] if n < 20 else [tens[n // 10], *words(n % 10)]

    grammar = d.Grammar('#JSGF V1.0; grammar g; public <g> = <en.number> {it};', english)
    for number in [*range(1, 131), *range(190, 2001, 37), 12345, 100000, 999999]:
        text = ' '.join(filter(None, words(number)))
        out = d.decode(spoken(text, ENGLISH), english, 20, grammar=grammar)[0]
        assert (out.text, out.slots[0].value) == (text, str(number))


@pytest.mark.parametrize('count', range(1, 17))
def test_digits_of_a_slot_follow_each_other(d, english, count):
    said = dict(zip('0123456789', ('zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven',
                                   'eight', 'nine')))
    grammar = d.Grammar('#JSGF V1.0; grammar g; public <g> = <en.digit>+ {code};', english)
    random = np.random.default_rng(count)
    for zero in ('zero', 'oh'):
        number = ''.join(map(str, random.integers(0, 10, count)))
        text = ' '.join({**said, '0': zero}[digit] for digit in number)
        out = d.decode(spoken(text, ENGLISH), english, 20, grammar=grammar)[0]
        assert (out.text, out.slots[0].value) == (text, number)


@pytest.mark.parametrize('text, value', [
    ('twenty one thirty two', '2132'), ('nineteen oh five', '1905'),
    ('nineteen eighty four', '1984'), ('twenty twenty', '2020'),
    ('three hundred forty two', '342'), ('zero zero seven', '007'),
    ('two thousand five five', '20055'),
    ('ein und zwanzig', '21'), ('drei hundert ein und zwanzig', '321'),
    ('soixante dix sept', '77'), ('quatre vingt dix neuf', '99')])
def test_numbers_of_a_slot_follow_each_other(d, english, text, value):
    grammar = d.Grammar('''#JSGF V1.0; grammar g;
        <german> = ein {+1} | und | zwanzig {+20} | drei {+3} | hundert {*100};
        <french> = soixante {+60} | dix {+10} | sept {+7} | quatre {+4} | vingt {*20} | neuf {+9};
        public <g> = ((<en.number> | <en.digit>)+ | <german>+ | <french>+) {it};''', english)
    out = d.decode(spoken(text, ENGLISH), english, 50, grammar=grammar)[0]
    assert (out.text, out.slots[0].value) == (text, value)


MISTAKES = {
    # text: what the one line must have
    '': 'is empty',
    '\n\n': 'has no phrase',
    '[]': 'the list has no phrase',
    '["a",]': "line 1, column 6: found ']', expected a phrase in double quotes",
    '["a" "b"]': "line 1, column 6: found '\"', expected ',' or ']'",
    '["a': 'line 1, column 3: the string does not end',
    '["\\ud800"]': 'half a character',
    '["a"] b': "line 1, column 7: found 'b', expected the end",
    'ab\ncd 7up\n': "line 2, column 4: the model's alphabet cannot spell '7' in '7up'",
    'na\u00efve 10\u20ac \u5317\u4eac\n':
        "cannot spell '1' in '10\u20ac', '\u5317' in '\u5317\u4eac'",
    '#JSGF V2.0; grammar g; public <a> = a;': "version 'V2.0', expected V1.0",
    '#JSGF V1.0; public <a> = a;': "line 1, column 13: found 'public', expected 'grammar NAME;'",
    '#JSGF V1.0; grammar g;': 'has no rule',
    '#JSGF V1.0; grammar g; public <a> = ;': "line 1, column 37: found ';', expected a word",
    '#JSGF V1.0; grammar g; public <a> = a': "found the end of the text, expected ';', '|'",
    '#JSGF V1.0;\ngrammar g;\npublic <a> = (a | b;':
        "line 3, column 20: found ';', expected ')', which ends the '(' of line 3, column 14",
    '#JSGF V1.0; grammar g; public <a> = a ) b;': "found ')', expected ';'",
    '#JSGF V1.0; grammar g; public <a> = a | ;': "found ';', expected a word",
    '#JSGF V1.0; grammar g; public <a> = <b> c;': 'there is no rule <b>: the rules are <a>',
    '#JSGF V1.0; grammar g; public <a> = <other.b> c;': "there is no grammar 'other'",
    '#JSGF V1.0; grammar g; import <b>; public <a> = c;': 'expected <grammar.rule>',
    '#JSGF V1.0; grammar g; public <a> = <a> b | c;': 'column 37: rule <a> begins with itself',
    '#JSGF V1.0; grammar g; public <a> = <b> x | c; <b> = [d] <a>;':
        'rule <a> begins with itself',
    '#JSGF V1.0; grammar g; public <a> = b <a> c | d;': 'has itself in its middle',
    '#JSGF V1.0; grammar g; public <a> = b <a>;': 'nothing can be said',
    '#JSGF V1.0; grammar g; public <a> = <VOID>;': 'nothing can be said',
    '#JSGF V1.0; grammar g; public <a> = <NULL>;': 'nothing can be said',
    '#JSGF V1.0; grammar g; public <a> = /0/ b;': 'nothing can be said',
    '#JSGF V1.0; grammar g; public <a> = /x/ b | /2/ c;': 'weight /x/, expected a number',
    '#JSGF V1.0; grammar g; public <a> = b /2/ c;': 'only at the beginning of an alternative',
    '#JSGF V1.0; grammar g; public <a> = b {};': 'the tag is empty',
    '#JSGF V1.0; grammar g; public <a> = b {+x};': 'expected a whole number',
    '#JSGF V1.0; grammar g; public <a> = b {tag;': 'the tag does not end: expected }',
    '#JSGF V1.0; grammar g; public <a> = "b;': 'the quoted token does not end',
    '#JSGF V1.0; grammar g; /* public <a> = b;': 'the comment does not end',
    '#JSGF V1.0; grammar g; public <a> = b; <a> = c;': 'rule <a> is there already, from line 1',
    '#JSGF V1.0; grammar g; public <NULL> = b;': '<NULL> has its meaning already',
    '#JSGF V1.0; grammar g; public <a> = ' + '(' * 5000: 'more than 200 brackets',
    '#JSGF V1.0; grammar g; public <a> = b' + '{t}' * 5000 + ';': 'too many tags in a row',
    '#JSGF V1.0; grammar g; public <r0> = a <r1>;' + ''.join(
        f'<r{i}> = b <r{i + 1}>;' for i in range(1, 5000)) + '<r5000> = c;':
        'more than 200 rules within one another',
    '#JSGF V1.0; grammar g; public <r0> = <r1> <r1>;' + ''.join(
        f'<r{i}> = <r{i + 1}> <r{i + 1}>;' for i in range(1, 60)) + '<r60> = c;':
        'grows to more than',
    'a b c\n' * 1700000: 'has 9 MB: expected at most 8',
}


@pytest.mark.parametrize('text', MISTAKES, ids=lambda text: repr(text[-30:]))
def test_a_mistake_is_one_line_with_its_place(d, english, text):
    with pytest.raises(ValueError) as told:
        d.Grammar(text, english)
    assert MISTAKES[text] in str(told.value)
    assert '\n' not in str(told.value)


def test_files(d, english, tmp_path):
    (tmp_path / 'verbs.gram').write_text(
        '#JSGF V1.0;\ngrammar verbs;\npublic <go> = walk | run;\n<hidden> = fly;\n')
    (tmp_path / 'main.gram').write_text('\ufeff#JSGF V1.0;\ngrammar main;\nimport <verbs.*>;\n'
                                        'public <m> = i <go> | i <verbs.go> home;\n')
    main = d.Grammar(tmp_path / 'main.gram', english)
    for text in ('i walk', 'i run home'):
        assert d.decode(spoken(text, ENGLISH), english, 50, grammar=main)[0].text == text
    with pytest.raises(ValueError, match="No such file or directory: expected a grammar"):
        d.Grammar(tmp_path / 'none.gram', english)
    binary = tmp_path / 'binary'
    binary.write_bytes(bytes(range(254, -1, -1)) * 40)
    with pytest.raises(ValueError, match='binary: line 1, column 1: found a byte that is no UTF'):
        d.Grammar(binary, english)
    binary.write_bytes(b'a\nb \0')
    with pytest.raises(ValueError, match='line 2, column 3: found a NUL byte, expected text'):
        d.Grammar(binary, english)
    for encoding in ('utf-16', 'utf-16-le', 'utf-16-be'):
        for said in ('go', 'turn on\nturn off\n', '#JSGF V1.0; grammar g; public <g> = é | ö;'):
            binary.write_bytes(said.encode(encoding))
            with pytest.raises(ValueError, match='binary: is UTF-16: expected text in UTF-8'):
                d.Grammar(binary, english)
    (tmp_path / 'verbs.gram').write_text('#JSGF V1.0;\ngrammar verbs;\npublic <go> = walk |;')
    with pytest.raises(ValueError, match=r'verbs.gram: line 3, column 21: found'):
        d.Grammar(tmp_path / 'main.gram', english)


def test_a_packed_file_is_the_same_grammar(d, english, alphabet, house, tmp_path):
    path = tmp_path / 'house.packed'
    house.save(path)
    packed = d.Grammar(path, english)
    assert len(packed) == len(house) > 100
    rng = np.random.default_rng(1)
    for _ in range(5):
        probs = posteriors.random(60, len(ENGLISH) + 1, 3.0, 1.0, rng)
        assert (d.decode(probs, english, 100, 5, grammar=packed)
                == d.decode(probs, english, 100, 5, grammar=house))
    with pytest.raises(ValueError, match='was packed for a model with another alphabet'):
        d.Grammar(path, alphabet)
    whole = path.read_bytes()
    for size in (8, 47, 48, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match='cut off'):
            d.Grammar(path, english)


@pytest.mark.parametrize('seed', range(8))
def test_a_damaged_packed_file_does_no_harm(d, english, house, tmp_path, seed):
    path = tmp_path / 'house.packed'
    grammars.save_damaged(house, path, seed)
    probs = posteriors.random(60, len(ENGLISH) + 1, 3.0, 1.0, np.random.default_rng(seed))
    try:
        d.decode(probs, english, 50, 5, grammar=d.Grammar(path, english))
    except ValueError as error:
        assert 'damaged' in str(error) or 'cut off' in str(error)


def test_capitals_accents_and_unicode_forms_are_spelt(d, english):
    for word in ('Caf\u00e9', 'cafe\u0301', 'CAF\u00c9', 'caf\u00e9', 'cafe'):
        grammar = d.Grammar(word + '\n', english)
        assert d.decode(spoken('cafe', ENGLISH), english, 20, grammar=grammar)[0].text == 'cafe'


@pytest.mark.parametrize('seed', range(10))
def test_bytes_output_and_alphabets_without_a_space(d, tmp_path, seed):
    rng = np.random.default_rng(seed)
    (tmp_path / 'alphabet.txt').write_text('a\nb\nc\n')
    phrases = ['a b', 'abc', 'c', 'b a c']
    probs = posteriors.random(5, 4, 1.5, 1.0, rng)
    alphabet = d.Alphabet(tmp_path / 'alphabet.txt')
    found = d.decode(probs, alphabet, 100, 100,
                     grammar=d.Grammar('\n'.join(phrases) + '\n', alphabet))
    texts = dict.fromkeys([phrase.replace(' ', '') for phrase in phrases] + [''], 0.0)
    close([out for out in found if out.confidence > -1e30],
          reference.exhaustive(probs, 'abc', texts.get))

    bytes_alphabet = d.UTF8Alphabet()
    text = 'z\u00fcrich \u5317\u4eac'
    labels = [byte - 1 for byte in text.encode()]
    said = np.full((2 * len(labels), 256), 1e-5)
    said[np.arange(0, len(said), 2), labels] = 0.99
    said[1::2, 255] = 0.99
    grammar = d.Grammar(f'{text}\nz\u00fcrich\n\u5317\u4eac\n', bytes_alphabet)
    assert d.decode(said, bytes_alphabet, 50, grammar=grammar)[0].text == text
    other = d.Grammar('z\u00fcrich [unk]\n', bytes_alphabet)
    assert d.decode(said, bytes_alphabet, 50, grammar=other)[0].text == 'z\u00fcrich [unk]'


def test_hot_words_and_pieces(d, alphabet):
    grammar = d.Grammar('a\nab\nc\nba c\n', alphabet)
    rng = np.random.default_rng(5)
    for _ in range(5):
        probs = posteriors.random(40, 5, 1.5, 1.0, rng)
        whole = d.decode(probs, alphabet, 50, 4, grammar=grammar)
        decoder = d.Decoder(alphabet, 50, grammar=grammar)
        for at in range(0, 40, 7):
            decoder.step(probs[at:at + 7])
        assert decoder.decode(4) == whole
        plain = {out.text: out.confidence for out in whole}
        hot = d.decode(probs, alphabet, 50, 4, grammar=grammar, hot_words={'c': 2.0})
        for out in hot:
            boost = 2.0 * out.text.split().count('c')
            assert out.confidence == pytest.approx(plain[out.text] + boost, abs=1e-3)


def test_a_loop_with_weights_stays_finite(d, alphabet):
    """Its readings drift apart without end: what lies far behind counts as equally far."""
    grammar = d.Grammar('#JSGF V1.0; grammar g; public <g> = (/9/ a | /1/ ba)* c '
                        '| (/1/ a | /9/ ba)* ab;', alphabet)
    assert len(grammar) < 20000


@pytest.mark.parametrize('text', [
    '["ab cd", "cd a", "[unk]"]', '["ab", "abc", "cab", "bca", "a", "[unk]"]',
    '#JSGF V1.0; grammar g; public <g> = [unk]* (ab | /.3/ cd) [unk]* c;',
    '#JSGF V1.0; grammar g; public <g> = (/3/ [unk] | /.7/ ab | /.2/ abc | /.1/ [unk] c)+;'])
def test_other_speech_does_not_grow(d, english, tmp_path, text):
    (tmp_path / 'alphabet.txt').write_text(''.join(c + '\n' for c in ENGLISH if c.isalpha()))
    for letters in (english, d.Alphabet(tmp_path / 'alphabet.txt'), d.UTF8Alphabet()):
        assert len(d.Grammar(text, letters)) < 20000


def test_repetition_in_repetition_does_not_grow(d, alphabet):
    for sign in '+*':
        text = '(' * 150 + 'a' + f'){sign}' * 150 + sign * 5000
        assert len(d.Grammar(f'#JSGF V1.0; grammar g; public <g> = {text};', alphabet)) < 10
