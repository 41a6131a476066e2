#!/usr/bin/env python3
"""Write one HTML page to look at after a training: what came out, and what goes wrong.

    bin/report.py runs/mine                         # writes runs/mine/report.html
    bin/report.py runs/mine runs/mine/earlier-1     # compares the two
    bin/report.py runs/first --tested result.json --model exported/output_graph.pbmm

RUN is the folder of a bin/run-folder.sh, a --checkpoint_dir, or a file of --test_output_file alone.
The page shows the curves of the training; error rates by length, by speaker and by time in the
set; which words and letters are taken for which; and the worst utterances with their sound, their
spectrogram and the words where an exported model finds them. With OTHER it shows how the two
differ, and whether that is more than chance.

It is one file, for any browser, without network: send it to whom you like. It holds the sound of
the worst utterances, about 20 kB a second. What a run does not have is said in a line in its place.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import errors, log
from util.client.recogniser import Recogniser
from util.corpora.splits import speaker_pattern
from util.errors import UserError
from util.progress import progress
from util.report.examples import Example
from util.report.look import Looked, look
from util.report.page import write_page
from util.report.run import Run
from util.report.tested import worst
from util.training.report import read_json

NAME = 'report.html'


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('run', type=Path, help='folder of the run, or the result of a test')
    p.add_argument('other', type=Path, nargs='?', help='another, to compare with')
    p.add_argument('--tested', type=Path, metavar='JSON',
                   help='file of --test_output_file (default: test.json of the run)')
    p.add_argument('--model', type=Path, help="exported .pbmm, .pb or .tflite (default: the run's)")
    p.add_argument('--speaker_pattern', type=speaker_pattern, metavar='REGEX',
                   help='its first group is the speaker, in the path of a recording; for sets '
                        'without a column that tells')
    p.add_argument('--worst', type=int, default=20, metavar='N',
                   help='utterances shown with their sound (%(default)s)')
    p.add_argument('--out', type=Path, metavar='HTML', help=f'default: RUN/{NAME}')
    options = p.parse_args()
    if options.worst < 0:
        p.error('--worst is at least 0')
    return options


def main() -> None:
    """Look at the runs and write the page."""
    options = arguments()
    if options.tested:
        read_json(options.tested)  # who asks for it wants no page without it
    run = Run.find(options.run, options.tested, options.model)
    looked = look(run, options.speaker_pattern)
    other = (look(Run.find(options.other).beside(run), options.speaker_pattern)
             if options.other else None)
    out = options.out or (options.run / NAME if options.run.is_dir() else
                          options.run.with_suffix('.html'))
    write_page(out, looked, other, examples(looked, options.worst, bool(options.model)))
    print(out)


def examples(looked: Looked, count: int, with_words: bool) -> list[Example]:
    """Return the worst utterances with all that belongs to them.

    Args:
        looked: the run.
        count: how many at most.
        with_words: a model that cannot be used is an error.
    """
    found = worst(looked.tested, count, looked.run.by_characters)
    model = None
    if found and looked.run.model:
        try:
            model = Recogniser(str(looked.run.model)).open()
        except UserError as error:
            if with_words:
                raise
            log.warn(f'no words in the pictures: {error}')
    return [Example.of(each, looked.run.sample_rate, model)
            for each in progress(found, label='utterances')]


if __name__ == '__main__':
    log.to_stderr()
    errors.run(main)
