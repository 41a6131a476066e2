"""What the chief does with results that are lost on their way."""
import types

import pytest
import tensorflow as tf

from util import crew


class Result:
    """Of a call; the first tries to fetch it fail."""

    def __init__(self, *errors):
        self._errors = list(errors)

    def fetch(self):
        if self._errors:
            raise self._errors.pop(0)
        return 5


def unavailable(where):
    return tf.errors.UnavailableError(None, None, f'/job:{where}/replica:0/task:1 is gone')


@pytest.fixture
def coordinator(monkeypatch):
    monkeypatch.setattr(crew, '_FETCH_SECS', 0)
    chief = object.__new__(crew.Coordinator)
    chief._coordinator = types.SimpleNamespace(done=lambda: False)
    return chief


def test_a_result_lost_with_its_worker_is_waited_for(coordinator):
    assert coordinator._fetch(Result(*[unavailable('worker')] * 3)) == 5


def test_what_cannot_be_mended_is_raised(coordinator):
    with pytest.raises(tf.errors.UnavailableError):
        coordinator._fetch(Result(unavailable('ps')))

    def done():
        raise tf.errors.CancelledError(None, None, 'a parameter server is gone')
    coordinator._coordinator.done = done
    with pytest.raises(tf.errors.CancelledError):
        coordinator._fetch(Result(unavailable('worker')))
