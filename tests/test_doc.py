"""The documentation builds without a warning, and what it shows exists."""
import pathlib
import re
import subprocess
import sys

import pytest

from tests.bench import project_cluster

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGES = [ROOT / 'README.md', *(path for path in sorted((ROOT / 'doc').rglob('*.md'))
                               if path.name != 'flags.md')]


def test_site_builds_without_a_warning(tmp_path):
    pytest.importorskip('sphinx')
    pytest.importorskip('myst_parser')
    result = subprocess.run([sys.executable, '-m', 'sphinx', '-W', '-q', str(ROOT / 'doc'),
                             str(tmp_path)], check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert 'id="DeepSpeech.BiRNN"' in (tmp_path / 'inside/network.html').read_text()
    assert '--train_batch_size' in (tmp_path / 'flags.html').read_text()


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_links_and_commands_of_a_page_lead_somewhere(page):
    text = page.read_text(encoding='utf-8')
    prose = re.sub(r'```.*?```', '', text, flags=re.S)
    for target in re.findall(r'\]\(([^)#:]+)(?:#[^)]*)?\)', prose):
        found = page.parent / target
        if found == ROOT / 'doc' / 'flags.md':
            continue  # made when the site is built
        assert found.exists() or found.with_suffix('.md').exists(), target
    for script in re.findall(r'(?<![\w/])bin/[\w-]+\.(?:py|sh)', text):
        assert (ROOT / script).exists(), script


def test_projection_for_larger_clusters_is_computed_from_the_measured_table():
    text = (ROOT / 'doc' / 'guide' / 'distributed.md').read_text(encoding='utf-8')
    tables = project_cluster.tables(project_cluster.measured(text))
    assert len(tables.splitlines()) > 12
    for part in tables.split('\n\n'):
        assert part in text


def test_flags_on_the_pages_exist():
    block = (ROOT / 'DeepSpeech.py').read_text().split('\nOPTIONS = ')[0]
    known = set(re.findall(r"^flag\('(\w+)'", block, re.M)) | {'help', 'helpfull', 'flagfile'}
    known |= set(re.findall(r", '(\w+)'\)$", block, re.M))
    commands = re.findall(r'\./DeepSpeech\.py((?:[^`\n]|\\\n)*)', '\n'.join(
        page.read_text(encoding='utf-8') for page in PAGES))
    used = set(re.findall(r'--(\w+)', ' '.join(commands)))
    assert len(used) > 10
    assert {name for name in used if name not in known
            and name.removeprefix('no') not in known} == set()
