"""The releases whose command lines can be run here as they are, and what is otherwise with each.

A flag means what it meant in the release it comes from, whichever is asked for: `--epoch` is 2017's
target, `--epochs` is 0.9.3's number of further epochs. What no name tells, the defaults, follows
from `--release`, or from the environment variable. This is the whole table.
"""
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

VARIABLE = 'DEEPSPEECH_RELEASE'


@dataclass(frozen=True)
class Wording:
    """The lines that scripts read, as formats of what they tell; '' where none is printed."""

    trained: str = 'Training of Epoch {epoch} - loss: {loss:f} ({pace})'
    validated: str = 'Validation of Epoch {epoch} - loss: {loss:f}, WER: {wer:f}, CER: {cer:f}'
    metrics: str = ('Metrics on {source} of Epoch {epoch} - loss: {loss:f}, WER: {wer:f}, '
                    'CER: {cer:f}')
    best: str = ''
    finished: str = 'FINISHED Optimization - training time: {time}'
    resumed: str = "Resuming from '{path}': epoch {epoch}, step {step}"
    loaded: str = "Loaded '{path}'"
    exported: str = ''


@dataclass(frozen=True)
class Release:
    """What is otherwise with a release.

    Attributes:
        defaults: flag -> its default there.
        best_first: `--load_train auto` takes the best checkpoint, then the last.
        summary_secs: what `--summary_secs` is where only `--summary_dir` is given.
        forget_bias: of the LSTMs' forget gates at the beginning.
        as_one_kernel: whether an LSTM's two matrices begin as parts of one.
        wording: of the lines that scripts read.
        sentence: what else than defaults, for `--help`.
    """

    defaults: Mapping[str, Any] = field(default_factory=dict)
    best_first: bool = False
    summary_secs: int = 0
    forget_bias: float = 1.0
    as_one_kernel: bool = False
    wording: Wording = Wording()
    sentence: str = ''


_LOADING = 'Loading {which} checkpoint from {path}'
OURS = Release()
RELEASES = {
    '0.9.3': Release(
        defaults={
            'bidirectional': False,  # whose initial weights and features are 0.9.3's anyway
            'early_stop': False,
            'es_epochs': 25,
            'epochs': 75,
            'report_count': 5,
            'random_seed': 4568,
            'test_each': True,
        },
        best_first=True,
        summary_secs=10,
        forget_bias=0.0,
        as_one_kernel=True,
        wording=Wording(
            trained='Finished training epoch {epoch} - loss: {loss:f}',
            validated='Finished validating epoch {epoch} on {source} - loss: {loss:f}',
            metrics='Metrics for epoch {epoch} on {source} - loss: {loss:f}',
            best='Saved new best validating model with loss {loss:f} to: {path}',
            finished='FINISHED optimization in {time}',
            resumed=_LOADING,
            loaded=_LOADING,
            exported='Models exported at {folder}',
        ),
        sentence='its log lines; the LSTM begins as there; --load_train auto: best, then last; '
                 '--summary_dir alone: summaries every 10 s',
    ),
}


def release_of(argv: list[str]) -> str:
    """Return the release that the checkpoint named was trained as, or '', by its flags.txt."""
    named = {}
    for word, after in zip(argv, [*argv[1:], '']):
        name, equals, value = word.lstrip('-').partition('=')
        named[name] = value if equals else after
    folder = named.get('load_checkpoint_dir') or named.get('checkpoint_dir')
    try:
        text = Path(folder or os.devnull, 'flags.txt').read_text(encoding='utf-8')
    except (OSError, UnicodeDecodeError):
        return ''
    lines = [line.removeprefix('--release=') for line in text.splitlines()]
    return next((line for line in lines if line in RELEASES), '')
