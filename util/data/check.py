"""The check before the first step: what cannot be trained on is found, named and left out.

CTC needs a time step for each label and one more between equal neighbours, so a
transcript can be too long for its audio. A missing file or a character outside the
alphabet would stop an epoch in the middle of the night; here they cost a second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from util import log
from util.audio import reading
from util.data.manifest import Utterance
from util.errors import UserError
from util.features import FeatureSettings, num_steps
from util.progress import progress
from util.text.alphabet import Alphabet
from util.text.transcripts import ctc_steps
from util.waiting import map_waiting

NAMED = 100  # offenders of a set named in a log; bin/check_data.py names all

AUDIO, EMPTY, SILENT, ALPHABET, TOO_LONG = (
    'audio cannot be read', 'empty transcript', 'no audio', 'character outside the alphabet',
    'transcript too long for the audio')


@dataclass(frozen=True)
class LeftOut:
    """An utterance that is left out, under one of the kinds above, and why."""

    utterance: Utterance
    kind: str
    reason: str

    def __str__(self) -> str:
        return self.utterance.say(self.reason)


@dataclass
class CheckResult:
    """What came out for one set.

    Attributes:
        usable: what to train on, in the order of the rows.
        steps: int64, time steps of each of `usable`.
        left_out: what is left out.
        notes: oddity -> files that have it and are used all the same.
        secs: seconds of audio in `usable`.
        secs_left_out: seconds of readable audio in `left_out`.
    """

    usable: list[Utterance] = field(default_factory=list)
    steps: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    left_out: list[LeftOut] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)
    secs: float = 0.0
    secs_left_out: float = 0.0

    @property
    def count(self) -> int:
        """Utterances there were."""
        return len(self.usable) + len(self.left_out)

    @property
    def hours_total(self) -> float:
        """Hours of audio there were."""
        return (self.secs + self.secs_left_out) / 3600

    @property
    def hours_left_out(self) -> float:
        """Hours of audio of the utterances left out."""
        return self.secs_left_out / 3600

    @property
    def summary(self) -> str:
        """How much is left out, and of what kinds."""
        text = f'{_utterances(self.count)}, {hours(self.hours_total)}'
        if not self.left_out:
            return text
        kinds = Counter(r.kind for r in self.left_out)
        return (f'{text}; left out: {_utterances(len(self.left_out))}, '
                f'{hours(self.hours_left_out)} ('
                + ', '.join(f'{kind}: {n}' for kind, n in kinds.most_common()) + ')')


@dataclass(frozen=True)
class _Verdict:
    """Of one utterance; `kind` is empty for a usable one."""

    steps: int = 0
    secs: float = 0.0
    kind: str = ''
    reason: str = ''
    notes: tuple[str, ...] = ()


def check(utterances: Sequence[Utterance], alphabet: Alphabet, settings: FeatureSettings,
          jobs: int = 0, show_progressbar: bool = True, label: str = 'checking') -> CheckResult:
    """Look at every utterance of a set.

    Args:
        utterances: to be looked at.
        alphabet: the transcripts must be written in.
        settings: of the features; they tell how many time steps the audio gives.
        jobs: threads; 0 as for `map_waiting`.
        show_progressbar: on stderr.
        label: text before the bar.
    """
    result, steps = CheckResult(), []
    verdicts = map_waiting(lambda each: _judge(each, alphabet, settings), utterances, jobs)
    for utterance, verdict in progress(zip(utterances, verdicts), len(utterances), label,
                                       enabled=show_progressbar):
        for note in verdict.notes:
            result.notes.setdefault(note, []).append(utterance.wav)
        if verdict.kind:
            result.left_out.append(LeftOut(utterance, verdict.kind, verdict.reason))
            result.secs_left_out += verdict.secs
        else:
            result.usable.append(utterance)
            result.secs += verdict.secs
            steps.append(verdict.steps)
    result.steps = np.array(steps, np.int64)
    return result


def _judge(utterance: Utterance, alphabet: Alphabet, settings: FeatureSettings) -> _Verdict:
    try:
        info = reading.probe(utterance.wav)
    except reading.AudioError as e:
        return _Verdict(kind=AUDIO, reason=str(e))
    secs, n_samples = info.frames / info.rate, info.frames_at(settings.sample_rate)
    steps = num_steps(n_samples, settings)
    kind, reason = _objection(utterance, steps, n_samples, alphabet, settings)
    notes = list(info.notes)
    if info.channels > 1:
        notes.append(reading.MIXED_DOWN)
    if info.rate != settings.sample_rate:
        notes.append(reading.RESAMPLED)
    return _Verdict(steps, secs, kind, reason, tuple(notes))


def _objection(utterance: Utterance, steps: int, n_samples: int, alphabet: Alphabet,
               settings: FeatureSettings) -> tuple[str, str]:
    """Return (kind, reason) not to use an utterance, empty if there is none."""
    wav, text = utterance.wav, utterance.transcript
    if n_samples == 0:
        return SILENT, f'{wav} contains no samples'
    if not text:
        return EMPTY, f'{wav}: the transcript is empty'
    missing = alphabet.missing(text)
    if missing:
        shown = ' '.join(repr(c) for c in sorted(missing))
        return ALPHABET, (f'{wav}: not in the alphabet: {shown}; clean the transcript '
                          'or extend the alphabet')
    needed = ctc_steps(alphabet.encode(text))
    if needed > steps:
        return TOO_LONG, (f'{wav}: the transcript needs {needed} time steps, the audio has '
                          f'{steps} ({n_samples / settings.sample_rate:.2f} s)')
    return '', ''


def check_sets(sets: Mapping[str, Sequence[Utterance]], alphabet: Alphabet,
               settings: FeatureSettings, strict: bool = False, jobs: int = 0,
               show_progressbar: bool = True) -> dict[str, CheckResult]:
    """Check all sets of a run and say what is left out.

    Args:
        sets: name ('train', ...) -> its utterances.
        alphabet: as for `check`.
        settings: as for `check`.
        strict: stop if anything has to be left out.
        jobs: as for `check`.
        show_progressbar: as for `check`.

    Raises:
        UserError: nothing of a set is usable, or `strict` and something is not.
    """
    results = {}
    for name, utterances in sets.items():
        result = check(utterances, alphabet, settings, jobs, show_progressbar, f'checking {name}')
        results[name] = result
        for offender in result.left_out[:NAMED]:
            log.warn(offender)
        if len(result.left_out) > NAMED:
            files = ' '.join(sorted({u.source for u in utterances}))
            log.warn(f'... and {len(result.left_out) - NAMED} more: see bin/check_data.py {files}')
        for note, wavs in sorted(result.notes.items()):
            log.warn(f'{name}: {wavs[0]} {note}' + more(wavs))
        log.info(f'{name}: {result.summary}')
    for name, result in results.items():
        if not result.usable:
            raise UserError(f'{name}: none of {_utterances(result.count)} can be used'
                            + (f'; the first: {result.left_out[0]}' if result.left_out else ''))
    left_out = sum(len(result.left_out) for result in results.values())
    if strict and left_out:
        raise UserError(f'{_utterances(left_out)} cannot be used and --strict was given: '
                        'fix or remove the rows named above')
    return results


def more(wavs: Sequence[str]) -> str:
    """Return ` (and 7 more files)` if there are more than the one already named, else ''."""
    n = len(wavs) - 1
    return f' (and {n} more file{"s" if n > 1 else ""})' if n else ''


def _utterances(n: int) -> str:
    return f'{n} utterance' + ('s' if n != 1 else '')


def hours(number: float) -> str:
    """Format an amount of speech for people: `1.25 hours` or `31 seconds`."""
    return f'{number:.2f} hours' if number >= 0.1 else f'{number * 3600:.1f} seconds'
