#!/usr/bin/env python3
"""Transcribe long recordings, cut where the speaker pauses, as transcribe.py of 0.9.3 did.

    ./transcribe.py --model exported/output_graph.pbmm --src talk.wav
    ./transcribe.py --checkpoint_dir runs/first --n_hidden 512 --src talks --recursive --jobs 4
    ./transcribe.py --model exported/output_graph.pbmm --src talk.mp3 --format tlog,srt

SRC is a recording, a folder, whose *.wav are transcribed, or a .catalog: a JSON list of objects
with `audio` and `tlog`, paths from its folder. The result stands beside the recording as .tlog, a
JSON list of {"start", "end", "transcript"} in ms; one that is there already is left as it is, so
that a run that was interrupted goes on when it is started again, unless --force says otherwise.

The native client transcribes. Without --model, the checkpoint that the flags of training name is
exported first; ./DeepSpeech.py --help lists them.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from util import errors, log
from util.choices import choices
from util.client.catalog import read_catalog
from util.client.formats import FORMATS
from util.client.recogniser import Recogniser
from util.client.utterances import Cutting, utterances
from util.errors import UserError
from util.files import check_writable, whole_file
from util.progress import progress
from util.release import VARIABLE, release_of

if TYPE_CHECKING:
    import deepspeech

TRAINER = Path(__file__).resolve().with_name('DeepSpeech.py')
ONE_DASH = re.compile(r'-[a-z]\w')
# Nats above the noise, by the aggressiveness of webrtcvad: the more, the less is speech.
THRESHOLDS = (0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Job:
    """A recording, and the files that its text goes to, by their formats."""

    audio: str
    targets: tuple[tuple[str, str], ...]

    def left(self, force: bool) -> Job:
        """Return what of it is still to be done."""
        return Job(self.audio, tuple((kind, path) for kind, path in self.targets
                                     if force or not os.path.exists(path)))


def truth(value: str) -> bool:
    """Read a truth value as absl writes it."""
    if value.lower() not in ('true', 'false', '1', '0', 't', 'f', 'yes', 'no'):
        raise argparse.ArgumentTypeError(f'{value!r} is neither true nor false')
    return value.lower() in ('true', '1', 't', 'yes')


def arguments(argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Parse the command line; return the rest, which are flags of training."""
    p = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--src', required=True, help='recording, folder or .catalog')
    p.add_argument('--dst', default='', help='file for the text of one recording')
    p.add_argument('--model', default='', help='exported .pbmm, .pb or .tflite')
    p.add_argument('--scorer', '--scorer_path', default='', help='language model package')
    p.add_argument('--beam_width', type=int, default=0, help="default: the model's own")
    p.add_argument('--lm_alpha', type=float, help="default: the scorer's own")
    p.add_argument('--lm_beta', type=float, help="default: the scorer's own")
    p.add_argument('--format', type=choices(FORMATS), metavar='F,...',
                   help=f'of the text: {", ".join(FORMATS)} (the ending of --dst, or tlog)')
    p.add_argument('--include', default='*.wav', metavar='P,...',
                   help='names of recordings in a folder (%(default)s)')
    for name, what in (('recursive', 'look into the folders of a folder too'),
                       ('force', 'transcribe again what has been')):
        p.add_argument(f'--{name}', type=truth, nargs='?', const=True, default=False, help=what)
        p.add_argument(f'--no{name}', dest=name, action='store_false', help=argparse.SUPPRESS)
    p.add_argument('--jobs', type=int, default=os.cpu_count(),
                   help='utterances at a time (%(default)s)')
    p.add_argument('--pause', type=int, default=500, metavar='MS',
                   help='silence that ends an utterance (%(default)s)')
    p.add_argument('--longest', type=int, default=20000, metavar='MS',
                   help='cut a longer one where it is quietest (%(default)s)')
    p.add_argument('--vad_aggressiveness', type=int, default=3, choices=range(4),
                   help='0 to 3: the more, the less is taken for speech (%(default)s)')
    for name, value in (('batch_size', 40), ('outlier_duration_ms', 10000),
                        ('outlier_batch_size', 1)):  # the client runs utterance by utterance
        p.add_argument(f'--{name}', type=int, default=value, help=argparse.SUPPRESS)
    # absl, which 0.9.3 read its options with, takes one dash too
    o, rest = p.parse_known_args([f'-{word}' if ONE_DASH.match(word) else word for word in argv])
    if o.model and rest:
        p.error(f'unrecognized arguments: {" ".join(rest)}')
    if not o.model and not any('checkpoint_dir' in word or 'flagfile' in word for word in rest):
        p.error('give the network: --model FILE, or --checkpoint_dir FOLDER with the flags of its '
                'training')
    if o.jobs < 1 or o.beam_width < 0:
        p.error('--jobs is at least 1, --beam_width at least 0')
    if not 20 <= o.pause <= 60000 or not 2000 <= o.longest <= 600000:
        p.error('--pause is 20 to 60000 ms, --longest 2000 to 600000 ms')
    if (o.lm_alpha is None) != (o.lm_beta is None):
        p.error('--lm_alpha and --lm_beta are given together')
    if o.lm_alpha is not None and not o.scorer:
        p.error('--lm_alpha and --lm_beta need a --scorer')
    return o, rest


