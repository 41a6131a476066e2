"""Processes that change samples: the same as here, whatever happens to them."""
import os
import signal
import threading

import numpy as np
import pytest

from tests.helpers.tones import speak, write_wav
from util.data.augment.draws import Lot
from util.data.augment.parse import parse_operations
from util.data.augment.sources import Library, open_source
from util.data.augment.workers import Craft, Job, Workers

TEXTS = ['overlay[source=noise,snr=0:10~3]', 'reverb[delay=5:30]', 'volume[dbfs=-20~10]']


@pytest.fixture(name='craft')
def fixture_craft(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'noise').mkdir()
    write_wav(tmp_path / 'noise' / 'n.wav',
              np.random.default_rng(1).normal(0, 3000, 20000).astype(np.int16))
    for i in range(6):
        write_wav(tmp_path / f'{i}.wav', speak('abcd'[:i % 4 + 1], seed=i))
    return Craft(parse_operations(TEXTS), {'noise': open_source('noise')}, 16000)


@pytest.fixture(name='workers')
def fixture_workers(craft):
    workers = Workers(craft, 2)
    yield workers
    workers.close()


JOBS = [Job(f'{i}.wav', Lot(3, 1, i, i / 6), tuple(range(i % 4))) for i in range(6)]


def same(found, expected):
    assert len(found) == len(expected)
    for one, two in zip(found, expected):
        np.testing.assert_array_equal(one.samples, two.samples)
        assert one.notes == two.notes and str(one.error) == str(two.error)


def here(craft, jobs=JOBS):
    return [craft.hear(job, Library(craft.sources)) for job in jobs]


def test_a_process_does_what_would_be_done_here(craft, workers):
    expected = here(craft)
    assert len({each.samples.tobytes() for each in expected}) == 6
    np.testing.assert_array_equal(expected[0].samples, speak('a', seed=0))  # none is to be done
    same(workers.hear(JOBS), expected)
    same(workers.hear(JOBS[::-1]), expected[::-1])
    assert workers.hear([]) == []


def test_many_threads_share_few_processes(craft, workers):
    expected, found = here(craft), {}

    def ask(number):
        found[number] = workers.hear(JOBS[number % 3:])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for number in range(8):
        same(found[number], expected[number % 3:])
    assert workers._started == 2


def test_a_recording_that_is_gone_is_an_answer(craft, workers):
    os.remove('2.wav')
    found = workers.hear(JOBS)
    assert found[2].error and 'the file is missing' in str(found[2].error)
    assert found[2].error.path == '2.wav'
    same(found, here(craft))


def test_noise_that_is_gone_is_a_complaint(craft, workers):
    os.remove('noise/n.wav')
    complaints = [each.complaints for each in workers.hear(JOBS)]
    assert any('noise/n.wav' in line for lines in complaints for line in lines)


@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_process_that_ends_costs_a_line_and_nothing_else(craft, workers, capfd, number):
    expected = here(craft)
    same(workers.hear(JOBS), expected)
    worker = workers._idle.queue[0]
    os.kill(worker.pid, number)
    if number != signal.SIGINT:  # Ctrl-C is for the training, which ends them
        worker.wait()
    for _ in range(3):
        same(workers.hear(JOBS), expected)
    said = capfd.readouterr()
    assert said.out.count('has ended (status') == (number != signal.SIGINT)
    assert 'Traceback' not in said.out + said.err


def test_a_process_that_cannot_be_started(craft, monkeypatch, capfd):
    monkeypatch.setattr('sys.executable', '/no/python')
    workers = Workers(craft, 1)
    for _ in range(2):
        same(workers.hear(JOBS), here(craft))
    assert capfd.readouterr().out.count('no process to augment recordings') == 1


def test_processes_end_with_their_input(workers):
    workers.hear(JOBS)
    worker = workers._idle.queue[0]
    workers.close()
    assert worker.poll() == 0


def test_another_util_in_the_current_folder_does_not_count(craft, workers, tmp_path):
    (tmp_path / 'util').mkdir()
    (tmp_path / 'util' / '__init__.py').write_text('raise SystemExit(3)')
    same(workers.hear(JOBS), here(craft))
