"""A model that goes on learning from the clips it was surest of: it finds more than before."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from util import interrupt, log
from util.align.results import Kept, best, hours, write_clips
from util.align.work import identity_of
from util.corpora.splits import divide
from util.errors import UserError
from util.files import whole_file

ROOT = Path(__file__).resolve().parents[2]
TRAINER, IMPORTER = ROOT / 'DeepSpeech.py', ROOT / 'bin' / 'import_checkpoint.py'
MODELS = ('.pb', '.pbmm')  # that training can go on from
SHARE = 0.5  # of the time of all clips: the surest
DEV_PERCENT = 10
SIGNALS = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
# A recipe for minutes to hours of speech; what the user gives comes after it, and wins.
RECIPE = ('--train_batch_size=8', '--dev_batch_size=16', '--epoch=30', '--learning_rate=0.0015',
          '--lr_schedule=cosine', '--lr_warmup_steps=100', '--max_grad_norm=5',
          '--dropout_rate=0.15', '--noearly_stop', '--report_count=0')


def train(folder: Path, clips: Sequence[Kept], model: str, language: str, flags: Sequence[str]
          ) -> str:
    """Train a model on the surest half of its clips; return the path of the exported one.

    What an earlier run has begun goes on; what it has done is not done again.

    Args:
        folder: of this round; the clips' WAVs lie below it.
        clips: of all recordings.
        model: that made them, `.pb` or `.pbmm`: training goes on from its weights.
        language: of the model, such as de.
        flags: of the training, from the user.

    Raises:
        UserError: there are too few clips, or the training failed.
    """
    surest = best(clips, SHARE)
    where = divide([clip.clip.wav for clip in surest], DEV_PERCENT, 0)
    sets = {split: [clip for clip in surest if where[clip.clip.wav] == split]
            for split in ('train', 'dev')}
    if not all(sets.values()):
        raise UserError(f'{len(surest)} clips are too few to train on: align more recordings, or '
                        'start from a better --model')
    for split, chosen in sets.items():
        write_clips(folder / f'{split}.csv', chosen)
    command = [f'--train_files={folder / "train.csv"}', f'--dev_files={folder / "dev.csv"}',
               f'--export_language={language}', *RECIPE, *flags]
    digest = hashlib.sha256('\0'.join([*command, identity_of(model)]).encode())
    for split in sets:
        digest.update((folder / f'{split}.csv').read_bytes())
    run = folder / f'training-{digest.hexdigest()[:12]}'  # of another set or recipe: another one
    trained = run / 'export' / 'output_graph.pbmm'
    if not trained.exists():
        secs = sum(clip.secs for clip in surest)
        log.info(f'Training on the surest {len(surest):,} clips, {hours(secs)}, in {run}')
        shape = _begin(model, run)
        _run(TRAINER, [*shape, *command, f'--checkpoint_dir={run / "checkpoint"}',
                       f'--export_dir={run / "export"}', '--notest'], sys.stderr)
    return str(trained)


def _begin(model: str, run: Path) -> list[str]:
    """Make the checkpoint that training begins with; return the flags that such a network needs."""
    said, checkpoint = run / 'shape', run / 'checkpoint'
    if not said.exists():
        shutil.rmtree(checkpoint, ignore_errors=True)
        line = _run(IMPORTER, [model, str(checkpoint), '--fresh_optimizer'], subprocess.PIPE)
        with whole_file(said, 'w') as file:
            file.write(line)
    return shlex.split(said.read_text(encoding='utf-8'))[3:]  # without the program and the folder


def _run(program: Path, arguments: Sequence[str], stdout: TextIO | int) -> str:
    """Run a program, whose words are the user's to see; return what it prints into a pipe.

    An interrupt reaches it through us, once: it saves what it has before it ends, and we wait.
    """
    asked: list[int] = []

    def pass_on(number: int, frame: types.FrameType | None) -> None:
        asked.append(signal.SIGTERM if number == signal.SIGHUP else number)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, asked[-1])

    with interrupt.held():  # until it can answer, and we
        process = subprocess.Popen(
            [sys.executable, str(program), *arguments], stdout=stdout, text=True,
            start_new_session=True, env={**os.environ, 'DEEPSPEECH_RELEASE': ''})
        before = {number: signal.signal(number, pass_on) for number in SIGNALS
                  if signal.getsignal(number) != signal.SIG_IGN}
    try:
        printed, _ = process.communicate()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if asked:
        log.warn('Stopped; the same command goes on with the training')
        raise SystemExit(128 + asked[0])
    if process.returncode:
        raise UserError('the training failed; see above. Started again, this goes on where it '
                        'ended')
    return printed or ''
