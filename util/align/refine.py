"""A model trained on the clips that the last one was surest of: it finds more than that one did."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from util import log
from util.align.results import Kept, best, hours, write_clips
from util.corpora.splits import divide
from util.errors import UserError
from util.files import whole_file

if TYPE_CHECKING:
    import deepspeech

TRAINER = Path(__file__).resolve().parents[2] / 'DeepSpeech.py'
SHARE = 0.5  # of the time of all clips: the surest
DEV_PERCENT = 10
# A recipe for minutes to hours of speech; what the user gives comes after it, and wins.
RECIPE = ('--train_batch_size=8', '--dev_batch_size=16', '--epoch=30', '--learning_rate=0.0015',
          '--lr_schedule=cosine', '--dropout_rate=0.15', '--noearly_stop', '--report_count=0')


def train(folder: Path, clips: Sequence[Kept], info: deepspeech.ModelInfo, flags: Sequence[str]
          ) -> str:
    """Train on the surest half of the clips; return the path of the exported model.

    What an earlier run has begun goes on; what it has done is not done again.

    Args:
        folder: of this round; the clips' WAVs lie below it.
        clips: of all recordings.
        info: of the model that made them: the new one has its shape and alphabet.
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
    alphabet = folder / 'alphabet.txt'
    with whole_file(alphabet, 'w') as file:
        file.writelines(('\\#' if label == '#' else label) + '\n' for label in info.labels)
    command = [f'--train_files={folder / "train.csv"}', f'--dev_files={folder / "dev.csv"}',
               *_shape(info, alphabet), *RECIPE, *flags]
    digest = hashlib.sha256('\0'.join(command).encode())
    for split in sets:
        digest.update((folder / f'{split}.csv').read_bytes())
    run = folder / f'training-{digest.hexdigest()[:12]}'  # of another set or recipe: another one
    model = run / 'export' / 'output_graph.pbmm'
    if not model.exists():
        secs = sum(clip.secs for clip in surest)
        log.info(f'Training on the surest {len(surest):,} clips, {hours(secs)}, in {run}')
        _run([*command, f'--checkpoint_dir={run / "checkpoint"}', f'--export_dir={run / "export"}',
              '--notest'])
    return str(model)


def _shape(info: deepspeech.ModelInfo, alphabet: Path) -> list[str]:
    """Return the flags that make a network like another one."""
    flags = [f'--n_hidden={info.n_hidden}', f'--feature_type={info.feature_type}',
             f'--bidirectional={info.bidirectional}', f'--layer_norm={info.layer_norm}',
             f'--export_language={info.language}']
    if info.bytes_output:
        return [*flags, '--bytes_output_mode']
    return [*flags, f'--alphabet_config_path={alphabet}']


def _run(flags: Sequence[str]) -> None:
    """Run the trainer, whose words are the user's to see; the rest of stdout is this program's."""
    done = subprocess.run([sys.executable, str(TRAINER), *flags], stdout=sys.stderr, check=False,
                          env={**os.environ, 'DEEPSPEECH_RELEASE': ''})
    if done.returncode:
        raise UserError('the training failed; see above. Started again, this goes on where it '
                        'ended')
