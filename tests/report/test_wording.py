"""How numbers are said."""

from util.report.wording import faint, lasting, many, percent


def test_numbers():
    assert (many(1, 'word'), many(2000, 'word')) == ('1 word', '2,000 words')
    assert percent(1.2346) == '123.5\N{NO-BREAK SPACE}%'
    assert [lasting(secs) for secs in (0, 119, 150, 9000)] == [
        '0 s', '119 s', '2.5 minutes', '2.5 hours']
    assert faint('<') == '<p class="faint">&lt;</p>'
