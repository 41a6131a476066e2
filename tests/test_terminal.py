"""What is drawn at the bottom of a terminal, looked at on a screen."""

import contextlib
import io
import os
import pty
import random
import re
import subprocess
import sys
import threading

import pytest

from tests.helpers.places import ROOT
from tests.helpers.screen import Screen
from util import log
from util.progress import progress
from util.terminal import width


class Terminal(io.StringIO):
    """A stream that is a terminal of so many columns."""

    encoding = 'utf-8'

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Return a function of columns -> a terminal that all is printed to."""
    def of(columns):
        stream = Terminal()
        stream.fileno = lambda: 2
        monkeypatch.setenv('TERM', 'xterm')
        monkeypatch.setattr(os, 'get_terminal_size', lambda fd: os.terminal_size((columns, 24)))
        monkeypatch.setattr('util.terminal.REDRAW_SECS', 0)
        monkeypatch.setattr(sys, 'stdout', stream)
        monkeypatch.setattr(sys, 'stderr', stream)
        return stream
    return of


def seen(stream, columns):
    return Screen(columns).write(stream.getvalue()).text


@pytest.mark.parametrize('columns', [*range(4, 90, 3), 300])
def test_no_bar_wraps_whatever_the_width(terminal, columns):
    stream = terminal(columns)
    for label, total in (('checking train', 12345678), ('', 7), ('中文 caf\u0301e', 3), ('x', None),
                         ('a\nname\033[2J', 5)):
        with progress(total=total, label=label) as bar:
            for _ in range(3):
                bar.update(loss=123.456, rate=0.001)
            drawn = seen(stream, columns).split('\n')
    rows = seen(stream, columns).split('\n')
    assert all(width(row) < columns for row in rows)
    assert len(rows) == 5 and drawn == [*rows[:4], '', drawn[-1]]


def test_a_bar_says_what_there_is_room_for(terminal):
    stream = terminal(80)
    with progress(total=4, label='epoch') as bar:
        bar.update(2, loss=0.5)
        assert '50%, 0:00:00 left, 2 of 4, loss: 0.5' in seen(stream, 80)
        drawn = seen(stream, 80).split('|')[1]
        assert drawn.count('#') == len(drawn) // 2
        bar.update(2)
    assert seen(stream, 80).startswith('epoch |###') and '| 100%, 0:00:0' in seen(stream, 80)
    assert log.logger.around is contextlib.nullcontext


@pytest.mark.parametrize('seed', range(8))
def test_lines_of_all_kinds_stay_whole_and_in_order(terminal, seed):
    """Ours from any thread, those of native libraries, and of `tee`: never a piece of the bar."""
    chance, stream = random.Random(seed), terminal(60)
    printed = []
    with progress(total=50, label='at work') as bar:
        for number in range(50):
            bar.update()
            for _ in range(chance.randrange(3)):
                printed.append(f'{number} ' + 'x' * chance.randrange(100))
                if chance.random() < 0.3:
                    printed[-1] = printed[-1][:60]
                    stream.write(printed[-1] + '\n')  # as others do, who know of no bar
                    bar.update(0)
                elif chance.random() < 0.5:
                    thread = threading.Thread(target=log.info, args=(printed[-1],))
                    printed[-1] = 'I ' + printed[-1]
                    thread.start()
                    thread.join()
                else:
                    log.warn(printed[-1])
                    printed[-1] = 'W ' + printed[-1]
    rows = seen(stream, 60).split('\n')
    expected = [line[at:at + 60].rstrip() for line in printed for at in range(0, len(line), 60)]
    assert rows[:-1] == expected
    assert rows[-1].startswith('at work |####')


@pytest.mark.parametrize('term', ['dumb', None])
def test_a_terminal_without_a_cursor_is_told_what_a_file_is(terminal, monkeypatch, capsys, term):
    def work():
        with progress(total=4, label='Epoch 3', rows=lambda bar, columns: ['drawn']) as bar:
            log.info('between')
            bar.update(3, loss=1.5)
            log.warn('and')
            bar.update(1)

    monkeypatch.setattr('util.progress.PLAIN_LINE_SECS', 0)
    monkeypatch.setattr('util.progress.time.monotonic', lambda: 1.0)
    log.to_stderr()
    work()
    expected = capsys.readouterr().err
    assert expected == ('I between\nEpoch 3: 3 of 4, 0:00:00 left, loss: 1.5\nW and\n'
                        'Epoch 3: 4 of 4, 0:00:00 left, loss: 1.5\n')
    stream = terminal(80)
    if term:
        monkeypatch.setenv('TERM', term)
    else:
        monkeypatch.delenv('TERM')
    work()
    assert stream.getvalue() == expected


@pytest.mark.parametrize('rows', [None, lambda bar, columns: ['the first', 'the second']])
def test_ctrl_c_leaves_whole_lines(terminal, rows):
    stream = terminal(40)
    with pytest.raises(KeyboardInterrupt):
        for number in progress(range(9), label='work', rows=rows):
            if number == 5:
                stream.write('^C')  # what the terminal itself shows
                raise KeyboardInterrupt
    log.info('Interrupted')
    *left, last = seen(stream, 40).split('\n')
    assert last == 'I Interrupted'
    if rows:
        assert left == rows(None, 40)
    else:
        assert re.fullmatch(r'work \|#+ +\| 56%, 0:00:00 left, 5 of 9', left[0])
        assert not left[1:]


def test_rows_of_work_that_went_well_are_taken_away(terminal):
    stream = terminal(40)
    for _ in progress([1, 2], rows=lambda bar, columns: [f'{bar.count} of {bar.total}'] * 3):
        log.info('said')
    assert seen(stream, 40) == 'I said\nI said'


def test_a_second_interrupt_leaves_a_clean_screen():
    """The process ends at once, with a bar on its screen."""
    ours, theirs = pty.openpty()
    program = ('import os, signal, time\nfrom util.interrupt import Interrupt\n'
               'from util.progress import progress\n'
               'with Interrupt(), progress(total=9, label="at work") as bar:\n'
               '    for _ in range(2):\n'
               '        os.kill(os.getpid(), signal.SIGINT)\n'
               '        time.sleep(0.2)\n'
               '    time.sleep(60)\n')
    done = subprocess.run([sys.executable, '-c', program], cwd=ROOT, stdout=theirs, stderr=theirs,
                          env={**os.environ, 'TERM': 'xterm'})
    os.close(theirs)
    with open(ours, 'rb') as terminal:
        said = terminal.read1(65536).decode()
    assert done.returncode == 130
    assert 'at work' in said
    assert Screen().write(said).text == (
        'I Interrupted: stopping after this step; interrupt again to quit at once')
