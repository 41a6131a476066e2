"""The model that is served, and the threads that compute with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import deepspeech

from .settings import Settings

T = TypeVar('T')
log = logging.getLogger('deepspeech-server')


class Models:
    """Holds the model: mapped once, and another one after `reload`, for what begins then.

    Args:
        settings: which model, and how many threads.

    Raises:
        RuntimeError: it, or its scorer, cannot be opened.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = ThreadPoolExecutor(settings.jobs, 'recognition')
        self.current = self._open()
        self.loads = 1

    def _open(self) -> deepspeech.Model:
        return deepspeech.open_model(self._settings.model, self._settings.scorer, threads=1)

    async def reload(self) -> None:
        """Open the files anew; if that fails, the model stays that is there."""
        try:
            self.current = await self.compute(self._open)
        except RuntimeError as error:
            log.error('the model stays as it was: %s', error)
            return
        self.loads += 1
        log.info('read %s again', self._settings.model)

    async def compute(self, work: Callable[..., T], *arguments: object) -> T:
        """Run what takes time in one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)

    @property
    def language(self) -> str:
        """Of the model; what 0.9.3 writes where nobody said one is none."""
        language = self.current.info.language
        return '' if language.startswith('<') else language

    def close(self) -> None:
        """End the threads when they are done."""
        self._pool.shutdown(wait=True, cancel_futures=True)
