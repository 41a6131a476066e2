"""What a model hears in clips: in order, once, and whatever was heard before an interruption."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from util.align.heard import Heard
from util.corpora.clips import write_wav


class Model:
    """Hears how loud a clip is; counts the clips; is interrupted at one."""

    def __init__(self, interrupted=None):
        self.asked, self._interrupted = [], interrupted

    def sampleRate(self):
        return 16000

    def stt(self, samples):
        self.asked.append(int(samples[0]))
        if samples[0] == self._interrupted:
            raise KeyboardInterrupt
        return f'loud {samples[0]}'


@pytest.fixture
def hear(tmp_path, outcomes):
    """Return what hears the three clips of the first recording."""
    def call(model, identity='x', jobs=2):
        count = []
        with ThreadPoolExecutor(jobs) as pool:
            heard = Heard(model, identity, tmp_path, outcomes[0], pool)
            return heard.texts(lambda: count.append(1)), len(count)

    for i in range(3):
        write_wav(str(tmp_path / f'clips/a/{i}.wav'), np.full(1600, i + 1, np.int16))
    return call


def test_once(hear, tmp_path):
    expected = {f'clips/a/{i}.wav': f'loud {i + 1}' for i in range(3)}
    first = Model()
    assert hear(first) == (expected, 3) and sorted(first.asked) == [1, 2, 3]
    again = Model()
    assert hear(again) == (expected, 3) and again.asked == []
    write_wav(str(tmp_path / 'clips/a/1.wav'), np.full(1600, 9, np.int16))  # of another place
    assert hear(again)[0]['clips/a/1.wav'] == 'loud 9' and again.asked == [9]
    kept = json.loads((tmp_path / 'heard' / 'a.json').read_text())['heard']
    assert sorted(kept.values()) == ['loud 1', 'loud 3', 'loud 9']  # what is gone is forgotten
    other = Model()
    hear(other, 'y')
    assert sorted(other.asked) == [1, 3, 9]


def test_what_was_heard_before_an_interruption_is_kept(hear):
    with pytest.raises(KeyboardInterrupt):
        hear(Model(interrupted=3), jobs=1)
    again = Model()
    assert hear(again)[1] == 3 and again.asked == [3]
