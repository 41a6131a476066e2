"""How the documentation is built: sphinx-build -W doc doc/_build/html."""
import pathlib
import sys

from sphinx.ext.autodoc.mock import mock

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

project = 'DeepSpeech'
version = (ROOT / 'VERSION').read_text(encoding='utf-8').strip()
extensions = ['myst_parser', 'sphinx.ext.autodoc', 'sphinx.ext.napoleon']
myst_enable_extensions = ['dollarmath', 'deflist']
myst_heading_anchors = 3
exclude_patterns = ['_build']
html_theme = 'alabaster'
html_theme_options = {'description': 'Speech recognition from the command line'}

# The network is documented from its docstrings. TensorFlow need not be installed for that.
MOCKED = ['tensorflow', 'pandas', 'soundfile', 'soxr', 'progressbar', 'xdg']
autodoc_mock_imports = MOCKED
autodoc_typehints = 'none'
autodoc_member_order = 'bysource'


def write_flags(_app):
    """Writes flags.md from the definitions at the top of DeepSpeech.py."""
    with mock(MOCKED):
        from DeepSpeech import flag
    head = ('# Flags\n\nAll flags of `DeepSpeech.py`, as `--helpfull` lists them; this page is '
            'made from their definitions.\n\n'
            'Write `--name value` or `--name=value`; yes and no are `--name` and `--noname`, '
            '`--name=true` or `--name false`. `--flagfile FILE` reads flags from a file, one a '
            'line: each run leaves its own as `flags.txt` in its checkpoint folder. A value out '
            'of bounds, a misspelt name or a word that belongs to no flag ends the program with '
            'one line and status 2.\n\n')
    page = ROOT / 'doc' / 'flags.md'
    text = head + flag.markdown()
    if not page.exists() or page.read_text(encoding='utf-8') != text:
        page.write_text(text, encoding='utf-8')


def as_written(_app, what, _name, _obj, _options, lines):
    """Shows the docstring of DeepSpeech.py, which is the head of its help, as it is."""
    if what == 'module':
        lines[:] = ['::', '', *('   ' + line for line in lines)]


def setup(app):
    """Sphinx calls this before it reads the pages."""
    app.connect('builder-inited', write_flags)
    app.connect('autodoc-process-docstring', as_written)
