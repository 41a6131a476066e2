"""A reader that has left, an output that is closed, a full disk: one line at most, and no trace."""
import os
import pathlib
import signal
import subprocess
import sys

import pytest

from tests.helpers.need import need_module
from tests.helpers.tones import make_corpus
from util.errors import ESCAPED

ROOT = pathlib.Path(__file__).resolve().parents[1]
SCRIPTS = sorted(f'bin/{path.name}' for path in (ROOT / 'bin').glob('*.py'))
IMPORTERS = [tool for tool in SCRIPTS if tool.startswith('bin/import_')]  # they share their begin
TOOLS = sorted(set(SCRIPTS) - set(IMPORTERS) | {'bin/import_fsdd.py', 'bin/import_checkpoint.py'})
TOOLS += ['DeepSpeech.py', 'lm_optimizer.py', 'evaluate.py', 'evaluate_export.py',
          'transcribe.py', 'data/lm/generate_lm.py']
HELP = [[sys.executable, tool, '--help'] for tool in TOOLS] + [
    [sys.executable, 'DeepSpeech.py', '--helpfull'], ['bin/run-cluster.sh', '--help'],
    [sys.executable, '-u', 'DeepSpeech.py', '--help']]  # unbuffered: it fails where it prints
OUTPUTS = ('left', 'closed', 'all closed', 'full')


def run(command, output):
    """(status, standard error) of a command whose standard output is of this kind."""
    if output.endswith('closed'):
        streams = '<&- >&- 2>&-' if output == 'all closed' else '>&-'
        command = ['bash', '-c', f'exec "$@" {streams}', 'bash', *command]
    stdout = None
    if output == 'left':
        reader, stdout = os.pipe()
        os.close(reader)
    elif output == 'full':
        stdout = os.open('/dev/full', os.O_WRONLY)
    environment = {**os.environ, 'PATH': f'{os.path.dirname(sys.executable)}:{os.environ["PATH"]}'}
    environment.pop('PYTHONUNBUFFERED', None)
    done = subprocess.run(command, check=False, cwd=ROOT, stdout=stdout, stderr=subprocess.PIPE,
                          text=True, env=environment)
    if stdout is not None:
        os.close(stdout)
    return done.returncode, done.stderr


def check(command, output):
    """No word, but for a line where the disk is full."""
    status, said = run(command, output)
    if output == 'full':
        assert status == 1 and said.count('\n') == 1 and said.startswith('E '), (status, said)
        assert 'No space left on device' in said
    elif output == 'left':
        assert status in (1, 141) and said == '', (status, said)
    else:
        assert status == 0 and said == '', (status, said)


@pytest.mark.parametrize('output', OUTPUTS)
@pytest.mark.parametrize('command', HELP, ids=lambda command: ' '.join(command[-3:]))
def test_help(command, output):
    check(command, output)


@pytest.mark.parametrize('tool', IMPORTERS)
def test_help_of_importers(tool):
    check([sys.executable, tool, '--help'], 'full')


@pytest.fixture(scope='module')
def corpus(tmp_path_factory):
    return make_corpus(tmp_path_factory.mktemp('corpus'), 'train', 4)


@pytest.mark.parametrize('output', OUTPUTS)
@pytest.mark.parametrize('tool, arguments', [
    ('check_data', ['--json']), ('check_characters', []), ('data_stats', ['--json']),
    ('split_csv', [])])
def test_data(corpus, output, tool, arguments):
    command = [sys.executable, f'bin/{tool}.py', str(corpus), *arguments]
    status, said = run(command, output)
    assert 'Traceback' not in said and 'ignored' not in said
    assert status == (1 if output in ('left', 'full') else 0)
    if output == 'full':
        assert said.splitlines()[-1] == 'E standard output: No space left on device'


PROGRAM = """
import sys
from util import errors, log
from util.errors import UserError
def main():
    {body}
errors.run(main)
"""
BODIES = {
    'small': 'print("x")', 'much': 'print("x" * 100000)', 'log': 'log.info("x")',
    'exit': 'print("x"); sys.exit(0)', 'misuse': 'print("x"); sys.exit(2)',
    'user error': 'print("x"); raise UserError("mended")',
    'aside': 'log.to_stderr(); print("x"); raise UserError("mended")',
    'interrupt': 'print("x"); raise KeyboardInterrupt',
    'other disk': 'print("x"); open("/dev/full", "w").write("x")',
    'no file': 'print("x"); open("/nowhere")'}


@pytest.mark.parametrize('unbuffered', [[], ['-u']], ids=['buffered', 'unbuffered'])
@pytest.mark.parametrize('output', OUTPUTS)
@pytest.mark.parametrize('body', BODIES)
def test_every_end_of_a_tool(body, output, unbuffered):
    command = [sys.executable, *unbuffered, '-c', PROGRAM.format(body=BODIES[body])]
    status, said = run(command, output)
    assert 'Traceback' not in said and 'ignored' not in said and said.count('\n') <= 2
    assert status in ((1,) if output in ('left', 'full') and body not in ('misuse', 'interrupt')
                      else (0, 1, 2, 130))
    if output == 'full':
        assert said.endswith('No space left on device\n')


