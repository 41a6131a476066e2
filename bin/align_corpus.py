#!/usr/bin/env python3
"""Make clips with transcripts of long recordings and their texts.

    bin/align_corpus.py --model seed/output_graph.pbmm recordings
    bin/align_corpus.py --model seed/output_graph.pbmm books.catalog --format dsalign
    bin/align_corpus.py --model seed/output_graph.pbmm recordings --refine 2 -- --epoch 40

SOURCE is a folder with recordings of any length and, beside each, its text: talk.txt (a book, a
speech) or talk.srt, talk.vtt (subtitles), or talk.script; or a .catalog of DSAlign: a JSON list of
objects with `audio` and `script`.

A model of the language, even one that was trained on a single hour, finds where each word is
spoken. The recording is cut in pauses into clips of 1 to 15 s. What is not spoken, not in the text,
or not heard surely enough is left out. In the target, SOURCE/aligned if no other is given, are then

    clips.csv       the clips: to train on, or to be split by bin/split_csv.py
    left_out.csv    what became no clip, and why
    report.html     how much, how sure, and what to listen to

Started again, it goes on where it ended, and does only what is new; with another --min_score,
--shortest or --longest it only chooses anew.

--refine N trains the model further on the surest half of the clips and aligns again, N times, as
long as that finds more; what comes after `--` are flags of DeepSpeech.py for that.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import errors, log
from util.align.metrics import NAMES, USUAL, measures
from util.choices import choices
from util.client.recogniser import Recogniser
from util.errors import UserError
from util.files import check_writable
from util.progress import progress
from util.text import encoding

if TYPE_CHECKING:
    import deepspeech

    from util.align.pairs import Pair
    from util.align.work import Outcome


def arguments(argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Parse the command line; return also the flags of training."""
    p = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('source', type=Path, help='folder or .catalog')
    p.add_argument('--model', required=True, help='exported .pbmm, .pb or .tflite')
    p.add_argument('--target', type=Path, help='folder for the clips (SOURCE/aligned)')
    p.add_argument('--format', choices=('csv', 'dsalign'), default='csv',
                   help="dsalign: also each recording's fragments as DSAlign writes them, where "
                        'the catalog wants them (%(default)s)')
    p.add_argument('--metrics', type=choices(NAMES), default=USUAL, metavar='M,...',
                   help=f'of these fragments: {", ".join(NAMES)} ({",".join(USUAL)})')
    p.add_argument('--jobs', type=int, default=os.cpu_count(),
                   help='recordings at a time (%(default)s)')
    p.add_argument('--shortest', type=float, default=1.0, metavar='SECS',
                   help='leave out shorter clips (%(default)s)')
    p.add_argument('--longest', type=float, default=15.0, metavar='SECS',
                   help='longest clip (%(default)s)')
    p.add_argument('--min_score', type=float, default=0.05, metavar='P',
                   help='leave out clips with less: the lowest mean probability of 20 letters in '
                        'a row, 0 to 1 (%(default)s)')
    p.add_argument('--locale', default='', metavar='L', help='of the language, such as de or tr: '
                   'for the spelling of transcripts')
    p.add_argument('--encoding', default='', help='of texts that are not UTF-8 (guessed)')
    p.add_argument('--normalize', action='store_true',
                   help='letters that the alphabet lacks lose their accents')
    p.add_argument('--drop_speaker_labels', action='store_true', help='leave out names in capitals '
                   'with a colon that begin a line of subtitles, as in ANNA: Hello')
    p.add_argument('--refine', type=int, default=0, metavar='N',
                   help='train further on the surest half and align again, N times '
                   '(%(default)s)')
    own, flags = _parted(argv)
    o = p.parse_args(own)
    if o.jobs < 1 or o.refine < 0:
        p.error('--jobs is at least 1, --refine at least 0')
    if not 0 <= o.shortest < o.longest <= 600:
        p.error(f'--shortest {o.shortest:g}, --longest {o.longest:g}: expected 0 or more, then '
                'more, at most 600 s')
    if not 0 <= o.min_score <= 1:
        p.error(f'--min_score {o.min_score:g}: expected 0 to 1')
    if flags and not o.refine:
        p.error(f'{flags[0]}: flags of training need --refine')
    return o, flags


