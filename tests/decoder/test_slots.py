"""Slots of free speech: a scorer with class words and a grammar, against all readings."""

import random

import numpy as np
import pytest

from tests.helpers import grammars, posteriors, reference
from tests.helpers.class_model import ClassModel, make_arpa, unigrams
from tests.helpers.small_model import LABELS

FRAMES = 5  # so that every path can be visited
WORDS = ('a', 'ab', 'c', '[x]', '[top]')  # 'ba' and 'cab' are in slots only
WEIGHTS = ((0.8, 0.6), (1.7, -1.0), (0.3, 0.5), (0.93, 1.18))  # alpha and beta
UNFINISHED = -200.0  # texts whose last word or slot is not complete score below


@pytest.fixture
def made(d, alphabet, tmp_path):
    """Return a function that makes a random scorer and a random grammar, and what they mean."""
    def make(seed, unknown=False, frames=FRAMES, oov_cost=None, order=3, added=()):
        rng = random.Random(seed)
        path = tmp_path / f'{seed}.arpa'
        path.write_text(make_arpa(rng, WORDS, order))
        rules = grammars.make_rules(rng, unknown)
        text = grammars.as_jsgf(rules, public='')
        said = {name: grammars.sentences(tree, rules, min(frames, FRAMES), shares=True)
                for name, tree in rules.items()}
        model = ClassModel(path.read_text(), said, *WEIGHTS[seed % 4], oov_cost, added)
        model.jsgf = text
        return d.Scorer(*WEIGHTS[seed % 4], path, alphabet), d.Grammar(text, alphabet), model
    return make


def complete(found):
    return [out for out in found if out.confidence > UNFINISHED]


def spelt(out, alphabet):
    """Return the text as it is spelt, whatever of it is [unk]."""
    return alphabet.Decode(out.tokens)


@pytest.mark.parametrize('oov_cost', [None, 2.5], ids=['closed', 'open'])
@pytest.mark.parametrize('unknown', [False, True], ids=['known', 'unknown'])
@pytest.mark.parametrize('seed', range(12))
def test_all_texts_score_as_their_best_reading(d, alphabet, made, seed, unknown, oov_cost):
    frames = FRAMES - unknown
    scorer, grammar, model = made(seed, unknown, frames, oov_cost, 2 + seed % 2)
    probs = posteriors.random(frames, 5, 1.5, 1.0, np.random.default_rng(seed))
    found = complete(d.decode(probs, alphabet, 20000, 20000, scorer=scorer, grammar=grammar,
                              oov_cost=oov_cost))
    wanted = reference.exhaustive(probs, LABELS, model.bonus)
    scores = {spelt(out, alphabet): out.confidence for out in found}
    assert scores == pytest.approx({text: score for score, text in wanted}, abs=1e-3)
    assert scores[spelt(found[0], alphabet)] == pytest.approx(wanted[0][0], abs=1e-3)


def test_the_slots_are_those_of_the_best_reading(d, alphabet, made):
    several = 0
    for seed in range(12):
        scorer, grammar, model = made(seed)
        probs = posteriors.random(FRAMES, 5, 1.5, 1.0, np.random.default_rng(seed))
        for out in complete(d.decode(probs, alphabet, 20000, 20000, scorer=scorer,
                                     grammar=grammar)):
            _, parts = model.best(out.text)
            wanted = [(seen[1:-1], said) for seen, said in parts if seen[0] == '[']
            assert [(slot.name, slot.text) for slot in out.slots] == wanted, out.text
            for slot in out.slots:
                words = [word for word in out.words if slot.start <= word.start < slot.end]
                assert ' '.join(word.text for word in words) == slot.text
                assert (slot.start, slot.end) == (words[0].start, words[-1].end)
            several += len(wanted) > 1
    assert several >= 5


@pytest.mark.parametrize('oov_cost', [None, 2.5], ids=['closed', 'open'])
def test_pieces_give_the_bits_of_the_whole(d, alphabet, made, oov_cost):
    slots = 0
    for seed in range(8):
        scorer, grammar, _ = made(seed)
        probs = posteriors.random(400, 5, 2.0, 1.0, np.random.default_rng(seed))
        settings = {'scorer': scorer, 'grammar': grammar, 'oov_cost': oov_cost,
                    'hot_words': {'ba': 2.0, 'a c': 1.0}}
        whole = d.decode(probs, alphabet, 50, 5, **settings)
        stream = d.Decoder(alphabet, 50, **settings)
        rng = np.random.default_rng(seed)
        at = 0
        while at < len(probs):
            count = int(rng.integers(1, 60))
            stream.step(probs[at:at + count])
            stream.decode(2)  # looking does not change it
            at += count
        assert stream.decode(5) == whole
        slots += len(whole[0].slots)
    assert slots >= 5


