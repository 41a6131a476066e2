"""Which tests must run in the same process, where several processes run them."""

# Files whose tests share what another process must not change meanwhile: ports and hosts, caches
# of built tools, the pages of the site. The tests of any other file share its fixtures.
TOGETHER = {'tests/cluster/': 'cluster', 'tests/lm/': 'lm', 'tests/test_doc': 'site',
            'tests/test_style': 'site', 'tests/test_house': 'site'}


def group(nodeid: str) -> str:
    """Return what the test has in common with those that must run in the same process."""
    file = nodeid.partition('::')[0]
    return next((name for begin, name in TOGETHER.items() if file.startswith(begin)), file)
