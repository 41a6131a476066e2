"""Computed features, kept in memory up to a budget, and on disk if a folder is given.

An entry on disk is found by everything that decides what is in it: the audio file's path, size
and time of change, the feature settings and the version of this format. So nothing is ever
stale; what no longer matches is just not found. Entries appear by rename, complete or not at all.
"""

from __future__ import annotations

import hashlib
import os
import threading

import numpy as np

from util import log
from util.features import FeatureSettings
from util.files import whole_file

MEMORY_LIMIT = 1 << 30  # bytes: 57 hours of speech at 26 features every 20 ms
FORMAT = 1  # count up when the features of unchanged settings change


class FeatureCache:
    """One for a whole run: training, validation and test share its budget."""

    def __init__(self, settings: FeatureSettings, folder: str = '',
                 memory_limit: int = MEMORY_LIMIT) -> None:
        """Open the cache and make its folder.

        Args:
            settings: which features.
            folder: for entries on disk; '' for none. It may serve many corpora and settings.
            memory_limit: bytes of features to hold in memory.
        """
        self.settings = settings
        self.folder = folder
        self.memory_left = memory_limit
        self.unreadable: set[str] = set()  # audio that broke after the check, and
        self.not_finite: set[str] = set()  # audio with NaN: what was said already
        self._memory: dict[str, np.ndarray] = {}
        self._lock = threading.Lock()
        if folder:
            os.makedirs(folder, exist_ok=True)

    def in_memory(self, wav: str) -> bool:
        """Tell whether `find` will answer at once."""
        return wav in self._memory

    def find(self, wav: str) -> np.ndarray | None:
        """Return a file's features, float32 [frames with context, n_input], if known."""
        features, folder = self._memory.get(wav), self.folder
        if features is None and folder:
            features = self._read(folder, wav)
            if features is not None:
                self._remember(wav, features)
        return features

    def add(self, wav: str, features: np.ndarray) -> None:
        """Keep computed features where there is room."""
        self._remember(wav, features)
        if folder := self.folder:  # read once: another thread may clear it meanwhile
            self._write(folder, wav, features)

    def _remember(self, wav: str, features: np.ndarray) -> None:
        with self._lock:  # batches are made at the same time
            if wav not in self._memory and features.nbytes <= self.memory_left:
                self.memory_left -= features.nbytes
                self._memory[wav] = features.copy()  # not a view of a whole batch

    def _entry(self, folder: str, wav: str) -> str:
        """Return the path of the entry; raise OSError if the audio is gone."""
        stat = os.stat(wav)
        key = repr((os.path.abspath(wav), stat.st_size, stat.st_mtime_ns, self.settings, FORMAT))
        name = hashlib.sha256(key.encode('utf-8', 'surrogateescape')).hexdigest()[:40]
        return os.path.join(folder, name[:2], name[2:] + '.npy')

    def _read(self, folder: str, wav: str) -> np.ndarray | None:
        try:
            features = np.load(self._entry(folder, wav), allow_pickle=False)
        except (OSError, ValueError, EOFError):  # not there, or not whole after a power cut
            return None
        good = features.ndim == 2 and features.shape[1] == self.settings.n_input
        return features if good and features.dtype == np.float32 else None

    def _write(self, folder: str, wav: str, features: np.ndarray) -> None:
        try:
            path = self._entry(folder, wav)
        except OSError:  # the recording is gone: that is not the folder's fault
            return
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with whole_file(path, contended=True) as f:
                np.save(f, features, allow_pickle=False)
        except OSError as e:
            with self._lock:
                already, self.folder = not self.folder, ''
            if not already:  # said once, though several threads may find out
                log.warn(f'feature cache {folder!r} cannot be written ({e.strerror}): '
                         'continuing without it')
