"""util/folder/tool.py: a signal reaches the tool that runs, once, and no other is started."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.helpers.places import ROOT
from util.folder import tool
from util.folder.tool import Failed, Tools

COUNTS = '''
import os, signal, sys, time
heard = []
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, frame: heard.append(number))
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
from util.folder.tool import Failed, Tools
tools = Tools()
with tools.hearing():
    for mark in sys.argv[2:]:
        try:
            tools.run(sys.argv[1], mark, '0')
        except Failed as failure:
            print(failure.status)
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
