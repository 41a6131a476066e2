#!/usr/bin/env python3
"""Calibrate the confidences of an exported model: what probability a result has of being right.

    bin/calibrate.py exported/output_graph.pbmm --dev_files dev.csv --test_files test.csv
    bin/calibrate.py exported/output_graph.* --dev_files dev.csv --scorer my.scorer
    bin/calibrate.py MODEL --dev_files dev.csv --grammar house.gram --other_files talk.csv
    bin/calibrate.py MODEL --dev_files dev.csv --other_files talk.csv --plot reliability.png

The first model transcribes the dev set. Curves from fit * share to the share of results that were
right, one for texts and one for words, are put into all the models named: .pb, .pbmm or .tflite of
the same export. The client uses them for searches like the one here: with a scorer, with a grammar,
or with neither; run the script for each that you use.

The speakers of the dev set should be new to the model. Prints for each set the expected calibration
error in ten bins, and the --reject that accepts 95 % of the texts of the dev set. The other sets
change nothing: --test_files show how good the calibration is, and --other_files, recordings of
something else such as another language or noise, how much of them that --reject lets through.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import errors, log
from util.choices import at_least, real
from util.client.recogniser import Recogniser
from util.client.reliability import (
    Knots,
    bins,
    calibration_error,
    fit_curve,
    probabilities,
    right_words,
)
from util.client.samples import read_samples
from util.data.manifest import Utterance
from util.data.read import read_utterances
from util.errors import UserError
from util.export.calibration import read_calibration, write_calibration
from util.progress import progress

if TYPE_CHECKING:
    import deepspeech

COLORS = {'dev': '#d9731a', 'test': '#2c8a43'}
ACCEPTED = 0.95  # of the texts of the dev set


@dataclass(frozen=True)
class Results:
    """Figures of results from 0 to 1, whether each was right, and which were empty."""

    raw: list[float]
    right: list[bool]
    empty: list[str]  # recordings


Heard = dict[str, Results]  # 'texts' and 'words'


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('models', nargs='+', help='.pbmm, .pb and .tflite of one export')
    p.add_argument('--dev_files', required=True, help='CSV, SDB or tar files, separated by commas')
    p.add_argument('--other_files', default='', help='the same, of what is to be rejected')
    p.add_argument('--test_files', default='', help='the same, held out')
    p.add_argument('--scorer', default='', help='language model that the model is used with')
    p.add_argument('--grammar', default='', help='what may be said, where the model is used so')
    p.add_argument('--lm_alpha', type=real(), help="default: the scorer's own")
    p.add_argument('--lm_beta', type=real(), help="default: the scorer's own")
    p.add_argument('--beam_width', type=at_least(0), default=0, help="default: the model's own")
    p.add_argument('--plot', default='', metavar='PNG', help='draw a reliability diagram')
    p.add_argument('--jobs', type=at_least(1), default=os.cpu_count(), help='threads (%(default)s)')
    p.add_argument('--dry_run', action='store_true', help='print, but leave the models as they are')
    o = p.parse_args()
    if (o.lm_alpha is None) != (o.lm_beta is None):
        p.error('--lm_alpha and --lm_beta are given together')
    if o.grammar and o.scorer:
        p.error('a grammar has no use for a scorer: leave out --scorer or --grammar')
    return o


def main(o: argparse.Namespace) -> None:
    """Transcribe, fit, write, and print what it is worth."""
    constraint = 'grammar' if o.grammar else 'scorer' if o.scorer else 'free'
    kept = {path: _others(read_calibration(path), constraint) for path in o.models}
    model = Recogniser(o.models[0], o.scorer, o.beam_width, o.lm_alpha, o.lm_beta, 1,
                       o.grammar).open()
    sets = {name: _hear(model, files, name != 'other', o.jobs)
            for name, files in (('dev', o.dev_files), ('other', o.other_files),
                                ('test', o.test_files)) if files}
    for judged, results in sets['dev'].items():
        if not results.raw:
            raise UserError(f'nothing was understood in {o.dev_files}: there are no {judged} to '
                            'calibrate with')
        if all(results.right) or not any(results.right):
            which = 'right' if results.right[0] else 'wrong'
            log.warn(f'all {len(results.raw)} {judged} are {which}: a curve tells little from '
                     'them; use another set')
    curves = {judged: fit_curve(results.raw, results.right)
              for judged, results in sets['dev'].items()}
    lines = [f'{constraint} {judged} ' + ' '.join(f'{x:g}:{p:g}' for x, p in knots)
             for judged, knots in curves.items()]
    print('\n'.join(lines))
    for name, heard in sets.items():
        if name != 'other':
            _print_set(name, heard, curves)
    _print_rejection(sets, curves['texts'])
    if o.plot:
        draw(o.plot, {name: heard for name, heard in sets.items() if name != 'other'}, curves)
        log.info(f'Written {o.plot}')
    for path, others in kept.items():
        if not o.dry_run:
            write_calibration(path, '\n'.join([*others, *lines]) + '\n')
            log.info(f'Written {path}')


def _others(calibration: str, constraint: str) -> list[str]:
    """Return the lines for searches of other kinds."""
    return [line for line in calibration.splitlines() if line.split()[:1] not in ([], [constraint])]


def _hear(model: deepspeech.Model, files: str, known: bool, jobs: int) -> Heard:
    """Transcribe a set; without `known`, whatever was understood is wrong."""
    utterances = read_utterances([path for path in files.split(',') if path], transcripts=known)

    def best(utterance: Utterance) -> tuple[Any, str]:
        try:
            samples = read_samples(utterance.wav, model.sampleRate())
            return model.sttWithMetadata(samples).transcripts[0], ''
        except (UserError, ValueError, RuntimeError) as error:
            return None, str(error)

    heard: Heard = {'texts': Results([], [], []), 'words': Results([], [], [])}
    left_out = 0
    with ThreadPoolExecutor(jobs) as pool:
        for utterance, (found, fault) in zip(utterances, progress(
                pool.map(best, utterances), len(utterances), 'transcribing')):
            if found is None:
                log.warn(utterance.say(f'{fault}; left out'))
                left_out += 1
            elif not found.text:  # nobody judges that nothing was understood
                heard['texts'].empty.append(utterance.wav)
            else:
                said = utterance.transcript if known else ''
                _add(heard['texts'], found.trust, known and found.text == said)
                for word, right in zip(found.words, right_words(said, found.text)):
                    _add(heard['words'], word.trust, right)
    if left_out:
        log.warn(f'{left_out} of {len(utterances)} recordings of {files} do not count')
    return heard


def _add(results: Results, trust: deepspeech.Confidence, right: bool) -> None:
    results.raw.append(trust.fit * trust.share)
    results.right.append(right)


def _print_set(name: str, heard: Heard, curves: dict[str, Knots]) -> None:
    for judged, results in heard.items():
        if results.raw:
            p = probabilities(curves[judged], results.raw)
            print(f'{name}: {len(p)} {judged}, {np.mean(results.right):.1%} right, expected '
                  f'calibration error {calibration_error(p, results.right):.4f} (of fit * share: '
                  f'{calibration_error(results.raw, results.right):.4f})')


def _print_rejection(sets: dict[str, Heard], knots: Knots) -> None:
    """Print the limit that accepts most texts of the dev set, and what it rejects.

    An empty text is not accepted.
    """
    figures = {name: np.append(probabilities(knots, heard['texts'].raw),
                               np.full(len(heard['texts'].empty), -1.0))
               for name, heard in sets.items()}
    limit = float(np.floor(np.quantile(figures['dev'], 1 - ACCEPTED, method='lower') * 1e4) / 1e4)
    if limit < 0:
        log.warn(f'in {len(sets["dev"]["texts"].empty)} recordings of the dev set nothing is '
                 f'understood: no --reject accepts {ACCEPTED:.0%} of them')
        limit = 0.0
    print(f'--reject {limit:g} accepts ' + ', '.join(
        f'{np.mean(p >= limit):.1%} of {name}' for name, p in figures.items() if len(p)))


def draw(path: str, sets: dict[str, Heard], curves: dict[str, Knots]) -> None:
    """Draw how many results of each bin were right, for texts and for words."""
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(10, 5), layout='constrained')
    for axis, judged in zip(axes, curves):
        axis.plot([0, 1], [0, 1], color='#999999', linewidth=1)
        for name, count, points in _points(sets, judged, curves[judged]):
            axis.plot(*zip(*((mean, share) for _, mean, share in points)), marker='o',
                      color=COLORS[name], label=f'{name}, {count} {judged}')
        axis.set(xlim=(0, 1), ylim=(0, 1), aspect='equal', title=judged,
                 xlabel='probability given', ylabel='share that was right')
        axis.legend()
    try:
        figure.savefig(path, format='png', dpi=100)
    except OSError as error:
        raise UserError(f'{path} cannot be written ({error.strerror})') from error
    pyplot.close(figure)


def _points(sets: dict[str, Heard], judged: str, knots: Knots
            ) -> Iterator[tuple[str, int, list[tuple[int, float, float]]]]:
    for name, heard in sets.items():
        results = heard[judged]
        if results.raw:
            yield name, len(results.raw), bins(probabilities(knots, results.raw), results.right)


if __name__ == '__main__':
    log.to_stderr()
    errors.run(lambda: main(arguments()))