def find_jobs(o: argparse.Namespace) -> list[Job]:
    """Return the recordings of --src.

    Raises:
        UserError: there is none, or what names them cannot be read.
    """
    if o.dst and (os.path.isdir(o.src) or o.src.endswith('.catalog')):
        raise UserError(f'--dst {o.dst!r} is for one recording, and {o.src!r} may hold several: '
                        'leave it out, each text stands beside its recording')
    if o.src.endswith('.catalog'):
        return list(_catalogued(o.src, o.format or ['tlog']))
    if os.path.isdir(o.src):
        patterns = o.include.split(',')
        found = sorted(
            os.path.join(folder, name)
            for folder, folders, names in os.walk(o.src) if o.recursive or folder == o.src
            for name in names if any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
            and os.path.splitext(name)[1][1:] not in FORMATS)  # what an earlier run has written
        if not found:
            raise UserError(f'{o.src}: no recording here is called like {o.include}: pass '
                            '--include, or --recursive for those in its folders')
        return [_beside(path, o.format or ['tlog']) for path in found]
    if not os.path.exists(o.src):
        raise UserError(f'{o.src}: there is no such file')
    if not o.dst:
        return [_beside(o.src, o.format or ['tlog'])]
    ending = os.path.splitext(o.dst)[1].lstrip('.')
    kinds = o.format or [ending if ending in FORMATS else 'tlog']
    if len(kinds) > 1:
        raise UserError(f'--dst {o.dst!r} is one file, for one --format')
    return [Job(o.src, ((kinds[0], o.dst),))]


def _beside(audio: str, kinds: Sequence[str], tlog: str = '') -> Job:
    """Return the job that writes beside a recording."""
    stem = os.path.splitext(tlog or audio)[0]
    return Job(audio, tuple((kind, tlog if tlog and kind == 'tlog' else f'{stem}.{kind}')
                            for kind in kinds))


def check_apart(jobs: list[Job]) -> None:
    """Check that each job writes files of its own, none of them a recording or a folder.

    Raises:
        UserError: one does not.
    """
    recordings = {_identity(job.audio): job.audio for job in jobs}
    seen: dict[object, str] = {}
    for job in jobs:
        for _, path in job.targets:
            if os.path.isdir(path):
                raise UserError(f'{path}: is a folder: name a file for the text of {job.audio}')
            file = _identity(path)
            if file in recordings:
                raise UserError(f'the text of {job.audio} would be written over the recording '
                                f'{recordings[file]}: give it another name')
            if file in seen:
                raise UserError(f'{seen[file]} and {job.audio} would both be written to {path}: '
                                'name one of them otherwise')
            seen[file] = job.audio


def _identity(path: str) -> object:
    """Return what is the same for all names of a file."""
    try:
        status = os.stat(path)
    except OSError:
        return os.path.realpath(path)
    return status.st_dev, status.st_ino