TEXT = 'a\u0142\u017c \u4e2d \U0001f600 \u0130 caf\u00e9 \udcff'  # the last: a byte of a file name
ENCODINGS = ('ascii', 'latin-1', 'cp1251', 'iso8859-2', 'koi8-r', 'gbk', 'shift_jis', 'utf-8',
             'utf-8:surrogateescape', 'ascii:surrogateescape')
SAYING = {
    'report': """
from util.training.report import ReportSettings, Sample, print_report
samples = [Sample.compare(sys.argv[1], sys.argv[1], sys.argv[1], 1.0)]
print_report('Test', 'test', samples, ReportSettings())""",
    'log': 'log.info(sys.argv[1]); log.to_stderr(); log.warn(sys.argv[1])',
    'print': 'print(sys.argv[1])', 'user error': 'raise UserError(sys.argv[1])',
    'system error': 'open("/nowhere/" + sys.argv[1])',
    'progress': """
from util.progress import progress
list(progress([1], label=sys.argv[1]))""",
    'relay': 'from util.cluster.relay import Relay; Relay().line(sys.argv[1])'}


@pytest.mark.parametrize('encoding', ENCODINGS)
@pytest.mark.parametrize('what', SAYING)
def test_any_text_can_be_printed_in_any_encoding(what, encoding):
    """Whatever a stream cannot say is escaped, and what comes after it is still done."""
    body = SAYING[what].strip().replace('\n', '\n    ') + '\n    print("after")'
    done = subprocess.run([sys.executable, '-c', PROGRAM.format(body=body), TEXT], check=False,
                          cwd=ROOT, capture_output=True,
                          env={**os.environ, 'PYTHONIOENCODING': encoding})
    said = (done.stdout + done.stderr).decode(encoding.partition(':')[0])
    assert 'Traceback' not in said
    ends = 'error' in what
    assert done.returncode == ends and ('after' in said) != ends
    if what != 'progress':
        shown = TEXT.encode(encoding.partition(':')[0], ESCAPED)
        assert shown.decode(encoding.partition(':')[0]) in said


@pytest.mark.parametrize('tool, arguments', [
    ('check_data', []), ('check_characters', []), ('data_stats', []), ('split_csv', [])])
def test_tools_say_any_text_in_any_encoding(tmp_path, tool, arguments):
    """Over names and transcripts; the status is that where all can be said."""
    make_corpus(tmp_path, 'train', 4)
    odd = tmp_path / 'ł中.csv'
    rows = (tmp_path / 'train.csv').read_text()
    odd.write_text(rows.replace('\n', '\n./', 1) + '中.wav,44,ł 中\n')
    status = set()
    for encoding in ('utf-8', 'ascii', 'cp1251'):
        done = subprocess.run([sys.executable, f'bin/{tool}.py', odd, *arguments], check=False,
                              cwd=ROOT, capture_output=True,
                              env={**os.environ, 'PYTHONIOENCODING': encoding})
        assert b'Traceback' not in done.stderr, done.stderr
        status.add(done.returncode)
    assert len(status) == 1


def test_closed_streams_are_not_given_to_other_files(tmp_path):
    """What is printed must not get into the next file that is opened."""
    path = tmp_path / 'data'
    program = PROGRAM.format(body=f'f = open({str(path)!r}, "w"); print("lost", flush=True); '
                                  'import os; os.write(1, b"lost"); os.write(2, b"lost"); '
                                  'f.write("kept"); f.close()')
    status, _ = run([sys.executable, '-c', program], 'all closed')
    assert status == 0 and path.read_text() == 'kept'


def test_help_is_whole_where_nothing_is_wrong():
    for command in HELP:
        done = subprocess.run(command, check=False, cwd=ROOT, text=True, capture_output=True)
        assert done.returncode == 0 and done.stdout.count('\n') > 3 and done.stderr == '', command


@pytest.mark.parametrize('output', OUTPUTS)
@pytest.mark.parametrize('module, function', [
    ('deepspeech.client', 'main'), ('deepspeech.client', 'convert'), ('stt.client', 'main')])
def test_commands_of_the_wheel(module, function, output):
    need_module('deepspeech')
    program = f'import sys; from {module} import {function}; sys.exit({function}())'
    command = [sys.executable, '-c', program, '--help']
    status, said = run(command, output)
    if output == 'left':
        assert status == -signal.SIGPIPE and not said
        # As the library of JACK does
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGPIPE])
        try:
            assert run(command, output) == (status, '')
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    elif output == 'full':
        assert status == 1 and said.endswith(': standard output: No space left on device\n')
    else:
        assert status in (0, 1) and said.count('\n') <= 1
