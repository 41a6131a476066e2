"""Make a page for each tool from what it says to --help, and one for the flags of DeepSpeech.py.

The pages are written to doc/tools before Sphinx reads the sources, and only where their text has
changed, so that a rebuild reads no page twice. git ignores them.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sphinx.application import Sphinx
from sphinx.ext.autodoc.mock import mock
from sphinx.util import logging

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ROOT / 'doc' / 'tools'
logger = logging.getLogger(__name__)

# Shown as code: else -- would become a dash
OPTION = re.compile(r'`[^`]+`|(?<![\w-])--?[a-zA-Z]\w*')
COMMANDS = ('deepspeech', 'deepspeech-convert')  # of the wheel: shown where it is installed

FLAGS_HEAD = """# DeepSpeech.py

All flags of `DeepSpeech.py`, as `--helpfull` lists them; this page is made from their definitions.
The [training guide](../guide/train.md) says which of them matter.

Write `--name value` or `--name=value`. Switches are `--name` and `--noname`, `--name=true` or
`--name false`. `--flagfile FILE` reads flags from a file, one per line: each run leaves its own as
`flags.txt` in its checkpoint folder. A value out of bounds, a misspelt name or a word that belongs
to no flag ends the program with one line and status 2.

"""

INDEX_HEAD = """# Commands

Each page is made from what the command prints with `--help`.

"""


def scripts() -> list[str]:
    """Return the paths of the tools that answer --help."""
    found = [
        *sorted((ROOT / 'bin').glob('*.py')),
        *(ROOT / f'{name}.py' for name in ('evaluate', 'evaluate_export', 'lm_optimizer',
                                           'transcribe')),
        *sorted(path for path in (ROOT / 'data' / 'lm').iterdir() if path.is_file()),
        *(
            path
            for path in sorted((ROOT / 'bin').glob('*.sh'))
            if '--help' in path.read_text(encoding='utf-8')
        ),
    ]
    return [path.relative_to(ROOT).as_posix() for path in found]


def help_of(tool: str) -> str:
    """Return what a script of the repository, or a command of the wheel, prints with --help."""
    if tool == 'data/lm/generate_scorer_package':
        return usage_in_source('generate_scorer_package.cc')  # --help would build the program
    folder = os.path.dirname(sys.executable)
    env = {
        **os.environ,
        'COLUMNS': '84',
        'NO_COLOR': '1',
        'TF_CPP_MIN_LOG_LEVEL': '3',
        'PATH': os.pathsep.join((folder, os.environ.get('PATH', ''))),
    }
    if tool in COMMANDS:
        start = [shutil.which(tool, path=env['PATH']) or tool]
    else:
        start = ['bash' if tool.endswith('.sh') else sys.executable, str(ROOT / tool)]
    result = subprocess.run(
        [*start, '--help'], check=False, capture_output=True, text=True, timeout=60, env=env
    )
    if result.returncode != 0 or not result.stdout.strip():
        logger.warning(
            '%s --help ended with status %d: %s',
            tool,
            result.returncode,
            result.stderr.strip().rpartition('\n')[2],
        )
    return result.stdout.strip('\n')


def usage_in_source(name: str) -> str:
    """Return the string kUsage of a C++ program."""
    (source,) = (ROOT / 'native_client').glob(f'[!b]*/{name}')
    literals = re.search(
        r'kUsage\[\] =((?:\s*"(?:[^"\\]|\\.)*")+);', source.read_text(encoding='utf-8')
    )
    assert literals, f'{source} has no kUsage'
    return ''.join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals[1])).replace('\\n', '\n').strip('\n')


def summary(text: str) -> str:
    """Return the first sentence that is not the usage."""
    for paragraph in re.split(r'\n\s*\n', text):
        if not re.match(r'usage:|\s', paragraph, re.I):
            sentence, *_ = re.split(r'[.:;](?:\s|$)', ' '.join(paragraph.split()), maxsplit=1)
            return sentence.replace('|', '\\|').replace('<', '&lt;')
    return ''


def markdown(text: str) -> str:
    """Return a help text as Markdown: prose in paragraphs, options in a list, the rest as is."""
    return (
        '\n\n'.join(block(lines.split('\n')) for lines in re.split(r'\n(?:[ ]*\n)+', text)) + '\n'
    )


def block(lines: Sequence[str]) -> str:
    """Return the lines of a help text between two empty ones."""
    title = re.fullmatch(r'(\S[^:]*):?', lines[0])
    if title and len(lines) > 1 and re.match(r'  \S', lines[1]):
        return f'## {prose(title[1][0].upper() + title[1][1:])}\n\n{options(lines[1:])}'
    if re.match(r'  -', lines[0]):
        return options(lines)
    if re.match(r'usage:', lines[0], re.I) or any(
        re.match(r'\s', line) or re.search(r'\S\s{2,}\S', line) for line in lines
    ):
        return '\n'.join(
            ('```{code-block} text', ':class: help', '', textwrap.dedent('\n'.join(lines)), '```')
        )
    return prose(' '.join(lines))


def options(lines: Sequence[str]) -> str:
    """Return a definition list of lines in two columns, the names of options and what they mean."""
    entries = [re.match(r'  (?! )(.+?)(?:\s{2,}(?=\S)|$)', line) for line in lines]
    columns = [
        entry.end() for entry, line in zip(entries, lines) if entry and entry.end() < len(line)
    ]
    column = max(set(columns), key=columns.count, default=24)
    rows: list[list[str]] = []
    for entry, line in zip(entries, lines):
        if entry and line[column - 1 : column] == ' ':  # also where one space parts the columns
            rows.append([line[:column], line[column:]])
        elif entry:
            rows.append([entry[1], line[entry.end() :]])
        elif line.startswith(' '):
            rows[-1].append(line)
        else:
            rows.append(['', line])
    result = [(name.strip(), prose(' '.join(' '.join(words).split()))) for name, *words in rows]
    return '\n\n'.join(f'`{name}`\n: {text or "&nbsp;"}' if name else text for name, text in result)


def code(match: re.Match[str]) -> str:
    """Return a match of OPTION between backticks."""
    return f'`{match[0].strip("`")}`'


def prose(text: str) -> str:
    """Return a help text as Markdown, in which only names of options are markup."""
    escaped = re.compile(r'[\\`*_<>\[\]{}#$|~]')
    result, end = '', 0
    for option in OPTION.finditer(text):
        result += escaped.sub(r'\\\g<0>', text[end : option.start()]) + code(option)
        end = option.end()
    return result + escaped.sub(r'\\\g<0>', text[end:])


def page_name(tool: str) -> str:
    """Return the name of a tool's page: `bin/import_an4.py` -> `import_an4`."""
    return pathlib.PurePosixPath(tool).stem


