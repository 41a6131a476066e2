"""The speech of data/demo, trained to the end by each kind of cluster."""
import csv
import json
import os
import re

import pytest

from tests.helpers.cluster import trained
from tests.helpers.places import ROOT

pytestmark = pytest.mark.cluster

EPOCHS, BATCH = 2, 8


def recordings(name):
    """Return the files of a set."""
    with open(os.path.join(ROOT, 'data', 'demo', f'{name}.csv'), encoding='utf-8') as file:
        return [row['wav_filename'] for row in csv.DictReader(file)]


@pytest.mark.parametrize('template', ['1:2:0', '2:3:0', '0:2:0', '0:1:0'])
def test_trains_the_demo_corpus(start, tmp_path, template):
    report = tmp_path / 'test.json'
    sets = [f'--{name}_files=data/demo/{name}.csv' for name in ('train', 'dev', 'test')]
    run = start(template, *sets, '--alphabet_config_path', 'data/alphabet.txt', '--n_hidden', 48,
                '--train_batch_size', BATCH, '--dev_batch_size', 20, '--test_batch_size', 7,
                '--epoch', EPOCHS, '--validation_step', 1, '--checkpoint_secs', 2,
                '--load_evaluate', 'last', '--test_output_file', report)
    in_step = 2 if template == '0:2:0' else 1
    trained(run, EPOCHS, len(recordings('train')) // (BATCH * in_step), EPOCHS)
    assert len(re.findall(r'I Training of Epoch \d - loss: ', run.text)) == EPOCHS, run.text
    dev_losses = run.checkpoint().state['dev_losses']
    assert len(dev_losses) == EPOCHS and dev_losses[-1] < 150  # 225 before the first step
    with open(report, encoding='utf-8') as file:
        samples = json.load(file)
    assert sorted(os.path.relpath(sample['wav_filename'], os.path.join(ROOT, 'data', 'demo'))
                  for sample in samples) == sorted(recordings('test'))
