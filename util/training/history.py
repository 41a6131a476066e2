"""What a model comes from and how good it was, for the model card of its export.

What it was trained on travels inside of its checkpoints, so that each tells its own story. How a
test went is known later: `tests.json` beside the checkpoints tells it of the weights that were
tested, by their checksum. Other weights in the same folder have no part in it.
"""
from __future__ import annotations

import datetime
import json
import os
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from util import log
from util.data.sets import DataSet
from util.data.speakers import count_speakers
from util.errors import reason
from util.files import whole_file
from util.training.decoder import DecoderSettings
from util.training.report import Summary

NAME = 'tests.json'
KEPT = 100  # tests; the oldest are forgotten


def training(data: DataSet, files: Sequence[str], changes: Sequence[str], command: str,
             epoch: int) -> dict[str, Any]:
    """Describe a training, as JSON takes it.

    Args:
        data: the training set.
        files: it was read from.
        changes: what varies its utterances.
        command: the flags given.
        epoch: epochs that the model has had before.
    """
    return {**_described(data, files), 'speakers': count_speakers(files, data.utterances),
            'changes': list(changes), 'command': command, 'epoch': epoch}


def with_training(trainings: list[dict], new: dict) -> list[dict]:
    """Add a training, unless it is the last one resumed."""
    resumed = trainings and {**trainings[-1], 'epoch': 0} == {**new, 'epoch': 0}
    return trainings if resumed else [*trainings, new]


def _described(data: DataSet, files: Sequence[str]) -> dict[str, Any]:
    return {'files': list(files), 'utterances': len(data.utterances),
            'hours': round(data.audio_secs(0, 0) / 3600, 4)}


def fingerprint(weights: Mapping[str, Any]) -> int:
    """Return a checksum of weights; name -> array, or variable."""
    total = 0
    for name in sorted(weights):
        array = np.ascontiguousarray(weights[name])
        total = zlib.crc32(array.data, zlib.crc32(f'{name} {array.shape}'.encode(), total))
    return total


def note_test(folder: str, weights: Mapping[str, Any], data: DataSet, files: Sequence[str],
              summary: Summary, decoder: DecoderSettings) -> None:
    """Write down how a test went; it takes the place of the same one before.

    Args:
        folder: of the checkpoints; where there is none nothing is noted.
        weights: that were tested.
        data: the test set.
        files: it was read from.
        summary: what came out.
        decoder: how the outputs were decoded.
    """
    if not os.path.isdir(folder):
        return
    decoding: dict[str, Any] = {'beam_width': decoder.beam_width}
    if decoder.cutoff_prob < 1:
        decoding |= {'cutoff_prob': decoder.cutoff_prob, 'cutoff_top_n': decoder.cutoff_top_n}
    if decoder.scorer_path:
        decoding |= {'scorer': os.path.basename(decoder.scorer_path), 'lm_alpha': decoder.lm_alpha,
                     'lm_beta': decoder.lm_beta}
    what = {'weights': fingerprint(weights), 'files': list(files), 'decoding': decoding}
    others = [test for test in _read(folder) if {key: test.get(key) for key in what} != what]
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec='seconds')
    test = {**what, **_described(data, files), 'wer': summary.wer, 'cer': summary.cer, 'date': now}
    path = os.path.join(folder, NAME)
    try:
        with whole_file(path, 'w') as file:
            json.dump([*others, test][-KEPT:], file, ensure_ascii=False, indent=1)
    except OSError as error:
        log.warn(f"'{path}' cannot be written ({reason(error)}): the model card of an export will "
                 'not know of this test')


def tests_of(folder: str, weights: Mapping[str, np.ndarray]) -> tuple[list[dict], str]:
    """Return the tests of these weights, and the date of the last one of others, '' without."""
    tests, mine = _read(folder), fingerprint(weights)
    others = [str(test.get('date', '')) for test in tests if test.get('weights') != mine]
    return [test for test in tests if test.get('weights') == mine], max(others, default='')


def _read(folder: str) -> list[dict]:
    """Return the tests written down; a file that somebody has edited to death is as none."""
    try:
        with open(os.path.join(folder, NAME), encoding='utf-8') as file:
            found = json.load(file)
    except (OSError, ValueError):
        return []
    return [test for test in found if isinstance(test, dict)] if isinstance(found, list) else []
