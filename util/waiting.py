"""A function over many items that may each wait for a disk: in threads only where they do.

Threads hide the time that a disk or a network takes. Where files lie in the system's memory,
threads wait for nothing but Python's lock, and eight take twice as long as one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar('T')
R = TypeVar('R')

CHUNK = 256  # items at a time
WAITS = 0.5  # the share of a chunk's time from which on threads are worth their price


def map_waiting(function: Callable[[T], R], items: Sequence[T], jobs: int = 0) -> Iterator[R]:
    """Yield function(item) of each item, in order.

    Args:
        function: what is done; called from several threads at a time.
        items: what it is done to.
        jobs: threads; 0 is one for as long as it hardly waits, then four for each processor.
    """
    chunks = (items[i:i + CHUNK] for i in range(0, len(items), CHUNK))
    while not jobs:
        chunk = next(chunks, None)
        if chunk is None:
            return
        began, computed = time.monotonic(), time.thread_time()
        found = [function(item) for item in chunk]
        computed, taken = time.thread_time() - computed, time.monotonic() - began
        yield from found
        if taken - computed > WAITS * taken:
            jobs = 4 * (os.cpu_count() or 1)
    pool = ThreadPoolExecutor(jobs)
    try:
        for found in pool.map(lambda chunk: [function(item) for item in chunk], chunks):
            yield from found
    finally:
        pool.shutdown(cancel_futures=True)  # Ctrl-C does not wait for the rest