@pytest.mark.parametrize('oov_cost', [None, 2.5], ids=['closed', 'open'])
@pytest.mark.parametrize('seed', range(6))
def test_an_alphabet_of_many_labels(d, alphabet, made, tmp_path, seed, oov_cost):
    """Above 64 the search asks for each label whether it may follow."""
    scorer, grammar, model = made(seed, frames=40)
    labels = LABELS + ''.join(chr(0x4e00 + i) for i in range(90))
    (tmp_path / 'wide.txt').write_text('\n'.join(labels) + '\n', encoding='utf-8')
    wide = d.Alphabet(tmp_path / 'wide.txt')
    narrow = posteriors.random(40, 5, 1.5, 1.0, np.random.default_rng(seed))
    probs = np.zeros((40, len(labels) + 1))
    probs[:, :4], probs[:, -1] = narrow[:, :4], narrow[:, 4]
    # Otherwise the labels of 95 are visited in another order than those of 5.
    found = d.decode(probs, wide, 100, 20, cutoff_top_n=1000, oov_cost=oov_cost,
                     scorer=d.Scorer(*WEIGHTS[seed % 4], tmp_path / f'{seed}.arpa', wide),
                     grammar=d.Grammar(model.jsgf, wide))
    wanted = d.decode(narrow, alphabet, 100, 20, scorer=scorer, grammar=grammar,
                      oov_cost=oov_cost)
    for a, b in zip(found, wanted, strict=True):
        assert (a.text, a.confidence, a.slots) == (b.text, b.confidence, b.slots)


def large_model(rng, words):
    """Return trigrams over many words, most of whose pairs matter to the word after them."""
    pairs = list(dict.fromkeys((rng.choice(words), rng.choice(words)) for _ in range(9000)))
    triples = list(dict.fromkeys((*pair, rng.choice(words)) for pair in pairs))
    pairs = list(dict.fromkeys([*pairs, *(triple[1:] for triple in triples)]))
    lines = [f'\\data\\\nngram 1={len(words) + 3}\nngram 2={len(pairs)}\nngram 3={len(triples)}\n',
             '\\1-grams:', '-5\t<unk>', '-99\t<s>\t0', '-1\t</s>']
    lines += [f'{rng.uniform(-4, -1):.3f}\t{word}\t{rng.uniform(-1, 0):.3f}' for word in words]
    lines += ['\n\\2-grams:']
    lines += [f'{rng.uniform(-2, 0):.3f}\t{" ".join(pair)}\t{rng.uniform(-1, 0):.3f}'
              for pair in pairs]
    lines += ['\n\\3-grams:']
    lines += [f'{rng.uniform(-2, 0):.3f}\t{" ".join(triple)}' for triple in triples]
    return '\n'.join([*lines, '\n\\end\\\n'])


@pytest.mark.parametrize('slotted, oov_cost', [(0, None), (0, 6.0), (1, None), (20, None),
                                               (150, None)])
def test_a_slot_of_one_word_is_that_word(d, alphabet, tmp_path, slotted, oov_cost):
    """Long enough for what is remembered to be swept: the scores of a scorer without slots."""
    rng = random.Random(slotted)
    words = list(dict.fromkeys(''.join(rng.choices('abc', k=rng.randint(2, 6)))
                               for _ in range(600)))
    names = {f'[s{i}]': word for i, word in enumerate(rng.sample(words, slotted))}
    seen = {word: name for name, word in names.items()}
    model = large_model(rng, [seen.get(word, word) for word in words] + ['[never]'])
    (tmp_path / 'slots.arpa').write_text(model)
    for name, word in names.items():
        model = model.replace(name, word)
    (tmp_path / 'words.arpa').write_text(model)
    rules = ''.join(f'<{name[1:-1]}> = {word};' for name, word in names.items())
    grammar = d.Grammar('#JSGF V1.0; grammar g; ' + (rules or f'<never> = {"a" * 40};'), alphabet)
    probs = posteriors.random(2500, 5, 4.0, 1.0, np.random.default_rng(slotted))
    scorer, plain = (d.Scorer(0.9, 1.1, tmp_path / f'{kind}.arpa', alphabet)
                     for kind in ('slots', 'words'))
    found = d.decode(probs, alphabet, 150, 5, scorer=scorer, grammar=grammar, oov_cost=oov_cost)
    wanted = d.decode(probs, alphabet, 150, 5, scorer=plain, oov_cost=oov_cost)
    for a, b in zip(found, wanted, strict=True):
        assert a.text == b.text and a.timesteps == b.timesteps
        # With a cost, the sums are the same of other parts.
        assert a.confidence == pytest.approx(b.confidence, rel=0, abs=0.05 if oov_cost else 0)
        assert [slot.text for slot in a.slots] == [w for w in a.text.split() if w in seen]