def table(title: str, tools: Sequence[str], texts: Mapping[str, str]) -> str:
    """Return a heading and a row for each tool."""
    rows = [f'| [`{tool}`]({page_name(tool)}.md) | {summary(texts[tool])} |' for tool in tools]
    return '\n'.join((f'## {title}', '', '| command | what it does |', '|---|---|', *rows, '', ''))


def pages(mocked: list[str]) -> dict[str, str]:
    """Return the text of each page by its name."""
    with mock(mocked):
        from DeepSpeech import flag
    commands = [
        tool
        for tool in COMMANDS
        if shutil.which(tool, path=os.path.dirname(sys.executable)) or shutil.which(tool)
    ]
    tools = [*scripts(), *commands]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        texts = dict(zip(tools, pool.map(help_of, tools)))
    importers = [
        tool
        for tool in tools
        if tool.startswith('bin/import_') and tool != 'bin/import_checkpoint.py'
    ]
    others = [tool for tool in tools if tool not in importers and tool not in commands]
    result = {page_name(tool): f'# {tool}\n\n{markdown(text)}' for tool, text in texts.items()}
    result['flags'] = FLAGS_HEAD + OPTION.sub(code, flag.markdown())
    index = INDEX_HEAD + (
        '[`DeepSpeech.py`](flags.md) trains, tests and exports; its flags have '
        'a page of their own.\n\n'
    )
    if commands:
        index += table('Transcribe', commands, texts)
    index += table('Train, measure, prepare', others, texts)
    index += table('Import a corpus', importers, texts)
    order = ['flags', *(page_name(tool) for tool in (*commands, *others, *importers))]
    index += '\n'.join(('```{toctree}', ':hidden:', '', *order, '```', ''))
    result['index'] = index
    return result


def write(app: Sphinx) -> None:
    """Bring doc/tools up to date."""
    PAGES.mkdir(exist_ok=True)
    wanted = {
        PAGES / f'{name}.md': text for name, text in pages(app.config.autodoc_mock_imports).items()
    }
    for path in set(PAGES.glob('*.md')) - set(wanted):
        path.unlink()
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding='utf-8') != text:
            path.write_text(text, encoding='utf-8')


def setup(app: Sphinx) -> dict[str, Any]:
    """Register `write`; Sphinx calls this before it looks for pages."""
    app.connect('builder-inited', write)
    return {'parallel_read_safe': True}
