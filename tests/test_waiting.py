"""A function over many items: all of them, in order, by threads only where they wait."""

import threading
import time

import pytest

from util.waiting import CHUNK, map_waiting

COUNTS = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 5 * CHUNK + 7)


def here(item):
    return item, threading.get_ident()


def slow(item):
    time.sleep(1e-4)
    return here(item)


@pytest.mark.parametrize('jobs', [0, 1, 2, 7])
@pytest.mark.parametrize('function', [here, slow])
@pytest.mark.parametrize('count', COUNTS)
def test_all_come_in_order(count, function, jobs):
    assert [item for item, _ in map_waiting(function, range(count), jobs)] == list(range(count))


def test_what_waits_goes_to_threads():
    threads = [thread for _, thread in map_waiting(slow, range(6 * CHUNK))]
    assert set(threads[:CHUNK]) == {threading.get_ident()}
    assert threading.get_ident() not in threads[-CHUNK:]


@pytest.mark.parametrize('jobs', [0, 3])
def test_an_error_comes_through_and_ends_it(jobs):
    def fails(item):
        if item == 3 * CHUNK:
            raise ValueError(item)
        return slow(item)

    with pytest.raises(ValueError, match=str(3 * CHUNK)):
        list(map_waiting(fails, range(50 * CHUNK), jobs))
    alive = [each.name for each in threading.enumerate() if 'ThreadPoolExecutor' in each.name]
    assert not alive
