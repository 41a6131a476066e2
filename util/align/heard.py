"""What a model hears in clips: several at a time, and kept in a file for the next run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from util.align.work import Outcome
from util.audio.reading import read_audio
from util.files import whole_file

if TYPE_CHECKING:
    import deepspeech


class Heard:
    """What a model hears in the clips of a recording; the pool begins with it at once.

    Args:
        model: to transcribe with.
        identity: of the model: what another one heard counts for nothing.
        target: folder of the clips; what is heard stands in `heard/NAME.json` there.
        outcome: what came of the recording.
        pool: whose threads transcribe.
    """

    def __init__(self, model: deepspeech.Model, identity: str, target: Path, outcome: Outcome,
                 pool: Executor) -> None:
        self._model, self._identity, self._target = model, identity, target
        self._path = target / 'heard' / f'{outcome.pair.name}.json'
        self._known = self._read()
        self._begun = [(clip.wav, pool.submit(self._hear, clip.wav))
                       for clip in outcome.clips if clip.wav]

    def texts(self, advance: Callable[[], object]) -> dict[str, str]:
        """Return what is heard, by WAV.

        Args:
            advance: is called after each clip.

        Raises:
            AudioError: a clip cannot be read.
            OSError: what is heard cannot be written.
        """
        texts: dict[str, str] = {}
        heard: dict[str, str] = {}
        try:
            for wav, future in self._begun:
                digest, texts[wav] = future.result()
                heard[digest] = texts[wav]
                advance()
        except BaseException:
            self._write({**self._known, **heard})  # an interruption costs nothing that was heard
            raise
        self._write(heard)
        return texts

    def _hear(self, wav: str) -> tuple[str, str]:
        """Return what tells the samples of a clip from others, and what is said in them."""
        samples = read_audio(str(self._target / wav), self._model.sampleRate())
        digest = hashlib.sha256(samples.tobytes()).hexdigest()
        known = self._known.get(digest)
        return digest, self._model.stt(samples) if known is None else known

    def _read(self) -> dict[str, str]:
        """Return what an earlier run has heard, by the clip's samples."""
        try:
            data = json.loads(self._path.read_bytes())
            return dict(data['heard']) if data['model'] == self._identity else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _write(self, heard: dict[str, str]) -> None:
        if heard == self._known:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(self._path, 'w') as file:
            json.dump({'model': self._identity, 'heard': heard}, file, ensure_ascii=False,
                      indent=1)
