"""One recording on its way to clips: decoded, aligned, cut, and written down, once.

Below the target each recording leaves `found/NAME.json`, where its text is spoken,
`pieces/NAME.json`, what came of it with what it was made of, and `clips/NAME/`, a WAV for each
clip. As long as nothing that counts has changed, a second run reads the first and has nothing to
do; where only the choice of clips has, it cuts again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from util.align.cutting import Piece, Rules, cut
from util.align.found import read_found, write_found
from util.align.pairs import Pair
from util.align.recording import open_recording
from util.align.script import Line, read_script
from util.corpora.clips import write_wav
from util.errors import UserError
from util.files import whole_file
from util.text.alphabet import Alphabet
from util.text.transcripts import Cleaning, Rejected, ctc_steps, fold_diacritics

if TYPE_CHECKING:
    import deepspeech

FORM = 1  # of what is written down
SECONDS = 10  # of samples that are fed at a time
PAUSE_MS = 100  # the shortest silence that counts
CHOICE = ('rules', 'wording')  # what counts for the clips alone
ALPHABET = 'characters outside the alphabet'
CROWDED = 'too short for its transcript'


@dataclass(frozen=True)
class Wording:
    """How texts are read.

    Attributes:
        locale: of their language, '' if unknown.
        normalize: letters that the alphabet lacks lose their accents.
        labels: names of speakers in capitals, as in `ANNA: Hello`, are spoken in subtitles.
    """

    locale: str = ''
    normalize: bool = False
    labels: bool = True


@dataclass(frozen=True)
class Clip:
    """A piece, and the WAV that it was written to: from the target's folder; '' for none."""

    piece: Piece
    wav: str = ''
    size: int = 0


@dataclass(frozen=True)
class Outcome:
    """What came of a recording.

    Attributes:
        pair: it and its text.
        secs: its length.
        clips: clips, and what was left out, in its order.
        fresh: it was aligned in this run.
    """

    pair: Pair
    secs: float
    clips: tuple[Clip, ...]
    fresh: bool = True


