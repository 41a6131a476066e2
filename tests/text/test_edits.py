"""Edits of util/text/edits.py: as many as the textbook says, and such as lead there."""

import random

import numpy as np

from util.text.edits import edit_distance, edit_pairs, word_pairs


def plain_distance(a, b):
    """Compute the textbook matrix, the reference for the bit vectors."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        corner, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (x != y))
    return row[-1]


def test_edit_distance_agrees_with_the_matrix():
    rng = random.Random(7)
    for _ in range(300):
        a = [rng.choice('abc ') for _ in range(rng.randrange(90))]
        b = [rng.choice('abc ') for _ in range(rng.randrange(90))]
        assert edit_distance(a, b) == plain_distance(a, b)


def right_places(a, b):
    """Tell by the whole matrix which items of `b` are paired with their like."""
    edits = np.zeros((len(a) + 1, len(b) + 1), int)
    edits[:, 0], edits[0] = range(len(a) + 1), range(len(b) + 1)
    for i, x in enumerate(a, 1):
        for j, y in enumerate(b, 1):
            edits[i, j] = min(edits[i - 1, j] + 1, edits[i, j - 1] + 1,
                              edits[i - 1, j - 1] + (x != y))
    right, i, j = [False] * len(b), len(a), len(b)
    while j:
        if i and edits[i, j] == edits[i - 1, j - 1] + (a[i - 1] != b[j - 1]):
            i, j = i - 1, j - 1
            right[j] = a[i] == b[j]
        elif edits[i, j] == edits[i, j - 1] + 1:
            j -= 1
        else:
            i -= 1
    return right


def test_pairs_are_the_fewest_edits_and_hold_both_sequences():
    rng = random.Random(8)
    for size in (0, 1, 2, 5, 40, 90):
        for _ in range(40):
            a = [rng.choice('abc ') for _ in range(rng.randint(0, size))]
            b = [rng.choice('abc ') for _ in range(rng.randint(0, size))]
            pairs = edit_pairs(a, b)
            assert [x for x, _ in pairs if x is not None] == a
            assert [y for _, y in pairs if y is not None] == b
            assert (None, None) not in pairs
            assert sum(x != y for x, y in pairs) == edit_distance(a, b)
            assert [x == y for x, y in pairs if y is not None] == right_places(a, b)


def test_what_differs_is_paired_rather_than_left_alone():
    assert edit_pairs('to day'.split(), 'today'.split()) == [('to', None), ('day', 'today')]
    assert edit_pairs(['a'], ['b']) == [('a', 'b')]
    assert edit_pairs([], ['b']) == [(None, 'b')] and edit_pairs('a', '') == [('a', None)]


def test_word_pairs_are_the_fewest_edits_too():
    rng = random.Random(9)
    words = ['a', 'ab', 'abc', 'xyz', 'xy']
    for _ in range(150):
        a, b = (rng.choices(words, k=rng.randrange(9)) for _ in range(2))
        pairs = word_pairs(a, b)
        assert [x for x, _ in pairs if x is not None] == a
        assert [y for _, y in pairs if y is not None] == b
        assert sum(x != y for x, y in pairs) == edit_distance(a, b)
        assert letters_of(pairs) <= letters_of(edit_pairs(a, b))


def letters_of(pairs):
    return sum(edit_distance(x or '', y or '') for x, y in pairs)


def test_words_meet_those_that_sound_like_them():
    said, heard = 'reformation bauernkrieg und der krieg', 'rifmatio bauernkrik krik'
    assert word_pairs(said.split(), heard.split()) == [
        ('reformation', 'rifmatio'), ('bauernkrieg', 'bauernkrik'), ('und', None), ('der', None),
        ('krieg', 'krik')]
