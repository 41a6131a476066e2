"""How the documentation is built: python -m sphinx -W -b html doc build/doc."""

import pathlib
import sys
from typing import Any

from sphinx.application import Sphinx

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / 'doc' / '_extensions')]

project = 'DeepSpeech'
version = (ROOT / 'VERSION').read_text(encoding='utf-8').strip()
extensions = [
    'myst_parser',
    'sphinx.ext.autodoc',
    'sphinx.ext.napoleon',
    'sphinx_copybutton',
    'tool_pages',
    'redirects',
]
myst_enable_extensions = ['colon_fence', 'dollarmath', 'deflist']
myst_heading_anchors = 3
highlight_language = 'text'
default_role = 'code'  # `name` in docstrings
exclude_patterns = ['_build', '_extensions']

html_theme = 'furo'
html_title = f'DeepSpeech {version}'
html_static_path = ['_static']
html_css_files = ['site.css']
html_copy_source = False
html_show_copyright = False
html_theme_options = {
    'light_css_variables': {
        'color-brand-primary': '#0b5f7a',
        'color-brand-content': '#0b5f7a',
        'color-brand-visited': '#6a3f86',
    },
    'dark_css_variables': {
        'color-brand-primary': '#67c7e2',
        'color-brand-content': '#67c7e2',
        'color-brand-visited': '#c9a3e0',
    },
}
# What can be pasted gets a button: commands and programs, not what they print.
copybutton_selector = ', '.join(
    f'div.highlight-{language} pre' for language in ('bash', 'python', 'c', 'cpp', 'yaml')
)

# The network is documented from its docstrings. TensorFlow need not be installed for that.
autodoc_mock_imports = ['tensorflow', 'pandas', 'soundfile', 'soxr', 'xdg']
autodoc_typehints = 'none'
autodoc_member_order = 'bysource'

# Addresses of pages before they stood in groups.
moved = {
    'Client': 'use/command',
    'Decoder': 'inside/decoder',
    'Distributed': 'guide/distributed',
    'Engine': 'inside/engine',
    'Export': 'guide/export',
    'LanguageModel': 'guide/language-models',
    'Library': 'use/python',
    'Migration': 'use/migration',
    'data': 'guide/data',
    'development': 'inside/development',
    'flags': 'tools/flags',
    'geometry': 'inside/geometry',
    'importers': 'guide/corpora',
    'languages': 'guide/languages',
    'network': 'inside/network',
    'training': 'guide/train',
    'troubleshooting': 'guide/troubleshooting',
}


def as_written(_app: Any, what: str, _name: str, _obj: object, _options: object,
               lines: list[str]) -> None:
    """Show the docstring of DeepSpeech.py, which heads its help, unchanged."""
    if what == 'module':
        lines[:] = ['::', '', *('   ' + line for line in lines)]


def setup(app: Sphinx) -> None:
    """Register `as_written`; Sphinx calls this before it reads the pages."""
    app.connect('autodoc-process-docstring', as_written)
