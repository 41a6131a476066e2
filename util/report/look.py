"""Gathering what a run has left; of what is missing or damaged, one line each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from util import log
from util.corpora.splits import speaker_of
from util.data.csv_files import what_is
from util.data.manifest import Utterance
from util.data.read import read_utterances
from util.data.speakers import speakers_in
from util.errors import UserError
from util.report.curves import METRICS, Curves, read_curves
from util.report.run import Run
from util.report.tested import Tested, placed
from util.training.report import Sample, read_json

CURVES, TEST, SPEAKERS, LENGTHS = 'curves', 'test', 'speakers', 'lengths'  # what can be missing


@dataclass(frozen=True)
class Looked:
    """What there is to see of a run.

    Attributes:
        run: where it lies.
        curves: {} where there are none.
        tests: what it is -> its utterances; the first is looked at.
        in_order: whether they are in the order of their set, and not of their names.
        missing: what -> a line that says why.
    """

    run: Run
    curves: Curves = field(default_factory=dict)
    tests: dict[str, list[Tested]] = field(default_factory=dict)
    in_order: bool = False
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def tested(self) -> list[Tested]:
        """The utterances that are looked at, in order; [] without a test."""
        return next(iter(self.tests.values()), [])


def look(run: Run, pattern: re.Pattern[str] | None) -> Looked:
    """Read what a run has left, and warn of what is missing.

    Args:
        run: where it lies.
        pattern: that finds a speaker in a path, where the sets do not tell.

    Raises:
        UserError: there is nothing at all.
    """
    missing: dict[str, str] = {}
    curves: Curves = {}
    try:
        if run.kept:
            curves = read_curves(run.kept / METRICS)
    except UserError as error:
        missing[CURVES] = f'no curves: {error}'
    results = _results(run, missing)
    utterances, speakers = _sets(run, pattern, results, missing)
    tests = {what: placed(samples, utterances, speakers) for what, samples in results.items()}
    looked = Looked(run, curves, tests, bool(utterances), missing)
    if not curves and not tests:
        raise UserError(f"'{run.name}' has nothing to show yet: {'; '.join(missing.values())}")
    gone = sum(not each.secs for each in looked.tested)
    if gone:
        missing[LENGTHS] = (
            f'{gone} of {len(looked.tested)} recordings cannot be read from here, such as '
            f'{next(each.wav_filename for each in looked.tested if not each.secs)}: start this '
            'where the test was started')
    for what, line in missing.items():
        if what != SPEAKERS:  # many sets know none
            log.warn(line)
    return looked


def _results(run: Run, missing: dict[str, str]) -> dict[str, list[Sample]]:
    results = {}
    for what, path in run.tests.items():
        try:
            if samples := read_json(path):
                results[what] = samples
            else:
                missing[TEST] = f'{path}: the test has no utterances'
        except UserError as error:
            missing[TEST] = str(error)
    if not run.tests and run.kept:
        missing[TEST] = ('no errors to look at: the result of a test is missing; make it with '
                         f'./evaluate.py --flagfile {run.kept}/flags.txt '
                         + '--test_files CSV ' * (not run.sets)
                         + f'--test_output_file {run.kept}/test.json')
    return results


def _sets(run: Run, pattern: re.Pattern[str] | None, results: dict[str, list[Sample]],
          missing: dict[str, str]) -> tuple[list[Utterance], dict[str, str]]:
    """Return the utterances of the sets tested on, in order, and who speaks in each."""
    names = {each.wav_filename for samples in results.values() for each in samples}
    utterances: list[Utterance] = []
    speakers: dict[str, str] = {}
    for path in run.sets if names else ():
        try:
            if what_is(path) == 'away':
                raise UserError(f'{path} would have to be brought here first')
            utterances += read_utterances([path])
        except UserError as error:
            missing[path] = f'order and speakers of the test are not known: {error}'
        else:
            speakers |= speakers_in(path) or {}
    if not any(str(each.wav) in names for each in utterances):
        utterances = []  # of other sets
    if pattern:
        speakers = {name: speaker_of(pattern, name) for name in names}
    if names and not any(speakers.get(name) for name in names):
        missing[SPEAKERS] = ('no errors by speaker: ' + (
            '--speaker_pattern finds none in the names of the recordings' if pattern else
            f'{"the sets have no column for them" if run.sets else "the set is not known"}; a '
            '--speaker_pattern can find them in the names of the recordings'))
    return utterances, speakers