class Aligner:
    """Makes clips of recordings; several threads may.

    Args:
        model: to align with.
        identity: of the model: another one makes everything anew.
        target: folder.
        recordings: folder for decoded recordings.
        rules: for clips.
        wording: of the texts.

    Attributes:
        upsampled: recordings that have a lower rate than the model, as far as they were read.
    """

    def __init__(self, model: deepspeech.Model, identity: str, target: Path, recordings: Path,
                 rules: Rules, wording: Wording) -> None:
        self._model, self._identity, self._target = model, identity, target
        self._recordings, self._rules, self._wording = recordings, rules, wording
        self.upsampled: list[tuple[Path, int]] = []
        info = model.info
        self._alphabet = (Alphabet.bytes_output() if info.bytes_output else
                          Alphabet(info.labels))
        self._step_secs = info.step_seconds
        self._cleaning = Cleaning(remove=r'\[[^\]]*\]|\([^)]*\)', locale=wording.locale)

    def transcript(self, text: str) -> str:
        """Clean a text as importers do; raise `Rejected` if nothing can be learnt from it."""
        text = self._cleaning(text)
        if self._alphabet.missing(text) and self._wording.normalize:
            text = fold_diacritics(text)
        if self._alphabet.missing(text):
            raise Rejected(ALPHABET)
        return text

    def run(self, pair: Pair, advance: Callable[[float], object]) -> Outcome:
        """Do what has to be done for a recording.

        Args:
            pair: it and its text.
            advance: is told how much more of it is done, in seconds.

        Raises:
            UserError: it cannot be done.
        """
        path = self._target / 'pieces' / f'{pair.name}.json'
        lines = read_script(pair.script, self._wording.labels)
        state = self._state(pair, lines)
        if done := self._read(path, state, pair):
            advance(done.secs)
            return done
        rate = self._model.sampleRate()
        samples = open_recording(pair.audio, self._recordings / f'{pair.name}.wav', rate,
                                 lambda: advance(0),
                                 lambda lower: self.upsampled.append((pair.audio, lower)))
        try:
            alignment, silences = self._find(pair, state, lines, samples, rate, advance)
            pieces = [self._with_room(piece) for piece in
                      cut(lines, alignment, silences, self._rules, self.transcript)]
            clips = tuple(self._write(pair.name, piece, samples, rate) for piece in pieces)
            path.parent.mkdir(parents=True, exist_ok=True)
            secs = len(samples) / rate
            with whole_file(path, 'w') as file:
                json.dump({**state, 'secs': secs, 'clips': [asdict(clip) for clip in clips]}, file,
                          ensure_ascii=False, indent=1)
        except OSError as error:
            raise UserError(f'{self._target}: cannot be written ({error.strerror})') from error
        return Outcome(pair, secs, clips)

    def _state(self, pair: Pair, lines: list[Line]) -> dict[str, Any]:
        """Return what clips follow from; it is compared as JSON."""
        text = hashlib.sha256(json.dumps([asdict(line) for line in lines]).encode()).hexdigest()
        try:
            audio = os.stat(pair.audio)
        except OSError as error:
            raise UserError(f'{error.filename}: cannot be read ({error.strerror})') from error
        return {'form': FORM, 'audio': str(pair.audio), 'script': str(pair.script),
                'model': self._identity, 'text': text, 'size': audio.st_size,
                'changed': audio.st_mtime_ns, 'rules': asdict(self._rules),
                'wording': asdict(self._wording)}

    def _read(self, path: Path, state: dict[str, Any], pair: Pair) -> Outcome | None:
        """Return what an earlier run has written, if it is of the same and whole."""
        try:
            data = json.loads(path.read_bytes())
            if {key: data[key] for key in state} != state:
                return None
            clips = tuple(Clip(Piece(**clip['piece']), clip['wav'], clip['size'])
                          for clip in data['clips'])
            if any(os.path.getsize(self._target / clip.wav) != clip.size
                   for clip in clips if clip.wav):
                return None
            return Outcome(pair, data['secs'], clips, fresh=False)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _find(self, pair: Pair, state: dict[str, Any], lines: list[Line], samples: np.ndarray,
              rate: int, advance: Callable[[float], object]
              ) -> tuple[deepspeech.Alignment, list[tuple[float, float]]]:
        """Return what `_align` does, from an earlier run if only the choice of clips differs."""
        path = self._target / 'found' / f'{pair.name}.json'
        state = {key: value for key, value in state.items() if key not in CHOICE}
        if found := read_found(path, state):
            advance(len(samples) / rate)
            return found
        found = self._align(pair.script, lines, samples, rate, advance)
        write_found(path, state, *found)
        return found

    def _align(self, script: Path, lines: list[Line], samples: np.ndarray, rate: int,
               advance: Callable[[float], object]
               ) -> tuple[deepspeech.Alignment, list[tuple[float, float]]]:
        """Return where the text is spoken, and where nobody speaks, in seconds."""
        import deepspeech
        segmenter = deepspeech.Segmenter(rate, pause_ms=PAUSE_MS, padding_ms=0, shortest_ms=30,
                                         longest_ms=600000)
        speech = []
        try:
            opened = self._model.createAlignStream('\n'.join(line.text for line in lines))
        except RuntimeError as error:  # the text is empty, or of another language
            raise UserError(f'{script}: {_reason(error)}') from error
        try:
            with opened as stream:
                for at in range(0, len(samples), SECONDS * rate):
                    block = samples[at:at + SECONDS * rate]
                    stream.feedAudioContent(block)
                    speech += segmenter.feed(block)
                    advance(len(block) / rate)
                alignment = stream.finishStream()
        except RuntimeError as error:
            raise UserError(str(error)) from error
        speech += segmenter.finish()
        return alignment, list(_silences(speech, len(samples), rate))

    def _with_room(self, piece: Piece) -> Piece:
        """Leave out a clip that has fewer steps than CTC needs for its transcript."""
        steps = (piece.end - piece.start) / self._step_secs
        if not piece.reason and ctc_steps(self._alphabet.encode(piece.transcript)) > steps:
            return replace(piece, reason=CROWDED)
        return piece

    def _write(self, name: str, piece: Piece, samples: np.ndarray, rate: int) -> Clip:
        """Write the WAV of a clip; what is left out has none."""
        if piece.reason:
            return Clip(piece)
        wav = f'clips/{name}/{name}-{round(1000 * piece.start):08d}.wav'
        cut = samples[round(piece.start * rate):round(piece.end * rate)]
        return Clip(piece, wav, write_wav(str(self._target / wav), np.asarray(cut), rate))


def _reason(error: RuntimeError) -> str:
    """Return what the client says, without what it calls itself."""
    found = re.search(r"'(?:The stream cannot be created\. )?(.*)' \(0x", str(error))
    return found[1] if found else str(error)


def _silences(speech: list[tuple[int, int]], count: int, rate: int
              ) -> Iterator[tuple[float, float]]:
    """Yield what lies between segments of speech, in seconds."""
    at = 0
    for start, end in [*speech, (count, count)]:
        if start - at >= PAUSE_MS * rate / 1000:
            yield at / rate, start / rate
        at = end


def identity_of(model_path: str) -> str:
    """Return what tells a model from others: the sum of its file."""
    digest = hashlib.sha256()
    try:
        with open(model_path, 'rb') as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise UserError(f'model {model_path!r}: cannot be read ({error.strerror})') from error
    return digest.hexdigest()
