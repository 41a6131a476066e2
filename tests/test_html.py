"""util/html.py: pages that are whole, and tables and pictures that tell what there is."""

import pytest

from tests.helpers.pages import read
from util.html import BARS, histogram, page, player, table


def test_a_page_is_whole_whatever_its_title():
    found = read(page('a <b> & c', ['<p>one</p>', '', '<p>two</p>'], '.mine { color: red }'))
    assert [tag for tag, _ in found.found][-2:] == ['p', 'p']
    assert 'a <b> & c' in found.text and '.mine' in found.text


def test_a_table_without_rows_is_not_there():
    assert table('none', [('a', '')], []) == ''
    found = read(table('some', [('a', ''), ('b', 'n')], [('1', '2'), ('3', '4')], level=3))
    assert found.of('h3') and found.of('td') == [{}, {'class': 'n'}] * 2


@pytest.mark.parametrize('values', [[0.5], [0.0, 1.0], [0.1] * 30 + [0.7], [-1.0, 2.0]])
def test_every_value_is_in_a_bar(values):
    found = read(histogram(values, 0, 1, 'score', ' s'))
    heights = [float(bar['height']) for bar in found.of('rect')]
    assert len(heights) <= BARS and max(heights) == 100 and min(heights) > 0
    assert round(sum(heights) / max(heights) * max(map(values.count, values))) == len(values)


def test_a_player_takes_any_address():
    assert read(player('a"b&.wav')).of('audio')[0]['src'] == 'a"b&.wav'
