"""Computed features, kept in memory up to a budget, and on disk if a folder is given.

An entry on disk is found by everything that decides what is in it: the recording's name, size and
time of change of its file, the feature settings and the version of this format. So nothing is ever
stale; what no longer matches is just not found. Entries appear by rename, complete or not at all.

An utterance that augmentation has changed is another variant, named by all that was drawn:
`group-epoch/utterance`. Those of past epochs are dropped.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from contextlib import suppress

import numpy as np

from util import log
from util.audio.places import file_of
from util.features import FeatureSettings
from util.files import whole_file

MEMORY_LIMIT = 1 << 30  # bytes: 57 hours of speech at 26 features every 20 ms
VARIANTS = 'augmented'  # the folder of such entries
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
        self._memory: dict[tuple[str, str], np.ndarray] = {}
        self._lock = threading.Lock()
        if folder:
            os.makedirs(folder, exist_ok=True)

    def in_memory(self, wav: str, variant: str = '') -> bool:
        """Tell whether `find` will answer at once."""
        return (wav, variant) in self._memory

    def find(self, wav: str, variant: str = '') -> np.ndarray | None:
        """Return a file's features, float32 [frames with context, n_input], if known."""
        features, folder = self._memory.get((wav, variant)), self.folder
        if features is None and folder:
            features = self._read(folder, wav, variant)
            if features is not None:
                self._remember(wav, variant, features)
        return features

    def add(self, wav: str, features: np.ndarray, variant: str = '') -> None:
        """Keep computed features where there is room."""
        self._remember(wav, variant, features)
        if folder := self.folder:  # read once: another thread may clear it meanwhile
            self._write(folder, wav, variant, features)

    def drop_variants(self, but: str) -> None:
        """Drop all variants but those named `but/...`; on disk, only those of the same group."""
        with self._lock:
            for key in [key for key in self._memory if key[1] and not key[1].startswith(but + '/')]:
                self.memory_left += self._memory.pop(key).nbytes
        if self.folder:
            with suppress(OSError):
                for name in os.listdir(os.path.join(self.folder, VARIANTS)):
                    if name != but and name.partition('-')[0] == but.partition('-')[0]:
                        shutil.rmtree(os.path.join(self.folder, VARIANTS, name))

    def _remember(self, wav: str, variant: str, features: np.ndarray) -> None:
        with self._lock:  # batches are made at the same time
            if (wav, variant) not in self._memory and features.nbytes <= self.memory_left:
                self.memory_left -= features.nbytes
                self._memory[wav, variant] = features.copy()  # not a view of a whole batch

    def _entry(self, folder: str, wav: str, variant: str) -> str:
        """Return the path of the entry; raise OSError if the audio is gone."""
        stat = os.stat(file_of(wav))
        facts = (os.path.abspath(wav), stat.st_size, stat.st_mtime_ns, self.settings, FORMAT)
        key = repr((*facts, variant) if variant else facts)
        name = hashlib.sha256(key.encode('utf-8', 'surrogateescape')).hexdigest()[:40]
        if variant:
            folder = os.path.join(folder, VARIANTS, variant.partition('/')[0])
        return os.path.join(folder, name[:2], name[2:] + '.npy')

    def _read(self, folder: str, wav: str, variant: str) -> np.ndarray | None:
        try:
            features = np.load(self._entry(folder, wav, variant), allow_pickle=False)
        except (OSError, ValueError, EOFError):  # not there, or not whole after a power cut
            return None
        good = features.ndim == 2 and features.shape[1] == self.settings.n_input
        return features if good and features.dtype == np.float32 else None

    def _write(self, folder: str, wav: str, variant: str, features: np.ndarray) -> None:
        try:
            path = self._entry(folder, wav, variant)
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