@pytest.mark.parametrize('seed', range(6))
def test_hot_words_count_in_slots_and_out_of_them(d, alphabet, made, seed):
    hot = {'a': 1.5, 'ba': 2.0, 'a c': 0.5}
    scorer, grammar, model = made(seed, added=('ba',))  # the vocabulary lacks it
    probs = posteriors.random(FRAMES, 5, 1.5, 1.0, np.random.default_rng(seed))
    found = complete(d.decode(probs, alphabet, 20000, 20000, scorer=scorer, grammar=grammar,
                              hot_words=hot))

    def bonus(text):
        earned = model.bonus(text)
        if earned is None:
            return None
        words = f' {text.strip()} '
        return earned + WEIGHTS[seed % 4][0] * sum(
            boost * sum(words.startswith(f' {phrase} ', at) for at in range(len(words)))
            for phrase, boost in hot.items())

    wanted = {text: score for score, text in reference.exhaustive(probs, LABELS, bonus)}
    assert {out.text: out.confidence for out in found} == pytest.approx(wanted, abs=1e-3)


ENGLISH = " abcdefghijklmnopqrstuvwxyz'"
CALLS = '''\\data\\
ngram 1=9
ngram 2=6

\\1-grams:
-99\t<s>\t-0.3
-1.0\t</s>
-5\t<unk>
-1.2\tcall\t-0.3
-1.2\ton\t-0.3
-1.2\tat\t-0.3
-1.5\t[name]\t-0.3
-1.5\t[day]\t-0.3
-1.5\t[amount]\t-0.3

\\2-grams:
-0.3\t<s> call\t0
-0.3\tcall [name]\t0
-0.4\t[name] on\t0
-0.2\ton [day]\t0
-0.6\t[day] at\t0
-0.3\tat [amount]\t0

\\end\\
'''.replace('\\\\', '\\').replace('\\t', '\t')
NAMES = '''#JSGF V1.0;
grammar names;
import <en.number>; import <en.weekday>;
<first> = anna | maria;
<name> = anna {name=Anna Schmidt} | <first> maria | bob [smith] | new york (city {what});
<day> = [next] <en.weekday>;
<amount> = <en.number> [dollars];
'''


@pytest.fixture(scope='module')
def calls(d, tmp_path_factory):
    """Return alphabet, scorer and grammar of calls to people."""
    folder = tmp_path_factory.mktemp('calls')
    (folder / 'alphabet.txt').write_text('\n'.join(ENGLISH) + '\n')
    (folder / 'calls.arpa').write_text(CALLS)
    english = d.Alphabet(folder / 'alphabet.txt')
    return (english, d.Scorer(0.9, 1.2, folder / 'calls.arpa', english),
            d.Grammar(NAMES, english))


def spoken(text, sure=0.999):
    """Return probabilities of somebody who says a text clearly: a frame each, blanks between."""
    blank = len(ENGLISH)
    path = [label for c in text for label in (ENGLISH.index(c), blank)]
    probs = np.full((len(path), blank + 1), (1 - sure) / blank)
    probs[np.arange(len(path)), path] = sure
    return probs


