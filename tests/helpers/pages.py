"""Our pages as a browser takes them: their elements, and what one reads."""

from html.parser import HTMLParser

VOID = {'meta', 'br', 'img', 'hr'}


class Reader(HTMLParser):
    """Collects a page's elements and refuses what is not closed."""

    def __init__(self):
        super().__init__()
        self.open, self.found, self.text = [], [], ''

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def of(self, tag):
        """Return the attributes of the elements of a kind."""
        return [attrs for name, attrs in self.found if name == tag]


def read(page):
    """Read a page, a file or its text."""
    reader = Reader()
    reader.feed(page if isinstance(page, str) else page.read_text())
    assert not reader.open
    return reader