def _catalogued(path: str, kinds: Sequence[str]) -> Iterator[Job]:
    """Yield the recordings of a catalog."""
    folder = os.path.dirname(path)
    for entry in read_catalog(path, ('audio', 'tlog')):
        yield _beside(os.path.join(folder, entry['audio']), kinds,
                      os.path.join(folder, entry['tlog']))


def export(flags: Sequence[str], folder: str) -> str:
    """Export the checkpoint that flags of training name; return the model's path.

    Raises:
        SystemExit: it cannot be; the trainer has said why.
    """
    log.info('Exporting the checkpoint for the native client')
    done = subprocess.run(
        [sys.executable, str(TRAINER), *flags, '--notrain', '--notest', '--export_dir', folder,
         '--one_shot_infer='], stdout=sys.stderr,
        env={**os.environ, VARIABLE: os.environ.get(VARIABLE) or release_of(list(flags))})
    if done.returncode:
        raise SystemExit(done.returncode)
    return os.path.join(folder, 'output_graph.pbmm')


def warn_of_rate(path: str, rate: int) -> None:
    """Warn of a recording that has a lower rate than the model, as `deepspeech` does."""
    try:
        import soundfile
        own = soundfile.info(path).samplerate if os.path.isfile(path) else rate
    except (ImportError, RuntimeError, OSError):  # the client may read it, or says why it cannot
        return
    if own < rate:
        log.warn(f'{path}: is resampled from {own} to {rate} Hz; up-sampling might produce '
                 'erratic speech recognition')


def transcribe(model: deepspeech.Model, job: Job, cutting: Cutting, pool: ThreadPoolExecutor,
               label: str) -> str:
    """Transcribe a recording and write its files; return what to say of it.

    Raises:
        UserError: the recording cannot be read, or the text not be written.
    """
    warn_of_rate(job.audio, model.sampleRate())
    with progress(None, 1000, label) as bar:
        found = list(utterances(model, job.audio, cutting, pool,
                                lambda share: bar.update(int(1000 * share) - bar.count)))
    for kind, path in job.targets:
        try:
            with whole_file(path, 'w') as file:
                file.write(FORMATS[kind](found, job.audio))
        except OSError as error:
            raise UserError(f'{path}: cannot be written ({error.strerror})') from error
    names = ', '.join(path for _, path in job.targets)
    return f'{job.audio}: {len(found)} utterance{"s" * (len(found) != 1)} in {names}'


def main(o: argparse.Namespace, flags: Sequence[str]) -> None:
    """Transcribe what there is to do; name what cannot be transcribed and go on."""
    jobs = find_jobs(o)
    check_apart(jobs)
    left = [job for job in (job.left(o.force) for job in jobs) if job.targets]
    if len(left) < len(jobs):
        log.info(f'{len(jobs) - len(left)} of {len(jobs)} recordings have their text already; '
                 '--force transcribes them again')
    if not left:
        return
    for folder in sorted({os.path.dirname(path) for job in left for _, path in job.targets}):
        check_writable(folder, 'the text', '--dst' if o.dst else 'folder in --src')
    with tempfile.TemporaryDirectory(prefix='transcribe-') as folder:
        path = o.model or export(flags, folder)
        model = Recogniser(path, o.scorer, o.beam_width, o.lm_alpha, o.lm_beta, 1).open()
        cutting = Cutting(THRESHOLDS[o.vad_aggressiveness], o.pause, o.longest)
        failed = 0
        with ThreadPoolExecutor(o.jobs) as pool:
            for number, job in enumerate(left, 1):
                label = f'[{number}/{len(left)}]' if len(left) > 1 else ''
                try:
                    said = transcribe(model, job, cutting, pool, label)
                    log.info(' '.join(filter(None, (label, said))))
                except UserError as error:
                    failed += 1
                    log.error(str(error))
                except KeyboardInterrupt:
                    log.warn('Stopped; the same command goes on with the recordings that are left')
                    raise
    if failed and len(left) > 1:
        raise UserError(f'{failed} of {len(left)} recordings could not be transcribed')
    if failed:
        raise SystemExit(1)


if __name__ == '__main__':
    log.to_stderr()
    errors.run(lambda: main(*arguments(sys.argv[1:])))
