#!/usr/bin/env python3
"""Make one collection of recordings and transcripts out of others: CSV, SDB, tar.

    bin/data_set_tool.py train.csv more.csv train.sdb
    bin/data_set_tool.py train.sdb train.csv            WAVs go into the folder train/
    bin/data_set_tool.py --unlabeled noise.csv noise.sdb --audio-type wav
    bin/data_set_tool.py train.csv train.tar.gz --include README.txt

The shortest recording comes first, as 0.9.3 wants it. Recordings keep their rate and channels. Opus
is for databases (and needs: pip install -r requirements-augment.txt); others hold WAV.
"""

import argparse
import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import errors, log
from util.audio.opus import opus_library
from util.audio.places import OPUS
from util.audio.reading import AudioError, probe
from util.data.augment.alone import Changer
from util.data.collections.sdb import WAV
from util.data.collections.write import TARS, Form, open_target, recording
from util.data.manifest import Utterance
from util.data.read import read_utterances
from util.errors import UserError
from util.progress import progress
from util.waiting import map_waiting

KINDS = {'opus': OPUS, 'wav': WAV}
AHEAD = 64  # samples in the making
BITRATE_OF_STT = 16000


def arguments() -> argparse.Namespace:
    """Parse the command line; options with underscores, --sources and --target are those of STT.

    STT has its own bitrate, and takes several operations after one --augment.
    """
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('files', nargs='*', metavar='source', help='CSV, SDB or tar files; the last is '
                   'the target: .csv, .sdb, .tar, .tar.gz or .tgz')
    p.add_argument('--sources', nargs='+', default=[], help='the same, as an option')
    p.add_argument('--target', help='the same, as an option')
    p.add_argument('--audio-type', '--audio_type', default='opus', choices=list(KINDS),
                   help='of recordings in an SDB (%(default)s)')
    p.add_argument('--bitrate', type=int, help="of Opus, in bit/s; 0, the default: the encoder's "
                   f'own; with --sources and --target: {BITRATE_OF_STT}')
    p.add_argument('--workers', type=int, default=os.cpu_count(), help='threads (%(default)s)')
    p.add_argument('--unlabeled', action='store_true', help='write, and need, no transcripts')
    p.add_argument('--absolute-paths', '--absolute_paths', action='store_true',
                   help='write absolute paths into a CSV')
    p.add_argument('--augment', action='append', default=[], metavar='OPERATION',
                   help='change the samples, as in training; the clock goes from 0 to 1')
    p.add_argument('--include', action='append', default=[], metavar='FILE',
                   help='put a file into the root of a tar archive')
    p.add_argument('--webdataset', action='store_true', help='let a tar archive be a WebDataset: a '
                   'text file beside each recording, no samples.csv')
    o = p.parse_args()
    of_stt = bool(o.sources and o.target)
    if o.bitrate is None:
        o.bitrate = BITRATE_OF_STT if of_stt else 0
    if of_stt:
        o.augment, o.files = o.augment + o.files, []
    o.sources += o.files if o.target else o.files[:-1]
    o.target = o.target or (o.files or [''])[-1]
    if not o.sources or not o.target:
        p.error('give one or more sources and a target')
    same = [each for each in o.sources if os.path.realpath(each) == os.path.realpath(o.target)]
    if same:
        p.error(f'{same[0]} is a source and the target: give another target')
    for option, given in (('--include', o.include), ('--webdataset', o.webdataset)):
        if given and not o.target.endswith(TARS):
            p.error(f'{option} is for tar archives, and {o.target} is none')
    if o.include and o.webdataset:
        p.error('every file of a WebDataset belongs to a sample: --include or --webdataset')
    if o.workers < 1 or o.bitrate < 0:
        p.error('--workers is at least 1, --bitrate at least 0')
    return o


def main(o: argparse.Namespace) -> None:
    """Write the target; name the recordings that cannot be read, and go on."""
    changer = Changer(o.augment)
    utterances = read_utterances(o.sources, transcripts=not o.unlabeled)
    form = Form(KINDS[o.audio_type], o.bitrate) if o.target.endswith('.sdb') else Form()
    if form.kind == OPUS:
        opus_library('--audio-type opus')
    count = 0
    with ThreadPoolExecutor(o.workers) as pool:
        ordered = by_length(utterances)
        with open_target(o.target, form, not o.unlabeled, o.absolute_paths, o.include,
                         o.webdataset) as target:
            for utterance, made in progress(made_of(ordered, form, changer, pool),
                                            len(ordered), 'writing'):
                target.add(made, utterance.transcript)
                count += 1
            if not count:
                raise UserError(f'none of {len(utterances)} recordings can be read: nothing is '
                                'written')
    left_out = len(utterances) - count
    log.info(f'{count} samples written to {o.target}' + f'; {left_out} left out' * bool(left_out))


def by_length(utterances: list[Utterance]) -> list[Utterance]:
    """Sort utterances by their duration; those that cannot be read are named and left out."""

    def length(utterance: Utterance) -> float | AudioError:
        try:
            info = probe(utterance.wav)
        except AudioError as e:
            return e
        return info.frames / info.rate

    known: dict[int, float] = {}
    lengths = progress(map_waiting(length, utterances), len(utterances), 'reading')
    for i, secs in enumerate(lengths):
        if isinstance(secs, AudioError):
            log.warn(utterances[i].say(f'{secs}; left out'))
        else:
            known[i] = secs
    return [utterances[i] for i in sorted(known, key=known.__getitem__)]


def made_of(utterances: Sequence[Utterance], form: Form, changer: Changer,
            pool: ThreadPoolExecutor) -> Iterator[tuple[Utterance, bytes]]:
    """Yield utterances with their recordings in a form, in order."""

    def make(number: int) -> bytes | AudioError:
        change = partial(changer, number=number, clock=number / len(utterances))
        try:
            return recording(utterances[number].wav, form, change)
        except AudioError as e:
            return e

    rest = iter(range(len(utterances)))
    while chunk := list(itertools.islice(rest, AHEAD)):
        for number, made in zip(chunk, pool.map(make, chunk)):
            if isinstance(made, AudioError):
                log.warn(utterances[number].say(f'{made}; left out'))
            else:
                yield utterances[number], made


if __name__ == '__main__':
    log.to_stderr()
    errors.run(lambda: main(arguments()))
