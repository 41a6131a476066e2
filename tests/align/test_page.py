"""The page: well formed whatever the texts are, with a player for each clip that it lists."""

import pytest

from tests.helpers.pages import read
from util.align.page import write_page
from util.align.results import kept
from util.html import BARS


def test_what_it_shows(tmp_path, outcomes):
    write_page(tmp_path / 'report.html', outcomes, {'c<.wav': 'cannot be <read>'})
    page = read(tmp_path / 'report.html')
    tags = [tag for tag, _ in page.found]
    assert 'script' not in tags and '<script>alert(1)</script>' in page.text
    assert 'cannot be <read>' in page.text and '4 clips, 20.0 s of 1.03 h' in page.text
    sources = [attrs['src'] for tag, attrs in page.found if tag == 'audio']
    assert sources == ['clips/a/1.wav', 'clips/b/1.wav', 'clips/a/2.wav', 'clips/a/0.wav',
                       'a%20%3Cb%3E%20%26%20c%231.wav#t=13.00,16.00',
                       'a%20%3Cb%3E%20%26%20c%231.wav#t=12.00,13.00']
    assert tags.count('svg') == 2 and 0 < tags.count('rect') <= 2 * BARS
    heights = [float(attrs['height']) for tag, attrs in page.found if tag == 'rect']
    assert max(heights) == 100 and all(height > 0 for height in heights)


@pytest.mark.parametrize('count', [0, 1, 2])
def test_little_to_show(tmp_path, outcomes, count):
    one = outcomes[1:] * count
    write_page(tmp_path / 'report.html', one, {})
    page = read(tmp_path / 'report.html')
    assert f'{len(kept(one))} clips' in page.text
    assert ('svg' in [tag for tag, _ in page.found]) == bool(count)
