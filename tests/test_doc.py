"""The documentation builds without a warning, and everything it names exists."""

import html
import html.parser
import pathlib
import re
import subprocess
import sys
import urllib.parse

import pytest

from tests.helpers.need import need_module

ROOT = pathlib.Path(__file__).resolve().parents[1]
DOC = ROOT / 'doc'
MADE = DOC / 'tools'  # when the site is built
PAGES = [
    ROOT / 'README.md',
    ROOT / 'CONTRIBUTING.md',
    ROOT / 'native_client' / 'README.md',
    *(path for path in sorted(DOC.rglob('*.md')) if path.parent != MADE),
]
# Addresses of pages before they stood in groups: links to them are out in the world.
OLD = (
    'Client Decoder Distributed Engine Export LanguageModel Library Migration data development '
    'flags geometry importers languages network training troubleshooting'
)


class Page(html.parser.HTMLParser):
    """Links and anchors of a page of the site."""

    def __init__(self, path):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(path.read_text(encoding='utf-8'))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.anchors.add(attrs.get('id'))
        if tag in ('a', 'link') and attrs.get('href'):
            self.links.append(attrs['href'])


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    need_module('sphinx')
    need_module('myst_parser')
    need_module('furo')
    need_module('sphinx_copybutton')
    folder = tmp_path_factory.mktemp('site')
    command = [sys.executable, '-m', 'sphinx', '-W', '--keep-going', '-q', '-b', 'html']
    result = subprocess.run(
        [*command, DOC, folder], check=False, capture_output=True, text=True, timeout=240
    )
    assert result.returncode == 0, result.stderr
    return folder


def test_site_shows_the_network_and_the_flags(site):
    assert 'id="DeepSpeech.BiRNN"' in (site / 'inside' / 'network.html').read_text()
    assert '--train_batch_size' in (site / 'tools' / 'flags.html').read_text()


def test_links_of_the_site_lead_to_pages_and_places(site):
    pages = {path: Page(path) for path in site.rglob('*.html')}
    assert len(pages) > 60
    lost, checked = [], 0
    for path, page in pages.items():
        for link in page.links:
            scheme, host, target, _, place = urllib.parse.urlsplit(link)
            if scheme or host:
                continue
            checked += 1
            found = (path.parent / urllib.parse.unquote(target)).resolve() if target else path
            if not found.exists():
                lost.append((path.name, link))
            elif place and found in pages and place not in pages[found].anchors:
                lost.append((path.name, link))
    assert checked > 3000
    assert not lost


def test_options_keep_their_two_hyphens(site):
    """Outside of code, -- becomes a dash, and an option that nobody can paste."""
    for path in site.rglob('*.html'):
        assert re.findall(r'\S*[\u2013\u2014][a-z]\w*', path.read_text()) == [], path.name


def test_old_addresses_lead_to_pages(site):
    for name in OLD.split():
        (target,) = set(Page(site / f'{name}.html').links)
        assert (site / target).exists(), name
        assert f'url={target}"' in (site / f'{name}.html').read_text()
        assert '/' in target  # into a group, not from redirect to redirect


def tools():
    """Scripts that answer --help."""
    sources = [
        *sorted((ROOT / 'bin').iterdir()),
        *(ROOT / f'{name}.py' for name in ('evaluate', 'evaluate_export', 'lm_optimizer',
                                           'transcribe')),
        *sorted((ROOT / 'data' / 'lm').iterdir()),
    ]
    for path in sources:
        if path.is_file():
            text = path.read_text(encoding='utf-8')
            if path.suffix == '.py' or path.parent.name == 'lm' or '--help' in text:
                yield path


@pytest.mark.parametrize('tool', tools(), ids=lambda tool: tool.name)
def test_tool_has_a_page_with_its_options(site, tool):
    page = (site / 'tools' / f'{tool.stem}.html').read_text()
    assert f'<h1>{tool.relative_to(ROOT)}<' in page
    assert re.search(r'usage:|Usage:|--\w+', page)
    index = (site / 'tools' / 'index.html').read_text()
    row = re.search(rf'href="{tool.stem}\.html"><span.*?</td>\s*<td>(.*?)</td>', index, re.S)
    assert len(re.sub('<.*?>', '', row[1])) > 10, 'the index says what it does'


@pytest.mark.parametrize('tool', ['bin/import_folder.py', 'bin/run-cluster.sh'])
def test_page_of_a_tool_loses_no_word_of_its_help(site, tool):
    start = ['bash'] if tool.endswith('.sh') else [sys.executable]
    said = subprocess.run(
        [*start, ROOT / tool, '--help'], check=True, capture_output=True, text=True
    ).stdout
    page = (site / 'tools' / f'{pathlib.Path(tool).stem}.html').read_text()
    article = html.unescape(re.sub('<.*?>', ' ', page[page.index('<article') :]))
    words = [word.lower() for word in re.findall(r'\w+', said)]
    shown = re.findall(r'\w+', article.lower())
    assert len(words) > 60
    for word in set(words):
        assert shown.count(word) >= words.count(word), word


@pytest.mark.parametrize('page', PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_commands_of_a_page_lead_somewhere(page):
    text = page.read_text(encoding='utf-8')
    prose = re.sub(r'```.*?```', '', text, flags=re.S)
    for target in re.findall(r'\]\(([^)#:]+)(?:#[^)]*)?\)', prose):
        found = (page.parent / target).resolve()
        assert found.exists() or found.parent == MADE, target
    for script in re.findall(
        r'(?<![\w/])(?:native_client|tests|bin)/[\w/-]+\.(?:py|sh|cc|h|c)\b', text
    ):
        assert (ROOT / script).exists() or 'NAME' in script, script


def test_pages_named_in_code_and_messages_exist():
    endings = '.py .sh .md .h .hpp .cc .c .i .yaml .sbatch .txt .toml'.split()
    listed = subprocess.run(
        ['git', 'ls-files', '-co', '--exclude-standard'],
        check=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    named = set()
    for path in (ROOT / name for name in listed):
        if path.suffix in endings and path.exists() and path != pathlib.Path(__file__):
            text = path.read_text(encoding='utf-8', errors='replace')
            named |= set(re.findall(r'(?<![\w/.])doc/[\w/-]+\.(?:md|yaml)\b', text))
    assert len(named) > 5
    assert {
        name for name in named if not (ROOT / name).exists() and (ROOT / name).parent != MADE
    } == set()


def test_projection_for_larger_clusters_is_computed_from_the_measured_table():
    text = (DOC / 'benchmarks' / 'cluster.md').read_text(encoding='utf-8')
    tables = subprocess.run([sys.executable, str(ROOT / 'tests' / 'bench' / 'project_cluster.py')],
                            check=True, capture_output=True, text=True).stdout.rstrip()
    assert len(tables.splitlines()) > 12
    for part in tables.split('\n\n'):
        assert part in text


def test_flags_on_the_pages_exist():
    block = (ROOT / 'DeepSpeech.py').read_text().split('\nOPTIONS = ')[0]
    known = set(re.findall(r"^flag\('(\w+)'", block, re.M)) | {'help', 'helpfull', 'flagfile'}
    known |= set(re.findall(r", '(\w+)'\)$", block, re.M))
    commands = re.findall(
        r'\./DeepSpeech\.py((?:[^`\n]|\\\n)*)',
        '\n'.join(page.read_text(encoding='utf-8') for page in PAGES),
    )
    used = set(re.findall(r'--(\w+)', ' '.join(commands)))
    assert len(used) > 10
    assert {
        name for name in used if name not in known and name.removeprefix('no') not in known
    } == set()