@pytest.mark.parametrize('text, slots', [
    ('call anna on friday', [('name', 'anna', 'Anna Schmidt'), ('day', 'friday', 'friday')]),
    ('call anna maria on next monday',
     [('name', 'anna maria', 'anna maria'), ('day', 'next monday', 'next monday')]),
    ('call bob', [('name', 'bob', 'bob')]),
    ('call bob smith', [('name', 'bob smith', 'bob smith')]),
    ('call new york city',
     [('name', 'new york city', 'new york city'), ('what', 'city', 'city')]),
    ('on sunday at three hundred and twelve dollars',
     [('day', 'sunday', 'sunday'), ('amount', 'three hundred and twelve dollars', '312')]),
    ('bob smith anna', [('name', 'bob smith', 'bob smith'), ('name', 'anna', 'Anna Schmidt')]),
    ('call on', []),
])
def test_names_and_values(d, calls, text, slots):
    english, scorer, grammar = calls
    out = d.decode(spoken(text), english, 100, scorer=scorer, grammar=grammar)[0]
    assert (out.text, out.intent) == (text, None)
    assert [(slot.name, slot.text, slot.value) for slot in out.slots] == slots
    at = 0
    for slot in out.slots:
        if slot.name == 'what':
            continue
        at = text.index(slot.text, at)
        assert (slot.start, slot.end) == (2 * at, 2 * (at + len(slot.text)) - 1)


def test_what_nobody_may_say_is_not_written(d, calls):
    """Not the rest of a phrase, no class words as such, no words that the scorer lacks."""
    english, scorer, grammar = calls
    for text in ('smith', 'new york', 'name', 'york city'):
        found = d.decode(spoken(text, 0.9), english, 200, 20, scorer=scorer, grammar=grammar)
        assert text not in [out.text for out in complete(found)]


def test_a_packed_grammar_speaks_the_same(d, calls, tmp_path):
    english, scorer, grammar = calls
    grammar.save(tmp_path / 'packed')
    packed = d.Grammar(tmp_path / 'packed', english)
    probs = spoken('call anna maria on friday', 0.7)
    assert (d.decode(probs, english, 200, 20, scorer=scorer, grammar=packed)
            == d.decode(probs, english, 200, 20, scorer=scorer, grammar=grammar))


@pytest.mark.parametrize('seed', range(12))
def test_a_damaged_packed_grammar_does_no_harm(d, calls, tmp_path, seed):
    english, scorer, grammar = calls
    path = tmp_path / 'packed'
    grammars.save_damaged(grammar, path, seed)
    probs = posteriors.random(60, len(ENGLISH) + 1, 3.0, 1.0, np.random.default_rng(seed))
    try:
        d.decode(probs, english, 50, 5, scorer=scorer, grammar=d.Grammar(path, english))
    except ValueError as told:
        assert '\n' not in str(told)


def test_many_slots_at_once(d, calls, tmp_path):
    english, _, _ = calls
    count = 100
    words = [f'[s{i:02}]'.translate(str.maketrans('0123456789', 'abcdefghij'))
             for i in range(count)]
    (tmp_path / 'many.arpa').write_text(unigrams(['go', *words]))
    scorer = d.Scorer(0.9, 1.2, tmp_path / 'many.arpa', english)
    rules = ''.join(f'<{word[1:-1]}> = x {word[1:-1]};' for word in words)
    grammar = d.Grammar(f'#JSGF V1.0; grammar many; {rules}', english)
    for word in words:
        text = f'x {word[1:-1]}'
        out = d.decode(spoken(text), english, 200, scorer=scorer, grammar=grammar)[0]
        assert [(slot.name, slot.text) for slot in out.slots] == [(word[1:-1], text)]


def test_what_does_not_fit_is_told_in_a_line(d, calls, alphabet, arpa, tmp_path):
    english, _, grammar = calls
    probs = spoken('call')
    with pytest.raises(ValueError, match='no public rule, .* need a scorer: enable one that knows '
                       r'\[first\], \[name\], \[day\] or \[amount\] first, or write .public'):
        d.decode(probs, english, 10, grammar=grammar)
    small = d.Scorer(0.9, 1.2, arpa, alphabet)
    few = d.Grammar('#JSGF V1.0; grammar g; <x> = a;', alphabet)
    with pytest.raises(ValueError, match=r'the scorer does not know \[x\]: make it with '
                       'bin/make_scorer.py --slots'):
        d.decode(np.full((3, 5), 0.2), alphabet, 10, scorer=small, grammar=few)
    as_bytes = d.UTF8Alphabet()
    characters = tmp_path / 'characters.arpa'
    characters.write_text(unigrams(['a']))
    with pytest.raises(ValueError, match='single characters'):
        d.decode(np.full((3, 256), 1 / 256), as_bytes, 10,
                 scorer=d.Scorer(0.9, 1.2, characters, as_bytes),
                 grammar=d.Grammar('#JSGF V1.0; grammar g; <x> = a;', as_bytes))
