"""Confusions: as many as there are errors, and told apart."""

import random

from tests.helpers.runs import utterance
from util.report.confusions import of_letters, of_words


def test_words():
    found = of_words([utterance('to be or', 'two be'), utterance('to be', 'two be or'),
                      utterance('or', 'or')])
    assert found.edits == {('to', 'two'): 2, ('or', ''): 1, ('', 'or'): 1}
    assert found.said == {'to': 2, 'be': 2, 'or': 2}
    assert found.often(2) == [('to', 'two', 2), ('', 'or', 1)]
    assert found.worst(2) == ['or', 'to'] and found.worst(9) == ['or', 'to', 'two']


def test_letters_are_as_many_as_the_errors():
    rng = random.Random(5)
    texts = [''.join(rng.choices('ab c', k=rng.randrange(20))).strip() for _ in range(60)]
    tested = [utterance(*rng.sample(texts, 2)) for _ in range(100)]
    found = of_letters(tested)
    assert found.edits.total() == sum(each.char_edits for each in tested)
    assert found.said.total() == sum(len(each.src) for each in tested)
    assert not any(one == two for one, two in found.edits)
    assert of_letters([]).often(3) == [] == of_letters([]).worst(3)