def _parted(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part the command line at `--`."""
    at = list(argv).index('--') if '--' in argv else len(argv)
    return list(argv[:at]), list(argv[at + 1:])


def align(model: str, pairs: Sequence[Pair], target: Path, recordings: Path,
          o: argparse.Namespace) -> tuple[deepspeech.Model, list[Outcome], dict[str, str]]:
    """Align all recordings, several at a time; name those that cannot be, and go on.

    Returns:
        the model, what came of the recordings, and why nothing came of others.
    """
    from util.align.cutting import Rules
    from util.align.work import Aligner, Wording, identity_of
    opened = Recogniser(model, threads=1).open()
    aligner = Aligner(opened, identity_of(model), target, recordings,
                      Rules(o.shortest, o.longest, least_score=o.min_score),
                      Wording(o.locale, o.normalize, not o.drop_speaker_labels))
    outcomes: list[Outcome] = []
    failed: dict[str, str] = {}
    turn, stopped = threading.Lock(), threading.Event()
    with progress(None, None, 'seconds of audio aligned') as bar, \
            ThreadPoolExecutor(o.jobs) as pool, _interruptible(pool, stopped):

        def advance(secs: float) -> None:
            if stopped.is_set():
                raise CancelledError
            with turn:
                bar.update(round(bar.count + secs) - bar.count)

        jobs = [(pair, pool.submit(aligner.run, pair, advance)) for pair in pairs]
        for pair, job in jobs:
            try:
                outcomes.append(job.result())
            except (UserError, errors.AudioError) as error:
                failed[str(pair.audio)] = str(error)
                log.error(_named(pair, str(error)))
    if aligner.upsampled:
        _warn_of(aligner.upsampled, len(pairs), opened.sampleRate())
    return opened, outcomes, failed


@contextmanager
def _interruptible(pool: ThreadPoolExecutor, stopped: threading.Event | None = None
                   ) -> Iterator[None]:
    """Drop what a pool has not begun where anything ends the work; say how to go on."""
    try:
        yield
    except BaseException as error:
        if stopped:
            stopped.set()
        if isinstance(error, KeyboardInterrupt):
            log.warn('Stopped; the same command goes on with what is left')
        pool.shutdown(cancel_futures=True)
        raise


def _warn_of(upsampled: Sequence[tuple[Path, int]], total: int, rate: int) -> None:
    """Name recordings that have a lower rate than the model."""
    path, lower = upsampled[0]
    said = f'{path}: is resampled from {lower} to {rate} Hz'
    if len(upsampled) > 1:
        said = (f'{len(upsampled):,} of {total:,} recordings are resampled from less than {rate} '
                f'Hz: {path} ({lower} Hz), ...')
    log.warn(f'{said}; up-sampling might produce erratic speech recognition')


def _named(pair: Pair, reason: str) -> str:
    """Return a reason that names the recording."""
    names = (str(pair.audio), str(pair.script))
    return reason if any(name in reason for name in names) else f'{pair.audio}: {reason}'


def refine(pairs: Sequence[Pair], target: Path, recordings: Path, o: argparse.Namespace,
           flags: Sequence[str]) -> str:
    """Align and train in turn as often as is asked for; return the model that found most.

    The rounds take all that is found, since the surest of it are chosen by rank.
    """
    from util.align.refine import MODELS, train
    from util.align.results import kept, summary
    if not o.model.endswith(MODELS):
        raise UserError(f'--refine trains the model further, which needs {" or ".join(MODELS)}: '
                        f'{o.model}')
    o = argparse.Namespace(**{**vars(o), 'min_score': 0.0})
    model, most, chosen = o.model, 0.0, o.model
    for number in range(1, o.refine + 2):
        path = target / 'rounds' / str(number)
        opened, outcomes, failed = align(model, pairs, path, recordings, o)
        tidy(path, pairs, outcomes, failed)
        clips = kept(outcomes)
        if number <= o.refine:
            log.info(f'Round {number}: {summary(outcomes)[0]}')
        found = sum(clip.secs * clip.piece.score for clip in clips)
        if found <= most:
            log.warn(f'The model of round {number - 1} finds less than the one before it, which '
                     'is taken in its place')
            break
        most, chosen = found, model
        if number <= o.refine:
            path.mkdir(parents=True, exist_ok=True)
            model = train(path, clips, model, opened.info.language, flags)
    return chosen


def tidy(target: Path, pairs: Sequence[Pair], outcomes: Sequence[Outcome],
         failed: Mapping[str, str]) -> None:
    """Remove clips of earlier runs; what could not be aligned this time may be the next."""
    from util.align.old_clips import remove_old
    if count := remove_old(target, outcomes, {pair.name for pair in pairs
                                              if str(pair.audio) in failed}):
        log.info(f'{count:,} clip{"s" * (count > 1)} of earlier runs removed: no table has them '
                 'any more')


def write(target: Path, outcomes: Sequence[Outcome], failed: dict[str, str]) -> None:
    """Write the tables and the page."""
    from util.align.page import write_page
    from util.align.pairs import LEFT_OUT
    from util.align.results import kept, left_out, write_clips, write_left_out
    write_clips(target / 'clips.csv', kept(outcomes))
    write_left_out(target / LEFT_OUT, left_out(outcomes))
    write_page(target / 'report.html', outcomes, failed)


def write_dsalign(target: Path, outcomes: Sequence[Outcome], model: deepspeech.Model,
                  o: argparse.Namespace, identity: str,
                  measured: Mapping[str, Callable[[str, str], float]]) -> None:
    """Write what DSAlign would."""
    from util.align.dsalign import write_aligned
    from util.align.heard import Heard
    from util.align.results import kept
    with progress(None, len(kept(outcomes)), 'clips transcribed') as bar, \
            ThreadPoolExecutor(o.jobs) as pool, _interruptible(pool):
        begun = [Heard(model, identity, target, outcome, pool) for outcome in outcomes]
        for outcome, heard in zip(outcomes, begun, strict=True):
            texts = heard.texts(bar.update)
            path = outcome.pair.aligned or target / 'aligned' / f'{outcome.pair.name}.aligned'
            write_aligned(path, outcome, texts, measured)


def main(o: argparse.Namespace, flags: Sequence[str]) -> None:
    """Align, train and align again as often as is asked for, and write what came of it."""
    from util.align.pairs import find_pairs
    from util.align.results import summary
    from util.align.work import identity_of
    encoding.declare(o.encoding, o.locale)
    folder = o.source.parent if o.source.is_file() else o.source
    target = o.target or folder / 'aligned'
    pairs = find_pairs(o.source, target)
    check_writable(str(target), 'the clips', '--target')
    recordings = target / '.decoded'
    measured = measures(o.metrics) if o.format == 'dsalign' else {}
    model = refine(pairs, target, recordings, o, flags) if o.refine else o.model
    opened, outcomes, failed = align(model, pairs, target, recordings, o)
    try:
        write(target, outcomes, failed)
        tidy(target, pairs, outcomes, failed)
        if o.format == 'dsalign':
            write_dsalign(target, outcomes, opened, o, identity_of(model), measured)
    except OSError as error:
        raise UserError(f'{error.filename or target}: cannot be written ({error.strerror})'
                        ) from error
    shutil.rmtree(recordings, ignore_errors=True)
    for line in summary(outcomes):
        print(line)
    print(f'{target / "clips.csv"}, {target / "report.html"}')
    if failed:
        raise UserError(f'{len(failed)} of {len(pairs)} recordings could not be aligned; see above')


if __name__ == '__main__':
    log.to_stderr()
    errors.run(lambda: main(*arguments(sys.argv[1:])))
