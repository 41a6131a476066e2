"""A cache folder that can no longer be written, found out by several threads at once."""
import os
import threading

import numpy as np
import pytest

from util.data import feature_cache
from util.data.feature_cache import FeatureCache
from util.features import FeatureSettings

SETTINGS = FeatureSettings('2017', 16000)
FEATURES = np.zeros([30, SETTINGS.n_input], np.float32)
WAIT_SECS = 20


@pytest.fixture
def wavs(tmp_path, monkeypatch):
    """Two recordings, and a working folder that has to stay empty."""
    paths = [str(tmp_path / name) for name in ('a.wav', 'b.wav')]
    for path in paths:
        with open(path, 'wb') as file:
            file.write(b'x')
    (tmp_path / 'here').mkdir()
    monkeypatch.chdir(tmp_path / 'here')
    return paths


@pytest.mark.parametrize('call', ['add', 'find'])
def test_folder_cleared_behind_a_thread_that_has_looked(wavs, tmp_path, monkeypatch, capsys, call):
    """The first thread stands between its look at the folder and its use, the second clears it."""
    cache = FeatureCache(SETTINGS, str(tmp_path / 'cache'), memory_limit=0)
    looked, cleared = threading.Event(), threading.Event()
    entry, whole_file, load = cache._entry, feature_cache.whole_file, np.load
    asked = []

    def paused(*arguments):
        if arguments[1] == wavs[0]:
            looked.set()
            assert cleared.wait(WAIT_SECS)
        return entry(*arguments)

    def refused(path, **options):
        if threading.current_thread() is second:
            raise OSError(28, 'No space left on device')
        return whole_file(path, **options)

    def noted(path, **options):
        asked.append(path)
        return load(path, **options)

    monkeypatch.setattr(cache, '_entry', paused)
    monkeypatch.setattr(feature_cache, 'whole_file', refused)
    monkeypatch.setattr(feature_cache.np, 'load', noted)
    first = threading.Thread(
        target=cache.add if call == 'add' else cache.find,
        args=(wavs[0], FEATURES) if call == 'add' else (wavs[0],))
    second = threading.Thread(target=cache.add, args=(wavs[1], FEATURES))
    first.start()
    assert looked.wait(WAIT_SECS)
    second.start()
    second.join(WAIT_SECS)
    assert cache.folder == ''
    cleared.set()
    first.join(WAIT_SECS)
    assert os.listdir('.') == [] and all(path.startswith(str(tmp_path)) for path in asked)
    assert capsys.readouterr().out.count('W feature cache') == 1
    cache.add(wavs[1], FEATURES)
    assert cache.find(wavs[1]) is None and os.listdir('.') == []


def test_threads_that_find_out_together_say_it_once(wavs, tmp_path, monkeypatch, capsys):
    cache = FeatureCache(SETTINGS, str(tmp_path / 'cache'), memory_limit=0)
    together = threading.Barrier(4, timeout=WAIT_SECS)

    def refused(path, **options):
        together.wait()
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(feature_cache, 'whole_file', refused)
    threads = [threading.Thread(target=cache.add, args=(wavs[0], FEATURES)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_SECS)
    assert capsys.readouterr().out == (f"W feature cache '{tmp_path}/cache' cannot be written "
                                       '(No space left on device): continuing without it\n')
    assert os.listdir('.') == []


def test_a_recording_that_is_gone_leaves_the_cache_alone(wavs, tmp_path, capsys):
    cache = FeatureCache(SETTINGS, str(tmp_path / 'cache'), memory_limit=0)
    os.unlink(wavs[0])
    cache.add(wavs[0], FEATURES)
    assert cache.folder and not capsys.readouterr().out
    cache.add(wavs[1], FEATURES)
    assert cache.find(wavs[1]) is not None
