"""Levels, exit codes and one-line failures."""

import subprocess
import sys

import pytest

from util import errors, log
from util.errors import UserError
from util.progress import progress


def test_levels_and_stream(capsys):
    log.debug('hidden')
    log.info('seen')
    log.to_stderr()
    log.warn('aside')
    log.set_level(3)
    log.warn('hidden')
    log.error('seen')
    out, err = capsys.readouterr()
    assert out == 'I seen\n'
    assert err == 'W aside\nE seen\n'
    with pytest.raises(ValueError, match='4'):
        log.set_level(4)


@pytest.mark.parametrize('failure, status, line', [
    (UserError('a.csv: no rows'), 1, 'E a.csv: no rows\n'),
    (KeyboardInterrupt(), 130, ''),
    (OSError(28, 'No space left on device', 'x/ckpt'), 1, 'E x/ckpt: No space left on device\n'),
    (SystemExit(2), 2, ''),
])
def test_run_turns_failures_into_a_line(capsys, failure, status, line):
    def main():
        raise failure
    with pytest.raises(SystemExit) as stop:
        errors.run(main)
    assert stop.value.code == status
    assert capsys.readouterr().out == line


def test_run_passes_bugs_through_and_returns_the_status():
    with pytest.raises(ZeroDivisionError):
        errors.run(lambda: 1 // 0)
    with pytest.raises(SystemExit) as stop:
        errors.run(lambda: 3)
    assert stop.value.code == 3


def test_run_survives_a_closed_pipe():
    code = ('from util.errors import run\n'
            'run(lambda: [print("x" * 1000) for _ in range(1000)] and None)')
    tool = subprocess.Popen([sys.executable, '-c', code], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
    tool.stdout.close()
    assert tool.stderr.read() == b''
    assert tool.wait() == 1


def test_progress_counts_and_says_a_line_where_there_is_no_terminal(capsys, monkeypatch):
    monkeypatch.setattr('util.progress.PLAIN_LINE_SECS', 0)
    assert list(progress([5, 6], label='checking')) == [5, 6]
    with progress(total=4) as bar:
        bar.update(2, loss=1.25)
    out, err = capsys.readouterr()
    assert out == ''
    assert 'checking: 1 of 2' in err and 'checking: 2 of 2, 0:00:00 left\n' in err
    assert '2 of 4' in err and err.endswith(' left, loss: 1.25\n')
    assert list(progress(range(3), enabled=False)) == [0, 1, 2]
    assert capsys.readouterr().err == ''


def test_a_line_is_written_in_one_piece(monkeypatch):
    """Others write to the same place, and Python may run without buffers (-u)."""
    class Pieces(list):
        write = list.append

        def flush(self):
            pass

    written = Pieces()
    monkeypatch.setattr(sys, 'stdout', written)
    log.warn('worker 1 is gone')
    assert list(filter(None, written)) == ['W worker 1 is gone\n']
