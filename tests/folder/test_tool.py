"""util/folder/tool.py: a signal reaches the tool that runs, once, and no other is started."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.helpers.places import ROOT
from util.folder import tool
from util.folder.tool import Failed, Interrupted, Tools

COUNTS = f'''
import os, signal, sys, time
sys.path.insert(0, {str(ROOT)!r})
from util import interrupt
heard = []
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, frame: heard.append(number))
interrupt.let_through()
open(sys.argv[1], 'w').close()
while not heard:
    time.sleep(0.01)
time.sleep(0.3)
print(*heard, file=open(sys.argv[1], 'w'))
sys.exit(int(sys.argv[2]))
'''
STARTS = f'''
import sys
sys.path.insert(0, {str(ROOT)!r})
from util.folder.tool import Interrupted, Tools
tools = Tools()
with tools.hearing():
    for mark in sys.argv[2:]:
        try:
            tools.run(sys.argv[1], mark, '0')
        except Interrupted as end:
            print(end.status)
'''

HITS = 'import os; os.kill(os.getpid(), 2)'
HITS_LATER = '''
import os, sys
class Finder:
    def find_spec(name, path, target=None):
        if name == 'numpy':
            os.kill(os.getpid(), 2)
sys.meta_path.insert(0, Finder)
'''


@pytest.mark.parametrize('status', [0, 1, 2])
def test_what_becomes_of_a_tool(tmp_path, monkeypatch, status):
    monkeypatch.setattr(tool, 'ROOT', str(tmp_path))
    (tmp_path / 'a.py').write_text(f'import sys; print("said"); sys.exit({status})')
    with Tools().hearing() as tools:
        assert tools.run('a.py', silent=True).strip() == 'said'
        if status:
            with pytest.raises(Failed) as failed:
                tools.run('a.py')
            assert failed.value.status == status
        else:
            assert tools.run('a.py') == ''


def test_a_tool_that_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(tool, 'ROOT', str(tmp_path))
    (tmp_path / 'a.py').write_text('import os; os.kill(os.getpid(), 9)')
    with pytest.raises(Failed) as failed, Tools().hearing() as tools:
        tools.run('a.py')
    assert failed.value.status == 137


@pytest.mark.parametrize('number, passed_on, whole_group', [
    (signal.SIGINT, signal.SIGINT, True), (signal.SIGINT, signal.SIGINT, False),
    (signal.SIGTERM, signal.SIGTERM, False), (signal.SIGHUP, signal.SIGTERM, False)])
def test_signals(tmp_path, number, passed_on, whole_group):
    """A Ctrl-C goes to the whole group of the terminal; the tool hears it once all the same."""
    script, mark, other = tmp_path / 'a.py', tmp_path / 'mark', tmp_path / 'other'
    script.write_text(COUNTS)
    process = subprocess.Popen([sys.executable, '-c', STARTS, script, mark, other],
                               stdout=subprocess.PIPE, text=True, start_new_session=True)
    while not mark.exists():
        time.sleep(0.02)
    (os.killpg if whole_group else os.kill)(process.pid, number)
    printed, _ = process.communicate()
    assert mark.read_text().split() == [str(int(passed_on))]
    assert printed.split() == [str(128 + passed_on)] * 2 and not other.exists()


@pytest.mark.parametrize('words', [
    ('bin/import_folder.py', 'a'), ('bin/make_scorer.py', '--text', 'a', '--out', 'b'),
    ('DeepSpeech.py', '--one_shot_infer', 'a')])
def test_a_signal_while_python_begins(tmp_path, monkeypatch, capfd, words):
    """A tool holds it back until it can answer it without a stack trace."""
    (tmp_path / 'sitecustomize.py').write_text(HITS)
    monkeypatch.setenv('PYTHONPATH', str(tmp_path))
    with pytest.raises(Failed) as failed, Tools().hearing() as tools:
        tools.run(*words)
    assert failed.value.status == 130
    assert capfd.readouterr().err == ''


def test_a_signal_while_we_begin(tmp_path):
    """Neither that nor a folder named like a room of ours shows a stack trace."""
    (tmp_path / 'util').mkdir()
    (tmp_path / 'util' / '__init__.py').touch()
    (tmp_path / 'sitecustomize.py').write_text(HITS_LATER)
    done = subprocess.run([sys.executable, ROOT / 'util' / 'folder' / 'main.py', '.'], text=True,
                          cwd=tmp_path, capture_output=True,
                          env={**os.environ, 'PYTHONPATH': str(tmp_path)})
    assert done.returncode == 130
    assert done.stderr == 'W interrupted: run the same command to go on\n'


def test_a_signal_between_tools():
    """It ends what we do ourselves, as Ctrl-C does, and once only."""
    undone = []
    with pytest.raises(Interrupted) as end, Tools().hearing() as tools:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            undone.append('not reached')
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
    assert end.value.status == 143 and not undone
    with pytest.raises(Interrupted):
        tools.run('DeepSpeech.py')
