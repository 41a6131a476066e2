#!/usr/bin/env python3
"""Transcribe a set with an exported model, as a user's program would, and report the errors.

    ./evaluate_export.py --model exported/output_graph.pbmm --scorer my.scorer --csv test.csv
    ./evaluate_export.py --model exported/output_graph.tflite --csv test.sdb --proc 4 --dump found

The native client does it: any model and any recording that it takes will do, TensorFlow is not
needed. --dump found writes found.txt, what was said, and found.out, what was understood, a line
each: the recording and its text. The loss is 0, since the client computes none.
./evaluate_tflite.py is the same under the name it has in 0.9.3.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from util import errors, log
from util.client.recogniser import Recogniser
from util.client.samples import read_samples
from util.data.manifest import Utterance
from util.data.read import read_utterances
from util.errors import UserError
from util.files import check_writable, whole_file
from util.progress import progress
from util.training.report import ReportSettings, Sample
from util.training.report_on import print_report_on

if TYPE_CHECKING:
    import deepspeech


class _Worker:
    """What a process has opened."""

    model: deepspeech.Model

    @classmethod
    def begin(cls, recogniser: Recogniser) -> None:
        """Open the model."""
        cls.model = recogniser.open()

    @classmethod
    def transcribe(cls, wav: str) -> tuple[str, str]:
        """Return the transcript of a recording, or '' and why there is none."""
        try:
            return cls.model.stt(read_samples(wav, cls.model.sampleRate())), ''
        except (UserError, ValueError, RuntimeError) as error:
            return '', str(error)


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--model', required=True, help='exported .pbmm, .pb or .tflite')
    p.add_argument('--scorer', '--scorer_path', default='', help='language model package')
    p.add_argument('--csv', required=True, help='CSV, SDB or tar files, separated by commas')
    p.add_argument('--proc', type=int, default=os.cpu_count(), help='processes (%(default)s)')
    p.add_argument('--dump', default='', metavar='PATH', help='write PATH.txt and PATH.out')
    p.add_argument('--beam_width', type=int, default=0, help="default: the model's own")
    p.add_argument('--lm_alpha', type=float, help="default: the scorer's own")
    p.add_argument('--lm_beta', type=float, help="default: the scorer's own")
    p.add_argument('--report_count', type=int, default=5,
                   help='samples shown in each part of the report (%(default)s)')
    o = p.parse_args()
    if o.proc < 1 or o.beam_width < 0 or o.report_count < 0:
        p.error('--proc is at least 1, --beam_width and --report_count at least 0')
    if (o.lm_alpha is None) != (o.lm_beta is None):
        p.error('--lm_alpha and --lm_beta are given together')
    if o.lm_alpha is not None and not o.scorer:
        p.error('--lm_alpha and --lm_beta need a --scorer')
    return o


def main(o: argparse.Namespace) -> None:
    """Transcribe the set, dump and report what came out."""
    utterances = read_utterances(filter(None, o.csv.split(',')))
    if o.dump:
        check_writable(os.path.dirname(o.dump), 'transcripts', '--dump')
    processes = min(o.proc, len(utterances))
    recogniser = Recogniser(o.model, o.scorer, o.beam_width, o.lm_alpha, o.lm_beta,
                            math.ceil((os.cpu_count() or 1) / processes))
    by_characters = recogniser.open().info.bytes_output
    print(f'Totally {len(utterances)} wav entries found in csv', flush=True)
    samples = transcribed(utterances, recogniser, processes)
    print(f'Totally {len(samples)} wav file transcripted', flush=True)
    left_out = len(utterances) - len(samples)
    if not samples:
        raise UserError(f'none of the {left_out} recordings can be transcribed')
    if left_out:
        log.warn(f'{left_out} of {len(utterances)} recordings could not be transcribed and do not '
                 'count')
    if o.dump:
        dump(o.dump, samples)
    print_report_on(o.csv, samples, ReportSettings(o.report_count, by_characters=by_characters))


def transcribed(utterances: list[Utterance], recogniser: Recogniser, processes: int
                ) -> list[Sample]:
    """Transcribe utterances, several at a time; name those that cannot be and go on.

    Raises:
        UserError: a process was ended from outside.
    """
    samples = []
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context('spawn'),
                               initializer=_Worker.begin, initargs=(recogniser,))
    try:
        with _interrupts_later():
            found = pool.map(_Worker.transcribe, [utterance.wav for utterance in utterances])
        shown = progress(found, len(utterances), 'testing')
        for utterance, (text, fault) in zip(utterances, shown):
            if fault:
                log.warn(utterance.say(f'{fault}; left out'))
            else:
                samples.append(Sample.compare(utterance.wav, utterance.transcript, text, 0.0))
    except BrokenProcessPool as error:
        raise UserError('a process has ended before its work was done: memory may be short, try '
                        f'--proc {max(processes // 2, 1)}') from error
    finally:
        pool.shutdown(cancel_futures=True)
    return samples


@contextlib.contextmanager
def _interrupts_later() -> Iterator[None]:
    """Hear of Ctrl-C at the end; processes begun meanwhile never do: it is for who began them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


def dump(path: str, samples: list[Sample]) -> None:
    """Write what was said and what was understood, a line for each recording."""
    for ending, texts, what in (('txt', [s.src for s in samples], 'Reference texts'),
                                ('out', [s.res for s in samples], 'Transcription  ')):
        with whole_file(f'{path}.{ending}', 'w') as file:
            file.writelines(f'{s.wav_filename} {text}\n' for s, text in zip(samples, texts))
        print(f'{what} dumped to {path}.{ending}')


if __name__ == '__main__':
    log.to_stderr()
    errors.run(lambda: main(arguments()))
