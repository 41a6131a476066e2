"""The rows that a terminal shows of a training."""

import contextlib
import fcntl
import os
import pty
import re
import struct
import sys
import termios
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from tests.helpers import trainer
from tests.helpers.screen import Screen
from tests.helpers.tones import make_corpus
from util.terminal import width
from util.training.view import View

SECS = np.array([100.0, 200.0, 300.0, 400.0])


@pytest.fixture
def clock(monkeypatch):
    """Time that passes when told to."""
    now = SimpleNamespace(secs=1000.0)
    monkeypatch.setattr('util.training.view.time.monotonic', lambda: now.secs)
    return now


def standing(**changes):
    return SimpleNamespace(**{'epoch': 0, 'epoch_loss': 0.0, 'epoch_utterances': 0,
                              'dev_losses': [], 'dev_wers': [], 'best': [], 'best_epoch': -1,
                              **changes})


def bar(count, label='Epoch 0', total=4):
    return SimpleNamespace(count=count, label=label, total=total)


def parts(row):
    return re.sub(r'\|[# ]*\| ', '', row).split(', ')


def test_times_and_speed_are_those_of_the_audio(clock):
    """Short utterances come first in the first epoch: steps are no measure of what is left."""
    state = standing()
    view = View(state, 3, lambda epoch: SECS)
    assert parts(view.rows(bar(0), 100)[0]) == ['Epoch 0 (1/3) 0/4']
    clock.secs += 50  # compilation
    view.rows(bar(1), 100)
    clock.secs += 2
    state.epoch_loss, state.epoch_utterances = 60.0, 4
    first, second = view.rows(bar(2), 100)
    # 200 s of audio in 2 s; 700 s are left, and two epochs of 1000 s
    assert parts(first) == ['Epoch 0 (1/3) 2/4', '0:00:07 left', '0:00:27 in all']
    assert parts(second) == ['loss 15', '100 audio-hours/h']
    clock.secs += 7
    view.rows(bar(4), 100)

    # validation takes as long as the audio: the speed of the whole is half of the network's
    clock.secs += 9
    first, second = view.rows(bar(1, 'dev', 2), 100)
    assert parts(first) == ['Epoch 0 (1/3)', 'dev 1/2', '0:00:40 in all']
    assert parts(second) == ['loss 15', '100 audio-hours/h']

    state.epoch, state.epoch_loss, state.epoch_utterances = 1, 0.0, 0
    state.dev_losses, state.dev_wers = [20.5], [0.75]
    state.best, state.best_epoch = [0.75, 20.5], 0
    assert parts(view.rows(bar(0, 'Epoch 1'), 100)[0])[1:] == ['0:00:10 left', '0:00:40 in all']
    clock.secs += 1
    view.rows(bar(1, 'Epoch 1'), 100)
    clock.secs += 1
    first, second = view.rows(bar(2, 'Epoch 1'), 100)
    assert parts(first)[1] == '0:00:03 left'  # 200 s of audio in the last second
    assert parts(second) == ['dev loss 20.5', 'WER 75.0%', 'best 75.0% (epoch 0)',
                             '200 audio-hours/h']


@pytest.mark.parametrize('columns, has', [
    (79, {'123/456', ' left', ' in all', 'loss 23.41', 'dev loss 30.12', 'WER 41.2%', '(epoch 9)',
          '1312 audio-hours/h'}),
    (39, {' in all', 'loss 23.41', 'WER 41.2%', 'best 38.0%'}),
    (20, {'Epoch 11 (12/60)', 'loss 23.41'})])
def test_what_matters_most_has_room(clock, columns, has):
    state = standing(epoch=11, epoch_loss=234.12, epoch_utterances=10, dev_losses=[40.0, 30.123],
                     dev_wers=[0.5, 0.4123], best=[0.38, 29.0], best_epoch=9)
    view = View(state, 60, lambda epoch: np.full(456, 262.4))
    for count in (121, 122, 123):
        rows = view.rows(bar(count, 'Epoch 11', 456), columns)
        clock.secs += 0.2
    assert all(width(row) <= columns for row in rows)
    assert has <= {part for part in has if part in '\n'.join(rows)}, rows


def test_resumed_where_nobody_knows_which_epoch_was_best(clock):
    state = standing(epoch=2, dev_losses=[30.0], dev_wers=[0.5], best=[0.5, 30.0])
    view = View(state, 3, lambda epoch: SECS)
    first, second = view.rows(bar(4, 'Epoch 2'), 100)
    assert parts(first)[0] == 'Epoch 2 (3/3) 4/4' and parts(second)[2] == 'best 50.0%'


class Terminal:
    """A real one, in which this process writes to standard error; gives back what arrived."""

    def __init__(self, monkeypatch, columns):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('4H', 24, columns, 0, 0))
        self._arrived, self._ours, self._file = b'', ours, open(theirs, 'w', encoding='utf-8')
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        monkeypatch.setattr(sys, 'stderr', self._file)
        monkeypatch.setattr(sys, 'stdout', self._file)

    def _read(self):
        with contextlib.suppress(OSError):  # of a terminal whose other end is closed
            while True:
                self._arrived += os.read(self._ours, 65536)

    def end(self):
        self._file.close()
        self._reader.join()
        os.close(self._ours)
        return self._arrived.decode()


def test_a_training_in_a_terminal(tmp_path, monkeypatch):
    """A small one, all of it: what is drawn, what stays, and that the log is whole."""
    corpus = {name: make_corpus(tmp_path, name, 8) for name in ('train', 'dev', 'test')}
    monkeypatch.setenv('TERM', 'xterm')
    monkeypatch.setattr('util.terminal.REDRAW_SECS', 0)
    terminal = Terminal(monkeypatch, 80)
    try:
        status = trainer.run(*trainer.flags(corpus, tmp_path / 'ck', '--epoch', 2, '--notest',
                                            '--show_progressbar'))
    finally:
        monkeypatch.undo()
        raw = terminal.end()
    assert status == 0
    left = Screen(80).write(raw).text.split('\n')
    assert [row.split(' |')[0] for row in left if '|' in row] == ['checking train', 'checking dev']
    assert not any(row.startswith('Epoch') for row in left)
    assert sum(row.startswith('I Validation of Epoch') for row in left) == 2
    frames = [[re.sub('\033.*', '', row) for row in frame.replace('\r', '').split('\n')[1:]]
              for frame in raw.split('\r\033[J')]
    frames = [frame for frame in frames if frame and frame[0].startswith('Epoch')]
    assert all(len(frame) == 2 and len(row) < 80 for frame in frames for row in frame)
    assert any(frame[0].startswith('Epoch 0 (1/2), dev |') for frame in frames)
    assert any('| 1/2' in frame[0] and 'loss' in frame[1] for frame in frames)
    assert any(frame[0].startswith('Epoch 1 (2/2) |') and '(epoch 0)' in frame[1]
               for frame in frames)
